"""How calls reach the inner loop: the loop that serves, conversions, lengths and steps."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.errors import InvalidCall
from cobra.explanation.operands import hand_over

add = cobra.ufunc(types=["ff->f", "dd->d"])(lambda x, y: x + y)
row = np.ones((4, 6))


@cobra.ufunc(signature="(n),(n)->()")
def dot(x: cobra.float64["n"], y: cobra.float64["n"]) -> cobra.float64:
    return (x[0] + y[0]) * len(x)


@pytest.mark.parametrize(
    ("arguments", "shape", "inner", "steps", "converted"),
    [
        ((row, row), (4, 6), 24, (8, 8, 8), ()),
        ((row[:, ::2], row[:, ::2]), (4, 3), 12, (16, 16, 8), ()),
        ((row[:, :5], row[:, :5]), (4, 5), 5, (8, 8, 8), ()),
        ((row, 2.0), (4, 6), 24, (8, 0, 8), ()),
        ((row[:, :1], row), (4, 6), 6, (0, 8, 8), ()),
        ((row.T, row.T), (6, 4), 24, (8, 8, 8), ()),
        ((row.astype("f"), row), (4, 6), 24, (8, 8, 8), (0,)),
        ((row.astype(">f8"), row), (4, 6), 24, (8, 8, 8), (0,)),
        ((row.astype("f"), 2.0), (4, 6), 24, (4, 0, 4), ()),
        ((np.ones((0, 3)), 1.0), (0, 3), 0, (8, 8, 8), ()),
        ((1.0, 2.0), (), 1, None, ()),
    ],
    ids=["dense", "strided", "part of rows", "number", "column", "transposed", "cast", "byte order", "float32", "empty", "numbers"],
)
def test_elementwise(arguments, shape, inner, steps, converted):
    handed = hand_over(add, arguments)
    assert (handed.shape, handed.inner, handed.converted) == (shape, inner, converted)
    assert steps is None or handed.steps == steps
    assert handed.elements == add(*arguments).size


def test_an_output_of_another_type_is_converted():
    assert hand_over(add, (row, row), (np.empty((4, 6), "f"),)).converted == (2,)


def test_core_dimensions():
    handed = hand_over(dot, (np.ones((5, 1, 3)), np.ones((2, 3))))
    assert (handed.shape, handed.core_sizes, handed.inner, handed.steps[:2]) == ((5, 2), {"n": 3}, 2, (0, 24))


@pytest.mark.parametrize(
    "arguments",
    [(row,), (row, np.ones(5)), (row, "text"), (row, 1j), (np.ones((1,) * 40), 1.0)],
    ids=["too few", "shapes", "text", "complex", "dimensions"],
)
def test_what_does_not_fit(arguments):
    with pytest.raises(InvalidCall):
        hand_over(add, arguments)


def test_what_numpy_makes_is_dense_with_its_core_dimensions():
    longer = cobra.ufunc(types="d->d", signature="(n)->(n+1)")(lambda v, out: None)
    handed = hand_over(longer, (np.ones((5, 3)),))
    assert (handed.shape, handed.cores, handed.steps) == ((5,), ((3,), (4,)), (24, 32))
    given = hand_over(longer, (np.ones((5, 3)),), (np.ones((5, 8))[:, ::2],))
    assert given.steps == (24, 64)


def test_optional_core_dimensions():
    @cobra.ufunc(types="dd->d", signature="(m?,n),(n,p?)->(m?,p?)")
    def product(a, b, out):
        out[0, 0] = a[0, 0] * b[0, 0]

    handed = hand_over(product, (np.ones(5), np.ones((7, 5, 3))))
    assert (handed.shape, handed.cores) == ((7,), ((1, 5), (5, 3), (1, 3)))


@pytest.mark.parametrize(
    ("kernel", "arguments", "out", "what"),
    [
        (add, (row, row), (np.ones(3),), "cannot be broadcast"),
        (add, (row, row[0]), (row[0],), "another shape"),
        (add, (row, row), (row, row), "has 1 output, and out= gives 2"),
        (add, (row, row, row), (row,), "beside those among the arguments"),
        (add, (row, row), ([1.0],), "cannot write to an output"),
        (add, (row, row), (np.broadcast_to(1.0, (4, 6)),), "cannot write to an output"),
        (dot, (np.ones(3), np.ones(4)), (), "core dimension"),
        (dot, (np.ones((2, 3)), np.ones(3)), (np.ones(3),), "cannot be called"),
    ],
)
def test_outputs_and_core_dimensions_that_do_not_fit(kernel, arguments, out, what):
    with pytest.raises(InvalidCall, match=what):
        hand_over(kernel, arguments, out)


def test_too_few_dimensions():
    with pytest.raises(InvalidCall, match="needs 1 core dimensions"):
        hand_over(dot, (1.0, np.ones(3)))
