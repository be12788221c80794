"""The gamma function and the logarithm of its magnitude.

For positive x Stirling's formula gives ``log gamma(y)`` at ``y = x + n >= 10``, and ``gamma(x) = gamma(y) / (x (x+1) ... (x+n-1))``.
For negative x = -a, ``gamma(x) = -pi / (a sin(pi a) gamma(a))``. All of it is computed in pairs of float64, so that little
is lost where large terms cancel. Near the negative zeros of the logarithm its error is bounded in absolute terms, by 2**-53.
For float32 it is computed in float64 without pairs, and with a fixed n, which takes no choices.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import exp_f64, scaled_f64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.half_turns import near_sine_of_half_turns, sine_of_half_turns
from cobra.compiler.math.logarithm import log_f64
from cobra.compiler.math.pairs import divided, exact_sum, exp_pair, log_pair, ordered_sum, plus, times
from cobra.types import float32, float64

_PI, _PI_LOW = 3.141592653589793, 1.2246467991473532e-16
_HALF_LOG_2PI, _HALF_LOG_2PI_LOW = 0.9189385332046728, -3.878294158067242e-17
_STEPS = 10
_TINY = 2.0**-60
_WHOLE, _HUGE = 2.0**53, 2.0**600


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
    sine, sine_low = sine_of_half_turns(np.where(negative, size, 0.5))
    top, top_low = times(sine, sine_low, size, 0.0)
    bottom, bottom_low = times(product, product_low, _PI, _PI_LOW)
    folded, folded_low = divided(top, top_low, bottom, bottom_low)
    return np.where(negative, folded, product), np.where(negative, folded_low, product_low)


def _usual(x: float64, size: float64) -> bool:
    """Tell whether a number is neither tiny nor huge nor a pole."""
    return (size >= _TINY) & (size < _WHOLE) & ((x > 0.0) | (size != np.floor(size)))


def _is_odd(whole: float64) -> bool:
    """Tell whether a whole number is odd."""
    half = 0.5 * whole
    return half != np.floor(half)


def gamma_f64(x: float64) -> float64:
    """Return the gamma function of x."""
    size = np.abs(x)
    negative = x < 0.0
    usual = _usual(x, size)
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
    large = np.where(x < np.inf, _HUGE, x)
    return large * large


# -- the logarithm of the magnitude


def _times_slope(u: float64, p: float64, first: float64, first_low: float64) -> float64:
    """Return ``u (first + first_low + p u)``, rounded as if once; plus zero for zero."""
    slope = fma(p, u, first)
    low = fma(p, u, first - slope) + first_low
    return fma(u, slope, fma(u, low, 0.0))


def _log_near_one(u: float64) -> float64:
    """Return log gamma(1 + u) for u between -0.2 and 0.25."""
    p = fma(u, -0.04875726614630841, 0.07137426789369385)
    p = fma(p, u, -0.06925639652533275)
    p = fma(p, u, 0.07090914267645043)
    p = fma(p, u, -0.07673570491206957)
    p = fma(p, u, 0.08336866323647862)
    p = fma(p, u, -0.09096140481443442)
    p = fma(p, u, 0.1000992586666332)
    p = fma(p, u, -0.1113341143595031)
    p = fma(p, u, 0.1255096703715786)
    p = fma(p, u, -0.14404989845372224)
    p = fma(p, u, 0.16955717700244535)
    p = fma(p, u, -0.20738555101944123)
    p = fma(p, u, 0.2705808084277409)
    p = fma(p, u, -0.4006856343865508)
    p = fma(p, u, 0.8224670334241133)
    return _times_slope(u, p, -0.5772156649015329, 1.1635409309739921e-17)


def _log_near_two(u: float64) -> float64:
    """Return log gamma(2 + u) for u between -0.25 and 0.3."""
    p = fma(u, -1.835991478750369e-06, 4.5959507866645665e-06)
    p = fma(p, u, -9.49999366499368e-06)
    p = fma(p, u, 2.0487129783132306e-05)
    p = fma(p, u, -4.492039507522775e-05)
    p = fma(p, u, 9.945844345612476e-05)
    p = fma(p, u, -0.00022315502779693118)
    p = fma(p, u, 0.0005096695013201076)
    p = fma(p, u, -0.0011927539054110998)
    p = fma(p, u, 0.002890510331053033)
    p = fma(p, u, -0.007385551028743524)
    p = fma(p, u, 0.02058080842778263)
    p = fma(p, u, -0.06735230105319781)
    p = fma(p, u, 0.3224670334241132)
    return _times_slope(u, p, 0.42278433509846713, 4.751451699281742e-18)


def lgamma_f64(x: float64) -> float64:
    """Return the natural logarithm of the magnitude of the gamma function of x."""
    size = np.abs(x)
    negative = x < 0.0
    usual = _usual(x, size)
    near = np.where(usual, size, 3.0)
    folded = usual & negative
    y, y_low, product, product_low = _rising_product(near)
    power, power_low = _stirling(y, y_low)
    divisor, divisor_low = _divisor(near, folded, product, product_low)
    part, part_low = log_pair(divisor)
    part_low = part_low + divisor_low / divisor
    result, rest = plus(np.where(folded, -power, power), np.where(folded, -power_low, power_low), -part, -part_low)
    result = result + rest
    about_one, about_two = np.abs(x - 1.0) < 0.2, np.abs(x - 2.0) < 0.25
    if about_one | about_two:
        result = np.where(about_one, _log_near_one(np.where(about_one, x - 1.0, 0.0)), _log_near_two(np.where(about_two, x - 2.0, 0.0)))
    if not usual:
        result = _far_log(x)
    return result


def _far_log(x: float64) -> float64:
    """Return log |gamma(x)| near zero, at whole numbers below it, beyond all fractions, and of what is no number."""
    size = np.abs(x)
    if size < _TINY:
        lifted = size * 2.0**60
        safe = np.where(size > 0.0, lifted, 1.0)
        safe = np.where(safe < 2.0**-1000, safe * 2.0**60, safe)
        log, low = log_pair(safe)
        steps = np.where(lifted < 2.0**-1000, 120.0, 60.0)
        return np.where(size > 0.0, fma(steps, 0.6931471805599453, -log) - low, 1.0 / np.where(size > 0.0, 1.0, size))
    if (x < 0.0) & (size < np.inf):
        return 1.0 / (size - size)
    finite = np.where(size < np.inf, size, 1.0e300)
    log, low = log_pair(finite)
    log, lost = ordered_sum(log, -1.0)
    return np.where(size < np.inf, fma(finite, log, finite * (lost + low)), np.abs(x))


# -- float32


def _short_stirling(y: float64) -> float64:
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
    return near_sine_of_half_turns(np.where(negative, size, 0.5))


def _gamma_for_32(x: float64) -> float64:
    """Return gamma of x exactly enough for float32."""
    size = np.abs(x)
    usual = _usual(x, size)
    folded = usual & (x < 0.0)
    a = np.where(usual, np.where(size > 60.0, 60.5, size), 1.0)
    product = (a * (a + 3.0)) * ((a + 1.0) * (a + 2.0))
    power = exp_f64(_short_stirling(a + 4.0))
    top = np.where(folded, product * _PI, power)
    bottom = np.where(folded, a * _sine(size, folded) * power, product)
    result = top / bottom
    result = np.where(folded & ~_is_odd(np.floor(np.where(folded, size, 0.0))), -result, result)
    if not usual:
        result = _far_gamma(x)
    return result


def gamma_f32(x: float32) -> float32:
    """Return the gamma function of x."""
    return float32(_gamma_for_32(float64(x)))


def _lgamma_for_32(x: float64) -> float64:
    """Return log |gamma(x)| exactly enough for float32."""
    size = np.abs(x)
    usual = _usual(x, size)
    folded = usual & (x < 0.0)
    a = np.where(usual, size, 3.0)
    small = a < 8.0
    b = np.where(small, a, 0.0)
    product = ((b * (b + 7.0)) * ((b + 1.0) * (b + 6.0))) * (((b + 2.0) * (b + 5.0)) * ((b + 3.0) * (b + 4.0)))
    product = np.where(small, product, 1.0)
    power = _short_stirling(np.where(small, a + 8.0, a))
    divisor = np.where(folded, a * _sine(size, folded), product)
    part = log_f64(divisor / np.where(folded, product * _PI, 1.0))
    one = x < 1.5
    u = x - np.where(one, 1.0, 2.0)
    at_root = fma(u, np.where(one, 0.8224670334241132, 0.3224670334241132), np.where(one, -0.5772156649015329, 0.42278433509846713))
    result = np.where(np.abs(u) < 2.0**-16, fma(u, at_root, 0.0), np.where(folded, -power, power) - part)
    if not usual:
        result = _far_log(x)
    return result


def lgamma_f32(x: float32) -> float32:
    """Return the natural logarithm of the magnitude of the gamma function of x."""
    return float32(_lgamma_for_32(float64(x)))
