"""Put a function around a text of instructions, and find the text's lines again in LLVM's messages.

The text becomes the inside of a function of its own that takes the Python variables it reads. The function that kernels call
takes single numbers, puts vectors and structures together, calls the text, and takes what it gives apart: a structure of
single numbers. A half or bfloat is handed over as its bits, because how one is passed depends on the processor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

INSIDE = "cobra.text"
"""The name of the function around the text."""

STACK_LIMIT = '"warn-stack-size"="65536"'
"""LLVM tells of a function that takes more bytes of the stack than this, which another thread may not have."""

_OF_A_MODULE = re.compile(r'\s*(?:declare\b|attributes\s*#|![-\w.$]+\s*=|%(?:[-\w.$]+|"[^"]*")\s*=\s*type\b)')
_LABEL = re.compile(r'\s*(?:[-\w.$]+|"[^"]*")\s*:')
_PLACE = re.compile(r"<string>:(\d+):(\d+): error: (.*)")
_BITS = {"half": "i16", "bfloat": "i16"}


class Part(NamedTuple):
    """A type as it is written, with the types of its parts; a number has none. ``vector`` tells how one gets at them."""

    type: str
    parts: tuple[Part, ...] = ()
    vector: bool = False

    def numbers(self) -> Iterator[str]:
        """Yield the types that its numbers are handed over in."""
        if not self.parts:
            yield _BITS.get(self.type, self.type)
        for part in self.parts:
            yield from part.numbers()


class Passed(NamedTuple):
    """A value that goes in or comes out: its name with the percent sign, and its type."""

    name: str
    kind: Part


class Diagnosis(NamedTuple):
    """What LLVM says is wrong: where in the text (line from 1, column from 0), if it says so, and what."""

    line: int | None
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class OpaqueText:
    """A text with all that decides what it means: the values that go in and come out, and the types that names stand for.

    ``returns`` tells that the text ends with ``ret``, and so hands out one value.
    """

    text: str
    inputs: tuple[Passed, ...]
    outputs: tuple[Passed, ...]
    types: tuple[tuple[str, str], ...] = ()
    returns: bool = False

    def module(self, symbol: str) -> str:
        """Return the module that defines a function of the text under a name."""
        return "\n".join([*self._prelude(), self._head(), *self._body(), *self._tail(), "}", "", *self._entry(symbol), ""])

    def diagnosis(self, complaint: str) -> Diagnosis:
        """Return what a message of LLVM's means for the text."""
        found = _PLACE.search(complaint)
        if found is None:
            return Diagnosis(None, 0, " ".join(complaint.split())[:300])
        own = self._line_of(int(found[1]))
        return Diagnosis(own, max(int(found[2]) - 1, 0), found[3].strip())

    # -- the function of the text

    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def _prelude(self) -> list[str]:
        defined = [f"{name} = type {kind}" for name, kind in self.types]
        return defined + [line for line in self._lines() if _OF_A_MODULE.match(line)]

    def _line_of(self, line: int) -> int | None:
        lines, before = self._lines(), self._prelude()
        if line <= len(before):
            moved = [number for number, text in enumerate(lines, 1) if _OF_A_MODULE.match(text)]
            position = line - len(self.types) - 1
            return moved[position] if 0 <= position < len(moved) else None
        own = line - len(before) - 1
        return own if 1 <= own <= len(lines) else None

    def _result(self) -> str:
        if self.returns:
            return self.outputs[0].kind.type
        return f"{{ {', '.join(output.kind.type for output in self.outputs)} }}"

    def _head(self) -> str:
        parameters = ", ".join(f"{value.kind.type} {_written(value.name)}" for value in self.inputs)
        return f'define internal {self._result()} @"{INSIDE}"({parameters}) alwaysinline {STACK_LIMIT} {{{self._first_label()}'

    def _first_label(self) -> str:
        """Return the name of the first block where the text gives it none."""
        lines = (line for line in self._body() if line.strip() and not line.lstrip().startswith(";"))
        return "" if _LABEL.match(next(lines, "")) else " entry:"

    def _body(self) -> list[str]:
        return ["" if _OF_A_MODULE.match(line) else line for line in self._lines()]

    def _tail(self) -> list[str]:
        if self.returns:
            return []
        kind, made, lines = self._result(), "poison", []
        for position, value in enumerate(self.outputs):
            lines.append(f'%"cobra out {position}" = insertvalue {kind} {made}, {value.kind.type} {_written(value.name)}, {position}')
            made = f'%"cobra out {position}"'
        return [*lines, f"ret {kind} {made}"]

    # -- the function that kernels call

    def _entry(self, symbol: str) -> list[str]:
        parameters = [kind for value in self.inputs for kind in value.kind.numbers()]
        kind = f"{{ {', '.join(each for value in self.outputs for each in value.kind.numbers())} }}"
        writer = _Writer(iter(range(len(parameters))))
        arguments = ", ".join(f"{value.kind.type} {writer.assembled(value.kind)}" for value in self.inputs)
        whole = writer.write(f'call {self._result()} @"{INSIDE}"({arguments})')
        numbers: list[tuple[str, str]] = []
        for position, value in enumerate(self.outputs):
            part = whole if self.returns else writer.write(f"extractvalue {self._result()} {whole}, {position}")
            numbers += writer.taken_apart(value.kind, part)
        made = "poison"
        for place, (number_type, number) in enumerate(numbers):
            made = writer.write(f"insertvalue {kind} {made}, {number_type} {number}, {place}")
        head = f"define {kind} @{symbol}({', '.join(f'{each} %n{k}' for k, each in enumerate(parameters))}) nounwind {STACK_LIMIT} {{"
        return [head, *writer.lines, f"  ret {kind} {made}", "}"]


class _Writer:
    """The lines of a function without branches, whose parameters are numbered."""

    def __init__(self, parameters: Iterator[int]) -> None:
        self.parameters = parameters
        self.lines: list[str] = []

    def write(self, text: str) -> str:
        """Append an instruction and return its result."""
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def assembled(self, kind: Part) -> str:
        """Return a value put together of the next parameters."""
        if not kind.parts:
            number = f"%n{next(self.parameters)}"
            return number if kind.type not in _BITS else self.write(f"bitcast {_BITS[kind.type]} {number} to {kind.type}")
        made = "poison"
        for k, part in enumerate(kind.parts):
            value = self.assembled(part)
            made = self.write(f"{_opcode('insert', kind)} {kind.type} {made}, {part.type} {value}, {_position(kind, k)}")
        return made

    def taken_apart(self, kind: Part, whole: str) -> list[tuple[str, str]]:
        """Return the numbers of a value as they are handed over, with their types."""
        if not kind.parts:
            if kind.type not in _BITS:
                return [(kind.type, whole)]
            return [(_BITS[kind.type], self.write(f"bitcast {kind.type} {whole} to {_BITS[kind.type]}"))]
        found = []
        for k, part in enumerate(kind.parts):
            found += self.taken_apart(part, self.write(f"{_opcode('extract', kind)} {kind.type} {whole}, {_position(kind, k)}"))
        return found


def _opcode(verb: str, kind: Part) -> str:
    return f"{verb}{'element' if kind.vector else 'value'}"


def _position(kind: Part, number: int) -> str:
    return f"i32 {number}" if kind.vector else str(number)


def _written(name: str) -> str:
    return name if re.fullmatch(r"%[-\w.$]+", name, re.ASCII) else f'%"{name[1:]}"'
