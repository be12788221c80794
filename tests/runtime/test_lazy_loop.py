"""Loops that make themselves: asked once, patched or forwarded, and every failure reaches the caller of the ufunc."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cobra.runtime import lazy_loop
from cobra.runtime.lazy_loop import LazyLoop
from cobra.runtime.loader import OWN_LOADER
from cobra.runtime.text_loader import load_text
from cobra.ufunc.numpy_object import LoopSlot, LoopTable, make_ufunc

# x + y, or x + y + *data when there is data
ADD = """
define void @add(ptr %args, ptr %dims, ptr %steps, ptr %data) nounwind {
entry:
  %n = load i64, ptr %dims
  %first = load ptr, ptr %args
  %second.at = getelementptr ptr, ptr %args, i64 1
  %second = load ptr, ptr %second.at
  %third.at = getelementptr ptr, ptr %args, i64 2
  %third = load ptr, ptr %third.at
  %step1 = load i64, ptr %steps
  %step2.at = getelementptr i64, ptr %steps, i64 1
  %step2 = load i64, ptr %step2.at
  %step3.at = getelementptr i64, ptr %steps, i64 2
  %step3 = load i64, ptr %step3.at
  %bare = icmp eq ptr %data, null
  br i1 %bare, label %head, label %offset
offset:
  %given = load double, ptr %data
  br label %head
head:
  %extra = phi double [ 0.0, %entry ], [ %given, %offset ]
  br label %test
test:
  %i = phi i64 [ 0, %head ], [ %next, %body ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %o1 = mul i64 %i, %step1
  %o2 = mul i64 %i, %step2
  %o3 = mul i64 %i, %step3
  %p1 = getelementptr i8, ptr %first, i64 %o1
  %p2 = getelementptr i8, ptr %second, i64 %o2
  %p3 = getelementptr i8, ptr %third, i64 %o3
  %x = load double, ptr %p1
  %y = load double, ptr %p2
  %sum = fadd double %x, %y
  %all = fadd double %sum, %extra
  store double %all, ptr %p3
  %next = add i64 %i, 1
  br label %test
done:
  ret void
}
"""


@cache
def add_loop() -> int:
    return load_text(ADD)["add"]


def lazy_ufunc(callback: lazy_loop.Callback, **options: bool) -> tuple[np.ufunc, LoopTable, LazyLoop]:
    lazy = LazyLoop(callback, **options)
    ufunc, table = make_ufunc("lazy", [LoopSlot("ddd", lazy.function, lazy.data)], 2, 1, identity=0)
    return ufunc, table, lazy


def failing(error: BaseException) -> np.ufunc:
    return lazy_ufunc(lambda *_: error)[0]


def test_forward_is_asked_for_once() -> None:
    asked: list[tuple[int, ...]] = []

    def find(*addresses: int) -> None:
        asked.append(addresses)
        lazy.forward(add_loop())

    ufunc, _, lazy = lazy_ufunc(find)
    assert not lazy.is_forwarded
    assert ufunc(1.0, 2.0) == 3.0
    assert lazy.is_forwarded
    np.testing.assert_array_equal(ufunc(np.arange(6.0)[::2], 1.0), [1.0, 3.0, 5.0])
    assert len(asked) == 1
    assert all(isinstance(address, int) for address in asked[0])
    assert asked[0][3] == lazy.data


def test_forward_passes_data_and_the_first_one_counts() -> None:
    offset = ctypes.c_double(10.0)

    def find(*_: int) -> None:
        lazy.forward(add_loop(), ctypes.addressof(offset))
        lazy.forward(1, 2)

    ufunc, _, lazy = lazy_ufunc(find)
    np.testing.assert_array_equal(ufunc(np.ones((700, 3))[:, ::2], 1.0), np.full((700, 2), 12.0))


def test_forward_before_any_call() -> None:
    ufunc, _, lazy = lazy_ufunc(lambda *_: pytest.fail("nobody needs to be asked"))
    lazy.forward(add_loop())
    assert ufunc.reduce(np.ones(10)) == 10.0


def test_forward_by_a_thread_the_callback_waits_for() -> None:
    def find(*_: int) -> None:
        worker = threading.Thread(target=lambda: lazy.forward(add_loop()))
        worker.start()
        worker.join(5)
        assert not worker.is_alive()

    ufunc, _, lazy = lazy_ufunc(find)
    assert ufunc(1.0, 2.0) == 3.0


def test_resolve_run_and_patch() -> None:
    """The other way: the callback does this call's work itself and replaces the entry of the loop table."""
    asked = 0

    def find(arguments: int, dimensions: int, steps: int, _: int) -> None:
        nonlocal asked
        asked += 1
        ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(add_loop())(arguments, dimensions, steps, None)
        table.patch(0, add_loop())

    ufunc, table, lazy = lazy_ufunc(find)
    assert table[0] == (lazy.function, lazy.data)
    assert ufunc(1.0, 2.0) == 3.0
    assert ufunc(1.0, 5.0) == 6.0
    assert asked == 1
    assert table[0] == (add_loop(), 0)


BIG = np.ones((300, 500))
USES: dict[str, Callable[[np.ufunc], object]] = {
    "scalars": lambda f: f(1.0, 2.0),
    "small array": lambda f: f(np.ones(3), 1.0),
    "without the GIL": lambda f: f(BIG, BIG),
    "many rows": lambda f: f(BIG[:, ::2], BIG[:, ::2]),
    "cast": lambda f: f(BIG.astype(np.float32), 1),
    "out": lambda f: f(BIG, 1.0, out=np.empty(BIG.shape)),
    "where": lambda f: f(BIG, BIG, where=BIG > 0, out=np.empty(BIG.shape)),
    "reduce": lambda f: f.reduce(np.ones(4)),
    "reduce all axes": lambda f: f.reduce(BIG, axis=None),
    "reduce where": lambda f: f.reduce(BIG, where=BIG > 0),
    "accumulate": lambda f: f.accumulate(BIG, axis=1),
    "reduceat": lambda f: f.reduceat(BIG, [0, 5, 9]),
    "at": lambda f: f.at(np.ones(40000), np.arange(30000), 1.0),
    "at with a cast": lambda f: f.at(np.ones(5, np.float32), [0, 1], np.float32(1)),
    "outer": lambda f: f.outer(np.ones(300), np.ones(300)),
}


@pytest.mark.parametrize("use", USES)
def test_returned_exceptions_surface(use: str) -> None:
    with pytest.raises(LookupError, match="no code for this"):
        USES[use](failing(LookupError("no code for this")))


def test_one_failure_stops_all_rows() -> None:
    asked = 0

    def find(*_: int) -> BaseException:
        nonlocal asked
        asked += 1
        return ValueError("once")

    ufunc, _, _ = lazy_ufunc(find)
    for times in (1, 2):
        with pytest.raises(ValueError, match="once"):
            ufunc(BIG[:, ::2], BIG[:, ::2])
        assert asked == times


def test_raised_exceptions_surface_without_the_inner_frames() -> None:
    def find(*_: int) -> None:
        raise LookupError("raised")

    for keep_traceback in (False, True):
        ufunc, _, _ = lazy_ufunc(find, keep_traceback=keep_traceback)
        with pytest.raises(LookupError, match="raised") as caught:
            ufunc(1.0, 2.0)
        assert ("find" in [entry.name for entry in caught.traceback]) == keep_traceback


def test_success_after_a_failure() -> None:
    answers: list[BaseException | None] = [ValueError("not yet")]

    def find(*_: int) -> BaseException | None:
        if answers:
            return answers.pop()
        lazy.forward(add_loop())
        return None

    ufunc, _, lazy = lazy_ufunc(find)
    with pytest.raises(ValueError, match="not yet"):
        ufunc(1.0, 2.0)
    assert ufunc(1.0, 2.0) == 3.0


def test_interrupts_surface() -> None:
    def find(*_: int) -> None:
        signal.raise_signal(signal.SIGINT)
        while True:
            pass

    with pytest.raises(KeyboardInterrupt):
        lazy_ufunc(find)[0](1.0, 2.0)


def test_answers_of_a_wrong_kind_are_errors() -> None:
    with pytest.raises(TypeError, match="returned str, not an exception or None"):
        lazy_ufunc(lambda *_: "done")[0](1.0, 2.0)  # type: ignore[arg-type]


def test_a_swallowed_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is raised before the first line of the callback is printed by ctypes and lost; the output must not be used."""
    printed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)

    def lose(*_: int) -> None:
        raise KeyboardInterrupt

    losing = ctypes.CFUNCTYPE(None, *[ctypes.c_size_t] * 5)(lose)
    ufunc, _, lazy = lazy_ufunc(lambda *_: None)
    lazy._record.callback = ctypes.cast(losing, ctypes.c_void_p)
    with pytest.raises(RuntimeError, match="interrupted before its code was found"):
        ufunc(1.0, 2.0)
    assert len(printed) == 1


def test_no_reference_is_lost_or_made() -> None:
    class Counted(Exception):
        pass

    error = Counted()
    ufunc = failing(error)
    counts = []
    for _ in range(3):
        with pytest.raises(Counted):
            ufunc(1.0, 2.0)
        error.__traceback__ = None
        counts.append((sys.getrefcount(error), sys.getrefcount(Counted)))
    assert counts[1:] == counts[:1] * 2


@pytest.mark.parametrize("size", [10, 100_000])
def test_threads_ask_once_and_all_get_results(size: int) -> None:
    asked = []
    start = threading.Barrier(6)
    results: list[float] = []

    def find(*_: int) -> None:
        asked.append(threading.get_ident())
        threading.Event().wait(0.02)
        lazy.forward(add_loop())

    def work() -> None:
        start.wait()
        results.append(float(ufunc(np.ones(size), 1.0).sum()))

    ufunc, _, lazy = lazy_ufunc(find)
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2.0 * size] * 6
    assert len(asked) == 1


def test_exceptions_surface_in_their_thread() -> None:
    ufunc, _, _ = lazy_ufunc(lambda *_: LookupError(threading.current_thread().name))
    caught: dict[str, str] = {}

    def work() -> None:
        for _ in range(50):
            try:
                ufunc(np.ones(2000), 1.0)
            except LookupError as error:
                caught[threading.current_thread().name] = str(error.args[0])

    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caught == {f"worker {i}": f"worker {i}" for i in range(4)}


@pytest.mark.skipif(sys.platform != "linux", reason="names the math library of Linux")
def test_flags_raised_while_resolving_are_not_the_kernels() -> None:
    raise_flags = ctypes.CDLL("libm.so.6").feraiseexcept
    everything = 0x3D

    def find(*_: int) -> None:
        raise_flags(everything)
        lazy.forward(add_loop())

    def fail(*_: int) -> None:
        raise_flags(everything)
        raise LookupError("found nothing")

    def work_itself(*_: int) -> None:
        raise_flags(everything)

    with np.errstate(all="raise"):
        ufunc, _, lazy = lazy_ufunc(find)
        assert ufunc(1.0, 2.0) == 3.0
        ufunc, _, lazy = lazy_ufunc(find)
        with pytest.raises(FloatingPointError, match="overflow"):
            ufunc(1.7e308, 1.7e308)
        with pytest.raises(LookupError, match="found nothing"):
            lazy_ufunc(fail)[0](1.0, 2.0)
        with pytest.raises(FloatingPointError):
            lazy_ufunc(work_itself)[0](1.0, 2.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_while_another_thread_resolves() -> None:
    parent = os.getpid()
    inside, leave = threading.Event(), threading.Event()

    def find(*_: int) -> None:
        if os.getpid() == parent:
            inside.set()
            leave.wait()
        lazy.forward(add_loop())

    ufunc, _, lazy = lazy_ufunc(find)
    add_loop()
    thread = threading.Thread(target=ufunc, args=(1.0, 2.0))
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os._exit(0 if ufunc(1.0, 2.0) == 3.0 else 1)
    _, status = os.waitpid(child, 0)
    leave.set()
    thread.join()
    assert status == 0


PROGRAM = """
import sys
from cobra.runtime.lazy_loop import LazyLoop
from cobra.runtime.loader import OWN_LOADER
from cobra.runtime.core_dimensions import core_size_function
from cobra.ufunc.signature import Signature
lazy = LazyLoop(lambda *_: None)
signature = Signature.parse("(n)->(n+1)")
assert lazy.function and core_size_function(str(signature), signature.symbols, signature.formulas)
print("llvmlite" in sys.modules)
"""


@pytest.mark.skipif(not OWN_LOADER, reason="llvmlite loads the code on this machine")
def test_cached_objects_need_no_llvmlite(tmp_path: Path) -> None:
    environment = {**os.environ, "COBRA_CACHE_DIR": str(tmp_path / "cache"), "COBRA_CACHE": "1", "COBRA_LOADER": ""}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(4)
    ]
    assert answers[0] == "True"
    assert "False" in answers  # not each time: a source file saved meanwhile gives the cache another key


def test_without_a_cache(tmp_path: Path) -> None:
    environment = {**os.environ, "COBRA_CACHE": "0", "COBRA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
    assert not list(tmp_path.iterdir())
