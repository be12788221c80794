"""The remainder of a truncated division is exact: bit for bit NumPy's, errors too."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.compiler.math.power_measures import KINDS, differences, kernel, specials, spread


@pytest.mark.parametrize("width", KINDS)
def test_special_numbers_and_errors(width: str) -> None:
    kind = KINDS[width]
    numbers = [*specials(kind), kind(7), kind(0.1), kind(2.0**-70)]
    assert differences(kernel("division", f"fmod_{width}"), np.fmod, product(numbers, numbers), tolerance=0) == []


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("reach", [0.1, 3, 24, 60, 1000])
def test_rests_are_exact(reach: float, width: str) -> None:
    kind = KINDS[width]
    reach = min(reach, np.finfo(kind).maxexp - 12)
    x, y = spread(kind, -reach, reach, 3000, 1), spread(kind, -reach, reach, 3000, 2)
    multiples = np.random.default_rng(3).integers(1, 2000, len(x))
    x[::3] = (y * multiples)[::3]
    x[1::3] = np.nextafter(x[::3], kind(0))[: len(x[1::3])]
    assert (kernel("division", f"fmod_{width}")(-x, y) == np.fmod(-x, y)).all()


@pytest.mark.parametrize("width", KINDS)
def test_rests_of_denormal_divisors(width: str) -> None:
    kind = KINDS[width]
    tiny = np.finfo(kind).smallest_subnormal * np.arange(1, 400, 7).astype(kind)
    x = spread(kind, -100, 100, len(tiny), 4)
    ours = kernel("division", f"fmod_{width}")
    assert (ours(x, tiny) == np.fmod(x, tiny)).all() and (ours(tiny, tiny[::-1]) == np.fmod(tiny, tiny[::-1])).all()
