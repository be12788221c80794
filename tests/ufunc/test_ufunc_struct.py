"""The field of NumPy's ufunc objects that computes output sizes: found safely, filled in, and obeyed by NumPy."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from hypothesis import given, settings

from cobra.ufunc import ufunc_struct
from cobra.ufunc.numpy_object import LoopSlot, make_ufunc
from cobra.ufunc.signature import Signature
from tests.ufunc import native_loops as native
from tests.ufunc.native_loops import gufunc
from tests.ufunc.signature_strategies import signatures

X = np.arange(12.0).reshape(3, 4)


def running_sums(vector: np.ndarray, out: np.ndarray) -> None:
    out[0] = 0
    out[1:] = np.cumsum(vector)


@pytest.fixture(scope="module")
def sums() -> np.ufunc:
    return gufunc("(n)->(n+1)", running_sums, ["n", "k"], "nk")


def test_result(sums: np.ufunc) -> None:
    expected = np.concatenate([np.zeros((3, 1)), X.cumsum(1)], axis=1)
    np.testing.assert_array_equal(sums(X), expected)
    np.testing.assert_array_equal(sums(X.T, axes=[0, 0]), expected.T)
    np.testing.assert_array_equal(sums(X.T, axes=[(0,), (1,)]), expected)
    assert sums(np.empty((2, 0))).shape == (2, 1)
    assert sums.signature == "(n)->(n_plus_1)"


def test_out_of_the_computed_size(sums: np.ufunc) -> None:
    out = np.empty((3, 5))
    assert sums(X, out=out) is out
    np.testing.assert_array_equal(out, sums(X))


def test_out_of_another_size(sums: np.ufunc) -> None:
    out = np.zeros((3, 6))
    with pytest.raises(ValueError) as caught:
        sums(X, out=out)
    message = "signature (n)->(n+1): the size n+1 is 5, but out= has size 6 there (n = 4)"
    assert str(caught.value) == message
    assert not out.any()


def test_several_outputs_and_symbols() -> None:
    def combine(a: np.ndarray, b: np.ndarray, product: np.ndarray, convolution: np.ndarray, half: np.ndarray) -> None:
        product[...] = np.outer(a, b).ravel()
        convolution[...] = np.convolve(a, b)
        half[...] = a[: len(half)]

    ufunc = gufunc("(n),(m)->(n*m),(n+m-1),(n//2)", combine, ["n", "m", "p", "c", "h"], "nmpch")
    a, b = np.arange(5.0), np.arange(1.0, 4.0)
    product, convolution, half = ufunc(np.stack([a, a]), b)
    np.testing.assert_array_equal(product, [np.outer(a, b).ravel()] * 2)
    np.testing.assert_array_equal(convolution, [np.convolve(a, b)] * 2)
    np.testing.assert_array_equal(half, [[0.0, 1.0]] * 2)


def test_next_to_fixed_and_free_ones() -> None:
    def spread(a: np.ndarray, b: np.ndarray, out: np.ndarray, free: np.ndarray) -> None:
        out[...] = a.sum() + b[0]
        free[...] = len(free)

    ufunc = gufunc("(3),(n)->(3,2*n),(k)", spread, ["a", "n", "ab", "k"], "anbk")
    out, free = ufunc(np.ones(3), np.ones(4), out=(None, np.empty(7)))
    np.testing.assert_array_equal(out, np.full((3, 8), 4.0))
    np.testing.assert_array_equal(free, np.full(7, 7.0))


@pytest.mark.parametrize(
    ("text", "n", "message"),
    [("(n)->(n-5)", 2, "n-5 is -3, which is negative"), ("(n)->(6//n)", 0, "divides by zero")],
)
def test_impossible_sizes(text: str, n: int, message: str) -> None:
    ufunc = gufunc(text, lambda *_: pytest.fail("not to be called"), ["n", "k"], "nk")
    with pytest.raises(ValueError, match=message):
        ufunc(np.ones(n))


def test_unknown_layout_only_matters_to_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ufunc_struct.is_layout_known()
    monkeypatch.setattr(ufunc_struct, "is_layout_known", lambda: False)
    gufunc("(n)->()", lambda *_: None, ["n", ""], "n")
    with pytest.raises(ufunc_struct.UnknownUfuncLayout, match=r"NumPy .* cannot compute output sizes"):
        gufunc("(n)->(n+1)", running_sums, ["n", "k"], "nk")


def test_layout_check_sees_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    class Larger(ctypes.Structure):
        _fields_ = (*ufunc_struct._Fields._fields_, ("further", ctypes.c_void_p))

    class Shifted(ctypes.Structure):
        _fields_ = (ufunc_struct._Fields._fields_[-1], *ufunc_struct._Fields._fields_[:-1])

    for layout in (Larger, Shifted):
        with monkeypatch.context() as patch:
            patch.setattr(ufunc_struct, "_Fields", layout)
            assert not ufunc_struct.is_layout_known.__wrapped__()


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(signatures())
def test_numpy_reads_signatures_alike(signature: Signature) -> None:
    nin, nout = len(signature.inputs), len(signature.outputs)
    plain = Signature.parse(signature.numpy_text)  # without formulas: no code to compile for each
    ufunc, _ = make_ufunc("kernel", [LoopSlot("d" * (nin + nout), native.add())], nin, nout, signature=plain)
    assert ufunc.signature == (None if signature.is_elementwise else signature.numpy_text)
    assert plain.symbols == signature.symbols
    fields = ufunc_struct._fields_of(ufunc)
    assert fields.core_num_dim_ix == len(signature.symbols)
    frozen = list((ctypes.c_int64 * len(signature.symbols)).from_address(fields.core_dim_sizes)) if signature.symbols else []
    assert frozen == [int(symbol) if symbol.isdigit() else -1 for symbol in signature.symbols]
