"""`cobra.policy`: another policy for all kernels that a block calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cobra.errors import InvalidOption
from cobra.ufunc.kernel import follow_policies
from cobra.ufunc.policies import PARALLEL, check_number, check_policy


@contextmanager
def policy(name: str, *, num_threads: int | None = None) -> Iterator[None]:
    """Run the kernels that a block calls by another policy, in this thread or task only.

    Parameters
    ----------
    name
        ``"parallel"``: large calls are shared among threads. ``"vectorized"``: calls run in the thread that makes them.
    num_threads
        At most so many threads. Without it a parallel kernel keeps its own number, and others get all there are.

    Raises
    ------
    InvalidOption
        For a policy or a number that cannot be.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> @cobra.ufunc
    ... def root(x: float) -> float:
    ...     return np.sqrt(x)
    >>> with cobra.policy("parallel", num_threads=4):
    ...     roots = root(np.full(1_000_000, 4.0))
    >>> print(roots.min(), roots.max())
    2.0 2.0
    """
    value = thread_number(name, num_threads)
    from cobra.runtime.thread_pool import the_pool, thread_policy

    pool = the_pool()
    if pool is None:  # nothing but the calling thread runs kernels here
        yield
        return
    follow_policies()
    pool.count_block(1)
    token = thread_policy.set(value)
    try:
        yield
    finally:
        thread_policy.reset(token)
        pool.count_block(-1)


def thread_number(name: str, num_threads: int | None) -> int:
    """Return what loops are told about threads; raise `InvalidOption` for what cannot be."""
    from cobra.runtime.thread_pool import ANY_NUMBER

    if check_policy(name) == PARALLEL:
        return ANY_NUMBER if num_threads is None else check_number(num_threads)
    if num_threads is not None:
        raise InvalidOption(f"num_threads={num_threads} says nothing with policy={name!r}", hint=f'Write policy="{PARALLEL}".')
    return 1
