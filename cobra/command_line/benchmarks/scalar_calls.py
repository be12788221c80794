"""What a call of a native function of two Python floats costs, by every way that Python has into native code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.rivals import call_with, with_numba_function
from cobra.command_line.benchmarks.timing import Contestant

_BAR = Bar("call of a function", 200e-9)
_ARGUMENTS = (1.5, 2.5)


def add(a: float, b: float) -> float:
    """Return a + b."""
    return a + b


def _contestants() -> list[Contestant]:
    native = cobra.function(add)
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)
    ways: dict[str, Callable[..., object]] = {NUMPY: np.add, "ctypes": kind(native.address), "Python": add, COBRA: native}
    if find_spec("cffi") is not None:
        ways["cffi"] = native.cffi
    return [*(call_with(way, _ARGUMENTS, label) for label, way in ways.items()), *with_numba_function(add, _ARGUMENTS)]


def cases() -> list[Case]:
    """Return the cases of calling scalar functions."""
    return [race("scalar function", "2 Python floats", _contestants, (_BAR,))]
