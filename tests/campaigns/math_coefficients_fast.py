"""Derive the polynomials of the quicker variants in `cobra.compiler.math`: minimax fits by Remez' exchange, in mpmath.

Run as a script with the names of fits, or without any for all. Printed are the coefficients, the highest power first, rounded to the
type they are used with, and the binary logarithm of the greatest weighted error before that rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from tests.campaigns.math_coefficients_logarithms import fit, one

Function = Callable[[Any], Any]
mp.mp.dps = 50


def scaled_complement(t: Any) -> Any:
    """Return (1 + 2 x) exp(x**2) erfc(x) of t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def error_slope(z: Any) -> Any:
    """Return erf(x) / x of z = x**2."""
    return 2 / mp.sqrt(mp.pi) if z < mp.mpf("1e-20") else mp.erf(mp.sqrt(z)) / mp.sqrt(z)


def relative_to(wanted: Function) -> Function:
    """Return the weight that makes errors relative."""
    return lambda x: 1 / wanted(x)


FITS: dict[str, tuple[Function, Any, Any, int, Function, type]] = {
    "erfc_f32": (scaled_complement, mp.mpf("-0.8"), mp.mpf("0.45"), 11, relative_to(scaled_complement), np.float32),
    "erfc_near_f32": (error_slope, 0, mp.mpf("0.25"), 5, one, np.float32),
}


def show(name: str) -> None:
    """Print one fit."""
    wanted, low, high, terms, weight, kind = FITS[name]
    coefficients, error = fit(wanted, low, high, terms, weight)
    print(f"{name}: 2**{float(mp.log(error, 2)):.1f}")
    for value in coefficients[::-1]:
        print("   ", np.format_float_scientific(kind(float(value)), unique=True))


if __name__ == "__main__":
    for chosen in sys.argv[1:] or FITS:
        show(chosen)
