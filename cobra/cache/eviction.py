"""Keep the cache directory within its limit: the entries unused for the longest time go first.

The time of last use is the file's modification time, which reading renews at most once a day. Several processes may sweep
at once; whoever finds an entry gone already just goes on.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

SUFFIX = ".cobra"
TEMPORARY_SUFFIX = ".tmp"
DAY, HOUR = 86400.0, 3600.0

_ENTRY = r"[0-9a-f]{64}\.cobra"
_TEMPORARY = r"\.[0-9a-f]{16}\.tmp"
_STAMP = ".swept"
_FILL = 0.9  # some air, or every further write would sweep again


class Entry(NamedTuple):
    """One entry's file."""

    path: str
    size: int
    used: float


def entries(directory: str) -> Iterator[Entry]:
    """Yield the entries of a cache directory."""
    yield from _files(directory, _ENTRY)


def _files(directory: str, pattern: str) -> Iterator[Entry]:
    with os.scandir(directory) as found:
        for item in found:
            if not re.fullmatch(pattern, item.name):
                continue
            with suppress(FileNotFoundError):
                status = item.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield Entry(item.path, status.st_size, status.st_mtime)


def is_due(directory: str) -> bool:
    """Tell whether nobody has swept for an hour."""
    try:
        swept = os.lstat(os.path.join(directory, _STAMP)).st_mtime
    except OSError:
        return True
    return abs(time.time() - swept) > HOUR


def sweep(directory: str, limit: int) -> None:
    """Remove left-over temporary files, and entries until the rest is well within `limit` bytes."""
    now = time.time()
    for file in list(_files(directory, _TEMPORARY)):
        if abs(now - file.used) > HOUR:
            _remove(file.path)
    found = list(entries(directory))
    excess = sum(entry.size for entry in found) - limit
    if excess > 0:
        _evict(found, excess + limit - int(limit * _FILL), now)
    _stamp(directory)


def _evict(found: list[Entry], excess: int, now: float) -> None:
    # a time in the future comes from a clock since put back: it says nothing, and must not last for ever
    oldest_first = sorted(found, key=lambda entry: entry.used if entry.used < now + DAY else 0.0)
    for entry in oldest_first:
        if excess <= 0:
            return
        _remove(entry.path)
        excess -= entry.size


def remove_all(directory: str) -> int:
    """Remove all entries and temporary files, and return how many entries there were."""
    removed = sum(_remove(entry.path) for entry in list(entries(directory)))
    for file in list(_files(directory, _TEMPORARY)):
        _remove(file.path)
    return removed


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _stamp(directory: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    with suppress(OSError):
        descriptor = os.open(os.path.join(directory, _STAMP), flags, 0o600)
        os.close(descriptor)
        os.utime(os.path.join(directory, _STAMP))
