"""Formulas for the sizes of output dimensions, such as ``n+1`` in ``(n)->(n+1)``.

In: trees of names, whole numbers and ``+ - * //``, made by the signature parser. Out: their text, their value in Python
integers, and the names they use. Native code for them is made by `core_dimensions`; `//` rounds down everywhere, as in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["+", "-", "*", "//"]

_PRECEDENCE: dict[Operator, int] = {"+": 1, "-": 1, "*": 2, "//": 2}
_WORDS: dict[Operator, str] = {"+": "plus", "-": "minus", "*": "times", "//": "over"}


@dataclass(frozen=True, slots=True)
class Name:
    """The size of a named dimension."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Number:
    """A size known beforehand."""

    value: int

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two formulas joined by an operator."""

    operator: Operator
    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"{self._side(self.left, 0)}{self.operator}{self._side(self.right, 1)}"

    def _side(self, side: Formula, extra: int) -> str:
        weaker = isinstance(side, Arithmetic) and _PRECEDENCE[side.operator] < _PRECEDENCE[self.operator] + extra
        return f"({side})" if weaker else str(side)


Formula: TypeAlias = Name | Number | Arithmetic


def names_of(formula: Formula) -> Iterator[str]:
    """Yield the names a formula uses, from left to right, with repetitions."""
    match formula:
        case Name():
            yield formula.text
        case Arithmetic():
            yield from names_of(formula.left)
            yield from names_of(formula.right)


def spelled_out(formula: Formula) -> str:
    """Return a readable identifier for a formula: ``n+1`` gives ``n_plus_1``."""
    match formula:
        case Arithmetic():
            return f"{spelled_out(formula.left)}_{_WORDS[formula.operator]}_{spelled_out(formula.right)}"
        case _:
            return str(formula)


def evaluate(formula: Formula, sizes: Mapping[str, int]) -> int:
    """Return the size a formula gives; raise ValueError on a division by zero or a negative size."""
    try:
        size = _value(formula, sizes)
    except ZeroDivisionError:
        raise ValueError(f"the size {formula} divides by zero") from None
    if size < 0:
        raise ValueError(f"the size {formula} is {size}, which is negative")
    return size


def _value(formula: Formula, sizes: Mapping[str, int]) -> int:
    match formula:
        case Name():
            return sizes[formula.text]
        case Number():
            return formula.value
        case _:
            left, right = _value(formula.left, sizes), _value(formula.right, sizes)
            return _apply(formula.operator, left, right)


def _apply(operator: Operator, left: int, right: int) -> int:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left // right
