"""Type rules: from argument types to the loop an operation runs with, asked of NumPy itself wherever it has the operation.

A rule gets scalar types and, for Python numbers, the classes ``int``, ``float`` and ``complex``, which are weak (NEP 50):
they take the type of what they meet. Where every argument is weak they stand for int64, float64 and complex128.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from cobra.compiler.ir.operations import ArgumentType, Loop, TypeRule
from cobra.types import ScalarType, bool_, complex64, complex128, float32, float64, from_dtype, int64  # fmt: skip

_DEFAULTS: dict[object, ScalarType] = {int: int64, float: float64, complex: complex128}
_WEAK_NUMBERS: dict[object, int | float | complex] = {int: 0, float: 0.0, complex: 0j}


def concrete(argument: ArgumentType) -> ScalarType:
    """Return the type an argument has on its own: its type, or the default of a Python number."""
    return argument if isinstance(argument, ScalarType) else _DEFAULTS[argument]


def names(arguments: Iterable[ArgumentType]) -> str:
    """Return argument types as a reader of messages knows them."""
    return ", ".join(a.name if isinstance(a, ScalarType) else f"a Python {a.__name__}" for a in arguments)


class WrongCount(TypeError):
    """An operation is given a number of arguments that it does not take."""


def expect_count(name: str, arguments: tuple[ArgumentType, ...], *allowed: int) -> None:
    """Raise `WrongCount` unless the number of arguments is allowed."""
    if len(arguments) not in allowed:
        wanted = " or ".join(str(count) for count in allowed)
        raise WrongCount(f"{name} takes {wanted} argument{'s' if wanted != '1' else ''}, not {len(arguments)}")


@cache
def resolve(ufunc: np.ufunc, arguments: tuple[ArgumentType, ...]) -> Loop:
    """Return the loop NumPy's ufunc picks, or raise `TypeError` when it has none of Cobra's types."""
    expect_count(ufunc.__name__, arguments, ufunc.nin)
    if not any(isinstance(argument, ScalarType) for argument in arguments):
        arguments = tuple(concrete(argument) for argument in arguments)
    asked: list[Any] = [a.dtype if isinstance(a, ScalarType) else a for a in arguments]
    try:
        found = [from_dtype(dtype) for dtype in ufunc.resolve_dtypes((*asked, *[None] * ufunc.nout))]
    except TypeError:
        found = [None]
    kinds = tuple(kind for kind in found if kind is not None)
    if len(kinds) != len(found):
        raise TypeError(f"{ufunc.__name__} has no loop for {names(arguments)}")
    return Loop(kinds[: ufunc.nin], kinds[ufunc.nin :])


def numpy_rule(ufunc: np.ufunc) -> TypeRule:
    """Return the rule of a NumPy ufunc."""
    return lambda arguments: resolve(ufunc, arguments)


@cache
def promoted(arguments: tuple[ArgumentType, ...]) -> ScalarType:
    """Return the common type of arguments, as `numpy.result_type` gives it."""
    kinds: list[Any] = [a.dtype if isinstance(a, ScalarType) else _WEAK_NUMBERS[a] for a in arguments]
    found = from_dtype(np.result_type(*kinds))
    if found is None:
        raise TypeError(f"{names(arguments)} have no common type in Cobra")
    return found


def same(name: str, count: int, kinds: str) -> TypeRule:
    """Return a rule for operands of one common type whose NumPy kind (``b i u f c``) is listed, and a result like them."""

    def rule(arguments: tuple[ArgumentType, ...]) -> Loop:
        expect_count(name, arguments, count)
        kind = promoted(arguments)
        if kind.dtype.kind not in kinds:
            raise TypeError(f"{name} has no loop for {names(arguments)}")
        return Loop((kind,) * count, (kind,))

    return rule


def floating(name: str, count: int, results: int = 1) -> TypeRule:
    """Return a rule for real floating-point operands, integers being converted as NumPy's `arctan2` and `cbrt` do."""

    def rule(arguments: tuple[ArgumentType, ...]) -> Loop:
        expect_count(name, arguments, count)
        try:
            (kind,) = resolve(np.cbrt, (promoted(arguments),)).results
        except TypeError:
            raise TypeError(f"{name} has no loop for {names(arguments)}") from None
        return Loop((kind,) * count, (kind,) * results)

    return rule


def integers(name: str, count: int) -> TypeRule:
    """Return a rule for integer operands of a common type, bool counting as int64 as it does in Python's `math`."""

    def rule(arguments: tuple[ArgumentType, ...]) -> Loop:
        expect_count(name, arguments, count)
        kind = promoted(arguments)
        kind = int64 if kind == bool_ else kind
        if not kind.is_integer:
            raise TypeError(f"{name} has no loop for {names(arguments)}")
        return Loop((kind,) * count, (kind,))

    return rule


def explicit(name: str) -> TypeRule:
    """Return the rule of an operation whose result type its maker states: there is nothing to infer."""

    def rule(arguments: tuple[ArgumentType, ...]) -> Loop:
        raise TypeError(f"{name} of {names(arguments)} has the type it is told")

    return rule


def complex_of(component: ScalarType) -> ScalarType:
    """Return the complex type with parts of the given type."""
    return complex64 if component == float32 else complex128
