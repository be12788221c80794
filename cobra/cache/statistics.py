"""The numbers the cache tells about itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What lies in the cache, and what this process did with it."""

    directory: str | None = None
    """Where it is, or None when there is no disk cache."""
    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    writes: int = 0
