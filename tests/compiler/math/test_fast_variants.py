"""Quicker variants of definitions: error within 4 units in the last place, special numbers and errors as the usual ones."""

from __future__ import annotations

import importlib
import pkgutil
from itertools import product
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import pytest

import cobra
import cobra.compiler.math
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.define import fast_name
from tests.compiler.math.power_measures import EXTENDED, KINDS, differences, kernel, longer, specials, spread, ulps

BOUND = 4.0


def softplus(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def by_mpmath(function: Any) -> Any:
    """Return a function of mpmath on arrays."""
    return np.vectorize(lambda x: float(function(mp.mpf(float(x)))), otypes=[np.float64])


def inverse(x: Any) -> Any:
    """Return the number whose error function is x, NaN where there is none."""
    return mp.erfinv(x) if abs(x) < 1 else mp.nan


class Variant(NamedTuple):
    """What a variant computes; whether at negative numbers, too; how many numbers are tried; the powers of two between which they are."""

    exact: Any
    signed: bool = True
    count: int = 60000
    low: float = -10.0
    high: float = 4.0


VARIANTS = {
    "error_function.erfc": Variant(by_mpmath(mp.erfc), count=4000, high=3.33),
    "error_function.erfinv": Variant(by_mpmath(inverse), count=800, low=-12.0, high=0.0),
    "exponential.expm1": Variant(np.expm1, high=6.4),
    "hyperbolic.cosh": Variant(np.cosh, high=6.4),
    "hyperbolic.sinh": Variant(np.sinh, high=6.4),
    "hyperbolic_tangent.tanh": Variant(np.tanh),
    "inverse_hyperbolic.arccosh": Variant(np.arccosh, signed=False, high=100.0),
    "inverse_hyperbolic.arcsinh": Variant(np.arcsinh, high=100.0),
    "inverse_trigonometric.arccos": Variant(np.arccos, high=0.0),
    "inverse_trigonometric.arcsin": Variant(np.arcsin, high=0.0),
    "inverse_trigonometric.arctan": Variant(np.arctan, high=100.0),
    "inverse_trigonometric.arctan2": Variant(np.arctan2, high=100.0),
    "logarithm.log10": Variant(np.log10, signed=False, low=-300.0, high=300.0),
    "logarithm.log2": Variant(np.log2, signed=False, low=-300.0, high=300.0),
    "logistic.logistic": Variant(lambda x: 1 / (1 + np.exp(-x)), high=6.3),
    "logistic.softplus": Variant(softplus, high=6.3),
    "power.power": Variant(np.power),
    "roots.hypot": Variant(np.hypot, high=100.0),
    "roots.rsqrt": Variant(lambda x: 1 / np.sqrt(x), signed=False, low=-50.0, high=100.0),
}
LOOPS = [
    (name, width) for name, width in product(VARIANTS, KINDS) if fast_name(f"{name}_{width}").startswith("fast_")
]


def test_every_variant_is_in_the_table() -> None:
    written = set()
    for module in pkgutil.iter_modules(cobra.compiler.math.__path__):
        if module.name.startswith("fast_"):
            place = f"{cobra.compiler.math.__name__}.{module.name}"
            functions = vars(importlib.import_module(place)).items()
            family = module.name.removeprefix("fast_")
            written |= {f"{family}.{key}" for key, value in functions if key[0] != "_" and getattr(value, "__module__", "") == place}
    assert written == {f"{name}_{width}" for name, width in LOOPS}
    assert {name for name, _ in LOOPS} == set(VARIANTS) <= {record.definition for record in TABLE.values()}


def arguments(variant: Variant, kind: type) -> list[Any]:
    """Return numbers of all sizes, most of them where the function is neither constant nor a straight line."""
    x = np.concatenate([
        spread(kind, variant.low, variant.high, variant.count, 1),
        spread(kind, -1.0, 1.5, variant.count // 2, 2),
        spread(kind, float(np.finfo(kind).minexp) / 2, variant.low, variant.count // 20, 3),
    ])  # fmt: skip
    x = np.concatenate([x, -x]) if variant.signed else x
    return [x, x[::-1] * kind(0.7)] if variant.exact in (np.hypot, np.arctan2, np.power) else [x]


@pytest.mark.parametrize(("name", "width"), LOOPS)
def test_error(name: str, width: str) -> None:
    if width == "f64" and not EXTENDED:
        pytest.skip("the reference for float64 is a longer float")
    variant, (family, function) = VARIANTS[name], name.split(".")
    numbers = arguments(variant, KINDS[width])
    with np.errstate(all="ignore"):
        errors = ulps(kernel(f"fast_{family}", f"{function}_{width}")(*numbers), variant.exact(*map(longer, numbers)))
    assert len(errors) > len(numbers[0]) // 3 and errors.max() <= BOUND


@pytest.mark.parametrize(("name", "width"), LOOPS)
def test_special_numbers_and_errors(name: str, width: str) -> None:
    family, function = name.split(".")
    numbers = [*specials(KINDS[width]), *(KINDS[width](size) for size in (-3.0, -2.5, 100.5, -100.5, 1e30, -1e30))]
    usual, variant = kernel(family, f"{function}_{width}"), kernel(f"fast_{family}", f"{function}_{width}")
    assert differences(variant, usual, product(numbers, repeat=usual.nin)) == []


@pytest.mark.parametrize(("name", "width"), LOOPS)
def test_lanes(name: str, width: str) -> None:
    family, function = name.split(".")
    assert cobra.inspect.metadata(kernel(f"fast_{family}", f"{function}_{width}"))["loop"]["lanes"] >= 8
