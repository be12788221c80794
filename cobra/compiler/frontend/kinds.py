"""The kind of number a variable holds, and the one that holds what two paths give it.

A kind is a type, whether the number is a Python number (weak), and for Python integers the span of the constants they are
known to come from: ``total = 0`` before a loop over int8 numbers leaves their sum an int8, as in Python.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cobra.compiler.frontend.terms import Number
from cobra.compiler.ir.values import Value
from cobra.types import ScalarType, complex64, complex128, from_dtype, int64, uint64

RANK = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a number before the kernel runs, its value left out."""

    type: ScalarType
    weak: bool
    span: tuple[int, int] | None = None

    def number(self, value: Value) -> Number:
        """Return a number of this kind."""
        return Number(value, self.weak, self.span)


def kind_of(number: Number) -> Kind:
    """Return the kind of a number."""
    return Kind(number.type, number.weak, _span(number))


def _span(number: Number) -> tuple[int, int] | None:
    value = number.constant
    if number.weak and isinstance(value, int) and number.type == int64:
        return value, value
    return number.span


def join_kinds(first: Kind, second: Kind) -> Kind | None:
    """Return the kind that holds the numbers of both paths without loss, or None when there is none."""
    if first.weak and second.weak:
        widest = max((first.type, second.type), key=lambda scalar: RANK[scalar.kind])
        return Kind(widest, True, _joined_span(first, second) if widest == int64 else None)
    if first.weak or second.weak:
        weak, typed = (first, second) if first.weak else (second, first)
        found = _join_weak(weak, typed.type)
        return None if found is None else Kind(found, False)
    if first.type == second.type:
        return first
    joined = from_dtype(np.promote_types(first.type.dtype, second.type.dtype))
    if joined is None or (first.type.is_integer and second.type.is_integer and not joined.is_integer):
        return None
    return Kind(joined, False)


def _joined_span(first: Kind, second: Kind) -> tuple[int, int] | None:
    if first.span is None or second.span is None:
        return None
    return min(first.span[0], second.span[0]), max(first.span[1], second.span[1])


def _join_weak(weak: Kind, typed: ScalarType) -> ScalarType | None:
    """Return the type for a Python number on one path and a typed number on the other."""
    if weak.type.is_complex and not typed.is_complex:
        return complex64 if typed.is_floating and typed.bits <= 32 else complex128
    if RANK[weak.type.kind] > RANK[typed.kind]:
        return weak.type
    if not (weak.type.is_integer and typed.is_integer):
        return typed
    if weak.span is not None and all(fits(end, typed) for end in weak.span):
        return typed
    needed = uint64 if weak.span is not None and weak.span[1] >= 2**63 else int64
    joined = from_dtype(np.promote_types(needed.dtype, typed.dtype))
    return joined if joined is not None and joined.is_integer else None


def fits(value: int, kind: ScalarType) -> bool:
    """Tell whether an integer type holds a value."""
    low = -(2 ** (kind.bits - 1)) if kind.kind == "int" else 0
    return bool(low <= value < low + 2**kind.bits)
