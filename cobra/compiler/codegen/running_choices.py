"""Choices between a float that a loop carries and a new one, made by testing the carried one: running extrema and the like.

Such a choice seldom changes its mind, so scalar code does well to jump: the processor guesses the jump and goes on, where a
blend would make every element wait long for the one before. Whole numbers wait less, and more of them are equal.
"""

from __future__ import annotations

from collections.abc import Iterable

from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, inner_regions
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, bool_


def running_choices(function: Function, carried: Iterable[Value] = ()) -> frozenset[Statement]:
    """Return the statements that make such a choice; `carried` are parameters that carry the previous result."""
    found: set[Statement] = set()
    _search(function.body, set(carried), set(), found)
    return frozenset(found)


def _search(region: Region, carried: set[Value], tests: set[Value], found: set[Statement]) -> None:
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


def _note(statement: Statement, test: Value, sides: Iterable[Value], carried: set[Value], tests: set[Value], found: set[Statement]) -> None:
    if test in tests and any(side in carried and isinstance(side.type, ScalarType) and side.type.is_floating for side in sides):
        found.add(statement)
