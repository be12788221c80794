"""Copies of strided elements: every size, step and length, and nothing beside them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from cobra.runtime.strided_copies import copies_text
from cobra.runtime.text_loader import load_text

SIZES = (1, 2, 4, 8, 16)
LENGTHS = (*range(1, 10), 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 200)
STEPS = (-3, -2, -1, 0, 1, 2, 3, 5)


@cache
def copier(name: str) -> Callable[[int, int, int, int, int], None]:
    address = load_text(copies_text().replace("define internal", "define"))[name]
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 5)(address)


def strided_places(size: int, step: int, n: int) -> tuple[int, np.ndarray, int]:
    """Return the bytes from first to last of strided elements, the places of all theirs, and where the first one starts."""
    span = abs(step) * (n - 1) + size
    start = 0 if step >= 0 else span - size
    places = (start + step * np.arange(n))[:, None] + np.arange(size)
    return span, places, start


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("elements", STEPS)
@pytest.mark.parametrize("odd", [0, 1])
def test_gather(size: int, elements: int, odd: int) -> None:
    random = np.random.default_rng(1)
    step = elements * size + odd
    for n in LENGTHS:
        span, places, start = strided_places(size, step, n)
        room, target = random.integers(0, 256, span, np.uint8), np.full(n * size + 2, 7, np.uint8)
        copier("gather")(size, room.ctypes.data + start, target.ctypes.data + 1, step, n)
        assert np.array_equal(target[1:-1], room[places].ravel()) and target[0] == target[-1] == 7


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("elements", [step for step in STEPS if step])
@pytest.mark.parametrize("odd", [0, 1])
def test_scatter(size: int, elements: int, odd: int) -> None:
    random = np.random.default_rng(2)
    step = elements * size + odd
    if abs(step) < size:
        pytest.skip("elements would overlap")
    for n in LENGTHS:
        span, places, start = strided_places(size, step, n)
        source, room = random.integers(0, 256, n * size, np.uint8), np.full(span, 9, np.uint8)
        wanted = room.copy()
        wanted[places] = source.reshape(n, size)
        copier("scatter")(size, source.ctypes.data, room.ctypes.data + start, step, n)
        assert np.array_equal(room, wanted)
