"""Check that a function is well formed: every value made before it is used, types as the table says, regions in agreement.

Nothing unverified may reach LLVM, which ends the process on bad modules.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, operands_of
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Value, Variable
from cobra.types import ArrayType, ScalarType, bool_, int64


class MalformedFunction(AssertionError):
    """A pass or front end made a function that breaks a rule of the representation: a defect of Cobra."""


class _Verifier:
    def __init__(self, function: Function) -> None:
        self.function = function

    def fail(self, what: str) -> None:
        raise MalformedFunction(f"{what}\n{print_function(self.function)}")

    def use(self, values: Sequence[Value], known: set[Variable]) -> None:
        for value in values:
            if isinstance(value, Variable) and value not in known:
                self.fail(f"a value of type {value.type} is used before it is made")

    def define(self, variables: Sequence[Variable], known: set[Variable]) -> None:
        for variable in variables:
            if variable in known:
                self.fail(f"a value of type {variable.type} is made twice")
            known.add(variable)

    def agree(self, what: str, *groups: Sequence[Value]) -> None:
        types = [[value.type for value in group] for group in groups]
        if any(group != types[0] for group in types):
            self.fail(f"{what} disagree: {types}")

    def region(self, region: Region, outer: set[Variable], *own: Variable) -> None:
        known = set(outer)
        self.define(own, known)
        for statement in region.statements:
            self.use(operands_of(statement), known)
            self.statement(statement, known)
            self.define(statement.results, known)
        self.use(region.results, known)

    def statement(self, statement: Statement, known: set[Variable]) -> None:
        match statement:
            case Operation():
                self.operation(statement)
            case If():
                if statement.condition.type != bool_:
                    self.fail("the condition of a branch is not a bool")
                self.region(statement.then, known)
                self.region(statement.orelse, known)
                self.agree("branches", statement.results, statement.then.results, statement.orelse.results)
            case For():
                if (statement.count.type, statement.index.type) != (int64, int64):
                    self.fail("a counted loop counts in int64")
                self.region(statement.body, known, statement.index, *statement.carried)
                self.carried(statement)
            case While():
                self.region(statement.test, known, *statement.carried)
                self.region(statement.body, known, *statement.carried)
                if [value.type for value in statement.test.results] != [bool_]:
                    self.fail("the test of a loop is not one bool")
                self.carried(statement)

    def carried(self, loop: For | While) -> None:
        self.agree("carried values", loop.results, loop.initial, loop.carried, loop.body.results)

    def operation(self, operation: Operation) -> None:
        types = tuple(operand.type for operand in operation.operands)
        scalars = tuple(kind for kind in types if isinstance(kind, ScalarType))
        makes_array = any(isinstance(result.type, ArrayType) for result in operation.results)
        if len(scalars) != len(types) or makes_array or "to" in operation.attributes:
            return
        loop = operation.primitive.rule(scalars)
        if loop.operands != scalars or loop.results != tuple(result.type for result in operation.results):
            self.fail(f"{operation.primitive.name} does not take {scalars}")


def verify(function: Function) -> Function:
    """Return the function unchanged, or raise `MalformedFunction` with its text."""
    verifier = _Verifier(function)
    known: set[Variable] = set()
    verifier.define(function.parameters, known)
    verifier.define(function.dimensions, known)
    verifier.region(function.body, known)
    if not function.is_elementwise and function.body.results:
        verifier.fail("a kernel with core dimensions hands its outputs out by storing")
    return function
