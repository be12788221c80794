"""Kernels with matrix products, which NumPy's BLAS computes: a product by itself, and one of which the kernel uses the result."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NOISE, NUMBA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with
from cobra.command_line.benchmarks.timing import Contestant

SIZE = 512
LAYER = 64
_AS_BLAS = Bar("as fast as BLAS", 1.0, (NUMPY, NUMBA), allowance=2 * NOISE)


def _product(a, b, out):  # type: ignore[no-untyped-def]
    out[:, :] = np.dot(a, b)


def _layer(x, weights, bias, out):  # type: ignore[no-untyped-def]
    out[:, :] = np.dot(x, weights)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            out[row, column] = max(out[row, column] + bias[column], 0.0)


def _layer_in_numpy(x: Any, weights: Any, bias: Any, out: Any) -> Any:
    np.matmul(x, weights, out=out)
    np.add(out, bias, out=out)
    return np.maximum(out, 0.0, out=out)


def _contestants(
    function: Callable[..., Any], in_numpy: Callable[..., Any], code: str, signature: str, sizes: dict[str, int]
) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        shapes = [tuple(sizes[name] for name in names.strip("()").split(",")) for names in signature.replace("->", ",").split("),")]
        random = np.random.default_rng(5)
        *inputs, out = (random.random(shape).astype(code) for shape in shapes)
        kernel = cobra.ufunc(types=[f"{code * len(inputs)}->{code}"], signature=signature)(function)
        arguments = [*inputs, out]
        return [call_with(in_numpy, arguments, NUMPY), *_with_numba(function, signature, arguments), call_with(kernel, arguments, COBRA)]

    return make


def _with_numba(function: Callable[..., Any], signature: str, arguments: list[Any]) -> list[Contestant]:
    """Return the same kernel made by Numba, which takes its BLAS from SciPy."""
    if find_spec("numba") is None or find_spec("scipy") is None:
        return []
    types = ", ".join(f"{array.dtype.name}[{', '.join(':' * (array.ndim - 1))}{', ' * (array.ndim > 1)}::1]" for array in arguments)
    compiled = import_module("numba").guvectorize([f"({types})"], signature)(function)
    return [call_with(compiled, arguments, NUMBA)]


def cases() -> list[Case]:
    """Return the cases of matrix products inside kernels."""
    types = (("f", "f32", 1e-3), ("d", "f64", 1e-6))
    squares = dict.fromkeys("mkn", SIZE)
    products = [
        race(
            "matrix product in a kernel", f"{label}, {SIZE}×{SIZE}",
            _contestants(_product, np.matmul, code, "(m,k),(k,n)->(m,n)", squares), [_AS_BLAS], size=SIZE**2, tolerance=tolerance,
        )
        for code, label, tolerance in types
    ]  # fmt: skip
    layers = [
        race(
            "max(x @ w + b, 0)", f"{label}, {LAYER}×{LAYER}",
            _contestants(_layer, _layer_in_numpy, code, "(m,k),(k,n),(n)->(m,n)", dict.fromkeys("mkn", LAYER)), [_AS_BLAS],
            size=LAYER**2, tolerance=tolerance,
        )
        for code, label, tolerance in types
    ]  # fmt: skip
    return products + layers
