"""Sums, maxima and means of arrays, whole or along an axis, by the quickest way Cobra has: a kernel that calls `np.sum` or its kin."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NOISE, NUMBA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with, with_jax, with_torch
from cobra.command_line.benchmarks.timing import Contestant

_SIZE = 100_000
_FASTEST = Bar("fastest", 1.0, (NUMPY, NUMBA, "JAX", "torch"), allowance=NOISE)
_LAYOUTS: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("n=1e5", (_SIZE,), 0),
    ("1000×100, axis 0", (1000, 100), 0),
    ("1000×100, axis 1", (1000, 100), 1),
)


def _sum(x):  # type: ignore[no-untyped-def]
    return np.sum(x)


def _max(x):  # type: ignore[no-untyped-def]
    return np.max(x)


def _mean(x):  # type: ignore[no-untyped-def]
    return np.mean(x)


def of_arrays(called: str, array: np.ndarray[Any, Any], axis: int) -> list[Contestant]:
    """Return the reductions of packages with arrays of their own, by the name that both have for it."""
    in_jax = with_jax(lambda numpy, _: lambda a: getattr(numpy, called)(a, axis), [array])
    return in_jax + with_torch(lambda torch, _: lambda a: getattr(torch, called)(a, axis), [array])


def _totals(
    function: Callable[..., Any], numpys: Callable[..., Any], code: str, shape: tuple[int, ...], axis: int
) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        array = np.random.default_rng(3).random(shape).astype(code)
        out = np.empty(array.shape[:axis] + array.shape[axis + 1 :], code)
        kernel = cobra.ufunc(types=[f"{code}->{code}"], signature="(n)->()")(function)
        names = {"array": array, "axis": axis, "out": out}
        called = {"sum": "sum", "max": "amax", "mean": "mean"}[function.__name__.lstrip("_")]
        return [
            Contestant(NUMPY, "function(array, axis=axis, out=out)", {"function": numpys, **names}),
            *_numba(function, code, np.moveaxis(array, axis, -1), out),
            *of_arrays(called, array, axis),
            Contestant(COBRA, "kernel(array, out=out, axis=axis)", {"kernel": kernel, **names}),
        ]

    return make


def _numba(function: Callable[..., Any], code: str, rows: np.ndarray[Any, Any], out: np.ndarray[Any, Any]) -> list[Contestant]:
    if find_spec("numba") is None:
        return []
    numba, name = import_module("numba"), np.dtype(code).name
    fold = numba.njit(function)

    def kernel(x, result):  # type: ignore[no-untyped-def]
        result[0] = fold(x)

    made = numba.guvectorize([f"({name}[:], {name}[:])"], "(n)->()")(kernel)
    return [call_with(made, [rows, out], NUMBA)]


def cases() -> list[Case]:
    """Return the cases."""
    functions: list[tuple[Callable[..., Any], Callable[..., Any]]] = [(_sum, np.sum), (_max, np.max), (_mean, np.mean)]
    return [
        race(
            f"gufunc np.{function.__name__.lstrip('_')}", f"{label}, {layout}", _totals(function, numpys, code, shape, axis), [_FASTEST],
            size=_SIZE, tolerance=1e-3,
        )
        for function, numpys in functions
        for layout, shape, axis in _LAYOUTS
        for code, label in (("f", "f32"), ("d", "f64"))
    ]  # fmt: skip
