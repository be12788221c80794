"""Parallel kernels give what serial ones give, warnings and exceptions included, however they are called."""

from __future__ import annotations

import contextvars
import pickle
import threading
import warnings

import numpy as np
import pytest
from parallel_kernels import blend, both, halves, jobs_of, row_sums, same, scaled_rows, splitting

import cobra
from cobra.errors import InvalidOption
from cobra.ufunc.kernel import kernel_of

RANDOM = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _splits(monkeypatch: pytest.MonkeyPatch):
    with splitting(monkeypatch):
        yield


@pytest.fixture(scope="module")
def data() -> np.ndarray:
    return RANDOM.normal(size=4096)


@pytest.mark.parametrize("n", [0, 1, 2, 63, 64, 65, 127, 128, 129, 191, 192, 193, 500, 501, 1000, 2048, 4095, 4096])
def test_results_of_all_sizes(n: int, data: np.ndarray) -> None:
    serial, parallel = both(blend)
    for _ in range(2):  # the first time it learns what it costs
        assert same(parallel(data[:n], data[::-1][:n]), serial(data[:n], data[::-1][:n]))
    x = data[:n].astype("f4")
    assert same(parallel(x, x), serial(x, x)) and same(parallel(data[:n], 2), serial(data[:n], 2))


def test_two_results(data: np.ndarray) -> None:
    serial, parallel = both(halves)
    for _ in range(2):
        assert same(parallel(data), serial(data))


OVERLAPS = [
    ("in place", lambda a: (a, a[::-1].copy(), a)),
    ("both inputs and output", lambda a: (a, a, a)),
    ("shifted up", lambda a: (a[:-1], a[:-1], a[1:])),
    ("shifted down", lambda a: (a[1:], a[1:], a[:-1])),
    ("reversed", lambda a: (a[::-1], a, a)),
    ("every other", lambda a: (a[::2], a[1::2], a[1::2])),
    ("half of it", lambda a: (a[::2], a[::2], a[: len(a) // 2])),
]


@pytest.mark.parametrize(("name", "operands"), OVERLAPS, ids=[name for name, _ in OVERLAPS])
def test_operands_that_overlap(name, operands, data) -> None:
    results = []
    for kernel in both(blend):
        kernel(data, data)
        array = data.copy()
        x, y, out = operands(array)
        kernel(x, y, out=out)
        results.append(array)
    assert np.array_equal(*results)


METHODS = [
    ("reduce", lambda k, a: k.reduce(a)),
    ("reduce, axis 0", lambda k, a: k.reduce(a.reshape(16, -1), axis=0)),
    ("reduce, axis 1", lambda k, a: k.reduce(a.reshape(16, -1), axis=1)),
    ("reduce, where", lambda k, a: k.reduce(a, where=a > 0, initial=1.0)),
    ("accumulate", lambda k, a: k.accumulate(a)),
    ("accumulate, axis 0", lambda k, a: k.accumulate(a.reshape(16, -1), axis=0)),
    ("reduceat", lambda k, a: k.reduceat(a, [0, 100, 3000])),
    ("outer", lambda k, a: k.outer(a[:20], a[:300])),
    ("where", lambda k, a: k(a, a[::-1], where=a > 0, out=np.zeros_like(a))),
    ("dtype", lambda k, a: k(a, a, dtype="f4", casting="same_kind")),
    ("broadcast", lambda k, a: k(a.reshape(4, -1), a[:1024])),
    ("cast", lambda k, a: k(a.astype("f4"), a)),
    ("strided", lambda k, a: k(a[::3], a[::-3])),
]


@pytest.mark.parametrize(("name", "use"), METHODS, ids=[name for name, _ in METHODS])
def test_methods_and_keywords(name, use, data) -> None:
    serial, parallel = both(blend)
    parallel(data, data)
    for _ in range(2):
        assert same(use(parallel, data), use(serial, data))


def test_at(data: np.ndarray) -> None:
    results = []
    for kernel in both(blend):
        array = data.copy()
        kernel.at(array, [1, 1, 3, 7], 2.0)
        results.append(array)
    assert np.array_equal(*results)


@pytest.mark.parametrize("shape", [(1, 3, 4), (2, 3, 4), (50, 3, 4), (50, 0, 4), (5, 7, 3, 4), (0, 3, 4)])
def test_core_dimensions(shape: tuple[int, ...]) -> None:
    serial, parallel = both(row_sums)
    values = RANDOM.normal(size=shape)
    for _ in range(2):
        assert same(parallel(values), serial(values))
    order = values.transpose(*range(len(shape) - 3), -1, -2, -3)
    assert same(parallel(order), serial(order))


def test_core_dimensions_in_place() -> None:
    values = RANDOM.normal(size=(40, 8))
    results = []
    for kernel in both(scaled_rows):
        array = values.copy()
        for _ in range(2):
            kernel(array, 2.0, out=array)
        results.append(array)
    assert np.array_equal(*results)


@pytest.mark.parametrize("at", [0, 70, 2000, 4095])
def test_warnings_of_any_chunk(at: int, data: np.ndarray) -> None:
    kernel = cobra.ufunc(types="d->d", policy="parallel")(lambda x: 1 / x)
    values = np.abs(data) + 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel(values)
        kernel(values)
        values[at] = 0
        for _ in range(20):
            with pytest.raises(RuntimeWarning, match="divide by zero"):
                kernel(values)
    values[at] = 1e-310
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow"):
        kernel(values)


@pytest.mark.parametrize("at", [[0], [4095], [70, 2000, 4000]])
def test_exceptions_of_any_chunk(at: list[int], data: np.ndarray) -> None:
    @cobra.ufunc(policy="parallel")
    def positive(x: float) -> float:
        if x <= 0:
            raise ValueError("not positive")
        return x

    values = np.abs(data) + 1
    assert np.array_equal(positive(values), values)
    bad = values.copy()
    bad[at] = -1
    for _ in range(10):
        with pytest.raises(ValueError, match="not positive"):
            positive(bad)
        assert np.array_equal(positive(values), values)
    with pytest.raises(ValueError, match="not positive"):
        positive(bad[at[0] : at[0] + 200])


def test_many_python_threads_at_once(data: np.ndarray) -> None:
    serial, parallel = both(blend)
    wrong = []

    def use(number: int) -> None:
        values = data + number
        wanted = serial(values, data)
        wrong.extend(k for k in range(50) if not np.array_equal(parallel(values, data), wanted))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_policies_make_kernels_of_their_own_from_the_same_code() -> None:
    serial, parallel = both(blend)
    assert serial is not parallel
    assert kernel_of(serial)._object_key(0) == kernel_of(parallel)._object_key(0)
    assert cobra.ufunc(parallel, policy="vectorized") is serial and cobra.ufunc(serial, policy="parallel") is parallel
    fewer = cobra.ufunc(serial, policy="parallel", num_threads=2)
    assert fewer is not parallel and cobra.ufunc(fewer, num_threads=2) is fewer
    assert pickle.loads(pickle.dumps(fewer)) is fewer and cobra.ufunc(fewer, policy="vectorized") is serial


MISTAKES = [
    ({"policy": "async"}, "there are no kernels with policy='async' yet"),
    ({"policy": "sandboxed:parallel"}, "there are no kernels with policy='sandboxed:parallel' yet"),
    ({"policy": "fast"}, "policy cannot be 'fast'"),
    ({"policy": 3}, "policy cannot be 3"),
    ({"policy": "parallel", "num_threads": 0}, "num_threads cannot be 0"),
    ({"policy": "parallel", "num_threads": True}, "num_threads cannot be True"),
    ({"policy": "parallel", "num_threads": 2.5}, "num_threads cannot be 2.5"),
    ({"num_threads": 2}, "num_threads=2 says nothing to 'blend'"),
    ({"policy": "vectorized", "num_threads": 2}, "num_threads=2 says nothing to 'blend'"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistakes(options, message) -> None:
    with pytest.raises(InvalidOption) as caught:
        cobra.ufunc(types="dd->d", **options)(blend)
    assert message in str(caught.value) and "parallel" in str(caught.value) + "whole number parallel"


def test_blocks(data: np.ndarray) -> None:
    serial, parallel = both(blend)
    for kernel in (serial, parallel):
        kernel(data, data)
    with cobra.policy("parallel"):
        serial(data, data)  # learns what it costs
        assert jobs_of(lambda: serial(data, data)) == 1
        assert jobs_of(lambda: parallel(data, data)) == 1
        with cobra.policy("vectorized"):
            assert jobs_of(lambda: (serial(data, data), parallel(data, data))) == 0
        with cobra.policy("parallel", num_threads=1):
            assert jobs_of(lambda: (serial(data, data), parallel(data, data))) == 0
        assert jobs_of(lambda: contextvars.Context().run(serial, data, data)) == 0  # a task that does not inherit
    assert jobs_of(lambda: serial(data, data)) == 0 and jobs_of(lambda: parallel(data, data)) == 1


def test_blocks_are_for_one_thread(data: np.ndarray) -> None:
    serial, _ = both(blend)
    seen = []
    with cobra.policy("parallel"):
        serial(data, data)
        thread = threading.Thread(target=lambda: seen.append(jobs_of(lambda: serial(data, data))))
        thread.start()
        thread.join()
    assert seen == [0]


def test_blocks_hold_for_kernels_made_before_and_inside(data: np.ndarray) -> None:
    with cobra.policy("parallel"):
        kernel = cobra.ufunc(types="d->d")(lambda x: x * 3.25)
        kernel(data)
        assert jobs_of(lambda: kernel(data)) == 1
    assert jobs_of(lambda: kernel(data)) == 0


@pytest.mark.parametrize(("options", "message"), [*MISTAKES[:7], ({"policy": "vectorized", "num_threads": 2}, "says nothing")])
def test_mistakes_of_blocks(options, message) -> None:
    rest = {name: value for name, value in options.items() if name != "policy"}
    with pytest.raises(InvalidOption, match=r"\w") as caught, cobra.policy(options["policy"], **rest):
        pass
    assert message in str(caught.value)


def test_interpreted_kernels_have_no_threads(data: np.ndarray) -> None:
    with cobra.config.options(disable_jit=True):
        kernel = cobra.ufunc(types="d->d", policy="parallel")(lambda x: x + 1)
        assert np.array_equal(kernel(data[:200]), data[:200] + 1)
        assert jobs_of(lambda: cobra.call(kernel, data[:200], policy="parallel")) == 0
