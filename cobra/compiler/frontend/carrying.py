"""Which variables a loop carries, of which types, and what they hold after it.

Every variable that the body assigns and something else may read is carried. Types are found by translating the body until
they no longer grow. A variable without a value before the loop is *late*: it has none at the start of a pass, and after
the loop only on those ways out on which the last pass gave it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cobra.compiler.frontend.exits import BROKEN, HIDDEN, NEVER, RESULT, RETURNED, Exit, Outcome
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import (
    is_changeable,
    not_assigned,
    numbers_in,
    origins_in,
    same_form,
    shared_names,
    with_numbers,
    with_origins,
)
from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import Array, Binding, Compound, Number, Term, Unusable
from cobra.compiler.ir.builder import constant, false
from cobra.compiler.ir.values import Value, Variable
from cobra.errors import Location


@dataclass(slots=True)
class _Carried:
    """One variable a loop carries, with the types its numbers have grown to."""

    form: Term
    kinds: list[Kind]
    entry: list[Number] | None
    """Its numbers before the loop; None when it is late."""
    location: Location | None

    def may_be(self, origins: frozenset[object]) -> bool:
        """Add tokens of what the variable may be; return whether all were known."""
        known = origins <= origins_in(self.form)
        if not known:
            self.form = with_origins(self.form, origins)
        return known


@dataclass(slots=True)
class Carrying:
    """The variables of one loop while its body is being translated."""

    frame: Frame
    assigned: tuple[str, ...]
    """What the body assigns, hidden variables included."""
    wanted: frozenset[str]
    """What is read outside of the body."""
    location: Location
    before: dict[str, Binding] = field(default_factory=dict)
    carried: dict[str, _Carried] = field(default_factory=dict)
    refused: dict[str, Unusable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = dict(self.frame.variables)
        for name in self.assigned:
            if name in (BROKEN, RETURNED):
                self.before[name] = Binding(Number(false()), None)
            binding = self.before.get(name)
            if binding is not None and Exit.FALL not in binding.missing and is_changeable(binding.term):
                numbers = numbers_in(binding.term)
                self.carried[name] = _Carried(binding.term, [kind_of(n) for n in numbers], numbers, binding.location)

    def enter(self) -> list[Variable]:
        """Bind fresh carried values for one attempt; return them in order."""
        fresh: list[Variable] = []
        variables = {name: binding for name, binding in self.before.items() if name not in self.assigned}
        variables |= {name: Binding(unusable, self.location) for name, unusable in self.refused.items()}
        for name, item in self.carried.items():
            made = [Variable(kind.type, name if name.isidentifier() else "") for kind in item.kinds]
            fresh += made
            if item.entry is not None:
                numbers = iter([kind.number(v) for v, kind in zip(made, item.kinds, strict=True)])
                variables[name] = Binding(with_numbers(item.form, numbers), item.location)
        self.frame.variables = variables
        return fresh

    def settle(self, ended: dict[str, Binding]) -> bool:
        """Compare with the variables at the end of the body; return whether all types stayed as they were."""
        stable = True
        for name in self.assigned:
            binding = ended.get(name)
            if name in self.refused or binding is None:
                continue
            if name in self.carried:
                stable &= self._grow(name, self.carried[name], binding)
            elif (name in self.wanted or name == RESULT) and is_changeable(binding.term):
                kinds = [kind_of(number) for number in numbers_in(binding.term)]
                self.carried[name] = _Carried(binding.term, kinds, None, binding.location)
                stable = False
        return self._settle_origins(ended) and stable

    def _settle_origins(self, ended: dict[str, Binding]) -> bool:
        """Let each variable enter as what it may be after a pass; tell whether it did already."""
        stable = True
        known = self.frame.borrowed.union(*(origins_in(binding.term) for binding in self.before.values()))
        for name, item in self.carried.items():
            if name in ended:
                stable &= item.may_be(origins_in(ended[name].term) & known)
        for pair in shared_names(ended, tuple(self.carried)):
            token = frozenset([frozenset(pair)])
            stable &= all([self.carried[name].may_be(token) for name in pair])
        return stable

    def _grow(self, name: str, item: _Carried, binding: Binding) -> bool:
        pairs = zip(item.kinds, numbers_in(binding.term), strict=True) if same_form(item.form, binding.term) else None
        joined = [join_kinds(kind, kind_of(number)) for kind, number in pairs] if pairs is not None else [None]
        kinds = [kind for kind in joined if kind is not None]
        if len(kinds) < len(joined):
            del self.carried[name]
            self.refused[name] = self._refuse(name, item, binding)
            return False
        stable, item.kinds = kinds == item.kinds, kinds
        return stable

    def _refuse(self, name: str, item: _Carried, binding: Binding) -> Unusable:
        if isinstance(binding.term, Unusable):
            return binding.term
        before, here = (f" at {place}" if place else "" for place in (item.location, binding.location))
        example = str(binding.term.type) if isinstance(binding.term, Compound) else "np.float64(0)"
        hint = f"Start it with a value of the type it has in the loop, for example {example}."
        if isinstance(binding.term, Array):
            hint = f"Make the array before the loop, and assign to its elements there: {name}[...] = ."
        return Unusable(f"{name!r} is {item.form}{before} before the loop and {binding.term}{here} in it", hint, False)

    def initial(self) -> list[Value]:
        """Return the carried values before the first pass."""
        values: list[Value] = []
        for item in self.carried.values():
            entry = item.entry if item.entry is not None else [Number(constant(0, kind.type)) for kind in item.kinds]
            values += [self._converted(number, kind) for number, kind in zip(entry, item.kinds, strict=True)]
        return values

    def updated(self, ended: dict[str, Binding]) -> list[Value]:
        """Return the carried values after a pass; where every path has left for good, they are of no matter."""
        values: list[Value] = []
        for name, item in self.carried.items():
            binding = ended.get(name)
            numbers = numbers_in(binding.term) if binding else [Number(constant(0, kind.type)) for kind in item.kinds]
            values += [self._converted(number, kind) for number, kind in zip(numbers, item.kinds, strict=True)]
        return values

    def _converted(self, number: Number, kind: Kind) -> Value:
        return convert(self.frame.builder, number, kind.type, self.location)

    def leave(
        self, results: Sequence[Variable], ended: dict[str, Binding], outcome: Outcome, *, some: bool, endless: bool
    ) -> None:
        """Bind what the variables hold after the loop.

        Parameters
        ----------
        outcome
            How control leaves the body.
        some, endless
            Whether there is at least one pass, and whether no test ends the loop.
        """
        variables = {name: binding for name, binding in self.before.items() if name not in self.assigned}
        for name in self.assigned:
            if name in self.refused:
                variables[name] = Binding(self.refused[name], self.location)
            elif name in ended and name not in self.carried and name not in HIDDEN:
                place = ended[name].location
                variables[name] = Binding(not_assigned(name, place, "the loop may make no pass that assigns it"), place)
        remaining: Iterator[Variable] = iter(results)
        for name, item in self.carried.items():
            numbers = iter([kind.number(next(remaining)) for kind in item.kinds])
            last = ended.get(name)
            is_late = item.entry is None and name not in HIDDEN
            missing = _missing_after(last, outcome, some=some, endless=endless) if is_late else NEVER
            variables[name] = Binding(with_numbers(item.form, numbers), last.location if last else item.location, missing)
        self.frame.variables = variables


def _missing_after(last: Binding | None, outcome: Outcome, *, some: bool, endless: bool) -> Outcome:
    """Return the ways out of a loop, by its test (FALL) or by ``break``, on which a late variable has no value."""
    missing = last.missing & outcome if last is not None else outcome
    by_test = not endless and (not some or bool(missing & {Exit.FALL, Exit.CONTINUE}))
    by_break = Exit.BREAK in missing
    return frozenset(([Exit.FALL] if by_test else []) + ([Exit.BREAK] if by_break else []))
