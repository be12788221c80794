"""Roots and lengths: error against longer floats, special numbers and floating-point errors against NumPy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.compiler.math.power_measures import KINDS, WIDTHS, agree, differences, kernel, longer, outcome, specials, spread, ulps

RANGES = {np.float32: (-149.0, 127.9), np.float64: (-1074.0, 1023.9)}


def over_root(x: Any) -> Any:
    """Return the reciprocal square root by the two operations that it is made of."""
    return 1 / np.sqrt(x)


ROOTS = {"cbrt": (np.cbrt, 0.85), "rsqrt": (over_root, 0.55)}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ROOTS)
def test_error_of_roots(name: str, width: str) -> None:
    kind = KINDS[width]
    reference, bound = ROOTS[name]
    x = np.concatenate([spread(kind, *RANGES[kind], 40000, 1), spread(kind, 0, 3, 40000, 2)])
    assert ulps(kernel("roots", f"{name}_{width}")(x), reference(longer(x))).max() <= bound


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", ROOTS)
def test_special_numbers_and_errors_of_roots(name: str, width: str) -> None:
    kind = KINDS[width]
    cases = [(x,) for x in [*specials(kind), kind(8), kind(-27), kind(2.0**-70), kind(-(2.0**-70))]]
    assert differences(kernel("roots", f"{name}_{width}"), ROOTS[name][0], cases) == []


@pytest.mark.parametrize("width", KINDS)
def test_cubes_have_whole_roots(width: str) -> None:
    whole = np.arange(-200, 201).astype(KINDS[width])
    assert (kernel("roots", f"cbrt_{width}")(whole**3) == whole).all()


@pytest.mark.parametrize("width", WIDTHS)
def test_error_of_lengths(width: str) -> None:
    kind = KINDS[width]
    low, high = RANGES[kind]
    x = np.concatenate([spread(kind, low, high - 1, 40000, 3), spread(kind, -2, 2, 20000, 4)])
    ratio = np.random.default_rng(5).uniform(-30, 30, len(x))
    with np.errstate(all="ignore"):
        y = np.minimum(x * np.exp2(ratio), np.finfo(kind).max / 4).astype(kind)
        got = kernel("roots", f"hypot_{width}")(x, -y)
    assert ulps(got, np.hypot(longer(x), longer(y))).max() <= 0.75


@pytest.mark.parametrize("width", KINDS)
def test_special_numbers_and_errors_of_lengths(width: str) -> None:
    kind = KINDS[width]
    numbers = [*specials(kind), kind(2.0**-70), kind(3e-20)]
    assert differences(kernel("roots", f"hypot_{width}"), np.hypot, product(numbers, numbers), tolerance=1.0) == []


@pytest.mark.parametrize("width", KINDS)
def test_a_length_overflows_only_when_it_is_too_long(width: str) -> None:
    most = np.finfo(KINDS[width]).max
    ours = kernel("roots", f"hypot_{width}")
    legs = KINDS[width](0.6) * most, KINDS[width](0.8) * most * KINDS[width](0.999)
    (length, raised), (beyond, overflow) = outcome(ours, *legs), outcome(ours, most, most)
    assert agree(length, KINDS[width](np.hypot(legs[0] / 4, legs[1] / 4) * 4), 1) and raised == set()
    assert beyond == np.inf and overflow == {"overflow"}
