"""The loops of one kernel that share their work among threads, each made of a serial one.

In: what the kernel is and the address of a serial loop. Out: the two words that stand for it in NumPy's loop table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cobra.compiler.loop_types import LoopTypes
from cobra.compiler.spec import KernelSpec
from cobra.ufunc import policies
from cobra.ufunc.policies import PARALLEL


class LoopCode(NamedTuple):
    """The native code of a loop, and whether it may raise exceptions."""

    address: int
    raises: bool


class ParallelLoops:
    """The parallel loops of a kernel, made when they are needed.

    Parameters
    ----------
    spec, ufunc
        The kernel.
    loops
        The types of its loops.
    """

    def __init__(self, spec: KernelSpec, ufunc: np.ufunc, loops: Sequence[LoopTypes]) -> None:
        self.is_parallel = spec.options.get("policy") == PARALLEL
        self._spec, self._ufunc, self._loops = spec, ufunc, loops
        self._records: dict[int, int] = {}

    @property
    def is_wanted(self) -> bool:
        """Tell whether loops are to share their work, or to ask whether they shall."""
        return self.is_parallel or policies.are_followed()

    def loop(self, index: int, code: LoopCode) -> tuple[int, int]:
        """Return a loop and its data: the parallel one, or the serial one where there can be no other."""
        from cobra.runtime.thread_pool import the_pool

        pool = the_pool()
        if pool is None or not self._make_record(index, code, pool.address):
            return code.address, 0
        return pool.functions["cobra_parallel_loop"], self._records[index]

    def seconds_of(self, index: int) -> float | None:
        """Return what one element takes as far as the loop has found out: a step of the core dimensions where there are some."""
        from cobra.runtime.parallel_record import cost_at
        from cobra.runtime.thread_pool import the_pool

        pool, record = the_pool(), self._records.get(index)
        return pool.seconds(cost_at(record)) or None if pool is not None and record is not None else None

    def _make_record(self, index: int, code: LoopCode, pool: int) -> bool:
        from cobra.runtime.parallel_record import ALL_THREADS, ParallelOperand, parallel_record
        from cobra.ufunc.ufunc_struct import core_dimensions_of, number_of_core_dimensions

        core = core_dimensions_of(self._ufunc)
        if core is None or index in self._records:
            return core is not None
        sizes = [dtype.itemsize for dtype in self._loops[index].dtypes]
        operands = [ParallelOperand(*facts) for facts in zip(sizes, self._written(), core, strict=True)]
        threads = self._spec.options.get("num_threads") or ALL_THREADS
        self._records[index] = parallel_record(
            code.address, 0, operands,
            symbols=number_of_core_dimensions(self._ufunc) if self._ufunc.signature is not None else 0,
            num_threads=int(str(threads)) if self.is_parallel else 1,
            uses_python=code.raises,
            pool=pool,
        )  # fmt: skip
        return True

    def _written(self) -> list[bool]:
        inputs = [name in self._spec.writable for name in self._spec.operand_names]
        return inputs[: self._ufunc.nin] + [True] * self._ufunc.nout
