"""Square roots of complex numbers, given and returned as their parts.

With ``t = sqrt((|x| + |x + i y|) / 2)`` the parts are t and y / (2 t) in one order or the other: nothing cancels. Lengths whose
squares would leave the range are scaled by powers of two. Infinite parts and NaN follow annex G of C99.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.exponential import signed_64, size_64
from cobra.compiler.math.roots import length_64
from cobra.types import float64, int64

_LEAST, _LARGEST = 2.0**-400, 2.0**500
_NEGLIGIBLE = 2.0**-60


def csqrt_f64(x: float64, y: float64) -> tuple[float64, float64]:
    """Return the square root of x + i y whose real part is not negative."""
    a, b = np.abs(x), np.abs(y)
    long, wide = np.where(a > b, a, b), np.where(a > b, b, a)
    usual = (long > _LEAST) & (long < _LARGEST) & (wide == wide)
    height = np.where(usual, b, 0.0)
    first = _root(np.where(usual, a, 1.0), height)
    second = height / (first + first)
    if not usual:
        first, second = _rare_roots(a, b)
    return np.where(x.view(int64) < 0, second, first), signed_64(size_64(np.where(x.view(int64) < 0, first, second)), y)


def _root(a: float64, b: float64) -> float64:
    """Return the greater part of the square root of a + i b, neither being negative nor both zero."""
    long, wide = np.where(a > b, a, b), np.where(a > b, b, a)
    size = length_64(long, np.where(wide > long * _NEGLIGIBLE, wide, 0.0))
    return np.sqrt(0.5 * (a + size))


def _rare_roots(a: float64, b: float64) -> tuple[float64, float64]:
    """Return the parts of the square root of a + i b where these are huge, tiny, zero, infinite or NaN."""
    finite, none = (a < np.inf) & (b < np.inf), (a == 0.0) & (b == 0.0)
    safe = finite & ~none
    width, height = np.where(safe, a, _LARGEST), np.where(safe, b, 0.0)
    huge = (width > 1.0) | (height > 1.0)
    lift, back = np.where(huge, 2.0**-600, 2.0**600), np.where(huge, 2.0**300, 2.0**-300)
    long = np.where(width > height, width, height)
    wide = np.where(width > height, height, width)
    counts = wide > long * _NEGLIGIBLE
    tall = np.where((height > width) | counts, height, 0.0)
    root = back * _root(np.where((width >= height) | counts, width, 0.0) * lift, tall * lift)
    other = height / (root + root)
    # An infinite height counts whatever the width; an infinite width leaves the other part zero where the height is known.
    endless = np.where((b == np.inf) | (a == np.inf), np.inf, np.nan)
    left = np.where(b == np.inf, b, np.where((a == np.inf) & (b == b), 0.0, np.nan))
    return np.where(finite, np.where(none, 0.0, root), endless), np.where(finite, np.where(none, 0.0, other), left)
