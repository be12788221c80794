"""Comparisons of magnitudes with constants give the answers of the magnitudes, also where squares cannot tell, and raise nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.operations import If, Region, inner_regions
from cobra.compiler.pipeline import translate
from cobra.compiler.transforms.compare_lengths import compare_lengths
from cobra.compiler.transforms.simplify import simplify
from cobra.ufunc.kernel import kernel_of


def compared(z):  # type: ignore[no-untyped-def]
    return abs(z) <= 2, abs(z) < 2, abs(z) > 2, 2 <= abs(z), abs(z) < 1e-10, 3e9 > abs(z)


def size(z):  # type: ignore[no-untyped-def]
    return abs(z)


def numbers(kind: type[Any]) -> np.ndarray[Any, Any]:
    """Return numbers around the bounds, in steps of some units in the last place, and special ones."""
    random, part = np.random.default_rng(3), kind(0).real.dtype
    angles = np.concatenate([random.uniform(0, 7, 4000), np.arange(8) * np.pi / 4])
    steps = 1 + np.finfo(part).eps * random.integers(-6, 7, angles.size) * random.choice([1, 1000, 10**9], angles.size)
    lengths = random.choice([2, 1e-10, 3e9], angles.size) * steps
    info = np.finfo(part)
    special = np.array([0, -0.0, 2, -2, 1e-10, np.inf, -np.inf, np.nan, info.max, info.tiny, info.smallest_subnormal, 1], part)
    real, imaginary = np.meshgrid(special, special)
    ordinary = lengths * np.exp(1j * angles)
    made = np.empty(ordinary.size + real.size, kind)
    made.real = np.concatenate([ordinary.real, real.ravel()])
    made.imag = np.concatenate([ordinary.imag, imaginary.ravel()])
    return made


@pytest.mark.parametrize("kind", [np.complex64, np.complex128])
def test_as_the_magnitude_itself(kind: type[Any]) -> None:
    code, given = np.dtype(kind).char, numbers(kind)
    with np.errstate(all="raise"):
        found = cobra.ufunc(compared, types=code)(given)
    with np.errstate(under="ignore"):
        sizes = cobra.ufunc(size, types=code)(given)
    bounds = [sizes.dtype.type(bound) for bound in (2, 1e-10, 3e9)]
    two, small, large = bounds
    wanted = (sizes <= two, sizes < two, sizes > two, two <= sizes, sizes < small, large > sizes)
    assert all(np.array_equal(got, right) for got, right in zip(found, wanted, strict=True))


def magnitudes(region: Region, *, inside: bool = False) -> list[bool]:
    """Tell of each magnitude computed whether that is in a branch."""
    found = []
    for statement in region.statements:
        if getattr(getattr(statement, "primitive", None), "name", "") == "absolute":
            found.append(inside)
        for inner in inner_regions(statement):
            found += magnitudes(inner, inside=inside or isinstance(statement, If))
    return found


@pytest.mark.parametrize(
    ("function", "types", "branched"),
    [
        (lambda z: abs(z) < 2, "D", [True]),
        (lambda z: 2 < abs(z), "F", [True]),
        (lambda z: abs(z) == 2, "D", [False]),
        (lambda z: abs(z) < 0, "D", [False]),
        (lambda z: abs(z) < 1e200, "D", [False]),
        (lambda z, r: abs(z) < r, "Dd", [False]),
        (lambda x: abs(x) < 2, "d", [False]),
    ],
)
def test_which_comparisons(function: Callable[..., object], types: str, branched: list[bool]) -> None:
    known = kernel_of(cobra.ufunc(function, types=types))
    assert known is not None
    made = compare_lengths(simplify(translate(known.spec, known.loops[0], known.symbols).function))
    assert magnitudes(made.body) == branched


def test_a_magnitude_used_otherwise_is_computed_once() -> None:
    def clipped(z):  # type: ignore[no-untyped-def]
        length = abs(z)
        return length if length < 2 else 2.0

    known = kernel_of(cobra.ufunc(clipped, types="D"))
    assert known is not None
    made = compare_lengths(simplify(translate(known.spec, known.loops[0], known.symbols).function))
    assert magnitudes(made.body) == [False]
