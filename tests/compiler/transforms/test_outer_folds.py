"""Which folds are computed ahead for many outer elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.operations import Operation
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.primitives.memory import fold_elements
from cobra.compiler.transforms.outer_folds import take_out_folds
from cobra.ufunc.kernel import kernel_of


def _shares(x, out):  # type: ignore[no-untyped-def]
    total = np.sum(x)
    for k in range(x.shape[0]):
        out[k] = x[k] / total


def _sum_of_result(x, out):  # type: ignore[no-untyped-def]
    for k in range(x.shape[0]):
        out[k] = x[k] * x[k]
    out[0] = np.sum(out)


def _sum_of_rows(x, out):  # type: ignore[no-untyped-def]
    for k in range(x.shape[0]):
        out[k] = np.sum(x[k])


@pytest.mark.parametrize(
    ("function", "types", "signature", "taken"),
    [
        (lambda x: np.sum(x), "d->d", "(n)->()", ["add"]),
        (lambda x: np.mean(x) * 2, "f->f", "(n)->()", ["add"]),
        (lambda x: np.max(x) - np.min(x), "d->d", "(n)->()", ["maximum", "minimum"]),
        (lambda x, y: np.prod(x) + np.sum(y), "dd->d", "(n),(m)->()", ["multiply", "add"]),
        (lambda x: np.sum(x) - x[0], "d->d", "(n)->()", ["add"]),
        (lambda x: np.sum(x) - x[1], "d->d", "(n)->()", []),
        (lambda x: np.sum(x), "D->D", "(n)->()", []),
        (lambda x: np.sum(x), "l->l", "(n)->()", []),
        (_shares, "d->d", "(n)->(n)", []),
        (_sum_of_result, "d->d", "(n)->(n)", []),
        (_sum_of_rows, "d->d", "(m,n)->(m)", []),
    ],
)
def test_folds_of_inputs_used_for_nothing_else_are_taken_out(
    function: Callable[..., Any], types: str, signature: str, taken: list[str]
) -> None:
    known = kernel_of(cobra.ufunc(function, types=types, signature=signature))
    assert known is not None
    whole = run_passes(translate(known.spec, known.loops[0], known.symbols).function)
    rest, folds = take_out_folds(whole)
    assert [fold.by for fold in folds] == taken
    assert rest.parameters == (*whole.parameters, *(fold.result for fold in folds))
    assert all(whole.parameters[fold.operand].name in ("x", "y") and fold.count in whole.dimensions for fold in folds)
    left = [s for s in rest.body.statements if isinstance(s, Operation) and s.primitive is fold_elements]
    assert not taken or not left
