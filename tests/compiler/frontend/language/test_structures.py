"""Structures in kernels: made, their fields read and changed, compared, returned; always as NumPy's records behave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compound_oracle import check
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra.compounds import FieldType, StructType, fixed_array, leaves, struct, vec, vec2d, vec4f
from cobra.types import SCALAR_TYPES, float16, float32, float64, int8, int16, int32, int64, uint8

point = struct(x=float64, y=float64, name="point")
pixel = struct(r=uint8, g=uint8, b=uint8, alpha=float32)
body = struct(at=point, speed=vec2d, mass=float32)
numbered = struct([int8, float64])
path = struct(length=int16, points=fixed_array(point, 3))
odd = struct(flag=bool, z=complex, h=float16)

Case = tuple[Callable[..., Any], tuple[FieldType, ...]]

ORIGIN = point(1, -2)
HERE = body(ORIGIN, (3, 4), 5)


def norm(p: point) -> float64:  # type: ignore[valid-type]
    return np.sqrt(p.x * p.x + p.y * p.y)


def swapped(p: point) -> point:  # type: ignore[valid-type]
    return point(p.y, p.x)


def pair(a: Any, b: Any = 2) -> point:  # type: ignore[valid-type]
    return a, b


def same(p: Any) -> Any:
    return p


kernel_swapped = cobra.ufunc(swapped)


@cobra.ufunc
def scaled(p: point, factor: float64) -> tuple[point, float64]:  # type: ignore[valid-type]
    return point(p.x * factor, p.y * factor), factor + 1


EXPRESSIONS: dict[str, Case] = {
    "made": (lambda x, n: (point(x, n), point(y=x, x=1), point(n, y=2)), (float64, int8)),
    "made with fields converted": (lambda x: (pixel(x, 1, 2.5, x), numbered(3, x)), (float32,)),
    "nested": (lambda p, v: (body(p, v, 1), body((1, 2), v, 3), body(at=p, mass=2, speed=0)), (point, vec2d)),
    "fields": (lambda p: (p.x + p.y, p["x"] - p["y"], p[0] * p[1], p[-1]), (point,)),
    "numbered fields": (lambda p: (p.f0, p.f1, p[0] + 1, p["f1"]), (numbered,)),
    "of a narrow type": (lambda p: (p.r + p.g, p.r + 1, p.alpha * p.b, -p.g, p.r / 2), (pixel,)),
    "of other types": (lambda p: (p.flag, ~p.flag, p.z.real, p.h * 2, abs(p.z)), (odd,)),
    "nested fields": (lambda b: (b.at.x, b.speed[1], b["at"]["y"], b.at[1], b[1][0], b.speed.sum()), (body,)),
    "parts": (lambda b: (b.at, b.speed * 2, b), (body,)),
    "of an array": (lambda q, n: (q.points[1].x, q.points[n % 3].y, q.points[n % 2], q.points[-1]), (path, int8)),
    "a field of all of an array": (lambda q: (q.points["x"].sum(), q.points["y"] * 2, q["points"]["x"][1]), (path,)),
    "several of an array": (lambda q: (q.points[1:][1], q.points[::-1][0], len(q.points)), (path,)),
    "unpacked": (lambda p: _unpacked(p), (point,)),
    "length": (lambda b: (len(b), len(b.at)), (body,)),
    "equal": (lambda p, q: (p == q, p != q, p == p), (point, point)),
    "equal with nested fields": (lambda p, q: (p == q, p != q), (body, body)),
    "members": (lambda p, q: (p == q) & (p.x < q.x), (point, point)),
    "captured": (lambda p: (p.x - ORIGIN.x, HERE.at.y * p.y, HERE.speed[1], point(*ORIGIN)), (point,)),
    "conditional": (lambda p, q: (p if p.x > q.x else q, (p, q)[0]), (point, point)),
    "functions": (lambda p: (norm(p), swapped(p), swapped(swapped(p)).x, same(p).y), (point,)),
    "functions that return tuples": (lambda x: pair(x, 2.0), (float64,)),
    "array of structures compared": (lambda q, r: q.points == r.points, (path, path)),
    "loop": (lambda q: _loop(q), (path,)),
}  # fmt: skip


def _unpacked(p: Any) -> Any:
    x, y = p
    total = 0.0
    for value in p:
        total = total * 2 + value
    return x - y + total


def _loop(q: Any) -> Any:
    total = 0.0
    for p in q.points:
        total += p.x
    for k in range(3):
        total -= q.points[k].y / (k + 1)
    return total


def changed(p: Any, x: Any) -> Any:
    q = p.copy()
    q.x = x
    q["y"] += 2
    q[1] *= 3
    return q


def nested_changed(b: Any, n: Any) -> Any:
    c = b.copy()
    c.at.x = n
    c.at["y"] += c.at.x
    c.speed[0] = 4
    c.speed[n % 2] += 1
    c.speed *= 2
    c.mass -= 1
    c.at = (c.at.y, n)
    if n > 1:
        c.speed = 7
    return c


def array_changed(q: Any, n: Any) -> Any:
    r = q.copy()
    r.points[n % 3].x = n
    r.points[0] = r.points[2]
    r.points[1].y += 1
    r.points[2] = (n, 2)
    return r


def simulated(b: Any, n: Any) -> Any:
    c = body(b.at, b.speed, b.mass)
    for k in range(n % 5):
        c.at.x += c.speed[0] * 0.5
        c.at.y += c.speed[1] * 0.5
        if c.at.x > 10:
            c.speed = -c.speed
            continue
        c.speed[k % 2] += 0.25
    return c


def replaced(p: Any, n: Any) -> Any:
    best = point(0, 0)
    for k in range(n % 4):
        candidate = point(p.x + k, p.y - k)
        if candidate.x > best.x:
            best = candidate
        if k == 2:
            return best
    return best


CHANGES: dict[str, Case] = {
    "fields": (changed, (point, float32)),
    "nested fields": (nested_changed, (body, int32)),
    "elements": (array_changed, (path, int32)),
    "in a loop": (simulated, (body, int64)),
    "replaced in a loop": (replaced, (point, int64)),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_same_as_numpy(name: str) -> None:
    function, types = EXPRESSIONS[name]
    check(function, *types, tame="converted" in name, ulps=2 if "other types" in name else 0, outputs=point if "tuples" in name else None)


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str) -> None:
    function, types = CHANGES[name]
    check(function, *types, tame=name != "fields")


def test_kernels_call_kernels_on_structures() -> None:
    check(lambda p, x: (kernel_swapped(p), scaled(p, x)[0], scaled(p, 2)[1]), point, float32)


def test_kernels_call_kernels_on_vectors() -> None:
    halved = cobra.ufunc(lambda v, x: (v / x, v[0]), types=[((vec2d, float64), (vec2d, float64))])
    check(lambda v, w: (*halved(v, 2), *halved(w, np.float32(4))), vec2d, vec(float32, 2))


def test_kernels_on_numbers_work_on_vectors() -> None:
    twice = cobra.ufunc(lambda x: x + x)
    both = cobra.ufunc(lambda x, y: (x + y, x * y), types="dd->dd")
    check(lambda v: (twice(v), *both(v, 2)), vec4f)


def test_a_declared_structure_is_made_of_a_tuple() -> None:
    check(lambda p: (p.y, p.x), point, outputs=point)
    check(lambda p, v: (p, v, 2), point, vec2d, outputs=body)
    check(lambda p: ((p.y, p.x), p.x), point, outputs=(point, float64))


def _kinds() -> st.SearchStrategy[FieldType]:
    numbers = st.sampled_from([kind for kind in SCALAR_TYPES if not kind.is_complex])
    vectors = st.builds(vec, numbers, st.integers(1, 5))
    fields = st.recursive(numbers | vectors, lambda inner: _structures(inner) | st.builds(fixed_array, inner, st.integers(1, 3)))
    return _structures(fields)


def _structures(inner: st.SearchStrategy[FieldType]) -> st.SearchStrategy[StructType]:
    return st.lists(inner, min_size=1, max_size=4).map(struct)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(kind=_kinds())
def test_any_structure_passes_through(kind: StructType) -> None:
    random = np.random.default_rng(1)
    values = np.frombuffer(random.bytes(8 * kind.dtype.itemsize), np.uint8).copy()
    values[:] &= 1  # bools have two values, and no NaN is compared
    column = values.view(kind.dtype)
    kernel = cobra.ufunc(same, types=[((kind,), None)])
    result = kernel(column)
    assert result.dtype == column.dtype
    assert all(a == b for a, b in zip(result, column, strict=True))
    assert len(leaves(kind)) >= 1
