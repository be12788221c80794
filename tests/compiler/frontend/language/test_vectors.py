"""Vectors and fixed arrays in kernels: made, computed with, indexed, reduced, changed; always as NumPy's small arrays behave."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compound_oracle import check
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra.compounds import FieldType, fixed_array, vec, vec2d, vec4d, vec4f, vec4i, vec8f
from cobra.types import SCALAR_TYPES, ScalarType, bool_, complex128, float16, float32, float64, int8, int16, int32, int64, uint8, uint64

vec3b, vec3i8, vec5u, vec4z, vec3h = vec(bool_, 3), vec(int8, 3), vec(uint8, 5), vec(complex128, 4), vec(float16, 3)
vec20f, vec9d, vec300f, vec1f, vec4i64 = vec(float32, 20), vec(float64, 9), vec(float32, 300), vec(float32, 1), vec(int64, 4)
arr3d, arr4f, grid = fixed_array(float64, 3), fixed_array(float32, 4), fixed_array(fixed_array(float32, 3), 2)
ORDER = [3, 1, 0]
TABLE = np.array([2, 2, 1])
TABLE4 = np.array([1, 2, 3, 4], np.float32)
WEIGHTS = (0.5, 1, 2, -1)

Case = tuple[Callable[..., Any], tuple[FieldType, ...]]

MAKING: dict[str, Case] = {
    "of numbers": (lambda x, n: vec4f(x, n, 1, 2.5), (float32, int8)),
    "of one number": (lambda x: (vec4f(x), vec4i(7), vec3b(x)), (float64,)),
    "of a vector": (lambda v: (vec4d(v), vec4i64(v), arr4f(v)), (vec4i,)),
    "of a tuple or a list": (lambda x: (vec2d((x, 1)), vec2d([x, x]), vec2d(*(x, 2))), (float64,)),
    "by an expression": (lambda x: vec(float64, 2)(x, -x), (float64,)),
    "of elements": (lambda v: vec4f(v[1], v[0], v[-1], v[-2]), (vec4f,)),
    "of rows": (lambda v: grid(v, v + 1), (vec(float32, 3),)),
    "of one row or number": (lambda v, x: (grid(v), grid(x)), (vec(float32, 3), float32)),
}

ARITHMETIC: dict[str, Case] = {
    "floats": (lambda v, w: (v + w, v - w, v * w, v / w, -v, +v, abs(v)), (vec4f, vec4f)),
    "whole divisions": (lambda v, w: (v // w, v % w, np.floor_divide(v, w), np.remainder(v, w)), (vec2d, vec2d)),
    "integers": (lambda v, w: (v + w, v * w, v & w, v | w, v ^ w, ~v, v // w, v % w, abs(v)), (vec4i, vec4i)),
    "shifts": (lambda v, n: (v << n, v >> n, 1 << (v & 7)), (vec4i, uint8)),
    "bools": (lambda v, w: (v & w, v | w, v ^ w, ~v, v + w, v * w), (vec3b, vec3b)),
    "complex numbers": (lambda v, w: (v + w, v * w, -v, v.real, v.imag, v.conj(), abs(v)), (vec4z, vec4z)),
    "Python numbers are weak": (lambda v: (v + 1, 2 * v, v / 2, 1.5 - v, v > 0.1, v * True), (vec4f,)),
    "Python numbers and integers": (lambda v: (v + 1, v / 2, v * 1.5, v == 300, -v), (vec3i8,)),
    "half precision": (lambda v: (v + 1, v * v, v / 3), (vec3h,)),
    "typed numbers promote": (lambda v, x: (v + x, x * v, v < x), (vec4f, float64)),
    "integers and floats": (lambda v, w, n: (v + w, w / v, v * n), (vec4i, vec4f, int8)),
    "mixed signs": (lambda v, w: (v + w, v < w), (vec(int64, 5), vec(uint64, 5))),
    "with a fixed array": (lambda v, a: (v + a, a * 2, a < v), (vec4f, arr4f)),
    "rows and columns": (lambda a, v: (a + v, a * 2, -a, a < v), (grid, vec(float32, 3))),
    "one element": (lambda v, w: v + w, (vec1f, vec4f)),
    "powers": (lambda v: (v**2, 2.0**v), (vec4d,)),
    "comparisons": (lambda v, w: (v < w, v <= w, v == w, v != w, v > w, v >= w), (vec4f, vec4f)),
    "divmod and pow": (lambda v, w: divmod(v, w), (vec4i, vec4i)),
    "with tuples": (lambda v: (v + (1, 2, 3, 4), TABLE4 * v, v < WEIGHTS, np.minimum(v, WEIGHTS)), (vec4f,)),
    "in place": (lambda v, w: _in_place(v, w), (vec4f, vec4f)),
}


def _in_place(v: Any, w: Any) -> Any:
    total = v * 2
    total += w
    total *= 2.5
    total -= np.float64(1)
    count = vec4i(7)
    count >>= 1
    return total, count


FUNCTIONS: dict[str, Case] = {
    "operations": (lambda v: (np.sqrt(v), np.floor(v), np.isnan(v), np.sign(v), np.square(v), np.signbit(v)), (vec4f,)),
    "of integers": (lambda v: (np.sqrt(v), np.abs(v), np.bitwise_count(v)), (vec4i,)),
    "of two": (lambda v, w: (np.minimum(v, w), np.maximum(v, 0), np.copysign(v, -1.0), np.fmax(v, w)), (vec4f, vec4f)),
    "with several results": (lambda v, w: (*np.divmod(v, w), *np.modf(v)), (vec4d, vec4d)),
    "where": (lambda v, w, x: (np.where(v > w, v, w), np.where(v > 0, 1, 0.5), np.where(v > 0, x, v)), (vec4f, vec4f, float64)),
    "where of a number": (lambda v, x: np.where(x > 0, v, -v), (vec4f, float64)),
    "clip and round": (lambda v: (np.clip(v, -1, 2), v.clip(0, max=1), v.round(), v.round(decimals=1), np.fix(v)), (vec4d,)),
    "tests": (lambda v: (np.isclose(v, 2.5), np.isposinf(v), np.isfinite(v)), (vec4d,)),
    "parts": (lambda v: (np.real(v), np.imag(v), np.conjugate(v), np.iscomplex(v)), (vec4z,)),
    "casts": (lambda v: (v.astype(np.int32), v.astype(float), np.float64(v), np.int8(v), v.astype(v.dtype)), (vec4i,)),
}

PARTS: dict[str, Case] = {
    "elements": (lambda v: (v[0], v[3], v[-1], v[-4], v[1 + 1]), (vec4f,)),
    "of rows": (lambda a: (a[0], a[1, 2], a[-1][0], a[1], a[0, :2]), (grid,)),
    "unpacked": (lambda v: _unpacked(v), (vec4f,)),
    "length and shape": (lambda v, a: (len(v), v.shape[0], v.size, v.ndim, len(a), a.size, a.ndim, a.shape[1]), (vec4f, grid)),
    "shuffles": (lambda v: (v[[3, 2, 1, 0]], v[[0, 0]], v[ORDER], v[TABLE]), (vec4f,)),
    "slices": (lambda v: (v[1:3], v[::-1], v[:-1], v[::2], v[:], v[...]), (vec4f,)),
    "by an array": (lambda v, w: v[w & 3], (vec4f, vec4i)),
    "concatenated": (lambda v, w: (np.concatenate((v, w)), np.concatenate([v[:2], v, w])), (vec4f, vec2d)),
    "loops": (lambda v: _loops(v), (vec4f,)),
    "by a variable": (lambda v, n: (v[n % 4], v[-1 - n % 4], v[[n % 4, 0]]), (vec4f, int32)),
    "member": (lambda v: (2.5 in v, 7 not in v), (vec4f,)),
}


def _unpacked(v: Any) -> Any:
    a, *b, c = v
    return a + 10 * c + sum(b)


def _loops(v: Any) -> Any:
    total = np.float32(0)
    for x in v:
        total = total * 2 + x
    for k, x in enumerate(v):
        total += k * x
    for x, y in zip(v, v[::-1]):  # a kernel knows no strict
        total += x * y
    for k in range(len(v)):
        total = total - v[k] / 3
    for x in reversed(v):
        total = total * 0.5 + x
    return total


REDUCTIONS: dict[str, Case] = {
    f"{name} of {kind}": (function, (kind,))
    for name, function in {
        "sums": lambda v: (np.sum(v), v.sum(), np.prod(v), v.prod(), np.mean(v), v.mean()),
        "extremes": lambda v: (np.min(v), np.max(v), v.min(), v.max(), np.amin(v)),
        "tests": lambda v: (np.any(v), np.all(v), v.any(), v.all()),
    }.items()
    for kind in (vec4f, vec4i, vec3b, vec3i8, vec5u, vec3h, vec20f, vec9d, vec300f, vec4z, vec1f, arr3d)
    if not (name == "extremes" and kind == vec4z) and (name == "sums" or kind != vec300f)
} | {
    "builtins": (lambda v: (sum(v), min(v), max(v), any(v), all(v), sum(v, 1.5)), (vec4i,)),
    "sums of rows": (lambda v, w: (sum((v, w)), sum(grid(v, w)), sum(grid(v, w), w)), (vec(float32, 3), vec(float32, 3))),
    "builtins of floats": (lambda v: (sum(v), min(v), max(v), any(v > 1), all(v > 1), bool((v > 0).all())), (vec4f,)),
    "dot": (lambda v, w: (np.dot(v, w), v.dot(w), v @ w), (vec4i, vec4i)),
    "of tuples": (lambda x: (np.sum((x, 1, 2)), np.max((x, 0.5)), np.dot(WEIGHTS, TABLE4), np.mean(TABLE)), (float64,)),
    "norm and cross product": (lambda v: (np.linalg.norm(v), np.cross(v[1:], v[:3]), np.linalg.norm(v.astype(int))), (vec4d,)),
    "math of several": (lambda v: (math.prod(v), math.hypot(*v[:2])), (vec4d,)),
    "a condition": (lambda v: v.sum() if (v > 0).all() else v[0], (vec4d,)),
}  # fmt: skip


def element_changed(v: Any, n: Any) -> Any:
    w = v.copy()
    w[0] = n
    w[-1] += 2
    w[n % 3] = 9
    w[n % 2] *= 3
    w[1:3] = 5
    w[::2] = v[1:3]
    w[[1, 3]] = (n, 4)
    return w


def changed_in_loop(v: Any, n: Any) -> Any:
    w = v + 0
    i = 0
    while i < n % 4:
        w[i] = w[i] * 2 + i
        if w[0] > 50:
            break
        w += 1
        i += 1
    return w


def changed_on_paths(v: Any, n: Any) -> Any:
    w = v * 1
    if n > 1:
        w[0] = 7
    else:
        w = v + 2
        w[1] = 8
    return w if n > 2 else -w


def short_loop_left(v: Any, n: Any) -> Any:
    w, total = v + 1, np.float32(0)
    for k in range(4):
        if k == 2:
            continue
        w[k] = w[k] * k - v[3 - k]
        if w[k] > n:
            break
        total += w[k]
    for k in range(1, 4):
        w[k] += w[k - 1]
        if total > 30:
            return w, total, k
    return w, total, k


def rows_changed(a: Any, n: Any) -> Any:
    b = a.copy()
    b[0, 1] = n
    b[1][2] = 4
    b[n % 2, n % 3] += 1
    b[1] = b[0] * 2
    b[0] = 3
    return b


def built(n: Any) -> Any:
    found = vec8f(0)
    for k in range(8):
        found[k] = k * n
    return found


def newton(v: Any) -> Any:
    guess = v.copy()
    for _ in range(5):
        guess = np.where(guess != 0, (guess + v / guess) / 2, guess)
    return guess


CHANGES: dict[str, Case] = {
    "elements": (element_changed, (vec4f, int32)),
    "in a loop": (changed_in_loop, (vec4f, int32)),
    "in a short loop": (short_loop_left, (vec4f, int32)),
    "on two paths": (changed_on_paths, (vec4f, int32)),
    "rows": (rows_changed, (grid, int32)),
    "one by one": (built, (int16,)),
    "replaced in a loop": (newton, (vec4d,)),
}

EXACT = MAKING | ARITHMETIC | FUNCTIONS | PARTS | CHANGES
TAME = {"of a vector", "casts", "whole divisions", "integers", "divmod and pow", "integers and floats", "shifts", "powers"}
UNSIGNED = {"of two", "clip and round"}
"""Where NumPy may give either zero: the larger of 0.0 and -0.0 is not determined."""


@pytest.mark.parametrize("name", EXACT)
def test_same_as_numpy(name: str) -> None:
    function, types = EXACT[name]
    ulps = 4 if name in ("powers", "replaced in a loop", "complex numbers") else 0
    check(function, *types, tame=name in TAME, signs=name not in UNSIGNED, ulps=ulps)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str) -> None:
    function, types = REDUCTIONS[name]
    tame, ulps = types[0] == vec300f or name.startswith(("math", "norm")), 2 if types[0] == vec4z or "norm" in name else 0
    check(function, *types, tame=tame, signs="extremes" not in name, ulps=ulps)


def test_dot_of_floats() -> None:
    check(lambda v, w: np.dot(v, w), vec4d, vec4d, tame=True, ulps=8)


_OPERATORS = ["+", "-", "*", "/", "//", "%", "&", "|", "^", "<<", ">>", "<", "<=", "==", "!="]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from(_OPERATORS),
    st.tuples(st.sampled_from(SCALAR_TYPES), st.sampled_from(SCALAR_TYPES)),
    st.sampled_from(["v {} w", "v {} w[0]", "v[2] {} w", "v {} 2", "3 {} w"]),
    st.integers(1, 9),
)
def test_operators_promote_as_numpy_does(operator: str, kinds: tuple[ScalarType, ScalarType], form: str, length: int) -> None:
    text = form.format(operator).replace("[2]", f"[{2 % length}]")
    function = eval(f"lambda v, w: {text}")
    types = (vec(kinds[0], length), vec(kinds[1], length))
    try:
        with np.errstate(all="ignore"):
            function(*(np.ones(length, kind.dtype) for kind in kinds))
    except TypeError:
        with pytest.raises(cobra.errors.TypeMismatch):
            cobra.ufunc(function, types=[(types, None)], source=f"f = lambda v, w: {text}")
        return
    check(function, *types, tame=True, ulps=2, signs=False, source=f"f = lambda v, w: {text}")


DECLARED: dict[str, tuple[Callable[..., Any], tuple[FieldType, ...], FieldType]] = {
    "a tuple": (lambda x: (x, 1, 2.5, x), (float64,), vec4d),
    "a narrower vector": (lambda v: v * np.float64(2), (vec4f,), vec4f),
    "an array": (lambda a: a, (fixed_array(float64, 2),), vec2d),
    "a tuple in one": (lambda v: (v + 1,), (vec4f,), vec4f),
    "rows": (lambda v: (v, (1, 2, 3)), (vec(float32, 3),), grid),
}


@pytest.mark.parametrize("name", DECLARED)
def test_declared_outputs(name: str) -> None:
    function, inputs, output = DECLARED[name]
    kernel = cobra.ufunc(function, types=[(inputs, output)])
    values = np.ones((5, *inputs[0].dtype.shape), inputs[0].dtype.base)
    got = kernel(values)
    wanted = [np.asarray(function(value), output.dtype.base) for value in values]
    assert got.dtype == output.dtype.base
    assert np.array_equal(got, np.array(wanted).reshape(got.shape))


# -- declared in annotations


def listed(x: float64) -> vec4d:  # type: ignore[valid-type]
    return [x, 1, 2.5, x]


def declared_variables(x: float64) -> Any:
    a: vec2d = (x, 2)  # type: ignore[valid-type]
    b: vec2d = [1, x]  # type: ignore[valid-type]
    c: vec2d = a * b  # type: ignore[valid-type]
    return c + a


def ignored(v: vec2d) -> None:  # type: ignore[valid-type]
    pass


def halves(v: vec2d) -> vec2d:  # type: ignore[valid-type]
    ignored(v)
    return v / 2  # type: ignore[operator]


def test_lists_and_tuples_where_a_vector_is_declared() -> None:
    x = np.linspace(-1, 1, 5)
    assert np.array_equal(cobra.ufunc(listed)(x), np.array([listed(each) for each in x]))
    kernel = cobra.ufunc(declared_variables, types=[((float64,), None)])
    assert np.array_equal(kernel(x), np.array([[each * 1 + each, 2 * each + 2] for each in x]))
    called = cobra.ufunc(lambda x: halves((x, 1)), types=[((float64,), None)])
    assert np.array_equal(called(x), np.array([[each / 2, 0.5] for each in x]))


# -- beside core dimensions


def running(a: float32["n"], v: vec4f) -> vec4f:  # type: ignore[valid-type,name-defined]
    total = v
    for k in range(a.shape[0]):
        total = total * 0.5 + a[k]
    return total


def pair_of_sums(a: float64["n"], g: grid) -> vec2d:  # type: ignore[valid-type,name-defined]
    return a[0] * g[0].sum(), a[-1] * g[1, 2]  # type: ignore[index]


def to_array(a: float64["n"]) -> float64["3"]:  # type: ignore[valid-type,name-defined]
    return vec(float64, 3)(a[0], 1, a[-1])  # type: ignore[index]


def into(a: float64["n"], out: vec2d) -> None:  # type: ignore[valid-type,name-defined]
    out[0] = a[0]  # type: ignore[index]
    out[1] = a[-1]  # type: ignore[index]


def test_vectors_beside_core_dimensions() -> None:
    a, v = np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(8, dtype=np.float32).reshape(2, 4)
    kernel = cobra.ufunc(running)
    assert kernel.signature == "(n),(4)->(4)"
    assert np.array_equal(kernel(a, v), [running(row, each) for row, each in zip(a, v, strict=True)])
    d, g = a.astype(np.float64), np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    got = cobra.ufunc(pair_of_sums)(d, g)
    assert np.array_equal(got, [pair_of_sums(row, each) for row, each in zip(d, g, strict=True)])
    assert np.array_equal(cobra.ufunc(to_array)(d), [[0, 1, 2], [3, 1, 5]])
    assert np.array_equal(cobra.ufunc(into)(d), [[0, 2], [3, 5]])


def test_a_vector_must_have_the_size_of_its_output() -> None:
    for shape in ("4", "n"):
        with pytest.raises(cobra.errors.TypeMismatch, match="for an output with"):
            cobra.ufunc(lambda a: vec(float64, 3)(a[0]), signature=f"(n)->({shape})", types="d->d")
