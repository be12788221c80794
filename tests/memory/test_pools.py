"""Pools under NumPy: alignment, zeros, growth, limits, threads, forks, lives longer than the block, the end of a process."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

import cobra
from cobra.errors import InvalidCall, InvalidOption
from cobra.memory.pools import Pool, PoolsUnavailable, make_pool

name_of = np._core.multiarray.get_handler_name
MIB = 1 << 20
SIZES = [0, 1, 63, 64, 65, *(int(n) for n in np.random.default_rng(0).integers(0, 6000, 80))]
SIZES += [(1 << k) + d for k in range(7, 24) for d in (-65, -64, -63, -1, 0, 1)]


@pytest.fixture
def pool() -> Pool:
    return cobra.memory.pool()


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_arrays_are_aligned_and_zeros_are_zero_where_something_lay(pool: Pool) -> None:
    with pool:
        for size in SIZES:
            dirty = np.full(size, 255, "u1")
            place = dirty.ctypes.data
            assert place % 64 == 0
            del dirty
            zeros = np.zeros(size, "u1")
            assert not zeros.any(), size
            assert size >= 4 * MIB or zeros.ctypes.data == place, size


def test_blocks_do_not_overlap(pool: Pool) -> None:
    with pool:
        held = [np.full(size, index % 251, "u1") for index, size in enumerate(SIZES)]
        assert pool.stats().arrays == len(SIZES)
        for index in range(0, len(held), 2):
            held[index] = np.full(SIZES[index], index % 249, "u1")
        assert all((array == index % (251 if index % 2 else 249)).all() for index, array in enumerate(held))


@pytest.mark.parametrize("sizes", [(20, 100_000, 10), (3, 700_000, 5_000_000, 600_000, 100), (6_000_000, 12_000_000, 50_000, 50_001)])
def test_arrays_grow_and_shrink(pool: Pool, sizes: tuple[int, ...]) -> None:
    with pool:
        array = np.arange(10.0)
        for size in sizes:
            kept = array[:size].copy()
            array.resize(size, refcheck=False)
            assert np.array_equal(array[: kept.size], kept) and not array[kept.size :].any() and array.ctypes.data % 64 == 0
            array[:] = np.arange(size)
        assert name_of(array) == "cobra_pool"
        del array, kept
        assert pool.stats().in_use == 0


@pytest.mark.parametrize("size", [(1 << 46) + 1, (1 << 62) + 1])
def test_too_much_is_a_memory_error(pool: Pool, size: int) -> None:
    with pool:
        kept = np.ones(MIB)
        for make in (np.empty, np.zeros):
            with pytest.raises(MemoryError):
                make(size, "u1")
        array = np.arange(3)
        with pytest.raises(MemoryError):
            array.resize(size, refcheck=False)
        assert array.sum() == 3 and kept.sum() == MIB


def test_large_zeros_cost_no_memory_until_they_are_written(pool: Pool) -> None:
    with pool:
        before = resident()
        np.ones(128 * MIB, "u1")  # what is kept of it is not cleared for the zeros
        kept = resident()
        zeros = np.zeros(128 * MIB, "u1")
        assert kept - before > 100 * MIB and resident() - kept < 8 * MIB
        zeros[:: 1 << 20] = 1
        assert zeros.sum() == 128


def test_memory_is_used_again_and_counted(pool: Pool) -> None:
    with pool:
        for _ in range(5):
            array = np.empty(40 * MIB, "u1")
            place = array.ctypes.data
            del array
        stats = pool.stats()
        array = np.empty(40 * MIB, "u1")
        assert array.ctypes.data == place
        assert (stats.in_use, stats.arrays, stats.allocations, stats.reused) == (0, 0, 5, 4)
        assert 40 * MIB < stats.peak_in_use <= stats.peak_mapped < 46 * MIB and stats.free == stats.mapped == stats.peak_mapped
        assert repr(pool).startswith("<cobra.memory.Pool: 1 arrays")


def test_only_the_first_result_of_a_size_costs_page_faults(pool: Pool) -> None:
    kernel = cobra.ufunc(lambda a, b: a * b + 1, types=["ff->f"])
    with pool:
        a, b = np.ones(10**7, "f"), np.ones(10**7, "f")
        kernel(a, b)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(4):
            assert kernel(a, b)[-1] == 2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 40


def test_the_limit_bounds_what_is_kept() -> None:
    limited = make_pool(32 * MIB, True)
    with limited:
        arrays = [np.empty(size * MIB, "u1") for size in (20, 30, 1, 2, 25, 9)]
        while arrays:
            arrays.pop()
            assert limited.stats().free <= 32 * MIB
        assert limited.stats().free > 0
        large = np.empty(64 * MIB, "u1")
        del large
        assert limited.stats().free <= 32 * MIB


def test_the_limit_holds_for_small_arrays_too() -> None:
    with make_pool(16 * MIB, True) as limited:
        arrays = [np.empty(100 * 1024, "u1") for _ in range(1000)]
        assert limited.stats().mapped > 90 * MIB
        while arrays:
            arrays.pop()
        assert limited.stats().free <= 16 * MIB + 4 * MIB


def test_a_limit_of_nothing_keeps_nothing() -> None:
    with make_pool(0, False) as stingy:
        array, small = np.empty(MIB), np.empty(3)
        del array
        assert stingy.stats().mapped == 4 * MIB and small.size == 3
        del small
        assert stingy.stats().mapped == 0


SHORT_OF_MEMORY = """
import resource
import numpy as np, cobra
with cobra.memory.pool() as pool, open("/proc/self/statm") as file:
    kept = np.ones(10)
    size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (200 << 20), resource.RLIM_INFINITY))
    np.empty(120 << 20, "u1")
    print(pool.stats().free >> 20 >= 120, np.ones(150 << 20, "u1")[-1], pool.stats().mapped >> 20 < 170)
    try:
        np.empty(400 << 20, "u1")
    except MemoryError:
        print("refused", kept.sum(), np.ones(1 << 20).sum())
"""


def test_free_memory_makes_room_for_other_sizes() -> None:
    done = subprocess.run([sys.executable, "-c", SHORT_OF_MEMORY], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True 1 True\nrefused 10.0 1048576.0\n", "")


def test_leaving_returns_what_is_free(pool: Pool) -> None:
    with pool:
        array, kept = np.ones(8 * MIB), np.arange(4)
        del array
        with pool:
            pass
        assert pool.stats().free > 64 * MIB, "an inner block of the same pool returns nothing"
    assert pool.stats().mapped == 4 * MIB and kept.sum() == 6
    del kept
    assert pool.trim() == 4 * MIB and pool.stats().mapped == 0
    with pool:
        assert np.ones(100).sum() == 100


def test_trim_keeps_what_lives(pool: Pool) -> None:
    with pool:
        random = np.random.default_rng(1)
        held = {index: np.full(size, index) for index, size in enumerate(random.integers(1, 30_000, 800))}
        for index in random.permutation(800)[:790]:
            del held[index]
        before = pool.stats()
        returned = pool.trim()
        after = pool.stats()
        assert returned == before.mapped - after.mapped > 40 * MIB and after.in_use == before.in_use
        again = [np.full(1000, -1) for _ in range(800)]
        assert all((array == index).all() for index, array in held.items()) and all((array == -1).all() for array in again)


def test_arrays_outlive_the_block_and_the_pool() -> None:
    with cobra.memory.pool():
        array = np.arange(1000.0)
        view = array[::2]
    assert name_of(array) == "cobra_pool" and name_of(array.copy()) == "default_allocator"
    array.resize(500_000, refcheck=False)
    del array
    gc.collect()
    assert view[:500].sum() == 249_500
    mapped = resident()
    big = make_big()
    assert resident() - mapped > 50 * MIB and big[-1] == 1
    del big
    assert resident() - mapped < 8 * MIB, "the last array takes its pool with it"


def make_big() -> np.ndarray:
    with cobra.memory.pool():
        return np.ones(8 * MIB)


def test_threads_share_a_pool_and_free_for_each_other(pool: Pool) -> None:
    wrong, left = [], []

    def work(seed: int) -> None:
        random, held = np.random.default_rng(seed), []
        with pool:
            for step in range(600):
                value = seed * 10_000 + step
                held.append((np.full(int(random.integers(1, 20_000)), value), value))
                if len(held) > 20:
                    array, value = held.pop(int(random.integers(20)))
                    wrong.extend([value] if (array != value).any() else [])
        left.extend(held)

    crowd = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert wrong == [] and len(left) == 160 and all((array == value).all() for array, value in left)
    left.clear()
    pool.trim()
    assert pool.stats().in_use == pool.stats().mapped == 0


def test_children_go_on(pool: Pool) -> None:
    with pool:
        running = threading.Event()
        churning = threading.Thread(target=churn, args=(pool, running))
        churning.start()
        array = np.arange(1000)
        for _ in range(12):
            assert exit_status_of_child(array) == 0
        running.set()
        churning.join()


def churn(pool: Pool, done: threading.Event) -> None:
    sizes = iter(np.random.default_rng(2).integers(1, 9999, 10**6))
    with pool:
        while not done.is_set():
            np.ones(next(sizes))


def exit_status_of_child(array: np.ndarray) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        fine = array.sum() == 499_500 and all(not np.zeros(n).any() and np.ones(n).sum() == n for n in range(1, 3000, 17))
        array.resize(10**6, refcheck=False)
        del array
        os._exit(0 if fine and cobra.memory.trim() >= 0 else 1)
    return os.waitpid(child, 0)[1]


LAST_WORDS = """
import atexit, sys, threading, time
import numpy as np, cobra
cobra.memory.use_pool()
with cobra.memory.pool():
    sys.kept = np.arange(1000)
class Late:
    def __init__(self): self.array = np.ones(10**6)
    def __del__(self): self.array.resize(2 * 10**6, refcheck=False)
late = Late()
def run():
    while True: np.ones(5000)
threading.Thread(target=run, daemon=True).start()
atexit.register(lambda: print(np.ones(10).sum()))
time.sleep(0.05)
"""


def test_a_process_ends_well() -> None:
    done = subprocess.run([sys.executable, "-c", LAST_WORDS], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "10.0\n", "")


def test_a_program_without_pools_does_not_load_them() -> None:
    code = "import sys, cobra; print('cobra.memory' in sys.modules, cobra.memory.pool().stats().limit, 'llvmlite' in sys.modules)"
    cobra.memory.pool()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (f"False {1 << 30} False\n", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": -1}, "limit cannot be -1\n  Right is a number of bytes"),
        ({"limit": 1.5}, "limit cannot be 1.5"),
        ({"limit": True}, "limit cannot be True"),
        ({"limit": 1 << 63}, "limit cannot be"),
        ({"huge_pages": 1}, "huge_pages cannot be 1\n  Right is True or False"),
    ],
)
def test_wrong_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        cobra.memory.pool(**options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("use", [pickle.dumps, copy.copy, copy.deepcopy])
def test_pools_stay_in_their_process(use: Callable[[object], object]) -> None:
    with pytest.raises(InvalidCall, match="belongs to its process"):
        use(cobra.memory.pool())


def test_pools_are_linux_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PoolsUnavailable, match="memory pools need Linux"):
        cobra.memory.pool()
