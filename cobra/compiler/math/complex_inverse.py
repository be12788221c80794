"""Inverse circular and hyperbolic functions of complex numbers, given and returned as their parts.

Sine and cosine follow T. E. Hull, T. F. Fairgrieve and P. T. P. Tang (ACM TOMS 23, 1997): with r and s the distances of x + i y from
-1 and 1, x and y not being negative, and ``a = (r + s) / 2``, the arc sine is ``arctan2(x, d) + i log(a + sqrt(a**2 - 1))`` where
``d = sqrt(a**2 - x**2)``. The differences a - 1 and a - x are sums of ``y**2 / (r + x + 1)`` and either ``s + |x - 1|`` or
``y**2 / (s + |x - 1|)``, in which nothing cancels. Inverse tangents are ``log1p(4 x / ((1 - x)**2 + y**2)) / 4`` and half an angle.
All others are these with parts exchanged. Infinite parts and NaN follow annex G of C99.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.inverse_trigonometric import arctan2_f64
from cobra.compiler.math.logarithm import log1p_f64, log_f64
from cobra.compiler.math.roots import length_64
from cobra.types import float64

_LARGEST, _TINY = 2.0**500, 2.0**-480
_LN2, _MANY_LN2 = 0.6931471805599453, 416.5814555165271
_HALF_PI, _QUARTER_PI = 1.5707963267948966, 0.7853981633974483


# -- inverse sine and cosine


def casin_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose sine is x + i y."""
    base, logarithm = _base_and_logarithm(np.abs(x), np.abs(y))
    return arctan2_f64(x, base), np.copysign(logarithm, y)


def cacos_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose cosine is x + i y."""
    base, logarithm = _base_and_logarithm(np.abs(x), np.abs(y))
    return arctan2_f64(base, x), np.copysign(logarithm, -y)


def casinh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose hyperbolic sine is x + i y."""
    second, first = casin_f64(y, x)
    return first, second


def cacosh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose hyperbolic cosine is x + i y."""
    base, logarithm = _base_and_logarithm(np.abs(x), np.abs(y))
    return logarithm, np.copysign(arctan2_f64(base, x), y)


def _distance(p: float64, q: float64) -> float64:
    """Return the length of a vector with no negative legs; squares of the shorter do not underflow."""
    long, wide = np.where(p > q, p, q), np.where(p > q, q, p)
    none = long < _TINY
    length = length_64(np.where(none, 1.0, long), np.where(none | (wide < long * 2.0**-60), 0.0, wide))
    return np.where(none, long, length)


def _base_and_logarithm(x: float64, y: float64) -> tuple[float64, float64]:
    """Return d and the logarithm."""
    usual = (x < _LARGEST) & (y < _LARGEST)
    x_safe, y_safe = np.where(usual, x, 0.0), np.where(usual, y, 0.0)
    gap, inside = np.abs(x_safe - 1.0), x_safe < 1.0
    r, s = _distance(x_safe + 1.0, y_safe), _distance(gap, y_safe)
    a = 0.5 * (r + s)
    near, far = s + gap, r + x_safe + 1.0
    bent = np.where(y_safe < _TINY, 0.0, y_safe)
    square = bent * bent
    # Sums without the factor y where that is the greater part of both terms, so that small ones do not underflow.
    reciprocals = 1.0 / far + 1.0 / np.where(x_safe == 1.0, 1.0, near)
    mixed = square / far + near
    above_one = np.where(inside, reciprocals, mixed)
    root = np.sqrt(above_one * (0.5 * a + 0.5)) * np.where(inside, y_safe, 1.0)
    logarithm = log1p_f64(fma(0.5 * above_one, np.where(inside, square, 1.0), root))
    above_x = np.where(x_safe > 1.0, reciprocals, mixed)
    base = np.sqrt(above_x * (0.5 * (a + x_safe))) * np.where(x_safe > 1.0, y_safe, 1.0)
    if not usual:
        base, logarithm = _far_base_and_logarithm(x, y)
    return base, logarithm


def _far_base_and_logarithm(x: float64, y: float64) -> tuple[float64, float64]:
    """Return d and the logarithm where x or y is huge, infinite or NaN."""
    finite = (x < np.inf) & (y < np.inf)
    p, q = np.where(finite, x, 2.0**600) * 2.0**-600, np.where(finite, y, 0.0) * 2.0**-600
    wide, tall = np.where(p < _TINY, 0.0, p), np.where(q < _TINY, 0.0, q)
    size = log_f64(np.sqrt(wide * wide + tall * tall)) + _MANY_LN2
    endless = np.where((x == np.inf) | (y == np.inf), np.inf, np.nan)
    return np.where((x == 0.0) & (y != y), 1.0, y), np.where(finite, size, endless)


# -- inverse tangent


def catanh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose hyperbolic tangent is x + i y."""
    a, b = np.abs(x), np.abs(y)
    usual = (a < _LARGEST) & (b < _LARGEST) & ((a != 1.0) | (b > _TINY))
    wide, tall = np.where(usual, a, 0.0), np.where(usual, b, 0.0)
    square = np.where(tall < _TINY, 0.0, tall) * np.where(tall < _TINY, 0.0, tall)
    less = 1.0 - wide
    gap = np.where(np.abs(less) < _TINY, 0.0, less)
    first = 0.25 * log1p_f64(4.0 * wide / fma(gap, gap, square))
    second = 0.5 * arctan2_f64(tall + tall, fma(less, 1.0 + wide, -square))
    if not usual:
        first, second = _far_tangent(a, b)
    return np.copysign(first, x), np.copysign(second, y)


def _far_tangent(a: float64, b: float64) -> tuple[float64, float64]:
    """Return the number whose hyperbolic tangent is a + i b: next to 1, huge, infinite or NaN; neither part has a sign."""
    pole = (a == 1.0) & (b <= _TINY)
    near = 0.5 * (_LN2 - log_f64(np.where(pole, b, 1.0)))
    finite = (a < np.inf) & (b < np.inf) & ~pole
    p, q = np.where(finite, a, 2.0**600) * 2.0**-600, np.where(finite, b, 0.0) * 2.0**-600
    wide, tall = np.where(p < _TINY, 0.0, p), np.where(q < _TINY, 0.0, q)
    small = p / (wide * wide + tall * tall) * 2.0**-600
    vanished = np.where((a == np.inf) | (b == np.inf) | (a == 0.0), 0.0, np.nan)
    first = np.where(pole, near, np.where(finite, small, vanished))
    angle = np.where((b == b) & ((a == a) | (b == np.inf)), _HALF_PI, np.nan)
    return first, np.where(pole, np.where(b == 0.0, 0.0, _QUARTER_PI), angle)


def catan_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the number whose tangent is x + i y."""
    second, first = catanh_f64(y, x)
    return first, second
