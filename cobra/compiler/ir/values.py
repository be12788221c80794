"""Values of the intermediate representation: what an operation uses and makes.

Values compare by identity. A constant carries its Python value; a variable is made once, by a parameter, an operation or a
region, and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cobra.types import ScalarType, Type

Number: TypeAlias = bool | int | float | complex


@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """A value that is known when the kernel runs. ``name`` is a hint for printing only."""

    type: Type
    name: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Constant:
    """A number known when the kernel is compiled, already in the range of its type."""

    type: ScalarType
    value: Number


Value: TypeAlias = Variable | Constant
