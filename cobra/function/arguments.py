"""Check and convert the arguments of a call that native code does not take as they are.

In: what a user passed, and the declared types. Out: Python's own `bool`, `int`, `float` and `complex`, one for each number of
each parameter, and the addresses of arrays for pointers. Nothing native runs before every argument fits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from cobra.compounds import FixedArrayType, PointerType, StructType, VectorType, parts
from cobra.errors import InvalidConstant, TypeMismatch
from cobra.types import KernelType, ScalarType

Item: TypeAlias = bool | int | float | complex
Reader: TypeAlias = Callable[[Any], Sequence[Item]]


def reader(kind: KernelType, name: str) -> Reader:
    """Return what reads an argument for the parameter `name` of a type: quickly where it has that very type, else by `numbers_of`."""

    def read(value: Any) -> Sequence[Item]:
        return list(numbers_of(value, kind, name))

    if isinstance(kind, ScalarType):
        return lambda value: (_number(value, kind, name),)
    if isinstance(kind, PointerType):
        return lambda value: (_address(value, kind, name),)
    assert isinstance(kind, (VectorType, StructType, FixedArrayType))
    if isinstance(kind, StructType):
        return _record_reader(kind.dtype, read)
    return _array_reader(kind.dtype.base, kind.dtype.shape, read) if kind.dtype.base.names is None else read


def _record_reader(dtype: np.dtype[Any], otherwise: Reader) -> Reader:
    if any(dtype[name].shape or dtype[name].names for name in dtype.names or ()):
        return otherwise

    def read(value: Any) -> Sequence[Item]:
        if isinstance(value, np.void) and value.dtype == dtype:
            numbers: tuple[Item, ...] = value.item()  # type: ignore[assignment]
            return numbers
        return otherwise(value)

    return read


def _array_reader(element: np.dtype[Any], shape: tuple[int, ...], otherwise: Reader) -> Reader:
    def read(value: Any) -> Sequence[Item]:
        if isinstance(value, np.ndarray) and value.dtype == element and value.shape == shape:
            numbers: list[Item] = value.ravel().tolist()
            return numbers
        return otherwise(value)

    return read


def numbers_of(value: Any, kind: KernelType, name: str) -> Iterator[Item]:
    """Yield the numbers of an argument for the parameter `name` of a type, in the order of the type's leaves.

    Raises
    ------
    TypeMismatch
        When it is none: a float for an integer, a text, a tuple of another length.
    InvalidConstant
        When an integer is beyond the range of the type, or too large for any float.
    """
    if isinstance(kind, ScalarType):
        yield _number(value, kind, name)
        return
    assert isinstance(kind, (VectorType, StructType, FixedArrayType))
    inner = parts(kind)
    items = _items(value, kind)
    if items is None or len(items) != len(inner):
        found = _described(value) if items is None else f"{len(items)} values"
        raise TypeMismatch(f"{name} is {kind}, which {found} cannot be", hint=f"Pass a tuple, list or array of {len(inner)} values.")
    for position, (item, part) in enumerate(zip(items, inner, strict=True)):
        yield from numbers_of(item, part, f"{name}[{position}]")


def _items(value: Any, kind: VectorType | StructType | FixedArrayType) -> list[Any] | None:
    """Return what a value consists of; fields of a record by name where it has all names, else in order."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.void) and value.dtype.names is not None:
        wanted = [field.name for field in kind.fields] if isinstance(kind, StructType) else []
        names = wanted if set(wanted) == set(value.dtype.names) else value.dtype.names
        return [value[name] for name in names]
    if isinstance(value, (tuple, list, np.ndarray)):
        return list(value)
    return None


def _number(value: Any, kind: ScalarType, name: str) -> Item:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, (str, bytes, bytearray, np.ndarray)):
        try:
            converted = _CONVERSIONS[kind.kind](value)
        except OverflowError:
            hint = f"The largest float64 is {np.finfo(np.float64).max}; infinity is float('inf')."
            raise InvalidConstant(f"{name} is {kind}, which cannot hold {_shown(value)}", hint=hint) from None
        if converted is not None:
            return _in_range(converted, kind, name)
    raise TypeMismatch(f"{name} is {kind}, which {_described(value)} cannot be", hint=_HINTS[kind.kind])


def _address(value: Any, kind: PointerType, name: str) -> int:
    wanted = kind.element.dtype
    if isinstance(value, np.ndarray) and value.dtype == wanted and value.flags.carray:
        return int(value.ctypes.data)
    hint = f"Pass an array of {wanted}, contiguous and writable: np.ascontiguousarray(x, np.{wanted})."
    raise TypeMismatch(f"{name} is {kind}, which {_described(value)} cannot be", hint=hint)


def _truth(value: Any) -> bool | None:
    return bool(value) if isinstance(value, (bool, np.bool_)) else None


def _whole(value: Any) -> int | None:
    try:
        return int(value) if isinstance(value, np.bool_) else int(operator.index(value))
    except TypeError:
        return None


def _real(value: Any) -> float | None:
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, np.complexfloating):
        return None  # which has a conversion that drops a part
    whole = _whole(value)
    if whole is None and not hasattr(value, "__float__"):
        return None
    return float(value if whole is None else whole)


def _complex(value: Any) -> complex | None:
    if isinstance(value, complex) or hasattr(value, "__complex__"):
        return complex(value)
    return _real(value)


_CONVERSIONS = {"bool": _truth, "int": _whole, "uint": _whole, "float": _real, "complex": _complex}
_HINTS = {
    "bool": "Pass True or False.", "int": "Pass an int; convert with int(…) where you mean it.",
    "uint": "Pass an int; convert with int(…) where you mean it.", "float": "Pass a float or an int.",
    "complex": "Pass a number.",
}  # fmt: skip


def _in_range(value: complex, kind: ScalarType, name: str) -> Item:
    if kind.is_complex:
        return complex(value)
    assert not isinstance(value, complex)
    if kind.is_integer:
        limits = np.iinfo(kind.dtype)
        if not limits.min <= value <= limits.max:
            hint = f"Its range is from {limits.min} to {limits.max}."
            raise InvalidConstant(f"{name} is {kind}, which cannot hold {_shown(value)}", hint=hint)
    return value


def _described(value: object) -> str:
    return f"the {type(value).__name__} {_shown(value)}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes out integers of a few thousand decimal digits at most
        text = hex(value) if isinstance(value, int) else object.__repr__(value)
    return text if len(text) <= 40 else text[:37] + "..."
