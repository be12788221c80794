"""A pool of a test's own that splits whatever it may, and loops that note how they were called."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from cobra.runtime.parallel_loop import PARALLEL_LOOP
from cobra.runtime.parallel_record import ParallelOperand, parallel_record
from cobra.runtime.thread_pool import ThreadPool

THREADS = 3
LOOP = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
THRESHOLDS = {"measured_ticks": 0, "awake_ticks": 0, "asleep_ticks": 0, "least_chunk_ticks": 0, "loss_percent": 1 << 40}

pool = ThreadPool(THREADS)
"""Made once: pools live for ever."""


@contextmanager
def eager(pool: ThreadPool) -> Iterator[None]:
    """Let nothing be too small for a pool, and no loss too large."""
    before = {name: getattr(pool._fixed, name) for name in THRESHOLDS}
    for name, value in THRESHOLDS.items():
        setattr(pool._fixed, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(pool._fixed, name, value)


@dataclass
class Calls:
    """How often and how a serial loop was called."""

    addresses: list[list[int]] = field(default_factory=list)
    dimensions: list[list[int]] = field(default_factory=list)

    def loop(self, operands: int, symbols: int) -> Callable[..., None]:
        def note(arguments: int, dimensions: int, steps: int, data: int) -> None:
            self.addresses.append(list((ctypes.c_int64 * operands).from_address(arguments)))
            self.dimensions.append(list((ctypes.c_int64 * (1 + symbols)).from_address(dimensions)))

        return note


def words(*values: int) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * len(values))(*values)


def run_loop(
    loop: Callable[[int, int, int, int], None],
    operands: Sequence[ParallelOperand],
    addresses: Sequence[int],
    steps: Sequence[int],
    dimensions: Sequence[int],
    *,
    num_threads: int = 0,
    times: int = 2,
) -> None:
    """Run a loop in parallel; the first time it only learns what it costs."""
    native = LOOP(loop)
    address = ctypes.cast(native, ctypes.c_void_p).value
    symbols = len(dimensions) - 1
    record = parallel_record(
        address, 0, operands, symbols=symbols, num_threads=num_threads, uses_python=False, pool=pool.address
    )
    with eager(pool):
        for _ in range(times):
            LOOP(pool.functions[PARALLEL_LOOP])(words(*addresses), words(*dimensions), words(*steps), record)


def calls_on(arrays: Sequence[np.ndarray], inputs: int, **options: int) -> Calls:
    """Return how an elementwise loop was called after its first time, on the first axis of arrays."""
    calls = Calls()
    operands = [ParallelOperand(a.itemsize, k >= inputs) for k, a in enumerate(arrays)]
    addresses, steps = [a.ctypes.data for a in arrays], [a.strides[0] for a in arrays]
    run_loop(calls.loop(len(arrays), 0), operands, addresses, steps, [max(len(a) for a in arrays)], **options)
    del calls.addresses[0], calls.dimensions[0]
    return calls
