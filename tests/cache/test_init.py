"""What users may ask of the cache."""

from __future__ import annotations

import doctest
from pathlib import Path

import cobra.cache
from cobra import config
from cobra.cache import disk
from cobra.cache.keys import digest
from cobra.cache.statistics import CacheStats


def test_stats_and_clear_work_on_the_configured_cache(tmp_path: Path) -> None:
    with config.options(cache_dir=tmp_path / "kernels", cache_enabled=True):
        assert cobra.cache.stats() == CacheStats(str(tmp_path / "kernels"))
        cache = disk.default()
        assert cache is not None and cache.write(digest("a"), b"code")
        assert cobra.cache.stats().entries == 1
        assert cobra.cache.clear() == 1
        assert cobra.cache.stats().entries == 0


def test_switched_off_cache_is_empty() -> None:
    with config.options(cache_enabled=False):
        assert cobra.cache.stats() == CacheStats()
        assert cobra.cache.clear() == 0


def test_examples_run() -> None:
    with config.options(cache_enabled=True):
        assert doctest.testmod(cobra.cache).failed == 0
