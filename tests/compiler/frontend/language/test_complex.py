"""Complex numbers: arithmetic, parts, attributes, and real numbers that have these too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import check

CASES: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "parts": (lambda z: (z.real, z.imag, z.conjugate(), z.conj()), ("D", "F", "d", "l", "?")),
    "size": (lambda z: (abs(z), np.abs(z), np.absolute(z)), ("D", "F", "d")),
    "functions of parts": (lambda z: (np.real(z), np.imag(z), np.conj(z), np.conjugate(z)), ("D", "F")),
    "angle": (lambda z: np.angle(z), ("D", "F")),
    "literals": (lambda z: z * 1j + 2.5 - 3e-1j, ("D", "F")),
    "made of parts": (lambda z: complex(z.real, -z.imag), ("D", "F")),
    "made of one number": (lambda z: (complex(z), np.complex64(z), np.complex128(z)), ("D", "f", "l")),
    "made of a real and a constant": (lambda x: complex(x, 1), ("d", "f", "b")),
    "product and quotient": (lambda z: (z * z, z / (z + 3), 1 / (z + 3)), ("D",)),
    "powers": (lambda z: (z**2, z**1, z**0), ("D", "F")),
    "truth": (lambda z: 1 if z else 0, ("D", "F")),
    "equality": (lambda z: (z == 1, z != 1j, z == z.conjugate()), ("D", "F")),
    "tests": (lambda z: (np.isreal(z), np.iscomplex(z), np.isnan(z), np.isfinite(z)), ("D",)),
    "close": (lambda z: (np.isclose(z, 1j), np.isclose(z, z + 1e-9)), ("D",)),
    "choice": (lambda z: (z if z.real > 0 else -z, np.where(z.imag > 0, z, 0)), ("D", "F")),
    "real and complex": (lambda z: z.real * z + z.imag, ("D", "F")),
    "parts of a result": (lambda z: ((z * z).imag, (z + 1).real, z.real.real), ("D",)),
    "python complex": (lambda x: (1 + 2j) * (3 - 1j) * x, ("d", "f", "F")),
    "parts of a constant": (lambda x: x * (1 + 2j).imag + (3).real + (2.5).conjugate(), ("d", "f")),
}


def magnitude_squared(z: Any) -> Any:
    return z.real * z.real + z.imag * z.imag


def iterated(z: Any) -> Any:
    w = 0j
    n = 0
    while n < 20 and w.real * w.real + w.imag * w.imag < 4:
        w = w * w + z
        n += 1
    return n


def swapped_parts(z: Any) -> Any:
    a, b = z.real, z.imag
    w = complex(b, a)
    if a > b:
        w = w.conjugate()
    return w


def summed(z: Any) -> Any:
    total = 0
    for k in range(4):
        total += z * k
    return total


def sometimes_complex(x: Any) -> Any:
    root = x
    if x < 0:
        root = 1j * x
    return root


STATEMENTS = [magnitude_squared, iterated, swapped_parts, summed]


@pytest.mark.parametrize("name", CASES)
def test_complex_numbers(name: str) -> None:
    function, types = CASES[name]
    check(function, *types, ulps=4)


@pytest.mark.parametrize("function", STATEMENTS, ids=lambda function: function.__name__)
def test_complex_variables(function: Callable[..., Any]) -> None:
    check(function, "D", "F", ulps=4)


def test_a_variable_that_becomes_complex() -> None:
    check(sometimes_complex, "d", "f", rows=[(np.float32(x),) for x in (1.0, -2.0, 0.0, 3.5, -0.25)])
