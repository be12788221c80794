"""Choosing the loop that structured operands fit, and the dtypes that go by the same field names."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import cobra
from cobra.compiler.loop_types import LoopTypes
from cobra.compounds import struct
from cobra.errors import TypeMismatch
from cobra.types import float32, float64
from cobra.ufunc import ufunc_struct
from cobra.ufunc.structured_loops import choose_loop, same_names

POINT = np.dtype([("x", "f4"), ("y", "f8")], align=True)
F4, F8 = np.dtype("f4"), np.dtype("f8")
LOOPS = [(POINT, F4, POINT), (POINT, F8, F8)]
SAFE, SAME_KIND, UNSAFE = 2, 3, 4


def zeros(*dtypes: object) -> list[np.ndarray | None]:
    return [None if dtype is None else np.zeros(2, dtype) for dtype in dtypes]


@pytest.mark.parametrize(
    ("operands", "types", "index"),
    [
        ((POINT, "f4", None), None, 0),
        ((POINT, "f8", None), None, 1),
        ((POINT, "i2", None), None, 0),
        ((POINT, "i4", None), None, 1),
        ((POINT, "f4", POINT), None, 0),
        ((POINT, "f8", None), (None, F4, None), 0),
        ((POINT, "f4", None), (None, None, F8), 1),
    ],
)
def test_first_loop_that_fits(operands: tuple[object, ...], types: object, index: int) -> None:
    assert choose_loop("kernel", LOOPS, zeros(*operands), 2, SAME_KIND, types) == index


@pytest.mark.parametrize(
    ("operands", "casting", "types", "message"),
    [
        ((POINT, "c8", None), UNSAFE, None, r"takes \(struct\(.*\), float32\) or \(struct\(x=float32, y=float64\), float64"),
        ((POINT, "f8", None), SAFE, (None, F4, None), "not"),
        ((POINT, "f8", None), SAFE, (None, None, F4), "no loop of the types that are asked for: any, any, float32\n  It has"),
        ((POINT, "f4", F4), SAME_KIND, None, r"returns struct\(x=float32, y=float64\), which cannot be cast to out= of float32"),
        ((POINT, "f8", "i4"), SAME_KIND, None, "by the rule 'same_kind'"),
        (([("x", "f4", 2), ("y", "f8")], "f8", None), SAFE, None, r"struct\(x=float32\[2\], y=float64\)"),
    ],
)
def test_no_loop_fits(operands: tuple[object, ...], casting: int, types: object, message: str) -> None:
    with pytest.raises(TypeMismatch, match=message):
        choose_loop("kernel", LOOPS, zeros(*operands), 2, casting, types)


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [
        ([("x", "f4")], [("x", "f8")], True),
        ([("x", "f4")], [("y", "f4")], False),
        ([("x", "f4"), ("y", "f4")], [("y", "f4"), ("x", "f4")], False),
        ([("x", [("a", "f4")])], [("x", [("a", "f8")])], True),
        ([("x", [("a", "f4")])], [("x", [("b", "f4")])], False),
        ([("x", [("a", "f4")], 2)], [("x", [("b", "f4")], 2)], False),
        ([("x", [("a", "f4")], 2)], [("x", [("a", "f4")], 2)], True),
        ([("x", [("a", "f4")])], [("x", "f4")], False),
        ("f4", "f8", True),
        ("V4", [("x", "f4")], False),
    ],
)
def test_same_names(given: object, wanted: object, same: bool) -> None:
    assert same_names(np.dtype(given), np.dtype(wanted)) is same


def test_references_are_kept() -> None:
    kind = struct(x=float32, y=float64)
    kernel = cobra.ufunc(lambda p: p, types=[(kind, kind)])
    dtype = kernel(np.zeros(2, POINT)).dtype
    count = sys.getrefcount(dtype)
    for _ in range(200):
        kernel(np.zeros(2, POINT))
        kernel(np.zeros(2, [("x", "f2"), ("y", "f4")]))
        with pytest.raises(TypeMismatch):
            kernel(np.zeros(2))
    assert abs(sys.getrefcount(dtype) - count) < 10


def test_another_layout_of_ufuncs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ufunc_struct, "is_layout_known", lambda: False)
    kind = struct(unseen=float64)
    with pytest.raises(ufunc_struct.UnknownUfuncLayout, match="cannot have structured operands"):
        cobra.ufunc(lambda p: p.unseen, types=[(kind, None)])


def test_codes_of_loops() -> None:
    loop = LoopTypes((struct(x=float32), float64), (float32,))
    assert str(loop) == "Vd->f"
    assert loop.dtypes == (np.dtype([("x", "f4")]), F8, F4)
