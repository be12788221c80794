"""Sine, cosine and tangent of angles in radians and in half turns.

The angle is taken less its nearest multiple of pi / 2 (`angle_reduction`), as ``high + low`` between -pi / 4 and pi / 4; which of sine and
cosine of that it takes, and the sign, follow from the last bits of the multiple. Both are polynomials added to their first
terms last, so that nearly the only rounding is that of the last addition. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_trigonometric.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.angle_reduction import BOUND_32, BOUND_64, far_reduced_32, far_reduced_64, near_reduced_32, near_reduced_64
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_SIGN_32, _SIGN_64 = -(2**31), -(2**63)
_TINY_32, _TINY_64 = 2.0**-14, 2.0**-30
_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_WHOLE_32, _WHOLE_64 = 2.0**21, 2.0**50
_PI_32, _PI_REST_32 = 3.1415927410125732, -8.742278000372485e-08
_PI_64, _PI_REST_64 = 3.141592653589793, 1.2246467991473532e-16


# -- sine and cosine of reduced angles


def _sine_rest_32(z: float32) -> float32:
    """Return (sin(r) - r) / r**3 for ``z = r**2``."""
    return fma(fma(z, -1.9517646e-04, 8.332186e-03), z, -1.6666655e-01)


def _cosine_rest_32(z: float32) -> float32:
    """Return (cos(r) - 1 + z / 2) / z**2 for ``z = r**2``."""
    return fma(fma(z, 2.4486066e-05, -1.3887815e-03), z, 4.1666657e-02)


def _sine_rest_64(z: float64) -> float64:
    """Return (sin(r) - r) / r**3 for ``z = r**2``."""
    p = fma(z, 1.589763325752352e-10, -2.5050776784311622e-08)
    p = fma(p, z, 2.755731384767039e-06)
    p = fma(p, z, -0.00019841269830403937)
    p = fma(p, z, 0.008333333333323431)
    return fma(p, z, -0.16666666666666638)


def _cosine_rest_64(z: float64) -> float64:
    """Return (cos(r) - 1 + z / 2) / z**2 for ``z = r**2``."""
    p = fma(z, -1.1370672977496087e-11, 2.0875939345847695e-09)
    p = fma(p, z, -2.755731596034652e-07)
    p = fma(p, z, 2.4801587295085334e-05)
    p = fma(p, z, -0.0013888888888883085)
    return fma(p, z, 0.04166666666666665)


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


# -- tangent


def _tangent_rest_32(z: float32) -> float32:
    """Return (tan(r) - r) / r**3 for ``z = r**2``."""
    p = fma(z, 4.4564526e-03, -7.390299e-05)
    p = fma(p, z, 1.0965526e-02)
    p = fma(p, z, 2.1231843e-02)
    p = fma(p, z, 5.406971e-02)
    p = fma(p, z, 1.3332577e-01)
    return fma(p, z, 3.3333352e-01)


def _tangent_rest_64(z: float64) -> float64:
    """Return (tan(r) - r) / r**3 for ``z = r**2``."""
    w = z * z
    p = fma(w, 2.10217791486321e-05, 9.070435284273413e-05)
    q = fma(w, -4.554433432685004e-05, -2.7763021897286293e-05)
    p = fma(p, w, 0.0001375106815040089)
    q = fma(q, w, 0.00022189902857692572)
    p = fma(p, w, 0.0005952278728216297)
    q = fma(q, w, 0.0014547194780025277)
    p = fma(p, w, 0.0035922952876920804)
    q = fma(q, w, 0.00886321850475741)
    p = fma(p, w, 0.02186948965200825)
    q = fma(q, w, 0.05396825392516573)
    p = fma(p, w, 0.13333333333416605)
    q = fma(q, w, 0.3333333333333278)
    return fma(p, z, q)


def tan_f32(x: float32) -> float32:
    """Return the tangent of x."""
    high, low, quadrant = _reduced_32(np.abs(x))
    bent = np.where(np.abs(high) < _TINY_32, 0.0, high)
    z = bent * bent
    t = high + fma(bent * z, _tangent_rest_32(z), fma(low, z, low))
    odd = (quadrant & 1) != 0
    value = np.where(odd, -1.0, t) / np.where(odd, t, 1.0)
    return (value.view(int32) ^ (x.view(int32) & _SIGN_32)).view(float32)


def tan_f64(x: float64) -> float64:
    """Return the tangent of x."""
    high, low, quadrant = _reduced_64(np.abs(x))
    bent = np.where(np.abs(high) < _TINY_64, 0.0, high)
    z = bent * bent
    t = high + fma(bent * z, _tangent_rest_64(z), fma(low, z, low))
    odd = (quadrant & 1) != 0
    value = np.where(odd, -1.0, t) / np.where(odd, t, 1.0)
    return (value.view(int64) ^ (x.view(int64) & _SIGN_64)).view(float64)


# -- angles in half turns


def sinpi_f32(x: float32) -> float32:
    """Return the sine of pi x; at whole numbers zero with the sign of x."""
    high, low, quadrant = _half_turns_32(np.abs(x))
    value = _wave_32(high, low, quadrant, x.view(int32))
    return np.where(value == 0.0, np.copysign(0.0, x), value)


def sinpi_f64(x: float64) -> float64:
    """Return the sine of pi x; at whole numbers zero with the sign of x."""
    high, low, quadrant = _half_turns_64(np.abs(x))
    value = _wave_64(high, low, quadrant, x.view(int64))
    return np.where(value == 0.0, np.copysign(0.0, x), value)


def cospi_f32(x: float32) -> float32:
    """Return the cosine of pi x; positive zero where it is zero."""
    high, low, quadrant = _half_turns_32(np.abs(x))
    return _wave_32(high, low, quadrant + 1, 0) + 0.0


def cospi_f64(x: float64) -> float64:
    """Return the cosine of pi x; positive zero where it is zero."""
    high, low, quadrant = _half_turns_64(np.abs(x))
    return _wave_64(high, low, quadrant + 1, 0) + 0.0


def _half_turns_32(a: float32) -> tuple[float32, float32, int32]:
    """Reduce the angle pi a, a >= 0."""
    usual = a < _WHOLE_32
    safe = np.where(usual, a, 0.0)
    if not usual:
        # Whole numbers: only whether they are even counts. Infinity gives NaN.
        safe = fma(np.rint(a * 0.5), -2.0, a)
    t = fma(safe, 2.0, _ROUND_32)
    rest = fma(t - _ROUND_32, -0.5, safe)
    high = rest * _PI_32
    return high, fma(rest, _PI_REST_32, fma(rest, _PI_32, -high)), t.view(int32)


def _half_turns_64(a: float64) -> tuple[float64, float64, int64]:
    """Reduce the angle pi a, a >= 0."""
    usual = a < _WHOLE_64
    safe = np.where(usual, a, 0.0)
    if not usual:
        # Whole numbers: only whether they are even counts. Infinity gives NaN.
        safe = fma(np.rint(a * 0.5), -2.0, a)
    t = fma(safe, 2.0, _ROUND_64)
    rest = fma(t - _ROUND_64, -0.5, safe)
    high = rest * _PI_64
    return high, fma(rest, _PI_REST_64, fma(rest, _PI_64, -high)), t.view(int64)
