"""Find the tables of `cobra.compiler.math` for functions computed by intervals, and what float64 tanh needs, and print them.

Run it as a script; it takes a minute. float32: the first bits of ``slope * x + start`` number 16 intervals. In each of them, the point
near the middle where the function is nearest to a float, and the polynomial in the distance from it whose relative error in the result
is least, its coefficients rounded one after another, the later ones fitted again. float64: powers of two to 52 bits, what they lack, and
the minimax polynomial of the rest of a hyperbolic tangent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from math_coefficients_exponential import Fit, minimax
from scipy import special

Array = np.ndarray[Any, Any]
_SHIFT, _INTERVALS, _DEGREE = 21, 16, 5
_POINTS, _ROUNDS, _NEIGHBOURS = 4000, 40, 4000
_PER_OCTAVE, _BITS = 8, 51


@dataclass(frozen=True)
class Curve:
    """A function to tabulate up to where it is one, its intervals, and its slope at zero: what is added to x there, and what is left."""

    name: str
    function: Callable[[Array], Array]
    slope: float
    start: float
    end: float
    added: float
    left: float


CURVES = (
    Curve("tanh", lambda x: np.tanh(x.astype(np.longdouble)).astype(float), 0.8, 0.55, 9.011, 0.0, 1.0),
    Curve("erf", special.erf, 1.9, 0.5, 3.94, 1.0, 2 / np.sqrt(np.pi) - 1),
)


def point(curve: Curve, low: float, high: float) -> tuple[float, float]:
    """Return a float near the middle of an interval where the function is very nearly a float, and that one."""
    middle = np.float32((low + high) / 2)
    near = float(middle) + np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1) * float(np.spacing(middle))
    exact = curve.function(near)
    rounded = exact.astype(np.float32)
    best = int(np.argmin(abs(exact - rounded) / np.spacing(rounded)))
    return float(near[best]), float(rounded[best])


def _fitted(r: Array, powers: range, wanted: Array, weight: Array) -> Array:
    """Return the coefficients of least weighted error (Lawson's iteration)."""
    shares = np.ones(len(r))
    for _ in range(_ROUNDS):
        scale = weight * np.sqrt(shares)
        matrix = np.stack([r**power for power in powers], 1)
        found = np.linalg.lstsq(matrix * scale[:, None], wanted * scale, rcond=None)[0]
        shares *= abs(matrix @ found - wanted) * weight
        shares = shares / shares.sum() + 1e-12
    return np.asarray(found)


def interval(curve: Curve, low: float, high: float) -> list[float]:
    """Return the point of an interval, the function there and the coefficients."""
    start, value = (0.0, 0.0) if low <= 0 else point(curve, low, high)
    x = (low + high) / 2 - (high - low) / 2 * np.cos((np.arange(_POINTS) + 0.5) / _POINTS * np.pi)
    x = x[x > high * 1e-3]
    exact = curve.function(x)
    r, wanted = x - start, exact - value
    found = []
    if low <= 0:
        wanted, found = wanted - curve.added * x, [float(np.float32(curve.left))]
    for power in range(len(found) + 1, _DEGREE + 1):
        left = wanted - sum(c * r ** (k + 1) for k, c in enumerate(found))
        found.append(float(np.float32(_fitted(r, range(power, _DEGREE + 1), left, 1 / exact)[0])))
    return [start, value, *found]


def tables_32(curve: Curve) -> list[list[float]]:
    """Return the tables: points, values, coefficients from the first power up."""
    first = int(np.float32(curve.start).view(np.int32)) >> _SHIFT
    rows: list[list[float]] = [[]] * _INTERVALS
    for number in range(first, first + _INTERVALS):
        ends = np.array([number << _SHIFT, (number + 1) << _SHIFT], np.int32).view(np.float32).astype(float)
        low, high = (ends - curve.start) / curve.slope
        rows[number % _INTERVALS] = interval(curve, max(low, 0.0), min(high, curve.end))
    return [list(column) for column in zip(*rows, strict=True)]


def tables_64() -> tuple[list[float], list[float]]:
    """Return the powers of two, less their number in the bits after the exponent, and what the rest of the size lacks."""
    step = mp.log(2) / (2 * _PER_OCTAVE)
    lost = step - mp.mpf(float(step))
    powers, offsets = [1.0], [0.0]
    for j in range(1, _PER_OCTAVE):
        rounded = mp.nint(mp.mpf(2) ** (mp.mpf(j) / _PER_OCTAVE + _BITS)) / mp.mpf(2) ** _BITS
        powers.append(1.0 if j == 1 else float(rounded))
        offsets.append(float(step) if j == 1 else float(j * step - mp.log(rounded) / 2 - j * lost))
    words = [struct.unpack("<q", struct.pack("<d", power))[0] - (j << 49) for j, power in enumerate(powers)]
    return [struct.unpack("<d", struct.pack("<q", word))[0] for word in words], offsets


def _rest(z: Any) -> Any:
    r = mp.sqrt(z)
    return -mp.mpf(1) / 3 if z < mp.mpf("1e-25") else (mp.tanh(r) - r) / (r * z)


def main() -> None:
    """Print every table."""
    mp.mp.dps = 60
    for curve in CURVES:
        for column in tables_32(curve):
            print(f"{curve.name}, float32:", ", ".join(np.format_float_positional(np.float32(value), trim="-") for value in column))
    for table in tables_64():
        print("float64:", ", ".join(map(repr, table)))
    found, error = minimax(Fit("(tanh(r) - r) / r**3", _rest, "0", "0.004224", (4, 4), lambda z: z + mp.mpf("1e-6")), 4)
    print(f"rest, error 2**{float(mp.log(error, 2)):.1f}:", [float(value) for value in found[::-1]])


if __name__ == "__main__":
    main()
