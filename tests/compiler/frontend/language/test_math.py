"""Every function of ``math``, ``cmath`` and NumPy that a kernel may call."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import Row, check

Cases = dict[str, tuple[Callable[..., Any], tuple[str, ...]]]

MATH: Cases = {
    "exponentials": (lambda x: (math.exp(x), math.exp2(x), math.expm1(x)), ("d", "f", "b")),
    "logarithms": (lambda x: (math.log(x * x + 1), math.log2(x * x + 1), math.log10(x * x + 1), math.log1p(x * x)), ("d", "f")),
    "logarithm to a base": (lambda x: (math.log(abs(x) + 2, 3), math.log(10, abs(x) + 2)), ("d",)),
    "sines": (lambda x: (math.sin(x % 7), math.cos(x % 7), math.tan(x % 1)), ("d", "f")),
    "arcs": (lambda x: (math.asin(x % 1), math.acos(x % 1), math.atan(x)), ("d", "f")),
    "hyperbolics": (lambda x: (math.sinh(x % 9), math.cosh(x % 9), math.tanh(x)), ("d",)),
    "hyperbolic arcs": (lambda x: (math.asinh(x), math.acosh(abs(x) + 1), math.atanh(x % 1 * 0.9)), ("d",)),
    "roots": (lambda x: (math.sqrt(abs(x)), math.cbrt(x), math.pow(abs(x), 1.5)), ("d", "f", "l")),
    "special": (lambda x: (math.erf(x), math.erfc(x)), ("d",)),
    "gamma": (lambda x: (math.gamma(abs(x) % 20 + 0.5), math.lgamma(abs(x) + 5)), ("d",)),
    "whole": (lambda x: (math.floor(x), math.ceil(x)), ("d", "f", "l", "b")),
    "truncated": (lambda x: math.trunc(x), ("d",)),
    "signs": (lambda x: (math.fabs(x), math.copysign(x, -1), math.copysign(2, x)), ("d", "f", "l")),
    "angles": (lambda x: (math.degrees(x), math.radians(x)), ("d",)),
    "tests": (lambda x: (math.isnan(x), math.isinf(x), math.isfinite(x)), ("d", "f", "l")),
    "parts": (lambda x: math.frexp(x), ("d", "f")),
    "fraction": (lambda x: math.modf(x), ("d", "f")),
    "scaled": (lambda x: (math.ldexp(x, 3), math.ldexp(x, -2)), ("d", "f")),
    "neighbours": (lambda x: (math.nextafter(x, 10.0), math.ulp(x)), ("d",)),
    "constants": (lambda x: x + (math.pi + math.e + math.tau + math.floor(2.7) + math.gcd(12, 18) + math.sqrt(2)), ("d", "f")),
    "infinities": (lambda x: (x < math.inf, x * math.nan), ("d",)),
    "results are python floats": (lambda x: x * math.sqrt(abs(x)), ("f", "l")),
    "unpacked": (lambda x: math.frexp(x)[0] * 2 + math.modf(x)[1], ("d",)),
    "hypotenuses": (lambda x: (math.hypot(x, 3), math.hypot(x), math.hypot(x, 1, 2), math.hypot()), ("d", "f")),
    "distance": (lambda x: math.dist((x, 1), (2, x)), ("d",)),
    "product": (lambda x: (math.prod((x, 2, x)), math.prod((x, 3), start=2), math.prod(())), ("d", "l")),
    "exact sum": (lambda x: math.fsum((x, 1e16, 1.0, -1e16, 1e-3)), ("d", "f")),
    "close": (lambda x: (math.isclose(x, 1), math.isclose(x, x * (1 + 1e-10)), math.isclose(x, 2.4, rel_tol=0.1)), ("d", "f")),
    "close absolutely": (lambda x: (math.isclose(x, 0, abs_tol=0.5), math.isclose(x, x, rel_tol=0.0)), ("d",)),
}  # fmt: skip

TWO: Cases = {
    "angle": (lambda x, y: math.atan2(x, y), ("dd", "fd")),
    "remainders": (lambda x, y: (math.fmod(x, y), math.remainder(x, y)), ("dd",)),
    "power": (lambda x, y: math.pow(abs(x), y), ("dd",)),
    "sign": (lambda x, y: math.copysign(x, y), ("dd", "ff")),
    "divisors": (lambda x, y: (math.gcd(x, y), math.lcm(x, y), math.gcd(x, y, 12), math.gcd(x)), ("ll", "bB")),
}

COUNTS: Cases = {
    "factorial": (lambda n: math.factorial(n), ("l",)),
    "choices": (lambda n: (math.comb(n, 3), math.perm(n, 2), math.perm(n), math.comb(20, n)), ("l", "B")),
    "root": (lambda n: (math.isqrt(n), math.isqrt(n * n + n), math.isqrt(1000003 * n)), ("l", "i")),
}

CMATH: Cases = {
    "exponentials": (lambda z: (cmath.exp(z), cmath.sqrt(z)), ("D", "F", "d")),
    "logarithms": (lambda z: (cmath.log(z + 5), cmath.log10(z + 5), cmath.log(z + 5, 2)), ("D",)),
    "sines": (lambda z: (cmath.sin(z), cmath.cos(z), cmath.tan(z)), ("D",)),
    "arcs": (lambda z: (cmath.asin(z), cmath.acos(z), cmath.atan(z / 7)), ("D",)),
    "hyperbolics": (lambda z: (cmath.sinh(z), cmath.cosh(z), cmath.tanh(z)), ("D",)),
    "hyperbolic arcs": (lambda z: (cmath.asinh(z), cmath.acosh(z), cmath.atanh(z / 7)), ("D",)),
    "polar": (lambda z: (*cmath.polar(z), cmath.phase(z)), ("D", "F")),
    "from polar": (lambda z: cmath.rect(abs(z), 0.5), ("D", "d")),
    "tests": (lambda z: (cmath.isnan(z), cmath.isinf(z), cmath.isfinite(z)), ("D", "d")),
    "close": (lambda z: (cmath.isclose(z, 1j), cmath.isclose(z, z * (1 + 1e-10)), cmath.isclose(z, 3, rel_tol=0.9)), ("D",)),
    "constants": (lambda z: z * cmath.pi + cmath.e + cmath.infj * 0 + cmath.tau, ("D",)),
}

NUMPY: Cases = {
    "ufuncs": (lambda x: (np.exp(x), np.sin(x), np.sqrt(np.abs(x)), np.log1p(np.abs(x))), ("d", "f")),
    "more ufuncs": (lambda x: (np.floor(x), np.rint(x), np.trunc(x), np.sign(x), np.square(x), np.negative(x)), ("d", "l")),
    "of python numbers": (lambda x: (np.exp(1), np.sqrt(2.0), np.add(x, 1), np.maximum(x, 0), np.abs(-3)), ("d", "b")),
    "choice": (lambda x: (np.where(x > 0, x, -x), np.where(x, 1, 0), np.where(x > 1, x, 0.5)), ("d", "f", "l", "b")),
    "clipped": (lambda x: (np.clip(x, -1, 2), np.clip(x, None, 2), np.clip(x, 0, None)), ("d", "l", "f")),
    "clipped by keyword": (lambda x: np.clip(x, a_min=-1, a_max=1), ("d",)),
    "rounded": (lambda x: (np.round(x, 1), np.round(x), np.around(x, decimals=2), np.round(x, -1)), ("d", "f", "l")),
    "parts of real numbers": (lambda x: (np.real(x), np.imag(x), np.angle(x), np.isreal(x), np.iscomplex(x)), ("d", "l", "f")),
    "tests": (lambda x: (np.isnan(x), np.isinf(x), np.isfinite(x), np.signbit(x), np.isposinf(x), np.isneginf(x)), ("d", "f")),
    "close": (
        lambda x: (np.isclose(x, 1), np.isclose(x, x + 1e-9), np.isclose(x, 2.4, rtol=0.1), np.isclose(x, 0, atol=1)),
        ("d", "l", "B"),
    ),
    "other": (lambda x: (np.fix(x), np.sinc(x), np.heaviside(x, 0.5), np.deg2rad(x), np.cbrt(x)), ("d", "f")),
    "several results": (lambda x: (np.modf(x)[0], np.modf(x)[1], np.frexp(x)[0], np.divmod(x, 3)[0]), ("d", "f")),
    "bits": (lambda x: (np.bitwise_and(x, 6), np.invert(x), np.left_shift(x, 2), np.bitwise_count(x)), ("l", "B")),
    "logic": (lambda x: (np.logical_and(x, 1), np.logical_not(x), np.logical_xor(x > 0, True)), ("d", "?")),
    "constants": (lambda x: (x + np.pi, x * np.e, x < np.inf, np.nan * x), ("d", "f")),
    "operators by name": (lambda x: (np.power(x, 2), np.divide(x, 3), np.floor_divide(x, 3), np.mod(x, 3)), ("d", "l", "b")),
}  # fmt: skip

BUILTINS: Cases = {
    "extremes": (lambda x, y: (min(x, y), max(x, y), min(x, y, 1), max((x, y, 0))), ("dd", "ll", "bb")),
    "rounded": (lambda x, y: (round(x, 1), round(y, 2), round(x, -1), round(x, ndigits=0)), ("dd", "fl")),
    "sums": (lambda x, y: (sum((x, y, 1)), sum((x, y), 10), sum(()), sum((x,), start=y)), ("dd", "bb")),
    "questions": (lambda x, y: (any((x, y)), all((x, y)), any((x > 0, y > 0)), any(()), all(())), ("dd", "ll")),
    "lengths": (lambda x, y: (len((x, y)) + x, abs(x - y), divmod(x, 3), pow(y, 2))[:2], ("dd", "ll")),
    "quotient and rest": (lambda x, y: divmod(x, y), ("dd", "ll", "BB")),
}


@pytest.mark.parametrize("name", MATH)
def test_math(name: str) -> None:
    function, types = MATH[name]
    check(function, *types, ulps=4)


@pytest.mark.parametrize("name", TWO)
def test_math_of_two_numbers(name: str) -> None:
    function, types = TWO[name]
    check(function, *types, ulps=2)


@pytest.mark.parametrize("name", COUNTS)
def test_math_of_counts(name: str) -> None:
    function, types = COUNTS[name]
    rows: list[Row] = [(np.int64(n),) for n in (0, 1, 2, 3, 5, 8, 13, 20)]
    check(function, *types, rows=rows)


@pytest.mark.parametrize("name", CMATH)
def test_cmath(name: str) -> None:
    function, types = CMATH[name]
    check(function, *types, ulps=8)


@pytest.mark.parametrize("name", NUMPY)
def test_numpy(name: str) -> None:
    function, types = NUMPY[name]
    check(function, *types, ulps=2)


@pytest.mark.parametrize("name", BUILTINS)
def test_builtins(name: str) -> None:
    function, types = BUILTINS[name]
    check(function, *types)


def test_rounding_to_an_integer() -> None:
    rows: list[Row] = [(np.float64(x),) for x in (0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 1e15 + 0.5, -7.0)]
    check(lambda x: round(x), "d", rows=rows)
    check(lambda x: round(x), "l", "b", "B")
    check(lambda x: (int(x), round(x, None)), "d", rows=rows)


def missing(module: Any, known: set[str]) -> list[str]:
    names = (name for name in dir(module) if not name.startswith("_") and callable(getattr(module, name)))
    return sorted(set(names) - known)


def test_every_function_of_math_and_cmath_is_known() -> None:
    from cobra.compiler.frontend import math_calls
    from cobra.compiler.primitives.table import TABLE

    spellings = {spelling for record in TABLE.values() for spelling in record.python} | set(math_calls.HANDLERS)
    known = {prefix: {s.removeprefix(prefix) for s in spellings if s.startswith(prefix)} for prefix in ("math.", "cmath.")}
    assert missing(math, known["math."] | {"sumprod"}) == []
    assert missing(cmath, known["cmath."]) == []
