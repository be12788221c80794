"""The store: what was written comes back, and nothing that goes wrong with the disk is ever seen by the caller."""

from __future__ import annotations

import errno
import logging
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cobra import config
from cobra.cache import disk, eviction
from cobra.cache.disk import DiskCache
from cobra.cache.frame import pack
from cobra.cache.keys import digest

KEY, OTHER = digest("one"), digest("another")
PAYLOAD = bytes(range(256)) * 4
NOBODY = 65534

is_posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners and modes are of POSIX")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act for others")


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "kernels", 1 << 20)


def entry_path(cache: DiskCache, key: str = KEY) -> Path:
    return Path(cache.directory) / f"{key}.cobra"


def left_behind(cache: DiskCache) -> list[str]:
    return [name for name in os.listdir(cache.directory) if name.endswith(".tmp")]


@pytest.mark.parametrize("payload", [b"", b"x", PAYLOAD])
def test_what_was_written_comes_back(cache: DiskCache, payload: bytes) -> None:
    assert cache.read(KEY) is None
    assert cache.write(KEY, payload)
    assert cache.read(KEY) == payload
    assert DiskCache(cache.directory, 1 << 20).read(KEY) == payload
    assert cache.read(OTHER) is None
    assert not left_behind(cache)


def test_later_payload_replaces_earlier_one(cache: DiskCache) -> None:
    assert cache.write(KEY, b"old") and cache.write(KEY, b"new")
    assert cache.read(KEY) == b"new"


@pytest.mark.parametrize("key", ["", "abc", "../" + "a" * 61, "A" * 64, "a" * 63, "a" * 65, "a" * 63 + "\n", "g" * 64])
def test_malformed_key_is_the_caller_s_mistake(cache: DiskCache, key: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        cache.read(key)
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        cache.write(key, b"")


def test_every_truncation_is_a_miss(cache: DiskCache) -> None:
    cache.write(KEY, b"some code")
    entry = entry_path(cache).read_bytes()
    for length in range(len(entry)):
        entry_path(cache).write_bytes(entry[:length])
        assert cache.read(KEY) is None, length
    assert cache.write(KEY, PAYLOAD) and cache.read(KEY) == PAYLOAD


def test_random_flips_are_misses(cache: DiskCache) -> None:
    cache.write(KEY, PAYLOAD)
    entry, generator = entry_path(cache).read_bytes(), random.Random(4)
    for _ in range(200):
        damaged = bytearray(entry)
        damaged[generator.randrange(len(entry))] ^= 1 << generator.randrange(8)
        entry_path(cache).write_bytes(damaged)
        assert cache.read(KEY) is None


def swap(cache: DiskCache) -> None:
    entry_path(cache).write_bytes(pack(OTHER, PAYLOAD))


def empty(cache: DiskCache) -> None:
    entry_path(cache).write_bytes(b"")


def pickled_attack(cache: DiskCache) -> None:
    entry_path(cache).write_bytes(b"cposix\nsystem\n(S'touch /attacked'\ntR.")


def directory(cache: DiskCache) -> None:
    entry_path(cache).unlink()
    (entry_path(cache) / "inner").mkdir(parents=True)


def fifo(cache: DiskCache) -> None:
    entry_path(cache).unlink()
    os.mkfifo(entry_path(cache))


def symlink(cache: DiskCache) -> None:
    entry_path(cache).rename(Path(cache.directory) / "moved")
    entry_path(cache).symlink_to("moved")


def dangling_symlink(cache: DiskCache) -> None:
    entry_path(cache).unlink()
    entry_path(cache).symlink_to("nowhere")


def writable_by_all(cache: DiskCache) -> None:
    entry_path(cache).chmod(0o666)


def writable_by_group(cache: DiskCache) -> None:
    entry_path(cache).chmod(0o620)


def sparse_giant(cache: DiskCache) -> None:
    os.truncate(entry_path(cache), 1 << 40)


def directory_writable_by_all(cache: DiskCache) -> None:
    os.chmod(cache.directory, 0o777)


def directory_writable_by_group(cache: DiskCache) -> None:
    os.chmod(cache.directory, 0o770)


ENTRY_TROUBLE = [swap, empty, pickled_attack, fifo, symlink, dangling_symlink, writable_by_all, writable_by_group, sparse_giant]
DIRECTORY_TROUBLE = [directory_writable_by_all, directory_writable_by_group]


@is_posix
@pytest.mark.parametrize("spoil", [*ENTRY_TROUBLE, directory, *DIRECTORY_TROUBLE], ids=lambda spoil: spoil.__name__)
def test_spoilt_entry_is_a_miss_and_is_reported(
    cache: DiskCache, spoil: Callable[[DiskCache], None], caplog: pytest.LogCaptureFixture
) -> None:
    cache.write(KEY, PAYLOAD)
    spoil(cache)
    with caplog.at_level(logging.DEBUG, "cobra"):
        assert cache.read(KEY) is None
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


@is_posix
@pytest.mark.parametrize("spoil", ENTRY_TROUBLE, ids=lambda spoil: spoil.__name__)
def test_spoilt_entry_is_replaced(cache: DiskCache, spoil: Callable[[DiskCache], None]) -> None:
    cache.write(KEY, PAYLOAD)
    spoil(cache)
    assert cache.write(KEY, b"again")
    assert cache.read(KEY) == b"again"
    assert not entry_path(cache).is_symlink()


@is_posix
@pytest.mark.parametrize("spoil", [directory, *DIRECTORY_TROUBLE], ids=lambda spoil: spoil.__name__)
def test_nothing_is_written_where_it_could_not_be_trusted(cache: DiskCache, spoil: Callable[[DiskCache], None]) -> None:
    cache.write(KEY, PAYLOAD)
    spoil(cache)
    assert not cache.write(KEY, b"again")
    assert not left_behind(cache)


def test_plain_miss_is_not_reported(cache: DiskCache, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cobra"):
        assert cache.read(KEY) is None
    assert not caplog.records


@is_posix
def test_symlink_does_not_lead_a_write_elsewhere(cache: DiskCache, tmp_path: Path) -> None:
    cache.write(OTHER, b"")
    entry_path(cache).symlink_to(tmp_path / "victim")
    assert cache.write(KEY, PAYLOAD)
    assert not (tmp_path / "victim").exists()


@is_posix
def test_own_link_to_the_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "big disk").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "big disk")
    cache = DiskCache(tmp_path / "link", 1 << 20)
    assert cache.write(KEY, PAYLOAD) and cache.read(KEY) == PAYLOAD


@is_posix
def test_owner_matters_for_entries_and_directories(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(KEY, PAYLOAD)
    if os.geteuid() != 0:
        someone_else = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: someone_else)
        assert cache.read(KEY) is None and not cache.write(KEY, PAYLOAD) and cache.clear() == 0
        return
    os.chown(entry_path(cache), NOBODY, -1)
    assert cache.read(KEY) is None
    os.chown(entry_path(cache), 0, -1)
    assert cache.read(KEY) == PAYLOAD
    os.chown(cache.directory, NOBODY, -1)
    assert cache.read(KEY) is None and not cache.write(KEY, PAYLOAD) and cache.clear() == 0


@as_root
def test_foreign_link_to_the_directory_is_refused(cache: DiskCache, tmp_path: Path) -> None:
    cache.write(KEY, PAYLOAD)
    link = tmp_path / "link"
    link.symlink_to(cache.directory)
    os.chown(link, NOBODY, -1, follow_symlinks=False)
    assert DiskCache(link, 1 << 20).read(KEY) is None


@pytest.fixture
def public_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_unwritable_directory_of_root_serves_readers(public_folder: Path) -> None:
    cache = DiskCache(public_folder / "kernels", 1 << 20)
    cache.write(KEY, PAYLOAD)
    os.chmod(cache.directory, 0o755)
    entry_path(cache).chmod(0o644)
    os.seteuid(NOBODY)
    try:
        outcome = cache.read(KEY), cache.write(OTHER, PAYLOAD), cache.clear()
        closed = DiskCache(public_folder / "new", 1 << 20).write(KEY, PAYLOAD)
    finally:
        os.seteuid(0)
    assert outcome == (PAYLOAD, False, 0) and not closed
    assert cache.read(KEY) == PAYLOAD


@is_posix
@pytest.mark.parametrize(
    "place", ["/proc/self/cobra", "/dev/null/cobra", "/dev/null", "x" * 300, "y" * 150 + "/z" * 3000, "\udcff\0"]
)
def test_impossible_directory(place: str, tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / place, 1 << 20)
    assert not cache.write(KEY, PAYLOAD)
    assert cache.read(KEY) is None
    assert (cache.clear(), cache.stats().entries) == (0, 0)


@pytest.mark.parametrize("place", ["d" * 200 + "/" + "e" * 200, "目録/naïve cœur", "a/b/c", " "])
def test_unusual_directory(place: str, tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / place, 1 << 20)
    assert cache.write(KEY, PAYLOAD) and cache.read(KEY) == PAYLOAD


@is_posix
def test_directory_name_that_is_not_text(tmp_path: Path) -> None:
    cache = DiskCache(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"), 1 << 20)
    assert cache.write(KEY, PAYLOAD) and cache.read(KEY) == PAYLOAD


def test_removed_directory_is_made_again(cache: DiskCache) -> None:
    cache.write(KEY, PAYLOAD)
    shutil.rmtree(cache.directory)
    assert cache.read(KEY) is None
    assert cache.write(KEY, PAYLOAD) and cache.read(KEY) == PAYLOAD


@is_posix
def test_dangling_link_above_the_directory(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert not DiskCache(tmp_path / "gone" / "kernels", 1 << 20).write(KEY, PAYLOAD)
    assert not DiskCache(tmp_path / "gone", 1 << 20).write(KEY, PAYLOAD)


@is_posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_made_is_private(tmp_path: Path, umask: int) -> None:
    cache = DiskCache(tmp_path / "parent" / "kernels", 1 << 20)
    before = os.umask(umask)
    try:
        cache.write(KEY, PAYLOAD)
    finally:
        os.umask(before)
    for path in (tmp_path / "parent", tmp_path / "parent" / "kernels", entry_path(cache)):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("function", ["open", "write", "close", "replace"])
def test_failing_disk_is_a_write_that_did_not_happen(
    cache: DiskCache, function: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write(KEY, b"old")
    real = getattr(os, function)

    def fail(*arguments: object, **options: object) -> None:
        if function == "close":
            real(*arguments, **options)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail)
        assert not cache.write(KEY, PAYLOAD)
    assert cache.read(KEY) == b"old"
    assert not left_behind(cache)


def test_short_writes_are_continued(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:100]))
    assert cache.write(KEY, PAYLOAD)
    assert cache.read(KEY) == PAYLOAD


def test_interrupted_write_leaves_nothing(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(OTHER, b"")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            cache.write(KEY, PAYLOAD)
    assert cache.read(KEY) is None and not left_behind(cache)


def test_failing_read_is_a_miss(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(KEY, PAYLOAD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "read", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "bad disk")))
        assert cache.read(KEY) is None
    assert cache.read(KEY) == PAYLOAD


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files through /proc")
def test_no_file_stays_open(cache: DiskCache) -> None:
    cache.write(KEY, PAYLOAD)
    before = len(os.listdir("/proc/self/fd"))
    for spoil in (empty, fifo, directory):
        cache.write(KEY, PAYLOAD)
        spoil(cache)
        cache.read(KEY)
        cache.write(KEY, PAYLOAD)
        if spoil is not directory:
            entry_path(cache).unlink()
            cache.write(KEY, PAYLOAD)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("age", "is_renewed"), [(0, False), (eviction.HOUR, False), (2 * eviction.DAY, True), (-2 * eviction.DAY, True)]
)
def test_reading_renews_the_time_once_a_day(cache: DiskCache, age: float, is_renewed: bool) -> None:
    cache.write(KEY, PAYLOAD)
    used = time.time() - age
    os.utime(entry_path(cache), (used, used))
    assert cache.read(KEY) == PAYLOAD
    renewed = abs(entry_path(cache).stat().st_mtime - used) > 1
    assert renewed == is_renewed
    if is_renewed:
        assert abs(entry_path(cache).stat().st_mtime - time.time()) < 60


def test_failure_to_renew_is_no_miss(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(KEY, PAYLOAD)
    os.utime(entry_path(cache), (1, 1))
    monkeypatch.setattr(os, "utime", lambda *_, **__: (_ for _ in ()).throw(PermissionError))
    assert cache.read(KEY) == PAYLOAD


def test_statistics(cache: DiskCache) -> None:
    cache.read(KEY)
    cache.write(KEY, PAYLOAD)
    cache.read(KEY)
    cache.read(KEY)
    stats = cache.stats()
    assert (stats.directory, stats.entries, stats.hits, stats.misses, stats.writes) == (cache.directory, 1, 2, 1, 1)
    assert stats.bytes == entry_path(cache).stat().st_size


def test_clear_removes_entries_and_only_those(cache: DiskCache) -> None:
    for text in "abc":
        cache.write(digest(text), PAYLOAD)
    (Path(cache.directory) / "precious.txt").write_text("mine")
    assert cache.clear() == 3
    assert cache.read(digest("a")) is None and cache.stats().entries == 0
    assert (Path(cache.directory) / "precious.txt").read_text() == "mine"
    assert cache.clear() == 0


def test_entry_larger_than_the_limit_is_not_written(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "kernels", 500)
    assert not cache.write(KEY, PAYLOAD)
    assert cache.write(KEY, b"small") and cache.read(KEY) == b"small"
    assert not DiskCache(tmp_path / "none", 0).write(KEY, b"")


def test_default_follows_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with config.options(cache_dir=tmp_path, cache_limit="3M", cache_enabled=True):
        cache = disk.default()
        assert cache is not None and (cache.directory, cache.limit) == (str(tmp_path), 3 << 20)
        assert disk.default() is cache
        with config.options(cache_enabled=False):
            assert disk.default() is None
    monkeypatch.setattr(config, "_platform_cache_directory", lambda: None)
    with config.options(cache_dir=None, cache_enabled=True):
        assert disk.default() is None
