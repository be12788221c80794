"""`accumulate` and its kin of kernels too long to be written twice: through the code for lanes, one element after another."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import cobra
from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.module import loop_module
from cobra.compiler.pipeline import run_passes, translate
from cobra.ufunc.kernel import kernel_of


@cobra.ufunc(types=["dd->d", "ff->f", "DD->D"])
def power(a, b):
    return np.power(a, b) * 1.000001


@cobra.ufunc(types=["dd->d"])
def angle(a, b):
    return np.arctan2(a, b) + 0.5


@cobra.ufunc(types=["dd->d"])
def checked_power(a, b):
    if b < 0.0:
        raise ValueError("a negative exponent")
    return np.power(a, b)


def _numbers(code: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(5)
    x = rng.uniform(0.8, 1.2, shape)
    return (x + 0.1j * rng.uniform(-1, 1, shape) if code == "D" else x).astype(code)


@pytest.mark.parametrize(("kernel", "through_blocks"), [(power, True), (angle, False)])
def test_only_long_kernels_run_through_blocks(kernel: np.ufunc, through_blocks: bool) -> None:
    known = kernel_of(kernel)
    assert known is not None
    translation = translate(known.spec, known.loops[0], ())
    operands = (*translation.inputs, *translation.outputs)
    text = loop_module(run_passes(translation.function), operands, 1, Machine(64, masks_memory=True, has_mxcsr=True)).text
    assert ("call i1 @blocks(ptr %one, i64 1" in text) == through_blocks


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("code", ["d", "f", "D"])
def test_every_method_follows_the_order_as_written(code: str, axis: int) -> None:
    x = _numbers(code, (7, 41))
    rows = np.moveaxis(x, axis, 0)
    expected = [rows[0]]
    for row in rows[1:]:
        expected.append(power(expected[-1], row))
    np.testing.assert_array_equal(power.accumulate(x, axis=axis), np.moveaxis(np.array(expected), 0, axis))
    np.testing.assert_array_equal(power.reduce(x, axis=axis), expected[-1])
    np.testing.assert_array_equal(power.accumulate(x[:, ::-2], axis=axis), power.accumulate(x[:, ::-2].copy(), axis=axis))
    starts = [0, 2, 5]
    parts = [power.reduce(part, axis=0) for part in np.split(rows, starts[1:])]
    np.testing.assert_array_equal(power.reduceat(x, starts, axis=axis), np.moveaxis(np.array(parts), 0, axis))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([2.0, 1000.0, 10.0], "overflow encountered in accumulate"),
        ([-2.0, 0.5, 1.0], "invalid value encountered in accumulate"),
        ([2.0, 3.0, 1.5], None),
    ],
)
def test_errors_are_those_of_the_elements(x: list[float], message: str | None) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        power.accumulate(np.array(x))
    assert [str(w.message) for w in caught] == ([] if message is None else [message])


def test_an_exception_ends_the_loop() -> None:
    with pytest.raises(ValueError, match="a negative exponent"):
        checked_power.accumulate(np.array([1.5, 2.0, -1.0, 3.0]))
