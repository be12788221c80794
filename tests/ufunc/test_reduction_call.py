"""`cobra.call` of `reduce`: what the method gives, for every keyword, in one native call where there is one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.errors import InvalidCall, InvalidOption
from cobra.ufunc.kernel import kernel_of
from cobra.ufunc.reduction_call import _rows_of

X = 1 + np.random.default_rng(0).standard_normal((7, 40, 30)) / 16
SINGLE = X.astype("f4")

add = cobra.ufunc(lambda a, b: a + b, types=["ff->f", "dd->d", "ll->l"], identity=0)
multiply = cobra.ufunc(lambda a, b: a * b, types=["ff->f", "dd->d"], identity=1)
maximum = cobra.ufunc(lambda a, b: np.maximum(a, b), types=["ff->f", "dd->d"], identity="reorderable")
minimum = cobra.ufunc(lambda a, b: np.minimum(a, b), types=["ff->f", "dd->d"], identity="reorderable")
python_max = cobra.ufunc(lambda a, b: max(a, b), types=["ff->f", "dd->d"], identity="reorderable")
without_identity = cobra.ufunc(lambda a, b: a + b, types=["dd->d"])
in_order = cobra.ufunc(lambda a, b: a * 0.5 + b, types=["dd->d"], identity=0)
KERNELS = [add, multiply, maximum, minimum, python_max]

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any], bool]] = [
    ("axis 0", (X,), {}, True),
    ("axis 1", (X,), {"axis": 1}, True),
    ("positional axis", (X, 2), {}, True),
    ("last axis", (X,), {"axis": -1}, True),
    ("float32", (SINGLE,), {"axis": 1}, True),
    ("keepdims", (X,), {"axis": 1, "keepdims": True}, True),
    ("strided", (X[::2, ::-1, ::3],), {"axis": 1}, True),
    ("columns first", (X.T,), {"axis": 1}, True),
    ("one dimension", (X.ravel(),), {}, True),
    ("all", (X,), {"axis": None}, False),
    ("two axes", (X,), {"axis": (0, 2)}, False),
    ("no axes", (X,), {"axis": ()}, False),
    ("a list", (X.tolist(),), {"axis": 0}, False),
    ("where", (X,), {"axis": 1, "where": X > 1, "initial": 1}, False),
    ("initial", (X,), {"axis": 1, "initial": 5}, False),
    ("dtype", (X,), {"axis": 1, "dtype": "f4"}, False),
    ("float16", (X.astype("f2"),), {"axis": 1}, False),
    ("swapped bytes", (X.astype(">f8"),), {"axis": 1}, False),
]


def given(operands: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(("axis",), operands[1:], strict=False)), **keywords}


@pytest.mark.parametrize("policy", [None, "parallel"])
@pytest.mark.parametrize("kernel", KERNELS, ids=["add", "multiply", "maximum", "minimum", "max"])
@pytest.mark.parametrize(("operands", "keywords", "quick"), [call[1:] for call in CALLS], ids=[call[0] for call in CALLS])
def test_results_are_those_of_reduce(
    operands: tuple[Any, ...], keywords: dict[str, Any], quick: bool, kernel: np.ufunc, policy: str | None
) -> None:
    expected = kernel.reduce(*operands, **keywords)
    result = cobra.call(kernel.reduce, *operands, policy=policy, **keywords)
    assert type(result) is type(expected) and result.dtype == expected.dtype and result.shape == expected.shape
    tolerance = 1e-5 if result.dtype == np.float32 else 1e-2 if result.dtype == np.float16 else 1e-12
    np.testing.assert_allclose(result, expected, rtol=tolerance)
    known = kernel_of(kernel)
    assert known is not None
    if isinstance(operands[0], np.ndarray):
        assert (_rows_of(known, operands[0], given(operands, keywords)) is not None) == (quick and kernel is not python_max)


@pytest.mark.parametrize("kernel", [without_identity, in_order], ids=["no identity", "not associative"])
def test_other_kernels_are_left_to_numpy(kernel: np.ufunc) -> None:
    known = kernel_of(kernel)
    assert known is not None and _rows_of(known, X, {"axis": 0}) is None
    np.testing.assert_array_equal(cobra.call(kernel.reduce, X, axis=0), kernel.reduce(X, axis=0))
    whole = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(cobra.call(add.reduce, whole, axis=1), [6, 22, 38])


def test_outputs() -> None:
    out, kept, wide = np.zeros((7, 30)), np.zeros((7, 1, 30)), np.zeros((7, 40))
    assert cobra.call(add.reduce, X, axis=1, out=out) is out
    assert cobra.call(add.reduce, X, axis=-2, out=kept, keepdims=True) is kept
    np.testing.assert_allclose(out, X.sum(1), rtol=1e-14)
    np.testing.assert_array_equal(kept[:, 0], out)
    assert cobra.call(add.reduce, SINGLE, axis=2, out=wide) is wide
    np.testing.assert_allclose(wide, X.sum(2), rtol=1e-5)
    overlapping = X.copy()
    np.testing.assert_allclose(cobra.call(add.reduce, overlapping, axis=1, out=overlapping[:, 0]), X.sum(1), rtol=1e-14)
    with pytest.raises(ValueError, match=r"does not match|mismatch|wrong number"):
        cobra.call(add.reduce, X, axis=1, out=np.zeros((2, 7, 30)))


def test_errors_and_warnings_are_those_of_reduce() -> None:
    for call in (lambda: add.reduce(np.full((2, 9), 1e308), axis=1), lambda: cobra.call(add.reduce, np.full((2, 9), 1e308), axis=1)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert (call() == np.inf).all()
        assert [str(warning.message) for warning in caught] == ["overflow encountered in reduce"]
        assert caught[0].filename == __file__
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow encountered in reduce"):
        cobra.call(add.reduce, np.full((2, 9), 1e308), axis=1)
    with pytest.raises(ValueError, match="axis 3 is out of bounds"):
        cobra.call(add.reduce, X, axis=3)
    np.testing.assert_array_equal(cobra.call(add.reduce, np.empty((0, 3)), axis=0), np.zeros(3))
    with pytest.raises(ValueError, match="zero-size"):
        cobra.call(maximum.reduce, np.empty((0, 3)), axis=0)
    with pytest.raises(TypeError, match="keyword"):
        cobra.call(add.reduce, X, axes=0)
    with pytest.raises(InvalidCall, match="reduce takes an array"):
        cobra.call(add.reduce)
    with pytest.raises(InvalidCall, match="is no kernel"):
        cobra.call(add.accumulate, X)
    with pytest.raises(InvalidCall, match="is no kernel"):
        cobra.call(np.add.reduce, X)
    with pytest.raises(InvalidOption):
        cobra.call(add.reduce, X, num_threads=-1)
