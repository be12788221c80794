"""The types of vectors, structures and fixed arrays: equality, layout as C and NumPy have it, what they make in plain Python."""

from __future__ import annotations

import ctypes
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra.compiler.content import content_digest
from cobra.compounds import (
    FieldType,
    FixedArrayType,
    Leaf,
    StructType,
    field_type,
    fixed_array,
    leaves,
    opaque,
    parts,
    pointer,
    struct,
    vec,
    vec2d,
    vec4f,
    vec4i,
    vec8f,
    void,
)
from cobra.errors import CobraError
from cobra.types import SCALAR_TYPES, ArrayType, ScalarType, as_type, bool_, complex64, float32, float64, int8, int32, int64

point = struct(x=float32, y=float32, name="point")
body = struct(at=point, speed=vec2d, marks=fixed_array(int8, 3))

SHOWN = {
    "vec(float32, 4)": vec4f,
    "vec(int32, 8)": cobra.vec8i,
    "point": point,
    "struct(at=point, speed=vec(float64, 2), marks=fixed_array(int8, 3))": body,
    "struct(f0=float32, f1=int64)": struct([np.float32, int]),
    "fixed_array(point, 2)": fixed_array(point, 2),
    "pointer(float32)": pointer(float32),
    "opaque('FILE')": opaque("FILE"),
    "void": void,
}


@pytest.mark.parametrize("text", SHOWN)
def test_types_are_values(text: str) -> None:
    kind: Any = SHOWN[text]
    assert repr(kind) == text
    assert as_type(kind) is kind
    again = pickle.loads(pickle.dumps(kind))
    assert again == kind and hash(again) == hash(kind)
    assert content_digest(again) == content_digest(kind)
    assert len({content_digest(other) for other in SHOWN.values()}) == len(SHOWN)


def test_equality_is_by_content() -> None:
    assert vec(float32, 4) == vec4f == vec(np.float32, 4) == vec(np.dtype("f4"), 4)
    assert vec4f != fixed_array(float32, 4) != vec8f
    assert struct(x=float, y=float) == struct([("x", float64), ("y", float64)]) == struct({"x": float64, "y": float64})
    assert struct(x=float32, y=float32) != point != struct(y=float32, x=float32, name="point")
    assert pointer(float32) != pointer(float64) and opaque("A") != opaque("B")


def test_layout() -> None:
    assert body.dtype.isalignedstruct and issubclass(body.dtype.type, np.record)
    assert vec4f.dtype == np.dtype(("f4", (4,)))
    grid = fixed_array(vec(float32, 3), 2)
    assert (grid.dtype.shape, grid.dtype.base) == ((2, 3), np.dtype("f4"))
    assert parts(body) == (point, vec2d, fixed_array(int8, 3)) and parts(vec2d) == (float64, float64)
    assert leaves(float64) == (Leaf((), float64, 0),)
    assert leaves(struct(a=int8, b=point, c=grid))[:4] == (
        Leaf((0,), int8, 0), Leaf((1, 0), float32, 4), Leaf((1, 1), float32, 8), Leaf((2, 0, 0), float32, 12),
    )  # fmt: skip
    assert [leaf.offset for leaf in leaves(body)] == [0, 4, 8, 16, 24, 25, 26]


_C = {"bool": ctypes.c_bool, "float32": ctypes.c_float, "float64": ctypes.c_double} | {
    f"{sign}int{bits}": getattr(ctypes, f"c_{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def _c_type(kind: FieldType) -> Any:
    if isinstance(kind, ScalarType):
        return _C[kind.name]
    if isinstance(kind, StructType):
        return type("S", (ctypes.Structure,), {"_fields_": [(field.name, _c_type(field.type)) for field in kind.fields]})
    return _c_type(kind.element) * kind.length


def _offsets(kind: FieldType, made: Any, start: int) -> list[int]:
    if isinstance(kind, ScalarType):
        return [start]
    if isinstance(kind, StructType):
        starts = [getattr(made, field.name).offset for field in kind.fields]
        inner = [_c_type(field.type) for field in kind.fields]
    else:
        inner = [made._type_] * kind.length
        starts = [k * ctypes.sizeof(made._type_) for k in range(kind.length)]
    pairs = zip(parts(kind), inner, starts, strict=True)
    return [offset for part, c, at in pairs for offset in _offsets(part, c, start + at)]


_NUMBERS = st.sampled_from([kind for kind in SCALAR_TYPES if kind.name in _C])
_KINDS = st.recursive(
    _NUMBERS, lambda inner: st.lists(inner, min_size=1, max_size=4).map(struct) | st.builds(fixed_array, inner, st.integers(1, 3))
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_KINDS)
def test_offsets_are_those_of_c(kind: FieldType) -> None:
    made = _c_type(kind)
    assert [leaf.offset for leaf in leaves(kind)] == _offsets(kind, made, 0)
    assert kind.dtype.itemsize == ctypes.sizeof(made)
    for leaf in leaves(kind):
        inner = kind
        for position in leaf.path:
            assert not isinstance(inner, ScalarType)
            inner = parts(inner)[position]
        assert inner == leaf.type


# -- in plain Python


def test_calls_make_arrays_and_records() -> None:
    assert vec4f(1, 2, 3, 4).tolist() == vec4f((1, 2, 3, 4)).tolist() == vec4f(np.arange(1, 5)).tolist() == [1, 2, 3, 4]
    assert vec4i(2.5).tolist() == [2] * 4 and vec4i(2.5).dtype == np.int32
    p = point(1, y=2)
    assert (p.x, p["y"], p[0]) == (1, 2, 1) and isinstance(p, np.record)
    b = body(p, (3, 4), [5, 6, 7])
    assert b.at.y == 2 and b.speed.tolist() == [3, 4] and b.marks.tolist() == [5, 6, 7]
    assert fixed_array(point, 2)(p)["y"].tolist() == [2, 2]
    assert fixed_array(point, 2)(p, (3, 4))[1].x == 3
    rows = fixed_array(vec2d, 3)
    assert rows(vec2d(1, 2)).tolist() == [[1, 2]] * 3 and rows(1, 2, (3, 4)).tolist() == [[1, 1], [2, 2], [3, 4]]


MISTAKES = {
    "a vector is made of numbers": lambda: vec(point, 4),
    "a length is a whole number": lambda: vec(float32, 2.0),  # type: ignore[arg-type]
    "a structure has at least one field": struct,
    "two fields of the structure are called 'f0'": lambda: struct([float32, ("f0", int32)]),
    "two fields of the structure are called 'x'": lambda: struct({"x": float32}, x=float64),
    "given in a sequence or a mapping, not as 3": lambda: struct(3),  # type: ignore[arg-type]
    "given in a sequence or a mapping, not as 'xy'": lambda: struct("xy"),
    "the name of a structure is a string, not float32": lambda: struct(x=int8, name=float32),  # type: ignore[arg-type]
    r"hold numbers, not vec\(float32, 4\)": lambda: vec4f["n"],
    "hold numbers, not point": lambda: point["n"],
    "the field 'x' is 'f4'": lambda: struct(x="f4"),
    "the field 'p' is pointer": lambda: struct(p=pointer(float32)),
    "the element is void": lambda: fixed_array(void, 3),
    "a pointer points to numbers": lambda: pointer(point),
    "takes 4 values, or one for all of them, not 3": lambda: vec4f(1, 2, 3),
    "one value for each of its 2 fields": lambda: point(1),
    "takes one value for each": lambda: point(1, z=2),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        MISTAKES[message]()
    assert isinstance(caught.value, CobraError) and caught.value.hint


@pytest.mark.parametrize("length", [0, -1, 5000])
def test_lengths_have_limits(length: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 4096"):
        vec(float32, length)
    with pytest.raises(ValueError, match="from 1 to 4096"):
        fixed_array(fixed_array(int8, 80), 80)


def test_lengths_are_anything_that_counts() -> None:
    assert vec(float32, np.int64(4)) == vec4f and type(vec(float32, np.int64(4)).length) is int
    assert fixed_array(int8, np.uint8(3)) == fixed_array(int8, 3)


def test_field_types() -> None:
    assert field_type(float, "it") == float64 and field_type(vec4f, "it") is vec4f and field_type(bool_, "it") is bool_
    assert field_type(complex64, "it") is complex64
    with pytest.raises(TypeError, match="it is float64"):
        field_type(ArrayType(float64, ("n",)), "it")
    assert isinstance(fixed_array(int, 2), FixedArrayType) and fixed_array(int, 2).element == int64
