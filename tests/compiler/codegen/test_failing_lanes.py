"""Kernels that raise in loops run on lanes, and the exception is that of the first element that fails, whatever the layout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from native_kernels import Array, for_processor, processor

import cobra
from cobra.compiler.codegen.loop_form import LoopForm, choose_form
from cobra.compiler.pipeline import run_passes, translate
from cobra.ufunc.kernel import kernel_of


def halved(x):  # type: ignore[no-untyped-def]
    k = 0
    while x > 1:
        if x == 3:
            raise ValueError("three")
        if x > 1e6:
            raise OverflowError("large")
        x = x / 2
        k += 1
    return k


def asserted(x):  # type: ignore[no-untyped-def]
    total = x
    for k in range(40):
        total = total * 1.25 - 1 / (x - 7)
        assert total != 0, "zero"
        if total > 50 + k:
            return total
    return total


def divided(n, d):  # type: ignore[no-untyped-def]
    k = 0
    while n > 0:
        if d == 0:
            raise ZeroDivisionError("by zero")
        n = n // d
        d = d - 1 if n > 4 else 2
        k += 1
    return k


def nested(x):  # type: ignore[no-untyped-def]
    total = 0.0
    for j in range(3):
        y = x + j
        while y > 0.5:
            if y == 9:
                raise KeyError("nine")
            y = y * 0.75
            total += y
    return total


TYPES: dict[Callable[..., object], str] = {halved: "d", asserted: "d", divided: "qq", nested: "d"}


def made(function: Callable[..., object], form: LoopForm) -> np.ufunc:
    return for_processor(cobra.ufunc(function, types=TYPES[function]), "host", form)


def columns(function: Callable[..., object], n: int) -> list[Array]:
    """Return operands of which no element fails."""
    random = np.random.default_rng(n)
    if function is divided:
        return [random.integers(1, 500, n), np.full(n, 20)]
    return [random.uniform(0.1, 900, n)]


FORMS = [LoopForm.LANES, LoopForm.REFILL]


@pytest.mark.parametrize("function", [halved, divided, nested, asserted], ids=lambda function: function.__name__)
def test_the_form_that_pays(function: Callable[..., object]) -> None:
    known = kernel_of(cobra.ufunc(function, types=TYPES[function]))
    assert known is not None
    lowered = run_passes(translate(known.spec, known.loops[0], known.symbols).function)
    assert choose_form(lowered, processor("host").machine) is (LoopForm.LANES if function is nested else LoopForm.REFILL)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 31, 1000, 70_001])
@pytest.mark.parametrize("function", [halved, divided, asserted], ids=lambda function: function.__name__)
def test_results_where_nothing_fails(function: Callable[..., object], n: int, form: LoopForm) -> None:
    given = columns(function, n)
    assert np.array_equal(made(function, form)(*given), made(function, LoopForm.SCALAR)(*given))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("step", [1, 2, -1])
@pytest.mark.parametrize("place", [0, 17, 640, 999])
def test_the_first_that_fails_is_told(place: int, step: int, form: LoopForm) -> None:
    kernel, given = made(halved, form), columns(halved, 1000)[0]
    given[place] = 3 * 2.0**17  # fails after many passes
    given[place + 1 :: 3] = 1e9  # these fail at once
    spread = np.empty(2000)[: 1000 * abs(step) : abs(step)][:: 1 if step > 0 else -1]
    spread[:] = given
    with pytest.raises(ValueError, match="three"):
        kernel(spread)
    given[place] = 1e7
    given[place + 1 :] = 3
    spread[:] = given
    with pytest.raises(OverflowError, match="large"):
        kernel(spread)


@pytest.mark.parametrize("form", FORMS)
def test_results_before_the_one_that_fails_are_there(form: LoopForm) -> None:
    given, out = columns(divided, 900), np.full(900, -5)
    wanted = made(divided, LoopForm.SCALAR)(*given)
    given[1][500] = 0
    with pytest.raises(ZeroDivisionError, match="by zero"):
        made(divided, form)(*given, out=out)
    assert np.array_equal(out[:500], wanted[:500])


@pytest.mark.parametrize("form", FORMS)
def test_into_an_operand(form: LoopForm) -> None:
    kernel, given = made(asserted, form), columns(asserted, 300)[0]
    wanted = kernel(given)
    assert np.array_equal(kernel(given, out=given), wanted)
    failing = columns(halved, 300)[0]
    failing[100], failing[101:] = 3, 1e9
    whole = cobra.ufunc(halved, types="d->d")
    with pytest.raises(ValueError, match="three"):
        for_processor(whole, "host", form)(failing, out=failing)


def test_inner_loops() -> None:
    kernel, given = made(nested, LoopForm.LANES), columns(nested, 300)[0]
    assert np.array_equal(kernel(given), made(nested, LoopForm.SCALAR)(given))
    given[250] = 8
    with pytest.raises(KeyError, match="nine"):
        kernel(given)
