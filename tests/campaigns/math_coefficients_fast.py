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

from tests.campaigns.math_coefficients_logarithms import exp2_rest, fit, one, power_series

Function = Callable[[Any], Any]
mp.mp.dps = 50


def scaled_complement(t: Any) -> Any:
    """Return (1 + 2 x) exp(x**2) erfc(x) of t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def error_slope(z: Any) -> Any:
    """Return erf(x) / x of z = x**2."""
    return 2 / mp.sqrt(mp.pi) if z < mp.mpf("1e-20") else mp.erf(mp.sqrt(z)) / mp.sqrt(z)


def inverse_slope(w: Any) -> Any:
    """Return erfinv(x) / x of w = -log(1 - x**2)."""
    if w < mp.mpf("1e-20"):
        return mp.sqrt(mp.pi) / 2
    x = mp.sqrt(-mp.expm1(-w))
    return mp.erfinv(x) / x


def near_inverse_slope(u: Any) -> Any:
    """Return the same of u = w - 5/2."""
    return inverse_slope(u + mp.mpf(5) / 2)


def far_inverse_slope(u: Any) -> Any:
    """Return the same of u = sqrt(w) - 3."""
    return inverse_slope((u + 3) ** 2)


def power_log2(z: Any) -> Any:
    """Return what the third term of log2 begins, and what the second, a float64, lacks, over z**2."""
    return power_series(2)(z) + (2 / (3 * mp.log(2)) - mp.mpf(0.9617966939259756)) / z


def relative_to(wanted: Function) -> Function:
    """Return the weight that makes errors relative."""
    return lambda x: 1 / wanted(x)


FITS: dict[str, tuple[Function, Any, Any, int, Function, type]] = {
    "erfc_f32": (scaled_complement, mp.mpf("-0.8"), mp.mpf("0.45"), 11, relative_to(scaled_complement), np.float32),
    "erfc_f64": (scaled_complement, mp.mpf("-0.78"), mp.mpf("0.76"), 22, relative_to(scaled_complement), np.float64),
    "erfc_near_f32": (error_slope, 0, mp.mpf("0.25"), 5, one, np.float32),
    "erfc_near_f64": (error_slope, 0, mp.mpf("0.25"), 10, one, np.float64),
    "erfinv_near_f32": (near_inverse_slope, -2.5, 2.5, 10, relative_to(near_inverse_slope), np.float32),
    "power_log2_f64": (power_log2, mp.mpf("1e-5"), mp.mpf("0.02947"), 7, lambda z: z * z + z * mp.mpf("1e-6"), np.float64),
    "power_exp2_f32": (exp2_rest, -0.502, 0.502, 5, lambda r: abs(r) + mp.mpf("1e-3"), np.float32),
    "erfinv_far_f32": (far_inverse_slope, -0.77, 1.1, 10, relative_to(far_inverse_slope), np.float32),
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
