"""Logarithms of complex numbers, given and returned as their parts.

The real part is half the logarithm of ``x**2 + y**2``, the imaginary part an angle. Near the unit circle the sum of squares less one
cancels: the squares and their sum are kept in two floats each, so that what is left is known to its last bits. Infinite parts
and NaN follow annex G of C99.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.inverse_trigonometric import arctan2_f64
from cobra.compiler.math.logarithm import log_of_sum_64
from cobra.compiler.math.pairs import exact_sum, ordered_sum
from cobra.types import float64, int64

_LEAST, _LARGEST = 2.0**-450, 2.0**500
_SMALL, _NEGLIGIBLE = 2.0**-200, 2.0**-60


def clog_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the natural logarithm of x + i y."""
    high, low = log_of_length(np.abs(x), np.abs(y))
    return high + low, arctan2_f64(y, x)


def log_of_length(a: float64, b: float64) -> tuple[float64, float64]:
    """Return the logarithm of the length of a vector, neither of whose parts has a sign, as a sum."""
    long, wide = np.where(a > b, a, b), np.where(a > b, b, a)
    usual = (long < _LARGEST) & ((wide > _LEAST) | (wide == 0.0) & (long > _LEAST))
    high, low = _half_log(np.where(usual, long, 1.0), np.where(usual, wide, 0.0), int64(0))
    if not usual:
        high, low = _rare_log(long, wide)
    return high, low


def _half_log(long: float64, wide: float64, lift: int64) -> tuple[float64, float64]:
    """Return half the logarithm of ``(long**2 + wide**2) / 2**lift`` as a sum."""
    square, other = long * long, wide * wide
    length = square + other
    whole = np.where((length > 0.71) & (length < 1.41), 1.0, 0.0)
    first, rest = exact_sum(-whole, square)
    first, last = exact_sum(first, other)
    second, least = exact_sum(fma(long, long, -square), fma(wide, wide, -other))
    total, carried = exact_sum(first, second)
    total, carried = ordered_sum(total, carried + (rest + last + least))
    high, low = log_of_sum_64(whole, total, carried, lift)
    return 0.5 * high, 0.5 * low


def _rare_log(long: float64, wide: float64) -> tuple[float64, float64]:
    """Return the logarithm of the length of a vector with huge or tiny legs, infinite ones or NaN, as a sum."""
    finite = (long < np.inf) & (wide < np.inf)
    none = finite & (long == 0.0)
    long_safe = np.where(finite & ~none, long, 2.0)
    counts = finite & (wide > long_safe * _NEGLIGIBLE)
    huge, small = long_safe >= _LARGEST, long_safe < _SMALL
    scale = np.where(huge, 2.0**-600, np.where(small, 2.0**600, 1.0))
    lift = np.where(huge, int64(-1200), np.where(small, int64(1200), int64(0)))
    high, low = _half_log(long_safe * scale, np.where(counts, wide, 0.0) * scale, lift)
    beside_one = np.where(finite & (long == 1.0), wide, 0.0)
    high = np.where(long == 1.0, 0.5 * beside_one * beside_one, high)
    pole = -1.0 / np.where(none, long, 1.0)
    endless = np.where((long == np.inf) | (wide == np.inf), np.inf, np.nan)
    return np.where(finite, np.where(none, pole, high), endless), np.where(none | ~finite | (long == 1.0), 0.0, low)
