"""The pool's threads: they start when needed, end before forks and with the interpreter, and hand over what they raised."""

from __future__ import annotations

import ctypes
import os
import threading
import time

import numpy as np
import pytest
from child_processes import run
from parallel_loops import THREADS, calls_on, pool

from cobra.runtime.pool_machine import machine_text

JOB = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
RUN = ctypes.CFUNCTYPE(
    None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 4, ctypes.c_bool
)  # pool, job, context, n, chunk, limit, uses Python, wakes
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def give_out(job, n: int, chunk: int, limit: int = THREADS) -> None:
    RUN(pool.functions["cobra_pool_run"])(pool.address, ctypes.cast(JOB(job), ctypes.c_void_p), None, n, chunk, limit, 0, True)


@pytest.mark.parametrize(("n", "chunk"), [(1, 1), (10, 3), (10, 10), (10, 100), (1000, 7)])
def test_each_part_of_a_job_is_done_once(n: int, chunk: int) -> None:
    parts: list[tuple[int, int]] = []
    give_out(lambda _, start, stop: parts.append((start, stop)), n, chunk)
    assert sorted(parts) == [(start, min(start + chunk, n)) for start in range(0, n, chunk)]


def test_parts_run_at_the_same_time() -> None:
    together = threading.Barrier(THREADS, timeout=20)
    for _ in range(3):
        give_out(lambda *_: together.wait(), THREADS, 1)
    assert not together.broken


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_threads_than_allowed_take_part(limit: int) -> None:
    threads = set()

    def job(*_: int) -> None:
        threads.add(threading.get_ident())
        time.sleep(0.0005)

    for _ in range(3):
        give_out(job, 40, 1, limit)
    assert 1 <= len(threads) <= limit and threading.get_ident() in threads


def test_a_job_inside_a_job_runs_in_its_own_thread() -> None:
    inner: list[tuple[int, int]] = []

    def outer(_: int, start: int, stop: int) -> None:
        me = threading.get_ident()
        give_out(lambda *_: inner.append((me, threading.get_ident())), 3, 1)

    give_out(outer, 4, 1)
    assert len(inner) == 12 and all(own == other for own, other in inner)


def test_many_threads_give_out_jobs_at_once() -> None:
    sums = np.zeros(8, int)

    def use(number: int) -> None:
        for _ in range(50):
            parts: list[int] = []
            give_out(lambda _, start, stop, parts=parts: parts.append(stop - start), 100, 9)
            sums[number] += sum(parts)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums.tolist() == [5000] * 8


def test_threads_stop_and_start_again() -> None:
    give_out(lambda *_: None, 10, 1)
    for _ in range(3):
        pool.stop()
        assert pool.alive == 0 and not any(thread.name.startswith("cobra-1") for thread in pool._live)
        give_out(lambda *_: time.sleep(0.001), 10, 1)
        assert len(pool._live) == THREADS - 1


def test_threads_that_cannot_start_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool.stop()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert len(calls_on([np.zeros(1000), np.zeros(1000)], 1).dimensions) > 1
    assert pool.alive == 0
    pool._shared.started = 0


@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "aarch64", "arm64"])
def test_known_machines(machine: str) -> None:
    text = machine_text(machine)
    assert text is not None
    for name in ("ticks", "relax", "fp_state", "fp_set", "fp_without_flags", "fp_flags"):
        assert f" @{name}(" in text
    assert machine_text("vax") is None


START = """
import os, signal, sys, threading, time, numpy as np, cobra
@cobra.ufunc(types="d->d", policy="parallel")
def slow(x):
    for _ in range(200):
        x = x * 0.5 + 1
    return x
from cobra.runtime.thread_pool import the_pool
the_pool()._fixed.loss_percent = PERCENT     # of the time in one thread: also on a busy machine threads take part
values = np.linspace(0, 1, 100_000)
wanted = 2 + (values - 2) * 0.5 ** 200
slow(values[:1000])
assert np.allclose(slow(values), wanted) and np.allclose(slow(values), wanted)
""".replace("PERCENT", str(1 << 40))


@needs_fork
def test_children_of_a_fork_start_their_own_threads() -> None:
    program = START + """
assert the_pool().alive > 0
codes = []
for _ in range(5):
    child = os.fork()
    if child == 0:
        good = the_pool().alive == 0 and np.allclose(slow(values), wanted) and the_pool().alive > 0
        os._exit(0 if good else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert np.allclose(slow(values), wanted)
print(codes)
"""
    assert run(program, COBRA_NUM_THREADS="3") == "[0, 0, 0, 0, 0]"


@needs_fork
def test_forks_while_another_thread_uses_the_pool() -> None:
    program = START + """
stop = threading.Event()
def use():
    while not stop.is_set(): slow(values)
thread = threading.Thread(target=use); thread.start()
codes = []
for _ in range(8):
    time.sleep(0.005)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.allclose(slow(values), wanted) else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set(); thread.join()
print(codes)
"""
    quiet = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"  # it is this program that has threads
    assert run(quiet + program, COBRA_NUM_THREADS="2") == str([0] * 8)


@needs_fork
def test_a_pool_of_forked_processes() -> None:
    program = START + """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    results = pool.map(slow, [values] * 4)
print(all(np.allclose(result, wanted) for result in results))
"""
    assert run(program, COBRA_NUM_THREADS="2") == "True"


@needs_fork
def test_no_thread_is_left_when_a_process_forks() -> None:
    program = START + """
count = lambda: len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
seen = []
os.register_at_fork(after_in_parent=lambda: seen.append(threading.active_count()))
child = os.fork()
if child == 0: os._exit(0)
os.waitpid(child, 0)
print(seen)
"""
    assert run(program, COBRA_NUM_THREADS="3") == "[1]"


INTERRUPT = """
def interrupt():
    time.sleep(0.15)
    os.kill(os.getpid(), signal.SIGINT)
thread = threading.Thread(target=interrupt)
source = np.linspace(0, 1, 40_000_000).reshape(SHAPE)
out = np.empty_like(source)
thread.start()
try:
    while True:
        out.fill(np.nan)
        slow(source, out=out)
except KeyboardInterrupt:
    print("interrupted", bool(np.isnan(out).any()))
thread.join()
print(np.allclose(slow(values), wanted))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("shape", ["-1", "(40, 1_000_000)"])
@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_control_c_ends_a_call_before_it_is_done(shape: str, threads: str) -> None:
    assert run(START + INTERRUPT.replace("SHAPE", shape), COBRA_NUM_THREADS=threads).split("\n") == ["interrupted True", "True"]


WORKING = "threading.Thread(target=lambda: [slow(values) for _ in range(10**6)], daemon=True).start(); time.sleep(0.05)"


@pytest.mark.parametrize("tail", ["", WORKING])
def test_the_interpreter_ends(tail: str) -> None:
    assert run(f"{START}\n{tail}\nprint('over')", COBRA_NUM_THREADS="3") == "over"


def test_the_number_of_threads_of_a_process() -> None:
    program = "from cobra.runtime.thread_pool import the_pool; print(the_pool().threads)"
    assert run(program, COBRA_NUM_THREADS="5") == "5"
    if hasattr(os, "sched_getaffinity"):
        assert run(program) == str(len(os.sched_getaffinity(0)))
