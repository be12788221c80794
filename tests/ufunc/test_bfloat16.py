"""bfloat16: numbers that NumPy has from the package ml_dtypes, computed in float32 and rounded after each operation."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra import bfloat16, float32, types
from cobra.errors import MissingPackage

ml_dtypes = pytest.importorskip("ml_dtypes")
BF16 = np.dtype(ml_dtypes.bfloat16)
EVERY = np.arange(1 << 16, dtype=np.uint16).view(BF16)
SOME = np.array([-3.0, -0.5, -0.0, 0.0, 1.0, 2.5, 3e38, 1e-39, np.inf, np.nan], BF16)
PAIRS = tuple(axis.ravel() for axis in np.meshgrid(SOME, SOME))


def same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Tell whether arrays are the same to the bit, all that is no number being alike."""
    assert one.dtype == other.dtype
    nan = np.isnan(one.astype("f4"))
    return bool(np.array_equal(nan, np.isnan(other.astype("f4")))) and one[~nan].tobytes() == other[~nan].tobytes()


OPERATIONS: dict[str, Callable[..., Any]] = {
    "arithmetic": lambda x, y: x * y + y - x,
    "quotients": lambda x, y: x / y,
    "python numbers": lambda x, y: (x + 1) * 0.1 - y,
    "small integers": lambda x, y: x + np.int8(3) * y,
    "signs": lambda x, y: abs(x) + -y,
    "square root": lambda x, y: np.sqrt(abs(x)) + y,
    "extrema": lambda x, y: np.maximum(x, y) - np.minimum(x, 0.5),
    "choice": lambda x, y: x if x > y else y,
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_round_as_numpys_do(name: str) -> None:
    function = OPERATIONS[name]
    kernel = cobra.ufunc(types=[((bfloat16, bfloat16), bfloat16)])(function)
    wanted = np.array([function(x, y) for x, y in zip(*PAIRS, strict=True)], BF16)
    assert same(kernel(*PAIRS), wanted)
    assert same(kernel(*(x[::-3] for x in PAIRS)), wanted[::-3])


@cobra.ufunc
def to_single(x: bfloat16) -> float32:
    return float32(x)


@cobra.ufunc
def rounded(x: float) -> bfloat16:
    return bfloat16(x)


@cobra.ufunc
def larger(x: bfloat16, y: bfloat16) -> bool:
    return x > y


@cobra.ufunc
def with_single(x: bfloat16, y: float32) -> float32:
    return x + y


@cobra.ufunc(signature="(n)->()")
def total(a: bfloat16["n"]) -> float32:  # type: ignore[valid-type]
    sum_ = np.float32(0)
    for value in a:
        sum_ += value
    return sum_


def test_conversions() -> None:
    assert np.array_equal(to_single(EVERY).view("u4"), EVERY.astype("f4").view("u4"))
    wide = EVERY[~np.isnan(to_single(EVERY))].astype("f8")
    halfway = (wide[:-1] + wide[1:]) / 2
    samples = np.concatenate([halfway[np.isfinite(halfway)], np.random.default_rng(5).standard_normal(10_000), [np.inf, -np.inf]])
    with np.errstate(all="ignore"):
        assert same(rounded(samples), samples.astype(BF16))
    assert np.isnan(float(rounded(np.nan)))


def test_kernels_with_other_types() -> None:
    singles = [x.astype("f4") for x in PAIRS]
    assert np.array_equal(larger(*PAIRS), singles[0] > singles[1])
    assert with_single(SOME[:4], np.float32(0.1)).dtype == np.float32
    assert np.array_equal(with_single(SOME[:4], np.float32(0.1)), SOME[:4].astype("f4") + np.float32(0.1))
    assert total(SOME[:6]) == SOME[:6].astype("f4").sum()
    assert type(rounded(1.0)) is ml_dtypes.bfloat16


def test_all_that_a_ufunc_does() -> None:
    kernel = cobra.ufunc(types=[((bfloat16, bfloat16), bfloat16)], identity=0)(lambda x, y: x + y)
    ones = np.ones((3, 4), BF16)
    assert np.array_equal(kernel(ones, ones[:1], where=ones > 0, out=np.zeros_like(ones)), np.full((3, 4), 2, BF16))
    assert np.array_equal(kernel.reduce(ones, axis=0), np.full(4, 3, BF16))
    assert pickle.loads(pickle.dumps(kernel)) is kernel


def test_interpreted() -> None:
    with cobra.config.options(disable_jit=True):
        kernel = cobra.ufunc(types=[((bfloat16, bfloat16), bfloat16)])(lambda x, y: x * y + 1)
    with np.errstate(all="ignore"):
        assert same(kernel(*PAIRS), PAIRS[0] * PAIRS[1] + np.array(1, BF16))


def test_beside_loops_of_numpys_own_types() -> None:
    kernel = cobra.ufunc(types=[((bfloat16,), bfloat16), "d->d", "f->f"])(lambda x: x * x)
    assert kernel.types == ["d->d", "f->f"]
    assert kernel(np.array(3, BF16)).dtype == BF16 and kernel(3.0) == 9.0 and kernel(np.float32(3)).dtype == np.float32


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    types._bfloat16_dtype.cache_clear()
    try:
        with pytest.raises(MissingPackage, match="ml_dtypes"):
            cobra.ufunc(types=[((bfloat16,), bfloat16)])(lambda x: x + 1)
    finally:
        types._bfloat16_dtype.cache_clear()
