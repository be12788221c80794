"""Which loops run in batches of passes, how lanes are grouped, and that lanes that ended in a batch leave no trace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from against_numpy import Listener
from native_kernels import for_processor

import cobra
from cobra.compiler.codegen.loop_form import LoopForm
from cobra.compiler.codegen.refill import taken_apart
from cobra.compiler.codegen.running_ahead import lanes_in_group, passes_in_batch
from cobra.compiler.ir.operations import While
from cobra.compiler.pipeline import run_passes, translate
from cobra.ufunc.kernel import kernel_of


def escape(x, y):  # type: ignore[no-untyped-def]
    k = 0
    while x * x < 1e4 and k < 60:
        x = x * x - y
        k += 1
    return k


def escape_and_value(x, y):  # type: ignore[no-untyped-def]
    k = 0
    while x * x < 1e4 and k < 60:
        x = x * x - y
        k += 1
    return k, x, k > 3


def roots(x, y):  # type: ignore[no-untyped-def]
    while x > 1:
        x = np.sqrt(x) - y
    return x


def quotients(x, y):  # type: ignore[no-untyped-def]
    while abs(x) > 0.1:
        x = x / 3 * y
    return x


def chosen(x, y):  # type: ignore[no-untyped-def]
    k = 0
    while k < 30:
        x = x * 0.5 if x > y else x + 0.75
        k += 1
    return x


def nested(x, y):  # type: ignore[no-untyped-def]
    while x < 5:
        for _ in range(3):
            x = x + abs(y) + 0.5
    return x


def behind_a_return(x, y):  # type: ignore[no-untyped-def]
    if x > 9:
        return 0
    k = 0
    while k < 60 and x * x < 1e4:
        x = x * x - y
        k += 1
    return k


def loop_of(function: Callable[..., object], types: str) -> While:
    known = kernel_of(cobra.ufunc(function, types=types))
    assert known is not None
    kernel = taken_apart(run_passes(translate(known.spec, known.loops[0], known.symbols).function))
    assert kernel is not None
    return kernel.loop


@pytest.mark.parametrize(
    ("function", "passes"),
    [(escape, 4), (escape_and_value, 4), (behind_a_return, 4), (chosen, 4), (roots, 1), (quotients, 1), (nested, 1)],
)
def test_passes_in_a_batch(function: Callable[..., object], passes: int) -> None:
    # Where a pass takes long, counting lanes costs nothing beside it, and passes that nobody wants cost more.
    assert passes_in_batch(loop_of(function, "dd")) == passes


@pytest.mark.parametrize(("types", "lanes", "group"), [("dd", 32, 8), ("ff", 32, 16), ("ee", 32, 16)])
def test_lanes_in_a_group(types: str, lanes: int, group: int) -> None:
    # The counter has 64 bits everywhere; a vector is filled with floats.
    assert lanes_in_group(loop_of(escape, types), lanes, 4) == group


@pytest.mark.parametrize("function", [escape, escape_and_value, behind_a_return, chosen], ids=lambda function: function.__name__)
@pytest.mark.parametrize("types", ["dd", "ff"])
def test_as_in_scalar_code(function: Callable[..., object], types: str) -> None:
    made, random, listener = cobra.ufunc(function, types=types), np.random.default_rng(4), Listener()
    for n in (1, 33, 5000):
        given = [random.uniform(-2, 2, n).astype(types[0]), random.uniform(-1, 2, n).astype(types[0])]
        wanted = listener.run(for_processor(made, "host", LoopForm.SCALAR), *given)
        found = listener.run(for_processor(made, "host", LoopForm.REFILL), *given)
        assert found[1] == wanted[1]
        assert all(np.array_equal(a, b) for a, b in zip(found[0], wanted[0], strict=True))


@pytest.mark.parametrize(("largest", "errors"), [(150.0, set()), (1e20, {"over"})])
def test_errors_within_a_batch_are_those_of_lanes_that_run(largest: float, errors: set[str]) -> None:
    # The last element escapes in its first pass: two more passes of it overflow in float32, one does not unless it is huge.
    made, listener = for_processor(cobra.ufunc(escape, types="ff"), "host", LoopForm.REFILL), Listener()
    x, y = np.full(1000, 0.5, np.float32), np.zeros(1000, np.float32)
    x[-1] = largest
    results, heard = listener.run(made, x, y)
    assert (results[0][:-1] == 60).all() and results[0][-1] == 0
    assert heard - {"under"} == errors
