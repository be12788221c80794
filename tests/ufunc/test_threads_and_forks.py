"""Many threads, forked processes and the end of the interpreter, around kernels that are being made."""

from __future__ import annotations

import itertools
import os
import pickle
import threading
from collections.abc import Callable

import numpy as np
import pytest
from child_processes import run

import cobra
from cobra.compiler import pipeline
from cobra.ufunc.kernel import rebuild

THREADS = 16
fresh = itertools.count(10_000)

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def all_at_once(action: Callable[[int], object]) -> list[object]:
    """Run an action in many threads that start together; return what each gave or raised."""
    barrier, results = threading.Barrier(THREADS), [None] * THREADS

    def work(number: int) -> None:
        barrier.wait()
        try:
            results[number] = action(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of loops that are compiled from now on."""
    done: list[str] = []
    compile_loop = pipeline.compile_loop

    def spy(spec, loop, symbols):
        done.append(str(loop))
        return compile_loop(spec, loop, symbols)

    monkeypatch.setattr(pipeline, "compile_loop", spy)
    return done


def make_kernel():
    constant = float(next(fresh))
    return constant, cobra.ufunc(lambda x: x + constant)


def test_first_call_from_many_threads_compiles_once(compilations: list[str]) -> None:
    constant, kernel = make_kernel()
    values = np.arange(1000.0)
    results = all_at_once(lambda number: kernel(values + number))
    assert all(np.array_equal(result, values + number + constant) for number, result in enumerate(results))
    assert compilations == ["d->d"]


def test_different_loops_from_many_threads(compilations: list[str]) -> None:
    constant, kernel = make_kernel()
    codes = "bhilfd"
    results = all_at_once(lambda number: kernel(np.ones(3, codes[number % len(codes)])))
    assert all(np.array_equal(result, np.full(3, 1 + constant)) for result in results)
    assert len(compilations) == len(set(compilations)) == len(codes)


def test_making_a_kernel_in_many_threads() -> None:
    constant = float(next(fresh))
    made = all_at_once(lambda number: cobra.ufunc(lambda x: x - constant, types="d->d"))
    assert len({id(kernel) for kernel in made}) == 1 and made[0](constant) == 0


def test_unpickling_in_many_threads() -> None:
    data = pickle.dumps(make_kernel()[1])
    assert len({id(kernel) for kernel in all_at_once(lambda number: pickle.loads(data))}) == 1


def test_errors_reach_the_thread_that_called() -> None:
    @cobra.ufunc
    def positive(x: float) -> float:
        if x <= 0:
            raise ValueError("not positive")
        return x

    results = all_at_once(lambda number: positive(float(number % 2)))
    assert [type(result) for result in results] == [ValueError, np.float64] * (THREADS // 2)


def test_a_compilation_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    constant, kernel = make_kernel()

    def fail(*_):
        raise cobra.errors.CompilationFailed("no")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "compile_loop", fail)
        with pytest.raises(cobra.errors.CompilationFailed, match="no"):
            kernel(1.0)
    assert kernel(1.0) == 1 + constant


def test_threads_run_kernels_at_the_same_time() -> None:
    @cobra.ufunc
    def slow(x: float, rounds: int) -> float:
        for _ in range(rounds):
            x = x * 0.5 + 1
        return x

    values = np.ones(1000)  # NumPy keeps the GIL for up to 500 elements
    slow(values, 1)
    started, ended = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        slow(values, 2_000_000)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    turns = 0
    while not ended.wait(0.001):
        turns += 1
    thread.join()
    assert turns > 3


FORK = """
import os, sys, threading, numpy as np, cobra

def make(k):
    constant = float(k)
    return cobra.ufunc(lambda x: x * constant + os_free, types="d->d")

os_free = 0.5
known = make(3)
known(np.ones(3))
lazy = make(4)

def check():
    for kernel, factor in ((known, 3), (lazy, 4), (make(5 + os.getpid() % 1000), 5 + os.getpid() % 1000)):
        assert np.array_equal(kernel(np.ones(3)), np.full(3, factor + 0.5))

def fork():
    child = os.fork()
    if child:
        return child
    try:
        check()
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)
"""


@needs_fork
def test_forked_children_have_and_make_kernels() -> None:
    program = """
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in [fork() for _ in range(3)]]
check()
print(codes)
"""
    assert run(FORK + program) == "[0, 0, 0]"


@needs_fork
def test_fork_while_other_threads_compile() -> None:
    program = """
stop = threading.Event()
made = []
def busy(first):
    k = first
    while not stop.is_set():
        k += 2
        made.append(make(k)(1.0))
threads = [threading.Thread(target=busy, args=(first,)) for first in (100, 101)]
for thread in threads: thread.start()
while len(made) < 2: pass
codes = []
for _ in range(8):
    codes.append(os.waitstatus_to_exitcode(os.waitpid(fork(), 0)[1]))
stop.set()
for thread in threads: thread.join()
print(codes, len(made) > 2)
"""
    assert run(FORK + program, COBRA_CACHE="0") == f"{[0] * 8} True"


@needs_fork
def test_fork_before_the_compiler_is_imported() -> None:
    program = """
thread = threading.Thread(target=lambda: lazy(1.0))
thread.start()
codes = [os.waitstatus_to_exitcode(os.waitpid(fork(), 0)[1]) for _ in range(2)]
thread.join()
print(codes)
"""
    assert run(FORK.replace("known(np.ones(3))\n", "") + program, COBRA_CACHE="0") == "[0, 0]"


EXIT = """
import sys, threading, time, numpy as np, cobra

@cobra.ufunc
def endless(x: float) -> float:
    while x >= 0:
        x = x * 0.5 + 1
    return x

@cobra.ufunc
def short(x: float) -> float:
    return x + 1

def again():
    values = np.ones(100_000)
    while True:
        short(values)

short(1.0)
threads = [threading.Thread(target=target, args=arguments, daemon=True) for target, arguments in PLAN]
for thread in threads: thread.start()
time.sleep(0.05)
print("over")
"""


@pytest.mark.parametrize("plan", ["[(endless, (np.ones(1000),))] * 2", "[(again, ())] * 3"])
def test_the_interpreter_ends_while_daemon_threads_are_in_kernels(plan: str) -> None:
    assert run(EXIT.replace("PLAN", plan)) == "over"


def test_the_interpreter_ends_while_a_daemon_thread_compiles() -> None:
    program = """
import itertools, threading, time, cobra
def busy():
    for k in itertools.count():
        cobra.ufunc(lambda x: x + k, types="d->d")(1.0)
threading.Thread(target=busy, daemon=True).start()
time.sleep(0.3)
print("over")
"""
    for _ in range(2):
        assert run(program, COBRA_CACHE="0") == "over"


def test_kernels_may_be_rebuilt_while_others_are_made() -> None:
    from cobra.ufunc.kernel import kernel_of

    kernels = [make_kernel()[1] for _ in range(3)]
    rebuilt = all_at_once(lambda number: rebuild(kernel_of(kernels[number % 3]).spec) if number % 2 else make_kernel()[1])
    assert all(type(kernel) is np.ufunc for kernel in rebuilt)
