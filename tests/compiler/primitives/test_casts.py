"""Conversions equal NumPy's ``astype``, for every pair of types, in value and in the errors they raise."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Constant, Variable
from cobra.compiler.primitives.casts import cast_value, folded_cast
from cobra.types import SCALAR_TYPES, ScalarType, bool_, float16, float32, float64, int32, uint8, uint64
from tests.compiler.primitives.native_code import Module, kernel
from tests.compiler.primitives.special_values import Array, errors_of, identical, scattered, special

# Around every limit a conversion may cross, and around the halves at which rounding to float16 turns.
_LIMITS = [2.0**k + d for k in (7, 8, 15, 16, 31, 32, 63, 64) for d in (-1, -0.5, 0, 0.5)] + [65519.9, 65504, 2.0**62]
_HALVES = [1.00048828125, 1.000488281251, 1.0004882812499, 2.0**-25, 2.9802322387695316e-08, 7e-46, 1e-46, 1e-40, 6.0975552e-05]


def targets(source: ScalarType) -> list[ScalarType]:
    return [to for to in SCALAR_TYPES if to.is_complex or to == bool_ or not source.is_complex]


@cache
def values_of(source: ScalarType) -> Array:
    values = [special(source), scattered(source, 60, 1)]
    if source.is_floating:
        with np.errstate(all="ignore"):
            values += [np.array(sign * np.array(_LIMITS + _HALVES)).astype(source.dtype) for sign in (1, -1)]
    if source.bits == 64 and source.is_integer:
        values.append(np.array([2**53 + 1, 2**24 + 1, (1 << 61) + 257, 65519, 65520], source.dtype))
    return np.concatenate(values)


@pytest.mark.parametrize("source", SCALAR_TYPES, ids=str)
def test_equals_astype(source: ScalarType) -> None:
    kinds = targets(source)
    kernels = [kernel((source,), lambda build, given, to=to: [cast_value(build, given[0], to)]) for to in kinds]
    scalar, lanes = Module(kernels, optimise=False), Module(kernels, lanes=8)
    values = values_of(source)
    for index, to in enumerate(kinds):
        silent = []
        for row in range(len(values)):
            argument = values[row : row + 1]
            (wanted,), errors = errors_of(lambda array, to=to: array.astype(to.dtype), argument)
            outcome = scalar.run(index, argument)
            shown = f"{source}({argument[0]!r}) to {to}: {outcome}, where NumPy has {wanted}, {set(errors)}"
            assert identical(outcome.results[0], wanted).all(), shown
            assert outcome.flags == errors or _just_below_normal(argument, to), shown
            silent += [] if errors else [row]
        assert lanes.run(index, values[silent]).flags == scalar.run(index, values[silent]).flags == frozenset()
        assert identical(lanes.run(index, values).results[0], scalar.run(index, values).results[0]).all()


def _just_below_normal(argument: Array, to: ScalarType) -> bool:
    # What rounds up to the least normal number is tiny to NumPy, which asks before rounding, but not to hardware.
    return to == float16 and bool(np.abs(argument.real.astype(float))[0].round(8) == 6.104e-05)


def test_float64_is_rounded_to_float16_once() -> None:
    module = Module([kernel((float64,), lambda build, given: [cast_value(build, given[0], float16)])])
    numbers = np.random.default_rng(1).integers(0, 1 << 63, 20000, np.uint64).view(np.float64)
    middle = np.float64(1) + np.arange(1, 2000, 2) * 2.0**-11
    near = np.concatenate([numbers, np.nextafter(middle, 0), middle, np.nextafter(middle, 2)])
    with np.errstate(all="ignore"):
        assert identical(module.run(0, near).results[0], near.astype(np.float16)).all()


def test_constants_are_converted_at_once() -> None:
    build = Builder()
    made = cast_value(build, constant(300, int32), uint8)
    assert isinstance(made, Constant) and made.value == 44
    assert not build.finish(()).statements


def test_a_conversion_that_raises_is_left_to_the_kernel() -> None:
    assert folded_cast(constant(float("nan"), float64), int32) is None
    assert folded_cast(constant(1e300, float64), float32) is None
    assert folded_cast(constant(-1, int32), uint64) is not None
    build = Builder()
    assert isinstance(cast_value(build, constant(float("inf"), float64), int32), Variable)


def test_the_same_type_costs_nothing() -> None:
    variable = Variable(float32)
    assert cast_value(Builder(), variable, float32) is variable
