"""What can be seen only once in a process; run as a program: a task, the kind of kernel, a package, and a file for a pickle.

It prints the seconds it measured as a list in JSON. The clock starts when the package has been imported.

- ``cold``: decorate and call kernels that were never compiled before, in a process that has compiled another one.
- ``first``: decorate and call one kernel; run twice, the second run finds it in the disk cache.
- ``dump``: write a pickle. ``load``: read it. ``load-and-call``: read it and call the kernel.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import cobra
from cobra.runtime.loader import OWN_LOADER

FRESH_KERNELS = 6

Maker = Callable[[float], Any]
"""Makes a kernel with a constant in it, so that every constant gives a kernel never seen before."""


def make_annotated(constant: float) -> Any:
    """Make a kernel whose annotations give its types."""

    @cobra.ufunc
    def muladd(a: float, b: float, c: float) -> float:
        return a * b + c * constant

    return muladd


def make_inferred(constant: float) -> Any:
    """Make a kernel whose types are inferred at the first call."""

    @cobra.ufunc
    def logistic(a, b, c):  # type: ignore[no-untyped-def]
        return a / (b + np.exp(-c * constant))

    return logistic


def make_loop(constant: float) -> Any:
    """Make a kernel with a loop in the element."""

    @cobra.ufunc
    def escape_time(x: float, y: float, limit: float) -> float:
        real = imaginary = count = 0.0
        while real * real + imaginary * imaginary <= constant and count < limit:
            real, imaginary = real * real - imaginary * imaginary + x, 2 * real * imaginary + y
            count += 1
        return count

    return escape_time


def make_gufunc(constant: float) -> Any:
    """Make a generalised ufunc."""

    @cobra.ufunc(types=["ddd->d"], signature="(n),(n),(n)->()")
    def weighted_dot(a, b, c, out):  # type: ignore[no-untyped-def]
        total = constant
        for index in range(a.shape[0]):
            total += a[index] * b[index] * c[index]
        out[0] = total

    return weighted_dot


def make_math(constant: float) -> Any:
    """Make a kernel of elementary functions."""

    @cobra.ufunc
    def wave(a: float, b: float, c: float) -> float:
        return np.sin(a * constant) * np.exp(-b) + np.log(c)  # type: ignore[no-any-return]

    return wave


def make_numba(constant: float) -> Any:
    """Make what Numba offers for the first kind."""

    @import_module("numba").vectorize(["float64(float64, float64, float64)"])
    def muladd(a, b, c):  # type: ignore[no-untyped-def]
        return a * b + c * constant

    return muladd


def make_cached_numba(constant: float) -> Any:
    """Make the same with Numba's disk cache, which takes no constants from outside."""

    @import_module("numba").vectorize(["float64(float64, float64, float64)"], cache=True)
    def muladd(a, b, c):  # type: ignore[no-untyped-def]
        return a * b + c

    return muladd


KINDS: dict[str, Maker] = {
    "annotated": make_annotated,
    "inferred": make_inferred,
    "loop": make_loop,
    "gufunc": make_gufunc,
    "math": make_math,
    "numba": make_numba,
    "cached-numba": make_cached_numba,
}


def _call(kernel: Any) -> None:
    operand = np.full(4, 0.5)
    assert np.all(np.isfinite(kernel(operand, operand, operand)))


def _make_and_call(make: Maker, constant: float) -> None:
    _call(make(constant))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()  # or a collection of what imports left behind, which takes a millisecond, falls into one kind of kernel by chance
    started = perf_counter()
    work()
    return perf_counter() - started


def cold(make: Maker) -> list[float]:
    """Return the seconds for each of some kernels that no cache knows."""
    _call(make(0.5))
    return [_seconds(partial(_make_and_call, make, 2.0 + number)) for number in range(FRESH_KERNELS)]


def first(make: Maker) -> list[float]:
    """Return the seconds to decorate a kernel and call it once."""
    return [_seconds(partial(_make_and_call, make, 4.0))]


def load(path: Path, *, and_call: bool) -> list[float]:
    """Return the seconds to unpickle a kernel, and to call it."""
    data = path.read_bytes()
    read = pickle.loads
    return [_seconds(lambda: _call(read(data)) if and_call else read(data))]


def main(task: str, kind: str, path: str) -> None:
    """Do one task and print what it took."""
    if "numba" in kind:
        import_module("numba")
    make, file = KINDS[kind], Path(path)
    if task == "dump":
        kernel = make(4.0)
        _call(kernel)
        file.write_bytes(pickle.dumps(kernel))
        return
    tasks = {
        "cold": lambda: cold(make),
        "first": lambda: first(make),
        "load": lambda: load(file, and_call=False),
        "load-and-call": lambda: load(file, and_call=True),
    }
    seconds = tasks[task]()
    print(json.dumps({"seconds": seconds, "light": not OWN_LOADER or "llvmlite" not in sys.modules}))


if __name__ == "__main__":
    main(*sys.argv[1:])
