"""Powers of floats: error against longer floats, the rules of C99, NumPy's floating-point errors."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.compiler.math.power_measures import KINDS, WIDTHS, agree, differences, kernel, longer, outcome, specials, spread, ulps

BOUNDS = {"power": 1.6, "fast_power": 4.0}


def pairs(kind: type) -> tuple[Any, Any]:
    """Return bases and exponents whose powers fill the range: all bases, bases around 1, and both ends of the fraction's range."""
    most = float(np.finfo(kind).maxexp)
    random = np.random.default_rng(1)
    bases = [spread(kind, -most, most - 1, 20000, 2), spread(kind, -1, 1, 20000, 3), spread(kind, -0.502, -0.49, 20000, 4)]
    bases += [spread(kind, 0.49, 0.502, 20000, 5), 1 + spread(kind, -20, -3, 20000, 6)]
    x = np.concatenate(bases)
    size = random.uniform(-1.04, 1.0, len(x)) * most
    logarithm = np.log2(x.astype(np.float64))
    usable = np.abs(logarithm) > 1e-6
    return x[usable], (size[usable] / logarithm[usable]).astype(kind)


@pytest.mark.parametrize("family", BOUNDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_error(width: str, family: str) -> None:
    x, y = pairs(KINDS[width])
    with np.errstate(all="ignore"):
        assert ulps(kernel(family, f"power_{width}")(x, y), longer(x) ** longer(y)).max() <= BOUNDS[family]


def is_left_to_c99(x: Any, y: Any) -> bool:
    """Tell whether some versions of NumPy differ from C99: roots of minus infinity and zero, overflow for infinite exponents."""
    return bool(np.isinf(x) or np.isinf(y) or (x == 0 and abs(y) == 0.5))


@pytest.mark.parametrize("width", KINDS)
def test_special_numbers_and_errors(width: str) -> None:
    kind = KINDS[width]
    numbers = [*specials(kind), kind(-1074), kind(1023.5), kind(-149), kind(2.0**60)]
    cases = [pair for pair in product(numbers, numbers) if not is_left_to_c99(*pair)]
    assert differences(kernel("power", f"power_{width}"), np.power, cases) == []


INFINITIES = [
    (np.inf, 2, np.inf, ()), (np.inf, -2, 0.0, ()), (np.inf, 0, 1.0, ()), (-np.inf, 3, -np.inf, ()), (-np.inf, 2, np.inf, ()),
    (-np.inf, -3, -0.0, ()), (-np.inf, -2, 0.0, ()), (-np.inf, 0.5, np.inf, ()), (-np.inf, -0.5, 0.0, ()), (-np.inf, np.nan, np.nan, ()),
    (0.5, np.inf, 0.0, ()), (0.5, -np.inf, np.inf, ()), (2, np.inf, np.inf, ()), (2, -np.inf, 0.0, ()), (-2, np.inf, np.inf, ()),
    (-0.5, np.inf, 0.0, ()), (1, np.inf, 1.0, ()), (-1, np.inf, 1.0, ()), (-1, -np.inf, 1.0, ()), (np.inf, np.inf, np.inf, ()),
    (np.inf, -np.inf, 0.0, ()), (0.0, np.inf, 0.0, ()), (np.nan, np.inf, np.nan, ()), (0.0, -3, np.inf, ("divide by zero",)),
    (-0.0, -3, -np.inf, ("divide by zero",)), (-0.0, -2, np.inf, ("divide by zero",)), (-8.0, 1 / 3, np.nan, ("invalid value",)),
]  # fmt: skip


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize(("x", "y", "wanted", "errors"), INFINITIES)
def test_rules_of_c99(x: float, y: float, wanted: float, errors: tuple[str, ...], width: str) -> None:
    kind = KINDS[width]
    got, raised = outcome(kernel("power", f"power_{width}"), kind(x), kind(y))
    assert agree(got, kind(wanted), 0) and raised == set(errors)
