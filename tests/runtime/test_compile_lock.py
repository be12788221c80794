"""The lock that a fork waits for."""

from __future__ import annotations

import os
import threading
import time

import pytest

from cobra.runtime import compile_lock
from cobra.runtime.compile_lock import COMPILING

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def in_child(action) -> int:
    """Return the exit code of a forked child that does something."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(action())
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def is_free() -> int:
    """Return 0 when another thread can take the lock."""
    taken = []

    def take() -> None:
        taken.append(COMPILING.acquire(timeout=1))
        if taken[0]:
            COMPILING.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return 0 if taken == [True] else 1


@needs_fork
def test_a_fork_leaves_the_lock_free() -> None:
    assert in_child(is_free) == 0 and is_free() == 0


@needs_fork
def test_a_fork_waits_for_another_thread() -> None:
    held, done = threading.Event(), []

    def hold() -> None:
        with COMPILING:
            held.set()
            time.sleep(0.1)
            done.append(True)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert in_child(lambda: 0 if done else 1) == 0
    thread.join()


@needs_fork
def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_lock, "_PATIENCE_SECONDS", 0.05)
    held, stop = threading.Event(), threading.Event()

    def hold() -> None:
        with COMPILING:
            held.set()
            stop.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert in_child(lambda: 7) == 7
    stop.set()
    thread.join()
    assert is_free() == 0
