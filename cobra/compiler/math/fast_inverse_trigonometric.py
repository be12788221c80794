"""Quicker angles of given sine, cosine and tangent, within 4 units in the last place.

They are computed as in `inverse_trigonometric.py`, but nothing makes up for what quotients and roots lose.
"""

from __future__ import annotations

import math

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.inverse_trigonometric import (
    clipped_32,
    clipped_64,
    rare_quotient_32,
    rare_quotient_64,
    sine_rest_32,
    sine_rest_64,
    square_32,
    square_64,
    tangent_rest_32,
    tangent_rest_64,
    with_sign_32,
    with_sign_64,
)
from cobra.types import float32, float64, int32, int64

_PI, _HALF_PI = math.pi, math.pi / 2
_SIGN_32, _SIGN_64 = -(2**31), -(2**63)
_ONE_BITS_32, _LARGEST_BITS_32 = 0x3F800000, 0x5D800000
_LEAST_SQUARE_32, _LEAST_SQUARE_64 = 2.0**-50, 2.0**-100
"""Added to squares, that they do not underflow; it changes no result."""

_LEAST_USUAL_32, _LEAST_USUAL_64 = 2.0**-36, 2.0**-400
_LARGEST_USUAL_32, _LARGEST_USUAL_64 = 2.0**36, 2.0**500
"""Between these bounds no quotient underflows."""


# -- float32


def arctan_f32(x: float32) -> float32:
    """Return the angle whose tangent is x."""
    a = np.abs(x)
    large = a > 1.0
    divisor = np.maximum(np.minimum(a.view(int32), _LARGEST_BITS_32), _ONE_BITS_32).view(float32)
    t = np.where(large, -1.0, a) / divisor
    z = fma(t, t, _LEAST_SQUARE_32)
    result = np.where(large, float32(_HALF_PI), 0.0) + fma(t, z * tangent_rest_32(z), t)
    return with_sign_32(result, x.view(int32))


def arctan2_f32(y: float32, x: float32) -> float32:
    """Return the angle of the point (x, y), between -pi and pi."""
    steep = np.abs(y) > np.abs(x)
    less = np.where(steep, np.abs(x), np.abs(y))
    more = np.where(steep, np.abs(y), np.abs(x))
    back = x.view(int32) < 0
    usual = (less > _LEAST_USUAL_32) & (more < _LARGEST_USUAL_32)
    t = np.where(usual, less, 1.0) / np.where(usual, more, 1.0)
    if not usual:
        t, _ = rare_quotient_32(less, more, steep | back)
    v = with_sign_32(t, np.where(steep ^ back, int32(_SIGN_32), 0))
    base = np.where(steep, float32(_HALF_PI), np.where(back, float32(_PI), 0.0))
    z = fma(t, t, _LEAST_SQUARE_32)
    return with_sign_32(base + fma(v, z * tangent_rest_32(z), v), y.view(int32))


def arcsin_f32(x: float32) -> float32:
    """Return the angle between -pi / 2 and pi / 2 whose sine is x."""
    a = clipped_32(np.abs(x))
    small = a <= 0.5
    z = square_32(a, small)
    v = np.where(small, a, -2.0 * np.sqrt(z))
    result = np.where(small, 0.0, float32(_HALF_PI)) + fma(v, z * sine_rest_32(z), v)
    return with_sign_32(result, x.view(int32))


def arccos_f32(x: float32) -> float32:
    """Return the angle between 0 and pi whose cosine is x."""
    a = clipped_32(np.abs(x))
    small = a <= 0.5
    z = square_32(a, small)
    v = np.where(small, -x, with_sign_32(2.0 * np.sqrt(z), x.view(int32)))
    base = np.where(small, float32(_HALF_PI), np.where(x.view(int32) < 0, float32(_PI), 0.0))
    return base + fma(v, z * sine_rest_32(z), v)


# -- float64


def arctan2_f64(y: float64, x: float64) -> float64:
    """Return the angle of the point (x, y), between -pi and pi."""
    steep = np.abs(y) > np.abs(x)
    less = np.where(steep, np.abs(x), np.abs(y))
    more = np.where(steep, np.abs(y), np.abs(x))
    back = x.view(int64) < 0
    usual = (less > _LEAST_USUAL_64) & (more < _LARGEST_USUAL_64)
    t = np.where(usual, less, 1.0) / np.where(usual, more, 1.0)
    if not usual:
        t, _ = rare_quotient_64(less, more, steep | back)
    v = with_sign_64(t, np.where(steep ^ back, int64(_SIGN_64), 0))
    base = np.where(steep, float64(_HALF_PI), np.where(back, float64(_PI), 0.0))
    z = fma(t, t, _LEAST_SQUARE_64)
    return with_sign_64(base + fma(v, z * tangent_rest_64(z), v), y.view(int64))


def arcsin_f64(x: float64) -> float64:
    """Return the angle between -pi / 2 and pi / 2 whose sine is x."""
    a = clipped_64(np.abs(x))
    small = a <= 0.5
    z = square_64(a, small)
    v = np.where(small, a, -2.0 * np.sqrt(z))
    result = np.where(small, 0.0, float64(_HALF_PI)) + fma(v, z * sine_rest_64(z), v)
    return with_sign_64(result, x.view(int64))


def arccos_f64(x: float64) -> float64:
    """Return the angle between 0 and pi whose cosine is x."""
    a = clipped_64(np.abs(x))
    small = a <= 0.5
    z = square_64(a, small)
    v = np.where(small, -x, with_sign_64(2.0 * np.sqrt(z), x.view(int64)))
    base = np.where(small, float64(_HALF_PI), np.where(x.view(int64) < 0, float64(_PI), 0.0))
    return base + fma(v, z * sine_rest_64(z), v)
