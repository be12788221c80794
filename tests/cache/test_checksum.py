"""The checksum is SHA-256 whatever module computes it."""

from __future__ import annotations

import hashlib
import sys

import pytest

from cobra.cache import checksum


@pytest.mark.parametrize("content", [b"", b"abc", bytes(10_000)])
@pytest.mark.parametrize("hashlib_is_loaded", [True, False])
def test_agrees_with_hashlib(content: bytes, hashlib_is_loaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hashlib.sha256(content).digest()
    if not hashlib_is_loaded:
        monkeypatch.delitem(sys.modules, "hashlib")
    assert checksum._find()(content).digest() == expected
    assert checksum.sha256(content) == expected


def test_falls_back_to_hashlib(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hashlib.sha256(b"abc").digest()
    for name in ("_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "hashlib")
    assert checksum._find()(b"abc").digest() == expected
