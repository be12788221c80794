"""The types of LLVM's text, and which of them Cobra's scalars are.

Integers have no sign there: `i32` values are Cobra's `int32`, and the operations that take them as unsigned read their bits
so. `i1` is `bool`. Types are frozen values, equal by content, and print as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.tokens import written
from cobra.types import ScalarType, bfloat16, bool_, float16, float32, float64, int8, int16, int32, int64

WIDEST_INTEGER = 1 << 23
"""The most bits that LLVM allows an integer to have."""


@dataclass(frozen=True, slots=True)
class IntegerType:
    """``i32``."""

    bits: int

    def __str__(self) -> str:
        return f"i{self.bits}"


@dataclass(frozen=True, slots=True)
class FloatType:
    """``double``."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PointerType:
    """``ptr``, or ``float*`` where the text says what it points to."""

    target: LlvmType | None = None
    space: int = 0

    def __str__(self) -> str:
        space = f" addrspace({self.space})" if self.space else ""
        return f"ptr{space}" if self.target is None else f"{self.target}{space}*"


@dataclass(frozen=True, slots=True)
class VectorType:
    """``<4 x float>``; `scalable` ones have a multiple of `count` elements."""

    count: int
    element: LlvmType
    scalable: bool = False

    def __str__(self) -> str:
        return f"<{'vscale x ' * self.scalable}{self.count} x {self.element}>"


@dataclass(frozen=True, slots=True)
class SequenceType:
    """``[8 x i8]``: LLVM's array."""

    count: int
    element: LlvmType

    def __str__(self) -> str:
        return f"[{self.count} x {self.element}]"


@dataclass(frozen=True, slots=True)
class StructType:
    """``{ float, i32 }``; a packed one is written ``<{ float, i32 }>``."""

    fields: tuple[LlvmType, ...]
    packed: bool = False

    def __str__(self) -> str:
        inside = f"{{ {', '.join(map(str, self.fields))} }}" if self.fields else "{}"
        return f"<{inside}>" if self.packed else inside


@dataclass(frozen=True, slots=True)
class NamedType:
    """``%pair``, which a line ``%pair = type { float, float }`` says more of."""

    name: str

    def __str__(self) -> str:
        return written(self.name)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """``float (float, ...)``."""

    result: LlvmType
    parameters: tuple[LlvmType, ...]
    variadic: bool = False

    def __str__(self) -> str:
        return f"{self.result} ({', '.join([*map(str, self.parameters), *['...'] * self.variadic])})"


@dataclass(frozen=True, slots=True)
class PlainType:
    """A type that is a single word and holds no number: ``void``, ``label``, ``metadata``, ``token``."""

    name: str

    def __str__(self) -> str:
        return self.name


LlvmType: TypeAlias = (
    IntegerType | FloatType | PointerType | VectorType | SequenceType | StructType | NamedType | FunctionType | PlainType
)

BOOL = IntegerType(1)
VOID, LABEL, METADATA = PlainType("void"), PlainType("label"), PlainType("metadata")

_SCALARS: dict[LlvmType, ScalarType] = {
    BOOL: bool_, IntegerType(8): int8, IntegerType(16): int16, IntegerType(32): int32, IntegerType(64): int64,
    FloatType("half"): float16, FloatType("bfloat"): bfloat16, FloatType("float"): float32, FloatType("double"): float64,
}  # fmt: skip
_TEXT_TYPES = {scalar: kind for kind, scalar in _SCALARS.items()}

SINGLE_WORDS: dict[str, LlvmType] = {
    **{str(kind): kind for kind in _SCALARS},
    **{name: FloatType(name) for name in ("fp128", "x86_fp80", "ppc_fp128")},
    **{name: PlainType(name) for name in ("token", "opaque", "x86_amx", "x86_mmx")},
    "void": VOID, "label": LABEL, "metadata": METADATA, "ptr": PointerType(),
}  # fmt: skip
"""The types that one word names, wide integers left out."""


def scalar_of(kind: LlvmType) -> ScalarType | None:
    """Return the scalar type whose values a type's are, or None when Cobra has none."""
    return _SCALARS.get(kind)


def text_type(scalar: ScalarType) -> LlvmType | None:
    """Return the type that a scalar has in a text, or None for a complex number."""
    signless = {"uint8": int8, "uint16": int16, "uint32": int32, "uint64": int64}.get(scalar.name, scalar)
    return _TEXT_TYPES.get(signless)


def resolve(kind: LlvmType, named: Mapping[str, LlvmType]) -> LlvmType:
    """Return what a type's name stands for; a type without a name is itself, and so is a name nobody defined."""
    for _ in range(len(named) + 1):
        if not isinstance(kind, NamedType) or kind.name not in named:
            break
        kind = named[kind.name]
    return kind


def with_article(kind: LlvmType) -> str:
    """Return a type as a noun in a sentence: ``an i32``, ``a float``."""
    return f"{'an' if str(kind)[0] in 'i[' else 'a'} {kind}"
