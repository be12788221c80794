"""Long code for rare elements: written for one vector, run for those vectors only that have such an element."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import cobra
from cobra.compiler.codegen.loop_form import LoopForm
from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.module import loop_module
from cobra.compiler.pipeline import run_passes, translate
from cobra.ufunc.kernel import kernel_of
from tests.compiler.codegen.native_kernels import for_processor, runnable

_WIDE = Machine(64, masks_memory=True, has_mxcsr=True)
_RARE = {"d": [3e9, -1e300, 1e30], "f": [3e9, -1e30, 1e38]}


@cobra.ufunc(types=["d->d", "f->f"])
def sine(x):
    return np.sin(x)


@cobra.ufunc(types=["dd->d", "ff->f"])
def power(x, y):
    return np.power(x, y)


@cobra.ufunc(types=["D->D"])
def complex_tangent(z):
    return np.tan(z)


@cobra.ufunc
def short_side(x: cobra.float64) -> cobra.float64:
    usual = x < 0.5
    result = np.where(usual, x, 0.0) + 1.0
    if not usual:
        for _ in range(20):
            result = result * x + 1.0
    return result


def _text(kernel: np.ufunc, index: int, machine: Machine = _WIDE) -> str:
    known = kernel_of(kernel)
    assert known is not None
    translation = translate(known.spec, known.loops[index], ())
    operands = (*translation.inputs, *translation.outputs)
    return loop_module(run_passes(translation.function), operands, len(translation.outputs), machine).text


@pytest.mark.parametrize(("kernel", "index", "wide", "narrow"), [(sine, 0, 32, 8), (sine, 1, 64, 16), (power, 0, 32, 8)])
def test_long_rare_sides_are_code_for_one_vector(kernel: np.ufunc, index: int, wide: int, narrow: int) -> None:
    kind = "double" if index == 0 else "float"
    lines = [line for line in _text(kernel, index).splitlines() if "constrained." in line and "declare" not in line]
    counts = {lanes: sum(f"<{lanes} x {kind}>" in line for line in lines) for lanes in (wide, narrow)}
    assert counts[narrow] > 20 and counts[wide] > 10


@pytest.mark.parametrize("machine", [Machine(32, has_mxcsr=True), Machine(16)])
def test_code_for_less_than_a_byte_of_bools_stays_wide(machine: Machine) -> None:
    assert "%room" not in _text(sine, 0, machine)


def test_a_short_side_with_a_loop_stays_wide() -> None:
    assert "%room" not in _text(short_side, 0)


@pytest.mark.parametrize("name", runnable())
@pytest.mark.parametrize("kind", ["d", "f"])
@pytest.mark.parametrize("where", [[], [0], [8], [0, 31, 32, 65, 66, 67], list(range(131))])
def test_lanes_agree_with_scalar_code_wherever_rare_elements_stand(where: list[int], kind: str, name: str) -> None:
    x = np.linspace(-3, 3, 131).astype(kind)
    x[where] = np.resize(np.array(_RARE[kind], kind), len(where))
    y = np.full_like(x, 2.5)
    with np.errstate(all="ignore"):
        for kernel, operands in ((sine, (x,)), (power, (np.abs(x), y)), (power, (x, np.round(x)))):
            lanes = for_processor(kernel, name)(*operands)
            scalar = for_processor(kernel, name, LoopForm.SCALAR)(*operands)
            np.testing.assert_array_equal(lanes.view(f"i{lanes.itemsize}"), scalar.view(f"i{scalar.itemsize}"))


def test_complex_results_agree_with_scalar_code() -> None:
    rng = np.random.default_rng(7)
    z = rng.normal(size=67) + 1j * rng.normal(size=67)
    z[[3, 40, 66]] = 1e12 + 1j, 1e9 + 800j, complex(np.inf, 1)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(complex_tangent(z), for_processor(complex_tangent, "host", LoopForm.SCALAR)(z))


@pytest.mark.parametrize(("place", "value", "complains"), [(5, np.inf, True), (70, np.inf, True), (70, 1e300, False), (70, np.nan, False)])
def test_errors_of_rare_elements_are_theirs_alone(place: int, value: float, complains: bool) -> None:
    x = np.full(100, 0.5)
    x[place] = value
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = sine(x)
    assert [str(w.message) for w in caught] == (["invalid value encountered in sine"] if complains else [])
    assert np.isnan(result[place]) == (not abs(value) < np.inf)
    assert np.delete(result, place) == pytest.approx(np.full(99, np.sin(0.5)), rel=1e-15)
