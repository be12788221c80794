"""The exits of a loop become part of its test, whatever the spelling, and what loops carry for nothing is dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import cobra
from cobra.compiler.ir.operations import Function, If, Region, Statement, While, inner_regions
from cobra.compiler.ir.verify import verify
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.transforms.loop_exits import exits_in_tests
from cobra.types import bool_
from cobra.ufunc.kernel import kernel_of


def straightened(function: Callable[..., object], types: str) -> Function:
    known = kernel_of(cobra.ufunc(function, types=types))
    assert known is not None
    return verify(exits_in_tests(run_passes(translate(known.spec, known.loops[0], known.symbols).function)))


def loops(region: Region) -> list[While]:
    found: list[While] = []
    for statement in region.statements:
        if isinstance(statement, While):
            found.append(statement)
        for inner in inner_regions(statement):
            found += loops(inner)
    return found


def while_and(x):  # type: ignore[no-untyped-def]
    k = 0
    while x * x < 9 and k < 20:
        x = x * x - 0.5
        k += 1
    return k


def returned(x):  # type: ignore[no-untyped-def]
    for k in range(20):
        if x * x >= 9:
            return k
        x = x * x - 0.5
    return 20


def broken(x):  # type: ignore[no-untyped-def]
    for _ in range(20):
        if x * x >= 9:
            break
        x = x * x - 0.5
    return x


def broken_after_the_step(x):  # type: ignore[no-untyped-def]
    for _ in range(20):
        x = x * x - 0.5
        if x * x >= 9:
            break
    return x


def with_else(x):  # type: ignore[no-untyped-def]
    for k in range(20):
        if x * x >= 9:
            n = k
            break
        x = x * x - 0.5
    else:
        n = -1
    return n


def endless(x):  # type: ignore[no-untyped-def]
    k = 0
    while True:
        if x * x >= 9 or k >= 20:
            return k
        x = x * x - 0.5
        k += 1


def two_returns(x):  # type: ignore[no-untyped-def]
    for k in range(20):
        if x >= 3:
            return k
        x = x * x - 0.5
        if x < -0.25:
            return -k
    return 20


def continued(x):  # type: ignore[no-untyped-def]
    for k in range(20):
        if k == 3:
            continue
        if x >= 3:
            return k
        x = x * x - 0.5
    return 20


SPELLINGS = {  # what the loop carries: numbers and flags; branches in its body
    while_and: (2, 0, 0),
    returned: (2, 0, 0),
    broken: (2, 0, 0),
    broken_after_the_step: (2, 0, 0),
    with_else: (2, 0, 0),
    endless: (2, 0, 0),
    two_returns: (2, 0, 0),
    continued: (3, 1, 1),  # the exit stands under another condition
}


def branches(statements: tuple[Statement, ...]) -> int:
    return sum(isinstance(statement, If) for statement in statements)


@pytest.mark.parametrize("function", SPELLINGS, ids=lambda function: function.__name__)
def test_what_a_loop_is_left_with(function: Callable[..., object]) -> None:
    (loop,) = loops(straightened(function, "d").body)
    flags = sum(variable.type == bool_ for variable in loop.carried)
    assert (len(loop.carried) - flags, flags, branches(loop.body.statements)) == SPELLINGS[function]


def fixed_and_unused(x):  # type: ignore[no-untyped-def]
    one, unused, k = 1.0, 0, 0
    while x > one:
        x = x / 2
        one = 1.0
        unused = unused + k
        k = k + 1
    return k


def test_what_never_changes_or_is_not_used_is_not_carried() -> None:
    (loop,) = loops(straightened(fixed_and_unused, "d").body)
    assert [variable.name.rstrip("0123456789") for variable in loop.carried] == ["x", "k"]


def inner_break(x):  # type: ignore[no-untyped-def]
    total = 0
    while x < 5:
        for k in range(9):
            if x * k > 3:
                break
            total += k
        x += 1
    return total


def test_inner_loops_as_well() -> None:
    outer, inner = loops(straightened(inner_break, "d").body)
    assert [branches(loop.body.statements) for loop in (outer, inner)] == [1, 0]  # the branch is the way out of the inner loop
    assert not any(variable.type == bool_ for loop in (outer, inner) for variable in loop.carried)
