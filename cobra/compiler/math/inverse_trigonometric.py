"""Angles of given sine, cosine and tangent.

Arguments are brought into the range of one odd polynomial: ``arctan(x) = pi / 2 - arctan(1 / x)`` where x > 1, and
``arcsin(x) = pi / 2 - 2 arcsin(sqrt((1 - x) / 2))`` where x > 1 / 2. The rounding of quotient and square root is found by a fused
multiply-add and carried along. The polynomial of the angle of a tangent is one of a number about the middle of its range, so that roundings
before the last count little. The polynomials are minimax fits (`tests/campaigns/math_coefficients_trigonometric.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.types import float32, float64, int32, int64

_SIGN_32, _SIGN_64 = -(2**31), -(2**63)
_PI_32, _PI_REST_32, _HALF_PI_32, _HALF_PI_REST_32 = 3.1415927410125732, -8.742278000372485e-08, 1.5707963705062866, -4.371139000186243e-08
_PI_64, _PI_REST_64, _HALF_PI_64, _HALF_PI_REST_64 = 3.141592653589793, 1.2246467991473532e-16, 1.5707963267948966, 6.123233995736766e-17
_ONE_BITS_32, _ONE_BITS_64 = 0x3F800000, 0x3FF0000000000000
_LARGEST_BITS_32, _LARGEST_BITS_64 = 0x5D800000, 0x43B0000000000000
_LEAST_SQUARE_32, _LEAST_SQUARE_64 = 2.0**-50, 2.0**-100
"""Added to squares, that they do not underflow; it changes no result."""

_LEAST_ROOT_32, _LEAST_ROOT_64 = 2.0**-60, 2.0**-110
"""Added to divisors, that they are not zero; it changes no other."""

_LEAST_USUAL_32, _LEAST_USUAL_64 = 2.0**-36, 2.0**-400
_LARGEST_USUAL_32, _LARGEST_USUAL_64 = 2.0**36, 2.0**500
"""Between these bounds neither a quotient nor the rounding it leaves underflows."""

_SMALL = 2.0**-15
"""Below, the cube of an angle does not reach its last bit."""

_SLOPE = 0.55
"""The derivative of arctan near 1, where the rounding of a reciprocal counts most."""


def with_sign_32(value: float32, sign: int32) -> float32:
    """Return the value, negated where the topmost bit of `sign` is set."""
    return (value.view(int32) ^ (sign & _SIGN_32)).view(float32)


def with_sign_64(value: float64, sign: int64) -> float64:
    """Return the value, negated where the topmost bit of `sign` is set."""
    return (value.view(int64) ^ (sign & _SIGN_64)).view(float64)


# -- arctan


def tangent_rest_32(z: float32) -> float32:
    """Return (arctan(t) - t) / t**3 for ``z = t**2``."""
    u = z - 0.5
    p = fma(u, -1.8326732e-03, 3.7590084e-03)
    p = fma(p, u, -5.5193747e-03)
    p = fma(p, u, 9.164292e-03)
    p = fma(p, u, -1.615427e-02)
    p = fma(p, u, 2.9139617e-02)
    p = fma(p, u, -5.4815598e-02)
    p = fma(p, u, 1.1081478e-01)
    return fma(p, u, -2.591605e-01)


def tangent_rest_64(z: float64) -> float64:
    """Return (arctan(t) - t) / t**3 for ``z = t**2``."""
    # Four chains for speed; the last steps one after another, since there each rounding counts.
    u = z - 0.5
    w = u * u
    ww = w * w
    p = fma(ww, 1.3590462684586726e-05, 6.56091680509092e-05)
    q = fma(ww, -2.6716015665285485e-05, -0.00010716463282894875)
    r = fma(ww, 2.6888325496231287e-05, 0.00016947696673935838)
    s = fma(ww, -3.675746077802038e-05, -0.00027155731443246326)
    p = fma(p, ww, 0.00043869633962891833)
    q = fma(q, ww, -0.0007125073693085098)
    r = fma(r, ww, 0.001165071258250915)
    s = fma(s, ww, -0.0019209406989873312)
    p = fma(p, ww, 0.0031991748766568525)
    q = fma(q, ww, -0.005394792658652147)
    r = fma(r, ww, 0.009243096232542868)
    s = fma(s, ww, -0.016172974901777996)
    p = fma(fma(p, u, q), w, fma(r, u, s))
    p = fma(p, u, 0.02913586264512612)
    p = fma(p, u, -0.05481484060456652)
    p = fma(p, u, 0.11081482513071447)
    return fma(p, u, -0.2591604972657936)


def arctan_f32(x: float32) -> float32:
    """Return the angle whose tangent is x."""
    a = np.abs(x)
    large = a > 1.0
    divisor = np.maximum(np.minimum(a.view(int32), _LARGEST_BITS_32), _ONE_BITS_32).view(float32)
    dividend = np.where(large, -1.0, a)
    t = dividend / divisor
    base = np.where(large, float32(_HALF_PI_32), 0.0)
    start = base + np.where(large, t, 0.0)
    # Zero where the divisor is one; where it is not, -1 / divisor less t, as far as it counts in the angle.
    rest = fma(fma(t, divisor, -dividend) * _SLOPE, t, np.where(large, float32(_HALF_PI_REST_32), 0.0))
    z = fma(t, t, _LEAST_SQUARE_32)
    result = start + fma(t, z * tangent_rest_32(z), t - (start - base) + rest)
    return with_sign_32(result, x.view(int32))


def arctan_f64(x: float64) -> float64:
    """Return the angle whose tangent is x."""
    a = np.abs(x)
    large = a > 1.0
    divisor = np.maximum(np.minimum(a.view(int64), _LARGEST_BITS_64), _ONE_BITS_64).view(float64)
    dividend = np.where(large, -1.0, a)
    t = dividend / divisor
    base = np.where(large, float64(_HALF_PI_64), 0.0)
    start = base + np.where(large, t, 0.0)
    # Zero where the divisor is one; where it is not, -1 / divisor less t, as far as it counts in the angle.
    rest = fma(fma(t, divisor, -dividend) * _SLOPE, t, np.where(large, float64(_HALF_PI_REST_64), 0.0))
    z = fma(t, t, _LEAST_SQUARE_64)
    result = start + fma(t, z * tangent_rest_64(z), t - (start - base) + rest)
    return with_sign_64(result, x.view(int64))


# -- arctan2


def arctan2_f32(y: float32, x: float32) -> float32:
    """Return the angle of the point (x, y), between -pi and pi."""
    steep = np.abs(y) > np.abs(x)
    less = np.where(steep, np.abs(x), np.abs(y))
    more = np.where(steep, np.abs(y), np.abs(x))
    back = x.view(int32) < 0
    usual = (less > _LEAST_USUAL_32) & (more < _LARGEST_USUAL_32)
    dividend, divisor = np.where(usual, less, 1.0), np.where(usual, more, 1.0)
    t = dividend / divisor
    rest = fma(-t, divisor, dividend) / divisor
    if not usual:
        t, rest = rare_quotient_32(less, more, steep | back)
    sign = np.where(steep ^ back, int32(_SIGN_32), 0)
    v = with_sign_32(t, sign)
    base = np.where(steep, float32(_HALF_PI_32), np.where(back, float32(_PI_32), 0.0))
    base_rest = np.where(steep, float32(_HALF_PI_REST_32), np.where(back, float32(_PI_REST_32), 0.0))
    # A tiny angle times its square would underflow if nothing were added.
    start = base + np.where(steep | back | (t > _SMALL), v, 0.0)
    z = fma(t, t, _LEAST_SQUARE_32)
    rest = fma(with_sign_32(rest, sign), fma(z, -0.5, 1.0), base_rest)
    result = start + fma(v, z * tangent_rest_32(z), v - (start - base) + rest)
    return with_sign_32(result, y.view(int32))


def arctan2_f64(y: float64, x: float64) -> float64:
    """Return the angle of the point (x, y), between -pi and pi."""
    start, rest = angle_pair_64(y, x)
    return start + rest


def angle_pair_64(y: float64, x: float64) -> tuple[float64, float64]:
    """Return the angle of the point (x, y) as a sum whose second part is the smaller, or the only one."""
    steep = np.abs(y) > np.abs(x)
    less = np.where(steep, np.abs(x), np.abs(y))
    more = np.where(steep, np.abs(y), np.abs(x))
    back = x.view(int64) < 0
    usual = (less > _LEAST_USUAL_64) & (more < _LARGEST_USUAL_64)
    dividend, divisor = np.where(usual, less, 1.0), np.where(usual, more, 1.0)
    t = dividend / divisor
    rest = fma(-t, divisor, dividend) / divisor
    if not usual:
        t, rest = rare_quotient_64(less, more, steep | back)
    sign = np.where(steep ^ back, int64(_SIGN_64), 0)
    v = with_sign_64(t, sign)
    base = np.where(steep, float64(_HALF_PI_64), np.where(back, float64(_PI_64), 0.0))
    base_rest = np.where(steep, float64(_HALF_PI_REST_64), np.where(back, float64(_PI_REST_64), 0.0))
    # A tiny angle times its square would underflow if nothing were added.
    start = base + np.where(steep | back | (t > _SMALL), v, 0.0)
    z = fma(t, t, _LEAST_SQUARE_64)
    rest = fma(with_sign_64(rest, sign), fma(z, -0.5, 1.0), base_rest)
    rest = fma(v, z * tangent_rest_64(z), v - (start - base) + rest)
    return with_sign_64(start, y.view(int64)), with_sign_64(rest, y.view(int64))


def rare_quotient_32(less: float32, more: float32, turned: bool) -> tuple[float32, float32]:
    """Return ``less / more`` in two floats: 1 for equal infinities, 0 for zeros, 0 too where it is tiny and the angle is not."""
    equal = less == more
    tiny = (more.view(int32) - less.view(int32)) >> 23 > 60
    dividend = np.where(equal, np.where(more == 0.0, float32(0.0), 1.0), np.where(tiny & turned, 0.0, less))
    t = dividend / np.where(equal, 1.0, more)
    comparable = (less > 0.0) & (more < np.inf) & ~tiny
    scale = np.where(more > 1.0, float32(2.0**-64), 2.0**64)
    divisor = np.where(comparable, more, 1.0) * np.where(comparable, scale, 1.0)
    dividend = np.where(comparable, less, t) * np.where(comparable, scale, 1.0)
    return t, fma(-t, divisor, dividend) / divisor


def rare_quotient_64(less: float64, more: float64, turned: bool) -> tuple[float64, float64]:
    """Return ``less / more`` in two floats: 1 for equal infinities, 0 for zeros, 0 too where it is tiny and the angle is not."""
    equal = less == more
    tiny = (more.view(int64) - less.view(int64)) >> 52 > 60
    dividend = np.where(equal, np.where(more == 0.0, float64(0.0), 1.0), np.where(tiny & turned, 0.0, less))
    t = dividend / np.where(equal, 1.0, more)
    comparable = (less > 0.0) & (more < np.inf) & ~tiny
    scale = np.where(more > 1.0, float64(2.0**-600), 2.0**600)
    divisor = np.where(comparable, more, 1.0) * np.where(comparable, scale, 1.0)
    dividend = np.where(comparable, less, t) * np.where(comparable, scale, 1.0)
    return t, fma(-t, divisor, dividend) / divisor


# -- arcsin and arccos


def sine_rest_32(z: float32) -> float32:
    """Return (arcsin(v) - v) / v**3 for ``z = v**2``."""
    p = fma(z, 4.2150956e-02, 2.4193002e-02)
    p = fma(p, z, 4.5466375e-02)
    p = fma(p, z, 7.495345e-02)
    return fma(p, z, 1.666675e-01)


def sine_rest_64(z: float64) -> float64:
    """Return (arcsin(v) - v) / v**3 for ``z = v**2``."""
    w = z * z
    p = fma(w, 0.03181290032048056, 0.01941667111379663)
    q = fma(w, -0.016065367103848815, 0.00657321892274542)
    p = fma(p, w, 0.012157510790190725)
    q = fma(q, w, 0.013887248511679226)
    p = fma(p, w, 0.017359471694400212)
    q = fma(q, w, 0.02237177600679245)
    p = fma(p, w, 0.03038195824835372)
    q = fma(q, w, 0.044642856854667366)
    p = fma(p, w, 0.07500000000296222)
    q = fma(q, w, 0.16666666666665647)
    return fma(p, z, q)


def clipped_32(a: float32) -> float32:
    """Return a, or where it is too large for a sine another number that is."""
    return np.where(a > 2.0, 2.0, a)


def clipped_64(a: float64) -> float64:
    """Return a, or where it is too large for a sine another number that is."""
    return np.where(a > 2.0, 2.0, a)


def square_32(a: float32, small: bool) -> float32:
    """Return ``a**2`` or, where a > 1/2, ``(1 - a) / 2``."""
    return fma(a, np.where(small, a, -0.5), np.where(small, float32(_LEAST_SQUARE_32), 0.5))


def _root_32(z: float32) -> tuple[float32, float32]:
    """Return twice the square root in two floats; of negative numbers NaN and an invalid operation."""
    root = np.sqrt(z)
    return root * 2.0, fma(-root, root, z) / (root + _LEAST_ROOT_32)


def square_64(a: float64, small: bool) -> float64:
    """Return ``a**2`` or, where a > 1/2, ``(1 - a) / 2``."""
    return fma(a, np.where(small, a, -0.5), np.where(small, float64(_LEAST_SQUARE_64), 0.5))


def _root_64(z: float64) -> tuple[float64, float64]:
    """Return twice the square root in two floats; of negative numbers NaN and an invalid operation."""
    root = np.sqrt(z)
    return root * 2.0, fma(-root, root, z) / (root + _LEAST_ROOT_64)


def arcsin_f32(x: float32) -> float32:
    """Return the angle between -pi / 2 and pi / 2 whose sine is x."""
    a = clipped_32(np.abs(x))
    small = a <= 0.5
    z = square_32(a, small)
    root, root_rest = _root_32(z)
    v = np.where(small, a, -root)
    base = np.where(small, float32(0.0), _HALF_PI_32)
    start = base + np.where(small, 0.0, v)
    rest = np.where(small, 0.0, _HALF_PI_REST_32 - root_rest)
    result = start + fma(v, z * sine_rest_32(z), v - (start - base) + rest)
    return with_sign_32(result, x.view(int32))


def arcsin_f64(x: float64) -> float64:
    """Return the angle between -pi / 2 and pi / 2 whose sine is x."""
    a = clipped_64(np.abs(x))
    small = a <= 0.5
    z = square_64(a, small)
    root, root_rest = _root_64(z)
    v = np.where(small, a, -root)
    base = np.where(small, float64(0.0), _HALF_PI_64)
    start = base + np.where(small, 0.0, v)
    rest = np.where(small, 0.0, _HALF_PI_REST_64 - root_rest)
    result = start + fma(v, z * sine_rest_64(z), v - (start - base) + rest)
    return with_sign_64(result, x.view(int64))


def arccos_f32(x: float32) -> float32:
    """Return the angle between 0 and pi whose cosine is x."""
    a = clipped_32(np.abs(x))
    small = a <= 0.5
    z = square_32(a, small)
    root, root_rest = _root_32(z)
    sign = x.view(int32)
    v = np.where(small, -x, with_sign_32(root, sign))
    far = np.where(sign < 0, float32(_PI_32), 0.0)
    far_rest = np.where(sign < 0, float32(_PI_REST_32), 0.0) + with_sign_32(root_rest, sign)
    base = np.where(small, _HALF_PI_32, far)
    start = base + v
    rest = v - (start - base) + np.where(small, _HALF_PI_REST_32, far_rest)
    return start + fma(v, z * sine_rest_32(z), rest)


def arccos_f64(x: float64) -> float64:
    """Return the angle between 0 and pi whose cosine is x."""
    a = clipped_64(np.abs(x))
    small = a <= 0.5
    z = square_64(a, small)
    root, root_rest = _root_64(z)
    sign = x.view(int64)
    v = np.where(small, -x, with_sign_64(root, sign))
    far = np.where(sign < 0, float64(_PI_64), 0.0)
    far_rest = np.where(sign < 0, float64(_PI_REST_64), 0.0) + with_sign_64(root_rest, sign)
    base = np.where(small, _HALF_PI_64, far)
    start = base + v
    rest = v - (start - base) + np.where(small, _HALF_PI_REST_64, far_rest)
    return start + fma(v, z * sine_rest_64(z), rest)
