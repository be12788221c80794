"""What this machine can do at best: bytes per second by the size of the data, operations per second, the cost of a call.

Goes in: nothing; everything is measured with kernels of Cobra's own, once per machine and version, in about two seconds, and kept on
disk. Out comes a `Limits`, against which the time of a call is held: the roofline (S. Williams, A. Waterman and D. Patterson,
Communications of the ACM 52, 2009).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from cobra import config
from cobra.cache import disk, keys
from cobra.compiler.math.fused import fma
from cobra.types import float32, float64
from cobra.ufunc.decorator import ufunc

_WORKING_SETS = tuple(1 << exponent for exponent in range(14, 28))
_STREAMS = 3
_SECONDS = 0.04
_CHAIN = 64
_DIVISIONS = 8
_ELEMENTS = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """The best that was measured.

    Parameters
    ----------
    bandwidths
        Bytes per second that two inputs and an output move, by the bytes of all three together.
    operations
        Floating-point operations per second, a fused multiply-add being two, by type: ``float32`` and ``float64``.
    divisions
        Divisions per second, by type; square roots take about as long.
    call_seconds
        A call that computes one element into ``out=``.
    """

    bandwidths: Mapping[int, float]
    operations: Mapping[str, float]
    divisions: Mapping[str, float]
    call_seconds: float

    def bandwidth(self, working_set: int) -> float:
        """Return the bytes per second for data of so many bytes, between measured sizes on a logarithmic scale."""
        sizes = sorted(self.bandwidths)
        known = [math.log(self.bandwidths[size]) for size in sizes]
        return math.exp(float(np.interp(math.log(max(working_set, 1)), np.log(sizes), known)))


def _add(x, y):  # type: ignore[no-untyped-def]
    return x + y


def _multiply_add_32(x: float32) -> float32:  # type: ignore[valid-type]
    a, b, c, d = x, x + 1.0, x + 2.0, x + 3.0
    for _ in range(_CHAIN):
        a, b, c, d = fma(a, x, 0.5), fma(b, x, 0.5), fma(c, x, 0.5), fma(d, x, 0.5)
    return a + b + c + d


def _multiply_add_64(x: float64) -> float64:  # type: ignore[valid-type]
    a, b, c, d = x, x + 1.0, x + 2.0, x + 3.0
    for _ in range(_CHAIN):
        a, b, c, d = fma(a, x, 0.5), fma(b, x, 0.5), fma(c, x, 0.5), fma(d, x, 0.5)
    return a + b + c + d


def _divide(x):  # type: ignore[no-untyped-def]
    for _ in range(_DIVISIONS):
        x = 1.5 / x
    return x


def _least_seconds(call: Callable[[], object]) -> float:
    """Return the shortest of many runs, each long enough for the clock."""
    call()
    start = time.perf_counter()
    call()
    once = max(time.perf_counter() - start, 1e-7)
    calls = max(1, round(2e-4 / once))
    least, end = math.inf, time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        least = min(least, (time.perf_counter() - start) / calls)
    return least


def _measure() -> Limits:
    """Measure one thread running native code, whatever policy, pool or settings are in force."""
    return Context().run(_measured_natively)


def _measured_natively() -> Limits:
    with config.options(disable_jit=False, debug=False):
        return _measured()


def _measured() -> Limits:
    adding = ufunc(types=["ff->f", "dd->d"])(_add)
    x, out = np.ones(1), np.empty(1)
    call = _least_seconds(lambda: adding(x, x, out))
    bandwidths = {}
    for size in _WORKING_SETS:
        a, b, c = (np.ones(size // (8 * _STREAMS)) for _ in range(_STREAMS))
        seconds = _least_seconds(lambda a=a, b=b, c=c: adding(a, b, c))  # type: ignore[misc]
        bandwidths[size] = size / max(seconds - call, seconds / 4)
    dividing = ufunc(types=["f->f", "d->d"])(_divide)
    operations, divisions = {}, {}
    for name, kernel in (("float32", ufunc(_multiply_add_32)), ("float64", ufunc(_multiply_add_64))):
        x = np.full(_ELEMENTS, 0.75, name)
        out = np.empty_like(x)
        operations[name] = _ELEMENTS * _CHAIN * 8 / _least_seconds(lambda k=kernel, x=x, out=out: k(x, out))  # type: ignore[misc]
        divisions[name] = _ELEMENTS * _DIVISIONS / _least_seconds(lambda x=x, out=out: dividing(x, out))  # type: ignore[misc]
    return Limits(bandwidths, operations, divisions, call)


@cache
def machine_limits() -> Limits:
    """Return the limits of this machine, measured at the first request and then read from disk.

    Examples
    --------
    >>> machine_limits().bandwidth(1 << 20) > 1e8
    True
    """
    store = disk.default()
    key = keys.digest("limits of the machine", keys.toolchain_identity(), keys.host_identity())
    kept = store.read(key) if store is not None else None
    if kept is not None:
        return _read(json.loads(kept))
    limits = _measure()
    if store is not None:
        store.write(key, json.dumps(asdict(limits)).encode())
    return limits


def _read(kept: dict[str, Any]) -> Limits:
    bandwidths = {int(size): float(rate) for size, rate in kept["bandwidths"].items()}
    return Limits(bandwidths, kept["operations"], kept["divisions"], kept["call_seconds"])
