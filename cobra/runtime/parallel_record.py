"""What a parallel loop knows of the serial one it runs, and the operands of that, as native code and Python both see it.

In: the address of a serial loop and its operands. Out: the address of a record, which is the data of a parallel loop. Offsets are
taken from these structures wherever LLVM text needs them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from cobra.runtime.immortal import keep_for_ever
from cobra.runtime.pool_memory import field_addresses
from cobra.runtime.streaming import STREAMED_BYTES

ELEMENTS_TOGETHER = 64
"""Elements that an elementwise loop shall not be parted within: whole vectors, and whole cache lines of what it writes."""

ALL_THREADS = 0
"""What `num_threads` says for all there are."""

_NEVER = (1 << 63) - 1

_word, _double = ctypes.c_uint64, ctypes.c_double


class ParallelOperand(NamedTuple):
    """One operand of a loop: bytes of an element, whether the loop writes it, and its core dimensions by number."""

    size: int
    is_written: bool
    dimensions: tuple[int, ...] = ()


class LoopRecord(ctypes.Structure):
    """What stands behind a parallel loop's data; words for each operand and core dimension follow."""

    _fields_ = (
        *((name, _word) for name in ("loop", "loop_data", "pool", "operands", "symbols", "together", "num_threads", "uses_python")),
        ("large", _word),  # elements from which on a call is too large for any cache, which its chunks are told as their data
        ("cost", _double),  # ticks of one element, or of one step of the core dimensions; 0 while unknown
        ("alone", _double),  # the same, of calls in one thread only
        *((name, _word) for name in ("losses", "rest", "turn")),  # see `parallel_loop`
    )


class OperandRecord(ctypes.Structure):
    """An operand in a record: `core` is where its numbers of core dimensions begin, counted in words from the record's end."""

    _fields_ = tuple((name, _word) for name in ("size", "is_written", "rank", "core"))


def parallel_record(
    loop: int, data: int, operands: Sequence[ParallelOperand], *, symbols: int, num_threads: int, uses_python: bool, pool: int
) -> int:
    """Return the data of a parallel loop, which lives for ever.

    Parameters
    ----------
    loop, data
        The serial loop.
    operands
        All operands in NumPy's order.
    symbols
        How many core dimensions the loop gets; 0 for an elementwise one.
    num_threads
        How many threads may run it: 1 for none but the caller unless a block asks for more, `ALL_THREADS` for all.
    uses_python
        Whether the loop may raise, for which threads need Python's lock.
    pool
        The address of the pool's `Fixed`.
    """
    core = [number for operand in operands for number in operand.dimensions]
    size = ctypes.sizeof(LoopRecord) + len(operands) * ctypes.sizeof(OperandRecord) + len(core) * 8
    memory = ctypes.create_string_buffer(size)
    keep_for_ever(memory)
    address = ctypes.addressof(memory)
    together = ELEMENTS_TOGETHER if symbols == 0 else 1
    large = STREAMED_BYTES // sum(operand.size for operand in operands) if symbols == 0 else _NEVER
    record = (loop, data, pool, len(operands), symbols, together, num_threads, int(uses_python), large, 0.0, 0.0, 0, 0, 0)
    for (name, *_), value in zip(LoopRecord._fields_, record, strict=True):
        setattr(LoopRecord.from_address(address), name, value)
    start, at = len(operands) * 4, 0
    for k, operand in enumerate(operands):
        place = OperandRecord.from_address(address + ctypes.sizeof(LoopRecord) + k * ctypes.sizeof(OperandRecord))
        place.size, place.is_written, place.rank, place.core = operand.size, operand.is_written, len(operand.dimensions), start + at
        at += len(operand.dimensions)
    for k, number in enumerate(core):
        _word.from_address(address + size - (len(core) - k) * 8).value = number
    return address


def cost_at(record: int) -> float:
    """Return the ticks that an element of a loop takes as far as is known, 0 for not at all."""
    return float(LoopRecord.from_address(record).cost)


def record_fields(*names: str) -> str:
    """Return LLVM instructions for the addresses of fields of the record to which ``%record`` points."""
    return field_addresses(LoopRecord, "record", *names)


def operand_fields(*names: str) -> str:
    """Return LLVM instructions for the addresses of fields of the operand to which ``%operand`` points."""
    return field_addresses(OperandRecord, "operand", *names)
