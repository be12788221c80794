"""How much a kernel computes for one element, counted in its lowered form.

Goes in: a function after all passes, and the sizes of core dimensions that are known. Out come the numbers of floating-point and
other operations. Where a number depends on the data, what is counted is the least there can be, and the counts say so: a
loop with a test counts as one trip, and a branch as the side that does less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from cobra.compiler.ir.operations import For, Function, If, Operation, Region, While
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.matrices import matrix_product, product_of
from cobra.compiler.primitives.memory import fold_elements
from cobra.compiler.primitives.opaque import opaque_call
from cobra.types import ScalarType

_FLOATING_OPERATIONS = {"add": 1, "subtract": 1, "multiply": 1, "fma": 2, "divide": 1, "sqrt": 1}
_SLOW = frozenset({"divide", "sqrt"})


@dataclass(slots=True)
class Work:
    """Operations for one element, by float type; `exact` when the data cannot make them more.

    ``floating`` counts a fused multiply-add twice, ``fused`` counts them alone. ``slow`` are divisions and square roots, ``other``
    comparisons, choices, whole-number operations and the like, and ``other_bytes`` what they work on.
    """

    floating: Counter[str] = field(default_factory=Counter)
    fused: Counter[str] = field(default_factory=Counter)
    slow: Counter[str] = field(default_factory=Counter)
    other: int = 0
    other_bytes: int = 0
    library_calls: int = 0
    exact: bool = True

    @property
    def flops(self) -> int:
        """Return the floating-point operations, a fused multiply-add being two and a division one."""
        return self.floating.total() + self.slow.total()

    def add(self, more: Work, times: int = 1) -> None:
        """Add the work of a part that runs some times."""
        for own, others in ((self.floating, more.floating), (self.fused, more.fused), (self.slow, more.slow)):
            own.update({kind: count * times for kind, count in others.items()})
        self.other += more.other * times
        self.other_bytes += more.other_bytes * times
        self.library_calls += more.library_calls * times
        self.exact = self.exact and more.exact


def work_of(function: Function, sizes: Mapping[str, int]) -> Work:
    """Return the work of one element, or of one run of a kernel with core dimensions of the given sizes."""
    known: dict[Value, int] = {variable: sizes[variable.name] for variable in function.dimensions if variable.name in sizes}
    return _region(function.body, known)


def _region(region: Region, known: Mapping[Value, int]) -> Work:
    work = Work()
    for statement in region.statements:
        match statement:
            case Operation() if statement.primitive is fold_elements:
                _count_fold(statement, known, work)
            case Operation() if statement.primitive is matrix_product:
                work.add(_product(statement, known))
            case Operation():
                _count(statement, work)
            case If():
                work.add(_lesser(_region(statement.then, known), _region(statement.orelse, known)))
            case For():
                trips = _trips(statement.count, known)
                work.add(_region(statement.body, known), 1 if trips is None else trips)
                work.exact = work.exact and trips is not None
            case While():
                work.add(_region(statement.test, known))
                work.add(_region(statement.body, known))
                work.exact = False
    return work


def _count(operation: Operation, work: Work) -> None:
    primitive = operation.primitive
    kind = operation.results[0].type if operation.results else None
    if primitive.library:
        work.library_calls += 1
    elif isinstance(kind, ScalarType) and kind.is_floating and primitive.name in _FLOATING_OPERATIONS:
        counts = work.slow if primitive.name in _SLOW else work.floating
        counts[kind.name] += _FLOATING_OPERATIONS[primitive.name]
        work.fused[kind.name] += primitive.name == "fma"
    elif primitive.name not in ("load", "store", "local_array"):
        work.other += 1
        work.other_bytes += _widest(operation)
        work.exact = work.exact and primitive is not opaque_call


def _widest(operation: Operation) -> int:
    kinds = [value.type for value in (*operation.operands, *operation.results)]
    return max((kind.itemsize for kind in kinds if isinstance(kind, ScalarType)), default=0)


def _count_fold(operation: Operation, known: Mapping[Value, int], work: Work) -> None:
    """Count an operation on each of many elements, two where they are complex."""
    trips, kind = _trips(operation.operands[2], known), operation.results[0].type
    if str(operation.attributes["by"]) in _FLOATING_OPERATIONS and isinstance(kind, ScalarType):
        work.floating[kind.name] += 1 if trips is None else trips
    else:
        work.other += 1 if trips is None else trips
        work.other_bytes += (1 if trips is None else trips) * _widest(operation)
    work.exact = work.exact and trips is not None


def _product(operation: Operation, known: Mapping[Value, int]) -> Work:
    """Return the work of a matrix product: a multiplication and an addition for each element that is added up."""
    product, work = product_of(operation), Work()
    trips = [_trips(size, known) for size in product.sizes]
    work.exact = None not in trips
    kind, terms = product.into.element, prod(1 if count is None else count for count in trips)
    if kind.is_floating or kind.is_complex:
        fused = terms * (4 if kind.is_complex else 1)
        work.floating[kind.component.name] += 2 * fused
        work.fused[kind.component.name] += fused
    else:
        work.other += 2 * terms
        work.other_bytes += 2 * terms * kind.itemsize
    return work


def _lesser(first: Work, second: Work) -> Work:
    lesser = min(first, second, key=lambda work: (work.library_calls, work.flops, work.other))
    lesser.exact = lesser.exact and (first.flops, first.slow, first.other) == (second.flops, second.slow, second.other)
    return lesser


def _trips(count: Value, known: Mapping[Value, int]) -> int | None:
    trips = int(count.value.real) if isinstance(count, Constant) else known.get(count)
    return None if trips is None else max(trips, 0)
