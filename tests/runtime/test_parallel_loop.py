"""Which loops are split, and into what: chunks cover each element once, and never where that could change a result."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from parallel_loops import LOOP, Calls, ParallelOperand, calls_on, eager, pool, run_loop, words

from cobra.runtime.parallel_record import ELEMENTS_TOGETHER, LoopRecord, cost_at, parallel_record

N = 1000
LINE = np.zeros(4 * N)


def starts(calls: Calls, operand: int = 0) -> list[int]:
    return sorted(addresses[operand] for addresses in calls.addresses)


@pytest.mark.parametrize("n", [128, 129, 191, 192, 193, 255, 256, 1000, 64 * 50 - 1, 64 * 50, 64 * 50 + 1])
def test_chunks_cover_each_element_once(n: int) -> None:
    a, b = np.zeros(n), np.zeros(n, "f4")
    calls = calls_on([a, b], 1)
    chunks = sorted((first, second, n) for (first, second), (n,) in zip(calls.addresses, calls.dimensions, strict=True))
    assert len(chunks) > 1
    at = 0
    for first, second, length in chunks:
        assert (first, second) == (a.ctypes.data + 8 * at, b.ctypes.data + 4 * at)
        assert length % ELEMENTS_TOGETHER == 0 or at + length == n
        at += length
    assert at == n


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 127])
def test_few_elements_stay_together(n: int) -> None:
    a = np.zeros(max(n, 1))
    calls = calls_on([a[:n], a[:n].copy()], 1)
    assert calls.dimensions == [[n]]


SPLIT = [
    ("apart", LINE[:N], LINE[N : 2 * N]),
    ("apart, backwards", LINE[:N][::-1], LINE[N : 2 * N]),
    ("in place", LINE[:N], LINE[:N]),
    ("in place, strided", LINE[::2], LINE[::2]),
    ("in place, backwards", LINE[:N][::-1], LINE[:N][::-1]),
    ("repeated input", np.broadcast_to(LINE[:1], N), LINE[N : 2 * N]),
    ("narrow output in place", LINE[:N], LINE.view("f4")[: 2 * N : 2]),
]
TOGETHER = [
    ("shifted", LINE[1 : N + 1], LINE[:N]),
    ("shifted back", LINE[:N], LINE[1 : N + 1]),
    ("against each other", LINE[:N], LINE[:N][::-1]),
    ("other steps", LINE[: 2 * N : 2], LINE[:N]),
    ("interleaved", LINE[::2][:N], LINE[1::2][:N]),
    ("one output", LINE[:N], np.lib.stride_tricks.as_strided(LINE, (N,), (0,))),
    ("output that overlaps itself", LINE[2 * N : 3 * N], np.lib.stride_tricks.as_strided(LINE, (N,), (4,))),
    ("repeated input inside the output", np.broadcast_to(LINE[5:6], N), LINE[:N]),
]


@pytest.mark.parametrize(("name", "source", "target"), SPLIT, ids=[name for name, *_ in SPLIT])
def test_what_is_split(name: str, source: np.ndarray, target: np.ndarray) -> None:
    assert len(calls_on([source, target], 1).dimensions) > 1


@pytest.mark.parametrize(("name", "source", "target"), TOGETHER, ids=[name for name, *_ in TOGETHER])
def test_what_is_not(name: str, source: np.ndarray, target: np.ndarray) -> None:
    assert calls_on([source, target], 1).dimensions == [[N]]


def test_outputs_that_overlap_each_other_stay_together() -> None:
    assert calls_on([LINE[:N], LINE[N : 2 * N], LINE[N + 1 : 2 * N + 1]], 1).dimensions == [[N]]
    assert len(calls_on([LINE[:N], LINE[N : 2 * N], LINE[2 * N : 3 * N]], 1).dimensions) > 1


def test_inputs_that_overlap_do_not_matter() -> None:
    assert len(calls_on([LINE[:N], LINE[1 : N + 1], LINE[2 * N : 3 * N]], 2).dimensions) > 1


def test_one_thread_does_not_split() -> None:
    assert calls_on([LINE[:N], LINE[N : 2 * N]], 1, num_threads=1).dimensions == [[N]]


VECTORS = [
    ("rows", (64, 8), [0], True),
    ("columns", (8, 64), [0], False),  # one element's outputs lie between those of another
    ("nothing in the core", (64, 0), [0], True),
]


@pytest.mark.parametrize(("name", "steps", "core", "is_split"), VECTORS, ids=[name for name, *_ in VECTORS])
def test_core_dimensions_count_for_what_an_element_touches(name, steps, core, is_split) -> None:
    calls, source, target = Calls(), np.zeros(64 * 64), np.zeros(64 * 64)
    outer, inner = steps
    operands = [ParallelOperand(8, False, (0,)), ParallelOperand(8, True, (0,))]
    run_loop(
        calls.loop(2, 1), operands, [source.ctypes.data, target.ctypes.data], [outer, outer, inner, inner], [16, 8]
    )
    del calls.dimensions[0]
    assert (len(calls.dimensions) > 1) == is_split
    assert sum(n for n, _ in calls.dimensions) == 16 and {size for _, size in calls.dimensions} == {8}


def test_an_input_that_is_written_counts_as_an_output() -> None:
    calls, data = Calls(), np.zeros(64)
    for is_written in (False, True):
        operands = [ParallelOperand(8, is_written, (0,)), ParallelOperand(8, True)]
        target = np.zeros(16)
        run_loop(calls.loop(2, 1), operands, [data.ctypes.data, target.ctypes.data], [0, 8, 8], [16, 8])
    assert len(calls.dimensions) > 3 and calls.dimensions[-2:] == [[16, 8], [16, 8]]


def test_a_loop_learns_what_it_costs() -> None:
    loop = LOOP(lambda *_: None)
    address = ctypes.cast(loop, ctypes.c_void_p).value
    operands = [ParallelOperand(8, False), ParallelOperand(8, True)]
    record = parallel_record(address, 0, operands, symbols=0, num_threads=0, uses_python=False, pool=pool.address)
    parallel = LOOP(pool.functions["cobra_parallel_loop"])
    assert cost_at(record) == 0
    parallel(words(LINE.ctypes.data, LINE.ctypes.data + 8 * N), words(N), words(8, 8), record)
    first = cost_at(record)
    assert 0 < first < 1e9


def recorded(loop) -> tuple[object, int]:
    """Return a parallel loop over two arrays of numbers, and its record."""
    native = LOOP(loop)
    KEPT.append(native)
    operands = [ParallelOperand(8, False), ParallelOperand(8, True)]
    address = ctypes.cast(native, ctypes.c_void_p).value
    record = parallel_record(address, 0, operands, symbols=0, num_threads=0, uses_python=False, pool=pool.address)
    return LOOP(pool.functions["cobra_parallel_loop"]), record


def call(parallel, record: int) -> None:
    parallel(words(LINE.ctypes.data, LINE.ctypes.data + 8 * N), words(N), words(8, 8), record)


KEPT: list[object] = []


def test_a_loop_that_loses_runs_alone_for_a_while() -> None:
    lengths: list[int] = []
    parallel, record = recorded(lambda arguments, dimensions, *_: lengths.append(ctypes.c_int64.from_address(dimensions).value))
    with eager(pool):
        pool._fixed.loss_percent = 0  # whatever it takes is a loss
        call(parallel, record)
        shared = []
        for _ in range(10):
            lengths.clear()
            call(parallel, record)
            shared.append(len(lengths) > 1)
    # it rests for two calls, then for four
    assert shared == [True, False, False, True, False, False, False, False, True, False]


@pytest.mark.parametrize(("large", "hint"), [(N + 1, None), (N, 1)])
def test_chunks_of_what_no_cache_holds_are_told_so(large: int, hint: int | None) -> None:
    hints: list[int | None] = []
    parallel, record = recorded(lambda arguments, dimensions, steps, data: hints.append(data))
    LoopRecord.from_address(record).large = large
    with eager(pool):
        call(parallel, record)
        assert hints == [None]
        call(parallel, record)
    assert len(hints) > 2 and set(hints[1:]) == {hint}
