"""Functions of one element that compute rather than move bytes: exp, log, sin, sigmoid, Black-Scholes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMPY, Case, race
from cobra.command_line.benchmarks.expressions import EXPRESSIONS, Expression
from cobra.command_line.benchmarks.rivals import call_with, with_jax, with_numba, with_numexpr, with_torch
from cobra.command_line.benchmarks.timing import Contestant

SIZE = 100_000
TOLERANCES = {"f": 1e-3, "d": 1e-9}


def _contestants(expression: Expression, code: str) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        random = np.random.default_rng(2)
        inputs = [random.uniform(low, high, SIZE).astype(code) for low, high in expression.ranges]
        out = np.empty(SIZE, code)
        types = f"{code * len(inputs)}->{code}"
        function, whole = expression.scalar(), expression.whole()
        names = {f"x{index}": column for index, column in enumerate(inputs)}
        return [
            *([call_with(whole, inputs, NUMPY)] if whole else []),
            *with_numba(function, types, [*inputs, out]),
            call_with(cobra.ufunc(types=[types])(function), [*inputs, out], COBRA),
            *with_numexpr(expression.numexpr, names, out),
            *with_jax(expression.write, inputs),
            *with_torch(expression.write, inputs),
        ]

    return make


def cases() -> list[Case]:
    """Return the cases of single functions, at one size that fits the second-level cache."""
    return [
        race(
            expression.name, f"{name}, n=1e5", _contestants(expression, code), size=SIZE, tolerance=TOLERANCES[code]
        )
        for expression in EXPRESSIONS
        for code, name in (("f", "f32"), ("d", "f64"))
    ]  # fmt: skip
