"""Make the early exits of loops part of their tests: ``break`` and ``return`` cost lanes no more than the condition they stand under.

A loop that is left early carries a flag, and both sides of the branch that sets it are blended into all it carries, pass by pass.
Here the loop ends by its test instead: what the body does up to the branch, and the branch's condition, move to the end of the test
(lanes compute them once, since the body repeats them word for word), and what the loop does on its way out follows it, for
elements that left that way. Floating-point errors are those of the loop as written: nothing runs that did not run before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cobra.compiler.ir.builder import Builder, false
from cobra.compiler.ir.copying import copied
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, inner_regions, used_in
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.bitwise import bitwise_or, invert
from cobra.compiler.transforms.carried_values import trim_carried
from cobra.compiler.transforms.simplify import simplify

_MOST_EXITS = 8
_MOST_IN_BRANCH = 8
"""A branch of more operations before the exit is not written twice."""


def exits_in_tests(function: Function) -> Function:
    """Return the function whose loops end by their tests where they can."""
    return trim_carried(simplify(trim_carried(replace(function, body=_straightened(function.body)))))


def _straightened(region: Region) -> Region:
    made: list[Statement] = []
    for place, statement in enumerate(region.statements):
        inside = _inside(statement)
        if isinstance(inside, While):
            made += _without_exits(inside, set(used_in(Region(region.statements[place + 1 :], region.results))))
        else:
            made.append(inside)
    return Region(tuple(made), region.results)


def _inside(statement: Statement) -> Statement:
    match statement:
        case If():
            return replace(statement, then=_straightened(statement.then), orelse=_straightened(statement.orelse))
        case For() | While():
            return replace(statement, body=_straightened(statement.body))
        case _:
            return statement


def _without_exits(loop: While, used: set[Value]) -> list[Statement]:
    """Return a loop without exits, and what follows it instead."""
    after: list[Statement] = []
    for _ in range(_MOST_EXITS):
        leaving = _exit_of(loop)
        if leaving is None:
            break
        loop, way_out = _moved(loop, leaving, used)
        after[:0] = way_out
        used = used | set(used_in(Region(tuple(way_out), ())))
    return [loop, *after]


# -- recognising an exit


@dataclass(frozen=True, slots=True)
class _Exit:
    """A branch at some place in the body of a loop: taking the side `left` ends the loop."""

    place: int
    branch: If
    left: bool

    @property
    def leaving(self) -> Region:
        """Return the side that ends the loop."""
        return self.branch.then if self.left else self.branch.orelse

    @property
    def staying(self) -> Region:
        """Return the other side."""
        return self.branch.orelse if self.left else self.branch.then


def _exit_of(loop: While) -> _Exit | None:
    """Return the first exit in a loop if what is used on both sides of the test may be written twice."""
    flags, body = _flags(loop), loop.body
    for place, statement in enumerate(body.statements if flags else ()):
        if isinstance(statement, If):
            left = _leaving_side(loop, statement, flags)
            if left is not None:
                again = _needed(body.statements[:place], Region(body.statements[place:], body.results), but=statement.condition)
                return _Exit(place, statement, left) if all(map(_may_be_doubled, again)) else None
        elif not isinstance(statement, Operation):
            return None
    return None


def _flags(loop: While) -> list[int]:
    """Return the places of the carried flags that end a loop: of ``if flag: False else: …``, all its test does."""
    last = loop.test.statements[-1] if loop.test.statements else None
    if not isinstance(last, If) or loop.test.results[0] is not last.results[0] or not _is_constant(last.then.results[0], False):
        return []
    joined = {s.result: s.operands for s in loop.test.statements[:-1] if isinstance(s, Operation) and s.primitive is bitwise_or}
    values = _leaves(last.condition, joined)
    carried = [place for place, variable in enumerate(loop.carried) if variable in values]
    if len(carried) < len(values) or len(joined) + 1 < len(loop.test.statements) or last.then.statements:
        return []
    return carried if all(_is_constant(loop.initial[place], False) for place in carried) else []


def _leaves(value: Value, joined: Mapping[Variable, tuple[Value, ...]]) -> set[Value]:
    """Return what a disjunction is made of."""
    parts = joined.get(value) if isinstance(value, Variable) else None
    return {value} if parts is None else {leaf for part in parts for leaf in _leaves(part, joined)}


def _leaving_side(loop: While, branch: If, flags: Sequence[int]) -> bool | None:
    for place in flags:
        flag = loop.body.results[place]
        if flag in branch.results:
            which = branch.results.index(flag)
            for side, region in ((True, branch.then), (False, branch.orelse)):
                if _is_constant(region.results[which], True):
                    return side
    return None


def _is_constant(value: Value, wanted: bool) -> bool:
    return isinstance(value, Constant) and value.value is wanted


def _may_be_doubled(statement: Statement) -> bool:
    if isinstance(statement, Operation):
        return True
    return isinstance(statement, If) and all(
        len(side.statements) <= _MOST_IN_BRANCH and all(isinstance(s, Operation) and not s.primitive.costly for s in side.statements)
        for side in inner_regions(statement)
    )


# -- moving it


def _moved(loop: While, leaving: _Exit, used: set[Value]) -> tuple[While, list[Statement]]:
    """Return the loop that ends by its test instead, and the way out."""
    body, branch = loop.body, leaving.branch
    before, behind = body.statements[: leaving.place], body.statements[leaving.place + 1 :]
    stays = dict(zip(branch.results, leaving.staying.results, strict=True))
    onwards = copied(Region(behind, body.results), stays)
    results = tuple(Variable(result.type, result.name) for result in loop.results)
    stay = Region((*leaving.staying.statements, *onwards.statements), onwards.results)
    again = Region((*_needed(before, stay), *stay.statements), stay.results)
    changed = replace(loop, test=_longer_test(loop.test, before, leaving), body=copied(again, {}), results=results)
    leaves = dict(zip(branch.results, leaving.leaving.results, strict=True))
    out = copied(Region(behind, body.results), leaves)
    ended = [value if result in used else kept for value, result, kept in zip(out.results, loop.results, results, strict=True)]
    outwards = Region((*leaving.leaving.statements, *out.statements), tuple(ended))
    way = Region((*_needed(before, outwards), *outwards.statements), outwards.results)
    known: dict[Variable, Value] = dict(zip(loop.carried, results, strict=True))
    test = copied(loop.test, known)
    return changed, [*test.statements, If(test.results[0], copied(way, known), Region((), results), loop.results, branch.location)]


def _longer_test(test: Region, before: Sequence[Statement], leaving: _Exit) -> Region:
    """Return a test that asks for more once it holds: at the end of its last branch, under the flags of other exits."""
    last = test.statements[-1]
    assert isinstance(last, If)
    own, build = last.orelse, Builder()

    def stays() -> list[Value]:
        inner = copied(Region(tuple(before), (leaving.branch.condition,)), {})
        for statement in inner.statements:
            build.append(statement)
        (condition,) = inner.results
        return [build(invert, condition) if leaving.left else condition]

    def both() -> Sequence[Value]:
        for statement in own.statements:
            build.append(statement)
        return build.if_(own.results[0], stays, lambda: [false()])

    build.location = leaving.branch.location
    return Region((*test.statements[:-1], replace(last, orelse=build.region(both))), test.results)


def _needed(statements: Sequence[Statement], onwards: Region, but: Value | None = None) -> list[Statement]:
    """Return those of some statements that others need, `but` one value: the errors they raise the test has raised already."""
    used = set(used_in(onwards)) - {but}
    kept: list[Statement] = []
    for statement in reversed(statements):
        if not used.isdisjoint(statement.results):
            kept.insert(0, statement)
            used.update(used_in(Region((statement,), ())))
    return kept
