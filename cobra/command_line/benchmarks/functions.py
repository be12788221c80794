"""Functions of one element that compute rather than move bytes: elementary functions, sigmoid, gelu, Black-Scholes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NOISE, NUMBA, NUMPY, Bar, Case, MeanBar, race
from cobra.command_line.benchmarks.expressions import COMPOSED, ELEMENTARY, EXPRESSIONS, Expression
from cobra.command_line.benchmarks.rivals import call_with, with_jax, with_numba, with_numexpr, with_torch
from cobra.command_line.benchmarks.timing import Contestant

SIZES = {"1e5": 100_000, "1e6": 1_000_000}
RIVALS = (NUMPY, NUMBA, "numexpr", "JAX", "torch")
BAR = Bar("not slower than the fastest rival", 1.0, RIVALS, NOISE)
MEANS = (
    MeanBar("elementary functions: geometric mean of fastest rival / Cobra", ELEMENTARY, RIVALS, 1.5),
    MeanBar("sigmoid, gelu, Black-Scholes: geometric mean of fastest rival / Cobra", COMPOSED, RIVALS, 1.5),
)
TOLERANCES = {"f": 1e-3, "d": 1e-9}


def _contestants(expression: Expression, code: str, size: int) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        random = np.random.default_rng(2)
        inputs = [random.uniform(low, high, size).astype(code) for low, high in expression.ranges]
        out = np.empty(size, code)
        types = f"{code * len(inputs)}->{code}"
        function, whole = expression.scalar(), expression.whole()
        names = {f"x{index}": column for index, column in enumerate(inputs)}
        return [
            *([call_with(whole, inputs, NUMPY)] if whole else []),
            *with_numba(function, types, [*inputs, out]),
            call_with(cobra.ufunc(types=[types])(expression.kernel()), [*inputs, out], COBRA),
            *with_numexpr(expression.numexpr, names, out),
            *with_jax(expression.write, inputs),
            *with_torch(expression.write, inputs),
        ]

    return make


def cases() -> list[Case]:
    """Return the cases of single functions, at a size that fits the second-level cache and at one that fits the third."""
    return [
        race(
            expression.name, f"{name}, n={shown}", _contestants(expression, code, size), [BAR] if expression.name in ELEMENTARY else (),
            size=size, tolerance=TOLERANCES[code],
        )
        for expression in EXPRESSIONS
        for code, name in (("f", "f32"), ("d", "f64"))
        for shown, size in SIZES.items()
    ]  # fmt: skip
