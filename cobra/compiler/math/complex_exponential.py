"""Exponentials of complex numbers, given and returned as their parts.

``exp(x + i y) = exp(x) (cos y + i sin y)``. Where that may leave the range, the exponential of half of x is multiplied twice, so
that only results overflow or underflow. Infinite parts and NaN follow annex G of C99.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import exp_f64
from cobra.compiler.math.trigonometric import sincos_f64
from cobra.types import float64

_LARGEST = 700.0
"""The exponential of this, and that of its negative times a sine or cosine that is not tiny, is a normal number."""

_BEYOND = 1500.0
"""Exponentials of this overflow, and of its negative underflow, whatever sine or cosine they are multiplied by."""


def cexp_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return e to the power x + i y."""
    usual = (np.abs(x) <= _LARGEST) & (np.abs(y) < np.inf)
    sine, cosine = sincos_f64(np.where(np.abs(y) < np.inf, y, 0.0))
    scale = exp_f64(np.where(usual, x, 0.0))
    first, second = scale * cosine, scale * sine
    if not usual:
        lost_angle = (np.abs(y) == np.inf) & (x != -np.inf) | (y != y) & (np.abs(x) < np.inf)
        # NumPy's errors, one of which is raised for NaN too.
        wrong = np.where(x == x, lost_angle, (y == y) & (y != 0.0))
        first, second = far_exponential(x, y, sine, cosine, 1.0, wrong)
    return first, second


def far_exponential(x: float64, y: float64, sine: float64, cosine: float64, factor: float64, wrong: bool) -> tuple[float64, float64]:
    """Return e to the power x + i y times a factor for any x and y, with an invalid operation where `wrong`.

    Sine and cosine are those of y where it is finite.
    """
    finite, known = np.abs(x) < np.inf, np.abs(y) < np.inf
    cut = np.where(np.abs(x) > _BEYOND, np.copysign(_BEYOND, x), x)
    half = exp_f64(0.5 * np.where(finite & known, cut, 0.0))
    other = np.where(finite, half, np.where(x < 0.0, 0.0, x))
    error = np.where(wrong, np.inf, 0.0)
    undefined = np.nan + (error - error)
    cosine = np.where(known, cosine, np.where(np.abs(x) == np.inf, 1.0, undefined))
    sine = np.where(known, sine, np.where(x == -np.inf, np.copysign(1.0, y), undefined))
    # Before the other half is multiplied, lest it overflow; infinity needs no factor, and tiny sines would not survive one.
    scaled = np.where(finite, half * factor, 1.0)
    second = scaled * np.where(y == 0.0, 1.0, sine) * other
    return scaled * cosine * other, np.where(y == 0.0, y, second)
