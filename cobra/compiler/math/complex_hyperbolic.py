"""Hyperbolic and circular functions of complex numbers, given and returned as their parts.

With ``cosh x`` and ``sinh x`` from one exponential (`hyperbolic.py`) and sine and cosine of y,
``sinh(x + i y) = sinh x cos y + i cosh x sin y``, ``cosh(x + i y) = cosh x cos y + i sinh x sin y`` and
``tanh(x + i y) = (sinh x cosh x + i sin y cos y) / (sinh(x)**2 + cos(y)**2)``, in whose divisor nothing cancels.
Circular functions are these with the parts exchanged. Infinite parts and NaN follow annex G of C99.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.complex_exponential import far_exponential
from cobra.compiler.math.exponential import exp_f64, less_rest_64, power_64, rounded_64, start_64, whole_64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.hyperbolic import cosh_rest_64, quarter_64, sinh_rest_64
from cobra.compiler.math.trigonometric import sincos_f64
from cobra.types import float64, int64

_TINY = 2.0**-500
_LARGEST = 709.0
_LARGEST_SQUARE = 350.0
_BEYOND = 800.0


def _sine_and_cosine(a: float64) -> tuple[float64, float64]:
    """Return the hyperbolic sine and cosine of a, which is between 0 and 709."""
    safe = np.where(a < _TINY, _TINY, a)
    t = rounded_64(safe)
    k = whole_64(t)
    start = start_64(safe, k)
    r = less_rest_64(start, k)
    z = r * r
    bent = fma(r * z, sinh_rest_64(z), less_rest_64(start - r, k))
    arched = z * cosh_rest_64(z)
    grown, shrunk = power_64(t, -1), 2.0 * quarter_64(t)
    less, more = grown - shrunk, grown + shrunk
    sine = fma(more, r, less)
    sine_rest = fma(more, r, less - sine) + ((grown - less) - shrunk)
    cosine = fma(less, r, more)
    cosine_rest = fma(less, r, more - cosine) + (shrunk - (more - grown))
    sine = sine + fma(less, arched, fma(more, bent, sine_rest))
    return np.where(a < _TINY, a, sine), cosine + fma(more, arched, fma(less, bent, cosine_rest))


def csinh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the hyperbolic sine of x + i y."""
    a, known = np.abs(x), np.abs(y) < np.inf
    usual = (a <= _LARGEST) & known
    sine, cosine = sincos_f64(np.where(known, y, 0.0))
    grown_sine, grown_cosine = _sine_and_cosine(np.where(usual, a, 0.0))
    first, second = grown_sine * cosine, grown_cosine * sine
    if not usual:
        wrong = (np.abs(y) == np.inf) & (a == a) | (y != y) & (a > 0.0) & (a < np.inf)
        first, second = far_exponential(a, y, sine, cosine, 0.5, wrong)
        first = np.where(a == 0.0, 0.0, first)
        # The C library forgets this sign, and so does NumPy.
        x = np.where(known | (a < np.inf), x, a)
    return np.where(x.view(int64) < 0, -first, first), second


def ccosh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the hyperbolic cosine of x + i y."""
    a, known = np.abs(x), np.abs(y) < np.inf
    usual = (a <= _LARGEST) & known
    sine, cosine = sincos_f64(np.where(known, y, 0.0))
    grown_sine, grown_cosine = _sine_and_cosine(np.where(usual, a, 0.0))
    first, second = grown_cosine * cosine, grown_sine * sine
    if not usual:
        wrong = (np.abs(y) == np.inf) & (a == a)
        first, second = far_exponential(a, y, sine, cosine, 0.5, wrong)
        second = np.where(a == 0.0, 0.0, second)
        x = np.where(known & (a == a) | (a > 0.0), x, a)
    return first, np.where(x.view(int64) < 0, -second, second)


def ctanh_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the hyperbolic tangent of x + i y."""
    a, known = np.abs(x), np.abs(y) < np.inf
    usual = (a <= _LARGEST_SQUARE) & known
    sine, cosine = sincos_f64(np.where(known, y, 0.0))
    grown_sine, grown_cosine = _sine_and_cosine(np.where(usual, a, 0.0))
    divisor = fma(grown_sine, grown_sine, cosine * cosine)
    first, second = grown_sine * grown_cosine / divisor, sine * cosine / divisor
    if not usual:
        first, second = _far_tangent(a, y, sine, cosine)
    return np.copysign(first, x), second


def _far_tangent(a: float64, y: float64, sine: float64, cosine: float64) -> tuple[float64, float64]:
    """Return the hyperbolic tangent of a + i y where a is large or not finite, or y is not; a has no sign."""
    known = np.abs(y) < np.inf
    half = exp_f64(np.where(known, -np.where(a < _BEYOND, a, _BEYOND), 0.0))
    second = 4.0 * (sine * half) * (cosine * half)
    settled = known | (a == np.inf)
    lost = np.where(settled, 0.0, y)
    undefined = lost - lost
    first = np.where(a == a, np.where(settled, 1.0, np.where(a == 0.0, 0.0, np.nan)), a)
    second = np.where(known, second, np.where(a == np.inf, np.copysign(0.0, y), undefined))
    return first, np.where((a == a) | (y == 0.0), second, a)


def csin_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the sine of x + i y."""
    second, first = csinh_f64(y, x)
    return first, second


def ccos_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the cosine of x + i y."""
    return ccosh_f64(-y, x)


def ctan_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the tangent of x + i y."""
    second, first = ctanh_f64(y, x)
    return first, second
