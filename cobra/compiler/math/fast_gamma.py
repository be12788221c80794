"""Quicker gamma function and logarithm of its magnitude for float32, within 4 units in the last place.

They are computed in float64 as in `gamma.py`, but not in pairs of them, and with ``y = x + n`` for a fixed n, which takes no choices:
``gamma(x) = gamma(y) / (x (x+1) ... (x+n-1))``.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import exp_f64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.gamma import far_gamma, far_log, is_odd
from cobra.compiler.math.half_turns import sine_of_half_turns
from cobra.compiler.math.logarithm import log_f64
from cobra.types import float32, float64

_PI = 3.141592653589793
_HALF_LOG_2PI = 0.9189385332046728
_TINY, _WHOLE = 2.0**-60, 2.0**53


def _stirling(y: float64) -> float64:
    """Return log gamma(y) of y from 4 on, near to 2**-34, from 8 on to 2**-50: Stirling's series."""
    inverse = 1.0 / y
    z = inverse * inverse
    p = fma(z, 1 / 156, -691 / 360360)
    p = fma(p, z, 1 / 1188)
    p = fma(p, z, -1 / 1680)
    p = fma(p, z, 1 / 1260)
    p = fma(p, z, -1 / 360)
    p = fma(p, z, 1 / 12)
    return fma(y - 0.5, log_f64(y), fma(p, inverse, _HALF_LOG_2PI - y))


def _sine(size: float64, negative: bool) -> float64:
    """Return |sin(pi size)| for a number that is negative."""
    sine, _ = sine_of_half_turns(np.where(negative, size, 0.5))
    return sine


def _usual(x: float64, size: float64) -> bool:
    """Tell whether a number is neither tiny nor huge nor a pole."""
    return (size >= _TINY) & (size < _WHOLE) & ((x > 0.0) | (size != np.floor(size)))


def gamma_f32(x: float32) -> float32:
    """Return the gamma function of x."""
    return float32(_gamma(float64(x)))


def _gamma(x: float64) -> float64:
    size = np.abs(x)
    usual = _usual(x, size)
    folded = usual & (x < 0.0)
    a = np.where(usual, np.where(size > 60.0, 60.5, size), 1.0)
    product = (a * (a + 3.0)) * ((a + 1.0) * (a + 2.0))
    power = exp_f64(_stirling(a + 4.0))
    top = np.where(folded, product * _PI, power)
    bottom = np.where(folded, a * _sine(size, folded) * power, product)
    result = top / bottom
    result = np.where(folded & ~is_odd(np.floor(np.where(folded, size, 0.0))), -result, result)
    if not usual:
        result = far_gamma(x)
    return result


def lgamma_f32(x: float32) -> float32:
    """Return the natural logarithm of the magnitude of the gamma function of x."""
    return float32(_lgamma(float64(x)))


def _lgamma(x: float64) -> float64:
    size = np.abs(x)
    usual = _usual(x, size)
    folded = usual & (x < 0.0)
    a = np.where(usual, size, 3.0)
    small = a < 8.0
    b = np.where(small, a, 0.0)
    product = ((b * (b + 7.0)) * ((b + 1.0) * (b + 6.0))) * (((b + 2.0) * (b + 5.0)) * ((b + 3.0) * (b + 4.0)))
    product = np.where(small, product, 1.0)
    power = _stirling(np.where(small, a + 8.0, a))
    divisor = np.where(folded, a * _sine(size, folded), product)
    part = log_f64(divisor / np.where(folded, product * _PI, 1.0))
    result = np.where((x == 1.0) | (x == 2.0), 0.0, np.where(folded, -power, power) - part)
    if not usual:
        result = far_log(x)
    return result
