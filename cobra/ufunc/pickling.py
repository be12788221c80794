"""Pickle kernels by content.

NumPy pickles every ufunc by name, which loses kernels that no module holds. A chained reducer sends the specification of Cobra's
kernels and leaves all other ufuncs to the reducer that was there before.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable

import numpy as np

from cobra.compiler.spec import KernelSpec
from cobra.ufunc.kernel import intern, kernel_of

_Reduced = str | tuple[object, ...]
_previous: Callable[[np.ufunc], _Reduced] | None = copyreg.dispatch_table.get(np.ufunc)


def rebuild(spec: KernelSpec) -> np.ufunc:
    """Return the kernel of a specification: the same object each time in one process."""
    return intern(spec)


def _reduce(ufunc: np.ufunc) -> _Reduced:
    kernel = kernel_of(ufunc)
    if kernel is not None:
        return rebuild, (kernel.spec,)
    return _previous(ufunc) if _previous is not None else ufunc.__name__


copyreg.pickle(np.ufunc, _reduce)
