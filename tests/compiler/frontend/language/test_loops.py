"""``while`` and ``for`` over ranges and tuples, and how they are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import Row, check

COUNTS: list[Row] = [(np.int64(n), np.int64(m)) for n in (-3, 0, 1, 2, 5, 11) for m in (-2, 0, 1, 3, 7)]


def newton(x: Any) -> Any:
    guess = x
    while abs(guess * guess - x) > 1e-12 * x:
        guess = (guess + x / guess) / 2
    return guess


def collatz(n: Any) -> Any:
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def while_true(x: Any) -> Any:
    n = 0
    while True:
        x = x / 2
        n += 1
        if not x > 1 or n == 9:
            break
    return n


def while_else(n: Any, m: Any) -> Any:
    found = 0
    while n > 0:
        if n == m:
            found = 10
            break
        n -= 1
    else:
        found = 5
    return found + n


def ranges(n: Any, m: Any) -> Any:
    a = b = c = 0
    for i in range(n):
        a += i
    for i in range(n, m):
        b = b * 3 + i
    for i in range(n, m, 2):
        c = c * 5 - i
    return a, b, c


def backward(n: Any, m: Any) -> Any:
    a = b = 0
    for i in range(n, m, -1):
        a = a * 3 + i
    for i in range(n, -m, -3):
        b = b * 7 + i
    return a + b


def variable_step(n: Any, m: Any) -> Any:
    total = 0
    for i in range(-4, n, m if m != 0 else 2):
        total = total * 3 + i
    return total


def constant_ranges(x: Any) -> Any:
    for _ in range(0):
        x = x * 100
    for _ in range(5, 5):
        x = x * 100
    for _ in range(3, -10):
        x = x * 100
    for k in range(10, 0, -3):
        x = x + k
    return x


def changed_bounds(n: Any) -> Any:
    total = 0
    for i in range(n):
        n = n + 1
        i = i + 1
        total += i
    return total + n


def counter_after(n: Any) -> Any:
    i = -1
    for i in range(n):
        if i == 3:
            break
    return i


def counter_after_certain_passes(x: Any) -> Any:
    for i in range(4):
        x = x + i
    return x * i


def continued(n: Any) -> Any:
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        if i == 7:
            continue
        total += i
    return total


def continued_while(n: Any) -> Any:
    total = 0
    while n > 0:
        n -= 1
        if n & 1:
            continue
        total += n
    return total


def for_else(n: Any, m: Any) -> Any:
    for i in range(n):
        if i * i == m:
            result = i
            break
    else:
        result = -1
    return result


def primes(n: Any) -> Any:
    count = 0
    for p in range(2, n):
        for q in range(2, p):
            if p % q == 0:
                break
        else:
            count += 1
    return count


def two_levels(n: Any, m: Any) -> Any:
    total = 0
    for i in range(n):
        for j in range(m):
            if j > i:
                break
            if (i + j) % 3 == 0:
                continue
            total += i * 10 + j
        if total > 100:
            break
    return total


def three_levels(n: Any, m: Any) -> Any:
    total = 0
    for i in range(n):
        k = 0
        while k < m:
            k += 1
            for j in range(k):
                if j == 2:
                    break
                total += j
            else:
                if total > 50:
                    break
                total += 1
            if k == 4:
                continue
            total += 2
        else:
            total += 1000
        if total % 7 == 0:
            break
    else:
        total += 7
    return total


def break_in_else(n: Any, m: Any) -> Any:
    total = 0
    for i in range(n):
        for j in range(i):
            if j == m:
                break
            total += 1
        else:
            if i == 3:
                break
            total += 10
        total += 100
    return total


def returned_from_inside(n: Any, m: Any) -> Any:
    for i in range(n):
        for j in range(m):
            if i * j == 6:
                return i * 100 + j
        if i == 8:
            return -8
    return -1


def returned_from_endless(x: Any) -> Any:
    n = 0
    while True:
        if x < 1 or n > 60 or x != x:
            return n
        x = x / 3
        n += 1


def returned_or_broken(n: Any, m: Any) -> Any:
    best = 0
    while n > 0:
        if n == m:
            break
        if n % 5 == 0:
            return best + 1000
        best += n
        n -= 1
    return best


def assigned_before_break(x: Any) -> Any:
    n = 0
    while True:
        n += 1
        if n * n > x or n > 5:
            result = n * x
            break
    return result


def assigned_unless_left(x: Any, y: Any) -> Any:
    total = 0.0
    for i in range(5):
        if x > 0:
            if y > i:
                break
            step = 1.0
        else:
            if y < -i:
                continue
            step = 2.0
        total += step
    return total


def over_a_tuple(x: Any) -> Any:
    total = x
    for coefficient in (1.0, -2.0, 0.5):
        total = total * x + coefficient
    return total


def left_while_over_a_tuple(x: Any) -> Any:
    for limit in (0, 1, 2, 50):
        if x <= limit:
            chosen = limit
            break
        if x != x:
            return -1
        if limit == 2:
            continue
        x = x - 1
    else:
        chosen = 100
    return chosen + 0 * x if chosen < 100 else chosen


def pairs(x: Any) -> Any:
    total = 0 * x
    for k, (a, b) in enumerate(((1, 2), (3, 4), (5, 6)), start=1):
        total += k * a - b
    for i, j in zip(range(3), range(10, 0, -1)):
        total = total * 2 + i - j
    for position, value in enumerate(range(5, 8)):
        total += position * value
    for value in reversed(range(4)):
        total = total * 2 - value
    for value in reversed((1, 2, 3)):
        total = total * 3 + value
    return total


def empty_tuple(x: Any) -> Any:
    for _ in ():
        x = x + 1
    else:
        x = x + 2
    return x


def long_body(n: Any) -> Any:
    a, b, c = 0, 1, 0.0
    for i in range(n):
        a, b = b, (a + b) % 1000
        if a % 2:
            c += a / 3
        elif a > b:
            c -= b
        else:
            c = c + 1
    return c


def assigning_test(n: Any) -> Any:
    total = 0
    while (n := n - 2) > 0:
        total += n
    return total * 100 + n


def assigning_test_with_else(n: Any, m: Any) -> Any:
    total = 0
    for k in range(3):
        while (n := n - 1) > 0 and (w := n * 2) != m:
            total += w
            if total > 20:
                break
        else:
            if k == m:
                break
            total += 100
        total += 1
    return total * 10 + n


def mutual(n: Any, m: Any) -> Any:
    while m:
        n, m = m, n % m
    return abs(n)


def sums_of_ranges(n: Any) -> Any:
    extremes = max(range(-5, 5)), min(range(3, n + 4))
    return sum(range(n)), *extremes, any(range(n)), all(range(1, 4)), len(range(n)), len(range(2, 9, 3))


BY_NUMBERS: list[tuple[Callable[..., Any], tuple[str, ...]]] = [
    (while_true, ("d", "f")),
    (constant_ranges, ("d", "l", "b")),
    (counter_after_certain_passes, ("d", "h")),
    (returned_from_endless, ("d",)),
    (assigned_before_break, ("d", "l")),
    (assigned_unless_left, ("dd", "ll")),
    (over_a_tuple, ("d", "f", "l")),
    (left_while_over_a_tuple, ("d", "l")),
    (pairs, ("d", "l", "b")),
    (empty_tuple, ("d",)),
]
BY_COUNTS = [
    while_else, ranges, backward, variable_step, for_else, two_levels, three_levels, break_in_else, returned_from_inside,
    returned_or_broken, mutual, assigning_test_with_else,
]  # fmt: skip
BY_COUNT = [
    collatz, changed_bounds, counter_after, continued, continued_while, primes, long_body, assigning_test, sums_of_ranges,
]  # fmt: skip


def name_of(thing: object) -> str:
    return getattr(thing, "__name__", "")


@pytest.mark.parametrize(("function", "types"), BY_NUMBERS, ids=name_of)
def test_loops_over_numbers(function: Callable[..., Any], types: tuple[str, ...]) -> None:
    check(function, *types)


@pytest.mark.parametrize("function", BY_COUNTS, ids=name_of)
def test_loops_with_two_counts(function: Callable[..., Any]) -> None:
    check(function, "ll", rows=COUNTS)


@pytest.mark.parametrize("function", BY_COUNT, ids=name_of)
def test_loops_with_one_count(function: Callable[..., Any]) -> None:
    check(function, "l", rows=[(np.int64(n),) for n in (-4, 0, 1, 2, 3, 4, 9, 27)])


def test_newton() -> None:
    check(newton, "d", rows=[(np.float64(x),) for x in (0.5, 1.0, 2.0, 10.0, 1e6)])


def test_small_counts_of_other_types() -> None:
    check(continued, "b", "B", "?", rows=[(np.uint8(9),), (np.uint8(0),)])
