"""Take the only loop of a function out of the branches around it: what returns early waits in front of a loop without passes.

The branch is parted: what it does before the loop, the loop, and what it does after it. Elements that do not take the branch have ones
where others have what they carry, and a counter at its end where the loop's test asks for one first; other tests ask for the
branch's condition before their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cobra.compiler.ir.builder import Builder, constant, false
from cobra.compiler.ir.copying import copied
from cobra.compiler.ir.operations import Function, If, Operation, Region, Statement, While, inner_regions, used_in
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.bitwise import invert
from cobra.compiler.primitives.comparison import less
from cobra.types import ScalarType


@dataclass(frozen=True, slots=True)
class _Parts:
    """A region as what comes before its loop, the loop, and what comes after it, results included."""

    before: tuple[Statement, ...]
    loop: While
    after: Region


def loop_outside_branches(function: Function) -> Function:
    """Return the function with its only loop that has a test outside of all branches, or as it is if that cannot be."""
    if any(isinstance(statement, While) for statement in function.body.statements):
        return function
    parts = _parted(function.body)
    if parts is None:
        return function
    return replace(function, body=Region((*parts.before, parts.loop, *parts.after.statements), parts.after.results))


def _parted(region: Region) -> _Parts | None:
    """Return a region around its only statement with a loop, or None when there are more, or none."""
    places = [place for place, statement in enumerate(region.statements) if _loops(statement)]
    if len(places) != 1:
        return None
    (place,) = places
    before, holder = region.statements[:place], region.statements[place]
    after = Region(region.statements[place + 1 :], region.results)
    if isinstance(holder, While):
        return _Parts(before, holder, after)
    if not isinstance(holder, If):
        return None
    inner = _out_of(holder)
    if inner is None:
        return None
    return _Parts((*before, *inner.before), inner.loop, replace(after, statements=(*inner.after.statements, *after.statements)))


def _loops(statement: Statement) -> bool:
    return isinstance(statement, While) or any(_loops(inner) for region in inner_regions(statement) for inner in region.statements)


def _out_of(branch: If) -> _Parts | None:
    """Return the parts of a branch of which one side has a loop."""
    sides = [side for side in (branch.then, branch.orelse) if any(map(_loops, side.statements))]
    inner = _parted(sides[0]) if len(sides) == 1 else None
    if inner is None:
        return None
    build, other = Builder(), branch.orelse if sides[0] is branch.then else branch.then
    build.location = branch.location
    taken: Value = branch.condition if sides[0] is branch.then else build(invert, branch.condition)
    shared = _shared(inner)
    handed, ended = (*shared, *inner.loop.initial), _ended(inner.loop, shared)
    harmless = tuple(map(_one, handed)) if ended is None else (*map(_one, shared), *ended)
    made = tuple(Variable(value.type) for value in handed)
    build.append(If(taken, Region(inner.before, handed), Region((), harmless), made, branch.location))
    known: dict[Variable, Value] = dict(zip(shared, made, strict=False))
    loop = _copy(replace(inner.loop, initial=made[len(shared) :]), known)
    if ended is None:
        loop = _asking_first(taken, loop)
    after = copied(inner.after, {**known, **dict(zip(inner.loop.results, loop.results, strict=True))})
    outcome = If(taken, after, other, branch.results, branch.location)
    return _Parts(build.finish(()).statements, loop, Region((outcome,), ()))


def _shared(parts: _Parts) -> tuple[Variable, ...]:
    """Return what is made before a loop and used in it or after it."""
    made = {result for statement in parts.before for result in statement.results}
    used = [*used_in(parts.loop.test), *used_in(parts.loop.body), *used_in(parts.after)]
    return tuple(dict.fromkeys(value for value in used if isinstance(value, Variable) and value in made))


def _one(value: Value) -> Constant:
    assert isinstance(value.type, ScalarType)
    return constant(1, value.type)


def _ended(loop: While, shared: Sequence[Variable]) -> tuple[Value, ...] | None:
    """Return what a loop may carry so that its test says no at once, with its counter at the end; None where no counter is asked first."""
    first, *rest = loop.test.statements or (None,)
    if not isinstance(first, Operation) or first.primitive is not less:
        return None
    counter, end = first.operands
    if counter not in loop.carried or end in loop.carried or not _says_no(loop.test, first.result, rest):
        return None
    place = loop.carried.index(counter)
    stop = _one(end) if end in shared else end
    return tuple(stop if k == place else _one(value) for k, value in enumerate(loop.initial))


def _says_no(test: Region, first: Value, rest: Sequence[Statement]) -> bool:
    """Tell whether a test is false, and computes nothing else, where its first answer is."""
    (answer,) = test.results
    if not rest:
        return answer is first
    onwards = rest[0]
    if len(rest) > 1 or not isinstance(onwards, If) or onwards.condition is not first or answer is not onwards.results[0]:
        return False
    (otherwise,) = onwards.orelse.results
    return not onwards.orelse.statements and isinstance(otherwise, Constant) and otherwise.value is False


def _copy(loop: While, known: dict[Variable, Value]) -> While:
    """Return a loop with other values for some that it uses, and results of its own."""
    results = tuple(Variable(result.type, result.name) for result in loop.results)
    return replace(loop, test=copied(loop.test, known), body=copied(loop.body, known), results=results)


def _asking_first(condition: Value, loop: While) -> While:
    """Return a loop that asks for a condition before its own."""
    build = Builder()

    def own() -> Sequence[Value]:
        for statement in loop.test.statements:
            build.append(statement)
        return loop.test.results

    return replace(loop, test=build.region(lambda: build.if_(condition, own, lambda: [false()])))
