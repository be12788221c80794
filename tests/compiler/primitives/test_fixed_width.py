"""Operations on integers of a fixed width against Python's integers, which have none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from cobra.compiler.primitives.fixed_width import RECORDS
from cobra.compiler.primitives.table import TABLE
from cobra.types import ScalarType, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64
from tests.compiler.primitives.native_code import Module, single
from tests.compiler.primitives.special_values import Array, grid, scattered, special

INTEGERS = [int8, uint8, int16, uint16, int32, uint32, int64, uint64]
LANES = 8


def limits(kind: ScalarType) -> tuple[int, int]:
    info = np.iinfo(kind.dtype)
    return int(info.min), int(info.max)


def clamped(value: int, kind: ScalarType) -> int:
    low, high = limits(kind)
    return min(max(value, low), high)


def bits(value: int, kind: ScalarType) -> str:
    return format(value % (1 << kind.bits), f"0{kind.bits}b")


def towards_zero(kind: ScalarType, left: int, right: int) -> int:
    return 0 if right == 0 else abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


def saturating_shift(kind: ScalarType, value: int, count: int) -> int:
    return clamped(value << min(count % (1 << kind.bits), kind.bits - 1), kind)


def funnel(kind: ScalarType, high: int, low: int, count: int, *, left: bool) -> int:
    both, places = int(bits(high, kind) + bits(low, kind), 2), count % kind.bits
    return (both << places) >> kind.bits if left else both >> places


Model = Callable[..., int]
MODELS: dict[str, Model] = {
    "truncated_divide": towards_zero,
    "add_saturating": lambda kind, a, b: clamped(a + b, kind),
    "subtract_saturating": lambda kind, a, b: clamped(a - b, kind),
    "shift_left_saturating": saturating_shift,
    "count_leading_zeros": lambda kind, a: len(bits(a, kind)) - len(bits(a, kind).lstrip("0")),
    "count_trailing_zeros": lambda kind, a: len(bits(a, kind)) - len(bits(a, kind).rstrip("0")),
    "swap_bytes": lambda kind, a: int.from_bytes((a % (1 << kind.bits)).to_bytes(kind.itemsize, "little"), "big"),
    "reverse_bits": lambda kind, a: int(bits(a, kind)[::-1], 2),
    "funnel_shift_left": lambda kind, *given: funnel(kind, *given, left=True),
    "funnel_shift_right": lambda kind, *given: funnel(kind, *given, left=False),
}
COUNTS = {name: 3 if "funnel" in name else 1 if name.startswith(("count", "swap", "reverse")) else 2 for name in MODELS}


def kinds_of(name: str) -> list[ScalarType]:
    return [kind for kind in INTEGERS if name != "swap_bytes" or kind.bits > 8]


def wrapped(value: int, kind: ScalarType) -> int:
    low = limits(kind)[0]
    return (value - low) % (1 << kind.bits) + low


@cache
def columns_of(kind: ScalarType, count: int) -> list[Array]:
    few = special(kind) if count < 3 else special(kind)[[0, 1, 4, 5, 6]]
    return [np.concatenate([a, scattered(kind, 60, k)]) for k, a in enumerate(grid([few] * count))]


def test_every_record_has_a_model() -> None:
    assert MODELS.keys() == {record.name for record in RECORDS}


@pytest.mark.parametrize("lanes", [None, LANES])
@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_the_model(name: str, lanes: int | None) -> None:
    kinds = kinds_of(name)
    module = Module([single(TABLE[name], (kind,) * COUNTS[name]) for kind in kinds], lanes=lanes, optimise=False)
    for index, kind in enumerate(kinds):
        columns = columns_of(kind, COUNTS[name])
        outcome = module.run(index, *columns)
        wanted = [wrapped(MODELS[name](kind, *map(int, row)), kind) for row in zip(*columns, strict=True)]
        assert outcome.results[0].tolist() == wanted, f"{name} of {kind}"
        assert name == "truncated_divide" or not outcome.flags


@pytest.mark.parametrize("kind", INTEGERS, ids=str)
def test_division_raises_numpys_errors(kind: ScalarType) -> None:
    module = Module([single(TABLE["truncated_divide"], (kind, kind))], optimise=False)

    def flags(left: int, right: int) -> frozenset[str]:
        return module.run(0, np.array([left], kind.dtype), np.array([right], kind.dtype)).flags

    assert flags(7, 2) == flags(limits(kind)[0], 1) == frozenset()
    assert flags(7, 0) == flags(0, 0) == {"divide"}
    if kind.kind == "int":
        assert flags(limits(kind)[0], -1) == {"over"}
        assert flags(-7, -1) == frozenset()


@pytest.mark.parametrize(
    ("name", "kinds"), [("swap_bytes", (int8,)), ("reverse_bits", (float64,)), ("add_saturating", (int8,))]
)
def test_refused_types(name: str, kinds: tuple[ScalarType, ...]) -> None:
    with pytest.raises(TypeError, match=name):
        TABLE[name].rule(kinds)
