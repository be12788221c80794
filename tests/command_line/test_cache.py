"""``python -m cobra cache``."""

from __future__ import annotations

import pytest

import cobra
from cobra.command_line.main import main


@pytest.fixture
def folder(tmp_path):
    with cobra.config.options(cache_dir=str(tmp_path / "cache"), cache_enabled=True):
        yield tmp_path / "cache"


def test_path(folder, capsys):
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"


def test_stats_and_clear_count_what_kernels_leave(folder, capsys):
    assert cobra.ufunc(lambda x: x * 7.25, types=["d->d"])(2.0) == 14.5
    entries = cobra.cache.stats().entries
    assert entries > 0
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.startswith(f"{entries} entries, ")
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"removed {entries} entries\n"
    assert cobra.cache.stats().entries == 0


def test_without_a_cache_it_says_so(capsys):
    with cobra.config.options(cache_enabled=False):
        assert main(["cache", "clear"]) == 2
    assert "COBRA_CACHE" in capsys.readouterr().err
