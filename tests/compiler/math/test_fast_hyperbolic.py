"""Quicker hyperbolic functions: error within 4 units in the last place, special numbers and errors as NumPy has them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiler.math.fast_measures import BOUND, both_signs
from tests.compiler.math.power_measures import KINDS, WIDTHS, differences, kernel, longer, specials, spread, ulps

FUNCTIONS = {"tanh": np.tanh}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error(name: str, width: str) -> None:
    kind = KINDS[width]
    lowest = float(np.finfo(kind).minexp)
    x = both_signs(spread(kind, lowest, 6, 20000, 1), spread(kind, -5, 5, 60000, 2))
    with np.errstate(all="ignore"):
        assert ulps(kernel("fast_hyperbolic", f"{name}_{width}")(x), FUNCTIONS[name](longer(x))).max() <= BOUND


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_numbers_and_errors(name: str, width: str) -> None:
    cases = [(x,) for x in specials(KINDS[width])]
    assert differences(kernel("fast_hyperbolic", f"{name}_{width}"), FUNCTIONS[name], cases) == []
