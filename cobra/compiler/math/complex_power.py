"""Powers of complex numbers, given and returned as their parts: the exponential of the exponent times the logarithm of the base.

What is rounded in the logarithm and the products would grow with the exponent: it is carried along, and the power corrected by it.
Products that are not finite are those of annex G of C99, which takes a product with an infinite factor for infinite whatever the
other parts are.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.complex_exponential import cexp_f64
from cobra.compiler.math.complex_logarithm import log_of_length
from cobra.compiler.math.fused import fma
from cobra.compiler.math.inverse_trigonometric import angle_pair_64
from cobra.compiler.math.pairs import exact_sum, ordered_sum
from cobra.types import float64

_LARGEST, _HALF_OF_LARGEST = 2.0**500, 2.0**1023


def cpow_f64(a: float64, b: float64, c: float64, d: float64) -> tuple[float64, float64]:
    """Return a + i b to the power c + i d."""
    high, low = log_of_length(np.abs(a), np.abs(b))
    start, rest = angle_pair_64(b, a)
    size, angle = high + low, start + rest
    usual = (np.abs(c) < _LARGEST) & (np.abs(d) < _LARGEST) & (np.abs(size) < _LARGEST) & (np.abs(angle) < _LARGEST)
    length, length_rest = ordered_sum(np.where(usual, high, 0.0), np.where(usual, low, 0.0))
    turn, turn_rest = ordered_sum(np.where(usual, start, 0.0), np.where(usual, rest, 0.0))
    p, q = np.where(usual, c, 0.0), np.where(usual, d, 0.0)
    first, first_rest = _sum_of_products(p, length, length_rest, -q, turn, turn_rest)
    second, second_rest = _sum_of_products(p, turn, turn_rest, q, length, length_rest)
    if not usual:
        first, second = _product(c, d, size, angle)
    first, second = cexp_f64(first, second)
    near = (np.abs(first) < _HALF_OF_LARGEST) & (np.abs(second) < _HALF_OF_LARGEST)
    p, q = np.where(near, first, 0.0), np.where(near, second, 0.0)
    return _corrected(first, fma(p, first_rest, -q * second_rest)), _corrected(second, fma(q, first_rest, p * second_rest))


def _corrected(part: float64, lost: float64) -> float64:
    """Return the sum; zero keeps its sign."""
    return np.where(lost == 0.0, part, part + lost)


def _sum_of_products(a: float64, b: float64, b_rest: float64, c: float64, d: float64, d_rest: float64) -> tuple[float64, float64]:
    """Return a b + c d, where b and d have rests, and what its rounding lost."""
    one, other = a * b, c * d
    total, lost = exact_sum(one, other)
    lost = lost + fma(a, b, -one) + fma(c, d, -other) + fma(a, b_rest, c * d_rest)
    result = _corrected(total, lost)
    return result, lost - (result - total)


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
