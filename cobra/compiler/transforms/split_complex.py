"""Split every complex value into its real and imaginary part.

Goes in: an expanded function, whose complex operations are only `real`, `imag`, `make_complex`, `load` and `store`. Comes out:
one without complex values: a complex scalar parameter `z` becomes the parameters `z.real` and `z.imag`, a result two results.
Array parameters keep their complex elements; loads and stores say in ``part`` which half they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.complex_parts import imag, make_complex, real
from cobra.compiler.primitives.memory import load, store
from cobra.types import ScalarType

_PARTS = ("real", "imag")


def is_complex(value: Value) -> bool:
    """Tell whether a value is a complex scalar."""
    return isinstance(value.type, ScalarType) and value.type.is_complex


class _Splitter:
    def __init__(self) -> None:
        self.builder = Builder()
        self.made: dict[Variable, tuple[Value, ...]] = {}

    def split(self, value: Value) -> tuple[Value, ...]:
        """Return what takes the place of a value: two parts if it is complex."""
        if isinstance(value, Variable):
            return self.made.get(value, (value,))
        if not is_complex(value):
            return (value,)
        number = complex(value.value)
        return tuple(constant(part, value.type.component) for part in (number.real, number.imag))

    def values(self, values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(part for value in values for part in self.split(value))

    def value(self, value: Value) -> Value:
        (only,) = self.split(value)
        return only

    def variables(self, variables: Sequence[Variable]) -> tuple[Variable, ...]:
        """Return the variables with new ones for the parts of complex ones."""
        renewed: list[Variable] = []
        for variable in variables:
            if isinstance(variable.type, ScalarType) and variable.type.is_complex:
                prefix = f"{variable.name}." if variable.name else ""
                pair = tuple(Variable(variable.type.component, prefix and prefix + part) for part in _PARTS)
                self.made[variable] = pair
                renewed += pair
            else:
                renewed.append(variable)
        return tuple(renewed)

    def region(self, region: Region) -> Region:
        def build() -> Sequence[Value]:
            self.statements(region.statements)
            return self.values(region.results)

        return self.builder.region(build)

    def statements(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            self.builder.location = statement.location
            match statement:
                case Operation():
                    self.operation(statement)
                case If():
                    self.branch(statement)
                case For():
                    self.counted(statement)
                case While():
                    self.loop(statement)

    def operation(self, operation: Operation) -> None:
        primitive = operation.primitive
        if primitive in (real, imag):
            self.made[operation.result] = (self.split(operation.operands[0])[primitive is imag],)
        elif primitive is make_complex:
            self.made[operation.result] = self.values(operation.operands)
        elif primitive is load and is_complex(operation.result):
            self.load(operation)
        elif primitive is store and is_complex(operation.operands[0]):
            self.store(operation)
        else:
            operands = tuple(self.value(operand) for operand in operation.operands)
            self.builder.append(replace(operation, operands=operands))

    def load(self, operation: Operation) -> None:
        component = operation.result.type
        assert isinstance(component, ScalarType)
        place = self.values(operation.operands)
        halves = [self.builder.operation(load, place, (component.component,), part=part) for part in _PARTS]
        self.made[operation.result] = tuple(half for (half,) in halves)

    def store(self, operation: Operation) -> None:
        value, *place = operation.operands
        for half, part in zip(self.split(value), _PARTS, strict=True):
            self.builder.operation(store, (half, *self.values(place)), (), part=part)

    def branch(self, branch: If) -> None:
        condition = self.value(branch.condition)
        then, orelse = self.region(branch.then), self.region(branch.orelse)
        self.builder.append(If(condition, then, orelse, self.variables(branch.results), branch.location))

    def counted(self, loop: For) -> None:
        count, initial, carried = self.value(loop.count), self.values(loop.initial), self.variables(loop.carried)
        body = self.region(loop.body)
        self.builder.append(For(count, loop.index, initial, carried, body, self.variables(loop.results), loop.location))

    def loop(self, loop: While) -> None:
        initial, carried = self.values(loop.initial), self.variables(loop.carried)
        test, body = self.region(loop.test), self.region(loop.body)
        self.builder.append(While(initial, carried, test, body, self.variables(loop.results), loop.location))


def split_complex(function: Function) -> Function:
    """Return the function with every complex scalar replaced by its two parts."""
    splitter = _Splitter()
    parameters = splitter.variables(function.parameters)
    splitter.statements(function.body.statements)
    body = splitter.builder.finish(splitter.values(function.body.results))
    return replace(function, parameters=parameters, body=body)
