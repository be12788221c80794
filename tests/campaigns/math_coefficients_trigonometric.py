"""Fit the polynomials of the trigonometric functions and their inverses, and print them as the math room holds them.

Run by hand: ``python -m tests.campaigns.math_coefficients_trigonometric``. In: mpmath. Out, a line per polynomial: its name, the
base-2 logarithm of its greatest relative error, and its coefficients, highest power first.

A fit is minimax (E. Y. Remez' exchange) in a weight near the one that makes the error relative to the function's value. The
coefficients are rounded to the float type, at once or one at a time, lowest power first, with the others fitted again, so that the
roundings of those that count most are made good by the rest; the better is taken.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np

Number = Any
Curve = Callable[[Number], Number]

mpmath.mp.dps = 60
_TINY = mpmath.mpf("1e-30")
_MARGIN = mpmath.mpf("1.0005")


@dataclass(frozen=True)
class Polynomial:
    """A curve of the square z of the argument, up to a bound, and the number of coefficients, of powers of z less `middle`."""

    name: str
    curve: Curve
    bound: Number
    count: int
    kind: type
    offset: str = "1e-3"
    middle: str = "0"


def odd_rest(function: Curve, at_zero: tuple[int, int]) -> Curve:
    """Return (f(r) - r) / r**3 as a curve of ``z = r**2``."""
    first = mpmath.mpf(at_zero[0]) / at_zero[1]

    def curve(z: Number) -> Number:
        r = mpmath.sqrt(z)
        return first if z < _TINY else (function(r) - r) / (r * z)

    return curve


def cosine_rest(z: Number) -> Number:
    """Return (cos(r) - 1 + z / 2) / z**2 for ``z = r**2``."""
    return mpmath.mpf(1) / 24 if z < mpmath.mpf("1e-20") else (mpmath.cos(mpmath.sqrt(z)) - 1 + z / 2) / z**2


def minimax(curve: Curve, weight: Curve, bound: Number, powers: Sequence[int], start: Number = 0) -> list[Number]:
    """Return the coefficients of these powers of which the weighted error from the start to the bound is least."""
    count, middle, half = len(powers), (start + bound) / 2, (bound - start) / 2
    points = [middle - half * mpmath.cos(mpmath.pi * i / count) for i in range(count + 1)]
    grid = [middle - half * mpmath.cos(mpmath.pi * i / (40 * count)) for i in range(40 * count + 1)]
    grid = [z for z in grid if weight(z) > 0]
    coefficients = [mpmath.mpf(0)] * count
    for _ in range(12):
        points = [max(z, grid[0]) for z in points]
        coefficients = _levelled(curve, weight, points, powers)
        errors = [weight(z) * (curve(z) - _value(coefficients, powers, z)) for z in grid]
        extremes = _extremes(errors)
        if len(extremes) < count + 1:
            break
        while len(extremes) > count + 1:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        points = [grid[i] for i in extremes]
    return coefficients


def _levelled(curve: Curve, weight: Curve, points: Sequence[Number], powers: Sequence[int]) -> list[Number]:
    """Return the coefficients whose weighted errors at the points are equal and alternate."""
    size = len(points)
    rows = [[z**power for power in powers] + [(-1) ** i / weight(z)] for i, z in enumerate(points)]
    solution = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix([curve(z) for z in points]))
    return [solution[i] for i in range(size - 1)]


def _value(coefficients: Sequence[Number], powers: Sequence[int], z: Number) -> Number:
    return sum((c * z**power for c, power in zip(coefficients, powers, strict=True)), mpmath.mpf(0))


def _extremes(errors: Sequence[Number]) -> list[int]:
    """Return where the error is greatest between changes of its sign."""
    runs: list[list[int]] = [[0]]
    for i in range(1, len(errors)):
        if (errors[i] > 0) == (errors[i - 1] > 0):
            runs[-1].append(i)
        else:
            runs.append([i])
    return [max(run, key=lambda i: abs(errors[i])) for run in runs]


def rounded_fit(wanted: Polynomial) -> tuple[list[float], Number]:
    """Return the rounded coefficients, lowest power first, and the greatest weighted error they leave."""
    offset, middle = mpmath.mpf(wanted.offset), mpmath.mpf(wanted.middle)
    moved = replace(wanted, curve=lambda u: wanted.curve(u + middle), bound=wanted.bound - middle)

    def weight(u: Number) -> Number:
        return u + middle + offset

    def error(chosen: Sequence[float]) -> Number:
        grid = [wanted.bound * i / 500 - middle for i in range(501)]
        return max(abs(weight(u) * (moved.curve(u) - _value(chosen, range(wanted.count), u))) for u in grid)

    at_once = minimax(moved.curve, weight, moved.bound, range(wanted.count), -middle)
    candidates = [[_rounded(c, wanted.kind) for c in at_once], _one_by_one(moved, weight)]
    return min(((chosen, error(chosen)) for chosen in candidates), key=lambda pair: pair[1])


def _rounded(number: Number, kind: type) -> float:
    return float(kind(float(number)))


def _one_by_one(wanted: Polynomial, weight: Curve) -> list[float]:
    """Round the lowest coefficient, fit the others again, and so on."""
    chosen: list[float] = []
    for first in range(wanted.count):

        def remaining(z: Number) -> Number:
            return wanted.curve(z) - _value(chosen, range(len(chosen)), z)

        free = minimax(remaining, weight, wanted.bound, range(first, wanted.count), -mpmath.mpf(wanted.middle))
        chosen.append(_rounded(free[0], wanted.kind))
    return chosen


_QUARTER = (mpmath.pi / 4 * _MARGIN) ** 2
_SINE = odd_rest(mpmath.sin, (-1, 6))
_TANGENT = odd_rest(mpmath.tan, (1, 3))
_ARCTANGENT = odd_rest(mpmath.atan, (-1, 3))
_ARCSINE = odd_rest(mpmath.asin, (1, 6))

POLYNOMIALS = (
    Polynomial("trigonometric._sine_rest_32", _SINE, _QUARTER, 3, np.float32, "1e-2"),
    Polynomial("trigonometric._sine_rest_64", _SINE, _QUARTER, 6, np.float64, "1e-2"),
    Polynomial("trigonometric._cosine_rest_32", cosine_rest, _QUARTER, 3, np.float32, "1e-2"),
    Polynomial("trigonometric._cosine_rest_64", cosine_rest, _QUARTER, 6, np.float64, "1e-2"),
    Polynomial("trigonometric._tangent_rest_32", _TANGENT, _QUARTER, 7, np.float32),
    Polynomial("trigonometric._tangent_rest_64", _TANGENT, _QUARTER, 14, np.float64),
    Polynomial("inverse_trigonometric._tangent_rest_32", _ARCTANGENT, mpmath.mpf(1), 9, np.float32, middle="0.5"),
    Polynomial("inverse_trigonometric._tangent_rest_64", _ARCTANGENT, mpmath.mpf(1), 20, np.float64, middle="0.5"),
    Polynomial("inverse_trigonometric._sine_rest_32", _ARCSINE, mpmath.mpf("0.2501"), 5, np.float32),
    Polynomial("inverse_trigonometric._sine_rest_64", _ARCSINE, mpmath.mpf("0.2501"), 12, np.float64),
)


def main(names: Sequence[str]) -> None:
    """Print the polynomials whose names end with one of the words, or all."""
    for wanted in (each for each in POLYNOMIALS if not names or each.name.endswith(tuple(names))):
        coefficients, error = rounded_fit(wanted)
        texts = [np.format_float_scientific(wanted.kind(c)) if wanted.kind is np.float32 else repr(c) for c in coefficients[::-1]]
        print(f"{wanted.name} 2**{float(mpmath.log(error, 2)):.1f}: {', '.join(texts)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
