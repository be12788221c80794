"""Kernels in two policies that do the same, and a pool that splits all it may, whatever it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from parallel_loops import eager, pool

import cobra
from cobra.runtime import thread_pool
from cobra.ufunc import call_splitting, parallel_call


@contextmanager
def splitting(monkeypatch) -> Iterator[None]:
    """Let kernels whose loops are not made yet use a pool of several threads that splits at once."""
    monkeypatch.setattr(thread_pool, "the_pool", lambda: pool)
    monkeypatch.setattr(parallel_call, "the_pool", lambda: pool)
    monkeypatch.setattr(call_splitting, "_WORTH", 0.0)
    monkeypatch.setattr(call_splitting, "_PART", 1e-9)
    parallel_call._native_run.cache_clear()
    with eager(pool):
        yield
    parallel_call._native_run.cache_clear()


def blend(x, y):
    return np.sqrt(x * x + y * y) * 0.25 + x * 0.5


def halves(x):
    return x * 0.5, x > 1


def row_sums(rows, out):
    for k in range(rows.shape[0]):
        total = 0.0
        for j in range(rows.shape[1]):
            total += rows[k, j]
        out[k] = total


def scaled_rows(rows, factor, out):
    for k in range(rows.shape[0]):
        out[k] = rows[k] * factor


OPTIONS = {
    blend: {"types": ["ff->f", "dd->d"], "identity": 0},
    halves: {"types": ["d->d?"]},
    row_sums: {"types": "d->d", "signature": "(m,n)->(m)"},
    scaled_rows: {"types": "dd->d", "signature": "(m),()->(m)"},
}


def both(function) -> tuple[np.ufunc, np.ufunc]:
    """Return a kernel as it runs without and with threads."""
    return tuple(cobra.ufunc(**OPTIONS[function], policy=policy)(function) for policy in ("vectorized", "parallel"))


def same(first: object, second: object) -> bool:
    """Tell whether two results are equal in every respect, the layout of arrays included."""
    if isinstance(first, tuple):
        return all(same(*pair) for pair in zip(first, second, strict=True))
    a, b = np.asarray(first), np.asarray(second)
    return a.dtype == b.dtype and a.shape == b.shape and a.strides == b.strides and np.array_equal(a, b, equal_nan=True)


def jobs_of(action: Callable[[], object]) -> int:
    """Return how many jobs the pool was given."""
    before = int(pool._shared.claims) >> 32
    action()
    return (int(pool._shared.claims) >> 32) - before
