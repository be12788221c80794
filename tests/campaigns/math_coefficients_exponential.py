"""Fit the polynomials of `cobra.compiler.math`'s exponential, hyperbolic and logistic families and print their coefficients.

Run it as a script; it takes a minute. Each polynomial is the minimax one for a weighted error (Remez exchange in 60 digits), its
coefficients printed from the highest power down, rounded to the float type; the weight is what the error counts in the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

Function = Callable[[Any], Any]
_HALF_LN2 = "0.34674"
_GRID = 40


@dataclass(frozen=True)
class Fit:
    """A polynomial to find: what it shall equal, where, the coefficients for float32 and float64, and the weight of its error."""

    name: str
    function: Function
    low: str
    high: str
    counts: tuple[int, int]
    weight: Function


def _bent(exponential: Function, slope: Any) -> Function:
    """Return (exponential(r) - 1) / r."""
    return lambda r: slope() if r == 0 else exponential(r) / r


def _exp_rest(r: Any) -> Any:
    return mp.mpf(1) / 2 + r / 6 if abs(r) < mp.mpf("1e-20") else (mp.expm1(r) - r) / r**2


def _cosh_rest(z: Any) -> Any:
    return mp.mpf(1) / 2 if z == 0 else 2 * mp.sinh(mp.sqrt(z) / 2) ** 2 / z


def _odd_rest(function: Function, third: Any) -> Function:
    """Return (function(r) - r) / r**3 as a function of r**2."""

    def rest(z: Any) -> Any:
        if z < mp.mpf("1e-25"):
            return third()
        r = mp.sqrt(z)
        return (function(r) - r) / (r * z)

    return rest


def _third() -> Any:
    return mp.mpf(1) / 3


def _sixth() -> Any:
    return mp.mpf(1) / 6


_POWER_OF_2 = _bent(lambda f: mp.expm1(f * mp.log(2)), lambda: mp.log(2))
_POWER_OF_10 = _bent(lambda r: mp.expm1(r * mp.log(10)), lambda: mp.log(10))


def _near(least: str) -> Function:
    """Return the weight of an error that counts by its argument, and evenly below `least`."""
    return lambda z: z + mp.mpf(least)


FITS = (
    Fit("(exp(r) - 1 - r) / r**2", _exp_rest, "-" + _HALF_LN2, _HALF_LN2, (5, 10), lambda r: r * r + mp.mpf("0.001")),
    Fit("(2**f - 1) / f", _POWER_OF_2, "-0.5", "0.5", (6, 11), lambda f: abs(f) + mp.mpf("0.01")),
    Fit("(10**r - 1) / r", _POWER_OF_10, "-0.1506", "0.1506", (6, 11), lambda r: abs(r) + mp.mpf("0.003")),
    Fit("(cosh(r) - 1) / r**2", _cosh_rest, "0", "0.12023", (3, 5), _near("0.001")),
    Fit("(sinh(r) - r) / r**3", _odd_rest(mp.sinh, _sixth), "0", "0.12023", (2, 5), _near("0.001")),
    Fit("(atanh(s) - s) / s**3, s < 0.27", _odd_rest(mp.atanh, _third), "0", "0.0729", (4, 9), _near("0.001")),
    Fit("(atanh(s) - s) / s**3, s < 1/3", _odd_rest(mp.atanh, _third), "0", "0.1112", (4, 10), _near("0.001")),
)


def _solve(fit: Fit, count: int, points: list[Any]) -> list[Any]:
    """Return the coefficients whose error alternates over the points."""
    size = count + 1
    matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
    for row, x in enumerate(points):
        for power in range(count):
            matrix[row, power] = x**power
        matrix[row, count] = (-1) ** row / fit.weight(x)
        right[row] = fit.function(x)
    solution = mp.lu_solve(matrix, right)
    return [solution[power] for power in range(count)]


def _extrema(errors: list[Any]) -> list[int]:
    """Return where each run of errors of one sign is greatest."""
    runs: list[list[int]] = [[0]]
    for place in range(1, len(errors)):
        if (errors[place] > 0) == (errors[place - 1] > 0):
            runs[-1].append(place)
        else:
            runs.append([place])
    return [max(run, key=lambda place: abs(errors[place])) for run in runs]


def _between(fit: Fit, count: int) -> list[Any]:
    low, high = mp.mpf(fit.low), mp.mpf(fit.high)
    return [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * k / (count - 1)) for k in range(count)]


def minimax(fit: Fit, count: int) -> tuple[list[Any], Any]:
    """Return the coefficients from the lowest power up, and the greatest weighted error."""
    points, grid = _between(fit, count + 1), _between(fit, _GRID * count)
    for _ in range(10):
        found = _solve(fit, count, points)
        errors = [(fit.function(x) - mp.polyval(found[::-1], x)) * fit.weight(x) for x in grid]
        chosen = _extrema(errors)
        while len(chosen) > count + 1:
            chosen.pop(0 if abs(errors[chosen[0]]) < abs(errors[chosen[-1]]) else -1)
        if len(chosen) <= count or points == [grid[place] for place in chosen]:
            break
        points = [grid[place] for place in chosen]
    return found, max(abs(error) for error in errors)


def main() -> None:
    """Print every polynomial."""
    mp.mp.dps = 60
    for fit in FITS:
        for count, kind in zip(fit.counts, (np.float32, np.float64), strict=True):
            found, error = minimax(fit, count)
            print(f"{fit.name}, {kind.__name__}: error 2**{float(mp.log(error, 2)):.1f}")
            for value in found[::-1]:
                print("   ", repr(float(kind(float(value)))) if kind is np.float64 else np.format_float_scientific(kind(float(value))))


if __name__ == "__main__":
    main()
