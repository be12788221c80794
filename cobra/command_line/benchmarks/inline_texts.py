"""Kernels with their arithmetic as LLVM text beside the same kernels in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with
from cobra.command_line.benchmarks.timing import Contestant

IN_PYTHON = "the same in Python"
_BAR = Bar("inline text as fast as Python", 1.02, (IN_PYTHON,))

Function = Callable[..., Any]


def muladd(a: cobra.float32, b: cobra.float32, c: cobra.float32) -> cobra.float32:
    """Return a*b + c."""
    return a * b + c


def muladd_text(a: cobra.float32, b: cobra.float32, c: cobra.float32) -> cobra.float32:
    """Return a*b + c."""
    result: cobra.float32
    cobra.inline("""
        %product = fmul float %a, %b
        %result = fadd float %product, %c
    """)
    return result  # noqa: F821 (the text gives it its value)


def clipped(x: float, low: float, high: float) -> float:
    """Return x*x within bounds."""
    square = x * x
    if square < low:
        return low
    return high if square > high else square


def clipped_text(x: float, low: float, high: float) -> float:
    """Return x*x within bounds."""
    result: float
    cobra.inline("""
            %square = fmul double %x, %x
            %below = fcmp olt double %square, %low
            br i1 %below, label %end, label %other
        other:
            %above = fcmp ogt double %square, %high
            %inside = select i1 %above, double %high, double %square
            br label %end
        end:
            %result = phi double [ %low, %entry ], [ %inside, %other ]
    """)
    return result  # noqa: F821 (the text gives it its value)


def steps(n: int, limit: int, start: int) -> int:
    """Return the number of Collatz steps from a number to 1."""
    count = start
    while n > 1 and count < limit:
        n = n // 2 if n & 1 == 0 else 3 * n + 1
        count += 1
    return count


def steps_text(n: int, limit: int, start: int) -> int:
    """Return the number of Collatz steps from a number to 1."""
    result: int
    cobra.inline("""
            br label %test
        test:
            %m = phi i64 [ %n, %entry ], [ %next, %step ]
            %count = phi i64 [ %start, %entry ], [ %more, %step ]
            %unfinished = icmp sgt i64 %m, 1
            %allowed = icmp slt i64 %count, %limit
            %goes = and i1 %unfinished, %allowed
            br i1 %goes, label %step, label %end
        step:
            %odd = and i64 %m, 1
            %even = icmp eq i64 %odd, 0
            %half = ashr i64 %m, 1
            %triple = mul i64 %m, 3
            %grown = add i64 %triple, 1
            %next = select i1 %even, i64 %half, i64 %grown
            %more = add i64 %count, 1
            br label %test
        end:
            ret i64 %count
    """)
    return result  # noqa: F821 (the text gives it its value)


def _contestants(text: Function, python: Function, operands: Callable[[], Sequence[Any]]) -> Sequence[Contestant]:
    arrays = operands()
    kernels = {COBRA: cobra.ufunc(text), IN_PYTHON: cobra.ufunc(python)}
    return [call_with(kernel, [*arrays, np.empty_like(arrays[0])], label) for label, kernel in kernels.items()]


def _floats(dtype: str, size: int) -> Sequence[Any]:
    return tuple(np.linspace(-3, 3, size).astype(dtype) + k for k in range(3))


def _numbers(size: int) -> Sequence[Any]:
    return np.arange(1, size + 1), np.full(size, 1000), np.zeros(size, np.int64)


def cases() -> list[Case]:
    """Return the cases."""
    rows: list[tuple[str, Function, Function, Callable[[], Sequence[Any]]]] = [
        ("a*b+c f32, n=1e5", muladd_text, muladd, partial(_floats, "f4", 10**5)),
        ("clipped square f64, n=1e5", clipped_text, clipped, partial(_floats, "f8", 10**5)),
        ("Collatz i64, n=1e3", steps_text, steps, partial(_numbers, 1000)),
    ]
    return [race("inline text", name, partial(_contestants, *row), [_BAR]) for name, *row in rows]
