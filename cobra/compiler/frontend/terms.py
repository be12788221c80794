"""What an expression of a kernel stands for while it is translated.

A number is a value of the representation, *weak* when it behaves like a Python number in promotion (NEP 50). Everything else
(tuples, arrays, functions, types) exists at translation time only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cobra.compiler.frontend.entities import Entity
from cobra.compiler.frontend.exits import NEVER, Outcome
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compounds import ValueType
from cobra.errors import Location
from cobra.types import ArrayType, ScalarType, bool_, complex128, float64, int64


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    """A scalar. `weak` numbers are Python's own: they adapt to the other operand."""

    value: Value
    weak: bool = False
    span: tuple[int, int] | None = None
    """Least and largest value of a Python integer that is one of several constants."""

    @property
    def type(self) -> ScalarType:
        """Return the type it has in registers."""
        assert isinstance(self.value.type, ScalarType)
        return self.value.type

    @property
    def constant(self) -> bool | int | float | complex | None:
        """Return its number when that is known now, else None."""
        return self.value.value if isinstance(self.value, Constant) else None

    def __str__(self) -> str:
        return f"Python {_PYTHON_NAMES[self.type]}" if self.weak else str(self.type)


_PYTHON_NAMES = {bool_: "bool", int64: "int", float64: "float", complex128: "complex"}


@dataclass(frozen=True, eq=False, slots=True)
class Tuple:
    """A tuple of terms; `fields` are the names of a named tuple."""

    items: tuple[Term, ...]
    fields: tuple[str, ...] = ()
    origins: frozenset[object] = frozenset()
    """Tokens of the arrays and records that plain Python would still read when it comes to the items: it is ``enumerate(v)``."""

    def __str__(self) -> str:
        return f"a tuple of {len(self.items)}"


@dataclass(frozen=True, eq=False, slots=True)
class Compound:
    """A vector, structure or fixed array by value: its parts are numbers and compounds themselves, each of its declared type."""

    type: ValueType
    items: tuple[Part, ...]
    origins: frozenset[object] = field(default_factory=lambda: frozenset((object(),)))
    """Tokens of the arrays or records of plain Python that it may be, or be a view of; what is made anew has one of its own."""

    def __str__(self) -> str:
        return f"a value of type {self.type}"


Part: TypeAlias = Number | Compound


@dataclass(frozen=True, eq=False, slots=True)
class Array:
    """An array of the kernel, or a view of one: what indices leave of it, or its dimensions in another order.

    One that is not `bounded` is a pointer: it has one dimension, and nobody knows how far it reaches.
    """

    parameter: Variable
    shape: tuple[Value, ...]
    indices: tuple[Value, ...] = ()
    writable: bool = False
    bounded: bool = True
    axes: tuple[int, ...] | None = None
    """The dimensions of the parameter that are left; None where they are the last ones in their order."""

    @property
    def element(self) -> ScalarType:
        """Return the type of the elements."""
        assert isinstance(self.parameter.type, ArrayType)
        return self.parameter.type.element

    @property
    def free_axes(self) -> tuple[int, ...]:
        """Return the dimensions of the parameter that are left, in the order that they have in the view."""
        first = len(self.indices)
        return self.axes if self.axes is not None else tuple(range(first, first + len(self.shape)))

    def place(self, indices: Sequence[Value]) -> tuple[Value, ...]:
        """Return the indices of an element in the parameter from those in the view."""
        if self.axes is None:
            return (*self.indices, *indices)
        free, fixed = dict(zip(self.axes, indices, strict=True)), iter(self.indices)
        return tuple(free[axis] if axis in free else next(fixed) for axis in range(len(self.indices) + len(self.axes)))

    def view(self, indices: Sequence[Value | None]) -> Array:
        """Return what indices along the first dimensions leave; None keeps a dimension whole."""
        if self.axes is None and None not in indices:
            given = tuple(index for index in indices if index is not None)
            return replace(self, shape=self.shape[len(given) :], indices=(*self.indices, *given))
        axes, extents = self.free_axes, dict(zip(self.free_axes, self.shape, strict=True))
        rank = len(self.indices) + len(axes)
        fixed = dict(zip((axis for axis in range(rank) if axis not in axes), self.indices, strict=True))
        fixed |= {axis: index for axis, index in zip(axes, indices, strict=False) if index is not None}
        left = tuple(axis for axis in axes if axis not in fixed)
        shape = tuple(extents[axis] for axis in left)
        return replace(self, shape=shape, indices=tuple(fixed[axis] for axis in sorted(fixed)), axes=_usual(left, rank))

    @property
    def transposed(self) -> Array:
        """Return the view with its dimensions in reverse order."""
        axes, rank = self.free_axes[::-1], len(self.indices) + len(self.shape)
        return replace(self, shape=self.shape[::-1], axes=_usual(axes, rank))

    def __str__(self) -> str:
        if not self.bounded and self.shape:
            return f"a pointer to {self.element}"
        return f"an array of {self.element} with {len(self.shape)} dimension{'s' * (len(self.shape) != 1)}"


def _usual(axes: tuple[int, ...], rank: int) -> tuple[int, ...] | None:
    """Return None for the last dimensions in their order."""
    return None if axes == tuple(range(rank - len(axes), rank)) else axes


@dataclass(frozen=True, eq=False, slots=True)
class Reference:
    """A function, type, module or other thing that is not a value of the kernel."""

    entity: Entity
    name: str

    def __str__(self) -> str:
        return f"{self.name!r}, which is not a number"


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A bound method: ``z.conjugate``."""

    owner: Term
    name: str

    def __str__(self) -> str:
        return f"the method {self.name!r}"


@dataclass(frozen=True, eq=False, slots=True)
class Iteration:
    """What a ``for`` runs over: how many items there are, and how to make each."""

    count: Value
    item: Callable[[Value], Term]

    def __str__(self) -> str:
        return "a range"


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """A string: a message or an option, never a value."""

    text: str

    def __str__(self) -> str:
        return "a string"


@dataclass(frozen=True, eq=False, slots=True)
class Nothing:
    """Python's None."""

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True, eq=False, slots=True)
class Unusable:
    """A variable of which no path has a value, or paths have values that do not join."""

    reason: str
    hint: str
    undefined: bool

    def __str__(self) -> str:
        return "a variable without a value"


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """What a variable holds, where it got it, and on which ways out it has no value after all."""

    term: Term
    location: Location | None
    missing: Outcome = NEVER


Term: TypeAlias = Number | Tuple | Compound | Array | Reference | Method | Iteration | Text | Nothing | Unusable
