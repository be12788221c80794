"""A quicker hyperbolic tangent in float64, within 4 units in the last place.

It is computed as in `hyperbolic_tangent.py`, but nothing makes up for what sums and quotients lose. In float32 nothing is quicker.
"""

from __future__ import annotations

from cobra.compiler.math.exponential import signed_64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.hyperbolic_tangent import split_64
from cobra.types import float64, int64


def tanh_f64(x: float64) -> float64:
    """Return the hyperbolic tangent of x."""
    less, more, s = split_64(x)
    return signed_64((fma(more, s, less) / fma(less, s, more)).view(int64), x)
