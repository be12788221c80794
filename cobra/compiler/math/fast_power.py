"""Quicker powers of floats, within 4 units in the last place.

They are ``2**(y log2 x)`` as in `power.py`, but fewer sums keep what they round away: in float32 the polynomial for ``2**r`` has a term
less and the square of the quotient is rounded; in float64 the second term of the logarithm is added to the first, and what that rounds
away to the rest, of which the polynomial makes up for the rounding of a constant. Exponents for which the product needs no care are
usual. The polynomials are minimax fits (`tests/campaigns/math_coefficients_fast.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.power import any_size_32, any_size_64, by_rule_32, by_rule_64, exp2_64, usual_base_32, usual_base_64
from cobra.types import float32, float64, int32, int64

_LEAST_32, _LEAST_64 = 1 << 23, 1 << 52
_ROOT_HALF_32, _ROOT_HALF_64 = 0x3F3504F3, 0x3FE6A09E667F3BCD
_ROUND_32, _ROUND_64 = 1.5 * 2.0**23, 1.5 * 2.0**52
_ROUND_BITS_64 = 0x4338000000000000
# Products of smaller exponents with logarithms keep a fraction when they are rounded, so that nothing overflows.
_LARGE_32, _LARGE_64 = 2.0**16, 2.0**40

_TURN_32, _TURN_REST_32 = 2.885390043258667, 3.851925982253235e-08
_TURN_64, _TURN_REST_64 = 2.8853900817779268, 4.0710547481862066e-17
_THIRD_32, _THIRD_64 = 0.9617967009544373, 0.9617966939259756


def _log2_32(x: float32) -> tuple[float32, float32]:
    """Return the logarithm of x in two parts."""
    place = (x.view(int32) - _ROOT_HALF_32) & -_LEAST_32
    f = (x.view(int32) - place).view(float32) - 1.0
    k = place.astype(float32)
    inverse = 1.0 / (2.0 + f)
    s = f * inverse
    s_rest = fma(-s, f, fma(-2.0, s, f)) * inverse
    z = s * s
    p = fma(z, 3.3764094e-01, 4.1185868e-01)
    p = fma(z, p, 5.770801e-01)
    c = fma(z, p, _THIRD_32)
    w = fma(z, c, _TURN_32)
    w_rest = fma(z, c, _TURN_32 - w) + _TURN_REST_32
    high = s * w
    low = fma(s_rest, fma(z, _TURN_32, _TURN_32), fma(s, w_rest, fma(s, w, -high)))
    total = fma(k, 2.0**-23, high)
    return total, high - fma(k, -2.0**-23, total) + low


def _exp2_32(r: float32) -> float32:
    """Return 2**r for a small r."""
    p = fma(r, 1.3407791e-03, 9.672293e-03)
    p = fma(p, r, 5.550307e-02)
    p = fma(p, r, 2.4022228e-01)
    p = fma(p, r, 6.9314724e-01)
    return fma(p, r, 1.0)


def power_f32(x: float32, y: float32) -> float32:
    """Return x to the power y."""
    usual = np.abs(y) < _LARGE_32
    exponent = np.where(usual, y, 0.0)
    log, rest = _log2_32(np.abs(x))
    t = fma(exponent, log, _ROUND_32)
    n = t - _ROUND_32
    r = fma(exponent, rest, fma(exponent, log, -n))
    result = (_exp2_32(r).view(int32) + (t.view(int32) << 23)).view(float32)
    near = (np.abs(n) < 125.0) & usual
    if not (usual_base_32(x) & near):
        if not (usual_base_32(np.abs(x)) & near):
            result = any_size_32(x, y)
        result = by_rule_32(x, y, result)
    return result


def _log2_64(x: float64) -> tuple[float64, float64]:
    """Return the logarithm of x in two parts, which may overlap."""
    place = (x.view(int64) - _ROOT_HALF_64) & -_LEAST_64
    f = (x.view(int64) - place).view(float64) - 1.0
    k = ((place >> 52) + _ROUND_BITS_64).view(float64) - _ROUND_64
    inverse = 1.0 / (2.0 + f)
    s = f * inverse
    s_rest = fma(-s, f, fma(-2.0, s, f)) * inverse
    z = s * s
    z2 = z * z
    pa = fma(z2, 1.9093442232622274e-01, 2.2198726816232833e-01)
    pb = fma(z2, 1.9118883666362357e-01, 2.623076166856952e-01)
    pa = fma(z2, pa, 3.205989034889386e-01)
    pb = fma(z2, pb, 4.1219858308238805e-01)
    pa = fma(z2, pa, 5.770780163556547e-01)
    p = fma(z, pb, pa)
    w = fma(z, _THIRD_64, _TURN_64)
    lost = fma(z, _THIRD_64, _TURN_64 - w)
    w_rest = fma(z2, p, lost) + fma(fma(s, s, -z), _THIRD_64, _TURN_REST_64)
    high = s * w
    low = fma(s_rest, fma(z, _TURN_64, _TURN_64), fma(s, w_rest, fma(s, w, -high)))
    total = k + high
    return total, high - (total - k) + low


def power_f64(x: float64, y: float64) -> float64:
    """Return x to the power y."""
    usual = np.abs(y) < _LARGE_64
    exponent = np.where(usual, y, 0.0)
    log, rest = _log2_64(np.abs(x))
    t = fma(exponent, log + rest, _ROUND_64)
    n = t - _ROUND_64
    r = fma(exponent, rest, fma(exponent, log, -n))
    result = (exp2_64(r).view(int64) + (t.view(int64) << 52)).view(float64)
    near = (np.abs(n) < 1021.0) & usual
    if not (usual_base_64(x) & near):
        if not (usual_base_64(np.abs(x)) & near):
            result = any_size_64(x, y)
        result = by_rule_64(x, y, result)
    return result
