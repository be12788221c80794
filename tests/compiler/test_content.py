"""Canonical bytes tell contents apart and nothing else."""

from __future__ import annotations

import math
import pickle
import struct
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cobra.compiler.content import FrozenMapping, content_digest, encode
from cobra.types import float32, float64


@dataclass(frozen=True)
class Point:
    x: float
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Place:
    x: float


def _not_a_number(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


DISTINCT: list[object] = [
    None, "", b"", (), {}, False, True, 0, 1, -1, 10**30, 0.0, -0.0, 1.0, math.inf, 0j, complex(-0.0, 0.0),
    complex(0.0, -0.0), 1 + 0j,
    _not_a_number(0x7FF8000000000000), _not_a_number(0x7FF8000000000001), _not_a_number(0xFFF8000000000000),
    "1", "a", "b", "ab", ("a", "b"), ("ab",), ("a", ("b",)), (("a", "b"),), ("a,b",), (1, 1), (1, (1,)), (1, True),
    (1.0, 1), ((), ()),
    {"a": 1}, {"a": 1.0}, {"b": 1}, {"a": 1, "b": 2}, {"a": {"b": 2}}, float32, float64, float64["n"], float64["m n"],
    "float64", b"a", Point(1.0), Point(1), Place(1.0), "Point", "\udc80",
]  # fmt: skip


def test_different_contents_have_different_bytes() -> None:
    seen: dict[bytes, object] = {}
    for value in DISTINCT:
        assert encode(value) not in seen, (value, seen[encode(value)])
        seen[encode(value)] = value


def test_order_of_keys_and_fields_left_out_of_comparison_do_not_count() -> None:
    assert encode({"a": 1, "b": 2}) == encode({"b": 2, "a": 1}) == encode(FrozenMapping({"b": 2, "a": 1}))
    assert encode(Point(1.0, "here")) == encode(Point(1.0, "there"))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40)
@given(plain, plain)
def test_bytes_are_equal_exactly_when_the_texts_are(one: object, other: object) -> None:
    def text(value: object) -> str:
        return repr(sorted(value.items())) if isinstance(value, dict) else repr(value)

    if encode(one) == encode(other):
        assert text(one) == text(other) or "{" in text(one)
    if pickle.dumps(one) == pickle.dumps(other):
        assert encode(one) == encode(other)


@pytest.mark.parametrize("value", [[1], {1}, object(), (1).__add__])
def test_what_can_change_has_no_bytes(value: object) -> None:
    with pytest.raises(TypeError, match="has no canonical bytes"):
        encode(value)


def test_digest_is_sha256_and_stands_still() -> None:
    assert content_digest("a", 1, 2.5, None) == "892a33a1debbf621be04fcc76244667546587912eeff5f34cde6611869bb3cbb"


def test_frozen_mapping() -> None:
    one, other = FrozenMapping({"a": 1, "b": -0.0}), FrozenMapping({"b": -0.0, "a": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert one != FrozenMapping({"a": 1, "b": 0.0})
    assert one != {"a": 1, "b": -0.0}
    assert dict(one) == {"a": 1, "b": -0.0}
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(TypeError):
        one["a"] = 2  # type: ignore[index]
