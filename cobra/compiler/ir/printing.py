"""Print functions as text: one statement a line, registers numbered in program order.

The text names types, attributes and, on request, source lines; two functions print alike exactly when they compute alike
step by step, so the text also serves golden tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.compiler.ir.operations import Attribute, For, Function, If, Operation, Region, Statement
from cobra.compiler.ir.values import Constant, Value, Variable


class _Printer:
    def __init__(self, locations: bool) -> None:
        self.locations = locations
        self.lines: list[str] = []
        self.names: dict[Variable, str] = {}
        self.taken: set[str] = set()

    def name(self, variable: Variable) -> str:
        if variable not in self.names:
            wanted = variable.name
            if not wanted or wanted in self.taken:
                wanted = next(n for n in (f"{variable.name}{i}" for i in range(len(self.taken) + 1)) if n not in self.taken)
            self.taken.add(wanted)
            self.names[variable] = f"%{wanted}"
        return self.names[variable]

    def value(self, value: Value) -> str:
        return f"{value.value!r}:{value.type}" if isinstance(value, Constant) else self.name(value)

    def values(self, values: Sequence[Value]) -> str:
        return ", ".join(self.value(value) for value in values)

    def typed(self, variables: Sequence[Variable]) -> str:
        return ", ".join(f"{self.name(variable)}: {variable.type}" for variable in variables)

    def write(self, depth: int, text: str, statement: Statement | None = None) -> None:
        note = ""
        if self.locations and statement is not None and statement.location is not None:
            note = f"  ; {statement.location}"
        self.lines.append("  " * depth + text + note)

    def region(self, region: Region, depth: int, last: str) -> None:
        for statement in region.statements:
            self.statement(statement, depth)
        if region.results or last == "test":
            self.write(depth, f"{last} {self.values(region.results)}")

    def statement(self, statement: Statement, depth: int) -> None:
        results = f"{self.typed(statement.results)} = " if statement.results else ""
        match statement:
            case Operation():
                operands = self.values(statement.operands)
                text = f"{results}{statement.primitive.name} {operands}".rstrip() + _attributes(statement.attributes)
                self.write(depth, text, statement)
            case If():
                self.write(depth, f"{results}if {self.value(statement.condition)} {{", statement)
                self.region(statement.then, depth + 1, "yield")
                if statement.orelse.statements or statement.orelse.results:
                    self.write(depth, "} else {")
                    self.region(statement.orelse, depth + 1, "yield")
                self.write(depth, "}")
            case For():
                head = f"{results}for {self.name(statement.index)} below {self.value(statement.count)}"
                self.write(depth, f"{head}{self.carrying(statement.carried, statement.initial)} {{", statement)
                self.region(statement.body, depth + 1, "yield")
                self.write(depth, "}")
            case _:
                head = f"{results}while{self.carrying(statement.carried, statement.initial)} {{"
                self.write(depth, head, statement)
                self.region(statement.test, depth + 1, "test")
                self.write(depth, "} do {")
                self.region(statement.body, depth + 1, "yield")
                self.write(depth, "}")

    def carrying(self, carried: Sequence[Variable], initial: Sequence[Value]) -> str:
        pairs = ", ".join(f"{self.name(v)}: {v.type} = {self.value(i)}" for v, i in zip(carried, initial, strict=True))
        return f" carrying ({pairs})" if pairs else ""


def _attributes(attributes: Mapping[str, Attribute]) -> str:
    pairs = ", ".join(f"{key}={value!r}" for key, value in sorted(attributes.items()))
    return f" {{{pairs}}}" if pairs else ""


def print_function(function: Function, *, locations: bool = False) -> str:
    """Return the text of a function, with source lines as comments when `locations` is set."""
    printer = _Printer(locations)
    parameters = printer.typed(function.parameters)
    sizes = f" [{printer.typed(function.dimensions)}]" if function.dimensions else ""
    types = ", ".join(str(kind) for kind in function.result_types)
    printer.write(0, f"function {function.name}({parameters}){sizes} -> ({types}) {{")
    printer.region(function.body, 1, "return")
    printer.write(0, "}")
    return "\n".join(printer.lines)
