"""The error function.

In each lane one polynomial, whose coefficients are chosen by range, gives ``erf(x) / x - 1`` near zero and the fourth root of
``1 - erf(|x|)`` beyond. Both are taken about a middle, which keeps the roundings of their arguments and of the last steps small
where these count. The polynomials are minimax fits (`tests/campaigns/math_coefficients_special.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32

_NEAR_32, _END_32 = 1.25, 3.93


def _step_32(p: float32, u: float32, near: bool, a: float32, b: float32) -> float32:
    return fma(p, u, np.where(near, float32(a), float32(b)))


def erf_f32(x: float32) -> float32:
    """Return the error function of x."""
    size = np.abs(x)
    t = np.where(size > _END_32, _END_32, size)
    near = t < _NEAR_32
    u = np.where(near, fma(t, t, -0.75), t - 1.75)
    p = np.where(near, float32(0.0), float32(7.0049723e-06))
    p = _step_32(p, u, near, -7.787288e-06, -2.1548539e-04)
    p = _step_32(p, u, near, 6.4210544e-05, 1.0703305e-03)
    p = _step_32(p, u, near, -4.5576692e-04, 2.209877e-04)
    p = _step_32(p, u, near, 2.846878e-03, -1.3364537e-02)
    p = _step_32(p, u, near, -1.5130923e-02, 1.9826764e-02)
    p = _step_32(p, u, near, 6.691891e-02, 8.918012e-02)
    p = _step_32(p, u, near, -2.4458845e-01, -3.3634558e-01)
    p = _step_32(p, u, near, -1.001088e-01, 3.39777e-01)
    q = p * p
    result = fma(np.where(near, t, -q), np.where(near, p, q), np.where(near, t, float32(1.0)))
    return np.copysign(result, x)
