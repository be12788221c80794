"""Build functions: append operations in program order, regions by nesting.

The builder checks types as it goes, so that what it returns is well formed by construction; `verify` re-checks what passes
make.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np

from cobra.compiler.ir.operations import NO_ATTRIBUTES, Attribute, For, If, Operation, Primitive, Region, Statement, While  # fmt: skip
from cobra.compiler.ir.values import Constant, Number, Value, Variable
from cobra.errors import Location
from cobra.types import ScalarType, Type, bfloat16, bool_, int64


def wrap_integer(value: int, scalar: ScalarType) -> int:
    """Return the value of an integer type that has the same low bits."""
    low = value & ((1 << scalar.bits) - 1)
    return low - (1 << scalar.bits) if scalar.kind == "int" and low >> (scalar.bits - 1) else low


def constant(value: Number, scalar: ScalarType) -> Constant:
    """Return a constant with its value rounded or wrapped into the type."""
    if scalar.kind == "bool":
        return Constant(scalar, bool(value))
    if scalar.is_integer:
        assert not isinstance(value, complex)
        return Constant(scalar, wrap_integer(int(value), scalar))
    if scalar == bfloat16:
        assert not isinstance(value, complex)
        return Constant(scalar, round_to_bfloat16(float(value)))
    with np.errstate(all="ignore"):
        rounded = scalar.dtype.type(value)
    return Constant(scalar, complex(rounded) if scalar.is_complex else float(rounded))


def round_to_bfloat16(value: float) -> float:
    """Return the nearest number that bfloat16 has, the even one of two, going through float32 as its conversions do."""
    with np.errstate(all="ignore"):
        single = np.float32(value)
    if np.isnan(single):
        return float(single)
    bits = int(single.view(np.uint32))
    return float(np.uint32((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32))


def nearest_bfloat16(value: float) -> float:
    """Return the nearest number that bfloat16 has, the even one of two, rounding once."""
    if value == 0 or not math.isfinite(value):
        return value
    last = max(math.frexp(value)[1] - 8, -133)
    rounded = math.ldexp(round(math.ldexp(value, -last)), last)
    return math.copysign(rounded if abs(rounded) < 2.0**128 else math.inf, value)


class Builder:
    """Append statements to the innermost open region."""

    def __init__(self) -> None:
        self._open: list[list[Statement]] = [[]]
        self.location: Location | None = None
        self.made: dict[Value, Operation] = {}
        """The operation that made each value."""
        self.not_negative: set[Value] = set()
        """Integers known to be at least zero: loop indices and sizes."""

    def append(self, statement: Statement) -> None:
        """Append a finished statement."""
        self._open[-1].append(statement)

    def operation(
        self, primitive: Primitive, operands: Sequence[Value], types: Sequence[Type], **attributes: Attribute
    ) -> tuple[Variable, ...]:
        """Append an operation whose result types the caller states, and return its results."""
        results = tuple(Variable(kind) for kind in types)
        table = MappingProxyType(attributes) if attributes else NO_ATTRIBUTES
        made = Operation(primitive, tuple(operands), results, table, self.location)
        self.append(made)
        self.made.update(dict.fromkeys(results, made))
        return results

    def many(self, primitive: Primitive, *operands: Value, **attributes: Attribute) -> tuple[Variable, ...]:
        """Append an operation on operands that already have the types of one of its loops; return its results."""
        types = tuple(_scalar(operand) for operand in operands)
        loop = primitive.rule(types)
        if loop.operands != types:
            raise AssertionError(f"{primitive.name} takes {loop.operands}, not {types}")
        return self.operation(primitive, operands, loop.results, **attributes)

    def __call__(self, primitive: Primitive, *operands: Value, **attributes: Attribute) -> Variable:
        """Append an operation with one result, and return that result."""
        (result,) = self.many(primitive, *operands, **attributes)
        return result

    def region(self, build: Callable[[], Sequence[Value]]) -> Region:
        """Return the region of what `build` appends; its return values are the region's results."""
        self._open.append([])
        try:
            results = build()
        finally:
            statements = self._open.pop()
        return Region(tuple(statements), tuple(results))

    def collect(self, build: Callable[[], None]) -> list[Statement]:
        """Return what `build` appends, as a region still open at its end: hand it to `close`."""
        self._open.append([])
        try:
            build()
        finally:
            statements = self._open.pop()
        return statements

    def close(self, statements: list[Statement], finish: Callable[[], Sequence[Value]]) -> Region:
        """Return the region of collected statements; `finish` may append more and returns the results."""
        self._open.append(statements)
        try:
            results = finish()
        finally:
            self._open.pop()
        return Region(tuple(statements), tuple(results))

    def if_(
        self, condition: Value, then: Callable[[], Sequence[Value]], orelse: Callable[[], Sequence[Value]]
    ) -> tuple[Variable, ...]:
        """Append a branch."""
        first, second = self.region(then), self.region(orelse)
        if [v.type for v in first.results] != [v.type for v in second.results]:
            raise AssertionError("the two sides of a branch hand out different types")
        results = tuple(Variable(value.type) for value in first.results)
        self.append(If(condition, first, second, results, self.location))
        return results

    def for_(
        self, count: Value, initial: Sequence[Value], body: Callable[[Variable, tuple[Variable, ...]], Sequence[Value]]
    ) -> tuple[Variable, ...]:
        """Append a counted loop; `body` gets the index and the carried values."""
        index = Variable(int64)
        carried = tuple(Variable(value.type) for value in initial)
        region = self.region(lambda: body(index, carried))
        results = tuple(Variable(value.type) for value in initial)
        self.append(For(count, index, tuple(initial), carried, region, results, self.location))
        return results

    def while_(
        self,
        initial: Sequence[Value],
        test: Callable[[tuple[Variable, ...]], Value],
        body: Callable[[tuple[Variable, ...]], Sequence[Value]],
    ) -> tuple[Variable, ...]:
        """Append a loop that runs while `test` holds; both get the carried values."""
        carried = tuple(Variable(value.type) for value in initial)
        condition = self.region(lambda: (test(carried),))
        region = self.region(lambda: body(carried))
        results = tuple(Variable(value.type) for value in initial)
        self.append(While(tuple(initial), carried, condition, region, results, self.location))
        return results

    def finish(self, results: Sequence[Value]) -> Region:
        """Return the outermost region."""
        (statements,) = self._open
        return Region(tuple(statements), tuple(results))


def true() -> Constant:
    """Return the constant True."""
    return Constant(bool_, True)


def false() -> Constant:
    """Return the constant False."""
    return Constant(bool_, False)


def _scalar(value: Value) -> ScalarType:
    if not isinstance(value.type, ScalarType):
        raise AssertionError(f"an operand is {value.type}, not a scalar")
    return value.type
