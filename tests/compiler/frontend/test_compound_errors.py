"""Mistakes with vectors, structures and fixed arrays: the class of each error, its place, and what it says is right.

In the table the place that the error must point to stands between ⟦ and ⟧.
"""

from __future__ import annotations

import math  # noqa: F401  # the kernels of the table use it
from typing import Any, NamedTuple

import numpy as np
import pytest

import cobra
from cobra.compiler.frontend.translate import translate_elementwise, translate_generalized
from cobra.compiler.spec import KernelSpec, spec_of
from cobra.compounds import fixed_array, opaque, pointer, struct, vec, vec2d, vec4f, vec4i, void
from cobra.errors import CobraError, InvalidCall, InvalidSignature, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import ArrayType, KernelType, float32, float64, int32

point = struct(x=float64, y=float64, name="point")
body = struct(at=point, speed=vec2d, name="body")
grid = fixed_array(vec(float32, 3), 2)
NOTHING: list[int] = []


def norm(p: point) -> Any:  # type: ignore[valid-type]
    return p.x * p.x + p.y * p.y  # type: ignore[attr-defined]


def wants_four(v: vec4f) -> Any:  # type: ignore[valid-type]
    return v


def returns_four(x: Any) -> vec4f:  # type: ignore[valid-type]
    return x, x


def returns_nothing(x: Any) -> void:  # type: ignore[valid-type]
    return x


def spoils(w: Any) -> Any:
    w[0] = 1
    return w


class Wrong(NamedTuple):
    """A wrong kernel of v (vec4f), n (vec4i), p (point), x (float64): the class of the error, parts of its text, its body."""

    kind: type[CobraError]
    parts: str
    source: str
    outputs: Any = None


TRUTH = [
    Wrong(TypeMismatch, "vec(bool, 4) is neither true nor false|v.any() or v.all()", "if ⟦v > 0⟧:\n    return x\nreturn x"),
    Wrong(TypeMismatch, "neither true nor false|.any()", "return 1 if ⟦v == v⟧ else 2"),
    Wrong(TypeMismatch, "neither true nor false|.any()", "return ⟦0 < v < 1⟧"),
    Wrong(TypeMismatch, "a number is needed here, not a value of type vec(bool, 4)|v.any()", "return (⟦v > 0⟧) and (v < 1)"),
    Wrong(TypeMismatch, "neither true nor false|fields", "while ⟦p⟧:\n    x = x + 1\nreturn x"),
    Wrong(TypeMismatch, "neither true nor false|.any()", "return ⟦bool(v)⟧"),
    Wrong(TypeMismatch, "neither true nor false", "return x if not ⟦v⟧ else 2"),
]

VECTORS = [
    Wrong(TypeMismatch, "the lengths of vec(float32, 4) and vec(float64, 2) differ", "return ⟦v + vec2d(x)⟧"),
    Wrong(TypeMismatch, "vec(float32, 4) and vec(float64, 2) differ", "return ⟦np.where(v > 0, v, vec2d(x))⟧"),
    Wrong(TypeMismatch, "lengths", "return ⟦v < v[:2]⟧"),
    Wrong(TypeMismatch, "index 4 is out of range for vec(float32, 4)", "return v[⟦4⟧]"),
    Wrong(TypeMismatch, "index -5 is out of range", "return v[⟦-5⟧]"),
    Wrong(TypeMismatch, "index is an integer, not float64", "return v[⟦x⟧]"),
    Wrong(TypeMismatch, "index is an integer, not a bool|np.where", "return v[⟦v > 0⟧]"),
    Wrong(TypeMismatch, "2 indices are too many", "return ⟦v[0, 1]⟧"),
    Wrong(TypeMismatch, "takes no element", "return v[⟦2:2⟧]"),
    Wrong(UnsupportedSyntax, "bounds of a slice are constant", "return v[⟦n[0]⟧:]"),
    Wrong(TypeMismatch, "a number is needed here|np.sqrt", "return ⟦math.sqrt(v)⟧"),
    Wrong(TypeMismatch, "a number is needed here|np.sqrt", "return ⟦float(v)⟧"),
    Wrong(TypeMismatch, "'<<' does not take float32", "return ⟦v << 1⟧"),
    Wrong(UnsupportedSyntax, "no attribute 'T'|astype", "return ⟦v.T⟧"),
    Wrong(InvalidCall, "cannot call 'astype'", "return ⟦v.astype(3)⟧"),
    Wrong(InvalidCall, "no keyword 'axis'", "return ⟦np.sum(v, axis=0)⟧"),
    Wrong(InvalidCall, "no keyword 'axis'", "return ⟦v.sum(axis=0)⟧"),
    Wrong(InvalidCall, "numpy.array|cobra.vec(", "return ⟦np.array((x, x))⟧"),
    Wrong(InvalidCall, "numpy.sum does not take float64|loop", "return ⟦np.sum(x)⟧"),
    Wrong(TypeMismatch, "np.dot of 4 and 2", "return ⟦np.dot(v, vec2d(x))⟧"),
    Wrong(TypeMismatch, "np.dot does not take", "return ⟦np.dot(v, x)⟧"),
    Wrong(InvalidCall, "takes a tuple of vectors", "return ⟦np.concatenate(v)⟧"),
    Wrong(TypeMismatch, "4 values", "⟦a, b⟧ = v\nreturn a"),
    Wrong(TypeMismatch, "the lengths of vec(float32, 4) and fixed_array(int64, 3) differ", "return ⟦v + (1, 2, 3)⟧"),
    Wrong(TypeMismatch, "np.cross does not take", "return ⟦np.cross(v, v)⟧"),
]

MAKING = [
    Wrong(InvalidCall, "vec(float32, 4) takes 4 values, or one for all of them, not 3", "return ⟦vec4f(x, x, x)⟧"),
    Wrong(InvalidCall, "not 0", "return ⟦vec4f()⟧"),
    Wrong(InvalidCall, "no parameter 'a'", "return ⟦vec4f(a=1)⟧"),
    Wrong(TypeMismatch, "has 4 elements", "return ⟦vec4f(vec2d(x))⟧"),
    Wrong(TypeMismatch, "element 1 is float32, but the value is None", "return ⟦vec4f(x, None, x, x)⟧"),
    Wrong(TypeMismatch, "a complex number cannot become float32", "return ⟦vec4f(x * 1j)⟧"),
    Wrong(InvalidCall, "point has 2 fields, not 3|x, y", "return ⟦point(x, x, x)⟧"),
    Wrong(InvalidCall, "point needs a value for 'y'", "return ⟦point(x)⟧"),
    Wrong(InvalidCall, "point has no field 'z'|x, y", "return ⟦point(x, z=x)⟧"),
    Wrong(InvalidCall, "point gets 'x' twice", "return ⟦point(x, x=x)⟧"),
    Wrong(TypeMismatch, "the field 'at' is point, but the value is float64|point(x, y)", "return ⟦body(x, v[:2])⟧"),
    Wrong(TypeMismatch, "the field 'x' is float64, but the value is a value of type vec", "return ⟦point(v, 1)⟧"),
    Wrong(InvalidCall, "a length is a whole number|outside", "return ⟦vec(float32, 2.5)⟧(x)"),
    Wrong(InvalidCall, "a type is not made of float64", "return ⟦vec(float32, x)⟧(x)"),
]

FIELDS = [
    Wrong(TypeMismatch, "point has no field 'z'|x, y", "return ⟦p.z⟧"),
    Wrong(TypeMismatch, "point has no field 'z'", "return p[⟦'z'⟧]"),
    Wrong(TypeMismatch, "point has no field 'z'", "return ⟦fixed_array(point, 2)(p)['z']⟧"),
    Wrong(TypeMismatch, "a number is needed here, not a string", "return v[⟦'x'⟧]"),
    Wrong(TypeMismatch, "point has no field 2", "return p[⟦2⟧]"),
    Wrong(TypeMismatch, "a constant name or number", "return p[⟦n[0]⟧]"),
    Wrong(TypeMismatch, "a number is needed here, not a value of type point|field", "return ⟦p⟧ + 1"),
    Wrong(TypeMismatch, "a number is needed here, not a value of type point|field", "return ⟦np.sqrt(p)⟧"),
    Wrong(TypeMismatch, "not compared|fields", "return ⟦p == body(p, 1)⟧"),
    Wrong(TypeMismatch, "a number is needed here, not a value of type point", "return ⟦p⟧ < p"),
]

PATHS = [
    Wrong(
        TypeMismatch,
        "'a' is a value of type vec(float32, 4)|and a value of type vec(float64, 4)",
        "if x > 0:\n    a = v\nelse:\n    a = v * x\nreturn ⟦a⟧",
    ),
    Wrong(
        TypeMismatch,
        "before the loop and a value of type vec(float64, 4)",
        "a = v\nfor k in range(3):\n    a = ⟦a⟧ * x\nreturn a",
    ),
    Wrong(TypeMismatch, "a value of type point and a value of type vec", "return ⟦p if x > 0 else v⟧"),
    Wrong(TypeMismatch, "'a' is float64|and a value of type point", "a = p\nif x > 0:\n    a = x\nreturn ⟦a⟧"),
]

CHANGES = [
    Wrong(ReadOnlyArgument, "an argument of 'f'|v = v.copy()", "⟦v[0]⟧ = 1\nreturn v"),
    Wrong(ReadOnlyArgument, "an argument of 'f'|p = p.copy()", "⟦p.x⟧ = 1\nreturn p"),
    Wrong(ReadOnlyArgument, "an argument", "⟦v⟧ += 1\nreturn v"),
    Wrong(ReadOnlyArgument, "an argument", "w = v[::-1]\n⟦w[0]⟧ = 1\nreturn w"),
    Wrong(ReadOnlyArgument, "an argument of 'spoils'", "return spoils(v + 1)"),
    Wrong(TypeMismatch, "'w' and 'u' may be one and the same", "w = v + 1\nu = w\n⟦w[0]⟧ = 1\nreturn u"),
    Wrong(TypeMismatch, "'w' and 'u' may be", "w = v + 1\nu = (w, x)\n⟦w[0]⟧ = 1\nreturn u[1]"),
    Wrong(TypeMismatch, "'w' and 'u' may be", "w = v + 1\nu = w[1:3]\n⟦w[0]⟧ = 1\nreturn u"),
    Wrong(TypeMismatch, "'b' and 's' may be", "b = body(p, 1)\ns = b.speed\n⟦b.speed[0]⟧ = 1\nreturn s"),
    Wrong(TypeMismatch, "'w' and 'u' may be", "w = v + 1\nu = v + 2\nif x > 0:\n    u = w\n⟦w[0]⟧ = 1\nreturn u"),
    Wrong(TypeMismatch, "'w' and 'u' may be", "w = v + 1\nu = v + 2\nfor k in range(3):\n    ⟦w[0]⟧ = 1\n    w = u\nreturn u"),
    Wrong(TypeMismatch, "may be one", "w = v + 1\nu = w * 2\nfor k in range(3):\n    ⟦w⟧ += 1\n    u = w + 1\n    w = u\nreturn u"),
    Wrong(TypeMismatch, "w[0] is int32, but the value is float64|np.int32(", "w = n + 1\n⟦w[0]⟧ = x\nreturn w"),
    Wrong(TypeMismatch, "element 0 of w is int32, but the value is float64", "w = n + 1\n⟦w⟧ *= x\nreturn w"),
    Wrong(TypeMismatch, "q.x is float64, but the value is a value of type vec", "q = p.copy()\n⟦q.x⟧ = v\nreturn q"),
    Wrong(TypeMismatch, "has no field 'z'", "q = p.copy()\n⟦q.z⟧ = x\nreturn q"),
    Wrong(TypeMismatch, "index 4 is out of range", "w = v + 1\nw[⟦4⟧] = x\nreturn w"),
    Wrong(TypeMismatch, "attribute of vec(float32, 4)", "w = v + 1\n⟦w.x⟧ = x\nreturn w"),
    Wrong(TypeMismatch, "w[:2] is vec(float32, 2)", "w = v + 1\n⟦w[:2]⟧ = v\nreturn w"),
    Wrong(UnsupportedSyntax, "part of a slice|directly", "a = grid(0)\n⟦a[:1][0]⟧ = 2\nreturn a"),
]

DECLARED = [
    Wrong(TypeMismatch, "element 0 of the output is int32, but the value is float32", "⟦return v⟧", vec4i),
    Wrong(TypeMismatch, "the output is vec(float64, 2), but the value is a value of type vec(float32, 4)", "⟦return v⟧", vec2d),
    Wrong(TypeMismatch, "the output is vec(float32, 4), but the value is float64", "⟦return x⟧", vec4f),
    Wrong(TypeMismatch, "the output is float64, but the value is a value of type point", "⟦return p⟧", float64),
    Wrong(TypeMismatch, "the output is point, but the value is a tuple of 3|point(x, y)", "⟦return x, x, x⟧", point),
    Wrong(TypeMismatch, "the field 'at' of the output is point", "⟦return x, v[:2]⟧", body),
    Wrong(TypeMismatch, "the output is body, but the value is a value of type point", "⟦return p⟧", body),
    Wrong(TypeMismatch, "the variable is vec(float32, 4)", "⟦a: vec4f = p⟧\nreturn a"),
    Wrong(TypeMismatch, "the parameter 'v' of 'wants_four' is vec(float32, 4)", "return ⟦wants_four(p)⟧"),
    Wrong(TypeMismatch, "the parameter 'p' of 'norm' is point|point(x, y)", "return ⟦norm(x)⟧"),
    Wrong(TypeMismatch, "the result of 'returns_four' is vec(float32, 4)", "return returns_four(x)"),
    Wrong(TypeMismatch, "'returns_nothing' returns float64", "returns_nothing(x)\nreturn x"),
    Wrong(InvalidSignature, "returns 1 value, but declares 2", "⟦return v⟧", (vec4f, point)),
]

CASES = [*TRUTH, *VECTORS, *MAKING, *FIELDS, *PATHS, *CHANGES, *DECLARED]


def define(source: str) -> tuple[Any, str]:
    """Return the function of a wrong kernel and its source."""
    text = "def f(v, n, p, x):\n" + "".join(f"    {row}\n" for row in source.replace("⟦", "").replace("⟧", "").split("\n"))
    namespace = dict(globals())
    exec(compile(text, "test_compound_errors.kernel", "exec"), namespace)
    return namespace["f"], text


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.source.replace("\n", ";")[:40])
def test_wrong_kernels(wrong: Wrong) -> None:
    function, source = define(wrong.source)
    with pytest.raises(CobraError) as caught:
        cobra.ufunc(function, types=[((vec4f, vec4i, point, float64), wrong.outputs)], source=source)
    text = str(caught.value)
    assert type(caught.value) is wrong.kind, text
    assert [part for part in wrong.parts.split("|") if part not in text] == [], text
    assert caught.value.hint, text
    row = next((row.strip() for row in wrong.source.split("\n") if "⟦" in row), None)
    if row is not None:
        place, stretch = row.index("⟦"), row[row.index("⟦") + 1 : row.index("⟧")]
        shown = row.replace("⟦", "").replace("⟧", "")
        assert f"      {shown}\n      {' ' * place}{'^' * len(stretch)}\n" in text + "\n", text


# -- operands


def identity(a: Any) -> Any:
    return a


@pytest.mark.parametrize("kind", [opaque("FILE"), pointer(float32), void])
def test_types_that_are_no_operands(kind: KernelType) -> None:
    with pytest.raises(InvalidSignature) as caught:
        cobra.ufunc(identity, types=[((kind,), None)])
    assert str(kind) in str(caught.value) and caught.value.hint
    with pytest.raises(InvalidSignature, match="which no NumPy array holds"):
        translate_generalized(KernelSpec(spec_of(identity)), (ArrayType(float32, ("n",)),), (kind,), ("n",))


def test_opaque_types_are_no_values() -> None:
    with pytest.raises(InvalidSignature, match="behind pointers"):
        translate_elementwise(KernelSpec(spec_of(identity)), (opaque("FILE"),), None)


def test_structures_beside_core_dimensions() -> None:
    spec = KernelSpec(spec_of(lambda a, p: a[0] + p.x))
    with pytest.raises(InvalidSignature, match="has core dimensions, and an operand that is point") as caught:
        translate_generalized(spec, (ArrayType(float32, ("n",)), point), (ArrayType(float32, ()),), ("n",))
    assert "elementwise" in str(caught.value)


def test_indices_out_of_range_raise_in_debug_mode() -> None:
    def pick(v: vec4f, k: int32) -> float32:  # type: ignore[valid-type]
        return v[k]  # type: ignore[index]

    vectors, indices = np.arange(8, dtype=np.float32).reshape(2, 4), np.array([-1, 4], np.int32)
    with cobra.config.options(debug=True), pytest.raises(IndexError, match="out of bounds"):
        cobra.ufunc(pick)(vectors, indices)
    assert cobra.ufunc(pick)(vectors, indices).tolist() == [3.0, 4.0]
