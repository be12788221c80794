"""Which complex functions the math library has, what NumPy and mpmath call them, and points where they are hard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from tests.compiler.math.trigonometric_measures import Array


@dataclass(frozen=True)
class Case:
    """A complex function: its module, its names, and the limit of its errors in units in the last place, part by part."""

    name: str
    module: str
    numpy: np.ufunc
    exact: Callable[..., Any]
    limit: float
    precision: int = 250


CIRCULAR = 1200
"""Bits that sines and cosines of far angles take."""

WIDE = 2300
"""Bits that hold the sum of one and the square of any float64."""

CASES = [
    Case("cexp", "complex_exponential", np.exp, mpmath.exp, 3.0, CIRCULAR),
    Case("csin", "complex_hyperbolic", np.sin, mpmath.sin, 3.0, CIRCULAR),
    Case("ccos", "complex_hyperbolic", np.cos, mpmath.cos, 3.0, CIRCULAR),
    Case("ctan", "complex_hyperbolic", np.tan, mpmath.tan, 5.0, CIRCULAR),
    Case("csinh", "complex_hyperbolic", np.sinh, mpmath.sinh, 3.0, CIRCULAR),
    Case("ccosh", "complex_hyperbolic", np.cosh, mpmath.cosh, 3.0, CIRCULAR),
    Case("ctanh", "complex_hyperbolic", np.tanh, mpmath.tanh, 5.0, CIRCULAR),
    Case("clog", "complex_logarithm", np.log, mpmath.log, 1.1),
    Case("csqrt", "complex_roots", np.sqrt, mpmath.sqrt, 2.0),
    Case("casin", "complex_inverse", np.arcsin, mpmath.asin, 3.0, WIDE),
    Case("cacos", "complex_inverse", np.arccos, mpmath.acos, 4.0, WIDE),
    Case("catan", "complex_inverse", np.arctan, mpmath.atan, 3.0, WIDE),
    Case("casinh", "complex_inverse", np.arcsinh, mpmath.asinh, 3.0, WIDE),
    Case("cacosh", "complex_inverse", np.arccosh, mpmath.acosh, 4.0, WIDE),
    Case("catanh", "complex_inverse", np.arctanh, mpmath.atanh, 3.0, WIDE),
]

SPECIAL = [0.0, 1.0, 0.5, 2.5, 1e-310, 3e-200, 1e-20, 30.0, 740.0, 1e300, np.inf]
GRID = [(x, y) for x in (*SPECIAL, *(-x for x in SPECIAL), np.nan) for y in (*SPECIAL, *(-y for y in SPECIAL), np.nan)]


def points(count: int) -> dict[str, tuple[Array, Array]]:
    """Return real and imaginary parts: middling ones, of all sizes, near the unit circle, near one, and on the axes."""
    random = np.random.default_rng(4)

    def spread(least: float, most: float) -> Array:
        return np.exp2(random.uniform(least, most, count)) * random.choice([-1.0, 1.0], count)

    turn, near = random.uniform(0, 2 * np.pi, count), 1 + spread(-60, -1)
    return {
        "middling": (random.uniform(-5, 5, count), random.uniform(-5, 5, count)),
        "wide": (spread(-40, 9), spread(-40, 9)),
        "all sizes": (spread(-1000, 1000), spread(-1000, 1000)),
        "tiny": (spread(-1060, 0), spread(-1060, 0)),
        "unit circle": (near * np.cos(turn), near * np.sin(turn)),
        "near one": (random.choice([-1.0, 1.0], count) * (1 + spread(-55, -1)), spread(-1000, 0)),
        "real": (spread(-1000, 10), np.zeros(count)),
        "imaginary": (np.zeros(count), spread(-1000, 10)),
        "overflowing": (random.uniform(700, 712, count), random.uniform(-3, 3, count)),
    }
