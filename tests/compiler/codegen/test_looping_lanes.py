"""Loops that elements end at different times give the same results and the same errors on lanes as in scalar code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from against_numpy import Listener
from looping_kernels import (
    KERNELS,
    Array,
    collatz,
    counted,
    endless,
    gcd,
    guarded,
    mandelbrot,
    nested,
    newton,
    operands,
    random_loop,
    ways_out,
)
from native_kernels import for_processor, processor, runnable

import cobra
from cobra.compiler.codegen.loop_form import LoopForm, choose_form
from cobra.compiler.codegen.refill import taken_apart
from cobra.compiler.ir.operations import Function
from cobra.compiler.pipeline import run_passes, translate
from cobra.ufunc.kernel import kernel_of

SIZES = (1, 2, 7, 32, 33, 100, 700)
CASES = [(name, types) for name, (_, choices) in KERNELS.items() for types in choices]


@cache
def kernel(name: str, types: str) -> np.ufunc:
    return cobra.ufunc(KERNELS[name][0], types=types)


def lowered(made: np.ufunc) -> Function:
    known = kernel_of(made)
    assert known is not None
    return run_passes(translate(known.spec, known.loops[0], known.symbols).function)


def forms(made: np.ufunc) -> list[LoopForm]:
    """Return the forms other than scalar code that a kernel can take."""
    return [LoopForm.LANES, *([LoopForm.REFILL] if taken_apart(lowered(made)) else [])]


def same(found: tuple[Array, ...], wanted: tuple[Array, ...]) -> bool:
    # Which NaN comes out is not the processor's to say where two meet.
    return all(np.array_equal(np.where(a != a, 0, a), np.where(b != b, 0, b)) and np.array_equal(a != a, b != b)
               and (a.dtype.kind != "f" or np.array_equal(np.signbit(a[a == a]), np.signbit(b[b == b])))
               for a, b in zip(found, wanted, strict=True))  # fmt: skip


def differences(made: np.ufunc, target: str, columns: Callable[[int, int], list[Array]]) -> list[str]:
    listener, found = Listener(), []
    scalar = for_processor(made, target, LoopForm.SCALAR)
    for form in forms(made):
        lanes = for_processor(made, target, form)
        for seed, n in enumerate(SIZES):
            arguments = columns(n, seed)
            wanted, got = listener.run(scalar, *arguments), listener.run(lanes, *arguments)
            if not same(got[0], wanted[0]) or got[1] != wanted[1]:
                found.append(f"{form.value}, n = {n}: {got} where scalar code gives {wanted}")
    return found


@pytest.mark.parametrize("target", [name for name in ("host", "x86-64-v3") if name in runnable()])
@pytest.mark.parametrize(("name", "types"), CASES)
def test_as_in_scalar_code(name: str, types: str, target: str) -> None:
    assert differences(kernel(name, types), target, lambda n, seed: operands(types, n, seed)) == []


@pytest.mark.parametrize(("name", "types"), CASES)
def test_every_error_alone(name: str, types: str) -> None:
    # Most of many elements raise errors of their own: one at a time is what shows an error too many or too few.
    made, listener, found = kernel(name, types), Listener(), []
    scalar = for_processor(made, "host", LoopForm.SCALAR)
    for element in zip(*operands(types, 60, 6), strict=True):
        columns = [np.concatenate([[value], np.full(40, 1, value.dtype)]).astype(value.dtype) for value in element]
        for form in forms(made):
            wanted, got = listener.run(scalar, *columns), listener.run(for_processor(made, "host", form), *columns)
            if wanted[1] != got[1] or not same(got[0], wanted[0]):
                found.append(f"{form.value} {element}: {got[1]} where scalar code raises {wanted[1]}")
    assert found == []


@pytest.mark.parametrize("seed", range(12))
def test_random_loops(seed: int) -> None:
    source, types = random_loop(seed), "dd" if seed % 3 else "ff"
    namespace: dict[str, Callable[..., object]] = {}
    exec(source, {"np": np}, namespace)
    made = cobra.ufunc(namespace["f"], types=types, source=source)
    assert differences(made, "host", lambda n, seed: operands(types, n, seed)) == [], source


@pytest.mark.parametrize("form", [LoopForm.LANES, LoopForm.REFILL])
@pytest.mark.parametrize(("last", "errors"), [(1.0, set()), (1e-150, set()), (1e-160, {"under"}), (9.0, {"over"})])
def test_errors_of_lanes_that_ended_are_told_from_those_of_the_kernel(form: LoopForm, last: float, errors: set[str]) -> None:
    # Lanes that ended would overflow in one more pass: the first part is computed again, and the rest by exact code at once.
    made, listener = for_processor(cobra.ufunc(overshooting, types="d"), "host", form), Listener()
    numbers = np.full(140_001, 1.5)
    numbers[-1] = last
    results, heard = listener.run(made, numbers)
    assert (results[0][:-1] == 1.5 * 1.5 * 1e307).all()
    with np.errstate(all="ignore"):
        assert results[0][-1] == overshooting(np.float64(last))
    assert heard == errors


def overshooting(x):  # type: ignore[no-untyped-def]
    while abs(x) < 10:
        x = x * x * 1e307
    return x


# -- memory


@pytest.mark.parametrize("form", [LoopForm.LANES, LoopForm.REFILL])
def test_results_may_replace_operands(form: LoopForm) -> None:
    made = for_processor(cobra.ufunc(newton_like, types="d"), "host", form)
    numbers = np.linspace(0, 50, 997)
    wanted = made(numbers)
    assert np.array_equal(made(numbers, out=numbers), wanted)
    room = np.linspace(0, 50, 1001)
    shifted = made(room[1:].copy())
    assert np.array_equal(made(room[1:], out=room[:-1]), shifted)


def newton_like(x):  # type: ignore[no-untyped-def]
    k = 0
    y = x
    while y > 1 and k < x:
        y = y / 2 + 0.25
        k += 1
    return y + k


def test_strides_and_broadcasting() -> None:
    made = kernel("mandelbrot", "dd")
    x, y = np.linspace(-2, 1, 90)[::3], np.linspace(-1, 1, 40)[::-2]
    whole = made(x[:, None], y)
    assert whole.tolist() == [[mandelbrot(a, b) for b in y] for a in x]


def test_reduction() -> None:
    numbers = np.array([360, 84, 120, 96], np.int32)
    made = kernel("gcd", "ii")
    assert (made.reduce(numbers), made.accumulate(numbers).tolist()) == (12, [360, 12, 12, 12])


# -- the choice


def form_of(function: Callable[..., object], types: str) -> LoopForm:
    return choose_form(lowered(cobra.ufunc(function, types=types)), processor("host").machine)


def failing(x):  # type: ignore[no-untyped-def]
    while x > 1:
        x = x / 2
        if x == 3:
            raise ValueError("three")
    return x


def in_both(x):  # type: ignore[no-untyped-def]
    if x > 0:
        while x > 1:
            x = x / 2
    else:
        while x < -1:
            x = x / 3
    return x


def one_after_another(x):  # type: ignore[no-untyped-def]
    while x > 9:
        x = x / 2
    while x > 1:
        x = x / 3
    return x


@pytest.mark.parametrize(
    ("function", "types", "form"),
    [(mandelbrot, "dd", LoopForm.REFILL), (collatz, "q", LoopForm.REFILL), (newton, "d", LoopForm.REFILL),
     (nested, "d", LoopForm.REFILL), (guarded, "dd", LoopForm.REFILL), (ways_out, "dq", LoopForm.REFILL),
     (endless, "dd", LoopForm.REFILL), (counted, "qd", LoopForm.LANES), (in_both, "d", LoopForm.LANES),
     (one_after_another, "d", LoopForm.LANES), (gcd, "ii", LoopForm.REFILL), (gcd, "qq", LoopForm.REFILL), (failing, "d", LoopForm.REFILL)],
)  # fmt: skip
def test_the_form_that_pays(function: Callable[..., object], types: str, form: LoopForm) -> None:
    assert form_of(function, types) is form
