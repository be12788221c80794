"""What special functions return for millions of float64 numbers, by MPFR.

mpmath takes a thousand times as long and keeps its part, to confirm the worst results. MPFR rounds correctly, here to the 64 bits of a
long double, so that an error in units of the last place of float64 is known to 1/2048 of a unit. Goes in: the name of a function and
numbers. Comes out: long doubles, with NaN and infinities as the C standard has them. `confirm` compares MPFR with mpmath.

gmpy2, which is MPFR for Python, is asked for when it is needed: ``pip install gmpy2``.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np

Array = np.ndarray[Any, Any]
_PRECISION, _INVERSE_PRECISION = 64, 150
_SERIES_FROM, _SERIES_TO, _SERIES_PRECISION = 7.5, 20, 128
_RANGE = 1 << 15
_SMALL, _LIFT = 2.0**-960, 200


def _multiprecision() -> Any:
    try:
        import gmpy2
    except ImportError as reason:
        message = "the reference of float64 special functions is MPFR: pip install gmpy2, or choose --types f16 f32"
        raise SystemExit(message) from reason
    return gmpy2


def _long_doubles(gmpy2: Any, values: list[Any]) -> Array:
    """Return numbers of 64 bits as long doubles, in two parts of float64; small ones are lifted, as these parts would be denormal.

    A second part of minus zero leaves the sign of a zero alone.
    """
    lifted = [0 < abs(value) < _SMALL for value in values]
    scaled = [gmpy2.mul_2exp(value, _LIFT) if lift else value for value, lift in zip(values, lifted, strict=True)]
    highs = [float(value) for value in scaled]
    lows = [(float(value - high) if abs(high) < np.inf else 0.0) or -0.0 for value, high in zip(scaled, highs, strict=True)]
    return np.ldexp(np.array(highs, np.longdouble) + np.array(lows, np.longdouble), np.where(lifted, -_LIFT, 0))


def _inverse(gmpy2: Any, x: Any, near: float) -> Any:
    """Return the inverse of the error function: a step of Newton's method, in many bits, from a result in float64."""
    y = gmpy2.mpfr(near)
    if not gmpy2.is_finite(y) or y == 0:
        return y
    with gmpy2.context(precision=_INVERSE_PRECISION, emax=_RANGE, emin=-_RANGE):
        slope = 2 / gmpy2.sqrt(gmpy2.const_pi()) * gmpy2.exp(-y * y)
        return y - (gmpy2.erf(y) - x) / slope


def _complement(gmpy2: Any, x: Any) -> Any:
    """Return the complement of the error function, in the middle by its asymptotic series, where MPFR takes ten times as long."""
    if not _SERIES_FROM < x < _SERIES_TO:
        return gmpy2.erfc(x)
    with gmpy2.context(precision=_SERIES_PRECISION, emax=_RANGE, emin=-_RANGE):
        square, total = x * x, gmpy2.mpfr(1)
        terms = int(min(square, 900 / square + 12))
        for odd in range(2 * terms - 1, 0, -2):
            total = 1 - odd * total / (2 * square)
        return gmpy2.exp(-square) * total / (x * gmpy2.sqrt(gmpy2.const_pi()))


def multiprecision(name: str, numbers: Array, start: Array) -> Array:
    """Return a function of numbers, rounded to long doubles; `start` holds float64 results, where an inverse begins."""
    gmpy2 = _multiprecision()
    with gmpy2.context(precision=_PRECISION, emax=_RANGE, emin=-_RANGE):
        operands = [gmpy2.mpfr(number) for number in numbers.tolist()]
        if name == "erfinv":
            values = [+_inverse(gmpy2, x, near) for x, near in zip(operands, start.tolist(), strict=True)]
        elif name == "erfc":
            values = [+_complement(gmpy2, x) for x in operands]
        elif name == "lgamma":
            values = [gmpy2.lgamma(x)[0] for x in operands]
        else:
            values = [*map(getattr(gmpy2, name), operands)]
        return _long_doubles(gmpy2, values)


def confirm(name: str, numbers: Array, found: Array, exact: Array) -> None:
    """Raise an error where MPFR's results differ from mpmath's, which are NaN where there is nothing to say."""
    known = np.isfinite(exact) & np.isfinite(found)
    far = np.abs(found - exact) > 2.0**-62 * np.abs(exact) + 2.0**-1150
    if (wrong := numbers[known & far]).size:
        at = float(wrong[0])
        raise ArithmeticError(f"MPFR and mpmath {mp.__version__} differ on {name}({at!r}) and {wrong.size - 1} more")
