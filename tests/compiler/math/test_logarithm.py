"""Logarithms: error against longer floats, special numbers and floating-point errors against NumPy, exact powers of two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiler.math.power_measures import KINDS, WIDTHS, differences, kernel, longer, specials, spread, ulps

BOUNDS = {"log": 0.85, "log2": 1.1, "log10": 1.1, "log1p": 0.95}
RANGES = {np.float32: (-149.0, 127.9), np.float64: (-1074.0, 1023.9)}


def arguments(name: str, kind: type) -> Any:
    """Return numbers over the whole range, and many near 1, where the logarithm is small."""
    low, high = RANGES[kind]
    near = np.concatenate([spread(kind, -0.8, 0.8, 40000, 1), 1 + spread(kind, -50, -2, 5000, 2), 1 - spread(kind, -50, -2, 5000, 3)])
    if name != "log1p":
        return np.concatenate([spread(kind, low, high, 20000, 4), near[near > 0]])
    return np.concatenate([spread(kind, low, high, 20000, 5), -spread(kind, low, -1e-3, 20000, 6), near - 1])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", BOUNDS)
def test_error(name: str, width: str) -> None:
    x = arguments(name, KINDS[width])
    assert ulps(kernel("logarithm", f"{name}_{width}")(x), getattr(np, name)(longer(x))).max() <= BOUNDS[name]


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", BOUNDS)
def test_special_numbers_and_errors(name: str, width: str) -> None:
    kind = KINDS[width]
    cases = [(x,) for x in [*specials(kind), kind(-2), kind(100), kind(2.0**-40), kind(-(2.0**-40))]]
    assert differences(kernel("logarithm", f"{name}_{width}"), getattr(np, name), cases) == []


@pytest.mark.parametrize("width", KINDS)
def test_powers_of_two_are_exact(width: str) -> None:
    kind = KINDS[width]
    exponents = np.arange(np.log2(float(np.finfo(kind).smallest_subnormal)), np.finfo(kind).maxexp)
    assert (kernel("logarithm", f"log2_{width}")(np.exp2(exponents).astype(kind)) == exponents).all()


@pytest.mark.parametrize("width", KINDS)
def test_special_lanes_leave_their_neighbours_alone(width: str) -> None:
    kind = KINDS[width]
    x = spread(kind, -1, 1, 1000, 7)
    mixed = x.copy()
    mixed[::7] = np.resize(np.array([0, np.inf, np.nan, np.finfo(kind).smallest_subnormal], kind), len(mixed[::7]))
    for name in BOUNDS:
        ours = kernel("logarithm", f"{name}_{width}")
        with np.errstate(divide="ignore"):
            kept = np.arange(len(x)) % 7 != 0
            assert (ours(mixed)[kept] == ours(x)[kept]).all()
