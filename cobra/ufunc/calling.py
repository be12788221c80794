"""`cobra.call`: one call of a kernel by another policy. What that takes is imported when it is first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call(kernel: Callable[..., Any], /, *operands: Any, policy: str | None = None, num_threads: int | None = None, **keywords: Any) -> Any:
    """Call a kernel by another policy.

    Unlike a plain call of a parallel kernel, this shares the work among threads also where operands are broadcast or cast, which
    NumPy does in pieces that are too small for it. The results are those of the plain call.

    Parameters
    ----------
    kernel
        A kernel of Cobra's; or the method ``reduce`` of one: sums, products, `np.maximum` and `np.minimum` of floats along an axis are
        then made in one native call, where NumPy calls the kernel's loop for every row.
    operands, keywords
        What the call takes: ``out``, ``where``, ``dtype``, ``casting``, ``axes`` and so on.
    policy
        ``"parallel"`` or ``"vectorized"``; without it the kernel's own, or that of an enclosing `policy` block.
    num_threads
        At most so many threads.

    Returns
    -------
    numpy.ndarray or scalar or tuple
        What ``kernel(*operands, **keywords)`` returns.

    Raises
    ------
    InvalidCall
        When the kernel is none of Cobra's.
    InvalidOption
        For a policy or a number that cannot be.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> @cobra.ufunc
    ... def distance(x: float, y: float) -> float:
    ...     return np.sqrt(x * x + y * y)
    >>> x, y = np.arange(4.0), np.arange(5.0)[:, np.newaxis]
    >>> cobra.call(distance, x, y, policy="parallel").shape
    (5, 4)
    >>> plus = cobra.ufunc(lambda a, b: a + b, types="dd->d", identity=0)
    >>> cobra.call(plus.reduce, np.ones((3, 4)), axis=1)
    array([4., 4., 4.])
    """
    from cobra.ufunc.reduction_call import call_reduction, reduced_kernel

    reduced = reduced_kernel(kernel)
    if reduced is not None:
        return call_reduction(reduced, operands, keywords, policy, num_threads)
    from cobra.ufunc.parallel_call import PolicyCall

    return PolicyCall(kernel, policy, num_threads).make(operands, keywords)
