"""Quicker logarithms to the bases 2 and 10 of float64, within 4 units in the last place.

They are computed as in `logarithm.py`, but nothing makes up for what products and sums lose.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.logarithm import edge_64, exponent_64, float_64, fraction_64, is_usual_64, rest2_64, rest10_64
from cobra.types import float64, int64

_LOG2_E, _LOG10_E = 1.4426950408889634, 0.4342944819032518
_LOG10_2 = 0.3010299956639812


def log2_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 2."""
    usual = is_usual_64(x)
    safe, lift = x, int64(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**53, int64(53)
    place = exponent_64(safe)
    f = fraction_64(safe, place)
    s, bend = rest2_64(f)
    result = float_64(place, lift) + fma(f, _LOG2_E, s * bend)
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, edge_64(x))
    return result


def log10_f64(x: float64) -> float64:
    """Return the logarithm of x to the base 10."""
    usual = is_usual_64(x)
    safe, lift = x, int64(0)
    if not usual:
        if (x > 0.0) & (x < np.inf):
            safe, lift = x * 2.0**53, int64(53)
    place = exponent_64(safe)
    f = fraction_64(safe, place)
    s, bend = rest10_64(f)
    result = fma(float_64(place, lift), _LOG10_2, fma(f, _LOG10_E, s * bend))
    if not usual:
        result = np.where((x > 0.0) & (x < np.inf), result, edge_64(x))
    return result
