"""Derive the polynomials of `cobra.compiler.math` for logarithms, powers and roots: minimax fits by Remez' exchange, in mpmath.

Run as a script with the names of fits, or without any for all. Printed are the coefficients, the highest power first, rounded to the
type they are used with, and the binary logarithm of the greatest weighted error before that rounding. Of log2 in float32 the last
coefficient used is 3 units of its last place greater, which measured best: 1.03 units of the last bit of the result for 1.15.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

Function = Callable[[Any], Any]
_ROUNDS = 16


def one(_: Any) -> Any:
    """Weigh all errors alike."""
    return mp.mpf(1)


def fit(wanted: Function, low: float, high: float, terms: int, weight: Function = one) -> tuple[list[Any], Any]:
    """Return the coefficients, the lowest power first, of the polynomial of least greatest weighted error, and that error."""
    count = terms + 1
    start, end = mp.mpf(low), mp.mpf(high)
    points = _chebyshev(start, end, count - 1)
    grid = _chebyshev(start, end, 60 * terms)
    values = [(wanted(x), weight(x)) for x in grid]
    coefficients: list[Any] = []
    for _ in range(_ROUNDS):
        coefficients = _levelled(wanted, weight, points)
        errors = [(y - mp.polyval(coefficients[::-1], x)) * w for x, (y, w) in zip(grid, values, strict=True)]
        peaks = _peaks(errors, count)
        moved = [grid[i] for i in peaks]
        if len(peaks) < count or moved == points:
            break
        points = moved
    return coefficients, max(abs(error) for error in errors)


def _chebyshev(start: Any, end: Any, steps: int) -> list[Any]:
    return [(start + end) / 2 - (end - start) / 2 * mp.cos(mp.pi * i / steps) for i in range(steps + 1)]


def _levelled(wanted: Function, weight: Function, points: list[Any]) -> list[Any]:
    """Return the polynomial whose weighted error alternates with equal size on the points."""
    count = len(points)
    system, right = mp.matrix(count, count), mp.matrix(count, 1)
    for i, x in enumerate(points):
        for j in range(count - 1):
            system[i, j] = x**j
        system[i, count - 1] = (-1) ** i / weight(x)
        right[i] = wanted(x)
    solution = mp.lu_solve(system, right)
    return [solution[j] for j in range(count - 1)]


def _peaks(errors: list[Any], count: int) -> list[int]:
    """Return where the error is greatest between changes of its sign, the least ends dropped."""
    runs: list[list[int]] = [[0]]
    for i in range(1, len(errors)):
        if (errors[i] > 0) == (errors[i - 1] > 0):
            runs[-1].append(i)
        else:
            runs.append([i])
    peaks = [max(run, key=lambda i: abs(errors[i])) for run in runs]
    while len(peaks) > count:
        del peaks[0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1]
    return peaks


# -- the functions to fit

mp.mp.dps = 70
_LOW, _HIGH = mp.mpf(11) / 16 - 1, mp.mpf(11) / 8 - 1
_FARTHEST = (_LOW / (2 + _LOW)) ** 2
_S = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mp.mpf("1.0005")


def atanh_series(z: Any) -> Any:
    """Return (log((1 + s) / (1 - s)) - 2 s) / s**3 of z = s**2."""
    if z < mp.mpf("1e-25"):
        return mp.mpf(2) / 3 + 2 * z / 5
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z


def logarithm_rest(scale: Any, first: float) -> Function:
    """Return the function (scale log(1 + f) - first f) / f."""

    def wanted(f: Any) -> Any:
        series = 1 - f / 2 if abs(f) < mp.mpf("1e-30") else mp.log1p(f) / f
        return scale * series - first

    return wanted


def cubic(f: Any) -> Any:
    """Return (log(1 + f) - f + f**2 / 2) / f**3."""
    return mp.mpf(1) / 3 - f / 4 if abs(f) < mp.mpf("1e-15") else (mp.log1p(f) - f + f * f / 2) / f**3


def exp2_rest(r: Any) -> Any:
    """Return (2**r - 1) / r."""
    return mp.log(2) if abs(r) < mp.mpf("1e-30") else mp.expm1(r * mp.log(2)) / r


def abs_or_little(x: Any) -> Any:
    """Weigh by size, zero a little too."""
    return abs(x) + mp.mpf("1e-3")


FITS: dict[str, tuple[Function, Any, Any, int, Function, type]] = {
    "log_f32": (cubic, _LOW, _HIGH, 8, lambda f: f * f + mp.mpf("1e-3"), np.float32),
    "log2_f32": (logarithm_rest(1 / mp.log(2), 1.5), _LOW, _HIGH, 10, one, np.float32),
    "log10_f32": (logarithm_rest(1 / mp.log(10), 0.375), _LOW, _HIGH, 10, one, np.float32),
    "log_f64": (atanh_series, 0, _FARTHEST, 7, lambda z: z + mp.mpf("1e-4"), np.float64),
    "log2_f64": (lambda z: atanh_series(z) / mp.log(2), 0, _FARTHEST, 7, lambda z: z + mp.mpf("1e-4"), np.float64),
    "log10_f64": (lambda z: atanh_series(z) / mp.log(10), 0, _FARTHEST, 7, lambda z: z + mp.mpf("1e-4"), np.float64),
}

_TURN = 2 / mp.log(2)


def power_series(first: int) -> Function:
    """Return the function of z = s**2 that is the sum of 2 / ln 2 * z**i / (2 i + 2 first + 1), i from 0 on."""

    def wanted(z: Any) -> Any:
        if z < mp.mpf("1e-6"):
            return _TURN * mp.fsum(z**i / (2 * i + 2 * first + 1) for i in range(13))
        s = mp.sqrt(z)
        known = mp.fsum(z**i / (2 * i + 1) for i in range(first))
        return _TURN * (mp.atanh(s) / s - known) / z**first

    return wanted


FITS |= {
    "power_log2_f32": (power_series(2), 0, _S**2, 3, lambda z: z**2 + mp.mpf("1e-5"), np.float32),
    "power_log2_f64": (power_series(2), 0, _S**2, 7, lambda z: z**2 + mp.mpf("1e-5"), np.float64),
    "exp2_f32": (exp2_rest, -0.502, 0.502, 6, abs_or_little, np.float32),
    "exp2_f64": (exp2_rest, -0.502, 0.502, 11, abs_or_little, np.float64),
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
