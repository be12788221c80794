"""`cobra.call`: one call of a kernel by another policy. What that takes is imported when it is first called."""

from __future__ import annotations

from typing import Any

import numpy as np


def call(kernel: np.ufunc, /, *operands: Any, policy: str | None = None, num_threads: int | None = None, **keywords: Any) -> Any:
    """Call a kernel by another policy.

    Unlike a plain call of a parallel kernel, this shares the work among threads also where operands are broadcast or cast, which
    NumPy does in pieces that are too small for it. The results are those of the plain call.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
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
    """
    from cobra.ufunc.parallel_call import PolicyCall

    return PolicyCall(kernel, policy, num_threads).make(operands, keywords)
