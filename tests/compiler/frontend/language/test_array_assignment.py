"""Views of arrays, and assignment to them: what the same function does as plain Python."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.errors import CobraError, TypeMismatch, UnsupportedSyntax


def filled(a, out):
    out[...] = 1.5
    out[0] = 7
    out[:, 1] = a[0, 0]
    out[1, :] = True


def copied(a, out):
    out[...] = a
    out[0] = a[1]
    out[:, 2] = a[:, 0]
    out.T[3] = a.T[1]
    out[..., -1] = a[:, -2]


def overlapping(a, out):
    out[:] = a
    out[1] = out[0]
    out[:, 0] = out[:, 1]
    out[...] = out[...]


def mirrored(a, out):
    b = a.T
    for i in range(b.shape[0]):
        for j, number in enumerate(b[i]):
            out[j, i] = number + b[i, j] + b.T[j][i]


def summed(a, out):
    for j in range(a.shape[1]):
        out[:, j] = a[:, j].sum() + np.max(a.T[j]) + a.T[j].mean() + a[..., j].prod()


def sizes(a, out):
    out[...] = a.T.shape[0] * 10 + len(a.T) + a.T.ndim + a[:, 0].size


def broadcast(a, out):
    out[...] = a[0]
    out.T[...] = a[:, 1]


CASES = [(function, "d->d") for function in (filled, copied, overlapping, mirrored, summed, sizes, broadcast)]


@pytest.mark.parametrize(("function", "types"), [*CASES, (copied, "F->D"), (filled, "l->d"), (summed, "e->f")])
def test_views(function, types):
    a = (np.arange(24.0).reshape(6, 4) % 7).astype(types[0])
    out = np.zeros((6, 4), types[-1])
    function(a, out)
    found = cobra.ufunc(types=[types], signature="(m,n)->(m,n)")(function)(a)
    np.testing.assert_allclose(found, out, rtol=1e-14)


def test_a_square_may_be_assigned_its_transpose():
    def turned(a, out):
        out[...] = a
        out[...] = out.T

    a = np.arange(25.0).reshape(5, 5)
    np.testing.assert_array_equal(cobra.ufunc(types=["d->d"], signature="(n,n)->(n,n)")(turned)(a), a.T)


def test_a_transpose_is_returned():
    kernel = cobra.ufunc(types=["d->d"], signature="(m,n)->(n,m)")(lambda a: a.T)
    a = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(kernel(a), a.transpose(0, 2, 1))


def test_other_sizes_are_an_exception():
    def moved(a, b):
        b[...] = a

    kernel = cobra.ufunc(types=["d->d"], signature="(m)->(n)")(moved)
    with pytest.raises(ValueError, match=r"test_array_assignment.py:\d+: the array that is assigned has other sizes"):
        kernel(np.ones(3), np.ones(4))


def test_a_pointer_has_no_whole():
    def cleared(values: cobra.pointer(cobra.float64)) -> None:
        values[...] = 0.0

    with pytest.raises(UnsupportedSyntax, match="the whole of a pointer to float64"):
        cobra.function(cleared)


def matrix_for_a_row(a, out):
    out[0] = a


def tuple_for_an_array(a, out):
    out[0] = (1.0, 2.0)


def part(a, out):
    out[1:] = 0.0


WRONG = [
    (matrix_for_a_row, TypeMismatch, "2 dimensions is assigned to an array of float64 with 1"),
    (tuple_for_an_array, TypeMismatch, "cannot become a tuple of 2"),
    (part, UnsupportedSyntax, "cannot slice"),
]


@pytest.mark.parametrize(("function", "kind", "message"), WRONG)
def test_what_is_refused(function, kind, message):
    with pytest.raises(CobraError, match=message) as caught:
        cobra.ufunc(types=["d->d"], signature="(m,n)->(m,n)")(function)
    assert type(caught.value) is kind
