"""The error function.

In each lane one polynomial, whose coefficients are chosen by range, gives ``erf(x) / x - 1`` near zero and the fourth root of
``1 - erf(|x|)`` beyond. Both are taken about a middle, which keeps the roundings of their arguments and of the last steps small
where these count. The polynomials are minimax fits (`tests/campaigns/math_coefficients_special.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64

_NEAR_32, _END_32 = 1.25, 3.93
_NEAR_64, _END_64 = 1.3125, 5.93
_NEAR_64, _END_64 = 1.3125, 5.93
_NEAR_64, _END_64 = 1.3125, 5.93


def _step_32(p: float32, u: float32, near: bool, a: float32, b: float32) -> float32:
    return fma(p, u, np.where(near, float32(a), float32(b)))


def _step_64(p: float64, u: float64, near: bool, a: float64, b: float64) -> float64:
    return fma(p, u, np.where(near, a, b))


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


def erf_f64(x: float64) -> float64:
    """Return the error function of x."""
    size = np.abs(x)
    t = np.where(size > _END_64, _END_64, size)
    near = t < _NEAR_64
    u = np.where(near, fma(t, t, -0.9375), t - 2.25)
    p = np.where(near, 0.0, 4.9819898235573686e-15)
    p = _step_64(p, u, near, 0.0, -9.400472295348354e-14)
    p = _step_64(p, u, near, 0.0, 1.1002244073210162e-12)
    p = _step_64(p, u, near, 0.0, -7.788993059077165e-12)
    p = _step_64(p, u, near, 2.015327039372081e-13, -4.2699639596885334e-12)
    p = _step_64(p, u, near, -2.8345634157900103e-12, 5.105440337856878e-10)
    p = _step_64(p, u, near, 3.9605836571507e-11, -2.4173890432763213e-09)
    p = _step_64(p, u, near, -5.200597569150827e-10, -1.1089691964410114e-08)
    p = _step_64(p, u, near, 6.3094038346633346e-09, 9.54177253753337e-08)
    p = _step_64(p, u, near, -7.031593569158638e-08, 4.426742026198391e-07)
    p = _step_64(p, u, near, 7.144645454096723e-07, -5.2690105984409505e-06)
    p = _step_64(p, u, near, -6.559433217732737e-06, -4.2100660380889355e-06)
    p = _step_64(p, u, near, 5.383186696762065e-05, 0.00018878126937030032)
    p = _step_64(p, u, near, -0.0003898126145926768, -0.0003719464624702425)
    p = _step_64(p, u, near, 0.0024517938386235992, -0.0034469543273614694)
    p = _step_64(p, u, near, -0.013147865561846613, 0.014046968288616582)
    p = _step_64(p, u, near, 0.05897931184302574, 0.03069663951985178)
    p = _step_64(p, u, near, -0.2210173500902764, -0.2699193968536303)
    p = _step_64(p, u, near, -0.14371283772124907, 0.4422267643074036)
    q = p * p
    q = np.where(near, p, q * q)
    result = fma(np.where(near, t, -q), q, np.where(near, t, 1.0))
    return np.copysign(result, x)
