"""Array memory that is kept and used again: pools for the data of NumPy's own arrays.

A fresh result of 40 MB costs some ten thousand page faults, more time than computing it. Inside ``with cobra.memory.pool():``
the memory of arrays that are gone serves the next ones, so only the first result pays. All of NumPy allocates from the pool
there, not only Cobra's kernels.

Examples
--------
>>> import cobra, numpy as np
>>> with cobra.memory.pool(limit=256 << 20) as pool:
...     for step in range(3):
...         x = np.full(5_000_000, 1.0)
...         del x
...     pool.stats().peak_mapped < 2 * 40_000_000
True
"""

from __future__ import annotations

from cobra.memory import numpy_handler
from cobra.memory.pools import DEFAULT_LIMIT, Pool, Stats, make_pool, pool_in_force

__all__ = ["Pool", "Stats", "pool", "stats", "trim", "use_numpy", "use_pool"]

_of_process: list[Pool] = []


def pool(*, limit: int = DEFAULT_LIMIT, huge_pages: bool = True) -> Pool:
    """Make a pool, for use in ``with`` blocks.

    Parameters
    ----------
    limit
        The most bytes of free memory that are kept; more goes back to the system at once.
    huge_pages
        Ask for pages of 2 MiB for arrays of 4 MiB and more, where the system allows it.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> with cobra.memory.pool():
    ...     x = np.ones(3)
    >>> x.ctypes.data % 64, x + 1  # it outlives the block; its sum comes from NumPy's own allocator
    (0, array([2., 2., 2.]))
    """
    return make_pool(limit, huge_pages)


def use_pool(*, limit: int | None = None, huge_pages: bool | None = None) -> Pool:
    """Have this process take the memory of its arrays from one pool, from now on.

    That holds in this thread or task at once, and in all threads that have chosen nothing themselves. Calling it again changes
    the options that are given, and chooses the pool where it is called.

    Parameters
    ----------
    limit
        The most bytes of free memory that are kept: 1 GiB at first.
    huge_pages
        Ask for pages of 2 MiB for arrays of 4 MiB and more, where the system allows it: at first yes.

    Examples
    --------
    >>> import cobra
    >>> pool = cobra.memory.use_pool(limit=256 << 20)
    >>> pool.is_in_force, cobra.memory.stats().limit
    (True, 268435456)
    >>> cobra.memory.use_numpy()
    """
    if _of_process:
        _of_process[0].configure(limit, huge_pages)
    else:
        _of_process.append(make_pool(DEFAULT_LIMIT if limit is None else limit, True if huge_pages is None else huge_pages))
    _of_process[0].use_here()
    _of_process[0].use_by_default()
    return _of_process[0]


def use_numpy() -> None:
    """Have NumPy allocate again itself, here and wherever nothing else was chosen, and return what is free in the process's pool.

    Examples
    --------
    >>> import cobra
    >>> pool = cobra.memory.use_pool()
    >>> cobra.memory.use_numpy()
    >>> pool.is_in_force
    False
    """
    numpy_handler.set_default(numpy_handler.numpy_handler())
    numpy_handler.variable().set(numpy_handler.numpy_handler())
    for each in _of_process:
        each.trim()


def stats() -> Stats:
    """Return what the pool that is in force here holds and has done: zeros where none is.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> with cobra.memory.pool():
    ...     x = np.zeros(100)
    ...     cobra.memory.stats().arrays
    1
    >>> cobra.memory.stats().mapped
    0
    """
    found = pool_in_force()
    return found.stats() if found is not None else Stats()


def trim() -> int:
    """Return the free memory of the pool that is in force here to the system, and the number of bytes it was.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> with cobra.memory.pool():
    ...     x = np.ones(10**6)
    ...     del x
    ...     cobra.memory.trim() > 8 * 10**6
    True
    """
    found = pool_in_force()
    return found.trim() if found is not None else 0
