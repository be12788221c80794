"""What one variable holds where two paths meet.

A term is a form with numbers in it: a tuple of the same length, a view of the same array, the same function. Terms of the same
form join number by number, each in a type that holds both without loss. Terms of different forms become `Unusable`: an
error only if the kernel uses the variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import (
    Array,
    Binding,
    Compound,
    Iteration,
    Method,
    Nothing,
    Number,
    Part,
    Reference,
    Term,
    Text,
    Tuple,
    Unusable,
)  # fmt: skip
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Constant, Value
from cobra.errors import Location

# -- terms as forms with numbers


def numbers_in(term: Term) -> list[Number]:
    """Return the numbers of a term, in order."""
    match term:
        case Number():
            return [term]
        case Tuple() | Compound():
            return [number for item in term.items for number in numbers_in(item)]
        case Array():
            return [Number(index, weak=True) for index in term.indices]
        case _:
            return []


def same_form(first: Term, second: Term) -> bool:
    """Tell whether two terms differ in their numbers only."""
    match first, second:
        case Number(), Number():
            return True
        case Tuple(), Tuple():
            same = len(first.items) == len(second.items)
            return same and all(same_form(a, b) for a, b in zip(first.items, second.items, strict=True))
        case Compound(), Compound():
            return first.type == second.type
        case Array(), Array():
            return first.parameter is second.parameter and first.axes == second.axes and len(first.indices) == len(second.indices)
        case Reference(), Reference():
            return first.entity == second.entity
        case Text(), Text():
            return first.text == second.text
        case Nothing(), Nothing():
            return True
        case _:
            return first is second


def is_changeable(term: Term) -> bool:
    """Tell whether a term may stand for another value after a loop than before it."""
    if isinstance(term, Tuple):
        return all(is_changeable(item) for item in term.items)
    return not isinstance(term, (Iteration, Method, Unusable))


def with_numbers(form: Term, numbers: Iterator[Number]) -> Term:
    """Return a term of the same form with other numbers."""
    match form:
        case Number():
            return next(numbers)
        case Tuple():
            return replace(form, items=tuple(with_numbers(item, numbers) for item in form.items))
        case Compound():
            return replace(form, items=tuple(_part_with(item, numbers) for item in form.items))
        case Array():
            return replace(form, indices=tuple(next(numbers).value for _ in form.indices))
        case _:
            return form


def _part_with(part: Part, numbers: Iterator[Number]) -> Part:
    made = with_numbers(part, numbers)
    assert isinstance(made, (Number, Compound))
    return made


def origins_in(term: Term) -> frozenset[object]:
    """Return the tokens of the arrays and records of plain Python that a term gives access to."""
    match term:
        case Compound():
            return term.origins
        case Tuple():
            return term.origins.union(*map(origins_in, term.items))
        case Method():
            return origins_in(term.owner)
        case _:
            return frozenset()


def with_origins(term: Term, more: frozenset[object]) -> Term:
    """Return a term that may also be one of other arrays and records."""
    match term:
        case Compound():
            return replace(term, origins=term.origins | more)
        case Tuple():
            return replace(term, items=tuple(with_origins(item, more) for item in term.items))
        case _:
            return term


def shared_names(bindings: dict[str, Binding], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of variables that may hold the same array or record."""
    found = {name: origins_in(bindings[name].term) for name in names if name in bindings}
    holders = [name for name, origins in found.items() if origins]
    return [(a, b) for k, a in enumerate(holders) for b in holders[k + 1 :] if found[a] & found[b]]


# -- two paths


@dataclass(frozen=True, slots=True)
class Leaf:
    """One number that two paths hand over; None where a path has none and none is needed."""

    numbers: tuple[Number | None, Number | None]
    kind: Kind

    def value(self, builder: Builder, side: int, location: Location | None) -> Value:
        """Return the number of one path in the common type; zero stands in for a missing one."""
        number = self.numbers[side]
        return constant(0, self.kind.type) if number is None else convert(builder, number, self.kind.type, location)


@dataclass(frozen=True, slots=True)
class Joint:
    """The plan of one joined variable: its form, and for each number its value or the leaf it comes from."""

    form: Term
    parts: tuple[Number | Leaf, ...] = ()
    location: Location | None = None

    @property
    def leaves(self) -> list[Leaf]:
        """Return what has to be handed over when the kernel runs."""
        return [part for part in self.parts if isinstance(part, Leaf)]

    def term(self, joined: Iterator[Value]) -> Term:
        """Return the joined term, taking a value for each leaf."""
        numbers = [part.kind.number(next(joined)) if isinstance(part, Leaf) else part for part in self.parts]
        return with_numbers(self.form, iter(numbers))


def join(name: str, first: Binding | None, second: Binding | None) -> Joint:
    """Return how a variable joins; a path without a binding has no say."""
    known = second or first
    assert known is not None
    if first is None or second is None:
        numbers = numbers_in(known.term)
        pairs = [(n, None) if second is None else (None, n) for n in numbers]
        leaves = [Leaf(pair, kind_of(n)) for pair, n in zip(pairs, numbers, strict=True)]
        return Joint(known.term, tuple(leaves), known.location)
    parts = _join_numbers(first.term, second.term)
    if parts is None:
        return Joint(_explain(name, first, second), (), known.location)
    return Joint(with_origins(first.term, origins_in(second.term)), tuple(parts), known.location)


def _join_numbers(first: Term, second: Term) -> Sequence[Number | Leaf] | None:
    if not same_form(first, second):
        return None
    pairs = zip(numbers_in(first), numbers_in(second), strict=True)
    parts = [_join_pair(a, b) for a, b in pairs]
    return None if any(part is None for part in parts) else [part for part in parts if part is not None]


def _join_pair(first: Number, second: Number) -> Number | Leaf | None:
    joined = join_kinds(kind_of(first), kind_of(second))
    if joined is None:
        return None
    a, b = first.value, second.value
    if isinstance(a, Constant) and isinstance(b, Constant) and repr((a.type, a.value)) == repr((b.type, b.value)):
        return Number(a, joined.weak)
    return Leaf((first, second), joined)


def _explain(name: str, first: Binding, second: Binding) -> Unusable:
    for binding in (first, second):
        if isinstance(binding.term, Unusable):
            return binding.term
    places = [f"{binding.term}" + (f" at {binding.location}" if binding.location else "") for binding in (first, second)]
    stated = next((b.term.type for b in (first, second) if isinstance(b.term, Compound)), None)
    example = f"of type {stated}" if stated is not None else "with np.float64(...)"
    hint = f"Give it one type on all paths, for example {example}."
    if isinstance(first.term, Array) and isinstance(second.term, Array):
        hint = f"Name one array on all paths, and assign to its elements: {name}[...] = ."
    return Unusable(f"{name!r} is {places[0]} and {places[1]}", hint, False)


def not_assigned(name: str, location: Location | None, reason: str = "it is not assigned on every path") -> Unusable:
    """Return what stands for a variable that may have no value."""
    place = f" (only at {location})" if location is not None else ""
    hint = f"Assign {name!r} on every path that leads here."
    return Unusable(f"{name!r} may have no value here: {reason}{place}", hint, True)
