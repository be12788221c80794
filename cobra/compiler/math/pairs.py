"""Numbers of about 105 bits as unevaluated sums of two float64, for functions that lose bits on the way.

A pair is ``high, low`` with low below the last bit of high or little above. The sums and products are those of Dekker (1971) and Knuth;
relative errors are about 2**-100 for sums and products, 2**-62 for the logarithm, 2**-56 for the exponential.
"""

from __future__ import annotations

from cobra.compiler.math.fused import fma
from cobra.types import float64, int64

_ROUND, _ROUND_BITS = 1.5 * 2.0**52, 0x4338000000000000
_ROOT_HALF = 0x3FE6A09E667F3BCD
_LN2_SHORT, _LN2_REST = 0.6931471805601177, -1.7239444525614835e-13
_LN2, _LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
_LOG2_E = 1.4426950408889634
_TWO_THIRDS, _TWO_THIRDS_LOW = 0.6666666666666666, 3.700743415417188e-17


def exact_sum(a: float64, b: float64):
    """Return a + b and what its rounding lost."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def ordered_sum(a: float64, b: float64):
    """Return a + b and what its rounding lost, |a| being the larger or a zero."""
    total = a + b
    return total, b - (total - a)


def times(high: float64, low: float64, other: float64, other_low: float64):
    """Return the product of two pairs."""
    product = high * other
    rest = fma(high, other, -product)
    return ordered_sum(product, fma(high, other_low, fma(low, other, rest)))


def divided(high: float64, low: float64, other: float64, other_low: float64):
    """Return the quotient of two pairs."""
    quotient = high / other
    rest = fma(-quotient, other, high)
    return ordered_sum(quotient, (fma(-quotient, other_low, low) + rest) / other)


def plus(high: float64, low: float64, other: float64, other_low: float64):
    """Return the sum of two pairs."""
    total, rest = exact_sum(high, other)
    return ordered_sum(total, rest + (low + other_low))


def log_pair(x: float64):
    """Return the logarithm of a positive normal number, from the series in ``s = f / (2 + f)`` for ``x = 2**k (1 + f)``."""
    k = (x.view(int64) - _ROOT_HALF) >> 52
    f = (x.view(int64) - (k << 52)).view(float64) - 1.0
    s, s_low = divided(f, 0.0, *ordered_sum(2.0, f))
    z = s * s
    z_low = fma(s, s, -z) + 2.0 * s * s_low
    p = fma(z, 0.12921478159866978, 0.13285309525131303)
    p = fma(p, z, 0.15385594722562504)
    p = fma(p, z, 0.18181807966621916)
    p = fma(p, z, 0.22222222272883152)
    p = fma(p, z, 0.28571428571334384)
    p = fma(p, z, 0.4000000000000003)
    c, c_low = ordered_sum(_TWO_THIRDS, z * p)
    c, c_low = times(z, z_low, c, c_low + _TWO_THIRDS_LOW)
    c, c_low = times(s, s_low, c, c_low)
    whole = (k + _ROUND_BITS).view(float64) - _ROUND
    total, rest = plus(whole * _LN2_SHORT, whole * _LN2_REST, 2.0 * s, 2.0 * s_low)
    return plus(total, rest, c, c_low)


def exp_pair(high: float64, low: float64):
    """Return ``p``, its low part and ``n`` with ``p * 2**n`` the exponential of a pair between -2000 and 2000."""
    t = fma(high, _LOG2_E, _ROUND)
    k = t - _ROUND
    r, r_low = exact_sum(fma(-k, _LN2, high), fma(-k, _LN2_LOW, low))
    p = fma(r, 2.0922052941893138e-09, 2.510564725579634e-08)
    p = fma(p, r, 2.7557251493488645e-07)
    p = fma(p, r, 2.7557254361752554e-06)
    p = fma(p, r, 2.4801587348871913e-05)
    p = fma(p, r, 0.00019841269875643045)
    p = fma(p, r, 0.0013888888888873715)
    p = fma(p, r, 0.008333333333325898)
    p = fma(p, r, 0.041666666666666685)
    p = fma(p, r, 0.1666666666666667)
    bent = r * r * fma(p, r, 0.5)
    total, rest = ordered_sum(1.0, r)
    total, lost = ordered_sum(total, bent)
    return total, lost + rest + fma(r_low, r, r_low), t.view(int64) - _ROUND_BITS
