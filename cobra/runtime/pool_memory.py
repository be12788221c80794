"""The thread pool's memory as its native code and Python both see it.

`Shared` changes while jobs run; a forked child must find it full of zeros, which mean "no thread started, nothing locked",
because the threads that would have changed it back do not exist there. `Fixed` holds what stays true. Offsets are taken
from these structures wherever LLVM text needs them, so there is one description of each.
"""

from __future__ import annotations

import ctypes
import mmap

from cobra.runtime.immortal import keep_for_ever

LINE = 128
"""Bytes that no two threads should write at once: two cache lines, because processors fetch them in pairs."""

_WIPE_ON_FORK = 18  # MADV_WIPEONFORK: Linux 4.14

_word, _half = ctypes.c_uint64, ctypes.c_uint32

JOB = ("function", "context", "n", "chunk", "chunks", "fp_state", "uses_python", "limit")
"""The fields of `Shared` that describe a job, which a thread copies before it claims a chunk."""


def _pad(*kinds: type[ctypes._SimpleCData[int]]) -> type[ctypes.Array[ctypes.c_char]]:
    return ctypes.c_char * (LINE - sum(map(ctypes.sizeof, kinds)))


class Shared(ctypes.Structure):
    """What changes while jobs run, then one `Seat` for each thread."""

    _fields_ = (
        # generation of the job << 32 | chunks nobody has claimed: a chunk is claimed by a compare-and-swap of both, which
        # proves that the description read before it belongs to the same job
        ("claims", _word),
        ("claims_end", _pad(_word)),
        ("done", _word),  # chunks that are finished or given up
        ("done_end", _pad(_word)),
        ("sleepers", _word),
        ("sleepers_end", _pad(_word)),
        *((name, _word) for name in ("locked", "started", "stopping", "alive", "flags", "failed", "error_type", "error", "traceback")),
        *((name, _word) for name in JOB),
    )


class Seat(ctypes.Structure):
    """Where a thread sleeps; the first one is that of whoever calls the pool."""

    _fields_ = (("lock", _word), ("asleep", _half), ("end", _pad(_word, _half)))


PYTHON_FUNCTIONS = (
    *("PyThread_get_thread_ident", "PyThread_acquire_lock", "PyThread_release_lock"),
    *("PyGILState_Check", "PyEval_SaveThread", "PyEval_RestoreThread", "PyErr_Fetch", "PyErr_Restore"),
    *("PyContextVar_Get", "PyLong_AsLong"),
)
"""What native code finds in `Fixed`: compiled kernels may ask for every name that the loader knows, and these are none of theirs."""


class Fixed(ctypes.Structure):
    """What native code needs to know of a pool and of this process; times are in ticks of the machine's clock."""

    _fields_ = tuple(
        (name, _word)
        for name in (
            *("shared", "threads", "main_thread", "interrupted", "starter", "next_check", "check_ticks", "spin_ticks"),
            # what a loop must take to be worth a measurement, awake workers, sleeping ones; what a chunk takes
            *("measured_ticks", "awake_ticks", "asleep_ticks", "least_chunk_ticks", "most_chunk_ticks"),
            "loss_percent",  # of the time in one thread, from which on sharing a call counts as a loss
            *("last_medium", "medium_sum"),  # loops between the two thresholds that came in quick succession
            *("policy_blocks", "policy_variable"),
            *PYTHON_FUNCTIONS,
        )
    )


def field_addresses(struct: type[ctypes.Structure], base: str, *names: str) -> str:
    """Return LLVM instructions that define ``%NAME.at`` for fields of a structure to which ``%base`` points."""
    return "\n".join(f"  %{name}.at = getelementptr i8, ptr %{base}, i64 {getattr(struct, name).offset}" for name in names)


def fixed(*names: str) -> str:
    """Return the addresses of fields of `Fixed`, to which ``%pool`` points."""
    return field_addresses(Fixed, "pool", *names)


def shared(*names: str) -> str:
    """Return the addresses of fields of `Shared`, to which ``%shared`` points."""
    return field_addresses(Shared, "shared", *names)


def allocate_shared(threads: int) -> int:
    """Return the address of zeroed memory for a pool, never freed, which the system empties in forked children if it can."""
    area = mmap.mmap(-1, -(-shared_size(threads) // mmap.PAGESIZE) * mmap.PAGESIZE, **_private())
    if hasattr(area, "madvise"):
        try:
            area.madvise(_WIPE_ON_FORK)
        except (OSError, ValueError):  # another system or an old one: then only after Python's own forks
            pass
    keep_for_ever(area)
    return ctypes.addressof(ctypes.c_char.from_buffer(area))


def shared_size(threads: int) -> int:
    """Return how many bytes a pool's shared memory takes."""
    return ctypes.sizeof(Shared) + threads * ctypes.sizeof(Seat)


def _private() -> dict[str, int]:
    if not hasattr(mmap, "MAP_PRIVATE"):
        return {}
    return {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
