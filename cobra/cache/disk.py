"""The cache on disk: a content-addressed store of bytes, one file per key, shared by any number of processes.

A failure never reaches the caller: whatever is wrong with disk, directory or entry, reading gives None, writing gives False,
the kernel is compiled as if there were no cache, and the logger ``cobra`` gets a debug event. Entries are written to a
temporary file and renamed, so that a reader sees all of an entry or nothing of it.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

from cobra import config
from cobra.cache import eviction, frame
from cobra.cache.safety import Untrusted, check_directory, check_owned, make_directory

if TYPE_CHECKING:
    from cobra.cache.statistics import CacheStats

_CLOSED = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
# without O_NONBLOCK a FIFO in the place of an entry would stop the process
_READ = os.O_RDONLY | _CLOSED | getattr(os, "O_NONBLOCK", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSED
_KEY_CHARACTERS = frozenset("0123456789abcdef")


class DiskCache:
    """A store of bytes under keys of 64 hexadecimal digits, as `cobra.cache.keys.digest` makes them."""

    def __init__(self, directory: str | os.PathLike[str], limit: int) -> None:
        self.directory = os.path.abspath(os.fspath(directory))
        self.limit = limit
        self._hits = self._misses = self._writes = 0
        self._unswept: int | None = None

    def read(self, key: str) -> bytes | None:
        """Return the bytes stored under a key, or None when there are none that can be trusted."""
        path = self._path(key)
        try:
            check_directory(self.directory)
            payload = frame.unpack(key, self._content(path))
        except FileNotFoundError:
            payload = None
        except (OSError, ValueError) as failure:
            report("entry %s cannot be used: %s", path, failure)
            payload = None
        if payload is None:
            self._misses += 1
        else:
            self._hits += 1
        return payload

    def write(self, key: str, payload: bytes) -> bool:
        """Store bytes under a key, in the place of any earlier ones, and tell whether that worked."""
        path = self._path(key)
        entry = frame.pack(key, payload)
        try:
            if len(entry) > self.limit:
                raise ValueError(f"{len(entry)} bytes are more than all of the cache may take")
            make_directory(self.directory)
            check_directory(self.directory)
            self._replace(path, entry)
            self._sweep_after(len(entry))
        except (OSError, ValueError) as failure:
            report("entry %s cannot be written: %s", path, failure)
            return False
        self._writes += 1
        return True

    def clear(self) -> int:
        """Remove all entries and return how many there were."""
        try:
            check_directory(self.directory)
            return eviction.remove_all(self.directory)
        except (OSError, ValueError) as failure:
            report("cache %s cannot be cleared: %s", self.directory, failure)
            return 0

    def stats(self) -> CacheStats:
        """Return what lies in the directory and how often this object has read and written."""
        from cobra.cache.statistics import CacheStats

        try:
            sizes = [entry.size for entry in eviction.entries(self.directory)]
        except (OSError, ValueError):
            sizes = []
        return CacheStats(self.directory, len(sizes), sum(sizes), self._hits, self._misses, self._writes)

    def _path(self, key: str) -> str:
        if len(key) != 64 or not _KEY_CHARACTERS.issuperset(key):
            raise ValueError(f"a key is 64 hexadecimal digits, not {key!r}")
        return f"{self.directory}{os.sep}{key}{eviction.SUFFIX}"

    def _content(self, path: str) -> bytes:
        descriptor = os.open(path, _READ)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Untrusted(f"{path} is not a file")
            check_owned(status, path)
            if status.st_size > self.limit:
                raise frame.BadEntry("it is larger than the cache may be")
            content = os.read(descriptor, status.st_size + 1)
            _renew(descriptor if os.utime in os.supports_fd else path, status.st_mtime)
            return content
        finally:
            os.close(descriptor)

    def _replace(self, path: str, entry: bytes) -> None:
        temporary = f"{self.directory}{os.sep}.{os.urandom(8).hex()}{eviction.TEMPORARY_SUFFIX}"
        descriptor = os.open(temporary, _CREATE, 0o600)
        try:
            try:
                _write_all(descriptor, entry)
            finally:
                os.close(descriptor)
            os.replace(temporary, path)
        except BaseException:
            _discard(temporary)
            raise

    def _sweep_after(self, written: int) -> None:
        first = self._unswept is None
        self._unswept = (self._unswept or 0) + written
        if self._unswept > self.limit // 16 or (first and eviction.is_due(self.directory)):
            eviction.sweep(self.directory, self.limit)
            self._unswept = 0


def _renew(file: int | str, used: float) -> None:
    if abs(time.time() - used) > eviction.DAY:
        try:
            os.utime(file)
        except OSError as failure:
            report("the time of last use cannot be set: %s", failure)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError as failure:
        report("temporary file %s stays behind: %s", path, failure)


def report(message: str, *values: object) -> None:
    """Tell the logger ``cobra`` of something that went wrong without harm."""
    # nobody can listen before the module is loaded, and loading it takes longer than reading an entry
    if "logging" in sys.modules:
        sys.modules["logging"].getLogger("cobra").debug(message, *values)


@cache
def _opened(directory: str, limit: int) -> DiskCache:
    return DiskCache(directory, limit)


def default() -> DiskCache | None:
    """Return the cache that the settings ask for, or None when they ask for none or there is no place for one."""
    settings = config.current()
    directory = settings.cache_directory if settings.cache_enabled else None
    return None if directory is None else _opened(directory, settings.cache_limit)
