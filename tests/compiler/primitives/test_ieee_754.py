"""Extremes that tell zeros apart, and rounding away from zero."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from cobra.compiler.primitives.ieee_754 import RECORDS
from cobra.compiler.primitives.table import TABLE
from cobra.types import ScalarType, float16, float32, float64
from tests.compiler.primitives.native_code import Module, single
from tests.compiler.primitives.special_values import grid, identical, scattered, special

FLOATS = [float16, float32, float64]


def ordered(number: float) -> tuple[float, float]:
    """Return a key in which -0.0 lies below 0.0."""
    return number, math.copysign(1, number)


def extreme(choose: Callable[..., float], *, numbers_only: bool) -> Callable[..., float]:
    def model(first: float, second: float) -> float:
        known = [x for x in (first, second) if not math.isnan(x)]
        return math.nan if not known or (len(known) < 2 and not numbers_only) else choose(known, key=ordered)

    return model


def rounded(number: float) -> float:
    if not math.isfinite(number):
        return number
    whole = math.floor(abs(number))
    return math.copysign(whole + (abs(number) - whole >= 0.5), number)


MODELS: dict[str, Callable[..., float]] = {
    "ieee_minimum": extreme(min, numbers_only=False),
    "ieee_maximum": extreme(max, numbers_only=False),
    "ieee_minimum_number": extreme(min, numbers_only=True),
    "ieee_maximum_number": extreme(max, numbers_only=True),
    "round_half_away": rounded,
}


def test_every_record_has_a_model() -> None:
    assert MODELS.keys() == {record.name for record in RECORDS}


@pytest.mark.parametrize("lanes", [None, 8])
@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_the_model(name: str, lanes: int | None) -> None:
    count = 1 if name == "round_half_away" else 2
    module = Module([single(TABLE[name], (kind,) * count) for kind in FLOATS], lanes=lanes)
    for index, kind in enumerate(FLOATS):
        halves = np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.49, 1023.5], kind.dtype)
        columns = grid([np.concatenate([special(kind), halves, scattered(kind, 20, k)]) for k in range(count)])
        outcome = module.run(index, *columns)
        wanted = np.array([MODELS[name](*row) for row in zip(*[c.astype(float).tolist() for c in columns], strict=True)])
        assert identical(outcome.results[0], wanted.astype(kind.dtype)).all(), f"{name} of {kind}"
        assert not outcome.flags


@pytest.mark.parametrize("kind", FLOATS, ids=str)
def test_just_below_a_half(kind: ScalarType) -> None:
    below = np.nextafter(kind.dtype.type(0.5), kind.dtype.type(0))
    module = Module([single(TABLE["round_half_away"], (kind,))], optimise=False)
    assert module.run(0, np.array([below, -below])).results[0].tolist() == [0.0, -0.0]
