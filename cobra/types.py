"""The scalar and array types of kernels, and what a user may write to name one.

A type is a frozen value, equal by content. As an annotation or a call it stands for the NumPy type of the same
name (``float32(1)`` is ``numpy.float32(1)``), so that a kernel also runs as plain Python; indexed with dimension names
it is an array parameter (``float64["m n"]``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np

from cobra.errors import MissingPackage, TypeMismatch

Kind: TypeAlias = Literal["bool", "int", "uint", "float", "complex"]


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A number type of the machine, with the name and the meaning NumPy gives it.

    Examples
    --------
    >>> import cobra
    >>> cobra.float32.bits, cobra.float32.dtype
    (32, dtype('float32'))
    >>> cobra.float64["m n"]
    float64['m n']
    """

    name: str
    kind: Kind
    bits: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype of the same meaning; raise `MissingPackage` where another package has it."""
        return _DTYPES[self.name] if self.name != "bfloat16" else _bfloat16_dtype()

    @property
    def char(self) -> str:
        """Return NumPy's one-letter code, as in ``numpy.ufunc.types``."""
        return self.dtype.char

    @property
    def itemsize(self) -> int:
        """Return the bytes of one element in memory."""
        return self.bits // 8

    @property
    def is_integer(self) -> bool:
        """Tell whether this is a signed or unsigned integer (bool is not)."""
        return self.kind in ("int", "uint")

    @property
    def is_floating(self) -> bool:
        """Tell whether this is a real floating-point type."""
        return self.kind == "float"

    @property
    def is_complex(self) -> bool:
        """Tell whether this is a complex type."""
        return self.kind == "complex"

    @property
    def component(self) -> ScalarType:
        """Return the type of the real part: itself, or half of a complex type."""
        return _COMPONENTS.get(self.name, self)

    def __getitem__(self, dimensions: object) -> ArrayType:
        return ArrayType(self, _parse_dimensions(dimensions))

    def __call__(self, value: object = 0) -> Any:
        """Return a NumPy scalar of this type, as the NumPy type of the same name does."""
        return self.dtype.type(value)

    def __eq__(self, other: object) -> bool:
        # nearly always it is the same object: what a dataclass compares takes ten times as long, and is asked for very often
        if self is other:
            return True
        if not isinstance(other, ScalarType):
            return NotImplemented
        return (self.name, self.kind, self.bits) == (other.name, other.kind, other.bits)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array parameter: element type and one name per dimension.

    A dimension is a name (``"n"``), a fixed size (``"3"``), an optional name (``"n?"``), a formula of other names for an
    output (``"n+1"``), or empty when it is unnamed.
    """

    element: ScalarType
    dimensions: tuple[str, ...]

    @property
    def rank(self) -> int:
        """Return the number of dimensions."""
        return len(self.dimensions)

    def __repr__(self) -> str:
        return f"{self.element}[{' '.join(self.dimensions)!r}]"


class CompoundType:
    """What `cobra.compounds` makes: a type that is neither a number nor an array operand."""

    __slots__ = ()

    def __getitem__(self, dimensions: object) -> NoReturn:
        """Refuse what would be an array of it."""
        hint = "Give the array of numbers one dimension more: float32[\"n 4\"]; or pass each field as an array."
        raise TypeMismatch(f"arrays with core dimensions hold numbers, not {self}", hint=hint)


Type: TypeAlias = ScalarType | ArrayType
"""The types that values of the representation have."""

KernelType: TypeAlias = ScalarType | ArrayType | CompoundType
"""The types that a user may give operands and variables."""


def _parse_dimensions(written: object) -> tuple[str, ...]:
    if isinstance(written, str):
        return tuple(re.sub(r"\s*([-+*/?])\s*", r"\1", written.replace(",", " ")).split())
    parts = written if isinstance(written, tuple) else (written,)
    if not all(part == slice(None) or isinstance(part, (int, str)) for part in parts):
        raise TypeError(f"a dimension is a name, a size or ':', not {written!r}; write float64[\"m n\"] or float64[:, :]")
    return tuple("" if isinstance(part, slice) else str(part) for part in parts if part != ())


bool_ = ScalarType("bool", "bool", 8)
int8, int16, int32, int64 = (ScalarType(f"int{bits}", "int", bits) for bits in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (ScalarType(f"uint{bits}", "uint", bits) for bits in (8, 16, 32, 64))
float16, float32, float64 = (ScalarType(f"float{bits}", "float", bits) for bits in (16, 32, 64))
bfloat16 = ScalarType("bfloat16", "float", 16)
complex64, complex128 = (ScalarType(f"complex{bits}", "complex", bits) for bits in (64, 128))

SCALAR_TYPES: tuple[ScalarType, ...] = (
    bool_, int8, uint8, int16, uint16, int32, uint32, int64, uint64,
    float16, float32, float64, complex64, complex128,
)  # fmt: skip
"""Every scalar type that NumPy itself has, in the order in which its own ufuncs list their loops."""

BY_NAME: dict[str, ScalarType] = {scalar.name: scalar for scalar in (*SCALAR_TYPES, bfloat16)}

_DTYPES: dict[str, np.dtype[Any]] = {scalar.name: np.dtype(scalar.name) for scalar in SCALAR_TYPES}
_COMPONENTS = {"complex64": float32, "complex128": float64}
_PYTHON: dict[object, ScalarType] = {bool: bool_, int: int64, float: float64, complex: complex128}


@cache
def _bfloat16_dtype() -> np.dtype[Any]:
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        hint = "Install it: pip install ml_dtypes."
        raise MissingPackage("NumPy has no bfloat16 of its own, the package ml_dtypes has", hint=hint) from None
    dtype: np.dtype[Any] = np.dtype(bfloat16)
    return dtype


@cache
def from_dtype(dtype: np.dtype[Any]) -> ScalarType | None:
    """Return the scalar type of a NumPy dtype in native byte order, or None when Cobra has none."""
    return BY_NAME.get(dtype.name) if dtype.isnative and (dtype.kind in "biufc" or dtype.name == "bfloat16") else None


def from_char(code: str) -> ScalarType | None:
    """Return the scalar type of NumPy's one-letter code, or None when Cobra has none."""
    try:
        return from_dtype(np.dtype(code))
    except TypeError:
        return None


def as_type(annotation: object) -> KernelType | None:
    """Return the type that an annotation or a cast names, or None when it names none.

    Python's ``bool int float complex``, NumPy's scalar types and dtypes, and Cobra's own types are understood.
    """
    if isinstance(annotation, (ScalarType, ArrayType, CompoundType)):
        return annotation
    if isinstance(annotation, np.dtype):
        return from_dtype(annotation)
    if isinstance(annotation, type):
        if annotation in _PYTHON:
            return _PYTHON[annotation]
        if issubclass(annotation, np.generic) and annotation.__module__ in ("numpy", "ml_dtypes"):
            try:
                return from_dtype(np.dtype(annotation))
            except TypeError:
                return None
    return None
