"""Look-ups in constant tables give the entries on every kind of processor, and take no memory where vectors can be permuted."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compiler.codegen import cpu

TABLES: dict[str, np.ndarray[Any, Any]] = {
    "one": np.array([2.5], np.float32),
    "f4 part of a vector": np.array([1, -2, 3, np.inf], np.float32),
    "f4 one vector": np.arange(16, dtype=np.float32) ** 2,
    "f4 two vectors": np.arange(32, dtype=np.float32) ** 2,
    "f4 three of four vectors": np.arange(50, dtype=np.float32) ** 2,
    "f8 part of a vector": np.array([0.1, -0.0]),
    "f8 one vector": np.arange(8) / 3,
    "f8 two vectors": np.arange(16) / 3,
    "f8 many vectors": np.arange(64) / 3,
    "i4": np.array([3, -1, 4, 1, -5, 9, 2, 6, 5], np.int32),
    "u8": np.arange(8, dtype=np.uint64) << np.uint64(60),
}
CPUS = ("generic", "x86-64-v3", None)
LENGTH = 103


def kernel(table: np.ndarray[Any, Any], kind: Any) -> np.ufunc:
    @cobra.ufunc
    def entry(index: kind):
        return table[index]

    return entry


def masked(table: np.ndarray[Any, Any], kind: Any) -> np.ufunc:
    mask = (1 << (len(table).bit_length() - 1)) - 1

    @cobra.ufunc
    def entry(index: kind):
        return table[index & mask]

    return entry


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("target", CPUS)
def test_entries(name: str, target: str | None) -> None:
    table, random = TABLES[name], np.random.default_rng(1)
    with cobra.config.options(target_cpu=target):
        for kind, dtype in ((cobra.int32, np.int32), (cobra.int64, np.int64)):
            near = random.integers(-len(table), len(table), LENGTH).astype(dtype)
            assert np.array_equal(kernel(table, kind)(near), table[near])
            anywhere = random.integers(-(10**9), 10**9, LENGTH).astype(dtype)
            mask = (1 << (len(table).bit_length() - 1)) - 1
            assert np.array_equal(masked(table, kind)(anywhere), table[anywhere & mask])
            assert masked(table, kind)(anywhere[::-2]).dtype == table.dtype


@pytest.mark.parametrize("target", CPUS)
def test_an_index_out_of_range_is_an_error_in_any_lane(target: str | None) -> None:
    with cobra.config.options(target_cpu=target):
        entry = kernel(TABLES["i4"], cobra.int64)
        indices = np.zeros(LENGTH, np.int64)
        indices[57] = 9
        with pytest.raises(IndexError, match="out of range"):
            entry(indices)


@pytest.mark.parametrize("target", CPUS)
def test_lanes_that_do_not_matter_may_hold_any_index(target: str | None) -> None:
    table = TABLES["f8 one vector"]
    with cobra.config.options(target_cpu=target):

        @cobra.ufunc
        def entry(index: cobra.int64):
            if 0 <= index < 8:
                return table[index]
            return -1.0

        indices = np.arange(-50, 53)
        wanted = [table[index] if 0 <= index < 8 else -1.0 for index in indices]
        assert np.array_equal(entry(indices), wanted)


@pytest.mark.skipif(not cpu.host().triple.startswith("x86"), reason="x86 instructions")
@pytest.mark.parametrize(
    ("target", "name", "kind", "instruction"),
    [
        ("x86-64-v4", "f4 one vector", cobra.int32, r"vperm(ps|d)\b"),
        ("x86-64-v4", "f4 two vectors", cobra.int32, r"vperm[it]2(ps|d)\b"),
        ("x86-64-v4", "f8 one vector", cobra.int64, r"vperm(pd|q)\b"),
        ("x86-64-v3", "f4 one vector", cobra.int32, r"vperm(ps|d)\b"),
    ],
)
def test_vectors_are_permuted(target: str, name: str, kind: Any, instruction: str) -> None:
    with cobra.config.options(target_cpu=target):
        text = cobra.inspect.asm(masked(TABLES[name], kind))
    assert len(re.findall(instruction, text)) >= 2
