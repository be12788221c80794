"""Choices that scalar code makes by jumps, because the processor guesses them and goes on, where a blend would wait.

Two kinds: between a float that a loop carries and a new one, made by testing the carried one (running extrema and the like);
and those that a branch beside them makes anyway, as in ``safe = np.where(usual, x, 0.0)`` before ``if not usual:``. Out comes the
outcome of each such choice that is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, inner_regions
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import invert
from cobra.compiler.primitives.logic import logical_not
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, bool_

_NOT = (invert, logical_not)

RareOutcomes: TypeAlias = Mapping[Statement, bool]
NOTHING_RARE: RareOutcomes = MappingProxyType({})


def running_choices(function: Function, carried: Iterable[Value] = ()) -> RareOutcomes:
    """Return the choices between carried floats and new ones; `carried` are parameters that carry the previous result.

    Such a choice seldom changes its mind. Whole numbers wait less, and more of them are equal.
    """
    found: dict[Statement, bool] = {}
    _search(function.body, set(carried), set(), found)
    return found


def _search(region: Region, carried: set[Value], tests: set[Value], found: dict[Statement, bool]) -> None:
    for statement in region.statements:
        match statement:
            case Operation():
                if statement.primitive is select:
                    _note(statement, statement.operands[0], statement.operands[1:], carried, tests, found)
                elif any(operand in carried or operand in tests for operand in statement.operands):
                    tests.update(result for result in statement.results if result.type == bool_)
            case If():
                sides = (*statement.then.results, *statement.orelse.results)
                _note(statement, statement.condition, sides, carried, tests, found)
        inside = carried | set(statement.carried) if isinstance(statement, (For, While)) else carried
        for inner in inner_regions(statement):
            _search(inner, inside, tests, found)


def _note(
    statement: Statement, test: Value, sides: Iterable[Value], carried: set[Value], tests: set[Value], found: dict[Statement, bool]
) -> None:
    if test in tests and any(side in carried and isinstance(side.type, ScalarType) and side.type.is_floating for side in sides):
        found[statement] = True


def repeated_choices(region: Region, jumps: Sequence[If]) -> RareOutcomes:
    """Return the choices of a region whose condition, or its opposite, one of these branches of it jumps on, and the branches.

    The side of the branch that does more is taken for the rare one.
    """
    opposite = _opposites(region)
    rare_values: dict[Value, bool] = {}
    for branch in jumps:
        rare = len(branch.then.statements) > len(branch.orelse.statements)
        rare_values[branch.condition] = rare
        rare_values[opposite.get(branch.condition, branch.condition)] = rare ^ (branch.condition in opposite)
    found: dict[Statement, bool] = {
        statement: rare_values[statement.operands[0]]
        for statement in region.statements
        if isinstance(statement, Operation) and statement.primitive is select and statement.operands[0] in rare_values
    }
    used = {choice.operands[0] for choice in found if isinstance(choice, Operation)}
    for branch in jumps:
        if branch.condition in used or opposite.get(branch.condition) in used:
            found[branch] = rare_values[branch.condition]
    return found


def _opposites(region: Region) -> dict[Value, Value]:
    """Return what each negated truth value of a region is the opposite of."""
    return {
        statement.result: statement.operands[0]
        for statement in region.statements
        if isinstance(statement, Operation) and statement.primitive in _NOT and statement.operands[0].type == bool_
    }
