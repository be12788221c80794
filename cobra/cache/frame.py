"""The form of one cache entry: a header that says what the bytes are, and the bytes.

Fields: magic, format version, key, length of the payload, SHA-256 of all before it and of the payload. Nothing is unpickled,
and nothing in the payload is looked at before the sum agrees: an entry is code.
"""

from __future__ import annotations

import struct

from cobra.cache.checksum import sha256

VERSION = 1
_MAGIC = b"\x7fCobra\r\n"
_HEADER = struct.Struct("<8sI32sQ")
_SUM_SIZE = 32
OVERHEAD = _HEADER.size + _SUM_SIZE
"""Bytes an entry has besides its payload."""


class BadEntry(ValueError):
    """These bytes are not the entry that was asked for."""


def pack(key: str, payload: bytes) -> bytes:
    """Return an entry."""
    header = _HEADER.pack(_MAGIC, VERSION, bytes.fromhex(key), len(payload))
    return header + sha256(header + payload) + payload


def unpack(key: str, entry: bytes) -> bytes:
    """Return the payload of an intact entry of this key; raise `BadEntry` for anything else."""
    if len(entry) < OVERHEAD:
        raise BadEntry("it is cut short")
    header, total, payload = entry[: _HEADER.size], entry[_HEADER.size : OVERHEAD], entry[OVERHEAD:]
    magic, version, owner, length = _HEADER.unpack(header)
    if magic != _MAGIC or version != VERSION:
        raise BadEntry("it is of another format")
    if owner != bytes.fromhex(key):
        raise BadEntry("it is the entry of another key")
    if length != len(payload) or sha256(header + payload) != total:
        raise BadEntry("it is damaged")
    return payload
