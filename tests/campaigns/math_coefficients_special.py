"""Derive the coefficients of the special functions: ``python tests/campaigns/math_coefficients_special.py [name ...]``.

Each fit is a polynomial of least greatest weighted error (the Remez exchange, in many digits by mpmath). Those for
float32 are rounded from the lowest power upwards, the higher ones being fitted again each time to what was rounded. Out goes, per fit,
the base-2 logarithm of the greatest weighted error and the coefficients from the highest power down, as Horner's scheme takes them.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

Real = Any
"""A number of mpmath."""

_GRID = 24
"""Points per coefficient among which the extrema are sought."""


@dataclass(frozen=True)
class Fit:
    """A function on an interval, the weight of its errors, and how many coefficients of which type to give."""

    name: str
    function: Callable[[Real], Real]
    low: Any
    high: Any
    count: int
    weight: Callable[[Real], Real] = lambda x: mp.mpf(1)
    kind: type[Any] = np.float64


def minimax(fit: Fit, known: Sequence[Real] = ()) -> tuple[list[Real], Real]:
    """Return the coefficients from the lowest power up, the first ones being `known`, and the greatest weighted error."""
    low, high = mp.mpf(fit.low), mp.mpf(fit.high)
    size = fit.count - len(known) + 1
    points = _extrema_of_chebyshev(low, high, size)
    grid = _extrema_of_chebyshev(low, high, _GRID * size)
    values = {x: _weighted(fit, known, x) for x in {*points, *grid}}
    best: tuple[list[Real], Real] = ([], mp.inf)
    for _ in range(12):
        rest = _level(points, values, len(known))
        errors = [(values[x][0] - x ** len(known) * mp.polyval(rest[::-1], x)) * values[x][1] for x in grid]
        worst = max(abs(error) for error in errors)
        if worst < best[1]:
            best = [*known, *rest], worst
        peaks = _peaks(errors, size)
        if len(peaks) < size or [grid[i] for i in peaks] == points:
            break
        points = [grid[i] for i in peaks]
    return best


def _extrema_of_chebyshev(low: Real, high: Real, count: int) -> list[Real]:
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    return [x if x else high / 1000 for x in points]


def _weighted(fit: Fit, known: Sequence[Real], x: Real) -> tuple[Real, Real]:
    return fit.function(x) - mp.polyval([*known[::-1]] or [0], x), fit.weight(x)


def _level(points: Sequence[Real], values: dict[Real, tuple[Real, Real]], lowest: int) -> list[Real]:
    """Return the coefficients whose errors at the points are of one size and of alternating signs."""
    size = len(points)
    matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
    for i, x in enumerate(points):
        value, weight = values[x]
        for j in range(size - 1):
            matrix[i, j] = x ** (j + lowest) * weight
        matrix[i, size - 1] = (-1) ** i
        right[i] = value * weight
    solution = mp.lu_solve(matrix, right)
    return [solution[j] for j in range(size - 1)]


def _peaks(errors: Sequence[Real], count: int) -> list[int]:
    """Return where the error is greatest between its changes of sign, `count` places at most."""
    runs: list[list[int]] = [[0]]
    for i in range(1, len(errors)):
        if (errors[i] > 0) == (errors[i - 1] > 0):
            runs[-1].append(i)
        else:
            runs.append([i])
    peaks = [max(run, key=lambda i: abs(errors[i])) for run in runs]
    while len(peaks) > count:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks


def rounded(fit: Fit) -> tuple[list[float], Real]:
    """Return the coefficients rounded to the type of the fit, lowest power first, and the greatest error of what was found.

    The lowest three may go either way where the type is coarse: the best of the eight choices is taken.
    """
    choices = itertools.product((0, 1), repeat=3) if fit.kind is np.float32 else [(0, 0, 0)]
    return min((_rounded(fit, choice) for choice in choices), key=lambda found: found[1])


def _rounded(fit: Fit, away: tuple[int, ...]) -> tuple[list[float], Real]:
    """Round to the nearest, or to the other neighbour where `away` says 1."""
    known: list[Real] = []
    free = minimax(fit)[0]
    for index in range(fit.count):
        exact = minimax(fit, known)[0][index] if fit.kind is np.float32 else free[index]
        near = fit.kind(float(exact))
        if index < len(away) and away[index]:
            near = np.nextafter(near, fit.kind(np.inf if exact > float(near) else -np.inf))
        known.append(mp.mpf(float(near)))
    grid = _extrema_of_chebyshev(mp.mpf(fit.low), mp.mpf(fit.high), _GRID * fit.count)
    error = max(abs((fit.function(x) - mp.polyval(known[::-1], x)) * fit.weight(x)) for x in grid)
    return [float(c) for c in known], error


# -- the error function: erf(x)/x - 1 near zero, a root of erfc(x), which is taken to its power again, beyond


def _erf_slope(middle: str) -> Callable[[Real], Real]:
    def slope(u: Real) -> Real:
        x = mp.sqrt(u + mp.mpf(middle))
        return mp.erf(x) / x - 1 if x else 2 / mp.sqrt(mp.pi) - 1

    return slope


def _erfc_root(middle: str, degree: int) -> Callable[[Real], Real]:
    return lambda u: mp.root(mp.erfc(u + mp.mpf(middle)), degree)


def _weight_of_root(middle: str, degree: int, least: float) -> Callable[[Real], Real]:
    """Return by how much an error of the root counts in its power, or so much that higher roots stay small."""
    root = _erfc_root(middle, degree)
    return lambda u: degree * root(u) ** (degree - 1) + least


def _scaled_erfc(t: Real) -> Real:
    """Return (1 + 2x) exp(x**2) erfc(x), x being 4 (1 + t) / (1 - t)."""
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def _inverse_slope(u: Real) -> Real:
    x = mp.sqrt(u + mp.mpf("0.125")) if u > -0.125 else 0
    return mp.erfinv(x) / x - 1 if x else mp.sqrt(mp.pi) / 2 - 1


def _inverse_over_root(u: Real) -> Real:
    """Return y / t where erfc(y) = exp(-t**2), t being 3 + u."""
    t = u + 3
    return mp.findroot(lambda y: mp.log(mp.erfc(y)) + t * t, t * mp.mpf("0.85") - mp.mpf("0.1")) / t


# -- the complement and the inverse for float32, computed in float64


def _erfcx(t: Real) -> Real:
    """Return exp(x**2) erfc(x), x being 3 (1 + t) / (1 - t)."""
    x = 3 * (1 + t) / (1 - t)
    return mp.exp(x * x) * mp.erfc(x)


def _inverse_over(w: Real) -> Real:
    """Return erfinv(x) / x of w = -log(1 - x**2)."""
    x = mp.sqrt(-mp.expm1(-w))
    return mp.erfinv(x) / x if w > mp.mpf("1e-20") else mp.sqrt(mp.pi) / 2


def _log_rest(f: Real) -> Real:
    """Return (log(1 + f) - f) / f**2."""
    return (mp.log1p(f) - f) / f**2 if abs(f) > mp.mpf("1e-15") else f / 3 - mp.mpf(1) / 2


def _relative(function: Callable[[Real], Real]) -> Callable[[Real], Real]:
    return lambda x: 1 / function(x)


_FAR_INVERSE = lambda u: _inverse_over((u + 3) ** 2)  # noqa: E731
_NEAR_INVERSE = lambda u: _inverse_over(u + 3)  # noqa: E731


# -- parts of the gamma function: series whose first terms are taken out


def _log_tail(z: Real) -> Real:
    """Return (log((1 + s) / (1 - s)) / s - 2 - 2/3 z) / z**2 for z = s**2."""
    s = mp.sqrt(z)
    return mp.nsum(lambda n: 2 * z ** int(n) / (2 * n + 5), [0, 40]) if z < mp.mpf("1e-6") else (2 * mp.atanh(s) / s - 2 - 2 * z / 3) / z**2


def _exp_tail(r: Real) -> Real:
    return (mp.expm1(r) - r) / r**2 if r else mp.mpf(1) / 2


def _stirling(z: Real) -> Real:
    """Return what is left of log gamma(x) after Stirling's formula, times x, for z = 1/x**2."""
    x = 1 / mp.sqrt(z) if z else mp.inf
    return (mp.loggamma(x) - ((x - 0.5) * mp.log(x) - x + mp.log(2 * mp.pi) / 2)) * x if z else mp.mpf(1) / 12


def _digamma_tail(z: Real) -> Real:
    x = 1 / mp.sqrt(z) if z else mp.inf
    return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) * x * x if z else mp.mpf(1) / 12


def _sinpi_tail(z: Real) -> Real:
    v = mp.sqrt(z)
    return (mp.sin(mp.pi * v) / v - mp.pi) / z if z else -(mp.pi**3) / 6


def _cospi_tail(z: Real) -> Real:
    return (mp.cos(mp.pi * mp.sqrt(z)) - 1) / z if z else -(mp.pi**2) / 2


def _log_gamma_over(root: int, middle: str) -> Callable[[Real], Real]:
    """Return log gamma(x) / (x - root), x being middle + u."""

    def slope(u: Real) -> Real:
        x = mp.mpf(middle) + u
        return mp.loggamma(x) / (x - root) if x != root else mp.digamma(root)

    return slope


def _digamma_over_root(u: Real) -> Real:
    root = mp.findroot(mp.digamma, 1.46)
    return mp.digamma(root + u) / u if abs(u) > mp.mpf("1e-20") else mp.psi(1, root)


FITS = [
    Fit("erf f64 near zero, in x**2 - 0.9375", _erf_slope("0.9375"), "-0.9375", "0.86", 17),
    Fit("erf f64 far, in |x| - 2", _erfc_root("2", 8), "-0.688", "3.93", 18, _weight_of_root("2", 8, 1e-8)),
    Fit("erfc f64, in (x - 4) / (x + 4)", _scaled_erfc, "-0.8", "0.746", 23),
    Fit("erfinv near zero, in x**2 - 0.125", _inverse_slope, "-0.125", "0.1251", 15),
    Fit("erfinv far, in sqrt(-log(1 - |x|)) - 3", _inverse_over_root, "-2.17", "3.07", 18),
    Fit("erfc f32, in (|x| - 3) / (|x| + 3)", _erfcx, -1, "0.56", 14, _relative(_erfcx)),
    Fit("erfinv f32 near zero, in w - 3 for w = -log(1 - x**2)", _NEAR_INVERSE, -3, 3, 14, _relative(_NEAR_INVERSE)),
    Fit("erfinv f32 far, in sqrt(w) - 3", _FAR_INVERSE, "-0.551", "1.08", 12, _relative(_FAR_INVERSE)),
    Fit("log for erfinv f32, in f", _log_rest, "-0.3125", "0.375", 11, lambda f: f * f + mp.mpf("1e-3")),
    Fit("exp for erfc f32, in r", _exp_tail, "-0.3467", "0.3468", 6),
    Fit("log, in s**2", _log_tail, 0, "0.0296", 7),
    Fit("exp, in r", _exp_tail, "-0.348", "0.348", 11),
    Fit("log gamma, in 1/x**2", _stirling, 0, "0.01", 8),
    Fit("digamma, in 1/x**2", _digamma_tail, 0, "0.01", 8),
    Fit("sin of pi x, in x**2", _sinpi_tail, 0, "0.0626", 7),
    Fit("cos of pi x, in x**2", _cospi_tail, 0, "0.0626", 7),
    Fit("log gamma near 1, in x - 1", _log_gamma_over(1, "1"), "-0.2", "0.25", 17),
    Fit("log gamma near 2, in x - 2", _log_gamma_over(2, "2"), "-0.25", "0.3", 15),
    Fit("digamma near its root", _digamma_over_root, "-0.0625", "0.0625", 11),
]


def main(names: Sequence[str]) -> None:
    """Print the fits whose names start with one of the words, or all."""
    mp.mp.dps = 50
    for fit in FITS:
        if not names or any(fit.name.startswith(name) for name in names):
            coefficients, error = rounded(fit)
            print(f"{fit.name}: 2**{float(mp.log(error, 2)):.1f}")
            print("   ", ", ".join(repr(c) if fit.kind is np.float64 else str(np.float32(c)) for c in coefficients[::-1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
