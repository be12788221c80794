"""Copy statements: the body of a function into another one, as calling it would run it, or a region beside itself.

In goes an elementwise function and a value for each parameter; its statements are appended to a builder with results of their own,
since no value may be made in two places, and the values that stand for the function's results come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.errors import Location


def insert_copy(build: Builder, function: Function, arguments: Sequence[Value]) -> tuple[Value, ...]:
    """Append what a function computes from some arguments, all of it at the builder's location; return its results."""
    copier = _Copier(build.location, dict(zip(function.parameters, arguments, strict=True)))
    for statement in function.body.statements:
        build.append(copier.statement(statement))
    return copier.values(function.body.results)


def copied(region: Region, known: Mapping[Variable, Value]) -> Region:
    """Return a copy of a region with other values for some variables; those of the regions around it stay as they are."""
    return _Copier(None, dict(known)).region(region)


class _Copier:
    def __init__(self, location: Location | None, known: dict[Variable, Value]) -> None:
        self.location, self.known = location, known

    def values(self, values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([value if isinstance(value, Constant) else self.known.get(value, value) for value in values])

    def fresh(self, variables: Sequence[Variable]) -> tuple[Variable, ...]:
        made = tuple([Variable(variable.type, variable.name) for variable in variables])
        self.known.update(zip(variables, made, strict=True))
        return made

    def region(self, region: Region) -> Region:
        statements = tuple(map(self.statement, region.statements))
        return Region(statements, self.values(region.results))

    def statement(self, statement: Statement) -> Statement:
        location = self.location or statement.location
        if isinstance(statement, Operation):
            operands, results = self.values(statement.operands), self.fresh(statement.results)
            return Operation(statement.primitive, operands, results, statement.attributes, location)
        made = self.remade(statement)
        return replace(made, results=self.fresh(statement.results), location=location)

    def remade(self, statement: If | For | While) -> If | For | While:
        match statement:
            case If():
                (condition,) = self.values([statement.condition])
                return replace(statement, condition=condition, then=self.region(statement.then), orelse=self.region(statement.orelse))
            case For():
                (count,), initial = self.values([statement.count]), self.values(statement.initial)
                (index,), carried = self.fresh([statement.index]), self.fresh(statement.carried)
                body = self.region(statement.body)
                return replace(statement, count=count, index=index, initial=initial, carried=carried, body=body)
            case While():
                initial, carried = self.values(statement.initial), self.fresh(statement.carried)
                test, body = self.region(statement.test), self.region(statement.body)
                return replace(statement, initial=initial, carried=carried, test=test, body=body)
