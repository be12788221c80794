"""Print functions as text: one statement a line, registers numbered in program order.

The text names types, attributes and, on request, source lines as comments; two functions print alike exactly when they compute
alike step by step, so the text also serves golden tests, and `reading` makes the same function of it again.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Literal

from cobra.compiler.ir.operations import Attribute, For, Function, If, Operation, Region, Statement, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.errors import Location
from cobra.types import ArrayType, Type

Notes = Literal["none", "locations", "sources"]
"""What comments say: nothing, where each statement stands in the user's file, or that and its source line."""

_USUAL_NAN = 0x7FF8000000000000


class Printer:
    """Names for the variables of one function, and the text of each of its parts."""

    def __init__(self, notes: Notes = "none") -> None:
        self.notes = notes
        self.lines: list[str] = []
        self._names: dict[Variable, str] = {}
        self._taken: set[str] = set()
        self._tried: dict[str, int] = {}

    def name(self, variable: Variable) -> str:
        """Return the name of a variable, ``%x``: the hint it carries, with a number where that is taken or missing."""
        if variable not in self._names:
            hint = "" if variable.name.isdecimal() else re.sub(r"[^\w.]", "_", variable.name)
            name = hint if hint and hint not in self._taken else self._numbered(hint)
            self._taken.add(name)
            self._names[variable] = f"%{name}"
        return self._names[variable]

    def _numbered(self, hint: str) -> str:
        number = self._tried.get(hint, 0)
        while f"{hint}{number}" in self._taken:
            number += 1
        self._tried[hint] = number
        return f"{hint}{number}"

    def value(self, value: Value) -> str:
        """Return a variable's name, or a constant with its type."""
        return f"{_constant(value)}:{value.type}" if isinstance(value, Constant) else self.name(value)

    def values(self, values: Sequence[Value]) -> str:
        """Return values, separated by commas."""
        return ", ".join(self.value(value) for value in values)

    def typed(self, variables: Sequence[Variable]) -> str:
        """Return variables with their types, separated by commas."""
        return ", ".join(f"{self.name(variable)}: {type_text(variable.type)}" for variable in variables)

    def head(self, statement: Statement) -> str:
        """Return an operation, or the first line of a branch or a loop without its brace."""
        results = f"{self.typed(statement.results)} = " if statement.results else ""
        match statement:
            case Operation():
                operands = self.values(statement.operands)
                text = f"{statement.primitive.name} {operands}".rstrip() + _attributes(statement.attributes)
            case If():
                text = f"if {self.value(statement.condition)}"
            case For():
                count = f"for {self.name(statement.index)} below {self.value(statement.count)}"
                text = count + self._carrying(statement.carried, statement.initial)
            case While():
                text = f"while{self._carrying(statement.carried, statement.initial)}"
        return results + text

    def function_head(self, function: Function) -> str:
        """Return the first line of a function without its brace."""
        name = function.name if function.name.isidentifier() else repr(function.name)
        sizes = f" [{self.typed(function.dimensions)}]" if function.dimensions else ""
        types = ", ".join(type_text(kind) for kind in function.result_types)
        return f"function {name}({self.typed(function.parameters)}){sizes} -> ({types}){_attributes(function.attributes)}"

    def function(self, function: Function) -> None:
        """Append the lines of a function."""
        self.write(0, f"{self.function_head(function)} {{")
        self.region(function.body, 1, "return")
        self.write(0, "}")

    def _carrying(self, carried: Sequence[Variable], initial: Sequence[Value]) -> str:
        pairs = zip(carried, initial, strict=True)
        listed = ", ".join(f"{self.name(inner)}: {inner.type} = {self.value(outer)}" for inner, outer in pairs)
        return f" carrying ({listed})" if listed else ""

    def write(self, depth: int, text: str, statement: Statement | None = None) -> None:
        """Append a line, with a comment on where its statement stands."""
        location = statement.location if statement is not None else None
        note = _note(location, self.notes) if location is not None and self.notes != "none" else ""
        self.lines.append("  " * depth + text + note)

    def region(self, region: Region, depth: int, last: str) -> None:
        """Append the lines of a region; `last` begins the line of what it hands out."""
        for statement in region.statements:
            self.statement(statement, depth)
        if region.results or last == "test":
            self.write(depth, f"{last} {self.values(region.results)}")

    def statement(self, statement: Statement, depth: int) -> None:
        """Append the lines of a statement."""
        if isinstance(statement, Operation):
            self.write(depth, self.head(statement), statement)
            return
        self.write(depth, f"{self.head(statement)} {{", statement)
        match statement:
            case If():
                self.region(statement.then, depth + 1, "yield")
                if statement.orelse.statements or statement.orelse.results:
                    self.write(depth, "} else {")
                    self.region(statement.orelse, depth + 1, "yield")
            case For():
                self.region(statement.body, depth + 1, "yield")
            case While():
                self.region(statement.test, depth + 1, "test")
                self.write(depth, "} do {")
                self.region(statement.body, depth + 1, "yield")
        self.write(depth, "}")


def type_text(kind: Type) -> str:
    """Return a type; an array's dimensions without a name are written as colons."""
    if isinstance(kind, ArrayType):
        return f"{kind.element}[{' '.join(name or ':' for name in kind.dimensions)!r}]"
    return str(kind)


def _constant(constant: Constant) -> str:
    value = constant.value
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, complex) and "(" in _float(value.real) + _float(value.imag):
        return f"({_float(value.real)}, {_float(value.imag)})"
    return repr(value)


def _float(value: float) -> str:
    """Return a number exactly, of a nan its bits unless they are the usual ones."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    return f"nan({bits:#x})" if math.isnan(value) and bits != _USUAL_NAN else repr(value)


def _attributes(attributes: Mapping[str, Attribute]) -> str:
    pairs = ", ".join(f"{key}={value!r}" for key, value in sorted(attributes.items()))
    return f" {{{pairs}}}" if pairs else ""


def _note(location: Location, notes: Notes) -> str:
    source = f"  {location.text.strip()}" if notes == "sources" else ""
    return f"  ; {location}{source}".replace("\n", " ")


def print_function(function: Function, *, notes: Notes = "none") -> str:
    """Return the text of a function."""
    printer = Printer(notes)
    printer.function(function)
    return "\n".join(printer.lines)
