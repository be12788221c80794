"""Results in fresh arrays: what allocating them costs beside the computation, with and without a memory pool.

Cobra's column is a*b + c into a fresh array from a pool; beside it the same kernel writes into an array that exists, and into fresh
arrays of NumPy's own allocator.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.expressions import write_muladd
from cobra.command_line.benchmarks.timing import Contestant

INTO_OUT, NO_POOL, NUMPY_IN_POOL = "into out=", "without pool", "NumPy in pool"
LIKE_OUT = Bar("into out=", 1.2, (INTO_OUT,))
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)

muladd = write_muladd(np, None)


def _in_pool() -> contextvars.Context:
    """Return a context in which arrays come from a pool of its own."""
    context = contextvars.copy_context()
    context.run(cobra.memory.pool().__enter__)
    return context


def _contestants(size: int) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        context, kernel = _in_pool(), cobra.ufunc(types=["fff->f"])(muladd)
        # all operands of all contestants lie in the same kind of memory: only the result's place differs
        a, b, c, out = (context.run(np.full, size, value, "f") for value in (0.5, 0.75, 0.25, 0.0))
        names = {"kernel": kernel, "run": context.run, "a": a, "b": b, "c": c, "out": out, "multiply": np.multiply, "add": np.add}
        statements = {
            NUMPY: "add(multiply(a, b), c)",
            COBRA: "run(kernel, a, b, c)",
            INTO_OUT: "kernel(a, b, c, out)",
            NO_POOL: "kernel(a, b, c)",
            NUMPY_IN_POOL: "run(lambda: add(multiply(a, b), c))",
        }
        return [Contestant(label, statement, names) for label, statement in statements.items()]

    return make


def cases() -> list[Case]:
    """Return the cases of fresh results."""
    return [race("a*b+c, fresh result", f"f32, n=1e{len(str(size)) - 1}", _contestants(size), (LIKE_OUT,), size=size) for size in SIZES]
