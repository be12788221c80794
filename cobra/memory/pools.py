"""Pools of array memory, in Python: what a user holds, enters and asks.

In: how much free memory a pool may keep, whether it asks for huge pages. Out: a `Pool`, whose native half (`runtime.array_memory`)
lives as long as anything that was allocated from it.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, NoReturn

from cobra.errors import CobraError, InvalidCall, InvalidOption
from cobra.memory import numpy_handler
from cobra.runtime import array_memory, executable_memory, memory_record, memory_return

DEFAULT_LIMIT = 1 << 30
"""Bytes of free memory that a pool keeps unless told otherwise."""

_NAME = b"cobra_pool"
_PRIVATE_ANONYMOUS, _ADVISE_HUGE_PAGES = 0x22, 14
_LARGEST_LIMIT = 1 << 62
_WORD = ctypes.sizeof(ctypes.c_void_p)

_entered: ContextVar[tuple[tuple[object, Token[object]], ...]] = ContextVar("cobra_memory_pools", default=())
"""The handlers of the blocks around this place, each with what undoes its choice."""


class PoolsUnavailable(CobraError, RuntimeError):
    """Memory pools need what this system does not offer."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What a pool holds and has done. Sizes are bytes, with what stands before each array's data and what rounding adds.

    Parameters
    ----------
    in_use
        Memory of living arrays.
    mapped
        Memory that the pool has from the system, free or in use.
    peak_in_use, peak_mapped
        The most there ever were: the high-water marks.
    arrays
        Living arrays, or rather their blocks of memory.
    allocations
        Blocks handed out.
    reused
        Those of them that had been used before.
    limit
        Free memory that the pool keeps at most.
    """

    in_use: int = 0
    mapped: int = 0
    peak_in_use: int = 0
    peak_mapped: int = 0
    arrays: int = 0
    allocations: int = 0
    reused: int = 0
    limit: int = 0

    @property
    def free(self) -> int:
        """Return the bytes that the pool keeps for later arrays."""
        return max(self.mapped - self.in_use, 0)


class Pool:
    """Memory that is kept for the next array when an array is gone.

    Inside ``with pool:`` the data of new NumPy arrays lies in the pool, whoever makes them, at multiples of 64 bytes. Made by
    `cobra.memory.pool`, used in any number of blocks and threads. Leaving the outermost block returns what is free
    to the system; arrays that live on stay valid and return theirs to the pool, which ends with the last of them.
    """

    __slots__ = ("_handler", "_record")

    def __init__(self, handler: object, record: int) -> None:
        self._handler, self._record = handler, record

    def __enter__(self) -> Pool:
        _entered.set((*_entered.get(), (self._handler, numpy_handler.variable().set(self._handler))))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        entered = _entered.get()
        own = [place for place, (handler, _) in enumerate(entered) if handler is self._handler]
        # a generator that ends in another context than it began in leaves that context as it is
        if own:
            _entered.set(entered[: own[-1]])
            with suppress(ValueError):
                numpy_handler.variable().reset(entered[own[-1]][1])
        if not self.is_in_force:
            self.trim()

    def __reduce__(self) -> NoReturn:
        raise InvalidCall("a memory pool belongs to its process: it can neither be pickled nor copied", hint="Make one where it is needed.")

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<cobra.memory.Pool: {stats.arrays} arrays, {stats.in_use} bytes in use, {stats.free} free>"

    @property
    def is_in_force(self) -> bool:
        """Tell whether new arrays come from this pool here."""
        return numpy_handler.variable().get() is self._handler

    def stats(self) -> Stats:
        """Return what the pool holds and has done.

        Examples
        --------
        >>> import cobra, numpy as np
        >>> with cobra.memory.pool() as pool:
        ...     x = np.empty(1000)
        ...     pool.stats().arrays
        1
        """
        record = memory_record
        # what is taken off is read first: other threads go on
        freed, fresh = (_word(self._record, place) for place in (record.FREED, record.FRESH))
        allocations = _word(self._record, record.ALLOCATIONS)
        return Stats(
            in_use=_word(self._record, record.USED),
            mapped=_word(self._record, record.MAPPED),
            peak_in_use=_word(self._record, record.PEAK_USED),
            peak_mapped=_word(self._record, record.PEAK_MAPPED),
            arrays=allocations - freed,
            allocations=allocations,
            reused=allocations - fresh,
            limit=_word(self._record, record.LIMIT),
        )

    def trim(self) -> int:
        """Return free memory to the system, and the number of bytes it was.

        Small arrays lie together in stretches of 4 MiB, which are returned when none of their arrays lives.

        Examples
        --------
        >>> import cobra, numpy as np
        >>> with cobra.memory.pool() as pool:
        ...     x = np.ones(10**6)
        ...     del x
        ...     pool.trim() >= 8 * 10**6, pool.stats().mapped
        (True, 0)
        """
        return int(_trim()(self._record))

    def use_here(self) -> None:
        """Take new arrays of this thread or task from the pool from now on."""
        numpy_handler.variable().set(self._handler)

    def use_by_default(self) -> bool:
        """Take new arrays from the pool where nothing else was chosen; tell whether that could be done."""
        return numpy_handler.set_default(self._handler)

    def configure(self, limit: int | None, huge_pages: bool | None) -> None:
        """Change what is not None: the free memory that is kept, and whether huge pages are asked for."""
        if limit is not None:
            _write(self._record, memory_record.LIMIT, _checked_limit(limit))
        if huge_pages is not None:
            _write(self._record, memory_record.ADVICE, _ADVISE_HUGE_PAGES if _checked_choice(huge_pages) else 0)


def make_pool(limit: int, huge_pages: bool) -> Pool:
    """Return a new pool."""
    if sys.platform != "linux":
        raise PoolsUnavailable("memory pools need Linux", hint="Pass out= to write results into arrays that exist.")
    choices = {memory_record.LIMIT: _checked_limit(limit), memory_record.ADVICE: _ADVISE_HUGE_PAGES if _checked_choice(huge_pages) else 0}
    record = executable_memory.allocate(memory_record.RECORD)
    for place, value in (_system() | choices).items():
        _write(record, place, value)
    malloc, calloc, realloc, free = (
        array_memory.native_function(name) for name in (array_memory.MALLOC, array_memory.CALLOC, array_memory.REALLOC, array_memory.FREE)
    )
    end = array_memory.native_function(memory_return.END)
    handler = numpy_handler.make_handler(record + memory_record.HANDLER, _NAME, record, (malloc, calloc, realloc, free), end)
    return Pool(handler, record)


def pool_in_force() -> Pool | None:
    """Return the pool that new arrays come from here, or None."""
    handler = numpy_handler.variable().get()
    at, name = numpy_handler.described_at(handler)
    return Pool(handler, at - memory_record.HANDLER) if name == _NAME else None


def _checked_limit(limit: int) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= _LARGEST_LIMIT:
        raise InvalidOption(f"limit cannot be {limit!r}", hint="Right is a number of bytes, such as 256 << 20.")
    return limit


def _checked_choice(huge_pages: bool) -> bool:
    if not isinstance(huge_pages, bool):
        raise InvalidOption(f"huge_pages cannot be {huge_pages!r}", hint="Right is True or False.")
    return huge_pages


def _word(record: int, place: int) -> int:
    return ctypes.c_int64.from_address(record + place).value


def _write(record: int, place: int, value: int) -> None:
    ctypes.c_int64.from_address(record + place).value = value


@cache
def _system() -> dict[int, int]:
    """Return what every record says about the system."""
    library = ctypes.CDLL(None)
    names = {"mmap": memory_record.MMAP, "munmap": memory_record.MUNMAP, "madvise": memory_record.MADVISE, "mremap": memory_record.MREMAP}
    addresses = {place: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0 for name, place in names.items()}
    return addresses | {memory_record.FLAGS: _PRIVATE_ANONYMOUS}


@cache
def _trim() -> Any:
    # it keeps the GIL, so that no fork happens while it holds the pool's locks
    return ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(array_memory.native_function(memory_return.TRIM))
