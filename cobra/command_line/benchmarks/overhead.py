"""What a call costs when there is nothing to compute: arrays of one element, and Python numbers.

A kernel with as many operands as `numpy.add` is compared with it, one with three inputs with NumPy's own ufunc of three inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with, with_numba
from cobra.command_line.benchmarks.timing import Contestant

CALL = Bar("call", 1.1, (NUMPY,))


def _add(a, b):  # type: ignore[no-untyped-def]
    return a + b


def _muladd(a, b, c):  # type: ignore[no-untyped-def]
    return a * b + c


def _contestants(
    function: Callable[..., Any], types: str | None, rival: np.ufunc, arguments: Sequence[Any]
) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        kernel = cobra.ufunc(function) if types is None else cobra.ufunc(types=[types])(function)
        concrete = types or "dd->d"
        return [
            call_with(rival, arguments, NUMPY),
            *with_numba(function, concrete, arguments),
            call_with(kernel, arguments, COBRA),
        ]

    return make


def cases() -> list[Case]:
    """Return the cases of call overhead."""
    one, out = np.ones(1), np.empty(1)
    # 1 + 1 clipped to [1, 1] and 1 * 1 + 1 differ, so the operands make both 0
    zero = np.zeros(1)
    clip: np.ufunc = import_module("numpy._core.umath").clip
    rows: list[tuple[str, Callable[..., Any], str | None, np.ufunc, Sequence[Any]]] = [
        ("2 arrays, out", _add, "dd->d", np.add, (one, one, out)),
        ("2 arrays", _add, "dd->d", np.add, (one, one)),
        ("2 Python floats", _add, "dd->d", np.add, (1.0, 2.0)),
        ("2 arrays, out, types inferred", _add, None, np.add, (one, one, out)),
        ("3 arrays, out", _muladd, "ddd->d", clip, (zero, zero, zero, out)),
        ("3 Python floats", _muladd, "ddd->d", clip, (0.0, 0.0, 0.0)),
    ]
    return [
        race("1-element call", name, _contestants(function, types, rival, arguments), (CALL,))
        for name, function, types, rival, arguments in rows
    ]
