"""Recognise kernels under which ``reduce`` may join its elements in any order: one associative operation, or the better of two.

In: an elementwise function as its writer meant it, before the passes take operations apart. Out: what to start from and what the
order could change, or None for a kernel that has to run from left to right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.operations import Function, Operation, Primitive
from cobra.compiler.ir.values import Constant, Number, Variable
from cobra.compiler.primitives.arithmetic import multiply
from cobra.compiler.primitives.comparison import greater, greater_equal, less, less_equal
from cobra.compiler.primitives.expansion import lowest, scalar_of
from cobra.compiler.primitives.extrema import fmax, fmin, maximum, minimum
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, float32, float64

Kind = Literal["exact", "sum", "product", "largest", "smallest"]


@dataclass(frozen=True, slots=True)
class Folding:
    """How elements may be joined.

    Parameters
    ----------
    operation
        The operation as the kernel has it, or one of its meaning.
    kind
        ``exact`` where no order changes the result (integers, bools), else what is done with floats.
    start
        The number that leaves every other one as it is.
    last_zero
        Of two zeros with different signs an extreme keeps the second.
    keeps_nan
        An extreme that met a NaN stays the first NaN it met; else it passes over every NaN.
    """

    operation: Operation
    kind: Kind
    start: Constant
    last_zero: bool = False
    keeps_nan: bool = False

    @property
    def is_extreme(self) -> bool:
        """Tell whether floats are compared, not computed with."""
        return self.kind in ("largest", "smallest")


def folding_of(function: Function) -> Folding | None:
    """Return how the elements that a kernel reduces may be joined, or None when their order counts."""
    kind = _only_type(function)
    if kind is None:
        return None
    match function.body.statements:
        case (Operation() as only,) if only.primitive.fold_start is not None:
            return _of_primitive(function, only, kind)
        case (Operation() as test, Operation() as choice) if choice.primitive is select:
            return _of_choice(function, test, choice, kind)
        case _:
            return None


def _only_type(function: Function) -> ScalarType | None:
    """Return the type of both parameters and the only result, which the last statement makes."""
    values = (*function.parameters, *function.body.results)
    if not function.is_elementwise or len(function.parameters) != 2 or len(values) != 3:
        return None
    last = function.body.statements[-1:]
    kind = values[0].type
    if not last or last[0].results != function.body.results or any(value.type != kind for value in values):
        return None
    return kind if isinstance(kind, ScalarType) else None


def _of_primitive(function: Function, operation: Operation, kind: ScalarType) -> Folding | None:
    start = operation.primitive.fold_start
    assert start is not None
    if kind.is_integer or kind.kind == "bool":
        in_any_order = set(operation.operands) == set(function.parameters)
        return Folding(operation, "exact", constant(_whole(start, kind), kind)) if in_any_order else None
    if operation.operands != function.parameters:
        return None
    if operation.primitive in (maximum, minimum, fmax, fmin):
        return _of_extreme(operation, operation.primitive, kind)
    if kind in (float32, float64):
        return Folding(operation, "product" if operation.primitive is multiply else "sum", constant(start, kind))
    return _of_complex(operation, kind)


def _of_extreme(operation: Operation, primitive: Primitive, kind: ScalarType) -> Folding | None:
    if kind not in (float32, float64):
        return None
    start = primitive.fold_start
    assert start is not None
    takes_nan = primitive in (maximum, minimum)
    largest = primitive in (maximum, fmax)
    return Folding(operation, "largest" if largest else "smallest", constant(start, kind), last_zero=takes_nan, keeps_nan=takes_nan)


def _of_complex(operation: Operation, kind: ScalarType) -> Folding | None:
    """Take a sum of complex numbers for two sums; products are not two products."""
    start = operation.primitive.fold_start
    if not kind.is_complex or start is None or operation.primitive is multiply:
        return None
    part = Variable(kind.component)
    parts = replace(operation, operands=(part, Variable(kind.component)), results=(Variable(kind.component),))
    return Folding(parts, "sum", constant(start, kind.component))


def _whole(start: Number, kind: ScalarType) -> Number:
    """Return the least or greatest number of the type for an infinity."""
    if start == float("-inf"):
        return lowest(kind)
    if start == float("inf"):
        return 1 if kind.kind == "bool" else -1 - lowest(kind) if kind.kind == "int" else (1 << kind.bits) - 1
    return start


_GREATER, _LESS = (greater, greater_equal), (less, less_equal)


def _of_choice(function: Function, test: Operation, choice: Operation, kind: ScalarType) -> Folding | None:
    """Recognise ``b if b > a else a``, where ``b`` is the new element: as Python's ``max`` it passes over a NaN in ``b``."""
    a, b = function.parameters
    if test.primitive not in _GREATER + _LESS or choice.operands[0] is not test.results[0] or kind not in (float32, float64):
        return _of_whole_choice(function, test, choice, kind)
    if choice.operands[1:] != (b, a) or set(test.operands) != {a, b}:
        return None
    largest = (test.primitive in _GREATER) == (test.operands == (b, a))
    primitive = fmax if largest else fmin
    found = _of_extreme(choice, primitive, kind)
    return None if found is None else replace(found, last_zero=test.primitive in (greater_equal, less_equal))


def _of_whole_choice(function: Function, test: Operation, choice: Operation, kind: ScalarType) -> Folding | None:
    """Recognise the larger or smaller of two integers, whichever way it is written."""
    sides = set(function.parameters)
    fits = kind.is_integer and test.primitive in _GREATER + _LESS and choice.operands[0] is test.results[0]
    if not fits or set(test.operands) != sides or set(choice.operands[1:]) != sides:
        return None
    largest = (test.primitive in _GREATER) == (test.operands[0] is choice.operands[1])
    start = (maximum if largest else minimum).fold_start
    assert start is not None
    return Folding(choice, "exact", constant(_whole(start, scalar_of(choice.results[0])), kind))
