"""Read functions from the text that `printing` makes of them: the same statements, types, constants and attributes again.

The table of operations is handed in, for the representation knows none. Comments are passed over, so that locations are lost;
names are hints, and numbered ones are numbered anew. Whatever is wrong with a text is an `InvalidText` with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from cobra.compiler.ir.operations import (  # fmt: skip
    NO_ATTRIBUTES,
    Attribute,
    For,
    Function,
    If,
    Operation,
    Primitive,
    Region,
    Statement,
    While,
)
from cobra.compiler.ir.scanning import Line
from cobra.compiler.ir.type_checks import agree, check_types, listed
from cobra.compiler.ir.values import Value, Variable
from cobra.errors import InvalidText, Location
from cobra.types import ArrayType, Type, bool_, int64

_FILENAME = "<representation>"


class _Reader:
    """The lines of one text, the operations known, and the variables that can be seen."""

    def __init__(self, text: str, primitives: Mapping[str, Primitive]) -> None:
        lines = [Line(row, number, _FILENAME) for number, row in enumerate(text.split("\n"), 1)]
        self.lines = [line for line in lines if line.code]
        self.next = 0
        self.primitives = primitives
        self.known: dict[str, Variable] = {}

    def line(self) -> Line:
        """Return the next line and go past it."""
        if self.next < len(self.lines):
            self.next += 1
            return self.lines[self.next - 1]
        last = self.lines[-1] if self.lines else Line("", 1, _FILENAME)
        end = Location(_FILENAME, last.number, len(last.code), len(last.code) + 1, last.text)
        raise InvalidText("the text ends inside a function", end, "Close every brace: }.")

    # -- the parts of a line

    def define(self, line: Line, name: str, kind: Type, start: int) -> Variable:
        """Return a new variable that can be seen from here on."""
        return self.show(line, name, _variable(name, kind), start)

    def show(self, line: Line, name: str, variable: Variable, start: int) -> Variable:
        if name in self.known:
            line.fail(f"%{name} has a value already", "Give every value a name of its own.", start)
        self.known[name] = variable
        return variable

    def typed(self, line: Line) -> list[tuple[str, Type, int]]:
        """Return names with their types and places."""
        found = []
        while True:
            start, name = line.at, line.variable_name()
            if name is None:
                line.fail("a %name is missing here")
            line.expect(":")
            found.append((name, line.type(), start))
            if not line.accept(","):
                return found

    def parameters(self, line: Line, closing: str) -> tuple[Variable, ...]:
        if line.accept(closing):
            return ()
        found = tuple(self.define(line, *each) for each in self.typed(line))
        line.expect(closing)
        return found

    def value(self, line: Line) -> Value:
        start, name = line.at, line.variable_name()
        if name is None:
            return line.constant()
        if name not in self.known:
            line.fail(f"%{name} has no value here", self.like(name, self.known), start)
        return self.known[name]

    def values(self, line: Line) -> tuple[Value, ...]:
        found = [self.value(line)]
        while line.accept(","):
            found.append(self.value(line))
        return tuple(found)

    def attributes(self, line: Line) -> Mapping[str, Attribute]:
        if line.ended or not line.accept("{"):
            return NO_ATTRIBUTES
        found: dict[str, Attribute] = {}
        while True:
            key = line.word("the name of an attribute")
            line.expect("=")
            found[key] = line.attribute()
            if not line.accept(","):
                line.expect("}")
                return MappingProxyType(found)

    @staticmethod
    def like(name: str, names: Mapping[str, object]) -> str | None:
        close = get_close_matches(name, list(names), 1)
        return f"Do you mean {close[0]}?" if close else None

    # -- statements

    def block(self, last: str, own: Callable[[], None] | None = None) -> tuple[Region, Line]:
        """Return a region, whose results stand after the word `last`, and the line that closes it."""
        outside, self.known = self.known, dict(self.known)
        if own is not None:
            own()
        statements: list[Statement] = []
        results: tuple[Value, ...] = ()
        line = self.line()
        while not line.code.lstrip().startswith("}"):
            if line.accept_word(last):
                results = self.values(line)
                line.end()
                line = self.closing()
                break
            statements.append(self.statement(line))
            line = self.line()
        self.known = outside
        return Region(tuple(statements), results), line

    def closing(self) -> Line:
        line = self.line()
        if not line.code.lstrip().startswith("}"):
            line.fail("nothing can follow the results of a region but '}'")
        return line

    def statement(self, line: Line) -> Statement:
        stated: list[tuple[str, Type, int]] = []
        if line.code.startswith("%", line.at):
            stated = self.typed(line)
            line.expect("=")
        made: Statement
        results = tuple(_variable(name, kind) for name, kind, _ in stated)
        if line.accept_word("if"):
            made = self.branch(line, results)
        elif line.accept_word("for"):
            made = self.counted(line, results)
        elif line.accept_word("while"):
            made = self.repeated(line, results)
        else:
            made = self.operation(line, results)
        for (name, _, start), variable in zip(stated, results, strict=True):
            self.show(line, name, variable, start)
        return made

    def operation(self, line: Line, results: tuple[Variable, ...]) -> Operation:
        start, name = line.at, line.word("an operation")
        primitive = self.primitives.get(name)
        if primitive is None:
            line.fail(f"there is no operation {name!r}", self.like(name, self.primitives), start)
        operands = () if line.ended or line.code.startswith("{", line.at) else self.values(line)
        attributes = self.attributes(line)
        line.end()
        check_types(line, primitive, operands, results, attributes, start)
        return Operation(primitive, operands, results, attributes)

    def branch(self, line: Line, results: tuple[Variable, ...]) -> If:
        condition = self.value(line)
        if condition.type != bool_:
            line.fail(f"the condition of a branch is a bool, not {condition.type}")
        _open(line)
        then, closing = self.block("yield")
        orelse = Region((), ())
        closing.expect("}")
        if closing.accept_word("else"):
            _open(closing)
            orelse, closing = self.block("yield")
            closing.expect("}")
        closing.end()
        agree(line, "both sides of a branch", results, then.results, orelse.results)
        return If(condition, then, orelse, results)

    def counted(self, line: Line, results: tuple[Variable, ...]) -> For:
        start, name = line.at, line.variable_name()
        if name is None:
            line.fail("the %name of the index is missing here")
        if not line.accept_word("below"):
            line.fail("'below' is missing here", "Write for %i below %n {.")
        count = self.value(line)
        if count.type != int64:
            line.fail(f"a loop counts in int64, not in {count.type}")
        names, initial = self.carrying(line)
        _open(line)
        own: list[Variable] = []
        body, closing = self.block("yield", lambda: own.extend(self.define(line, *each) for each in ((name, int64, start), *names)))
        _close(closing)
        agree(line, "the carried values of a loop", results, initial, own[1:], body.results)
        return For(count, own[0], initial, tuple(own[1:]), body, results)

    def repeated(self, line: Line, results: tuple[Variable, ...]) -> While:
        names, initial = self.carrying(line)
        _open(line)
        own: list[Variable] = []
        test, closing = self.block("test", lambda: own.extend(self.define(line, *each) for each in names))
        if [value.type for value in test.results] != [bool_]:
            line.fail("the test of a loop is one bool")
        closing.expect("}")
        if not closing.accept_word("do"):
            closing.fail("'do {' is missing here")
        _open(closing)
        shown = {name: variable for (name, _, _), variable in zip(names, own, strict=True)}
        body, closing = self.block("yield", lambda: self.known.update(shown))
        _close(closing)
        agree(line, "the carried values of a loop", results, initial, own, body.results)
        return While(initial, tuple(own), test, body, results)

    def carrying(self, line: Line) -> tuple[list[tuple[str, Type, int]], tuple[Value, ...]]:
        names: list[tuple[str, Type, int]] = []
        initial: list[Value] = []
        if line.accept_word("carrying"):
            line.expect("(")
            while True:
                start, name = line.at, line.variable_name()
                if name is None:
                    line.fail("a %name is missing here")
                line.expect(":")
                names.append((name, line.type(), start))
                line.expect("=")
                initial.append(self.value(line))
                if not line.accept(","):
                    line.expect(")")
                    break
        return names, tuple(initial)

    # -- functions

    def function(self) -> Function:
        line = self.line()
        if not line.accept_word("function"):
            line.fail("a text begins with 'function'", "Write function name(%x: float64) -> (float64) {.")
        name = line.string()
        name = line.word("the name of the function") if name is None else name
        line.expect("(")
        parameters = self.parameters(line, ")")
        dimensions = self.parameters(line, "]") if line.accept("[") else ()
        types = self.result_types(line)
        attributes = NO_ATTRIBUTES if line.code.endswith("{") and line.at == len(line.code) - 1 else self.attributes(line)
        _open(line)
        body, closing = self.block("return")
        _close(closing)
        if self.next < len(self.lines):
            self.line().fail("nothing can follow a function")
        return _finished(line, Function(name, parameters, body, dimensions, 0, attributes), types)

    def result_types(self, line: Line) -> tuple[Type, ...]:
        line.expect("->")
        line.expect("(")
        if line.accept(")"):
            return ()
        types = [line.type()]
        while line.accept(","):
            types.append(line.type())
        line.expect(")")
        return tuple(types)


def _variable(name: str, kind: Type) -> Variable:
    return Variable(kind, "" if name.isdecimal() else name)


def _open(line: Line) -> None:
    line.expect("{")
    line.end()


def _close(line: Line) -> None:
    line.expect("}")
    line.end()


def _finished(line: Line, function: Function, types: tuple[Type, ...]) -> Function:
    """Return the function with the number of its outputs, which the result types tell: arrays are operands stored to."""
    outputs = len(types) if any(isinstance(kind, ArrayType) for kind in types) else 0
    whole = Function(function.name, function.parameters, function.body, function.dimensions, outputs, function.attributes)
    if whole.result_types != types or (outputs and function.body.results):
        line.fail(f"the function makes {listed(whole.result_types)}, not {listed(types)}", start=0)
    return whole


def read_function(text: str, primitives: Mapping[str, Primitive]) -> Function:
    """Return the function of a printed text.

    Parameters
    ----------
    text
        What `print_function` wrote, with or without comments, or what follows the same grammar.
    primitives
        Every operation by its name.

    Raises
    ------
    InvalidText
        When the text breaks the grammar, uses a value that does not exist, or has an operation on types that it does not take.
    """
    try:
        return _Reader(text, primitives).function()
    except RecursionError:
        raise InvalidText("the text is nested too deeply", Location(_FILENAME, 1, 0, 1, text.partition("\n")[0])) from None
