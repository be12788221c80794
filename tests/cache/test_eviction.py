"""The limit: the entries unused for the longest time go, others stay, left-over files go."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from cobra.cache import eviction
from cobra.cache.disk import DiskCache
from cobra.cache.frame import OVERHEAD
from cobra.cache.keys import digest

PAYLOAD = bytes(1000 - OVERHEAD)


def fill(cache: DiskCache, names: str) -> None:
    for age, name in enumerate(reversed(names)):
        assert cache.write(digest(name), PAYLOAD)
        used = time.time() - 60 * age
        os.utime(Path(cache.directory) / f"{digest(name)}.cobra", (used, used))


def kept(cache: DiskCache, names: str) -> str:
    return "".join(name for name in names if (Path(cache.directory) / f"{digest(name)}.cobra").exists())


def test_oldest_entries_go_first(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abcdefghij")
    eviction.sweep(str(tmp_path), 5000)
    assert kept(cache, "abcdefghij") == "ghij"
    assert cache.stats().bytes <= 4500


def test_nothing_goes_within_the_limit(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abc")
    eviction.sweep(str(tmp_path), 3000)
    assert kept(cache, "abc") == "abc"


def test_time_in_the_far_future_does_not_protect(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abcd")
    future = time.time() + 30 * eviction.DAY
    os.utime(tmp_path / f"{digest('d')}.cobra", (future, future))
    eviction.sweep(str(tmp_path), 3500)
    assert kept(cache, "abcd") == "abc"


def test_writing_keeps_to_the_limit(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 20_000)
    for number in range(100):
        assert cache.write(digest(str(number)), PAYLOAD)
        assert cache.stats().bytes <= 20_000 + 20_000 // 16 + 1000
    assert cache.read(digest("99")) == PAYLOAD


def test_reading_keeps_an_entry_alive(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abc")
    old = time.time() - 3 * eviction.DAY
    for name in "abc":
        os.utime(tmp_path / f"{digest(name)}.cobra", (old, old))
    assert cache.read(digest("a")) == PAYLOAD
    eviction.sweep(str(tmp_path), 1200)
    assert kept(cache, "abc") == "a"


@pytest.mark.parametrize(("age", "stays"), [(0, True), (0.9, True), (1.1, False), (-1.1, False)])
def test_left_over_temporary_files_go_after_an_hour(tmp_path: Path, age: float, stays: bool) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    path = tmp_path / ".0123456789abcdef.tmp"
    path.write_bytes(b"half an entry")
    then = time.time() - age * eviction.HOUR
    os.utime(path, (then, then))
    assert cache.write(digest("a"), PAYLOAD)
    assert path.exists() == stays


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    strangers = ["notes.txt", "x.tmp", ".hidden", "a" * 64, "a" * 63 + ".cobra", ".0123.tmp"]
    for name in strangers:
        (tmp_path / name).write_bytes(bytes(1000))
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / ("a" * 64 + ".cobra")).mkdir()
    eviction.sweep(str(tmp_path), 0)
    eviction.remove_all(str(tmp_path))
    assert set(os.listdir(tmp_path)) == {*strangers, "a" * 64 + ".cobra", ".swept"}


def test_sweeps_are_an_hour_apart_for_small_writers(tmp_path: Path) -> None:
    assert eviction.is_due(str(tmp_path))
    eviction.sweep(str(tmp_path), 1000)
    assert not eviction.is_due(str(tmp_path))
    for age in (-2, 2):
        then = time.time() - age * eviction.HOUR
        os.utime(tmp_path / ".swept", (then, then))
        assert eviction.is_due(str(tmp_path))


def test_concurrent_sweeps_do_not_disturb_each_other(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abcdefghijklmnopqrstuvwxyz")
    failures: list[BaseException] = []

    def sweep() -> None:
        try:
            eviction.sweep(str(tmp_path), 5000)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert cache.stats().bytes <= 5000


def test_eviction_of_a_read_only_directory_fails_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DiskCache(tmp_path, 1 << 20)
    fill(cache, "abc")
    monkeypatch.setattr(os, "unlink", lambda *_: (_ for _ in ()).throw(PermissionError))
    eviction.sweep(str(tmp_path), 0)
    assert eviction.remove_all(str(tmp_path)) == 0
    assert kept(cache, "abc") == "abc"
