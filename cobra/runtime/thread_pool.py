"""Threads that share the work of native loops: Python threads that stay in native code, where they spin, then sleep.

In: how many threads there may be. Out: one pool for the process, whose native side other native code calls; it starts its threads
when there is a first job for them. Threads end before a fork and with the interpreter; a child starts its own.
Where the processor is one whose clock and floating-point state are not known to `pool_machine`, there is no pool.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import threading
import time
from contextvars import ContextVar
from functools import cache

from cobra import config
from cobra.runtime.immortal import keep_for_ever
from cobra.runtime.pool_machine import machine_text
from cobra.runtime.pool_memory import PYTHON_FUNCTIONS, Fixed, Seat, Shared, allocate_shared, shared_size
from cobra.runtime.text_loader import load_own

_NAME = "thread pool"
_SPIN, _CHECK = 20e-6, 50e-3
_MEASURED, _AWAKE, _ASLEEP = 1e-6, 2e-6, 60e-6
_LEAST_CHUNK, _MOST_CHUNK = 1e-6, 5e-3
_LOSS_PERCENT = 100
_MOST_THREADS = 256
_PATIENCE = 0.1
_CALIBRATION = 300e-6

thread_policy: ContextVar[int] = ContextVar("cobra_thread_policy", default=0)
"""How many threads a block allows: 0 where none says anything, `ANY_NUMBER` for all."""

ANY_NUMBER = -1


class ThreadPool:
    """The threads of this process; made once, by `the_pool`.

    Attributes
    ----------
    address
        Where native code finds the pool.
    functions
        The addresses of its native functions by name.
    """

    def __init__(self, threads: int) -> None:
        self.functions = load_own(_NAME, _text)
        self.threads = threads
        self._fixed, self._shared_address = Fixed(), allocate_shared(threads)
        self.address: int = ctypes.addressof(self._fixed)
        self._live: list[threading.Thread] = []
        self._work = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(self.functions["cobra_pool_work"])
        self._rouse = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(self.functions["cobra_pool_rouse"])
        self._count_block = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(self.functions["cobra_pool_count_block"])
        self._starter = ctypes.CFUNCTYPE(None)(self._start)
        self._describe()
        keep_for_ever(self)

    @property
    def alive(self) -> int:
        """Return how many threads wait for work or do some."""
        return int(self._shared.alive)

    @property
    def _shared(self) -> Shared:
        return Shared.from_address(self._shared_address)

    def seconds(self, ticks: float) -> float:
        """Return how long so many ticks of the machine's clock take."""
        return ticks / self._ticks_a_second

    def count_block(self, change: int) -> None:
        """Count one block more or less; while there is one, loops ask what `thread_policy` is where they are called."""
        self._count_block(self.address, change)

    def _describe(self) -> None:
        fixed, rate = self._fixed, self._measure_clock()
        self._ticks_a_second = rate
        fixed.shared, fixed.threads = self._shared_address, self.threads
        fixed.main_thread = threading.main_thread().ident or 0
        fixed.starter = ctypes.cast(self._starter, ctypes.c_void_p).value
        fixed.spin_ticks, fixed.check_ticks = int(_SPIN * rate), int(_CHECK * rate)
        fixed.measured_ticks, fixed.awake_ticks, fixed.asleep_ticks = (int(t * rate) for t in (_MEASURED, _AWAKE, _ASLEEP))
        fixed.least_chunk_ticks, fixed.most_chunk_ticks = int(_LEAST_CHUNK * rate), int(_MOST_CHUNK * rate)
        fixed.loss_percent = _LOSS_PERCENT
        fixed.policy_variable = id(thread_policy)
        keep_for_ever(thread_policy)
        for name in PYTHON_FUNCTIONS:
            setattr(fixed, name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)

    def _measure_clock(self) -> float:
        ticks = ctypes.PYFUNCTYPE(ctypes.c_uint64)(self.functions["cobra_pool_ticks"])
        begin, first = time.perf_counter(), ticks()
        while time.perf_counter() - begin < _CALIBRATION:
            pass
        return float((ticks() - first) / (time.perf_counter() - begin))

    def _start(self) -> None:
        """Start the threads; native code calls this before the first job of a process, with nobody to raise to."""
        self._fixed.main_thread = threading.main_thread().ident or 0
        self._live = []
        try:
            for member in range(self.threads):
                self._furnish(member)
            for member in range(1, self.threads):
                thread = threading.Thread(target=self._serve, args=(member,), name=f"cobra-{member}", daemon=True)
                thread.start()
                self._live.append(thread)
        except (RuntimeError, MemoryError):  # no more threads: a job is done by those that there are
            return

    def _furnish(self, member: int) -> None:
        seat = Seat.from_address(self._shared_address + ctypes.sizeof(Shared) + member * ctypes.sizeof(Seat))
        if not seat.lock:
            lock = _allocate_lock()
            _acquire_lock(lock, 1)
            seat.lock = lock

    def _serve(self, member: int) -> None:
        if hasattr(signal, "pthread_sigmask"):  # signals are for the main thread; none shall disturb a sleep
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._work(self.address, member)

    def stop(self) -> None:
        """End the threads, if they do so soon; the next job starts new ones."""
        if not self._live:
            return
        self._shared.stopping = 1
        for member in range(1, self.threads):
            self._rouse(self.address, member)
        until = time.monotonic() + _PATIENCE
        for thread in self._live:
            thread.join(max(0.0, until - time.monotonic()))
        self._live = [thread for thread in self._live if thread.is_alive()]
        self._shared.stopping = 0
        if not self._live:
            self._shared.started = 0

    def forget(self) -> None:
        """Begin anew in a forked child, where there are no threads."""
        self._live = []
        ctypes.memset(self._shared_address, 0, shared_size(self.threads))


_allocate_lock = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThread_allocate_lock", ctypes.pythonapi))
_acquire_lock = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(("PyThread_acquire_lock", ctypes.pythonapi))


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def the_pool() -> ThreadPool | None:
    """Return the pool of this process, or None where there can be none."""
    if machine_text() is None:
        return None
    pool = ThreadPool(min(config.settings.num_threads or processors(), _MOST_THREADS))
    atexit.register(pool.stop)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=pool.stop, after_in_child=pool.forget)
    return pool


def _text() -> str:
    from cobra.runtime import parallel_loop, parallel_overlap, pool_callers, pool_workers  # their texts are needed here only

    texts = (pool_callers.text(), pool_workers.text(), parallel_overlap.text(), parallel_loop.text())
    return "\n".join((machine_text() or "", *texts))
