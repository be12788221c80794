"""Rebuild a function statement by statement: the frame every pass is written in.

A pass gives one function that sees each operation with its operands already replaced and either returns the values that
take the place of its results (what it needs appended to the builder) or None to keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, with_operands
from cobra.compiler.ir.values import Constant, Value, Variable

OperationRule = Callable[[Builder, Operation], "Sequence[Value] | None"]


class _Rewriter:
    def __init__(self, rule: OperationRule, again: bool) -> None:
        self.rule, self.again = rule, again
        self.builder = Builder()
        self.replaced: dict[Variable, Value] = {}

    def value(self, value: Value) -> Value:
        return value if isinstance(value, Constant) else self.replaced.get(value, value)

    def values(self, values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([self.replaced.get(value, value) if isinstance(value, Variable) else value for value in values])

    def region(self, region: Region) -> Region:
        def build() -> Sequence[Value]:
            self.statements(region.statements)
            return self.values(region.results)

        return self.builder.region(build)

    def statements(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            self.builder.location = statement.location
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Operation():
                self.operation(statement)
            case If():
                self.branch(statement)
            case For():
                initial, count = self.values(statement.initial), self.value(statement.count)
                self.builder.append(replace(statement, count=count, initial=initial, body=self.region(statement.body)))
            case While():
                test, body = self.region(statement.test), self.region(statement.body)
                self.builder.append(replace(statement, initial=self.values(statement.initial), test=test, body=body))

    def operation(self, operation: Operation) -> None:
        operands = self.values(operation.operands)
        current = operation if operands == operation.operands else with_operands(operation, operands)
        made = self.remade(current) if self.again else self.rule(self.builder, current)
        if made is None:
            self.builder.append(current)
        else:
            self.replaced.update(zip(operation.results, made, strict=True))

    def remade(self, operation: Operation) -> Sequence[Value] | None:
        """Apply the rule, and then to all that it appended, to the end."""
        made: Sequence[Value] | None = None

        def build() -> Sequence[Value]:
            nonlocal made
            made = self.rule(self.builder, operation)
            return made or ()

        appended = self.builder.region(build)
        if made is None:
            return None
        self.statements(appended.statements)
        return self.values(appended.results)

    def branch(self, branch: If) -> None:
        condition = self.value(branch.condition)
        if isinstance(condition, Constant):
            taken = branch.then if condition.value else branch.orelse
            self.statements(taken.statements)
            self.replaced.update(zip(branch.results, self.values(taken.results), strict=True))
            return
        then, orelse = self.region(branch.then), self.region(branch.orelse)
        self.builder.append(replace(branch, condition=condition, then=then, orelse=orelse))


def rewrite(function: Function, rule: OperationRule, *, again: bool = False) -> Function:
    """Return the function with `rule` applied to every operation; branches on constants are taken on the way.

    With `again` the operations that the rule appends are rewritten in turn, until it keeps them.
    """
    rewriter = _Rewriter(rule, again)
    rewriter.statements(function.body.statements)
    return replace(function, body=rewriter.builder.finish(rewriter.values(function.body.results)))
