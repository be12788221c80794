"""`cobra.explain`: from a kernel and arguments to an explanation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cobra.errors import InvalidCall
from cobra.explanation.array_versions import compound_version_of, core_version_of
from cobra.explanation.limits import Limits, machine_limits
from cobra.explanation.operands import Handed, hand_over
from cobra.explanation.report import Explanation
from cobra.explanation.version import Version, version_of
from cobra.explanation.work import Work, work_of
from cobra.inspect.choice import Chosen, behind
from cobra.runtime.parallel_record import ELEMENTS_TOGETHER
from cobra.types import ScalarType
from cobra.ufunc.kernel import Kernel, kernel_of
from cobra.ufunc.parallel_call import threads_of
from cobra.ufunc.structured_loops import spelled

_MEASURED_SECONDS = 0.2


def explain(kernel: np.ufunc, *arguments: Any, out: Any = None, measure: bool = False) -> Explanation:
    """Explain what a call does on this machine, how fast it could be, and what limits it.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    arguments
        The operands of the call; outputs may follow.
    out
        The array or arrays that would take the results.
    measure
        Whether to make the call, some times over, and tell how long it takes.

    Returns
    -------
    Explanation
        Prints as text and shows as a table in notebooks; `as_dict` gives plain data. Times are in seconds.

    Raises
    ------
    InvalidCall
        When the object is no kernel of Cobra's, runs as plain Python, or does not take the arguments.

    Notes
    -----
    The least time is that of the roofline model: of moving the bytes at the bandwidth measured for data of this size, and of
    computing at the measured rate, whichever is longer. The machine is measured once, which takes about two seconds.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> @cobra.ufunc
    ... def muladd(a: float, b: float, c: float) -> float:
    ...     return a * b + c
    >>> told = cobra.explain(muladd, np.ones(1000), 2.0, np.ones(1000))
    >>> told.loop, told.elements, told.bytes, told.flops
    ('ddd->d', 1000, 24008, 2000)
    """
    known = kernel_of(kernel)
    if known is None:
        raise InvalidCall(f"{kernel!r} is no ufunc of Cobra's", hint="Make one with @cobra.ufunc.")
    if known.interpreted:
        raise InvalidCall(f"{kernel.__name__!r} runs as plain Python, which has no limits to tell", hint="Unset COBRA_DISABLE_JIT.")
    outputs = () if out is None or out is ... else out if isinstance(out, tuple) else (out,)
    handed = hand_over(kernel, arguments, outputs)
    loops = [loop for loop in known.loops if loop.dtypes == handed.dtypes]
    if not loops:
        hint = "Call it with arrays of the types of one of its loops."
        raise InvalidCall(f"{kernel.__name__!r} has no loop of its own for these", hint=hint)
    explanation = _explained(known, Chosen(behind(kernel), loops[0]), handed, machine_limits())
    return replace(explanation, measured=_measured(lambda: kernel(*arguments, **_keywords(outputs)))) if measure else explanation


def _keywords(outputs: tuple[Any, ...]) -> dict[str, Any]:
    return {"out": outputs} if outputs else {}


def _explained(known: Kernel, chosen: Chosen, handed: Handed, limits: Limits) -> Explanation:
    from cobra.compiler.codegen import cpu
    from cobra.compiler.pipeline import run_passes

    translation, processor = chosen.translation(), cpu.target()
    function = run_passes(translation.function, math=chosen.spec.math, fast_math=chosen.spec.fast_math)
    operands = (*translation.inputs, *translation.outputs)
    scalars = [kind for kind in operands if isinstance(kind, ScalarType)]
    if not function.is_elementwise:
        version, function = core_version_of(function, operands, chosen.spec.fast_math, handed)
    elif len(scalars) == len(operands):
        version = version_of(function, scalars, len(translation.outputs), processor, handed)
    else:
        version = compound_version_of(function, operands, len(translation.outputs), processor, handed)
    work = work_of(function, handed.core_sizes)
    together = ELEMENTS_TOGETHER if function.is_elementwise and not any(handed.cores) else 1
    moved, threads = _bytes(handed), threads_of(known) if handed.inner >= 2 * together else 1
    seconds = _seconds(work, handed, moved, version, limits, threads, processor.machine.vector_bytes)
    return Explanation(
        kernel=chosen.spec.name, loop=str(chosen.loop), shape=handed.shape, elements=handed.elements, inner=handed.inner,
        steps=handed.steps, converted=handed.converted, version=version.name, lanes=version.lanes,
        vector_bits=8 * processor.machine.vector_bytes, reason=version.reason, threads=threads, bytes=moved,
        flops=work.flops * handed.elements, flops_are_exact=work.exact and not work.library_calls,
        bandwidth=limits.bandwidth(moved), seconds=seconds, advice=_advice(handed, version, work, moved),
    )  # fmt: skip


def _bytes(handed: Handed) -> int:
    """Return the bytes of the operands, each array once: of what is there, and of results that NumPy makes."""
    there = {(a.ctypes.data, a.shape, a.strides): _touched(a) for a in handed.arrays if a is not None}
    operands = zip(handed.arrays, handed.dtypes, handed.cores, strict=True)
    made = [dtype.itemsize * math.prod(core) for array, dtype, core in operands if array is None]
    return sum(there.values()) + handed.elements * sum(made)


def _touched(array: np.ndarray[Any, np.dtype[Any]]) -> int:
    """Return the bytes of the elements of an array that are not one element seen many times."""
    return math.prod(size for size, step in zip(array.shape, array.strides, strict=True) if step) * array.itemsize if array.size else 0


def _seconds(
    work: Work, handed: Handed, moved: int, version: Version, limits: Limits, threads: int, vector_bytes: int
) -> dict[str, float]:
    def seconds(counts: Mapping[str, int], rates: Mapping[str, float]) -> float:
        return sum(count / _rate(rates, kind, version, vector_bytes) for kind, count in counts.items())

    # units for different operations work side by side; twice as many as multiply and add, which counts as two, do anything at all
    all_together = seconds(work.floating - work.fused + work.slow, limits.operations)
    all_together += work.other_bytes / (8 * _rate(limits.operations, "float64", version, vector_bytes))
    arithmetic = max(seconds(work.floating, limits.operations), seconds(work.slow, limits.divisions), all_together)
    return {
        "memory": moved / limits.bandwidth(moved),
        "arithmetic": arithmetic * handed.elements / threads,
        "call": limits.call_seconds,
    }


def _rate(rates: Any, kind: str, version: Version, vector_bytes: int) -> float:
    """Return operations per second of a type; scalar code does one where vectors do many."""
    rate = float(rates[kind if kind in rates else "float32"])
    return rate if version.lanes is not None or version.may_have_vectors else rate / (vector_bytes // (8 if kind == "float64" else 4))


def _advice(handed: Handed, version: Version, work: Work, moved: int) -> tuple[str, ...]:
    found = []
    if handed.converted:
        types = ", ".join(dict.fromkeys(spelled(handed.dtypes[k]) for k in handed.converted))
        found.append(f"hand over arrays of {types}, aligned and of this machine's byte order: NumPy converts through buffers at every call")
    if any(array is None for array in handed.arrays) and moved > 1 << 25:
        found.append("give out=, or call inside cobra.memory.pool(): a large new array costs as much in page faults")
    if any(step not in (0, dtype.itemsize) for step, dtype in zip(handed.steps, handed.dtypes, strict=True)) and not any(handed.cores):
        found.append("hand over arrays whose elements stand side by side (np.ascontiguousarray)")
    if work.library_calls:
        found.append("functions that Cobra's own library has run on vectors: leave out math='libm'")
    return tuple(found)


def _measured(call: Callable[[], object]) -> float:
    """Return the seconds of the fastest of many calls."""
    call()
    least, end = math.inf, time.perf_counter() + _MEASURED_SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        least = min(least, time.perf_counter() - start)
    return least
