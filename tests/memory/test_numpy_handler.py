"""Who allocates where: blocks nest, contexts differ, threads take what is chosen for the process."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import cobra
from cobra.memory import numpy_handler
from cobra.memory.pools import pool_in_force

NUMPY, POOL = "default_allocator", "cobra_pool"


def here() -> str:
    return np._core.multiarray.get_handler_name(np.empty(3))


def in_thread(run: Callable[[], str]) -> str:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(run()))
    thread.start()
    thread.join()
    return said[0]


@pytest.fixture
def pool_of_process() -> Iterator[cobra.memory.Pool]:
    yield cobra.memory.use_pool()
    cobra.memory.use_numpy()


def test_blocks_nest_and_end_in_errors() -> None:
    first, second = cobra.memory.pool(), cobra.memory.pool()
    with first:
        with pytest.raises(KeyError), second:
            assert second.is_in_force and not first.is_in_force
            raise KeyError
        with first, first:
            assert first.is_in_force
        assert first.is_in_force and here() == POOL
    assert not first.is_in_force and here() == NUMPY and pool_in_force() is None


def test_contexts() -> None:
    with cobra.memory.pool():
        assert in_thread(here) == NUMPY
        copied = contextvars.copy_context()
        assert in_thread(lambda: copied.run(here)) == POOL
        assert contextvars.Context().run(here) == NUMPY
    assert copied.run(here) == POOL, "a copy keeps what was chosen when it was made"


def test_tasks_choose_for_themselves() -> None:
    async def task(steps: list[str]) -> None:
        steps.append(here())
        await asyncio.sleep(0)
        with cobra.memory.pool():
            await asyncio.sleep(0)
            steps.append(here())
        steps.append(here())

    async def main() -> None:
        outside: list[str] = []
        inside: list[str] = []
        other = asyncio.ensure_future(task(outside))
        with cobra.memory.pool():
            await asyncio.gather(other, task(inside))
        assert (outside, inside) == ([NUMPY, POOL, NUMPY], [POOL, POOL, POOL])
        assert here() == NUMPY

    asyncio.run(main())


def test_a_generator_may_end_in_another_context() -> None:
    def arrays() -> Iterator[str]:
        with cobra.memory.pool():
            yield here()

    def begin_and_leave() -> None:
        with cobra.memory.pool() as outer:
            assert next(begun) == POOL and not outer.is_in_force
        assert here() == NUMPY, "the outer block undoes what the generator left"

    begun, other = arrays(), contextvars.Context()
    assert other.run(next, begun) == POOL
    assert list(begun) == [] and here() == NUMPY
    begun = arrays()
    contextvars.Context().run(begin_and_leave)
    assert other.run(list, begun) == [] and other.run(here) == POOL and here() == NUMPY


def test_the_pool_of_the_process(pool_of_process: cobra.memory.Pool) -> None:
    assert here() == in_thread(here) == contextvars.Context().run(here) == POOL
    assert cobra.memory.stats() == pool_of_process.stats()
    assert in_thread(lambda: repr(pool_in_force())) == repr(pool_of_process)
    with cobra.memory.pool() as inner:
        assert inner.is_in_force and not pool_of_process.is_in_force
    assert pool_of_process.is_in_force
    assert cobra.memory.use_pool(limit=1 << 20, huge_pages=False) is pool_of_process
    assert pool_of_process.stats().limit == 1 << 20 and cobra.memory.use_pool().stats().limit == 1 << 20
    cobra.memory.use_pool(limit=1 << 30, huge_pages=True)


def test_back_to_numpy(pool_of_process: cobra.memory.Pool) -> None:
    kept = np.ones(100)
    large = np.ones(10**6)
    del large
    cobra.memory.use_numpy()
    cobra.memory.use_numpy()
    assert here() == in_thread(here) == contextvars.Context().run(here) == NUMPY
    assert 0 < pool_of_process.stats().mapped <= 8 << 20 and kept.sum() == 100
    assert cobra.memory.stats() == cobra.memory.Stats() and cobra.memory.trim() == 0


def test_where_the_default_cannot_be_set_the_choice_holds_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_handler, "_place_of_default", lambda: None)
    try:
        cobra.memory.use_pool()
        assert here() == POOL and in_thread(here) == NUMPY
        assert in_thread(lambda: cobra.memory.use_pool() and here()) == POOL
    finally:
        cobra.memory.use_numpy()
    assert here() == NUMPY


def test_a_numpy_without_the_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_handler, "_find_variable", lambda: None)
    numpy_handler.variable.cache_clear()
    try:
        with pytest.raises(numpy_handler.UnknownHandlerVariable, match=r"hides who allocates"):
            cobra.memory.use_pool()
    finally:
        numpy_handler.variable.cache_clear()
