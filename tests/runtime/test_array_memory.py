"""The native allocator alone, as threads without Python's lock would use it."""

from __future__ import annotations

import ctypes
import threading

import pytest

import cobra
from cobra.memory.pools import Pool
from cobra.runtime import array_memory, memory_record
from cobra.runtime.text_loader import load_text

ROUNDS = 60_000

STRESS = """
; Take two blocks of changing sizes, mark them, give the first back, look at the second: how many marks were lost?
define i64 @stress(ptr %malloc, ptr %free, ptr %pool, i64 %rounds, i64 %mark, i64 %span) nounwind {
entry:
  br label %each

each:
  %i = phi i64 [ 0, %entry ], [ %next, %each ]
  %lost = phi i64 [ 0, %entry ], [ %lost.next, %each ]
  %mixed = mul i64 %i, 2654435761
  %folded = urem i64 %mixed, %span
  %size = add i64 %folded, 8
  %last = sub i64 %size, 8
  %a = call ptr %malloc(ptr %pool, i64 %size)
  %b = call ptr %malloc(ptr %pool, i64 %size)
  %a.end = getelementptr i8, ptr %a, i64 %last
  %b.end = getelementptr i8, ptr %b, i64 %last
  store volatile i64 %mark, ptr %a.end, align 1
  store volatile i64 %i, ptr %b.end, align 1
  call void %free(ptr %pool, ptr %b, i64 0)
  %found = load volatile i64, ptr %a.end, align 1
  %differs = icmp ne i64 %found, %mark
  %one = zext i1 %differs to i64
  %lost.next = add i64 %lost, %one
  call void %free(ptr %pool, ptr %a, i64 0)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %rounds
  br i1 %more, label %each, label %done

done:
  ret i64 %lost.next
}
"""


@pytest.mark.parametrize(
    ("span", "rounds", "threads"),
    [
        pytest.param(4096, ROUNDS, 1, id="small blocks, one thread"),
        pytest.param(4096, ROUNDS, 8, id="small blocks, more threads than shards to themselves"),
        pytest.param(1 << 20, 4000, 4, id="blocks from arenas and of their own"),
    ],
)
def test_threads_without_a_lock(span: int, rounds: int, threads: int) -> None:
    pool = cobra.memory.pool(limit=8 << 20)
    lost = run_in_threads(pool, span, rounds, threads)
    assert lost == [0] * threads
    stats = pool.stats()
    assert (stats.in_use, stats.arrays, stats.allocations) == (0, 0, 2 * rounds * threads)
    assert pool.trim() == stats.mapped and pool.stats().mapped == 0


def run_in_threads(pool: Pool, span: int, rounds: int, threads: int) -> list[int]:
    word, pointer = ctypes.c_int64, ctypes.c_void_p
    stress = ctypes.CFUNCTYPE(word, pointer, pointer, pointer, word, word, word)(load_text(STRESS)["stress"])
    malloc, free = (array_memory.native_function(name) for name in (array_memory.MALLOC, array_memory.FREE))
    lost: list[int] = []
    crowd = [
        threading.Thread(target=lambda mark=mark: lost.append(stress(malloc, free, pool._record, rounds, mark, span)))
        for mark in range(1, threads + 1)
    ]
    for thread in crowd:
        thread.start()
    for _ in range(20):
        pool.trim()
    for thread in crowd:
        thread.join()
    return lost


def test_locks_lost_in_forks_cost_shards_only() -> None:
    pool = cobra.memory.pool()
    first_locks = [pool._record + memory_record.FIRST_SHARD + k * memory_record.SHARD for k in range(memory_record.SHARDS - 1)]
    for lock in first_locks:
        ctypes.c_int32.from_address(lock).value = 1
    assert run_in_threads(pool, 4096, 300, 2) == [0, 0]
    before = pool.stats()
    assert pool.trim() == 0 and pool.stats() == before, "idle arenas cannot be told apart then"
    for lock in first_locks:
        ctypes.c_int32.from_address(lock).value = 0
    assert pool.trim() == before.mapped


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (array_memory.MALLOC, ((1 << 46) + 1,)),
        (array_memory.MALLOC, ((1 << 64) - 1,)),
        (array_memory.CALLOC, (1 << 33, 1 << 33)),
        (array_memory.REALLOC, (None, 1 << 63)),
    ],
)
def test_impossible_sizes_give_no_memory(name: str, arguments: tuple[int | None, ...]) -> None:
    pool = cobra.memory.pool()
    parameters = [ctypes.c_void_p if each is None else ctypes.c_uint64 for each in arguments]
    call = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, *parameters)(array_memory.native_function(name))
    assert call(pool._record, *arguments) is None and pool.stats().allocations == 0


def test_nothing_may_be_freed_and_grown() -> None:
    pool = cobra.memory.pool()
    free, grow = (array_memory.native_function(name) for name in (array_memory.FREE, array_memory.REALLOC))
    release = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(free)
    release(pool._record, None, 0)
    place = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(grow)(pool._record, None, 0)
    assert place is not None and place % 64 == 0 and pool.stats().arrays == 1
    release(pool._record, place, 0)
    assert pool.stats().in_use == 0 and pool.trim() == memory_record.ARENA
