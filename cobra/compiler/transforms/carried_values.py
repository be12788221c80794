"""Drop what loops with a test carry for nothing: values that never change, and values that only make themselves anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cobra.compiler.ir.copying import copied
from cobra.compiler.ir.operations import For, Function, If, Region, Statement, While, used_in
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.transforms.simplify import pruned


def trim_carried(function: Function) -> Function:
    """Return the function whose loops carry only what changes and is used."""
    return replace(function, body=_trimmed(function.body))


def _trimmed(region: Region) -> Region:
    made: list[Statement] = []
    known: dict[Variable, Value] = {}
    for place, statement in enumerate(region.statements):
        if isinstance(statement, While):
            used = set(used_in(Region(region.statements[place + 1 :], region.results)))
            loop, fixed = _without_fixed(statement)
            known.update(fixed)
            statement = _without_unused(loop, used)
        made.append(_inside(statement))
    whole = Region(tuple(made), region.results)
    return copied(whole, known) if known else whole


def _inside(statement: Statement) -> Statement:
    match statement:
        case If():
            return replace(statement, then=_trimmed(statement.then), orelse=_trimmed(statement.orelse))
        case For():
            return replace(statement, body=_trimmed(statement.body))
        case While():
            return replace(statement, test=_trimmed(statement.test), body=_trimmed(statement.body))
        case _:
            return statement


def _without_fixed(loop: While) -> tuple[While, dict[Variable, Value]]:
    """Return a loop without what keeps the constant it began with, and what stands for its results."""
    both = zip(loop.carried, loop.initial, loop.body.results, strict=True)
    fixed = [place for place, (variable, first, new) in enumerate(both) if _is_fixed(variable, first, new)]
    if not fixed:
        return loop, {}
    inside: dict[Variable, Value] = {loop.carried[place]: loop.initial[place] for place in fixed}
    changed = replace(loop, test=copied(loop.test, inside), body=copied(loop.body, inside))
    left = [place for place in range(len(loop.carried)) if place not in fixed]
    return _with(changed, left), {loop.results[place]: loop.initial[place] for place in fixed}


def _is_fixed(variable: Variable, first: Value, new: Value) -> bool:
    if not isinstance(first, Constant):
        return False
    return new is variable or (isinstance(new, Constant) and repr(new.value) == repr(first.value))


def _without_unused(loop: While, after: set[Value]) -> While:
    wanted = {place for place, result in enumerate(loop.results) if result in after}
    while True:
        used: set[Variable] = set()
        test = pruned(loop.test, used)
        body = pruned(Region(loop.body.statements, tuple(loop.body.results[place] for place in sorted(wanted))), used)
        more = wanted | {place for place, variable in enumerate(loop.carried) if variable in used}
        if more == wanted:
            # What made the values that are dropped is dropped as well.
            return replace(_with(loop, sorted(wanted)), test=test, body=body)
        wanted = more


def _with(loop: While, places: Sequence[int]) -> While:
    """Return a loop that carries only what stands at some places."""

    def chosen(values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(values[place] for place in places)

    def variables(values: Sequence[Variable]) -> tuple[Variable, ...]:
        return tuple(values[place] for place in places)

    body = replace(loop.body, results=chosen(loop.body.results))
    carried, results = variables(loop.carried), variables(loop.results)
    return replace(loop, initial=chosen(loop.initial), carried=carried, body=body, results=results)
