"""Whom the cache trusts: entries are code, so only what this user (or root) wrote, and nobody else can write, is used."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

_HAS_OWNERS = hasattr(os, "geteuid")


class Untrusted(OSError):
    """A file or directory that another user owns or can write to, or that is not of the right kind."""


def check_owned(status: os.stat_result, path: str) -> None:
    """Raise `Untrusted` if somebody else owns it or may write to it."""
    if not _HAS_OWNERS:
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise Untrusted(f"{path} belongs to another user")
    if not stat.S_ISLNK(status.st_mode) and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Untrusted(f"others may write to {path}")


def check_directory(path: str) -> None:
    """Raise an `OSError` unless the cache may live in this directory; a link to it must be one's own."""
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        check_owned(status, path)
        status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise Untrusted(f"{path} is not a directory")
    check_owned(status, path)


def make_directory(path: str) -> None:
    """Make a directory and its missing parents for this user alone."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        parent = os.path.dirname(path)
        if parent == path:
            raise
        make_directory(parent)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
