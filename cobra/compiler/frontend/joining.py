"""What one variable holds where two paths meet.

Numbers take a type that holds both without loss, tuples join item by item, anything else must be the same on both paths. A
variable that has no one value becomes `Unusable`: an error only if the kernel uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cobra.compiler.frontend.promotion import convert, join_types
from cobra.compiler.frontend.terms import Array, Binding, Number, Reference, Term, Tuple, Unusable
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Constant, Value
from cobra.errors import Location
from cobra.types import ScalarType

Rebuild = Callable[[Iterator[Value]], Term]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One number that the paths hand over; None where a path has none and none is needed."""

    numbers: tuple[Number | None, Number | None]
    type: ScalarType
    weak: bool

    def value(self, builder: Builder, side: int, location: Location | None) -> Value:
        """Return the number of one path in the common type; zero stands in for a missing one."""
        number = self.numbers[side]
        return constant(0, self.type) if number is None else convert(builder, number, self.type, location)


@dataclass(frozen=True, slots=True)
class Joint:
    """The plan of one joined variable: the numbers it needs and how to make its term of them."""

    leaves: tuple[Leaf, ...]
    rebuild: Rebuild
    location: Location | None


def join(name: str, first: Binding | None, second: Binding | None, optional: tuple[bool, bool]) -> Joint:
    """Return how a variable joins; `optional` tells on which paths a missing value does not matter."""
    leaves: list[Leaf] = []
    terms = (first.term if first else None, second.term if second else None)
    rebuild = _join_terms(terms[0], terms[1], optional, leaves)
    location = (second or first).location if (second or first) else None  # type: ignore[union-attr]
    if rebuild is None:
        unusable = _explain(name, first, second)
        return Joint((), lambda _: unusable, location)
    return Joint(tuple(leaves), rebuild, location)


def _join_terms(first: Term | None, second: Term | None, optional: tuple[bool, bool], leaves: list[Leaf]) -> Rebuild | None:
    if first is second and first is not None:
        return lambda _: first
    if isinstance(first, Number) and isinstance(second, Number):
        return _join_numbers(first, second, leaves)
    if isinstance(first, Tuple) and isinstance(second, Tuple) and len(first.items) == len(second.items):
        parts = [_join_terms(a, b, optional, leaves) for a, b in zip(first.items, second.items, strict=True)]
        return _rebuild_tuple(parts)
    if (first is None and optional[0]) or (second is None and optional[1]):
        return _keep(first, second, leaves)
    return (lambda _: first) if first is not None and second is not None and _same(first, second) else None


def _join_numbers(first: Number, second: Number, leaves: list[Leaf]) -> Rebuild | None:
    joined = join_types(first, second)
    if joined is None:
        return None
    scalar, weak = joined
    a, b = first.value, second.value
    if isinstance(a, Constant) and isinstance(b, Constant) and repr((a.type, a.value)) == repr((b.type, b.value)):
        return lambda _: first
    leaves.append(Leaf((first, second), scalar, weak))
    return lambda values: Number(next(values), weak)


def _keep(first: Term | None, second: Term | None, leaves: list[Leaf]) -> Rebuild | None:
    """Join a term with a path where it does not matter."""
    term = first if first is not None else second
    if isinstance(term, Number):
        number = term
        leaves.append(Leaf((number, None) if first is not None else (None, number), number.type, number.weak))
        return lambda values: Number(next(values), number.weak)
    if isinstance(term, Tuple):
        left = first.items if isinstance(first, Tuple) else (None,) * len(term.items)
        right = second.items if isinstance(second, Tuple) else (None,) * len(term.items)
        return _rebuild_tuple([_keep(a, b, leaves) for a, b in zip(left, right, strict=True)])
    return (lambda _: term) if term is not None else None


def _rebuild_tuple(parts: list[Rebuild | None]) -> Rebuild | None:
    if any(part is None for part in parts):
        return None
    return lambda values: Tuple(tuple(part(values) for part in parts if part is not None))


def _same(first: Term, second: Term) -> bool:
    if isinstance(first, Array) and isinstance(second, Array):
        return first.parameter is second.parameter and first.indices == second.indices
    if isinstance(first, Reference) and isinstance(second, Reference):
        return first.entity == second.entity
    return False


def _explain(name: str, first: Binding | None, second: Binding | None) -> Unusable:
    if first is None or second is None:
        known = first or second
        place = f" (only at {known.location})" if known is not None and known.location is not None else ""
        return Unusable(f"{name!r} may have no value here: it is not assigned on every path{place}", f"Assign {name!r} before the branch or loop.", True)
    for binding in (first, second):
        if isinstance(binding.term, Unusable):
            return binding.term
    places = [f"{binding.term}" + (f" at {binding.location}" if binding.location else "") for binding in (first, second)]
    return Unusable(f"{name!r} is {places[0]} and {places[1]}", "Give it one type on all paths, for example with np.float64(...).", False)


def flatten(term: Term) -> list[Number] | None:
    """Return the numbers a term is made of, or None when it is made of other things too."""
    if isinstance(term, Number):
        return [term]
    if isinstance(term, Tuple):
        parts = [flatten(item) for item in term.items]
        return None if any(part is None for part in parts) else [n for part in parts if part is not None for n in part]
    return None


def reassemble(term: Term, numbers: Iterator[Number]) -> Term:
    """Return a term of the same shape with other numbers."""
    if isinstance(term, Tuple):
        return Tuple(tuple(reassemble(item, numbers) for item in term.items))
    return next(numbers)
