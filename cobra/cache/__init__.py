"""Compiled kernels on disk: what a user may ask of the cache.

Where it lies and how large it may grow is said by COBRA_CACHE_DIR and COBRA_CACHE_LIMIT; COBRA_CACHE=0 switches it off
(`cobra.config`). Everything inside is imported on first use: a program whose kernels are all loaded never needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cobra.cache.statistics import CacheStats


def clear() -> int:
    """Remove all compiled kernels from the disk cache and return how many there were.

    Kernels that this process has loaded keep working.

    Examples
    --------
    >>> import tempfile, cobra.cache, cobra.config
    >>> with tempfile.TemporaryDirectory() as folder, cobra.config.options(cache_dir=folder):
    ...     cobra.cache.clear()
    0
    """
    from cobra.cache.disk import default

    disk = default()
    return 0 if disk is None else disk.clear()


def stats() -> CacheStats:
    """Return what lies in the disk cache and how often this process found what it looked for.

    Examples
    --------
    >>> import tempfile, cobra.cache, cobra.config
    >>> with tempfile.TemporaryDirectory() as folder, cobra.config.options(cache_dir=folder):
    ...     found = cobra.cache.stats()
    >>> found.entries, found.bytes, found.hits
    (0, 0, 0)
    """
    from cobra.cache.disk import default
    from cobra.cache.statistics import CacheStats

    disk = default()
    return CacheStats() if disk is None else disk.stats()
