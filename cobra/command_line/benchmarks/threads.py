"""Parallel kernels beside the same kernels in one thread: from where on threads pay, and that they never cost.

The work is a kernel that computes rather than moves bytes; its sizes are chosen by what one thread takes for them. Rows are left
out where the process has one processor only.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with
from cobra.command_line.benchmarks.timing import Contestant
from cobra.runtime.thread_pool import the_pool

GROUP = "parallel"
ONE_THREAD = "one thread"
FASTER = Bar("1.8 times as fast as one thread", 1 / 1.8, (ONE_THREAD,))
NEVER_SLOWER = Bar("never below 0.95 times one thread", 1 / 0.95, (ONE_THREAD,))
DISPATCH = Bar("a job for awake threads", 2e-6)
SMALL = (1, 100, 300, 1_000, 3_000, 10_000, 30_000)
LARGE = (100_000, 300_000, 1_000_000)
"""Sizes whose work takes one thread 0.1 ms and more."""

_NOTHING = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 4, ctypes.c_bool)


def _wave(x):  # type: ignore[no-untyped-def]
    return np.exp(np.sin(x)) * np.cos(x) + x


def _both(size: int) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        values = np.random.default_rng(8).random(size)
        serial, parallel = (cobra.ufunc(types="d->d", policy=policy)(_wave) for policy in ("vectorized", "parallel"))
        for _ in range(3):  # it learns what an element costs
            parallel(np.ones(10_000))
        return [call_with(serial, [values, np.empty(size)], ONE_THREAD), call_with(parallel, [values, np.empty(size)], COBRA)]

    return make


def _dispatch() -> list[Contestant]:
    pool = the_pool()
    assert pool is not None
    # a job that adds where its two chunks start to a counter: nothing to speak of
    counter = ctypes.create_string_buffer(4096)
    run = _NOTHING(pool.functions["cobra_pool_run"])
    job = pool.functions["cobra_pool_count_block"]
    names = {"run": run, "pool": pool.address, "job": job, "counter": ctypes.addressof(counter), "kept": counter}
    return [Contestant(COBRA, "run(pool, job, counter, 2, 1, 2, 0, True)", names)]


def cases() -> list[Case]:
    """Return the cases of parallel kernels."""
    pool = the_pool()
    if pool is None or pool.threads == 1:
        return []
    small = [race(GROUP, f"f64, n={size}", _both(size), [NEVER_SLOWER], size=size) for size in SMALL]
    large = [race(GROUP, f"f64, n={size}", _both(size), [NEVER_SLOWER, FASTER], size=size) for size in LARGE]
    return [race(GROUP, "hot dispatch, called through ctypes", _dispatch, [DISPATCH]), *small, *large]
