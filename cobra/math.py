"""Elementary functions as ufuncs, computed by Cobra's own library on whole vectors, the same on every machine.

They are NumPy ufuncs like any other, for float16, float32 and float64, and for complex numbers where NumPy's function of the name
takes these; in kernels they are as good as NumPy's own names. Each is made when it is first asked for.

Examples
--------
>>> import cobra, numpy as np
>>> cobra.math.rsqrt(np.array([4.0, 16.0]))
array([0.5 , 0.25])
>>> @cobra.ufunc
... def normalised(x: float, y: float) -> float:
...     return x * cobra.math.rsqrt(x * x + y * y)
>>> round(float(normalised(3.0, 4.0)), 6)
0.6
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cobra import config
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.table import TABLE
from cobra.types import float64
from cobra.ufunc.decorator import ufunc

_REAL, _COMPLEX = "efd", "FD"
_EXACT = (
    *(np.sqrt, np.floor, np.ceil, np.trunc, np.rint, np.remainder),
    *(np.copysign, np.nextafter, np.spacing, np.frexp, np.ldexp, np.modf),
)
"""NumPy's functions that need no definition: instructions, or a few of them, give what NumPy gives."""

_FUNCTIONS: dict[str, Primitive] = {
    (record.numpy.__name__ if record.numpy in _EXACT else record.name): record
    for record in TABLE.values()
    if record.numpy in _EXACT or (record.definition is not None and (record.numpy or record.python))
}
"""What the library has, by name."""


def _operation(name: str) -> Callable[..., object]:
    """Return what stands for an operation that has no name elsewhere while its kernel is made."""

    def operation(*numbers: object) -> object:
        raise TypeError(f"{name} stands for an operation of kernels")

    operation.__name__ = operation.__qualname__ = name
    operation.__module__ = __name__
    return operation


def _loops(record: Primitive) -> list[str]:
    """Return the types of a function's loops, the narrowest first."""
    if record.numpy is not None:
        known = set(f"{_REAL}{_COMPLEX}il->")
        return [types for types in record.numpy.types if types[0] in _REAL + _COMPLEX and known.issuperset(types)]
    outputs = len(record.rule((float64,)).results)
    return [f"{code}->{code * outputs}" for code in _REAL]


def _spelling(record: Primitive) -> str:
    """Return what a kernel in this module calls a function: NumPy's name, or its own where NumPy has none."""
    return f"np.{record.numpy.__name__}" if record.numpy is not None else record.name


def _made(name: str) -> np.ufunc:
    """Make one function: a kernel that does nothing else."""
    record, loops = _FUNCTIONS[name], _loops(_FUNCTIONS[name])
    parameters = ", ".join("xyz"[: loops[0].index("->")])
    text = f"def {name}({parameters}):\n    return {_spelling(record)}({parameters})\n"
    names: dict[str, Any] = {"np": np, "__name__": __name__}
    if name == _spelling(record):
        # the kernel is found by its name only once it is made: until then the name means the operation
        names[name] = globals()[name] = _operation(name)
        text = text.replace(f"def {name}(", "def kernel(")
    exec(text, names)
    plain = names[name if f"def {name}(" in text else "kernel"]
    # what it computes is the same in a process whose kernels are plain Python: most names have no other meaning
    with config.options(disable_jit=False, debug=False):
        kernel: np.ufunc = ufunc(plain, types=loops, name=name, doc=record.doc, source=text)
    globals()[name] = kernel
    return kernel


def __getattr__(name: str) -> np.ufunc:
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _made(name)


def __dir__() -> list[str]:
    return sorted(_FUNCTIONS)
