"""Kernels on vectors, structures and fixed arrays, compiled and run as plain Python on NumPy arrays and records, side by side.

Goes in: a Python function and the types of its operands. Comes out: nothing, or an assertion that names the first operands for
which values or dtypes differ.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from oracle import VALUES

import cobra
from cobra.compounds import FieldType, leaves

_ROWS = 24


def samples(kind: FieldType, seed: int, *, tame: bool = False) -> np.ndarray[Any, Any]:
    """Return values of a type: sample numbers in shuffled order; `tame` ones are small, positive and finite."""
    random = np.random.default_rng(seed)
    made = np.zeros(_ROWS, kind.dtype)
    for leaf in leaves(kind):
        values = np.array(VALUES[leaf.type.char], leaf.type.dtype)
        if tame:
            values = values[np.isfinite(values) & (abs(values) < 10) & (values.real > 0)] if leaf.type.kind != "bool" else values
        _at(made, leaf.path)[...] = random.choice(values, _ROWS)
    return made


def _at(array: np.ndarray[Any, Any], path: tuple[int, ...]) -> np.ndarray[Any, Any]:
    for position in path:
        array = array[:, position] if array.ndim > 1 else array[array.dtype.names[position]]
    return array


def check(
    function: Callable[..., Any],
    *types: FieldType,
    tame: bool = False,
    ulps: float = 0,
    signs: bool = True,
    outputs: Any = None,
    source: str | None = None,
) -> None:
    """Assert that the kernel gives what plain Python gives, in value and dtype; zeros may differ in sign unless `signs`."""
    kernel = cobra.ufunc(function, types=[(types, outputs)], source=source)
    columns = [samples(kind, seed, tame=tame) for seed, kind in enumerate(types)]
    with np.errstate(all="ignore"):
        results = kernel(*columns)
        wanted = [function(*(_operand(column[row]) for column in columns)) for row in range(_ROWS)]
    if outputs is not None:
        wanted = [_declared(row, outputs) for row in wanted]
    _compare(columns, results, wanted, partial(_alike, ulps=ulps, signs=signs))


def _declared(values: Any, outputs: Any) -> Any:
    """Return what a tuple stands for where a structure is declared."""
    if isinstance(outputs, tuple):
        return tuple(_declared(value, kind) for value, kind in zip(values, outputs, strict=True))
    return outputs(*values) if isinstance(values, tuple) else values


def _operand(value: Any) -> Any:
    return value.copy() if isinstance(value, (np.ndarray, np.void)) else value


def _compare(columns: list[Any], results: Any, wanted: list[Any], alike: Callable[[Any, Any], bool]) -> None:
    got = results if isinstance(results, tuple) else (results,)
    expected = [row if isinstance(row, tuple) else (row,) for row in wanted]
    assert {len(row) for row in expected} == {len(got)}
    for k, output in enumerate(got):
        for row, values in enumerate(expected):
            value = np.asarray(values[k])
            where = f"{[column[row] for column in columns]}: plain Python gives {value!r}, the kernel {output[row]!r}"
            assert output[row].dtype == value.dtype, where
            assert output[row].shape == value.shape, where
            assert alike(output[row], value), where


def _alike(got: Any, wanted: Any, *, ulps: float, signs: bool) -> bool:
    if got.dtype.names:
        return all(_alike(np.asarray(got[name]), np.asarray(wanted[name]), ulps=ulps, signs=signs) for name in got.dtype.names)
    if got.dtype.kind in "biu":
        return bool(np.all(got == wanted))
    same = np.isclose(got, wanted, rtol=ulps * np.finfo(got.dtype).eps, atol=0, equal_nan=True)
    zeros = (got == 0) & (np.signbit(got.real) != np.signbit(wanted.real))
    return bool(np.all(same) and not (signs and np.any(zeros)))

