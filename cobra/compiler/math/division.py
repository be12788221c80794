"""The remainder of a truncated division, exactly as C defines it.

While the quotient fits the bits of a float, ``a - trunc(a / b) b`` is exact with one fused operation: rounding may only have lifted
the quotient to the next whole number, which shows in the sign. Otherwise multiples of b by powers of two are taken off from above, as many
bits of the quotient at a time as one division gives.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_LEAST_32, _LEAST_64 = 1 << 23, 1 << 52
_INFINITE_32, _INFINITE_64 = 255 << 23, 2047 << 52
_QUOTIENT_32, _QUOTIENT_64 = 22, 51
"""The bits of a quotient that one step takes."""
_STEPS_32, _STEPS_64 = 13, 42


def _rest_32(a: float32, b: float32) -> float32:
    """Return what is left of a after multiples of b, both positive, the quotient being less than 2**24."""
    small = a < b
    whole = np.where(small, b, a)
    rest = fma(-np.trunc(whole / b), b, whole)
    return np.where(small, a, np.where(rest < 0.0, rest + b, rest))


def _far_rest_32(a: float32, b: float32) -> float32:
    """Return what is left of a after multiples of b, both positive and finite."""
    tiny = b < 2.0**-126
    divisor = np.where(tiny, np.where(tiny, b, 0.0) * 2.0**24, b)
    for _ in range(_STEPS_32):
        bits = (a.view(int32) >> 23) - (divisor.view(int32) >> 23) - _QUOTIENT_32
        multiple = (divisor.view(int32) + (np.where(bits > 0, bits, int32(0)) << 23)).view(float32)
        a = _rest_32(a, multiple)
    lifted = np.where(tiny, a, 0.0) * 2.0**24
    return np.where(tiny, _rest_32(lifted, divisor) * 2.0**-24, a)


def fmod_f32(x: float32, y: float32) -> float32:
    """Return the rest of x / y rounded towards zero; it has the sign of x."""
    a, b = np.abs(x), np.abs(y)
    over, under = a.view(int32), b.view(int32)
    usual = (under >= _LEAST_32) & (under < _INFINITE_32) & (over < _INFINITE_32) & (over - under < _QUOTIENT_32 << 23)
    result = _rest_32(np.where(usual, a, 1.0), np.where(usual, b, 1.0))
    if not usual:
        finite = (a < np.inf) & (b > 0.0)
        known = finite & (b < np.inf)
        result = np.where(finite, a, 0.0)
        if known:
            result = _far_rest_32(np.where(known, a, 1.0), np.where(known, b, 1.0))
        if ~finite & (x == x) & (y == y):
            result = np.sqrt(-1.0 - b)
        result = np.where((x == x) & (y == y), result, np.where(x == x, y, x))
    return np.copysign(result, x)


def _rest_64(a: float64, b: float64) -> float64:
    """Return what is left of a after multiples of b, both positive, the quotient being less than 2**53."""
    small = a < b
    whole = np.where(small, b, a)
    rest = fma(-np.trunc(whole / b), b, whole)
    return np.where(small, a, np.where(rest < 0.0, rest + b, rest))


def _far_rest_64(a: float64, b: float64) -> float64:
    """Return what is left of a after multiples of b, both positive and finite."""
    tiny = b < 2.0**-1022
    divisor = np.where(tiny, np.where(tiny, b, 0.0) * 2.0**53, b)
    for _ in range(_STEPS_64):
        bits = (a.view(int64) >> 52) - (divisor.view(int64) >> 52) - _QUOTIENT_64
        multiple = (divisor.view(int64) + (np.where(bits > 0, bits, int64(0)) << 52)).view(float64)
        a = _rest_64(a, multiple)
    lifted = np.where(tiny, a, 0.0) * 2.0**53
    return np.where(tiny, _rest_64(lifted, divisor) * 2.0**-53, a)


def fmod_f64(x: float64, y: float64) -> float64:
    """Return the rest of x / y rounded towards zero; it has the sign of x."""
    a, b = np.abs(x), np.abs(y)
    over, under = a.view(int64), b.view(int64)
    usual = (under >= _LEAST_64) & (under < _INFINITE_64) & (over < _INFINITE_64) & (over - under < _QUOTIENT_64 << 52)
    result = _rest_64(np.where(usual, a, 1.0), np.where(usual, b, 1.0))
    if not usual:
        finite = (a < np.inf) & (b > 0.0)
        known = finite & (b < np.inf)
        result = np.where(finite, a, 0.0)
        if known:
            result = _far_rest_64(np.where(known, a, 1.0), np.where(known, b, 1.0))
        if ~finite & (x == x) & (y == y):
            result = np.sqrt(-1.0 - b)
        result = np.where((x == x) & (y == y), result, np.where(x == x, y, x))
    return np.copysign(result, x)
