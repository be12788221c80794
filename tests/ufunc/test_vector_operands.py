"""Vectors and fixed arrays as operands of real ufuncs: core dimensions of their lengths, which nobody had to declare."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from child_processes import run
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra import config, fixed_array, float32, float64, int32, vec, vec2d, vec4d, vec4f
from cobra.errors import InvalidCall, InvalidSignature

A = np.arange(24, dtype="f4").reshape(6, 4)
B = (A[::-1] + 1).copy()


@cobra.ufunc
def plus(a: vec4f, b: vec4f) -> vec4f:
    return a + b


@cobra.ufunc
def dot(a: vec4f, b: vec4f) -> float32:
    return (a * b).sum()


@cobra.ufunc
def turned(a: vec4f) -> vec4f:
    return a[::-1] * 2


@cobra.ufunc
def scaled(a: vec4d, factor: float64) -> vec4d:
    return np.sqrt(a * a + factor) / (factor + 1) - a * factor


@cobra.ufunc
def spread(x: float64) -> vec2d:
    return vec2d(x, -x)


@cobra.ufunc
def traced(m: fixed_array(fixed_array(float64, 3), 2)) -> tuple[float64, fixed_array(float64, 2)]:
    return m[0][0] + m[1][1], (m[0][2], m[1][0])


def scaled_by_numpy(a: np.ndarray, factor: np.ndarray) -> np.ndarray:
    factor = np.asarray(factor, "f8")[..., None]
    return np.sqrt(a * a + factor) / (factor + 1) - a * factor


SIGNATURES = {
    "(4),(4)->(4)": plus, "(4),(4)->()": dot, "(4)->(4)": turned, "(4),()->(4)": scaled, "()->(2)": spread, "(2,3)->(),(2)": traced,
}  # fmt: skip


@pytest.mark.parametrize(("signature", "kernel"), SIGNATURES.items())
def test_signatures(signature: str, kernel: np.ufunc) -> None:
    assert kernel.signature == signature


D = A.astype("f8")
EVERY = np.arange(48, dtype="f4").reshape(12, 4)

CALLS = {
    "plain": lambda: (plus(A, B), A + B),
    "one": lambda: (plus(A[0], B[0]), A[0] + B[0]),
    "none": lambda: (plus(A[:0], B[:0]), A[:0]),
    "broadcast": lambda: (plus(A, B[1]), A + B[1]),
    "two outer dimensions": lambda: (plus(A[:, None], B), A[:, None] + B),
    "strided": lambda: (plus(EVERY[::2], B), EVERY[::2] + B),
    "core backwards": lambda: (plus(A[:, ::-1], B), A[:, ::-1] + B),
    "core strided": lambda: (plus(EVERY.reshape(6, 8)[:, ::2], B), EVERY.reshape(6, 8)[:, ::2] + B),
    "Fortran's order": lambda: (plus(np.asfortranarray(A), B), A + B),
    "core repeated": lambda: (plus(np.broadcast_to(np.float32(3), (6, 4)), B), B + 3),
    "another axis": lambda: (plus(A.T, B.T, axis=0), (A + B).T),
    "other axes": lambda: (plus(A.T, B, axes=[0, 1, 0]), (A + B).T),
    "axes of a result without any": lambda: (dot(A.T, B, axes=[0, 1, ()]), (A * B).sum(1)),
    "kept dimension": lambda: (dot(A, B, keepdims=True), (A * B).sum(1, keepdims=True)),
    "narrower numbers": lambda: (plus(A.astype("i2"), B), A + B),
    "byte-swapped": lambda: (plus(A.astype(">f4"), B), A + B),
    "lists": lambda: (scaled(D.tolist(), 3), scaled_by_numpy(D, 3)),
    "dot": lambda: (dot(A, B), (A * B).sum(1)),
    "turned": lambda: (turned(A), A[:, ::-1] * 2),
    "one factor": lambda: (scaled(D, 3.0), scaled_by_numpy(D, 3.0)),
    "a factor each": lambda: (scaled(D, np.arange(6.0)), scaled_by_numpy(D, np.arange(6.0))),
    "factors and one vector": lambda: (scaled(D[1], np.arange(6.0)), scaled_by_numpy(D[1], np.arange(6.0))),
    "spread": lambda: (spread(D), np.stack((D, -D), -1)),
    "fixed array": lambda: (np.column_stack(traced(D.reshape(4, 2, 3))),
                            D.reshape(4, 6)[:, [0, 2, 3]] + D.reshape(4, 6)[:, [4]] * [1, 0, 0]),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_calls(call) -> None:
    made, wanted = call()
    np.testing.assert_array_equal(made, wanted)
    assert made.dtype == wanted.dtype


@pytest.mark.parametrize("kernel", [turned, cobra.ufunc(lambda a: a + 1, types=[(vec4f, vec4f)])], ids=["turned", "flat"])
def test_overlap(kernel: np.ufunc) -> None:
    for inward, outward, axes in [
        (lambda m: m, lambda m: m, [1, 1]),
        (lambda m: m, lambda m: m[:, ::-1], [1, 1]),
        (lambda m: m, lambda m: m[::-1], [1, 1]),
        (lambda m: m[:4], lambda m: m[:4], [0, 1]),
        (lambda m: m[:-1], lambda m: m[1:], [1, 1]),
        (lambda m: m[1:], lambda m: m[:-1], [1, 1]),
        (lambda m: m.ravel()[1:21].reshape(5, 4), lambda m: m.ravel()[:20].reshape(5, 4), [1, 1]),
    ]:
        memory = A.copy()
        wanted = kernel(inward(memory).copy(), axes=axes)
        np.testing.assert_array_equal(kernel(inward(memory), out=outward(memory), axes=axes), wanted)


def test_result_in_an_input() -> None:
    memory = A.copy()
    np.testing.assert_array_equal(dot(memory, memory, out=memory[:, 0]), (A * A).sum(1))
    memory = A.copy()
    np.testing.assert_array_equal(dot(memory, memory[::-1], out=memory[:, 3]), (A * A[::-1]).sum(1))


def test_out() -> None:
    out = np.zeros((6, 8), "f4")
    assert plus(A, B, out=out[:, ::2]).base is out
    np.testing.assert_array_equal(out[:, ::2], A + B)
    assert not out[:, 1::2].any()
    wide = np.zeros((6, 4))
    assert plus(A, B, out=wide) is wide and (wide == A + B).all()


def test_what_gufuncs_refuse() -> None:
    with pytest.raises(ValueError, match=r"mismatch in its core dimension 0, with gufunc signature \(4\),\(4\)->\(4\) \(size 3"):
        plus(A[:, :3], A[:, :3])
    with pytest.raises(ValueError, match="does not have enough dimensions"):
        plus(1.0, A)
    with pytest.raises(TypeError, match="where"):
        plus(A, A, where=True)
    with pytest.raises(RuntimeError, match="Reduction not defined"):
        plus.reduce(A)
    with pytest.raises(ValueError, match="mismatch"):
        plus(A, A, out=np.zeros((6, 3), "f4"))


def test_floating_point_errors() -> None:
    divided = cobra.ufunc(lambda a, b: a / b, types=[((vec4f, vec4f), vec4f)])
    some = A + 1
    with np.errstate(all="raise"):
        divided(some, some)
        some[5, 3] = 0
        with pytest.raises(FloatingPointError, match="divide by zero"):
            divided(A + 1, some)


def test_several_loops() -> None:
    T = TypeVar("T", vec4f, vec4d)

    def double(a: T) -> T:
        return a + a

    kernel = cobra.ufunc(double)
    assert kernel.types == ["f->f", "d->d"] and kernel.signature == "(4)->(4)"
    assert kernel(A).dtype == np.float32 and kernel(D).dtype == np.float64
    listed = cobra.ufunc(lambda a, n: a * n, types=[((vec4f, int32), None), ((vec4d, "float64"), None)])
    assert listed.types == ["fi->d", "dd->d"]


def pick(a):
    return a[0]


WRONG = {
    "two lengths": ({"types": [(vec2d, float64), (vec4d, float64)]}, r"different core dimensions: \(2\)->\(\) and \(4\)->\(\)"),
    "another signature": ({"types": [(vec2d, float64)], "signature": "(3)->()"}, r"its signature has \(3\) there"),
    "too many": ({"types": [((vec2d, vec2d), float64)]}, "does not fit"),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_types_that_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidSignature, match=message):
        cobra.ufunc(pick, **options)


def test_vectors_beside_arrays() -> None:
    @cobra.ufunc
    def line(x: float64["n"], ab: vec2d) -> float64["n"]:
        out = np.empty_like(x)
        for i in range(len(x)):
            out[i] = x[i] * ab[0] + ab[1]
        return out

    assert line.signature == "(n),(2)->(n)"
    np.testing.assert_array_equal(line(D, [2.0, 1.0]), D * 2 + 1)

    @cobra.ufunc(signature="(n),(2)->(2)")
    def ends(x: float64["n"], ab: vec2d) -> vec2d:
        return vec2d(x[0], x[len(x) - 1]) + ab

    np.testing.assert_array_equal(ends(D, [2.0, 1.0]), D[:, [0, -1]] + [2.0, 1.0])


def test_binding() -> None:
    bound = cobra.bind(scaled, factor=2)
    assert bound.signature == "(4)->(4)"
    np.testing.assert_array_equal(bound(D), scaled(D, 2.0))
    with pytest.raises(InvalidCall, match=r"the input 'a' of 'scaled' is vec\(float64, 4\)"):
        cobra.bind(scaled, a=1.0)


def test_pickling() -> None:
    assert pickle.loads(pickle.dumps(traced)) is traced


PROGRAM = """
import sys, numpy as np, cobra
@cobra.ufunc
def both(a: cobra.vec2d, m: cobra.fixed_array(cobra.vec2d, 2)) -> tuple[cobra.vec2d, cobra.float64]:
    return a * m[1], m[0][1]
print(both.signature, [x.tolist() for x in both([1, 2], [[3, 4], [5, 6]])], "llvmlite" in sys.modules)
"""


def test_another_process(tmp_path: Path) -> None:
    assert run(PROGRAM, cache=tmp_path) == "(2),(2,2)->(2),() [[5.0, 12.0], 4.0] True"
    assert run(PROGRAM, cache=tmp_path) == "(2),(2,2)->(2),() [[5.0, 12.0], 4.0] False"


def test_inspection() -> None:
    assert cobra.inspect.ir(scaled).startswith("function scaled(%a.0: float64, %a.1: float64")
    assert cobra.inspect.llvm(dot, "ff->f").count("define void @cobra_loop(") == 1
    assert "axes=None" in str(plus.__signature__)


def test_interpreted() -> None:
    seen = []

    def body(a: vec4f, factor: float64) -> tuple[vec4f, float64]:
        seen.append(type(a))
        a[0] = 9.0
        return (a[0], a[1], a[2], factor), a.sum()

    with config.options(disable_jit=True):
        kernel, flat = cobra.ufunc(body), cobra.ufunc(plus)
        table = cobra.ufunc(traced)
    before = A.copy()
    made, total = kernel(A, 2.0)
    np.testing.assert_array_equal(made, np.column_stack((np.full(6, 9), A[:, 1:3], np.full(6, 2))))
    assert total.tolist() == (A[:, 1:].sum(1) + 9).tolist()
    assert seen == [np.ndarray] * 6
    np.testing.assert_array_equal(A, before)
    np.testing.assert_array_equal(flat(A[:, ::-1], B), plus(A[:, ::-1], B))
    np.testing.assert_array_equal(table(D.reshape(4, 2, 3))[1], traced(D.reshape(4, 2, 3))[1])


_counter = itertools.count()


@settings(derandomize=True, deadline=None, database=None, max_examples=30)
@given(
    st.sampled_from(["f4", "f8", "i4", "c16", "u1"]), st.integers(1, 9), st.integers(0, 40), st.booleans(),
    st.lists(st.tuples(st.sampled_from("+-*"), st.sampled_from(["a", "b", "a[::-1]", "b[::-1]"])), max_size=12),
)  # fmt: skip
def test_random_kernels(code: str, length: int, count: int, dense: bool, terms: list[tuple[str, str]]) -> None:
    """Sums and products, of the same places and of others, on dense and on strided vectors."""
    kind = vec(np.dtype(code).type, length)
    expression = "a" + "".join(f" {operator} {term}" for operator, term in terms)
    source = f"def kernel(a, b):\n    return {expression}\n"
    names: dict[str, object] = {}
    exec(compile(source, f"<random vectors {next(_counter)}>", "exec"), names)
    kernel = cobra.ufunc(names["kernel"], types=[((kind, kind), kind)], source=source)
    random = np.random.default_rng(count)
    a, b = (random.integers(0, 3, (count, 2 * length)).astype(code)[:, : length if dense else None : 1 if dense else 2] for _ in "ab")
    if dense:
        a, b = a.copy(), b.copy()
    with np.errstate(all="ignore"):
        wanted = eval(expression.replace("[::-1]", "[:, ::-1]"), {"a": a, "b": b})
        np.testing.assert_array_equal(kernel(a, b), wanted)
