"""Pickle kernels by content.

NumPy pickles every ufunc by name, which loses kernels that no module holds. A chained reducer sends the specification of
Cobra's kernels and leaves all other ufuncs to the reducer that was there before. The module is imported for that effect.
"""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np

from cobra.ufunc.kernel import kernel_of, rebuild

_previous = copyreg.dispatch_table.get(np.ufunc)


def _reduce(ufunc: np.ufunc) -> Any:
    kernel = kernel_of(ufunc)
    if kernel is not None:
        return rebuild, (kernel.spec,)
    return _previous(ufunc) if _previous is not None else ufunc.__name__


copyreg.pickle(np.ufunc, _reduce)
