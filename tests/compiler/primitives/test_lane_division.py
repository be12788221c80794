"""Integers divide exactly on lanes, near the ends of their types and near multiples of the divisor, and raise what NumPy raises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import cobra
from cobra.compiler.codegen.cpu import host
from tests.compiler.primitives.special_values import Array, errors_of


def _numbers(code: str, count: int, seed: int) -> Array:
    """Return numbers of every length in bits, of both signs where there are two."""
    kind, random = np.dtype(code), np.random.default_rng(seed)
    words = np.frombuffer(random.bytes(8 * count), np.uint64) >> random.integers(64 - 8 * kind.itemsize, 64, count).astype(np.uint64)
    signs = random.choice([1, -1] if kind.kind == "i" else [1], count)
    return words.astype(kind) * signs.astype(kind)


def _pairs(code: str) -> tuple[Array, Array]:
    limits = np.iinfo(code)
    ends = np.array([limits.min, limits.min + 1, 0, 1, 2, 3, limits.max // 2, limits.max // 2 + 1, limits.max - 1, limits.max], code)
    left, right = _numbers(code, 30_000, 1), _numbers(code, 30_000, 2)
    multiples = left // np.where(right == 0, 1, right) * right
    corners = np.meshgrid(ends, ends)
    dividends = [left, multiples, multiples - np.array(1, code), multiples + np.array(1, code), corners[0].ravel()]
    return np.concatenate(dividends), np.concatenate([*[right] * 4, corners[1].ravel()])


@pytest.mark.parametrize("code", "qQiIhHbB")
@pytest.mark.parametrize("operation", [np.floor_divide, np.remainder, np.fmod], ids=lambda operation: operation.__name__)
def test_as_numpy(operation: np.ufunc, code: str) -> None:
    with np.errstate(all="ignore"):
        left, right = _pairs(code)
    made = cobra.ufunc(_KERNELS[operation], types=[f"{code}{code}->{code}"])
    found, wanted = errors_of(made, left, right), errors_of(operation, left, right)
    assert np.array_equal(found[0][0], wanted[0][0])
    assert found[1] == wanted[1]
    assert (cobra.inspect.metadata(made)["loop"]["lanes"] is not None) == (host().machine.converts_wide or code not in "qQI")


def _floor(a, b):  # type: ignore[no-untyped-def]
    return a // b


def _rest(a, b):  # type: ignore[no-untyped-def]
    return a % b


def _truncated_rest(a, b):  # type: ignore[no-untyped-def]
    return np.fmod(a, b)


_KERNELS: dict[np.ufunc, Callable[..., object]] = {np.floor_divide: _floor, np.remainder: _rest, np.fmod: _truncated_rest}


def _by_constants(a):  # type: ignore[no-untyped-def]
    return a // 10, a % 10, a // -7, a % -7, a // 16, a % 16, a // 1, a % 1, a // 1000003, a % 1000003


@pytest.mark.parametrize("code", "qi")
def test_constant_divisors(code: str) -> None:
    left, _ = _pairs(code)
    found = cobra.ufunc(_by_constants, types=code)(left)
    for place, divisor in enumerate((10, -7, 16, 1, 1000003)):
        assert np.array_equal(found[2 * place], left // divisor)
        assert np.array_equal(found[2 * place + 1], left % divisor)
