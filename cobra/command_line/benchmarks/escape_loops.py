"""Elements that loop until they are done: Mandelbrot, Newton's method, bisection, Collatz sequences, divisors, digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMBA, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with, with_numba
from cobra.command_line.benchmarks.timing import Contestant

SIDE = 256
SIZE = 50_000

Columns = Sequence[np.ndarray[Any, Any]]


def _mandelbrot(kind: type[Any]) -> Callable[..., Any]:
    zero, bound = kind(0), kind(4)

    def mandelbrot(real, imaginary):  # type: ignore[no-untyped-def]
        x = y = zero
        k = 0
        while x * x + y * y <= bound and k < 200:
            x, y = x * x - y * y + real, x * y + x * y + imaginary
            k += 1
        return k

    return mandelbrot


def _mandelbrot_left_early(kind: type[Any]) -> Callable[..., Any]:
    zero, two, bound = kind(0), kind(2), kind(4)

    def mandelbrot_left_early(real, imaginary):  # type: ignore[no-untyped-def]
        if real > two:
            return 0
        x = y = zero
        for k in range(200):
            if x * x + y * y > bound:
                return k
            x, y = x * x - y * y + real, two * x * y + imaginary
        return 200

    return mandelbrot_left_early


def _mandelbrot_complex(kind: type[Any]) -> Callable[..., Any]:
    zero, bound = kind(0), kind(0).real.dtype.type(2)

    def mandelbrot_complex(c):  # type: ignore[no-untyped-def]
        z = zero
        for k in range(200):
            if abs(z) > bound:
                return k
            z = z * z + c
        return 200

    return mandelbrot_complex


def _cube_root(kind: type[Any]) -> Callable[..., Any]:
    start, three, precision = kind(1), kind(3), kind(1e-6)

    def cube_root(number):  # type: ignore[no-untyped-def]
        y = step = start
        while abs(step) > precision * abs(y):
            step = (y - number / (y * y)) / three
            y = y - step
        return y

    return cube_root


def _bisected(kind: type[Any]) -> Callable[..., Any]:
    lowest, highest, half, width = kind(0), kind(10), kind(0.5), kind(1e-4)

    def bisected(number):  # type: ignore[no-untyped-def]
        low, high = lowest, highest
        while high - low > width:
            middle = (low + high) * half
            if middle * middle * middle + middle < number:
                low = middle
            else:
                high = middle
        return low

    return bisected


def _collatz(kind: type[Any]) -> Callable[..., Any]:
    def collatz(number):  # type: ignore[no-untyped-def]
        k = 0
        while number != 1 and k < 1000:
            number = 3 * number + 1 if number & 1 else number >> 1
            k += 1
        return k

    return collatz


def _divisor(kind: type[Any]) -> Callable[..., Any]:
    def divisor(a, b):  # type: ignore[no-untyped-def]
        while b != 0:
            a, b = b, a % b
        return a

    return divisor


def _power(kind: type[Any]) -> Callable[..., Any]:
    zero, one = kind(0), kind(1)

    def power(base, exponent, modulus):  # type: ignore[no-untyped-def]
        result = one
        while exponent > zero:
            if exponent & one:
                result = result * base % modulus
            base = base * base % modulus
            exponent = exponent >> one
        return result

    return power


def _digits(kind: type[Any]) -> Callable[..., Any]:
    zero, ten = kind(0), kind(10)

    def digits(number):  # type: ignore[no-untyped-def]
        total = zero
        while number > zero:
            total = total + number % ten
            number = number // ten
        return total

    return digits


def _plane(code: str) -> Columns:
    real, imaginary = np.meshgrid(np.linspace(-2, 0.6, SIDE), np.linspace(-1.2, 1.2, SIDE))
    return [real.astype(code), imaginary.astype(code)]


def _points(code: str) -> Columns:
    real, imaginary = _plane("d")
    return [(real + 1j * imaginary).astype(code)]


def _floats(code: str) -> Columns:
    return [np.random.default_rng(5).uniform(0.1, 900, SIZE).astype(code)]


def _integers(code: str) -> Columns:
    return [np.random.default_rng(5).integers(1, 1_000_000, SIZE).astype(code)]


def _two_integers(code: str) -> Columns:
    return [*_integers(code), np.random.default_rng(6).integers(1, 1_000_000, SIZE).astype(code)]


def _three_integers(code: str) -> Columns:
    return [*_two_integers(code), np.random.default_rng(7).integers(2, 1_000_000, SIZE).astype(code)]


@dataclass(frozen=True, slots=True, eq=False)
class _Loop:
    """A kernel for one type of operands, its operands, and the types of its result by that of the operands."""

    name: str
    write: Callable[[type[Any]], Callable[..., Any]]
    operands: Callable[[str], Columns]
    types: dict[str, str]
    size: int = SIZE
    bars: tuple[Bar, ...] = ()


_TENTH = Bar("a tenth of Numba's time", 0.1, (NUMBA,))
_NAMES = {"f": "f32", "d": "f64", "D": "c128", "i": "i32", "q": "i64"}
_MANDELBROT = f"Mandelbrot {SIDE}x{SIDE}, 200 steps"

_LOOPS = (
    _Loop(_MANDELBROT, _mandelbrot, _plane, {"d": "q", "f": "q"}, SIDE * SIDE, (_TENTH,)),
    _Loop(f"{_MANDELBROT}, left early", _mandelbrot_left_early, _plane, {"d": "q", "f": "q"}, SIDE * SIDE, (_TENTH,)),
    _Loop(f"{_MANDELBROT}, by abs", _mandelbrot_complex, _points, {"D": "q"}, SIDE * SIDE, (_TENTH,)),
    _Loop("cube root by Newton", _cube_root, _floats, {"d": "d", "f": "f"}),
    _Loop("bisection", _bisected, _floats, {"d": "d", "f": "f"}),
    _Loop("Collatz", _collatz, _integers, {"q": "q"}),
    _Loop("gcd", _divisor, _two_integers, {"i": "i", "q": "q"}),
    _Loop("power by modulus", _power, _three_integers, {"q": "q"}),
    _Loop("sum of digits", _digits, _integers, {"i": "i", "q": "q"}),
)


def _contestants(loop: _Loop, code: str) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        inputs, function = loop.operands(code), loop.write(np.dtype(code).type)
        out = np.empty(inputs[0].shape, loop.types[code])
        types = f"{code * len(inputs)}->{loop.types[code]}"
        arguments = [*inputs, out]
        return [call_with(cobra.ufunc(types=[types])(function), arguments, COBRA), *with_numba(function, types, arguments)]

    return make


def cases() -> list[Case]:
    """Return the cases of loops that elements leave at different times."""
    return [
        race("loops in the element", f"{loop.name}, {_NAMES[code]}", _contestants(loop, code), loop.bars, size=loop.size)
        for loop in _LOOPS
        for code in loop.types
    ]
