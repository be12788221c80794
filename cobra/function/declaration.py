"""The types a scalar function was declared with: from its annotations, or from ``types=``.

In: a frozen function. Out: one loop, whose outputs are None where the function does not say what it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from cobra.compiler.frontend.annotations import Annotation
from cobra.compiler.frontend.entities import TypeVariable
from cobra.compiler.spec import DeclaredLoop, FunctionSpec
from cobra.compounds import FixedArrayType, PointerType, StructType, VectorType, void
from cobra.errors import InvalidSignature
from cobra.types import KernelType, ScalarType
from cobra.ufunc.declaration import Listed, declare

_RESULT = "a result"
_HINT = 'Annotate every parameter, x: float, or give types="dd->d".'


def declared_types(function: FunctionSpec, types: Listed | None) -> DeclaredLoop:
    """Return the types of the parameters and, where stated, of the results; raise `InvalidSignature` for what is none."""
    inputs: Sequence[Annotation | None] = [parameter.annotation for parameter in function.parameters]
    outputs: Sequence[Annotation] | None = function.outputs
    if types is not None:
        if not function.parameters:
            what = f"types= says what {function.name!r} takes, which has no parameters"
            raise InvalidSignature(what, function.location(), "Annotate what it returns: -> float.")
        if isinstance(types, list) and (len(types) == 1 or all(isinstance(each, str) and "->" in each for each in types)):
            types = _single(function, types)
        loops, _ = declare(function, None, [types])
        inputs, outputs = loops[0]
    names = function.parameter_names
    taken = tuple(_checked(function, kind, f"the parameter {name!r}") for name, kind in zip(names, inputs, strict=True))
    if outputs is None:
        return DeclaredLoop(taken)
    if outputs in ((), (void,)):
        return DeclaredLoop(taken, (void,))
    return DeclaredLoop(taken, tuple(_checked(function, kind, _RESULT) for kind in outputs))


def _single(function: FunctionSpec, types: list[Any]) -> Listed:
    """Return the only loop type of a list as `cobra.ufunc` takes it."""
    if len(types) != 1:
        hint = "Name one, types=\"dd->d\"; for several make a ufunc, @cobra.ufunc."
        raise InvalidSignature(f"a function has one loop, and types= lists {len(types)}", function.location(), hint)
    found: Listed = types[0]
    return found


def _checked(function: FunctionSpec, kind: Annotation | None, what: str) -> KernelType:
    if isinstance(kind, (ScalarType, VectorType, StructType, FixedArrayType)) or (isinstance(kind, PointerType) and what != _RESULT):
        return kind
    if kind is None:
        raise InvalidSignature(f"{what} of {function.name!r} has no type", function.location(), _HINT)
    _refuse(function, kind, what)


def _refuse(function: FunctionSpec, kind: Annotation, what: str) -> NoReturn:
    if isinstance(kind, TypeVariable):
        hint = "A function has one type for each parameter; for several make a ufunc, @cobra.ufunc."
        raise InvalidSignature(f"{what} of {function.name!r} is one of several types", function.location(), hint)
    hint = "A function takes numbers, vectors, structures, fixed arrays and pointers; for arrays make a ufunc, @cobra.ufunc."
    raise InvalidSignature(f"{what} of {function.name!r} is of type {kind}", function.location(), hint)
