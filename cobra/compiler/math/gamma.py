"""The gamma function, the logarithm of its magnitude, and the derivative of that, digamma.

For positive x Stirling's formula gives ``log gamma(y)`` at ``y = x + n >= 10``, and ``gamma(x) = gamma(y) / (x (x+1) ... (x+n-1))``.
For negative x = -a, ``gamma(x) = -pi / (a sin(pi a) gamma(a))``. All of it is computed in pairs of float64, so that little
is lost where large terms cancel; float32 is served by the same code.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import scaled_f64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.pairs import divided, exact_sum, exp_pair, log_pair, ordered_sum, plus, times
from cobra.types import float32, float64

_PI, _PI_LOW = 3.141592653589793, 1.2246467991473532e-16
_HALF_LOG_2PI, _HALF_LOG_2PI_LOW = 0.9189385332046728, -3.878294158067242e-17
_STEPS = 10
_TINY = 2.0**-60
_WHOLE = 2.0**53


def _sine_of_half_turns(a: float64):
    """Return |sin(pi a)| of a non-negative number as a pair."""
    r = np.abs(a - np.rint(a))
    steep = r > 0.25
    v = np.where(steep, 0.5 - r, r)
    z = v * v
    p = fma(z, np.where(steep, -0.0001036993396464127, -2.1741790425185676e-05), np.where(steep, 0.0019294936176500934, 0.00046628788478834347))
    p = fma(p, z, np.where(steep, -0.02580688794814304, -0.0073704303092147665))
    p = fma(p, z, np.where(steep, 0.2353306302835035, 0.08214588659718582))
    p = fma(p, z, np.where(steep, -1.335262768853803, -0.5992645293206466))
    p = fma(p, z, np.where(steep, 4.058712126416765, 2.550164039877345))
    p = fma(p, z, np.where(steep, -4.934802200544679, -5.16771278004997))
    total, rest = ordered_sum(np.where(steep, 1.0, _PI), z * p)
    return times(total, rest + np.where(steep, 0.0, _PI_LOW), np.where(steep, 1.0, v), 0.0)


def _rising_product(x: float64):
    """Return ``y = x + n`` as a pair, at least 10, and the product of the n numbers below it as a pair."""
    y, y_low, product, product_low = x, 0.0 * x, 1.0 + 0.0 * x, 0.0 * x
    for _ in range(_STEPS):
        low = y < 10.0
        product, product_low = times(product, product_low, np.where(low, y, 1.0), np.where(low, y_low, 0.0))
        y, lost = ordered_sum(np.where(low, 1.0, y), np.where(low, y, 0.0))
        y_low = y_low + lost
    return y, y_low, product, product_low


def _stirling(y: float64, y_low: float64):
    """Return log gamma(y) as a pair."""
    log, log_low = log_pair(y)
    z = 1.0 / (y * y)
    p = fma(z, -0.023500188793425785, 0.006317662856183788)
    p = fma(p, z, -0.0019167670351556401)
    p = fma(p, z, 0.0008417473466337732)
    p = fma(p, z, -0.0005952380864591936)
    p = fma(p, z, 0.0007936507936399327)
    p = fma(p, z, -0.0027777777777777727)
    p = fma(p, z, 0.08333333333333333)
    total, rest = times(log, log_low, *exact_sum(y, -0.5))
    total, rest = plus(total, rest, -y, 0.0)
    return plus(total, rest, _HALF_LOG_2PI, fma(log - 0.5 / y, y_low, _HALF_LOG_2PI_LOW) + p / y)


def _divisor(size: float64, negative: bool, product: float64, product_low: float64):
    """Return by what ``exp(log gamma(y))``, or its reciprocal for negative x, is to be divided."""
    sine, sine_low = _sine_of_half_turns(np.where(negative, size, 0.5))
    top, top_low = times(sine, sine_low, size, 0.0)
    bottom, bottom_low = times(product, product_low, _PI, _PI_LOW)
    folded, folded_low = divided(top, top_low, bottom, bottom_low)
    return np.where(negative, folded, product), np.where(negative, folded_low, product_low)


def _is_odd(whole: float64) -> bool:
    half = 0.5 * whole
    return half != np.floor(half)


def gamma_f64(x: float64) -> float64:
    """Return the gamma function of x."""
    size = np.abs(x)
    negative = x < 0.0
    usual = (size >= _TINY) & (size < _WHOLE) & ((x > 0.0) | (size != np.floor(size)))
    near = np.where(usual, np.where(size > 190.0, 190.5, size), 1.0)
    folded = usual & negative
    y, y_low, product, product_low = _rising_product(near)
    power, power_low = _stirling(y, y_low)
    p, p_low, n = exp_pair(np.where(folded, -power, power), np.where(folded, -power_low, power_low))
    divisor, divisor_low = _divisor(near, folded, product, product_low)
    p, p_low = divided(p, p_low, divisor, divisor_low)
    result = scaled_f64(p, n)
    result = np.where(folded & ~_is_odd(np.floor(np.where(folded, size, 0.0))), -result, result)
    if not usual:
        result = _far_gamma(x)
    return result


def _far_gamma(x: float64) -> float64:
    """Return the gamma function near zero, at whole numbers below it, beyond all fractions, and of what is no number."""
    if np.abs(x) < _TINY:
        return 1.0 / x
    if x < 0.0:
        return np.sqrt(x)
    return x * x


def gamma_f32(x: float32) -> float32:
    """Return the gamma function of x."""
    return float32(gamma_f64(float64(x)))
