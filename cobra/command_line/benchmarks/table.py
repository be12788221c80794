"""All benchmarks, in the order in which they run and are shown."""

from __future__ import annotations

from fnmatch import fnmatch

from cobra.command_line.benchmarks import (
    axis_totals,
    chains,
    escape_loops,
    folding,
    fresh_results,
    functions,
    inline_texts,
    latency,
    matrices,
    overhead,
    scalar_calls,
    streaming,
    threads,
)  # fmt: skip
from cobra.command_line.benchmarks.cases import Case
from cobra.command_line.benchmarks.timing import Effort

HEADLINES = (
    "1-element call: 2 arrays, out", "1-element call: 2 Python floats", "1-element call: 3 arrays, out",
    "scalar function: 2 Python floats",
    "a*b+c: f32, n=1e3", "a*b+c: f32, n=1e5", "a*b+c: f32, n=1e7",
    "a*b+c: f64, n=1e3", "a*b+c: f64, n=1e5", "a*b+c: f64, n=1e7",
    "a*b+c, in place: f64, n=1e5", "a*b+c, every second: f64, n=1e5", "a*b+c, fresh result: f32, n=1e7",
    "exp: f64, n=1e5", "sin: f64, n=1e5", "sigmoid: f32, n=1e5", "Black-Scholes: f64, n=1e5",
    "loops in the element: Mandelbrot 256x256, 200 steps, f64", "loops in the element: cube root by Newton, f64",
    "sum: f64, n=1e5", "max: f64, n=1e5", "gufunc (k,4,4) matmul: f64, k=1e3",
    "import: beyond NumPy", "cold kernel, warm process: a*b+c*k", "cached kernel, new process: a*b+c*k",
    "unpickle, warm host: load",
)  # fmt: skip
"""The titles of the cases that the README shows."""


MEANS = functions.MEANS
"""What is judged over several cases."""

_PARTS = (
    *(overhead, scalar_calls, streaming, chains, fresh_results, functions, escape_loops, inline_texts),
    *(axis_totals, folding, matrices, threads, latency),
)


def all_cases() -> list[Case]:
    """Return every case."""
    return [case for part in _PARTS for case in part.cases()]


def chosen_cases(pattern: str | None, effort: Effort) -> list[Case]:
    """Return the cases whose title contains the pattern, or matches it with ``*``, and which are not too large."""
    wanted = f"*{(pattern or '').lower()}*"
    return [case for case in all_cases() if case.size <= effort.largest and fnmatch(case.title.lower(), wanted)]
