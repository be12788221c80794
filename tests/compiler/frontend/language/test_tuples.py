"""Tuples: made, unpacked, indexed by constants and by variables, returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from oracle import check

import cobra

WEIGHTS = (0.5, -1.0, 2.0, 4.0)
GRID = ((1, 2, 3), (4, 5, 6))
MIXED = (1, 2.5, True)
BYTES = np.array([250, 7, 3], np.uint8)
SINGLES = np.array([1.5, -2.5, 3.5, 0.25, 8.0], np.float32)
WORDS = np.array([5, -6, 7, 8], np.int32)


class Segment(NamedTuple):
    start: float
    end: float


UNIT = Segment(-1.0, 1.5)

EXPRESSIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "several outputs": (lambda x: (x, x + 1, -x), ("d", "b")),
    "outputs of several types": (lambda x: (x, x > 0, 1, 2.5, np.float32(x)), ("d", "l")),
    "one output in a tuple": (lambda x: (x * 2,), ("d",)),
    "indexed": (lambda x: (x, 2 * x, 3 * x)[1] + (x, 1)[-1] + WEIGHTS[2], ("d", "l")),
    "sliced": (lambda x: (x, 1, 2, 3)[1:3] + WEIGHTS[::-1][:2], ("d",)),
    "joined and repeated": (lambda x: (x,) * 2 + (1, 2) + () * 3, ("d",)),
    "nested": (lambda x: ((x, 1), (2, x))[1][0] + GRID[1][2] * x, ("d", "l")),
    "indexed by a constant expression": (lambda x: WEIGHTS[1 + 1] * x + WEIGHTS[len(WEIGHTS) - 1], ("d",)),
    "of a condition": (lambda x: ((x, 1) if x > 0 else (1, x))[0], ("d", "l")),
    "fields": (lambda x: UNIT.start + x * (UNIT.end - UNIT[0]), ("d", "f")),
    "starred": (lambda x: sum((x, *WEIGHTS, *(1, 2))), ("d",)),
    "searched": (lambda x: (x in WEIGHTS, x not in GRID[0]), ("d", "l")),
    "reduced": (lambda x: (sum(WEIGHTS) * x, max(x, *WEIGHTS), min(GRID[1]) + x), ("d",)),
}


def unpacked(x: Any) -> Any:
    (a, b), c = (x, 2), 3
    d, *e = (a, b, c, x)
    *f, g = e
    h, *i, j = f
    return a + 2 * b + 3 * c + d + sum(e) + g + h + j + len(i)


def by_variable(n: Any) -> Any:
    return WEIGHTS[n % 4] + WEIGHTS[-1 - n % 3]


def rows_by_variable(n: Any) -> Any:
    total = 0
    for i in range(2):
        for j in range(3):
            total = total * 3 + GRID[i][j] * n
    return total + GRID[n % 2][-1]


def typed_by_variable(n: Any) -> Any:
    return BYTES[n % 3] + BYTES[0]


def looked_up(n: Any) -> Any:
    return SINGLES[n & 3] + SINGLES[n % 5] * SINGLES[-1], WORDS[n & 1] + WORDS[n & 3 ^ 2], WEIGHTS[n & 3] * SINGLES[1]


def mixed_by_variable(n: Any) -> Any:
    return MIXED[n % 3] * 2.0


def horner(x: Any) -> Any:
    total = 0.0
    for k in range(len(WEIGHTS)):
        total = total * x + WEIGHTS[len(WEIGHTS) - 1 - k]
    return total


def carried(x: Any) -> Any:
    state = (x, x + 1)
    for k in range(3):
        a, b = state
        state = (b * 2, a + k)
    return state


def joined_by_branches(x: Any) -> Any:
    pair = (0, x)
    if x > 0:
        pair = (x, 2)
    elif x == 0:
        return 1, 1.5
    return pair[0], pair[1] * 1.0


def looped_with_enumerate(x: Any) -> Any:
    total = x
    for k, row in enumerate(GRID):
        for value, weight in zip(row, WEIGHTS):
            total += value * weight + k
    return total


def compared(x: Any) -> Any:
    a, b = (x, 1), (1, x)
    return (a == (x, 1)) & (b != (x, 1)) if x > 1 else a == b


STATEMENTS: list[tuple[Callable[..., Any], tuple[str, ...]]] = [
    (unpacked, ("d", "l")),
    (by_variable, ("l", "i")),
    (rows_by_variable, ("l",)),
    (typed_by_variable, ("l", "b")),
    (looked_up, ("l", "i", "B")),
    (mixed_by_variable, ("l",)),
    (horner, ("d", "f")),
    (carried, ("d", "l")),
    (joined_by_branches, ("d",)),
    (looped_with_enumerate, ("d",)),
    (compared, ("d", "l")),
]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(name: str) -> None:
    function, types = EXPRESSIONS[name]
    check(function, *types)


@pytest.mark.parametrize(("function", "types"), STATEMENTS, ids=[function.__name__ for function, _ in STATEMENTS])
def test_statements(function: Callable[..., Any], types: tuple[str, ...]) -> None:
    check(function, *types)


@pytest.mark.parametrize("index", [4, 100, -5, -(2**62)])
def test_an_index_out_of_range_is_an_error(index: int) -> None:
    kernel = cobra.ufunc(lambda n: WEIGHTS[n], types="l->d")
    assert kernel(3) == 4.0
    with pytest.raises(IndexError, match="tuple index out of range"):
        kernel(index)


@pytest.mark.parametrize("mask", [1, 3, 4, 7, -1])
def test_an_index_kept_in_range_by_bits_is_not_checked(mask: int) -> None:
    kernel = cobra.ufunc(lambda n: WEIGHTS[n & mask], types="l->d")
    assert ("fail_if" in cobra.inspect.ir(kernel)) == (mask not in (1, 3))
