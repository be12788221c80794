"""Sine, cosine and tangent of angles in radians and in half turns.

The angle is taken less its nearest multiple of pi / 2 (`angle_reduction`), as ``high + low`` between -pi / 4 and pi / 4; which of sine and
cosine of that it takes, and the sign, follow from the last bits of the multiple. Both are polynomials added to their first
terms last, so that nearly the only rounding is that of the last addition. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_trigonometric.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.angle_reduction import (
    BOUND_32,
    BOUND_64,
    far_reduced_32,
    far_reduced_64,
    near_reduced_32,
    near_reduced_64,
)
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_SIGN_32, _SIGN_64 = -(2**31), -(2**63)
_TINY_64 = 2.0**-30


# -- sine and cosine of reduced angles


def _sine_rest_32(z: float32) -> float32:
    """Return (sin(r) - r) / r**3 for ``z = r**2``."""
    return fma(fma(z, -1.9519585e-04, 8.3322e-03), z, -1.6666655e-01)


def _cosine_rest_32(z: float32) -> float32:
    """Return (cos(r) - 1 + z / 2) / z**2 for ``z = r**2``."""
    return fma(fma(z, 2.4460252e-05, -1.3887588e-03), z, 4.1666653e-02)


def _sine_rest_64(z: float64) -> float64:
    """Return (sin(r) - r) / r**3 for ``z = r**2``."""
    p = fma(z, 1.5898435418037234e-10, -2.5050790316763088e-08)
    p = fma(p, z, 2.755731393046964e-06)
    p = fma(p, z, -0.00019841269830627318)
    p = fma(p, z, 0.008333333333323686)
    return fma(p, z, -0.16666666666666638)


def _cosine_rest_64(z: float64) -> float64:
    """Return (cos(r) - 1 + z / 2) / z**2 for ``z = r**2``."""
    p = fma(z, -1.1368634424316149e-11, 2.0875907166308013e-09)
    p = fma(p, z, -2.7557315792310115e-07)
    p = fma(p, z, 2.4801587294814728e-05)
    p = fma(p, z, -0.0013888888888883306)
    return fma(p, z, 0.04166666666666666)


def _wave_32(high: float32, low: float32, quadrant: int32, sign: int32) -> float32:
    """Return the sine of the angle, negative where the topmost bit of `sign` is set."""
    z = high * high
    near_one = fma(z, -0.5, 1.0)
    lost = fma(z, -0.5, 1.0 - near_one)
    sine_rest = fma(high * z, _sine_rest_32(z), low)
    cosine_rest = fma(z * z, _cosine_rest_32(z), fma(-high, low, lost))
    even = (quadrant & 1) == 0
    value = np.where(even, high, near_one) + np.where(even, sine_rest, cosine_rest)
    return (value.view(int32) ^ ((quadrant << 30 ^ sign) & _SIGN_32)).view(float32)


def _wave_64(high: float64, low: float64, quadrant: int64, sign: int64) -> float64:
    """Return the sine of the angle, negative where the topmost bit of `sign` is set."""
    # The square of a tiny angle would underflow, and changes nothing.
    bent = np.where(np.abs(high) < _TINY_64, 0.0, high)
    z = bent * bent
    near_one = fma(z, -0.5, 1.0)
    lost = fma(z, -0.5, 1.0 - near_one)
    sine_rest = fma(bent * z, _sine_rest_64(z), low * near_one)
    cosine_rest = fma(z * z, _cosine_rest_64(z), fma(-bent, low, lost))
    even = (quadrant & 1) == 0
    value = np.where(even, high, near_one) + np.where(even, sine_rest, cosine_rest)
    return (value.view(int64) ^ ((quadrant << 62 ^ sign) & _SIGN_64)).view(float64)


def _reduced_32(a: float32) -> tuple[float32, float32, int32]:
    usual = a < BOUND_32
    high, low, quadrant = near_reduced_32(np.where(usual, a, 0.0))
    if not usual:
        high, low, quadrant = far_reduced_32(a)
    return high, low, quadrant


def _reduced_64(a: float64) -> tuple[float64, float64, int64]:
    usual = a < BOUND_64
    high, low, quadrant = near_reduced_64(np.where(usual, a, 0.0))
    if not usual:
        high, low, quadrant = far_reduced_64(a)
    return high, low, quadrant


# -- sine and cosine


def sin_f32(x: float32) -> float32:
    """Return the sine of x."""
    high, low, quadrant = _reduced_32(np.abs(x))
    return _wave_32(high, low, quadrant, x.view(int32))


def sin_f64(x: float64) -> float64:
    """Return the sine of x."""
    high, low, quadrant = _reduced_64(np.abs(x))
    return _wave_64(high, low, quadrant, x.view(int64))


def cos_f32(x: float32) -> float32:
    """Return the cosine of x."""
    high, low, quadrant = _reduced_32(np.abs(x))
    return _wave_32(high, low, quadrant + 1, 0)


def cos_f64(x: float64) -> float64:
    """Return the cosine of x."""
    high, low, quadrant = _reduced_64(np.abs(x))
    return _wave_64(high, low, quadrant + 1, 0)


def sincos_f32(x: float32) -> tuple[float32, float32]:
    """Return the sine and the cosine of x."""
    high, low, quadrant = _reduced_32(np.abs(x))
    return _wave_32(high, low, quadrant, x.view(int32)), _wave_32(high, low, quadrant + 1, 0)


def sincos_f64(x: float64) -> tuple[float64, float64]:
    """Return the sine and the cosine of x."""
    high, low, quadrant = _reduced_64(np.abs(x))
    return _wave_64(high, low, quadrant, x.view(int64)), _wave_64(high, low, quadrant + 1, 0)
