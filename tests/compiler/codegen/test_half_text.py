"""The float16 conversions for processors without instructions for them equal NumPy's, for every float16 and at every tie."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import pytest

from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
from tests.compiler.primitives.native_code import compile_text, flags_raised
from tests.compiler.primitives.special_values import Array, errors_of, identical

_LOOP = """
define void @{name}(ptr %p, ptr %q, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %a = getelementptr {source}, ptr %p, i64 %i
  %b = getelementptr {target}, ptr %q, i64 %i
  %x = load {source}, ptr %a
  %y = call {target} @{function}({source} %x)
  store {target} %y, ptr %b
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


@cache
def engine() -> Any:
    widen = _LOOP.format(name="widen", source="half", target="float", function="__extendhfsf2")
    narrow = _LOOP.format(name="narrow", source="float", target="half", function="__truncsfhf2")
    return compile_text("\n".join([HALF_FUNCTIONS, widen, narrow, *sorted(HALF_DECLARATIONS)]))


def run(name: str, numbers: Array, to: type[np.floating[Any]]) -> tuple[Array, frozenset[str]]:
    made = np.zeros(len(numbers), to)
    loop = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(engine().get_function_address(name))
    return made, flags_raised(lambda: loop(numbers.ctypes.data, made.ctypes.data, len(numbers)))


def halves() -> Array:
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def around_ties() -> Array:
    """Return every point where rounding to float16 turns, and its neighbours."""
    ordered = np.sort(halves()[np.isfinite(halves())].astype(np.float64))
    ties = np.append((ordered[1:] + ordered[:-1]) / 2, 65520.0).astype(np.float32)
    return np.concatenate([ties, np.nextafter(ties, np.float32(0)), np.nextafter(ties, np.float32(np.inf)), -ties])


def test_every_float16_is_widened() -> None:
    made, flags = run("widen", halves(), np.float32)
    assert identical(made, halves().astype(np.float32)).all()
    assert not flags


def test_rounding_at_ties_and_elsewhere() -> None:
    anything = np.random.default_rng(1).integers(0, 1 << 32, 100_000, np.uint32).view(np.float32)
    numbers = np.concatenate([around_ties(), anything])
    with np.errstate(all="ignore"):
        wanted = numbers.astype(np.float16)
    assert identical(run("narrow", numbers, np.float16)[0], wanted).all()


@pytest.mark.parametrize("number", [0.0, 1.0, 1.1, 65504.0, 65519.9, 65520.0, 1e30, 2.0**-24, 1e-7, 1e-30, np.inf, np.nan])
def test_errors(number: float) -> None:
    argument = np.array([number, -number], np.float32)
    _, wanted = errors_of(lambda array: array.astype(np.float16), argument)
    assert run("narrow", argument, np.float16)[1] == wanted
