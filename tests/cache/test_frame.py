"""One entry's form: intact or refused."""

from __future__ import annotations

import random

import pytest

from cobra.cache.frame import OVERHEAD, BadEntry, pack, unpack
from cobra.cache.keys import digest

KEY, OTHER = digest("one"), digest("another")
PAYLOAD = bytes(range(256)) + b"code"


@pytest.mark.parametrize("payload", [b"", b"x", PAYLOAD, bytes(100_000)])
def test_round_trip(payload: bytes) -> None:
    entry = pack(KEY, payload)
    assert unpack(KEY, entry) == payload
    assert len(entry) == len(payload) + OVERHEAD


def test_every_truncation_is_refused() -> None:
    entry = pack(KEY, PAYLOAD)
    for length in range(len(entry)):
        with pytest.raises(BadEntry):
            unpack(KEY, entry[:length])


def test_every_flipped_bit_is_refused() -> None:
    entry = pack(KEY, b"some code")
    for bit in range(8 * len(entry)):
        damaged = bytearray(entry)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadEntry):
            unpack(KEY, bytes(damaged))


def test_random_damage_is_refused() -> None:
    entry, generator = pack(KEY, PAYLOAD), random.Random(3)
    for _ in range(500):
        damaged = bytearray(entry)
        start = generator.randrange(len(entry))
        damaged[start : start + generator.randrange(1, 40)] = generator.randbytes(generator.randrange(40))
        if damaged != entry:
            with pytest.raises(BadEntry):
                unpack(KEY, bytes(damaged))


@pytest.mark.parametrize("extra", [b"\0", b"more"])
def test_longer_entry_is_refused(extra: bytes) -> None:
    with pytest.raises(BadEntry):
        unpack(KEY, pack(KEY, PAYLOAD) + extra)


def test_entry_of_another_key_is_refused() -> None:
    with pytest.raises(BadEntry, match="another key"):
        unpack(KEY, pack(OTHER, PAYLOAD))
