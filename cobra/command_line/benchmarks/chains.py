"""Chains of operations on the three operands of a*b + c: more arithmetic, the same bytes, so the time should be that of one pass.

What one pass takes is measured as for a*b + c (`streaming`), over the same arrays in the same run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMPY, Case, race
from cobra.command_line.benchmarks.rivals import call_with, with_numba
from cobra.command_line.benchmarks.streaming import DTYPES, SINGLE_PASS, SIZES, anchors
from cobra.command_line.benchmarks.timing import Contestant


def _four(a, b, c):  # type: ignore[no-untyped-def]
    return (a * b + c) * a - b


def _eight(a, b, c):  # type: ignore[no-untyped-def]
    return (((a * b + c) * a - b) * c + a) * b - c


def _contestants(chain: Callable[..., object], size: int, code: str) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        random = np.random.default_rng(4)
        arguments = [random.random(size).astype(code) for _ in range(4)]
        types = f"{code * 3}->{code}"
        kernel = cobra.ufunc(types=[types])(chain)
        names = {"chain": chain, **dict(zip("abc", arguments, strict=False))}
        return [
            Contestant(NUMPY, "chain(a, b, c)", names),
            *with_numba(chain, types, arguments),
            call_with(kernel, arguments, COBRA),
            *anchors(arguments),
        ]

    return make


def cases() -> list[Case]:
    """Return the cases of chains; bars begin where a call is more than its overhead."""
    return [
        race(f"chain of {count}", f"{DTYPES[code]}, n=1e{len(str(size)) - 1}", _contestants(chain, size, code), [SINGLE_PASS], size=size)
        for count, chain in ((4, _four), (8, _eight))
        for code in DTYPES
        for size in SIZES
        if size >= 10_000
    ]
