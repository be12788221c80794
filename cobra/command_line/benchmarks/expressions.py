"""The expressions that are timed, each written once for every package.

A writer takes a package with NumPy's names of functions, and its error function, and returns a function of one element or
of a whole array.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

import cobra.math

Function = Callable[..., Any]


def write_muladd(xp: Any, erf: Any) -> Function:
    """Write a*b + c."""

    def muladd(a, b, c):  # type: ignore[no-untyped-def]
        return a * b + c

    return muladd


def write_exp(xp: Any, erf: Any) -> Function:
    """Write the exponential."""

    def exp(x):  # type: ignore[no-untyped-def]
        return xp.exp(x)

    return exp


def write_log(xp: Any, erf: Any) -> Function:
    """Write the logarithm."""

    def log(x):  # type: ignore[no-untyped-def]
        return xp.log(x)

    return log


def write_sin(xp: Any, erf: Any) -> Function:
    """Write the sine."""

    def sin(x):  # type: ignore[no-untyped-def]
        return xp.sin(x)

    return sin


def write_cos(xp: Any, erf: Any) -> Function:
    """Write the cosine."""

    def cos(x):  # type: ignore[no-untyped-def]
        return xp.cos(x)

    return cos


def write_tanh(xp: Any, erf: Any) -> Function:
    """Write the hyperbolic tangent."""

    def tanh(x):  # type: ignore[no-untyped-def]
        return xp.tanh(x)

    return tanh


def write_power(xp: Any, erf: Any) -> Function:
    """Write x to the power y."""

    def power(x, y):  # type: ignore[no-untyped-def]
        return x**y

    return power


def write_erf(xp: Any, erf: Any) -> Function:
    """Write the error function."""

    def error_function(x):  # type: ignore[no-untyped-def]
        return erf(x)

    return error_function


def write_gelu(xp: Any, erf: Any) -> Function:
    """Write the Gaussian error linear unit."""

    def gelu(x):  # type: ignore[no-untyped-def]
        return 0.5 * x * (1 + erf(x * 0.7071067811865476))

    return gelu


def write_sigmoid(xp: Any, erf: Any) -> Function:
    """Write the logistic function."""

    def sigmoid(x):  # type: ignore[no-untyped-def]
        return 1 / (1 + xp.exp(-x))

    return sigmoid


def write_black_scholes(xp: Any, erf: Any) -> Function:
    """Write the price of a European call at 3 % interest and 20 % volatility."""

    def call_price(spot, strike, years):  # type: ignore[no-untyped-def]
        spread = 0.2 * xp.sqrt(years)
        upper = (xp.log(spot / strike) + 0.05 * years) / spread
        lower = upper - spread
        bought = 0.5 * spot * (1 + erf(upper * 0.7071067811865476))
        return bought - 0.5 * strike * xp.exp(-0.03 * years) * (1 + erf(lower * 0.7071067811865476))

    return call_price


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression, where its inputs lie, and what numexpr calls it."""

    name: str
    write: Callable[[Any, Any], Function]
    ranges: tuple[tuple[float, float], ...]
    numexpr: str | None = None
    needs_erf: bool = False

    def scalar(self) -> Function:
        """Return the function of one element, for compilers that know Python's own functions."""
        return self.write(np, math.erf)

    def kernel(self) -> Function:
        """Return the same for Cobra, with an error function that keeps the type of its operand, as that of JAX and torch does."""
        return self.write(np, cobra.math.erf)

    def whole(self) -> Function | None:
        """Return the function of whole arrays, or None where NumPy lacks a part of it and SciPy is missing."""
        if not self.needs_erf:
            return self.write(np, None)
        return self.write(np, import_module("scipy.special").erf) if find_spec("scipy") else None


EXPRESSIONS = (
    Expression("exp", write_exp, ((-10, 10),), "exp(x0)"),
    Expression("log", write_log, ((0.1, 100),), "log(x0)"),
    Expression("sin", write_sin, ((-10, 10),), "sin(x0)"),
    Expression("cos", write_cos, ((-10, 10),), "cos(x0)"),
    Expression("tanh", write_tanh, ((-4, 4),), "tanh(x0)"),
    Expression("pow", write_power, ((0.1, 10), (-5, 5)), "x0**x1"),
    Expression("erf", write_erf, ((-3, 3),), needs_erf=True),
    Expression("sigmoid", write_sigmoid, ((-10, 10),), "1/(1+exp(-x0))"),
    Expression("gelu", write_gelu, ((-5, 5),), needs_erf=True),
    Expression("Black-Scholes", write_black_scholes, ((50, 150), (50, 150), (0.1, 2)), needs_erf=True),
)

ELEMENTARY = ("exp", "log", "sin", "cos", "tanh", "pow", "erf")
COMPOSED = ("sigmoid", "gelu", "Black-Scholes")
