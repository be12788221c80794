"""Operations are counted as the lowered form has them, and counts that data could raise say so."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.compiler.pipeline import run_passes, translate
from cobra.explanation.work import Work, work_of
from cobra.ufunc.kernel import kernel_of


def counted(kernel: np.ufunc, **sizes: int) -> Work:
    known = kernel_of(kernel)
    assert known is not None
    return work_of(run_passes(translate(known.spec, known.loops[0], known.symbols).function, math=known.spec.math), sizes)


@pytest.mark.parametrize(
    ("function", "flops", "exact"),
    [
        (lambda x, y: x * y + 1, 2, True),
        (lambda x, y: cobra.fma(x, y, 1.0), 2, True),
        (lambda x, y: x / y, 1, True),
        (lambda x, y: x if x > y else y, 0, True),
        (lambda x, y: x * x * y if x > y else y, 0, False),
        (lambda x, y: x * x if x > y else y * y, 1, True),
    ],
    ids=["muladd", "fma", "divide", "choice", "a side that does more", "sides that do as much"],
)
def test_straight_code(function, flops, exact):
    work = counted(cobra.ufunc(types="dd->d")(function))
    assert (work.flops, work.exact) == (flops, exact)


@pytest.mark.parametrize(("code", "flops"), [("d", 2), ("F", 8), ("l", 0)])
def test_matrix_products(code, flops):
    kernel = cobra.ufunc(types=[f"{code * 3}->{code}"], signature="(m,k),(k,n),(n)->(m)")(lambda a, b, x: a @ b @ x)
    work = counted(kernel, m=2, k=3, n=4)
    assert (work.flops, work.exact) == (flops * (2 * 3 * 4 + 2 * 4), True)
    assert work.other == (0 if flops else 2 * (2 * 3 * 4 + 2 * 4))
    assert not counted(kernel).exact


def test_other_operations_count_with_the_bytes_they_work_on():
    wide = counted(cobra.ufunc(types="dd->d")(lambda x, y: x if x > y else y))
    narrow = counted(cobra.ufunc(types="ff->f")(lambda x, y: x if x > y else y))
    assert (wide.other, wide.other_bytes, narrow.other_bytes) == (2, 16, 8)
    fused = counted(cobra.ufunc(types="dd->d")(lambda x, y: cobra.fma(x, y, 1.0) * y))
    assert (fused.floating, fused.fused) == ({"float64": 3}, {"float64": 1})


def test_loops_of_known_length_count_as_often_as_they_run():
    def power(x):
        y = x
        for _ in range(10):
            y = y * x + 1
        return y

    assert counted(cobra.ufunc(types="d->d")(power)).flops == 20
    assert counted(cobra.ufunc(types="f->f")(power)).floating == {"float32": 20}


def test_loops_with_a_test_count_once_and_are_not_exact():
    def halve(x):
        while x > 1:
            x = x * 0.5
        return x

    work = counted(cobra.ufunc(types="d->d")(halve))
    assert (work.flops, work.exact) == (1, False)


def test_sizes_of_core_dimensions():
    @cobra.ufunc(signature="(n),(n)->()")
    def dot(x: cobra.float64["n"], y: cobra.float64["n"]) -> cobra.float64:
        total = 0.0
        for i in range(len(x)):
            total += x[i] * y[i]
        return total

    assert counted(dot, n=100).flops == 200
    assert not counted(dot).exact


def test_calls_of_the_c_library():
    work = counted(cobra.ufunc(types="d->d", math="libm")(lambda x: np.exp(x)))
    assert work.library_calls == 1
