"""Insert a text into a kernel: translated where Cobra understands it, as one opaque operation where only LLVM does.

What the parser refuses as not understood may still be valid: LLVM compiles it then, in a process of its own, because it ends
the process over much of what is invalid. Python declares what such a text assigns, as its types are known to LLVM only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from cobra import compounds
from cobra.compiler.foreign.compilation import symbol_for
from cobra.compiler.foreign.module_text import OpaqueText, Part, Passed
from cobra.compiler.foreign.refusal import Refusal
from cobra.compiler.frontend.llvm_text.handing_out import compound_handed_out, handed_out
from cobra.compiler.frontend.llvm_text.intrinsics import UnknownIntrinsic
from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared, named_structures
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS, leaves, type_in_text
from cobra.compiler.frontend.llvm_text.tokens import Locate, Tokens
from cobra.compiler.frontend.llvm_text.translate import RESULT, inline
from cobra.compiler.frontend.llvm_text.types import LlvmType, scalar_of
from cobra.compiler.frontend.terms import Array, Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.complex_parts import parts as complex_parts
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.opaque import opaque_call
from cobra.compounds import FieldType, StructType, VectorType
from cobra.errors import CobraError, InvalidText, Location, UnsupportedSyntax
from cobra.types import ScalarType, bfloat16, float16, int16

_AS_BITS = (float16, bfloat16)
_NAMED = re.compile(r"'(%[^']+)' defined with type")

Terms = Mapping[str, Term]


def insert(
    builder: Builder, text: str, locate: Locate, values: Terms, declared: Mapping[str, Declared]
) -> dict[str, Number | Compound]:
    """Append what a text does, and return the values of Python's variables after it.

    Takes what `inline` takes, with the text instead of its syntax tree.
    """
    made: list[dict[str, Number | Compound]] = []
    try:
        statements = builder.collect(lambda: made.append(inline(builder, parse_body(text, locate), values, declared)))
    except (UnsupportedSyntax, UnknownIntrinsic) as error:
        return _Opaque(builder, text, locate, values, declared, error).insert()
    for statement in statements:
        builder.append(statement)
    return made[0]


class _Row(NamedTuple):
    """A variable that goes into a text, with its numbers."""

    passed: Passed
    numbers: list[Value]


class _Opaque:
    """One text that only LLVM understands; `error` is what kept Cobra from it."""

    def __init__(
        self, builder: Builder, text: str, locate: Locate, values: Terms, declared: Mapping[str, Declared], error: CobraError
    ) -> None:
        self.builder, self.text, self.locate, self.error = builder, text, locate, error
        self.values, self.declared = values, declared
        texts = Tokens(text, locate).texts
        labels = {f"%{token}" for token, following in pairwise(texts) if following == ":"}
        self.read = {token for token in texts if token[:1] == "%"} - labels
        self.assigned = {token for token, following in pairwise(texts) if token[:1] == "%" and following == "="}
        self.returns = "ret" in texts
        known = named_structures(values.values(), declared.values())
        self.structures = {name: kind for name, kind in known.items() if name in self.read}

    def insert(self) -> dict[str, Number | Compound]:
        """Append the call of the text's code."""
        rows, outputs = list(self._inputs()), self._outputs()
        if not outputs:
            raise self._because("Declare a variable that it assigns, such as result: cobra.float32.")
        passed = tuple(output for output, _ in outputs)
        whole = OpaqueText(self.text, tuple(row.passed for row in rows), passed, self._definitions(), self.returns)
        try:
            symbol = symbol_for(whole)
        except Refusal as refusal:
            raise self._explained(whole, refusal) from None
        numbers = [self._as_passed(number) for row in rows for number in row.numbers]
        return self._called(symbol, numbers, outputs)

    def _called(self, symbol: str, numbers: Sequence[Value], outputs: Sequence[tuple[Passed, LlvmType]]) -> dict[str, Number | Compound]:
        kinds = [_scalar(leaf) for _, kind in outputs for leaf in leaves(kind)]
        handed = [int16 if kind in _AS_BITS else kind for kind in kinds]
        build, before = self.builder, self.builder.location
        build.location = self._place(1)
        results = build.operation(opaque_call, numbers, handed, symbol=symbol, to=" ".join(map(str, handed)))
        row: Iterator[Value] = iter(
            [reinterpret_bits(build, value, kind) if kind in _AS_BITS else value for value, kind in zip(results, kinds, strict=True)]
        )
        made = {output.name[1:]: self._handed_out(output.name, kind, row) for output, kind in outputs}
        build.location = before
        return made

    def _handed_out(self, name: str, kind: LlvmType, row: Iterator[Value]) -> Number | Compound:
        declared, before = self.declared.get(name[1:]), self.values.get(name[1:])
        if not isinstance(kind, COMPOUNDS):
            return Number(handed_out(self.builder, name, next(row), declared, before, lambda: self._place(1)))
        values = [next(row) for _ in leaves(kind)]
        return compound_handed_out(self.builder, name, kind, values, declared, before, lambda: self._place(1))

    # -- what goes in and comes out

    def _definitions(self) -> tuple[tuple[str, str], ...]:
        """Return what the names of Python's structures stand for that the text uses and does not define itself."""
        return tuple((name, self._fields(kind)) for name, kind in self.structures.items() if name not in self.assigned)

    def _written(self, kind: FieldType) -> str:
        """Return a type of Python's as the text writes it: two structures with the same fields are not the same to LLVM."""
        if isinstance(kind, StructType):
            return next((name for name, known in self.structures.items() if known == kind), self._fields(kind))
        if isinstance(kind, ScalarType):
            return str(type_in_text(kind))
        inside = f"{kind.length} x {self._written(kind.element)}"
        return f"<{inside}>" if isinstance(kind, VectorType) else f"[{inside}]"

    def _fields(self, kind: StructType) -> str:
        return f"{{ {', '.join(self._written(field.type) for field in kind.fields)} }}"

    def _part(self, kind: FieldType) -> Part:
        if isinstance(kind, ScalarType):
            component = Part(str(type_in_text(kind.component)))
            return Part(self._written(kind), (component, component) if kind.is_complex else ())
        return Part(self._written(kind), tuple(map(self._part, compounds.parts(kind))), isinstance(kind, VectorType))

    def _inputs(self) -> Iterator[_Row]:
        for name in sorted(self.read - self.assigned):
            term = self.values.get(name[1:])
            if isinstance(term, Array):
                raise self._because(f"It works on numbers only then: load what it needs of {name[1:]!r} in Python.")
            if not isinstance(term, (Number, Compound)):
                continue
            kind = type_in_text(term.type)
            if kind is None or _is_too_large(term):
                raise self._because(f"{name[1:]!r}, {term}, cannot be handed to it.")
            yield _Row(Passed(name, self._part(term.type)), list(self._numbers(term)))

    def _numbers(self, term: Number | Compound) -> Iterator[Value]:
        if isinstance(term, Compound):
            for item in term.items:
                yield from self._numbers(item)
        elif term.type.is_complex:
            yield from complex_parts(self.builder, term.value)
        else:
            yield term.value

    def _as_passed(self, value: Value) -> Value:
        return reinterpret_bits(self.builder, value, int16) if value.type in _AS_BITS else value

    def _outputs(self) -> list[tuple[Passed, LlvmType]]:
        wanted = [RESULT] if self.returns else [name for name in self.declared if f"%{name}" in self.assigned]
        found = []
        for name in wanted:
            kind = self._declared_type(name)
            if kind is None:
                raise self._because(f"Declare what it assigns with an exact type, such as {name}: cobra.float32.")
            text_kind = type_in_text(kind)
            assert text_kind is not None
            found.append((Passed(f"%{name}", self._part(kind)), text_kind))
        return found

    def _declared_type(self, name: str) -> FieldType | None:
        """Return the type that Python says a variable has, if a text can have it too."""
        declared, term = self.declared.get(name), self.values.get(name)
        kind = None if isinstance(declared, type) else declared
        if declared is None and (isinstance(term, Compound) or (isinstance(term, Number) and not term.weak)):
            kind = term.type
        return kind if kind is not None and type_in_text(kind) is not None else None

    # -- complaints

    def _assigned_again(self) -> list[str]:
        """Return the names that have a value, of Python's or of the text's, when the text assigns them."""
        assigned = [token for token, following in pairwise(Tokens(self.text, self.locate).texts) if following == "="]
        return sorted(name for name in self.assigned if assigned.count(name) > 1 or name[1:] in self.values)

    def _place(self, line: int) -> Location:
        lines = self.text.split("\n")
        while line < len(lines) and not lines[line - 1].strip():
            line += 1
        shown = lines[line - 1]
        return self.locate(line, len(shown) - len(shown.lstrip()), max(len(shown.rstrip()), 1))

    def _assignment(self, name: str) -> Location:
        """Return where a name is assigned last."""
        tokens = Tokens(self.text, self.locate)
        return tokens.location(max(at for at, pair in enumerate(pairwise(tokens.texts)) if pair == (name, "=")))

    def _because(self, hint: str) -> UnsupportedSyntax:
        """Return the error that Cobra's own parser raised, with what else would be right."""
        first = f"{self.error.hint} " if self.error.hint else ""
        message = f"{self.error.message}, so the text is left to LLVM alone"
        return UnsupportedSyntax(message, self.error.location, f"{first}{hint}")

    def _explained(self, whole: OpaqueText, refusal: Refusal) -> CobraError:
        """Return the error for a text that LLVM refuses too."""
        if isinstance(self.error, UnknownIntrinsic) and ("unknown intrinsic" in refusal.reason or f"{self.error.name}," in refusal.reason):
            return self.error
        found = whole.diagnosis(refusal.reason)
        own = f"Cobra's own parser says: {self.error.message}.{f' {self.error.hint}' if self.error.hint else ''}"
        again = ", ".join(self._assigned_again())
        own += f" To LLVM alone a name has one value: give what is assigned to {again} another name." if again else ""
        named = _NAMED.search(found.message)
        if found.line is None and named is not None and named[1] in self.assigned:
            return InvalidText(f"LLVM says: {found.message}", self._assignment(named[1]), own)
        if found.line is None:
            return InvalidText(f"LLVM makes no code of this text: {found.message}", self.error.location or self._place(1), own)
        line = self.text.split("\n")[found.line - 1]
        column = min(found.column, max(len(line) - 1, 0))
        return InvalidText(f"LLVM says: {found.message}", self.locate(found.line, column, column + 1), own)


def _is_too_large(term: Number | Compound) -> bool:
    """Tell whether a term is a known number of Python's that its type does not hold."""
    value = term.constant if isinstance(term, Number) and term.type.is_integer else None
    return isinstance(value, int) and not -(1 << 63) <= value < 1 << 64


def _scalar(kind: LlvmType) -> ScalarType:
    found = scalar_of(kind)
    assert found is not None
    return found
