"""What a name inside a kernel can stand for, frozen: the values of an `Environment`.

An entity is equal by content, hashes and pickles, and holds no live object: a kernel that has been made no longer depends
on what happens to the globals it was made from. What a kernel cannot use becomes an entity too, because a name is an
error only where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cobra.compiler.content import number_bits
from cobra.types import KernelType, ScalarType

if TYPE_CHECKING:
    from cobra.compiler.ir.values import Number
    from cobra.compiler.spec import FunctionSpec, KernelSpec


@dataclass(frozen=True, eq=False, slots=True)
class NumberConstant:
    """A number. ``type`` is None for a Python number, whose type is weak (NEP 50), and the NumPy scalar's otherwise."""

    value: Number
    type: ScalarType | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumberConstant):
            return NotImplemented
        return self.type == other.type and number_bits(self.value) == number_bits(other.value)

    def __hash__(self) -> int:
        return hash((self.type, number_bits(self.value)))


@dataclass(frozen=True, slots=True)
class TextConstant:
    """A string, as for ``cobra.inline``."""

    value: str


@dataclass(frozen=True, slots=True)
class NothingConstant:
    """Python's None: a default that says that nothing was given."""


@dataclass(frozen=True, slots=True)
class TupleConstant:
    """A tuple, list or small NumPy array of numbers, nested; ``fields`` are the names of a named tuple."""

    items: tuple[NumberConstant | TupleConstant, ...]
    fields: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class TypeEntity:
    """A type. ``python`` tells Python's own ``bool int float complex`` from the types they stand for."""

    type: KernelType
    python: bool = False


@dataclass(frozen=True, slots=True)
class TypeVariable:
    """A type that is one of several, the same wherever its name stands: a `typing.TypeVar` with constraints."""

    name: str
    choices: tuple[KernelType, ...]


@dataclass(frozen=True, slots=True)
class BuiltinEntity:
    """A function or class of Python, NumPy, SciPy or Cobra by its public name: ``range``, ``math.floor``, ``numpy.floor``.

    What it means is looked up when it is called: a kernel whose code is cached needs no table of operations.
    """

    name: str


@dataclass(frozen=True, slots=True)
class FunctionEntity:
    """A plain Python function that the kernel may call."""

    spec: FunctionSpec


@dataclass(frozen=True, slots=True)
class KernelEntity:
    """A kernel of Cobra's that the kernel may call.

    A scalar function is one that takes its arguments as plain Python does, by keyword too, whereas a ufunc wants every operand.
    """

    spec: KernelSpec
    scalar: bool = False


@dataclass(frozen=True, slots=True)
class RecursiveEntity:
    """A function that is being frozen already: it calls itself, directly or through others."""

    name: str


@dataclass(frozen=True, slots=True)
class ModuleEntity:
    """A module by itself, not followed by an attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class UnknownEntity:
    """Something a kernel cannot use; ``description`` completes "the name stands for ..."."""

    description: str


@dataclass(frozen=True, slots=True)
class MissingEntity:
    """A name without a value, or an attribute its module or class lacks; ``matches`` are names spelt alike."""

    name: str
    owner: str | None = None
    matches: tuple[str, ...] = field(default=(), compare=False)


Entity: TypeAlias = (
    NumberConstant | TextConstant | NothingConstant | TupleConstant | TypeEntity | TypeVariable | BuiltinEntity
    | FunctionEntity | KernelEntity | RecursiveEntity | ModuleEntity | UnknownEntity | MissingEntity
)  # fmt: skip
