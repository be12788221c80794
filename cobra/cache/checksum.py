"""SHA-256 without the 4 ms that loading OpenSSL through `hashlib` takes: Python's own implementation where it has one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast


class _Hash(Protocol):
    def digest(self) -> bytes: ...


def _find() -> Callable[[bytes], _Hash]:
    # OpenSSL is the faster one per byte, so it is taken when somebody has loaded it already
    preferred = ("hashlib",) if "hashlib" in sys.modules else ("_sha2", "_sha256", "hashlib")
    for name in preferred:
        try:
            return cast(Callable[[bytes], _Hash], import_module(name).sha256)
        except ImportError:
            continue
    raise ImportError("this Python has no SHA-256")


_new = _find()


def sha256(content: bytes) -> bytes:
    """Return the 32 bytes of the SHA-256 of some bytes."""
    return _new(content).digest()
