"""`cobra.call` gives what a plain call gives, with every keyword, and splits what NumPy would cast or broadcast."""

from __future__ import annotations

import io
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from parallel_kernels import blend, both, halves, jobs_of, row_sums, same, scaled_rows, splitting

import cobra
from cobra.errors import InvalidCall, InvalidOption
from cobra.ufunc.call_splitting import split_call
from cobra.ufunc.kernel import kernel_of

A = np.random.default_rng(6).normal(size=(60, 50))
SINGLE, ROW, COLUMN = A.astype("f4"), A[0].copy(), A[:, :1].copy()


@pytest.fixture(autouse=True)
def _splits(monkeypatch: pytest.MonkeyPatch):
    with splitting(monkeypatch):
        for kernel in both(blend):
            with cobra.policy("parallel"):
                kernel(A.ravel(), A.ravel())
                kernel(SINGLE.ravel(), SINGLE.ravel())  # they know what an element costs
        yield


def target(dtype: str = "d", shape: tuple[int, ...] = A.shape) -> np.ndarray:
    return np.full(shape, 7, dtype)


# what is called how, and whether that falls into parts
CALLS = [
    ("broadcast row", lambda k: k(A, ROW), True),
    ("broadcast column", lambda k: k(A, COLUMN), True),
    ("outer product", lambda k: k(ROW, COLUMN), True),
    ("cast", lambda k: k(A, SINGLE), True),
    ("cast integers", lambda k: k(A.astype("i4"), A), True),
    ("cast the output", lambda k: k(SINGLE, SINGLE, out=target("d")), True),
    ("cast to a narrower output", lambda k: k(A, A, out=target("f4"), casting="same_kind"), True),
    ("dtype", lambda k: k(A, A, dtype="f4", casting="same_kind"), True),
    ("signature", lambda k: k(SINGLE, SINGLE, signature="dd->d"), True),
    ("sig", lambda k: k(SINGLE, SINGLE, sig=("d", None, None)), True),
    ("swapped bytes", lambda k: k(A.astype(">f8"), A), True),
    ("order C", lambda k: k(A.T, ROW[:, None], order="C"), True),
    ("order F", lambda k: k(A, ROW, order="F"), True),
    ("order A", lambda k: k(A.T, ROW[:, None], order="A"), True),
    ("other layouts", lambda k: k(A.T, np.ascontiguousarray(A.T)), True),
    ("three axes", lambda k: k(A.reshape(3, 20, 50).transpose(2, 0, 1), ROW[:, None, None]), True),
    ("number", lambda k: k(SINGLE, 2.0, dtype="d"), True),
    ("numpy number", lambda k: k(SINGLE, np.float64(2.0)), True),
    ("out", lambda k: k(A, ROW, out=target()), True),
    ("out as a tuple", lambda k: k(A, ROW, out=(target(),)), True),
    ("wider out", lambda k: k(ROW, ROW, out=target()), True),
    ("backwards out", lambda k: k(A, ROW, out=target()[::-1, ::-1]), True),
    ("where", lambda k: k(A, A, where=A > 0, out=target()), True),
    ("broadcast where", lambda k: k(A, A, where=COLUMN > 0, out=target()), True),
    ("subok", lambda k: k(A, ROW, subok=False), True),
    ("whole arrays", lambda k: k(A, A), False),
    ("whole arrays and a number", lambda k: k(A, 3.0), False),
    ("no axes", lambda k: k(1.0, 2.0), False),
    ("lists", lambda k: k([1.0, 2.0], [[3.0], [4.0]]), False),
    ("a masked array", lambda k: k(np.ma.array(A, mask=A > 1), ROW), False),
    ("nothing", lambda k: k(A[:0], ROW), False),
]


@pytest.mark.parametrize(("name", "use", "is_split"), CALLS, ids=[name for name, *_ in CALLS])
def test_calls(name, use, is_split) -> None:
    serial, _ = both(blend)
    kernel, seen = kernel_of(serial), []

    def call(*operands, **keywords):
        seen.append(split_call(kernel, operands, keywords, 3) is not None)
        return cobra.call(serial, *operands, policy="parallel", **keywords)

    result = use(call)
    wanted = use(serial)
    assert seen == [is_split] and type(result) is type(wanted) and same(result, wanted)


SHARED = [
    ("in place", lambda a: (a, a[0].copy(), a), True),
    ("in place, cast", lambda a: (a, np.ones(a.shape, "f4"), a), True),
    ("own row", lambda a: (a, a[0], a), False),
    ("own transpose", lambda a: (a[:50], a[:50].T, a[:50]), False),
    ("shifted", lambda a: (a[1:], a[:1].copy(), a[:-1]), False),
    ("output that is repeated", lambda a: (a, a[0], np.lib.stride_tricks.as_strided(a.copy(), a.shape, (0, 8))), False),
]


@pytest.mark.parametrize(("name", "operands", "is_split"), SHARED, ids=[name for name, *_ in SHARED])
def test_operands_that_share_memory(name, operands, is_split) -> None:
    serial, _ = both(blend)
    results = []
    for use in (serial, lambda *given, **rest: cobra.call(serial, *given, policy="parallel", **rest)):
        array = A.copy()
        x, y, out = operands(array)
        assert (split_call(kernel_of(serial), (x, y), {"out": out}, 3) is not None) == is_split
        assert use(x, y, out=out) is out
        results.append(out.copy())
    assert np.array_equal(*results)


def test_several_results() -> None:
    serial, _ = both(halves)
    with cobra.policy("parallel"):
        serial(A.ravel())
        result = cobra.call(serial, SINGLE)
    assert same(result, serial(SINGLE)) and isinstance(result, tuple)
    first = np.empty(A.shape)
    result = cobra.call(serial, SINGLE, out=(first, None), policy="parallel")
    assert result[0] is first and same(result, serial(SINGLE))


GUFUNC_CALLS = [
    (row_sums, lambda k, a: k(a), True),
    (row_sums, lambda k, a: k(a.astype("f4")), True),
    (row_sums, lambda k, a: k(a, out=np.empty(a.shape[:-1], "f4"), casting="same_kind"), True),
    (row_sums, lambda k, a: k(a.transpose(0, 1, 3, 2)), False),
    (row_sums, lambda k, a: k(a, axes=[(0, 1), 0]), False),
    (row_sums, lambda k, a: k(a[0]), False),
    (row_sums, lambda k, a: k(a[0, 0]), False),
    (scaled_rows, lambda k, a: k(a[0, 0], np.arange(30.0)[:, None]), True),
    (scaled_rows, lambda k, a: k(a[0, 0, 0], np.arange(30, dtype="f4")), True),
    (scaled_rows, lambda k, a: k(a[0, 0], np.arange(6.0), axis=0), False),
]


@pytest.mark.parametrize(("function", "use", "is_split"), GUFUNC_CALLS, ids=range(len(GUFUNC_CALLS)))
def test_core_dimensions(function, use, is_split) -> None:
    serial, _ = both(function)
    values = np.random.default_rng(7).normal(size=(12, 5, 4, 6))
    wanted = use(serial, values)
    with cobra.policy("parallel"):
        use(serial, values)
        use(serial, values)
    seen = []

    def call(*operands, **keywords):
        seen.append(split_call(kernel_of(serial), operands, keywords, 3) is not None)
        return cobra.call(serial, *operands, policy="parallel", **keywords)

    assert same(use(call, values), wanted) and seen == [is_split]


MISTAKES = [
    lambda k: k(A),
    lambda k: k(A, ROW, target(), out=target()),
    lambda k: k(A, A[:3]),
    lambda k: k(A, ROW, out=target(shape=(3, 50))),
    lambda k: k(A, ROW, out=target("i4")),
    lambda k: k(A, ROW.astype("c16")),
    lambda k: k(A, SINGLE, casting="no"),
    lambda k: k(A, SINGLE, signature="ii->i"),
    lambda k: k(A, ROW, dtype="U3"),
    lambda k: k(A, ROW, sideways=True),
    lambda k: k(A, "text"),
]


@pytest.mark.parametrize("use", MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_are_those_of_the_plain_call(use) -> None:
    serial, _ = both(blend)
    with pytest.raises(Exception, match=r"\w") as plain:
        use(serial)
    with pytest.raises(type(plain.value)) as caught:
        use(lambda *operands, **keywords: cobra.call(serial, *operands, policy="parallel", **keywords))
    assert str(caught.value) == str(plain.value)


def reciprocal_kernel() -> np.ufunc:
    kernel = cobra.ufunc(types="dd->d", name="inverse")(lambda x, y: y / x)
    with cobra.policy("parallel"):
        kernel(np.ones(500), np.ones(500))
    return kernel


def test_floating_point_errors_are_reported_once_where_the_call_stands() -> None:
    kernel, values = reciprocal_kernel(), A.copy()
    values[::7] = 0
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert jobs_of(lambda: cobra.call(kernel, values, 1 + ROW**2, policy="parallel")) == 1
    assert [str(each.message) for each in seen] == ["divide by zero encountered in inverse"]
    assert Path(seen[0].filename).name == Path(__file__).name
    with np.errstate(all="ignore"):
        cobra.call(kernel, values, ROW, policy="parallel")


def test_errors_of_a_call_that_is_not_split_are_reported_where_it_stands() -> None:
    kernel = reciprocal_kernel()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        cobra.call(kernel, 0.0, 1.0)
        cobra.call(kernel, [0.0, 1.0], np.ones(2), policy="vectorized")
    assert [str(each.message) for each in seen] == ["divide by zero encountered in inverse"] * 2
    assert {Path(each.filename).name for each in seen} == {Path(__file__).name}
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero encountered in inverse"):
        cobra.call(kernel, 0.0, 1.0)
    with np.errstate(all="ignore"):
        assert np.isinf(cobra.call(kernel, 0.0, 1.0))


def test_as_many_dimensions_as_numpy_has() -> None:
    values = A.reshape((1,) * 62 + A.shape)
    assert same(cobra.call(both(blend)[1], values, ROW), blend(values, ROW))


def test_arrays_of_other_classes_see_the_errors_that_numpy_is_to_handle() -> None:
    class Other(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return np.geterr()["divide"]

    kernel, other = reciprocal_kernel(), A.view(Other)
    with np.errstate(divide="raise"):
        assert cobra.call(kernel, other, 1.0) == "raise"
        assert cobra.call(kernel, 0.0, 1.0, out=other) == "raise"


def test_other_ways_to_handle_floating_point_errors(capsys: pytest.CaptureFixture[str]) -> None:
    kernel, log = reciprocal_kernel(), io.StringIO()
    calls: list[tuple[str, int]] = []

    def use() -> None:
        cobra.call(kernel, np.zeros((60, 50)), 1 + ROW**2, policy="parallel")

    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero encountered in inverse"):
        use()
    with np.errstate(divide="call", call=lambda *given: calls.append(given)):
        use()
    with np.errstate(divide="log", call=log):
        use()
    with np.errstate(divide="print"):
        use()
    assert calls == [("divide by zero", 1)]
    assert log.getvalue() == capsys.readouterr().out == "Warning: divide by zero encountered in inverse\n"


def test_exceptions_of_a_part() -> None:
    @cobra.ufunc(types="dd->d")
    def positive(x, y):
        if x <= 0:
            raise ValueError("not positive")
        return x + y

    values = np.abs(A) + 1
    with cobra.policy("parallel"):
        positive(values.ravel(), 1.0)
    assert same(cobra.call(positive, values, ROW, policy="parallel"), values + ROW)
    values[59, 49] = -1
    for _ in range(5):
        with pytest.raises(ValueError, match="not positive"):
            cobra.call(positive, values, ROW, policy="parallel")


def test_calls_from_many_threads() -> None:
    serial, _ = both(blend)
    wanted, wrong = serial(A, ROW), []

    def use() -> None:
        wrong.extend(k for k in range(20) if not same(cobra.call(serial, A, ROW, policy="parallel"), wanted))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_decides_whether_threads_take_part() -> None:
    serial, parallel = both(blend)
    assert jobs_of(lambda: cobra.call(serial, A, ROW)) == 0
    assert jobs_of(lambda: cobra.call(parallel, A, ROW)) == 1
    assert jobs_of(lambda: cobra.call(serial, A, ROW, num_threads=2)) == 1
    assert jobs_of(lambda: cobra.call(parallel, A, ROW, num_threads=1)) == 0
    assert jobs_of(lambda: cobra.call(parallel, A, ROW, policy="vectorized")) == 0
    with cobra.policy("vectorized"):
        assert jobs_of(lambda: cobra.call(parallel, A, ROW)) == 0


def test_what_cannot_be_called() -> None:
    with pytest.raises(InvalidCall, match="no kernel of Cobra's"):
        cobra.call(np.add, A, A, policy="parallel")
    with pytest.raises(InvalidOption, match="policy cannot be 'fast'"):
        cobra.call(both(blend)[0], A, A, policy="fast")
