"""Short ways to build functions for the tests of passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation, Region, inner_regions
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.types import Type


def function(types: Sequence[Type], write: Callable[[Builder, tuple[Variable, ...]], Sequence[Value]]) -> Function:
    """Return the verified function that `write` appends to a builder, with parameters called x, y, z."""
    build = Builder()
    parameters = tuple(Variable(kind, name) for kind, name in zip(types, "xyz", strict=False))
    return verify(Function("f", parameters, build.finish(write(build, parameters))))


def operations(region: Region) -> Iterator[Operation]:
    """Yield every operation of a region and of the regions inside it."""
    for statement in region.statements:
        if isinstance(statement, Operation):
            yield statement
        for inner in inner_regions(statement):
            yield from operations(inner)


def names(made: Function) -> list[str]:
    """Return the names of a function's operations in program order."""
    return [operation.primitive.name for operation in operations(made.body)]
