"""Types of a text and Cobra's scalars."""

from __future__ import annotations

import pytest

from cobra.compiler.frontend.llvm_text.types import (
    IntegerType,
    LlvmType,
    NamedType,
    PointerType,
    StructType,
    resolve,
    scalar_of,
    text_type,
    with_article,
)
from cobra.types import SCALAR_TYPES, ScalarType

EXPECTED = {
    "bool": "i1", "int8": "i8", "uint8": "i8", "int16": "i16", "uint16": "i16", "int32": "i32", "uint32": "i32", "int64": "i64",
    "uint64": "i64", "float16": "half", "float32": "float", "float64": "double",
}  # fmt: skip


@pytest.mark.parametrize("scalar", SCALAR_TYPES, ids=str)
def test_scalars(scalar: ScalarType) -> None:
    kind = text_type(scalar)
    assert str(kind) == EXPECTED.get(scalar.name, "None")
    if kind is not None:
        found = scalar_of(kind)
        assert found is not None and (found.bits, found.is_integer) == (scalar.bits, scalar.is_integer)


def test_other_types_are_no_scalars() -> None:
    assert all(scalar_of(kind) is None for kind in (IntegerType(24), PointerType(), StructType(()), NamedType("%x")))


def test_names_stand_for_types() -> None:
    named: dict[str, LlvmType] = {"%a": NamedType("%b"), "%b": IntegerType(8), "%round": NamedType("%round")}
    assert resolve(NamedType("%a"), named) == IntegerType(8)
    assert resolve(NamedType("%c"), named) == NamedType("%c")
    assert resolve(NamedType("%round"), named) == NamedType("%round")


def test_words() -> None:
    assert with_article(IntegerType(32)) == "an i32"
    assert with_article(PointerType(IntegerType(8))) == "an i8*"
    assert with_article(PointerType()) == "a ptr"
    assert str(PointerType(None, 3)) == "ptr addrspace(3)"
    assert str(StructType((IntegerType(8), NamedType("%a b")), packed=True)) == '<{ i8, %"a b" }>'
