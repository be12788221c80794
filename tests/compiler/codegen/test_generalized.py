"""Cores of generalized kernels: every stride, complex and bool elements, branches that store or load, and vector code."""

from __future__ import annotations

import numpy as np
import pytest
from guarded_memory import GuardedMemory, needs_protection
from native_kernels import for_processor, processor, runnable

import cobra
from cobra import complex128 as c128
from cobra import float32 as f32
from cobra import float64 as f64
from cobra import int64 as i64
from cobra.compiler.codegen import cpu
from cobra.compiler.pipeline import native_module, translate
from cobra.ufunc.kernel import kernel_of


@cobra.ufunc
def axpy(x: f64["n"], y: f64["n"], a: f64) -> f64["n"]:
    out = np.empty_like(x)
    for k in range(x.shape[0]):
        out[k] = a * x[k] + y[k]
    return out


@cobra.ufunc
def rectified(x: f32["n"]) -> f32["n"]:
    out = np.empty_like(x)
    for k in range(x.shape[0]):
        out[k] = x[k] if x[k] > 0 else np.float32(0)
    return out


@cobra.ufunc
def whole_sum(x: i64["n"]) -> i64:
    total = 0
    for k in range(x.shape[0]):
        total += x[k]
    return total


@cobra.ufunc
def product(a: f64["m k"], b: f64["k n"]) -> f64["m n"]:
    out = np.empty((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = 0.0
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total
    return out


@cobra.ufunc
def turned(z: c128["n"], by: c128) -> c128["n"]:
    out = np.empty_like(z)
    for k in range(z.shape[0]):
        out[k] = z[k] * by
    return out


@cobra.ufunc
def signs(x: f64["n"]) -> cobra.bool_["n"]:
    out = np.empty(x.shape[0], np.bool_)
    for k in range(x.shape[0]):
        out[k] = x[k] < 0
    return out


@cobra.ufunc(signature="(n)->(n)", types=["d->d"])
def keep_positive(x, out):  # type: ignore[no-untyped-def]
    for k in range(x.shape[0]):
        out[k] = 0.0
    for k in range(x.shape[0]):
        if x[k] > 0:
            out[k] = x[k]


@cobra.ufunc
def neighbours(x: f64["n"]) -> f64["n"]:
    out = np.empty_like(x)
    for k in range(x.shape[0]):
        before = 0.0
        if k > 0:
            before = x[k - 1]
        out[k] = before + x[k]
    return out


@cobra.ufunc
def largest(x: f64["n"]) -> f64:
    found = x[0]
    for k in range(1, x.shape[0]):
        if x[k] > found:
            found = x[k]
    return found


ROOM = np.random.default_rng(7).integers(-9, 10, (6, 40, 40)).astype(float)
VIEWS = {
    "dense": lambda room: room,
    "transposed": lambda room: room.transpose(0, 2, 1),
    "every second": lambda room: room[:, :, ::2],
    "backwards": lambda room: room[:, ::-1, ::-1],
    "outer last": lambda room: np.moveaxis(room, 0, -1),
    "short": lambda room: room[:, :3, :5],
    "one row": lambda room: room[0],
    "nothing": lambda room: room[:, :, :0],
}


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("view", VIEWS)
def test_every_stride(view: str, target: str) -> None:
    x = VIEWS[view](ROOM)
    y = VIEWS[view](ROOM[::-1])
    assert np.array_equal(for_processor(axpy, target)(x, y, 2.0), 2.0 * x + y)
    assert np.array_equal(for_processor(rectified, target)(x.astype("f4")), np.maximum(x, 0).astype("f4"))
    assert np.array_equal(for_processor(whole_sum, target)(x.astype(int)), x.astype(int).sum(-1))
    assert np.array_equal(for_processor(turned, target)(x + 1j * y, 2 - 1j), (x + 1j * y) * (2 - 1j))
    assert np.array_equal(for_processor(signs, target)(x), x < 0)
    assert np.array_equal(for_processor(keep_positive, target)(x), np.where(x > 0, x, 0.0))
    shifted = np.concatenate([np.zeros((*x.shape[:-1], 1)), x[..., :-1]], axis=-1) if x.shape[-1] else x
    assert np.array_equal(for_processor(neighbours, target)(x), shifted + x)
    if x.shape[-1]:
        assert np.array_equal(for_processor(largest, target)(x), x.max(-1))
    assert np.array_equal(for_processor(product, target)(x, np.swapaxes(y, -1, -2)), x @ np.swapaxes(y, -1, -2))


@pytest.mark.parametrize("view", VIEWS)
def test_outputs_of_every_stride(view: str) -> None:
    x, out = VIEWS[view](ROOM), VIEWS[view](np.full_like(ROOM, 99.0))
    axpy(x, x, 3.0, out=out)
    assert np.array_equal(out, 4.0 * x)
    ours = VIEWS[view](ROOM.copy())
    axpy(ours, ours, 3.0, out=ours)
    assert np.array_equal(ours, 4.0 * x)


def test_a_running_maximum_of_anything() -> None:
    for numbers in ([1.0, np.nan, 2.0], [np.nan, 1.0], [-0.0, 0.0], [1.0, 3.0, 2.0, 3.0], [-np.inf, -5.0]):
        expected = numbers[0]
        for number in numbers[1:]:
            expected = number if number > expected else expected
        made = largest(np.array(numbers))
        assert np.array_equal(made, expected, equal_nan=True) and np.signbit(made) == np.signbit(expected)


@needs_protection
@pytest.mark.parametrize("target", runnable())
def test_a_load_that_is_not_asked_for_is_not_made(target: str) -> None:
    with GuardedMemory() as memory:
        for n in (1, 2, 8, 33):
            for at_end in (False, True):
                numbers = memory.array("f8", n, at_end=at_end)
                numbers[:] = 1.0
                assert np.array_equal(for_processor(neighbours, target)(numbers), [1.0, *[2.0] * (n - 1)])


VECTORS = {"x86-64-v3": "%ymm", "x86-64-v4": "%zmm"}


@pytest.mark.parametrize("target", [name for name in runnable() if name in VECTORS])
@pytest.mark.parametrize(
    ("kernel", "instruction"), [(axpy, "vmulpd"), (rectified, "vcmpordps"), (whole_sum, "vpaddq")], ids=["axpy", "rectified", "sum"]
)
def test_simple_loops_are_vectorised(kernel: np.ufunc, instruction: str, target: str) -> None:
    known = kernel_of(kernel)
    assert known is not None
    made = native_module(known.spec, translate(known.spec, known.loops[0], known.symbols), processor(target))
    text = cpu.compile_assembly(made.text, quick=made.is_quick, processor=processor(target))
    wide = [line for line in text.splitlines() if instruction in line and ("%ymm" in line or "%zmm" in line)]
    assert wide, instruction


@pytest.mark.parametrize("fast", [False, True])
def test_only_a_fast_sum_may_take_any_order(fast: bool) -> None:
    @cobra.ufunc(types=["f->f"], signature="(n)->()", fast_math=fast)
    def total(x):
        added = np.float32(0)
        for i in range(x.shape[0]):
            added += x[i]
        return added

    x = np.random.default_rng(0).random(1003, np.float32)
    in_order = np.add.accumulate(x)[-1]
    assert ("@dense(" in cobra.inspect.llvm(total)) == fast
    assert (total(x) == in_order) != fast
    np.testing.assert_allclose(total(x), in_order, rtol=1e-5)
