"""Ufuncs made at run time behave as NumPy's own in every method, with every kind of core dimension."""

from __future__ import annotations

import ctypes
import gc
import inspect
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from cobra.errors import InvalidSignature
from cobra.ufunc import ufunc_struct
from cobra.ufunc.numpy_object import LoopSlot, distinct_name, make_ufunc
from cobra.ufunc.signature import Signature
from tests.ufunc import native_loops as native
from tests.ufunc.native_loops import gufunc

X = np.arange(12.0).reshape(3, 4)


def simple(name: str = "kernel", identity: object = 0) -> np.ufunc:
    return make_ufunc(name, [LoopSlot("ddd", native.add())], 2, 1, identity=identity)[0]


@pytest.fixture(scope="module")
def plus() -> np.ufunc:
    return simple()


def with_overlap(ufunc: np.ufunc, array: np.ndarray) -> object:
    return ufunc(array[1:], array[:-1], out=array[1:])


def after_at(ufunc: np.ufunc, array: np.ndarray) -> np.ndarray:
    ufunc.at(array, [0, 2, 2], 5.0)
    return array


USES: dict[str, Callable[[np.ufunc], object]] = {
    "scalars": lambda f: f(1.0, 2.0),
    "arrays": lambda f: f(X, X),
    "broadcasting": lambda f: f(X, X[:, :1]),
    "strides": lambda f: f(X[:, ::2], X.T[::-2].T),
    "integers are cast": lambda f: f(np.arange(3), 1),
    "empty": lambda f: f(np.empty((0, 3)), 1.0),
    "out": lambda f: f(X, 1.0, out=np.zeros((2, 3, 4))),
    "where": lambda f: f(X, 1.0, where=X > 4, out=np.full(X.shape, -1.0)),
    "overlap": lambda f: with_overlap(f, np.arange(100.0)),
    "dtype": lambda f: f(X, 1.0, dtype=np.float64),
    "reduce": lambda f: f.reduce(X),
    "reduce over all axes": lambda f: f.reduce(X, axis=None),
    "reduce over a tuple of axes": lambda f: f.reduce(X.reshape(2, 3, 2), axis=(0, 2), keepdims=True),
    "reduce from an initial value": lambda f: f.reduce(X, axis=1, initial=100.0),
    "reduce where": lambda f: f.reduce(X, axis=1, where=X % 2 == 0),
    "reduce nothing": lambda f: f.reduce(np.empty((0, 3))),
    "accumulate": lambda f: f.accumulate(X, axis=1),
    "reduceat": lambda f: f.reduceat(np.arange(20.0), [0, 5, 3, 19]),
    "at": lambda f: after_at(f, np.zeros(4)),
    "outer": lambda f: f.outer(X[0], X),
}


@pytest.mark.parametrize("use", USES)
def test_agrees_with_numpy(plus: np.ufunc, use: str) -> None:
    result, expected = USES[use](plus), USES[use](np.add)
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)


def test_is_a_ufunc() -> None:
    call_signature = inspect.signature(lambda left, right: None)
    ufunc, table = make_ufunc(
        "kernel", [LoopSlot("iii", native.add("i32")), LoopSlot("ddd", native.add())], 2, 1,
        doc="Add.", module="my.kernels", qualname="outer.<locals>.kernel", call_signature=call_signature,
        attributes={"spec": ("any", "thing"), "nothing": None},
    )  # fmt: skip
    assert type(ufunc) is np.ufunc
    assert (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes, ufunc.types) == (2, 1, 3, 2, ["ii->i", "dd->d"])
    assert (ufunc.__name__, ufunc.__qualname__, ufunc.__module__) == ("kernel", "outer.<locals>.kernel", "my.kernels")
    assert ufunc.__doc__ == "Add."
    assert inspect.signature(ufunc) == call_signature
    assert [vars(ufunc)[name] for name in ("spec", "nothing")] == [("any", "thing"), None]
    assert (ufunc.signature, len(table)) == (None, 2)
    assert ufunc(np.int32(1), np.int32(2)).dtype == np.int32
    assert ufunc(np.int64(1), np.int32(2)).dtype == np.float64
    with pytest.raises(TypeError):
        ufunc(1j, 1)


def test_several_outputs() -> None:
    ufunc, _ = make_ufunc("both", [LoopSlot("dddd", native.sum_and_difference())], 2, 2)
    total, difference = ufunc(X, 1.0)
    np.testing.assert_array_equal(total, X + 1)
    np.testing.assert_array_equal(difference, X - 1)
    mine = np.zeros(X.shape)
    ufunc(X, 1.0, out=(None, mine), where=np.ones(X.shape, bool))
    np.testing.assert_array_equal(mine, X - 1)


@pytest.mark.parametrize("identity", [0, 1, -1, 7, 0.5, -np.inf, True, False, np.float64(2)])
def test_identity_values(identity: object) -> None:
    ufunc = simple(identity=identity)
    assert ufunc.identity == identity
    assert type(ufunc.identity) is type(identity)
    assert ufunc.reduce(np.empty(0)) == identity
    assert ufunc.reduce(X, axis=(0, 1)) == X.sum() + float(identity)  # type: ignore[arg-type]


def test_no_identity() -> None:
    none, reorderable = simple(identity=None), simple(identity="reorderable")
    assert none.identity is None
    assert reorderable.identity is None
    for ufunc in (none, reorderable):
        np.testing.assert_array_equal(ufunc.reduce(X), X.sum(0))
        assert ufunc.reduce(np.empty(0), initial=4.0) == 4.0
        with pytest.raises(ValueError, match="zero-size array"):
            ufunc.reduce(np.empty(0))
    assert reorderable.reduce(X, axis=(0, 1)) == X.sum()
    with pytest.raises(ValueError, match="not reorderable"):
        none.reduce(X, axis=(0, 1))


@pytest.mark.parametrize("name", ["add", "modf", "clip", "trace", "sub", "truediv", "eq", "neg"])
def test_names_others_would_mistake(name: str) -> None:
    ufunc = simple(name)
    assert (ufunc.__name__, ufunc.__qualname__) == (f"cobra.{name}", name)
    assert repr(ufunc) == f"<ufunc 'cobra.{name}'>"


@pytest.mark.parametrize("name", ["kernel", "muladd", "<lambda>", "größe", "pi", "fft"])
def test_other_names_stay(name: str) -> None:
    assert distinct_name(name) == name
    assert simple(name).__name__ == name


def test_dask_does_not_run_numpys_function_of_the_same_name() -> None:
    array = pytest.importorskip("dask.array")
    ufunc, _ = make_ufunc("modf", [LoopSlot("ddd", native.elementwise("double", 1, ("%r = fadd double %x0, 1.0",) * 2))], 1, 2)
    with pytest.raises(TypeError):
        ufunc(array.ones(3))
    times = make_ufunc("add", [LoopSlot("ddd", native.multiply())], 2, 1)[0]
    np.testing.assert_array_equal(times(array.full(3, 5.0), 2.0).compute(), [10.0] * 3)
    with pytest.raises(TypeError):
        times.outer(array.ones(3), np.ones(3))


@pytest.mark.parametrize(
    ("loops", "signature", "message"),
    [
        ([], None, "has no loop"),
        ([LoopSlot("dd", 1)], None, "'dd' of broken has 2 types"),
        ([LoopSlot("ddd", 1)], "(n)->(n)", "has 2 inputs and 1 outputs"),
    ],
)
def test_what_does_not_fit_is_refused(loops: list[LoopSlot], signature: str | None, message: str) -> None:
    with pytest.raises(InvalidSignature, match=message):
        make_ufunc("broken", loops, 2, 1, signature=Signature.parse(signature) if signature else None)


def test_numpys_own_errors_pass() -> None:
    with pytest.raises(ValueError, match="operands"):
        make_ufunc("wide", [LoopSlot("d" * 100, 1)], 99, 1)


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class TestTable:
    def test_patch(self) -> None:
        slots = [LoopSlot("iii", native.add("i32"), 5), LoopSlot("ddd", native.add(), 6)]
        ufunc, table = make_ufunc("kernel", slots, 2, 1)
        assert [table[0], table[1], table[-1]] == [(slots[0].function, 5), (slots[1].function, 6), (slots[1].function, 6)]
        table.patch(1, native.multiply(), 7)
        assert [table[0], table[1]] == [(slots[0].function, 5), (native.multiply(), 7)]
        assert ufunc(3.0, 5.0) == 15.0
        table.patch(-1, native.add())
        assert table[1] == (native.add(), 0)
        assert ufunc(3.0, 5.0) == 8.0
        assert ufunc(np.int32(3), np.int32(5)) == 8
        with pytest.raises(IndexError):
            table.patch(2, 1)
        with pytest.raises(IndexError):
            table[-3]

    def test_numpy_reads_the_table_in_place(self) -> None:
        ufunc, table = make_ufunc("kernel", [LoopSlot("ddd", native.add(), 9)], 2, 1)
        fields = ufunc_struct._fields_of(ufunc)
        assert (fields.functions, fields.data) == (table.functions_address, table.data_address)
        assert ctypes.c_void_p.from_address(fields.data).value == 9

    def test_patching_while_others_call(self, restless: None) -> None:
        # each loop reads what its data points to, so a new function with old data would give 2 or 10
        load = "%t = load double, ptr %data\n"
        once = native.elementwise("double", 1, (f"{load} %r = fadd double %x0, %t",))
        tenfold = native.elementwise("double", 1, (f"{load} %tenth = fmul double %t, 10.0\n %r = fadd double %x0, %tenth",))
        one, two = ctypes.c_double(1.0), ctypes.c_double(2.0)
        pairs = [(once, ctypes.addressof(one)), (tenfold, ctypes.addressof(two))]
        ufunc, table = make_ufunc("kernel", [LoopSlot("dd", *pairs[0])], 1, 1)
        seen: set[float] = set()
        stop = threading.Event()

        def call() -> None:
            while not stop.is_set():
                seen.add(float(ufunc(0.0)))

        threads = [threading.Thread(target=call) for _ in range(2)]
        for thread in threads:
            thread.start()
        for i in range(20000):
            table.patch(0, *pairs[i % 2])
        stop.set()
        for thread in threads:
            thread.join()
        assert seen <= {1.0, 20.0}


def matvec(matrix: np.ndarray, vector: np.ndarray, out: np.ndarray) -> None:
    out[...] = matrix @ vector


def total(vector: np.ndarray, out: np.ndarray) -> None:
    out[...] = vector.sum()


class TestCoreDimensions:
    def test_named(self) -> None:
        ufunc = gufunc("(m,n),(n)->(m)", matvec, ["mn", "n", "m"], "mn")
        matrices, vectors = np.arange(24.0).reshape(2, 3, 4), np.arange(20.0).reshape(5, 1, 4)
        np.testing.assert_array_equal(ufunc(matrices, vectors), np.matvec(matrices, vectors))
        moved = ufunc(matrices.mT, vectors, axes=[(2, 1), 2, 0])
        np.testing.assert_array_equal(moved, np.moveaxis(np.matvec(matrices, vectors), -1, 0))
        out = np.zeros((2, 6))[:, ::2]
        assert ufunc(matrices, vectors[0, 0], out=out) is out
        np.testing.assert_array_equal(out, matrices @ vectors[0, 0])
        with pytest.raises(ValueError, match="mismatch in its core dimension"):
            ufunc(matrices, np.ones(3))
        assert ufunc.signature == "(m,n),(n)->(m)"

    def test_axis_and_keepdims(self) -> None:
        ufunc = gufunc("(n)->()", total, ["n", ""], "n")
        np.testing.assert_array_equal(ufunc(X, axis=0, keepdims=True), X.sum(0, keepdims=True))

    def test_without_core_dimensions_is_elementwise(self) -> None:
        ufunc, _ = make_ufunc(
            "kernel", [LoopSlot("ddd", native.add())], 2, 1, signature=Signature.parse("(),()->()"), identity=0
        )
        assert ufunc.signature is None
        assert ufunc.reduce(X, axis=None) == X.sum()

    def test_fixed(self) -> None:
        def swap(point: np.ndarray, out: np.ndarray) -> None:
            out[...] = point[::-1][:2]

        ufunc = gufunc("(3)->(2)", swap, ["a", "b"], "ab")
        np.testing.assert_array_equal(ufunc(np.arange(6.0).reshape(2, 3)), [[2, 1], [5, 4]])
        with pytest.raises(ValueError, match="mismatch in its core dimension"):
            ufunc(np.ones(4))

    @pytest.mark.parametrize(("left", "right"), [((2, 4), (4, 3)), ((4,), (4, 3)), ((2, 4), (4,)), ((4,), (4,))])
    def test_optional(self, left: tuple[int, ...], right: tuple[int, ...]) -> None:
        def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
            out[...] = a @ b

        ufunc = gufunc("(n?,k),(k,m?)->(n?,m?)", product, ["nk", "km", "nm"], "nkm")
        a, b = np.arange(1.0, np.prod(left) + 1).reshape(left), np.arange(1.0, np.prod(right) + 1).reshape(right)
        np.testing.assert_array_equal(ufunc(a, b), a @ b)

    def test_free_outputs_need_out(self) -> None:
        def repeat(vector: np.ndarray, out: np.ndarray) -> None:
            out[...] = np.resize(vector, out.shape)

        ufunc = gufunc("(n)->(m)", repeat, ["n", "m"], "nm")
        np.testing.assert_array_equal(ufunc(np.arange(3.0), out=np.empty(5)), [0, 1, 2, 0, 1])
        with pytest.raises(ValueError, match="unspecified"):
            ufunc(np.arange(3.0))


class Owned:
    """Something a ufunc keeps alive."""


def test_many_are_made_and_dropped() -> None:
    loop = native.generalised(total, ["n", ""], "n")
    remnants = []
    for i in range(1500):
        owned = Owned()
        remnants.append(weakref.ref(owned))
        plain, table = make_ufunc(
            f"kernel{i}", [LoopSlot("ddd", native.add())], 2, 1, identity=float(i), doc=f"Doc {i}.", attributes={"owned": owned}
        )
        sums, _ = make_ufunc(f"sums{i}", [LoopSlot("dd", loop)], 1, 1, signature=Signature.parse("(n)->()"))
        del owned
        if i % 100 == 0:
            assert (plain.__name__, plain.__doc__, plain(1.0, i)) == (f"kernel{i}", f"Doc {i}.", 1.0 + i)
            assert sums([1.0, 2.0]) == 3.0
    del plain, sums
    gc.collect()
    assert not any(remnant() for remnant in remnants)
    table.patch(0, 1)  # the table outlives its ufunc


def test_import_needs_no_compiler() -> None:
    program = "import sys, cobra.ufunc.numpy_object; print('llvmlite' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
