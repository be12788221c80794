"""Short forms for writing expansions: typed constants next to a value, and the types of values.

An expansion gets a builder and an operation and returns the values that take the place of its results.
"""

from __future__ import annotations

from collections.abc import Callable

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation
from cobra.compiler.ir.values import Constant, Number, Value
from cobra.types import ScalarType

Expand = Callable[[Builder, Operation], "tuple[Value, ...] | None"]


def scalar_of(value: Value) -> ScalarType:
    """Return the type of a value that is known to be a scalar."""
    assert isinstance(value.type, ScalarType), f"{value.type} is no scalar"
    return value.type


def like(value: Value, number: Number) -> Constant:
    """Return a constant of the type of `value`."""
    return constant(number, scalar_of(value))


def lowest(kind: ScalarType) -> int:
    """Return the least value of an integer type."""
    return -(1 << (kind.bits - 1)) if kind.kind == "int" else 0


def for_kinds(**rules: Expand) -> Expand:
    """Return an expansion that chooses by the kind of the first operand (``bool int uint float complex``)."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
        rule = rules.get(scalar_of(operation.operands[0]).kind)
        return None if rule is None else rule(build, operation)

    return expand


def unchanged(build: Builder, operation: Operation) -> tuple[Value, ...]:
    """Replace an operation that does nothing to its operand by the operand."""
    del build
    return operation.operands
