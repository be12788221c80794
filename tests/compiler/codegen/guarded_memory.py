"""Memory between two pages that nobody may touch: reading or writing beyond an array placed at its edge ends the process."""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import Any

import numpy as np
import pytest

needs_protection = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="protects pages by a call of Linux")

_NOTHING, _READ_WRITE = 0, 3


class GuardedMemory:
    """Some pages with a protected one before and after; used as a context, since protected memory cannot be freed.

    Parameters
    ----------
    pages
        How many may be used.
    """

    def __init__(self, pages: int = 4) -> None:
        self.size = pages * mmap.PAGESIZE
        self._room = mmap.mmap(-1, self.size + 2 * mmap.PAGESIZE)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._room))

    def __enter__(self) -> GuardedMemory:
        self._protect(_NOTHING)
        return self

    def __exit__(self, *error: object) -> None:
        self._protect(_READ_WRITE)

    def _protect(self, mode: int) -> None:
        for place in (self._start, self._start + mmap.PAGESIZE + self.size):
            assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(place), ctypes.c_size_t(mmap.PAGESIZE), mode) == 0

    def array(self, dtype: str, count: int, *, at_end: bool) -> np.ndarray[Any, Any]:
        """Return an array that touches the end, or the start, of the memory."""
        used = count * np.dtype(dtype).itemsize
        return np.frombuffer(self._room, dtype, count, mmap.PAGESIZE + (self.size - used if at_end else 0))
