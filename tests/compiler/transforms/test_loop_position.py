"""The only loop of a function is taken out of the branches around it; several loops stay where they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.operations import Function, Operation, While
from cobra.compiler.ir.verify import verify
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.transforms.loop_exits import exits_in_tests
from cobra.compiler.transforms.loop_position import loop_outside_branches
from cobra.ufunc.kernel import kernel_of


def lowered(function: Callable[..., object]) -> Function:
    known = kernel_of(cobra.ufunc(function, types="d"))
    assert known is not None
    return run_passes(translate(known.spec, known.loops[0], known.symbols).function)


def at_the_top(x):  # type: ignore[no-untyped-def]
    while x > 1:
        x = x / 2
    return x


def after_a_return(x):  # type: ignore[no-untyped-def]
    if x > 100:
        return x
    while x > 1:
        x = x / 2
    return x


def after_two_returns(x):  # type: ignore[no-untyped-def]
    if x > 100:
        return x
    y = x * 2
    if y > 40:
        return y
    while x > 1:
        x = x / 2
    return x + y


def in_one_side(x):  # type: ignore[no-untyped-def]
    k = 0
    if x < 9:
        k = 1
    else:
        x = x + 1
        while x > 1:
            x = x / 2
            k += 1
        x = x * 3
    return x + k


def in_both_sides(x):  # type: ignore[no-untyped-def]
    if x < 9:
        while x < 10:
            x = x + 1
    else:
        while x > 1:
            x = x / 2
    return x


def in_a_counted_loop(x):  # type: ignore[no-untyped-def]
    for k in range(3):
        while x > k:
            x = x / 2
    return x


def counted_after_a_return(x):  # type: ignore[no-untyped-def]
    if x > 100:
        return x
    for _ in range(50):
        if x < 1:
            return x
        x = x / 2
    return -x


def counted_to_what_is_computed_after_a_return(x):  # type: ignore[no-untyped-def]
    if x > 100:
        return x
    steps = int(x * 2)
    for k in range(steps):
        if x < k:
            return x
        x = x / 2
    return -x


@pytest.mark.parametrize(
    ("function", "tests"),
    [(at_the_top, 0), (after_a_return, 1), (after_two_returns, 2), (in_one_side, 1), (in_both_sides, None), (in_a_counted_loop, None)],
)
def test_where_the_loop_is(function: Callable[..., object], tests: int | None) -> None:
    made = verify(loop_outside_branches(lowered(function)))
    loops = [statement for statement in made.body.statements if isinstance(statement, While)]
    assert [conditions_around(loop) for loop in loops] == ([] if tests is None else [tests])


@pytest.mark.parametrize("function", [counted_after_a_return, counted_to_what_is_computed_after_a_return])
def test_a_counter_at_its_end_stands_for_the_condition(function: Callable[..., object]) -> None:
    made = verify(loop_outside_branches(exits_in_tests(lowered(function))))
    (loop,) = (statement for statement in made.body.statements if isinstance(statement, While))
    first = loop.test.statements[0]
    assert isinstance(first, Operation) and first.primitive.name == "less" and first.operands[0] in loop.carried
    kernel = cobra.ufunc(function, types="d")
    numbers = np.random.default_rng(7).uniform(-20, 140, 1000)
    assert np.array_equal(kernel(numbers), [function(x) for x in numbers])


def conditions_around(loop: While) -> int:
    """Return how many conditions a test asks for before its own."""
    region, count = loop.test, 0
    while len(region.statements) == 1 and hasattr(region.statements[0], "then"):
        region, count = region.statements[0].then, count + 1
    return count
