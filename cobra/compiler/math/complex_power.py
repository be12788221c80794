"""Powers of complex numbers, given and returned as their parts: the exponential of the exponent times the logarithm of the base.

The errors of the logarithm grow with the exponent; those of the products are carried along. Products that are not finite are those
of annex G of C99, which takes a product with an infinite factor for infinite whatever the other parts are.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.complex_exponential import cexp_f64
from cobra.compiler.math.complex_logarithm import clog_f64
from cobra.compiler.math.fused import fma
from cobra.types import float64

_LARGEST = 2.0**500


def cpow_f64(a: float64, b: float64, c: float64, d: float64) -> tuple[float64, float64]:
    """Return a + i b to the power c + i d."""
    size, angle = clog_f64(a, b)
    usual = (np.abs(c) < _LARGEST) & (np.abs(d) < _LARGEST) & (np.abs(size) < _LARGEST) & (np.abs(angle) < _LARGEST)
    length, turn = np.where(usual, size, 0.0), np.where(usual, angle, 0.0)
    p, q = np.where(usual, c, 0.0), np.where(usual, d, 0.0)
    first, second = _difference_of_products(p, length, q, turn), _difference_of_products(p, turn, -q, length)
    if not usual:
        first, second = _product(c, d, size, angle)
    return cexp_f64(first, second)


def _difference_of_products(a: float64, b: float64, c: float64, d: float64) -> float64:
    """Return a b - c d as if both products were exact."""
    other = c * d
    return fma(a, b, -other) - fma(c, d, -other)


def _product(a: float64, b: float64, c: float64, d: float64) -> tuple[float64, float64]:
    """Return the parts of a product of any numbers."""
    first, second = a * c - b * d, a * d + b * c
    lost = (first != first) & (second != second)
    endless = (np.abs(a) == np.inf) | (np.abs(b) == np.inf)
    other = (np.abs(c) == np.inf) | (np.abs(d) == np.inf)
    if lost & (endless | other):
        a, b = _boxed(a, endless), _boxed(b, endless)
        c, d = _boxed(c, other), _boxed(d, other)
        first, second = np.inf * (a * c - b * d), np.inf * (a * d + b * c)
    return first, second


def _boxed(part: float64, endless: bool) -> float64:
    """Return a part of an infinite number as 1 or 0, and NaN of a finite one as 0, with its sign."""
    boxed = np.copysign(np.where(np.abs(part) == np.inf, 1.0, 0.0), part)
    return np.where(endless | (part != part), boxed, part)
