"""The lock under which kernels are made and compiled, one at a time, and for which a fork and the end of the process wait.

A forked child has only the thread that forked. Had another one been compiling, the child would inherit LLVM's locks and
Python's import locks as they were, held for ever by nobody. When a process ends, its daemon threads run on while the
destructors of LLVM's own data run, which a compilation does not survive.
"""

from __future__ import annotations

import atexit
import os
from threading import RLock

COMPILING = RLock()
"""Held by the thread that makes or compiles a kernel, imports of the compiler included."""

# longer than any compilation; a thread that itself waits for this one shall not stop it for ever
_PATIENCE_SECONDS = 30.0

_held_by_fork: list[bool] = []


def _before_fork() -> None:
    _held_by_fork.append(COMPILING.acquire(timeout=_PATIENCE_SECONDS))


def _after_fork() -> None:
    if _held_by_fork.pop():
        COMPILING.release()


def _at_exit() -> None:
    """Take the lock for good: whatever runs after this in other threads compiles nothing any more."""
    COMPILING.acquire(timeout=_PATIENCE_SECONDS)


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
