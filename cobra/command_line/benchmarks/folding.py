"""Kernels under `reduce`, beside NumPy's, which calls them row by row as well; and a gufunc: products of many small matrices."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.axis_totals import of_arrays
from cobra.command_line.benchmarks.cases import COBRA, NOISE, NUMBA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with, numba_vectorize, with_jax, with_torch
from cobra.command_line.benchmarks.timing import Contestant

SIZE = 100_000
MATRICES = 1_000
_RIVALS = (NUMPY, NUMBA, "JAX", "torch")
_LIKE_NUMPY = Bar("not slower than NumPy", 1.0, (NUMPY,), allowance=NOISE)
_THREE_TIMES = Bar("three times as fast", 1 / 3, _RIVALS)


def _add(a, b):  # type: ignore[no-untyped-def]
    return a + b


def _larger(a, b):  # type: ignore[no-untyped-def]
    return max(a, b)


def _matmul(a, b, out):  # type: ignore[no-untyped-def]
    for row in range(a.shape[0]):
        for column in range(b.shape[1]):
            total = a[row, 0] * b[0, column]
            for inner in range(1, a.shape[1]):
                total += a[row, inner] * b[inner, column]
            out[row, column] = total


def _reduce(kernel: Any, label: str, array: np.ndarray[Any, Any], axis: int) -> Contestant:
    return Contestant(label, "reduce(array, axis)", {"reduce": kernel.reduce, "array": array, "axis": axis})


def _reductions(
    function: Callable[..., Any], identity: object, rival: np.ufunc, code: str, shape: tuple[int, ...], axis: int
) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        array = np.random.default_rng(3).random(shape).astype(code)
        types = f"{code}{code}->{code}"
        kernels = {
            NUMPY: rival,
            NUMBA: numba_vectorize(function, types, identity=identity),
            COBRA: cobra.ufunc(types=[types], identity=identity)(function),
        }
        own = [_reduce(kernel, label, array, axis) for label, kernel in kernels.items() if kernel is not None]
        return [*own, *of_arrays({"add": "sum", "maximum": "amax"}[rival.__name__], array, axis)]

    return make


def _matrices(code: str) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        random = np.random.default_rng(4)
        a, b = (random.random((MATRICES, 4, 4)).astype(code) for _ in range(2))
        arguments = [a, b, np.empty_like(a)]
        others = with_jax(lambda numpy, _: numpy.matmul, [a, b]) + with_torch(lambda torch, _: torch.matmul, [a, b])
        kernel = cobra.ufunc(types=[f"{code}{code}->{code}"], signature="(m,k),(k,n)->(m,n)")(_matmul)
        return [call_with(np.matmul, arguments, NUMPY), *_numba_matmul(code, arguments), *others, call_with(kernel, arguments, COBRA)]

    return make


def _numba_matmul(code: str, arguments: list[Any]) -> list[Contestant]:
    if find_spec("numba") is None:
        return []
    matrix = f"{np.dtype(code).name}[:,:]"
    compiled = import_module("numba").guvectorize([f"({matrix}, {matrix}, {matrix})"], "(m,k),(k,n)->(m,n)")(_matmul)
    return [call_with(compiled, arguments, NUMBA)]


def cases() -> list[Case]:
    """Return the cases of reductions and of a gufunc."""
    folds: list[tuple[str, Callable[..., Any], object, np.ufunc]] = [
        ("sum", _add, 0, np.add),
        ("max", _larger, "reorderable", np.maximum),
    ]
    layouts: list[tuple[str, tuple[int, ...], int]] = [
        ("n=1e5", (SIZE,), 0),
        ("1000×100, axis 0", (1000, 100), 0),
        ("1000×100, axis 1", (1000, 100), 1),
    ]
    reductions = [
        race(
            name, f"{label}, {layout}", _reductions(function, identity, rival, code, shape, axis), [_LIKE_NUMPY], size=SIZE,
            tolerance=1e-3,
        )
        for name, function, identity, rival in folds
        for layout, shape, axis in layouts
        for code, label in (("f", "f32"), ("d", "f64"))
    ]  # fmt: skip
    products = [
        race("gufunc (k,4,4) matmul", f"{name}, k=1e3", _matrices(code), [_THREE_TIMES], size=MATRICES, tolerance=1e-4)
        for code, name in (("f", "f32"), ("d", "f64"))
    ]
    return reductions + products
