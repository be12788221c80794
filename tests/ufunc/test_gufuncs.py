"""Kernels with core dimensions: NumPy's own gufuncs as models, then what NumPy has no model for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy_twins import WITH_CORE, check_twins, matrix_product, matrix_times_vector, vector_dot

import cobra
from cobra import float32 as f32
from cobra import float64 as f64

M = np.arange(24.0).reshape(2, 3, 4) - 7
V = np.array([2.0, -1.0, 0.5, 3.0])
SQUARE = np.arange(18.0).reshape(2, 3, 3)


class Tagged(np.ndarray):
    pass


def filled(*shape: int, dtype: str = "f8") -> np.ndarray:
    return np.full(shape, 99, dtype)


DOT: dict[str, Callable[[np.ufunc], object]] = {
    "vectors": lambda u: u(V, V),
    "stacks": lambda u: u(M, M),
    "broadcasting": lambda u: u(M[:, None], V),
    "lists": lambda u: u([1, 2], [3, 4]),
    "mixed types": lambda u: u(M.astype("f4"), V),
    "half": lambda u: u(V.astype("f2"), V.astype("f2")),
    "integers": lambda u: u(M.astype("i2"), V.astype("i2")),
    "booleans give what they promote to": lambda u: u(M.astype("i1"), V > 0),
    "sizes that differ": lambda u: u(M, V[:3]),
    "scalars": lambda u: u(1.0, 2.0),
    "empty stack": lambda u: u(M[:0], V),
    "out": lambda u: u(M, V, filled(2, 3)),
    "out by keyword": lambda u: u(M, V, out=filled(2, 3)),
    "out 0-d": lambda u: u(V, V, out=filled()),
    "out of a wrong shape": lambda u: u(M, V, out=filled(2, 4)),
    "out of a larger type": lambda u: u(M, V, out=filled(2, 3, dtype="c16")),
    "out is an operand": lambda u: (lambda x: u(x, x, out=x[:, 0]))(SQUARE[0].copy()),
    "axis": lambda u: u(M, M, axis=1),
    "axis of one": lambda u: u(M.T, M.T, axis=0),
    "axes": lambda u: u(M, M.transpose(2, 0, 1), axes=[2, 0]),
    "axes with the output": lambda u: u(M, M, axes=[-1, -1, ()]),
    "axes too few": lambda u: u(M, M, axes=[0]),
    "axis out of bounds": lambda u: u(M, M, axis=3),
    "keepdims": lambda u: u(M, V, keepdims=True),
    "keepdims and axis": lambda u: u(M, M, axis=1, keepdims=True),
    "dtype": lambda u: u(M, V, dtype="f4", casting="same_kind"),
    "signature": lambda u: u(M, V, signature="ff->f", casting="same_kind"),
    "casting": lambda u: u(M, V, casting="no"),
    "order": lambda u: u(M, M, order="F"),
    "strided": lambda u: u(M[:, ::-1, ::2], V[1::2]),
    "transposed": lambda u: u(M.T, M.T),
    "byte order": lambda u: u(M.astype(">f8"), V.astype(">f8")),
    "unaligned": lambda u: u(np.frombuffer(b"x" + V.tobytes(), "f8", offset=1), V),
    "subclass": lambda u: type(u(M.view(Tagged), V)).__name__,
    "subclass not wanted": lambda u: u(M.view(Tagged), V, subok=False),
    "where is not for gufuncs": lambda u: u(M, V, where=True),
    "reduce": lambda u: u.reduce(M),
    "outer": lambda u: u.outer(M, V),
    "text": lambda u: u("a", "b"),
}  # fmt: skip

MATVEC = {
    "matrix": lambda u: u(M[0], V),
    "stacks": lambda u: u(M, V),
    "rows that do not fit": lambda u: u(M, V[:2]),
    "too few dimensions": lambda u: u(V, V),
    "nothing to sum": lambda u: u(filled(3, 0), filled(0)),
    "no rows": lambda u: u(filled(0, 4), V),
    "axes": lambda u: u(M.T, V, axes=[(1, 0), 0, 0]),
    "out strided": lambda u: u(M, V, out=filled(2, 6)[:, ::2]),
    "out overlaps": lambda u: (lambda x: u(x, x[0], out=x[:, 1]))(SQUARE[0].copy()),
    "keepdims is only for one dimension": lambda u: u(M, V, keepdims=True),
}

MATMUL = {
    "matrices": lambda u: u(SQUARE, SQUARE),
    "rectangles": lambda u: u(M[0], M[0].T),
    "vector and matrix": lambda u: u(V[:3], SQUARE[0]),
    "matrix and vector": lambda u: u(SQUARE, V[:3]),
    "vectors": lambda u: u(V, V),
    "wrong sizes": lambda u: u(M, M),
    "scalars": lambda u: u(2.0, 3.0),
    "axes": lambda u: u(M, M, axes=[(1, 2), (2, 1), (0, 1)]),
    "out": lambda u: u(SQUARE, SQUARE, out=filled(2, 3, 3)),
    "into an operand": lambda u: (lambda x: u(x, x, out=x))(SQUARE.copy()),
    "into a part of an operand": lambda u: (lambda x: u(x[0], x[1], out=x[0]))(SQUARE.copy()),
    "into what overlaps": lambda u: (lambda x: u(x[:-1], x[1:], out=x[1:]))(np.arange(27.0).reshape(3, 3, 3)),
    "broadcasting": lambda u: u(SQUARE[:, None], SQUARE),
    "complex": lambda u: u(SQUARE * 1j, SQUARE),
}


CALLS = {vector_dot: DOT, matrix_times_vector: MATVEC, matrix_product: MATMUL}


@pytest.mark.parametrize(
    ("kernel", "name"),
    [(kernel, name) for kernel, calls in CALLS.items() for name in calls],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_like_numpys(kernel: np.ufunc, name: str) -> None:
    check_twins(CALLS[kernel][name], kernel, WITH_CORE[kernel])


def test_output_that_is_the_input() -> None:
    @cobra.ufunc(signature="(n)->(n),(n)", types="d->dd")
    def backwards(x, out, same):
        for i in range(len(x)):
            out[i] = x[len(x) - 1 - i]
            same[i] = x[i]

    x, y = M.copy(), M.copy()
    backwards(x, out=(x, None))
    backwards(y, out=(None, y))
    assert np.array_equal(x, M[..., ::-1]) and np.array_equal(y, M)


def test_signatures_are_as_written() -> None:
    assert [kernel.signature for kernel in WITH_CORE] == ["(n),(n)->()", "(m,n),(n)->(m)", "(m?,n),(n,p?)->(m?,p?)"]


# -- dimensions in annotations


def test_dimensions_in_annotations() -> None:
    @cobra.ufunc
    def row_sums(a: f64["m n"]) -> f64["m"]:
        out = np.zeros(a.shape[0])
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                out[i] += a[i, j]
        return out

    assert row_sums.signature == "(m,n)->(m)" and row_sums.types == ["d->d"]
    assert np.array_equal(row_sums(M), M.sum(-1))
    assert row_sums(M.astype(int)).dtype == np.float64


def test_written_parameters_are_outputs() -> None:
    @cobra.ufunc
    def extremes(x: f32["n"], low: f32, high: f32["1"]) -> None:
        low[()], high[0] = x[0], x[0]
        for value in x:
            low[0] = min(low[0], value)
            high[0] = max(high[0], value)

    assert (extremes.nin, extremes.nout, extremes.signature) == (1, 2, "(n)->(),(1)")
    low, high = extremes(M.astype("f4"))
    assert np.array_equal(low, M.min(-1)) and np.array_equal(high[..., 0], M.max(-1))


def test_a_scalar_operand_may_be_taken_as_an_array() -> None:
    @cobra.ufunc(signature="(n),(),()->(n)", types="ddd->d")
    def affine(x, scale, shift, out):
        for i in range(len(x)):
            out[i] = x[i] * scale[0] + shift

    assert np.array_equal(affine(V, 2.0, 1.0), 2 * V + 1)
    assert np.array_equal(affine(M, np.array([[2.0], [3.0]]), 1), M * np.array([2.0, 3.0])[:, None, None] + 1)


# -- fixed, optional and computed sizes


@cobra.ufunc(signature="(3),(3)->(3)", types=["ff->f", "dd->d"])
def cross(a, b, out):
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        out[i] = a[j] * b[k] - a[k] * b[j]


@cobra.ufunc(signature="(n)->(n+1)", types="d->d")
def edges(x, out):
    out[0] = x[0]
    for i in range(1, len(x)):
        out[i] = (x[i - 1] + x[i]) / 2
    out[len(x)] = x[len(x) - 1]


@cobra.ufunc(signature="(n),(m)->(n+m-1)", types="dd->d")
def convolve(x, y, out):
    for k in range(len(out)):
        out[k] = 0
    for i in range(len(x)):
        for j in range(len(y)):
            out[i + j] += x[i] * y[j]


def test_fixed_sizes() -> None:
    a, b = SQUARE, SQUARE[::-1]
    assert np.array_equal(cross(a, b), np.cross(a, b)) and cross.types == ["ff->f", "dd->d"]
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        cross(V, V)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 2), (2, 5), (30, 7)])
def test_computed_sizes(n: int, m: int) -> None:
    x, y = np.arange(n) + 1.0, np.arange(m) - 2.0
    assert np.allclose(convolve(x, y), np.convolve(x, y))
    assert convolve(np.stack([x, -x]), y).shape == (2, n + m - 1)
    assert edges(x).shape == (n + 1,)


def test_computed_sizes_with_keywords() -> None:
    out = filled(2, 5)
    assert edges(M[:, 0], out=out) is out and np.array_equal(out, edges(M[:, 0]))
    assert edges(M, axes=[1, 0]).shape == (4, 2, 4)
    with pytest.raises(ValueError, match=r"n\+1"):
        edges(V, out=filled(4))


def test_computed_size_below_zero() -> None:
    @cobra.ufunc(signature="(n)->(n-3)", types="d->d")
    def shortened(x, out):
        for i in range(len(out)):
            out[i] = x[i]

    assert np.array_equal(shortened(V), V[:1])
    with pytest.raises(ValueError, match="n-3"):
        shortened(V[:2])


def test_formulas_in_annotations() -> None:
    @cobra.ufunc
    def differences(x: f64["n"]) -> f64["n - 1"]:
        out = np.empty(x.shape[0] - 1)
        for i in range(len(out)):
            out[i] = x[i + 1] - x[i]
        return out

    assert np.array_equal(differences(M), np.diff(M))


def test_output_sizes_that_nothing_tells() -> None:
    @cobra.ufunc(signature="(n)->(m)", types="d->d")
    def repeated(x, out):
        for i in range(len(out)):
            out[i] = x[i % len(x)]

    with pytest.raises(ValueError, match="unspecified"):
        repeated(V)
    assert np.array_equal(repeated(V, out=filled(7)), np.resize(V, 7))


# -- what the body may do


def test_writable_inputs() -> None:
    @cobra.ufunc(signature="(n)->()", types="d->d", writable="x")
    def take_all(x, out):
        out[()] = 0
        for i in range(len(x)):
            out[()] += x[i]
            x[i] = 0

    values = V.copy()
    assert take_all(values) == V.sum() and not values.any()


@cobra.ufunc(signature="(n)->()", types="d->d", writable="x")
def shift(x, out):
    for i in range(len(x)):
        x[i] += 1
    out[()] = x[0]


@pytest.mark.parametrize("dtype", ["d", ">d", "f", "i8"])
@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_written_to_inputs_arrives_where_numpy_converts_them(dtype: str, axis: int) -> None:
    values = np.arange(12).reshape(3, 4).astype(dtype)
    shift(values, axis=axis)
    assert (values == np.arange(1, 13).reshape(3, 4)).all()


def test_what_is_written_to_unaligned_inputs_arrives() -> None:
    values = np.zeros(33, "u1")[1:].view("d")
    shift(values)
    assert (values == 1).all()


def test_read_only_arrays_are_not_written_to() -> None:
    values = V.copy()
    values.setflags(write=False)
    for read_only in (values, np.broadcast_to(V.copy(), (3, V.size)), np.frombuffer(bytes(16))):
        with pytest.raises(ValueError, match="read-only"):
            shift(read_only)
    assert (values == V).all()


def test_inputs_are_read_only() -> None:
    with pytest.raises(cobra.errors.ReadOnlyArgument, match="x"):

        @cobra.ufunc(signature="(n)->()", types="d->d")
        def spoil(x, out):
            x[0] = 1
            out[0] = x[0]


def test_exceptions_name_what_the_kernel_says() -> None:
    @cobra.ufunc(signature="(n)->()", types="d->d")
    def first_positive(x):
        for value in x:
            if value > 0:
                return value
        raise ValueError("there is no positive value")

    assert np.array_equal(first_positive(M[:, 2]), [1.0, 13.0])
    with pytest.raises(ValueError, match="there is no positive value"):
        first_positive(M)


def test_bounds_are_checked_in_debug_mode() -> None:
    with cobra.config.options(debug=True):

        @cobra.ufunc(signature="(n),()->()", types="dl->d")
        def pick(x, index):
            return x[index]

    assert pick(V, 2) == V[2]
    with pytest.raises(IndexError, match=r"return x\[index\]"):
        pick(V, 4)


def test_several_arrays_out() -> None:
    @cobra.ufunc(signature="(n)->(n),(),(2)")
    def summary(x):
        running = np.empty_like(x)
        ends = np.empty(2)
        total = x[0] * 0
        for i in range(len(x)):
            total += x[i]
            running[i] = total
        ends[0], ends[1] = x[0], x[len(x) - 1]
        return running, total, ends

    running, total, ends = summary(M)
    assert np.array_equal(running, M.cumsum(-1)) and np.array_equal(total, M.sum(-1))
    assert np.array_equal(ends, M[..., [0, -1]])
    assert [part.dtype for part in summary(M.astype("f4"))][:2] == [np.float32, np.float32]


def test_no_core_dimensions_in_the_signature() -> None:
    @cobra.ufunc(signature="(),()->()", types="dd->d")
    def hypotenuse(x, y, out):
        out[0] = np.sqrt(x * x + y * y)

    assert hypotenuse(3.0, 4.0) == 5.0
    assert np.array_equal(hypotenuse(V, 0.0), abs(V))
