"""Digamma, the derivative of the logarithm of the gamma function.

``digamma(y) = log y - 1/(2y) - 1/(12 y**2) + ...`` at ``y = x + n >= 10``, less ``1/x + ... + 1/(x+n-1)``; for negative x = -a it is
``digamma(a) + 1/a + pi / tan(pi a)``. The sums are carried in pairs of float64, as they cancel near the roots; about
the positive root there is a polynomial. Near the negative roots the error is bounded in absolute terms, by 2**-50.
For float32 it is computed in float64 without pairs, and with ``y = x + 8``, which takes no choices: the sum of the reciprocals is one
quotient, whose parts grow together.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.half_turns import near_sine_of_half_turns, sine_of_half_turns
from cobra.compiler.math.logarithm import log_f64
from cobra.compiler.math.pairs import divided, log_pair, ordered_sum, plus, times
from cobra.types import float32, float64

_PI, _PI_LOW = 3.141592653589793, 1.2246467991473532e-16
_ROOT, _ROOT_LOW = 1.4616321449683622, 9.549995429965697e-17
_SLOPE, _SLOPE_LOW = 0.9676722454476212, -3.389619017513802e-17
_STEPS = 10
_TINY, _WHOLE = 2.0**-60, 2.0**53


def _sum_of_reciprocals(x: float64):
    """Return ``y = x + n`` as a pair, at least 10, and the sum of the reciprocals of the n numbers below it as a pair."""
    y, y_low, total, total_low = x, 0.0 * x, 0.0 * x, 0.0 * x
    for _ in range(_STEPS):
        low = y < 10.0
        part, part_low = divided(np.where(low, 1.0, 0.0), 0.0, np.where(low, y, 1.0), np.where(low, y_low, 0.0))
        total, total_low = plus(total, total_low, part, part_low)
        y, lost = ordered_sum(np.where(low, 1.0, y), np.where(low, y, 0.0))
        y_low = y_low + lost
    return y, y_low, total, total_low


def _positive(x: float64):
    """Return digamma of a positive number as a pair."""
    y, y_low, total, total_low = _sum_of_reciprocals(x)
    log, log_low = log_pair(y)
    half, half_low = divided(0.5, 0.0, y, y_low)
    z = 4.0 * half * half
    p = fma(z, -0.3423285161584653, 0.08179935528395951)
    p = fma(p, z, -0.021080251535618277)
    p = fma(p, z, 0.007575700001535903)
    p = fma(p, z, -0.004166666522274123)
    p = fma(p, z, 0.003968253968075541)
    p = fma(p, z, -0.00833333333333325)
    p = fma(p, z, 0.08333333333333333)
    log, log_low = plus(log, log_low + 2.0 * half * y_low, -half, -half_low - z * p)
    return plus(log, log_low, -total, -total_low)


def _reflection(a: float64):
    """Return ``1/a + pi / tan(pi a)`` of a number that is not whole, as a pair."""
    sine, sine_low = sine_of_half_turns(a)
    cosine, cosine_low = sine_of_half_turns(0.5 - np.abs(a - np.rint(a)))
    cosine, cosine_low = times(cosine, cosine_low, _PI, _PI_LOW)
    quotient, quotient_low = divided(cosine, cosine_low, sine, sine_low)
    falling = a < np.rint(a)
    part, part_low = divided(1.0, 0.0, a, 0.0)
    return plus(part, part_low, np.where(falling, -quotient, quotient), np.where(falling, -quotient_low, quotient_low))


def _near_root(x: float64) -> float64:
    """Return digamma within 1/16 of its positive root."""
    gap = x - _ROOT
    u = gap - _ROOT_LOW
    u_low = (gap - u) - _ROOT_LOW
    p = fma(u, 0.010601670306673876, -0.015502410089308902)
    p = fma(p, u, 0.02259734499012728)
    p = fma(p, u, -0.0331608228499808)
    p = fma(p, u, 0.04880428884628338)
    p = fma(p, u, -0.07219956177561734)
    p = fma(p, u, 0.10782405069055781)
    p = fma(p, u, -0.16394270544204428)
    p = fma(p, u, 0.2584997609556513)
    p = fma(p, u, -0.4427631689835922)
    slope = fma(p, u, _SLOPE)
    slope_low = fma(p, u, _SLOPE - slope) + _SLOPE_LOW
    return fma(u, slope, fma(u, slope_low, u_low * slope))


def digamma_f64(x: float64) -> float64:
    """Return the derivative of the logarithm of the gamma function of x."""
    size = np.abs(x)
    usual = (size >= _TINY) & (size < _WHOLE) & ((x > 0.0) | (size != np.floor(size)))
    near = np.where(usual, size, 3.0)
    folded = usual & (x < 0.0)
    result, low = _positive(near)
    if folded:
        more, more_low = _reflection(np.where(folded, near, 0.25))
        total, total_low = plus(result, low, more, more_low)
        result, low = np.where(folded, total, result), np.where(folded, total_low, low)
    at_root = np.abs(x - _ROOT) < 0.0625
    result = result + low
    if at_root:
        result = np.where(at_root, _near_root(np.where(at_root, x, 1.5)), result)
    if not usual:
        result = _far(x)
    return result


def _far(x: float64) -> float64:
    """Return digamma near zero, at whole numbers below it, beyond all fractions, and of what is no number."""
    if np.abs(x) < _TINY:
        return -1.0 / x
    if x < 0.0:
        return np.sqrt(x)
    log, low = log_pair(np.where(x < np.inf, x, 1.0))
    return np.where(x < np.inf, log + low, x)


# -- float32


def _sum_of_eight(x: float64) -> float64:
    """Return ``1/x + ... + 1/(x+7)``."""
    top, bottom = 1.0 + 0.0 * x, x
    for step in range(1, 8):
        y = x + step
        top, bottom = fma(top, y, bottom), bottom * y
    return top / bottom


def _positive_for_32(a: float64) -> float64:
    """Return digamma of a positive number exactly enough for float32."""
    small = a < 8.0
    b = np.where(small, a, 1.0)
    total = np.where(small, _sum_of_eight(b), 0.0)
    y = np.where(small, a + 8.0, a)
    half = 0.5 / y
    z = 4.0 * half * half
    p = fma(z, 1 / 12, -691 / 32760)
    p = fma(p, z, 1 / 132)
    p = fma(p, z, -1 / 240)
    p = fma(p, z, 1 / 252)
    p = fma(p, z, -1 / 120)
    p = fma(p, z, 1 / 12)
    return log_f64(y) - fma(p, z, half) - total


def _reflection_for_32(a: float64) -> float64:
    """Return ``1/a + pi / tan(pi a)`` of a number that is not whole, exactly enough for float32."""
    gap = a - np.rint(a)
    sine = near_sine_of_half_turns(a)
    cosine = near_sine_of_half_turns(0.5 - np.abs(gap))
    return np.copysign(cosine * _PI / sine, gap) + 1.0 / a


def _digamma_for_32(x: float64) -> float64:
    """Return digamma of x exactly enough for float32."""
    size = np.abs(x)
    usual = (size >= _TINY) & (size < _WHOLE) & ((x > 0.0) | (size != np.floor(size)))
    a = np.where(usual, size, 3.0)
    folded = usual & (x < 0.0)
    result = _positive_for_32(a)
    if folded:
        result = np.where(folded, result + _reflection_for_32(np.where(folded, a, 0.25)), result)
    if not usual:
        result = _far(x)
    return result


def digamma_f32(x: float32) -> float32:
    """Return the derivative of the logarithm of the gamma function of x."""
    return float32(_digamma_for_32(float64(x)))
