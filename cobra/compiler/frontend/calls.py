"""Translate calls: casts, operations, builtins, NumPy's functions, and functions and kernels, which are inlined."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cobra.compiler.frontend import arrays, builtin_calls, expressions, inlining
from cobra.compiler.frontend.entities import BuiltinEntity, FunctionEntity, KernelEntity, PrimitiveEntity, TypeEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import apply, convert
from cobra.compiler.frontend.terms import Array, Method, Number, Reference, Term, Tuple
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.complex_parts import make_complex
from cobra.compiler.primitives.table import TABLE
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bool_, complex128, float64, int64


def call(frame: Frame, node: ast.Call) -> Term:
    """Return what a call stands for."""
    location = frame.location(node)
    callee = expressions.evaluate(frame, node.func)
    arguments = _positional(frame, node)
    keywords = {word.arg: expressions.evaluate(frame, word.value) for word in node.keywords if word.arg is not None}
    if len(keywords) != len(node.keywords):
        raise UnsupportedSyntax("a kernel cannot unpack with stars", location, "Write out the arguments.")
    frame.builder.location = location
    if isinstance(callee, Method):
        return expressions.call_method(frame, callee, arguments, location)
    if not isinstance(callee, Reference):
        raise InvalidCall(f"{callee} cannot be called", location)
    return _call_entity(frame, callee, arguments, keywords, node)


def _positional(frame: Frame, node: ast.Call) -> list[Term]:
    arguments: list[Term] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            whole = expressions.evaluate(frame, argument.value)
            arguments += expressions.items_of(frame, whole, frame.location(argument))
        else:
            arguments.append(expressions.evaluate(frame, argument))
    return arguments


def _call_entity(frame: Frame, callee: Reference, arguments: list[Term], keywords: dict[str, Term], node: ast.Call) -> Term:
    location = frame.location(node)
    match callee.entity:
        case FunctionEntity(spec=spec):
            return inlining.inline_function(frame, spec, arguments, keywords, location)
        case KernelEntity(spec=kernel):
            return inlining.inline_kernel(frame, kernel, arguments, keywords, location)
        case BuiltinEntity(name=name):
            return builtin_calls.call_builtin(frame, name, arguments, keywords, location)
        case TypeEntity(type=kind, python=python) if isinstance(kind, ScalarType):
            _refuse_keywords(keywords, location)
            return cast_call(frame, kind, python, arguments, location)
        case PrimitiveEntity(name=name, spelling=spelling):
            _refuse_keywords(keywords, location)
            return call_primitive(frame, TABLE[name], spelling, arguments, location)
        case _:
            hint = "Kernels call functions of math, cmath and NumPy, plain Python functions and other kernels."
            raise InvalidCall(f"a kernel cannot call {callee.name!r}", location, hint)


def _refuse_keywords(keywords: dict[str, Term], location: Location) -> None:
    if keywords:
        raise InvalidCall(f"the keyword {next(iter(keywords))!r} has no meaning here", location, "Pass numbers by position.")


def numbers_of(frame: Frame, arguments: Sequence[Term], location: Location) -> list[Number]:
    """Return arguments as numbers."""
    numbers = []
    for argument in arguments:
        if isinstance(argument, Number):
            numbers.append(argument)
        elif isinstance(argument, Array) and not argument.shape:
            numbers.append(arrays.load_place(frame, arrays.Place(argument, None, location)))
        else:
            hint = "A kernel works on scalars: index the array, a[i]." if isinstance(argument, Array) else None
            raise TypeMismatch(f"a number is needed here, not {argument}", location, hint)
    return numbers


# -- casts


def cast_call(frame: Frame, kind: ScalarType, python: bool, arguments: Sequence[Term], location: Location) -> Number:
    """Return ``float32(x)``, ``int(x)``, ``complex(re, im)``."""
    if kind.is_complex and len(arguments) == 2:
        return _make_complex(frame, kind, python, numbers_of(frame, arguments, location), location)
    if len(arguments) > 1:
        raise InvalidCall(f"{kind} takes one number, not {len(arguments)}", location)
    if not arguments:
        return Number(convert(frame.builder, expressions.python_number(0), kind, location), weak=python)
    (number,) = numbers_of(frame, arguments, location)
    if number.constant is not None and number.weak and not isinstance(number.constant, complex):
        return _cast_constant(frame, number.constant, kind, python, location)
    return Number(convert(frame.builder, number, kind, location), weak=python)


def _cast_constant(frame: Frame, value: bool | int | float, kind: ScalarType, python: bool, location: Location) -> Number:
    if python:
        makers = {bool_: bool, int64: int, float64: float, complex128: complex}
        try:
            return expressions.python_number(makers[kind](value), location)
        except (ValueError, OverflowError) as error:
            raise InvalidCall(str(error), location) from None
    number = expressions.python_number(value, location)
    return Number(convert(frame.builder, number, kind, location))


def _make_complex(frame: Frame, kind: ScalarType, python: bool, numbers: list[Number], location: Location) -> Number:
    if any(number.type.is_complex for number in numbers):
        raise TypeMismatch("the parts of a complex number are real", location)
    parts = [Number(convert(frame.builder, number, kind.component, location)) for number in numbers]
    (result,) = apply(frame.builder, make_complex, parts, location)
    return Number(result.value, weak=python)


# -- operations


def call_primitive(frame: Frame, primitive: Primitive, spelling: str, arguments: Sequence[Term], location: Location) -> Term:
    """Return an operation applied to arguments; one of ``math`` and ``cmath`` works on Python numbers."""
    numbers = numbers_of(frame, arguments, location)
    if spelling.startswith(("math.", "cmath.")):
        return builtin_calls.call_math(frame, primitive, spelling, numbers, location)
    if primitive.numpy is not None and len(numbers) != primitive.numpy.nin:
        wanted = primitive.numpy.nin
        raise InvalidCall(f"{primitive.name!r} takes {wanted} argument{'s' * (wanted != 1)}, not {len(numbers)}", location)
    results = apply(frame.builder, primitive, numbers, location)
    return results[0] if len(results) == 1 else Tuple(results)

