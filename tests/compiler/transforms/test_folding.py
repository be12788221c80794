"""Which kernels `reduce` may take in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compiler.pipeline import translate
from cobra.compiler.transforms.folding import folding_of
from cobra.compiler.transforms.simplify import simplify
from cobra.ufunc.kernel import kernel_of


def kind_of(function: Callable[..., Any], types: str) -> str | None:
    known = kernel_of(cobra.ufunc(function, types=types))
    assert known is not None
    found = folding_of(simplify(translate(known.spec, known.loops[0], known.symbols).function))
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("function", "types", "kind"),
    [
        (lambda a, b: a + b, "dd->d", "sum"),
        (lambda a, b: a + b, "FF->F", "sum"),
        (lambda a, b: a + b, "ll->l", "exact"),
        (lambda a, b: b + a, "ll->l", "exact"),
        (lambda a, b: a * b, "ff->f", "product"),
        (lambda a, b: a * b, "DD->D", None),
        (lambda a, b: a + b, "ee->e", None),
        (lambda a, b: a + b, "ld->d", None),
        (lambda a, b: a + a, "dd->d", None),
        (lambda a, b: a + b + 1, "dd->d", None),
        (lambda a, b: a - b, "dd->d", None),
        (lambda a, b: a / b, "dd->d", None),
        (lambda a, b: max(a, b), "dd->d", "largest"),
        (lambda a, b: min(a, b), "ff->f", "smallest"),
        (lambda a, b: min(a, b), "ll->l", "exact"),
        (lambda a, b: np.maximum(a, b), "dd->d", "largest"),
        (lambda a, b: np.maximum(b, a), "dd->d", None),
        (lambda a, b: np.where(a < b, b, a), "dd->d", "largest"),
        (lambda a, b: np.where(a < b, a, b), "dd->d", None),
        (lambda a, b: np.where(a < b, a, b), "BB->B", "exact"),
        (lambda a, b: np.where(a == b, a, b), "BB->B", None),
        (lambda a, b: a & b, "LL->L", "exact"),
        (lambda a, b: np.logical_or(a, b), "??->?", "exact"),
        (lambda a, b: np.logical_or(a, b), "dd->?", None),
        (lambda a, b: a < b, "??->?", None),
    ],
)
def test_an_associative_operation_is_recognised(function: Callable[..., Any], types: str, kind: str | None) -> None:
    assert kind_of(function, types) == kind
