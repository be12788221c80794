"""Variables: assignment in all its forms, variables that change type, values on some paths only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import check

import cobra


def swapped(x: Any, y: Any) -> Any:
    x, y = y, x
    a = b = x - y
    (a, c), b = (b, a), x
    [d, e] = a, b
    return a * 1 + b * 2 + c * 3 + d * 4 + e * 5


def rotated(x: Any, y: Any) -> Any:
    a, b, c = x, y, x + y
    for _ in range(4):
        a, b, c = b, c, a
    return a, b, c


def augmented(x: Any, y: Any) -> Any:
    z = x
    z += y
    z *= 2
    z -= x
    z /= 3
    z //= 1
    z %= 7
    z **= 2
    return z


def augmented_bits(x: Any, y: Any) -> Any:
    z = x
    z |= y
    z &= 127
    z ^= x
    z <<= 2
    z >>= 1
    return z


def walrus(x: Any, y: Any) -> Any:
    z = (w := x + y) * 2
    return z + w + (v := 3) * v


def walrus_not_reached(x: Any, y: Any) -> Any:
    t = 0
    if x > 0 and (t := x + y) > 2:
        return t
    u = (t := y) if y > 1 else 5
    return t + u


def walrus_used_in_the_body(x: Any, y: Any) -> Any:
    if x > 0 and (s := x + y) > 2 and (t := s * y) < 50:
        return s + t
    if y > 0 and (u := y * 2) > x:
        x = u
    return x


def walrus_in_a_chain(x: Any, y: Any) -> Any:
    m = x
    big = 0 < x < (m := x * y) < 100
    return m if big else -m


def declared(x: Any) -> Any:
    a: float = 1.5
    n: int = 2
    b: np.float64 = a * n
    c: bool = True
    return x * a + b + c


def declared_narrow(x: Any) -> Any:
    y: cobra.float32 = 0.1
    z: np.complex64 = 0
    return y + x + z


def grows_in_a_loop(x: Any) -> Any:
    total = 0
    for k in range(4):
        total += x
        if total > 3:
            total = total - k
    return total


def grows_in_nested_loops(x: Any) -> Any:
    total = 0
    for _ in range(2):
        for _ in range(3):
            total += x
    return total


def grows_to_float(x: Any) -> Any:
    n = 1
    for _ in range(3):
        n = n / 2 + x
    return n


def grows_to_complex(x: Any) -> Any:
    z = 0
    for _ in range(3):
        z = z * z + x * 1j
    return z


def grows_by_several_steps(x: Any) -> Any:
    a, b, c = 0, 0, 0
    for _ in range(3):
        c = b
        b = a
        a = a + x
    return a + b + c


def promoted_by_branches(x: Any, y: Any) -> Any:
    z = x
    if x > 1:
        z = y
    return z


def number_or_python_number(x: Any) -> Any:
    y = x
    if x > 1:
        y = 0
    elif x < -1:
        y = 0.5
    return y * x + y


def sentinel(x: Any) -> Any:
    best = -1
    for k in range(5):
        if k * k <= x:
            best = k
    return best


def reused_for_other_things(x: Any) -> Any:
    t = x > 0
    y = np.float64(1) if t else np.float64(2)
    t = (x, y)
    u, v = t
    t = u + v
    return t


def defined_on_both_paths(x: Any) -> Any:
    if x > 0:
        r = x
        s = r + 1
    else:
        s = 0 * x
        r = s
    return r + s


def only_where_needed(x: Any) -> Any:
    if x > 0:
        only_here = x * 2
        return only_here
    other = x
    return other


def after_an_exception(x: Any) -> Any:
    if x == 12345:
        raise ValueError("never")
    else:
        r = x
    return r


def parameters_change(x: Any, y: Any) -> Any:
    x = x + 1
    y = y if y > 0 else x
    x += y
    return x


def shadowed_builtin(x: Any) -> Any:
    max = x + 1
    sum = max * 2
    return sum


def unused(x: Any) -> Any:
    _ = x / 2
    unused_tuple = (x, x)
    return x


def docstring(x: Any) -> Any:
    """Return x."""
    "another string"
    12
    return x


def long_tuple(x: Any) -> Any:
    a, (b, (c, d)), e = 1, (2, (3, 4)), x
    return a + 2 * b + 3 * c + 4 * d + e


CASES: list[tuple[Callable[..., Any], tuple[str, ...]]] = [
    (swapped, ("dd", "ll")),
    (rotated, ("dd", "bb")),
    (augmented, ("dd", "ll")),
    (augmented_bits, ("ll", "BB")),
    (walrus, ("dd", "bb")),
    (walrus_not_reached, ("dd", "ll")),
    (walrus_in_a_chain, ("dd",)),
    (walrus_used_in_the_body, ("dd", "ll")),
    (declared, ("d", "f", "l")),
    (declared_narrow, ("d", "f")),
    (grows_in_a_loop, ("d", "f", "b", "l", "i")),
    (grows_in_nested_loops, ("b", "f", "d", "B")),
    (grows_to_float, ("d", "f", "l")),
    (grows_to_complex, ("d", "f")),
    (grows_by_several_steps, ("d", "f", "b")),
    (promoted_by_branches, ("fd", "bl", "Bb", "lf", "bf")),
    (number_or_python_number, ("d", "f")),
    (sentinel, ("d", "b")),
    (reused_for_other_things, ("d",)),
    (defined_on_both_paths, ("d", "l")),
    (only_where_needed, ("d", "l")),
    (after_an_exception, ("d", "l")),
    (parameters_change, ("dd", "ll")),
    (shadowed_builtin, ("d",)),
    (unused, ("d",)),
    (docstring, ("d",)),
    (long_tuple, ("d", "l")),
]


@pytest.mark.parametrize(("function", "types"), CASES, ids=[function.__name__ for function, _ in CASES])
def test_variables(function: Callable[..., Any], types: tuple[str, ...]) -> None:
    check(function, *types)


def test_integers_of_both_paths_are_kept_whole() -> None:
    def index_or_number(n: Any, x: Any) -> Any:
        best = x
        for k in range(n):
            if k == 200:
                best = k
        return best

    kernel = cobra.ufunc(index_or_number, types="lb")
    assert kernel.types == ["lb->l"]
    assert kernel(300, np.int8(-7)) == 200
    assert kernel(3, np.int8(-7)) == -7


def test_a_float_and_an_integer_that_promote_give_the_wider_float() -> None:
    def either(x: Any, y: Any) -> Any:
        return x if x > 0 else y

    kernel = cobra.ufunc(either, types=["fl", "eb", "dF"])
    assert kernel.types == ["fl->d", "eb->e", "dF->D"]


