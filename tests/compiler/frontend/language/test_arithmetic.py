"""Operators on numbers: NumPy's meaning for typed numbers, Python's for Python numbers, NEP 50 where they meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import check

TYPED: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "add": (lambda x, y: x + y, ("dd", "fd", "bh", "?l", "ee", "FD", "BB")),
    "subtract": (lambda x, y: x - y, ("dd", "lI", "BB", "DD")),
    "multiply": (lambda x, y: x * y, ("ff", "bb", "??", "ll")),
    "divide": (lambda x, y: x / y, ("dd", "ll", "bB", "?b", "ee")),
    "floor divide": (lambda x, y: x // y, ("dd", "ll", "bb", "BB", "ff")),
    "remainder": (lambda x, y: x % y, ("dd", "ll", "bb", "BB", "ff")),
    "divmod": (lambda x, y: divmod(x, y), ("dd", "bb")),
    "both": (lambda x, y: (x // y) * y + x % y, ("dl", "hh")),
    "and": (lambda x, y: x & y, ("ll", "??", "?b", "bB")),
    "or": (lambda x, y: x | y, ("ll", "??", "BB")),
    "exclusive or": (lambda x, y: x ^ y, ("ll", "??", "hh")),
    "shifts": (lambda x, y: (x << (y & 7), x >> (y & 7)), ("ll", "bb", "BB", "ii")),
    "complement": (lambda x, y: (~x, ~y), ("lB", "?b")),
    "signs": (lambda x, y: (-x, +y), ("dl", "Bb", "fD")),
    "absolute": (lambda x, y: (abs(x), abs(y)), ("dl", "bB", "?e")),
    "complex": (lambda z, w: (z + w, z - w, -z), ("FF", "DF", "dD")),
}

WEAK: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "python int": (lambda x: (x + 1, 2 - x, x * 3, 100 // (x + x), x % 7), ("b", "B", "l", "f", "d")),
    "python float": (lambda x: (x + 0.5, 1.5 * x, x / 3.0, x - 0.25), ("b", "e", "f", "d", "?")),
    "python bool": (lambda x: (x + True, x * False, x | True), ("b", "l", "?", "B")),
    "python complex": (lambda x: (x + 1j, 2j * x), ("f", "d", "i", "F")),
    "only python numbers": (lambda x: x + (7 // 2 + 2**-1 + 5 % -3 + (1 << 4) + (6 & 3) + abs(-3)), ("f", "l")),
    "python bools count": (lambda x: x + (True + True) * 2, ("b", "d")),
    "true division of constants": (lambda x: x * (1 / 3), ("f", "d", "e")),
    "float floors": (lambda x: (x // 0.3, x % 0.3, x // -2), ("d", "f")),
    "negation of a constant": (lambda x: x + -9223372036854775808, ("l",)),
    "big unsigned constant": (lambda x: x ^ 18446744073709551615, ("L",)),
    "nested": (lambda x: ((x + 1) * (x - 1) + x * x) / (x * x + 2), ("f", "d", "h")),
    "plus": (lambda x: +(x + 1), ("d", "b")),
}

POWERS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "squares and cubes": (lambda x: (x**2, x**3, x**4), ("d", "f", "e", "b", "L")),
    "inverse": (lambda x: (x**-1, x**-2, x**0.5), ("d", "f")),
    "zero and one": (lambda x: (x**0, x**1), ("d", "l", "?", "D")),
    "by a number": (lambda x: 2.0**x, ("d", "f")),
    "by a whole number": (lambda x: 2 ** (x & 15), ("l", "B", "i")),
    "builtin": (lambda x: pow(x, 3), ("d", "b")),
    "fractions": (lambda x: x**1.5, ("d", "f")),
}

COMPARISONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "order": (lambda x, y: (x < y, x <= y, x > y, x >= y), ("dd", "ll", "bB", "lL", "fd", "??")),
    "equality": (lambda x, y: (x == y, x != y), ("dd", "LL", "lL", "DD", "Fd")),
    "with a constant": (lambda x, y: (x < 2, 2 <= y, x == 0.3, y != 1), ("fl", "bB", "ee")),
    "with a constant out of range": (lambda x, y: (x < 300, y > -1, x == 1000, y <= 2**40), ("bB", "hI", "ll")),
    "with the largest": (lambda x, y: (x < 2**63, y <= 2**64 - 1), ("lL", "bB")),
    "chained": (lambda x, y: 0 < x < y <= 100, ("dd", "ll", "fb")),
    "chained differently": (lambda x, y: x == y != 3 > x, ("dd", "ll")),
    "of booleans": (lambda x, y: ((x > 1) == (y > 1), (x > 1) != True, (x > 1) & (y < 3)), ("dd", "lb")),  # noqa: E712
    "complex numbers in order": (lambda z, w: (z < w, z >= w), ("DD", "FF")),
}


@pytest.mark.parametrize("name", TYPED)
def test_operators(name: str) -> None:
    function, types = TYPED[name]
    check(function, *types, ulps=1 if "complex" in name else 0)


@pytest.mark.parametrize("name", WEAK)
def test_python_numbers(name: str) -> None:
    function, types = WEAK[name]
    check(function, *types)


@pytest.mark.parametrize("name", POWERS)
def test_powers(name: str) -> None:
    function, types = POWERS[name]
    check(function, *types, ulps=2)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name: str) -> None:
    function, types = COMPARISONS[name]
    check(function, *types)


def of_a_counter(x: Any) -> Any:
    total = 0
    for k in range(1, 4):
        total += k // 2 + k % 2 - (k << 1) + (-k) ** 2 + ~k
        total += round(k / 2) + int(k * 1.5) + (k > 1) + (k == 2) * 10
    return x + total


def smaller_than_a_counter(x: Any) -> Any:
    count = 0
    for k in range(-300, 300, 7):
        if x < k:
            count += 1
    return count


def inverse_of_a_counter(x: Any) -> Any:
    total = 0.0
    for k in range(1, 6):
        total += k**-2 + 2**k
    return x * total


@pytest.mark.parametrize(
    ("function", "types"),
    [(of_a_counter, ("d", "l", "b")), (smaller_than_a_counter, ("b", "B", "L", "l", "d")), (inverse_of_a_counter, ("f", "d"))],
)
def test_python_integers_that_vary(function: Callable[..., Any], types: tuple[str, ...]) -> None:
    check(function, *types)


def test_names_of_types_from_numpy_and_cobra() -> None:
    import cobra

    check(lambda x: (np.float32(x), np.int8(2), np.uint16(x > 0), np.complex64(1)), "d", "f")
    check(lambda x: (cobra.float32(x), cobra.bool_(x), cobra.int64(3)), "d", "l")
    check(lambda x: (float(x), bool(x), complex(x), int(x > 0)), "d", "b", "f")
    check(lambda x: (int(x), np.int64(x), np.intp(x), np.single(x), np.double(x), np.half(x)), "b", "h", "?")


def test_casts_of_constants_and_texts() -> None:
    check(lambda x: (x + float("inf"), x * float("-1.5"), int("12"), float("nan"), complex("1j")), "d")
    check(lambda x: (x + int(2.9), int(-2.9), float(3), bool(0.0), complex(1, 2), complex(2)), "d", "b")


def test_numbers_of_python_in_all_their_forms() -> None:
    check(lambda x: x + 0x1F + 0b101 + 0o17 + 1_000 + 1e-3 + 2.5e2, "d", "f")
    check(lambda x: (int(), float(), bool(), x * complex()), "d")
