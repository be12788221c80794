"""Types made of several numbers, or of none: vectors, structures, fixed arrays, pointers, opaque types, nothing.

A type is a frozen value, equal by content. Called in plain Python it makes what NumPy has of the same meaning (an array for a
vector or a fixed array, a record for a structure), so that kernels which use them also run interpreted.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cobra.errors import InvalidCall, InvalidSignature, TypeMismatch
from cobra.types import CompoundType, ScalarType, as_type, float32, float64, int32

_MOST_ELEMENTS = 4096
_FIELDS = "Write cobra.struct(x=cobra.float32, y=cobra.float32)."


@dataclass(frozen=True, slots=True)
class VectorType(CompoundType):
    """A few numbers of one type that are computed with together.

    As an operand of a ufunc it is a core dimension of its length, the last one.

    Examples
    --------
    >>> import cobra
    >>> cobra.vec4f, cobra.vec4f(1, 2, 3, 4)
    (vec(float32, 4), array([1., 2., 3., 4.], dtype=float32))
    """

    element: ScalarType
    length: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype of the same meaning: one with a sub-array."""
        return np.dtype((self.element.dtype, (self.length,)))

    def __call__(self, *values: object) -> Any:
        """Return a NumPy array; of one number, with that number everywhere."""
        return _array_of(self.element, self.length, values, self)

    def __repr__(self) -> str:
        return f"vec({self.element}, {self.length})"


class StructField(NamedTuple):
    """One field of a structure."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class StructType(CompoundType):
    """Fields of any types one after another, each aligned as in C; as an operand of a ufunc a NumPy structured dtype.

    Fields without names are called ``f0``, ``f1``, … as NumPy does. Two structures are the same type if their fields are,
    unless they have been given different names. Kernels read every field as ``p.name``; NumPy's records have attributes of their
    own (``real``, ``size``, ``min``, …), so a field called like one of them reads ``p["min"]`` in plain Python.

    Examples
    --------
    >>> import cobra
    >>> point = cobra.struct(x=cobra.float64, y=cobra.float64)
    >>> point(1, 2).y
    np.float64(2.0)
    >>> point.dtype.names
    ('x', 'y')
    """

    fields: tuple[StructField, ...]
    name: str | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the structured NumPy dtype of the same meaning, laid out as C does, whose elements are records."""
        return _record_dtype(self)

    def position(self, field: str | int) -> int | None:
        """Return which field a name or a number (negative ones count from the end) stands for, or None."""
        names = [own.name for own in self.fields]
        if isinstance(field, str):
            return names.index(field) if field in names else None
        return range(len(names))[field] if -len(names) <= field < len(names) else None

    def __call__(self, *values: object, **named: object) -> Any:
        """Return a NumPy record."""
        given = dict(zip((field.name for field in self.fields), values, strict=False)) | named
        if len(values) + len(named) != len(self.fields) or set(given) != {field.name for field in self.fields}:
            hint = f"Its fields: {', '.join(field.name for field in self.fields)}."
            raise InvalidCall(f"{self} takes one value for each of its {len(self.fields)} fields", hint=hint)
        record = np.zeros((), self.dtype)
        for name, value in given.items():
            record[name] = tuple(value) if isinstance(value, list) else value
        return record[()]

    def __repr__(self) -> str:
        return self.name or f"struct({', '.join(f'{name}={kind}' for name, kind in self.fields)})"


@dataclass(frozen=True, slots=True)
class FixedArrayType(CompoundType):
    """A known number of elements of one type in a row, which may be structures or arrays themselves.

    Examples
    --------
    >>> import cobra
    >>> cobra.fixed_array(cobra.float64, 3)(1, 2, 3)
    array([1., 2., 3.])
    """

    element: FieldType
    length: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype of the same meaning: one with a sub-array."""
        inner = self.element.dtype
        return np.dtype((inner.base, (self.length, *inner.shape)))

    def __call__(self, *values: object) -> Any:
        """Return a NumPy array; of one value, with that value everywhere."""
        return _array_of(self.element, self.length, values, self)

    def __repr__(self) -> str:
        return f"fixed_array({self.element}, {self.length})"


@dataclass(frozen=True, slots=True)
class PointerType(CompoundType):
    """The address of an element of an array operand; exists inside kernels and in the signatures of functions only."""

    element: ScalarType

    def __repr__(self) -> str:
        return f"pointer({self.element})"


@dataclass(frozen=True, slots=True)
class OpaqueType(CompoundType):
    """A type of which only the name is known: it can be handed on, through pointers to it, and nothing else."""

    name: str

    def __repr__(self) -> str:
        return f"opaque({self.name!r})"


@dataclass(frozen=True, slots=True)
class VoidType(CompoundType):
    """What a function returns that returns nothing."""

    def __repr__(self) -> str:
        return "void"


ValueType: TypeAlias = VectorType | StructType | FixedArrayType
"""Compounds that are values: made of numbers, and of nothing else, in the end."""

ArrayValueType: TypeAlias = VectorType | FixedArrayType
"""Compounds that are NumPy arrays in plain Python."""

FieldType: TypeAlias = ScalarType | ValueType
void = VoidType()


def vec(element: object, length: int) -> VectorType:
    """Return the type of vectors of a number type.

    Raises
    ------
    TypeError
        When `element` is no number type.
    ValueError
        When the length is not from 1 to 4096.
    """
    kind = as_type(element)
    if not isinstance(kind, ScalarType):
        raise TypeMismatch(f"a vector is made of numbers, not of {element!r}", hint="Write cobra.vec(cobra.float32, 4).")
    return VectorType(kind, _checked_length(length))


def struct(fields: Sequence[object] | Mapping[str, object] | None = None, /, *, name: str | None = None, **named: object) -> StructType:
    """Return the type of structures with fields of given types, named or numbered.

    Parameters
    ----------
    fields
        The types of the fields in order, which are then called ``f0``, ``f1``, …; or pairs of names and types, or a mapping.
    name
        What the type is called in messages and in LLVM text.
    named
        The fields by name, where no field is called ``name``.

    Raises
    ------
    TypeError
        When there are no fields, two have one name, or one is no number, vector, structure or fixed array.

    Examples
    --------
    >>> import cobra
    >>> cobra.struct(x=cobra.float32, y=cobra.float32, name="point")
    point
    >>> cobra.struct([cobra.float32, int]).fields[1]
    StructField(name='f1', type=int64)
    """
    if name is not None and not isinstance(name, str):
        hint = "A field called name is given by a mapping: cobra.struct({'name': cobra.float32})."
        raise TypeMismatch(f"the name of a structure is a string, not {name!r}", hint=hint)
    written = [*_named_fields(fields), *named.items()]
    pairs = dict(written)
    if not pairs:
        raise TypeMismatch("a structure has at least one field", hint=_FIELDS)
    if len(pairs) < len(written):
        names = [field for field, _ in written]
        twice = next(field for field in names if names.count(field) > 1)
        raise TypeMismatch(f"two fields of the structure are called {twice!r}", hint="Give each field a name of its own.")
    made = StructType(tuple(StructField(field, field_type(kind, f"the field {field!r}")) for field, kind in pairs.items()), name)
    _checked_length(len(leaves(made)))
    return made


def fixed_array(element: object, length: int) -> FixedArrayType:
    """Return the type of arrays with a known number of elements; raise as `vec` does."""
    made = FixedArrayType(field_type(element, "the element"), _checked_length(length))
    _checked_length(len(leaves(made)))
    return made


def pointer(element: object) -> PointerType:
    """Return the type of pointers to numbers of a type; raise `TypeError` when it is none."""
    kind = as_type(element)
    if not isinstance(kind, ScalarType):
        hint = "Write cobra.pointer(cobra.float32)."
        raise TypeMismatch(f"a pointer points to numbers of one type, not to {element!r}", hint=hint)
    return PointerType(kind)


def opaque(name: str) -> OpaqueType:
    """Return a type of which only the name is known."""
    return OpaqueType(name)


def field_type(written: object, what: str) -> FieldType:
    """Return the type that is written for a part of a compound, or raise `TypeError` saying what it is for."""
    kind = as_type(written)
    if isinstance(kind, (ScalarType, VectorType, StructType, FixedArrayType)):
        return kind
    raise TypeMismatch(f"{what} is {written!r}, which is no type of numbers, vectors, structures or fixed arrays", hint=_FIELDS)


class Leaf(NamedTuple):
    """One number in a compound: the way to it, its type, and how many bytes from the start it stands."""

    path: tuple[int, ...]
    type: ScalarType
    offset: int


def leaves(kind: FieldType) -> tuple[Leaf, ...]:
    """Return the numbers that a type consists of, in order."""
    return tuple(_leaves(kind, (), 0))


def parts(kind: ValueType) -> tuple[FieldType, ...]:
    """Return the types of what a compound directly consists of."""
    return tuple(field.type for field in kind.fields) if isinstance(kind, StructType) else (kind.element,) * kind.length


def _leaves(kind: FieldType, path: tuple[int, ...], offset: int) -> Iterator[Leaf]:
    if isinstance(kind, ScalarType):
        return iter((Leaf(path, kind, offset),))
    return chain.from_iterable(
        _leaves(part, (*path, k), offset + start) for k, (part, start) in enumerate(zip(parts(kind), _offsets(kind), strict=True))
    )


@cache
def _record_dtype(kind: StructType) -> np.dtype[Any]:
    layout = {
        "names": [field.name for field in kind.fields],
        "formats": [field.type.dtype for field in kind.fields],
        "offsets": list(_offsets(kind)),
        "itemsize": _padded(_end(kind), _alignment(kind)),
        "aligned": True,
    }
    return np.dtype((np.record, np.dtype(layout)))  # type: ignore[call-overload]


def _alignment(kind: FieldType) -> int:
    """Return what C aligns a type to; NumPy forgets it for structures that make records."""
    if isinstance(kind, ScalarType):
        return kind.dtype.alignment
    return max(map(_alignment, parts(kind)))


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _end(kind: StructType) -> int:
    return _offsets(kind)[-1] + kind.fields[-1].type.dtype.itemsize


def _offsets(kind: ValueType) -> Sequence[int]:
    if isinstance(kind, StructType):
        starts, end = list[int](), 0
        for field in kind.fields:
            starts.append(_padded(end, _alignment(field.type)))
            end = starts[-1] + field.type.dtype.itemsize
        return starts
    return [k * kind.element.dtype.itemsize for k in range(kind.length)]


def _named_fields(fields: object) -> Iterator[tuple[str, object]]:
    if isinstance(fields, Mapping):
        yield from fields.items()
        return
    if fields is not None and (isinstance(fields, str) or not isinstance(fields, Iterable)):
        raise TypeMismatch(f"the fields of a structure are given in a sequence or a mapping, not as {fields!r}", hint=_FIELDS)
    for position, field in enumerate(fields or ()):
        if isinstance(field, tuple) and len(field) == 2 and isinstance(field[0], str):
            yield field
        else:
            yield f"f{position}", field


def _array_of(element: FieldType, length: int, values: Sequence[object], kind: object) -> Any:
    made = np.zeros(length, element.dtype)
    if len(values) == 1:
        made[...] = values[0]
        return made
    if len(values) != length:
        hint = "Give it one value for each element."
        raise InvalidCall(f"{kind} takes {length} values, or one for all of them, not {len(values)}", hint=hint)
    for position, value in enumerate(values):
        made[position] = value
    return made


def _checked_length(length: object) -> int:
    if isinstance(length, (bool, np.bool_)) or not hasattr(length, "__index__"):
        raise TypeMismatch(f"a length is a whole number, not {length!r}", hint="Write cobra.vec(cobra.float32, 4).")
    whole = operator.index(length)
    if not 1 <= whole <= _MOST_ELEMENTS:
        hint = "Larger ones are arrays: float32[\"n\"]."
        raise InvalidSignature(f"a compound type has from 1 to {_MOST_ELEMENTS} elements, not {whole}", hint=hint)
    return whole


vec4f, vec8f = VectorType(float32, 4), VectorType(float32, 8)
vec2d, vec4d = VectorType(float64, 2), VectorType(float64, 4)
vec4i, vec8i = VectorType(int32, 4), VectorType(int32, 8)
