"""Translate calls: casts, operations, builtins, NumPy's functions, and functions and kernels, which are inlined."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cobra.compiler.frontend import builtin_calls, expressions, inlining, making, math_calls, methods
from cobra.compiler.frontend.arguments import expect_count, numbers_of
from cobra.compiler.frontend.elementwise import lift
from cobra.compiler.frontend.entities import BuiltinEntity, FunctionEntity, KernelEntity, TypeEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.function_calls import call_function
from cobra.compiler.frontend.promotion import apply, convert, python_number
from cobra.compiler.frontend.terms import Method, Number, Reference, Term, Text, Tuple
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.complex_parts import make_complex
from cobra.compiler.primitives.table import by_public_name
from cobra.compounds import ValueType
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bool_, complex128, float64, int64


def call(frame: Frame, node: ast.Call) -> Term:
    """Return what a call stands for."""
    location = frame.location(node)
    callee = expressions.evaluate(frame, node.func)
    evaluate = expressions.display if _copies_lists(callee) else expressions.evaluate
    arguments = expressions.evaluate_all(frame, node.args, lists=_copies_lists(callee))
    keywords = {word.arg: evaluate(frame, word.value) for word in node.keywords if word.arg is not None}
    if len(keywords) != len(node.keywords):
        raise UnsupportedSyntax("a kernel cannot unpack with stars", location, "Write out the arguments.")
    frame.builder.location = location
    if isinstance(callee, Method):
        return methods.call_method(frame, callee, methods.placed(callee, arguments, keywords, location), location)
    if not isinstance(callee, Reference):
        raise InvalidCall(f"{callee} cannot be called", location, "Functions, kernels and types can.")
    return _call_entity(frame, callee, arguments, keywords, node)


def _copies_lists(callee: Term) -> bool:
    """Tell whether a list is as good as a tuple for a callee."""
    entity = callee.entity if isinstance(callee, Reference) else None
    return entity == BuiltinEntity("numpy.concatenate") or (isinstance(entity, TypeEntity) and isinstance(entity.type, ValueType))


def _call_entity(frame: Frame, callee: Reference, arguments: list[Term], keywords: dict[str, Term], node: ast.Call) -> Term:
    location = frame.location(node)
    match callee.entity:
        case FunctionEntity(spec=spec):
            return inlining.inline_function(frame, spec, arguments, keywords, location)
        case KernelEntity(spec=kernel, scalar=True):
            return call_function(frame, kernel, arguments, keywords, location)
        case KernelEntity(spec=kernel):
            return inlining.inline_kernel(frame, kernel, arguments, keywords, location)
        case BuiltinEntity(name="cobra.inline"):
            hint = "Let it stand alone, and use the variables that it assigns afterwards."
            raise UnsupportedSyntax("cobra.inline is a statement and has no value", location, hint)
        case BuiltinEntity(name=name):
            primitive = by_public_name(name)
            if primitive is None:
                return builtin_calls.call_builtin(frame, name, arguments, keywords, location)
            _refuse_keywords(keywords, location)
            return call_primitive(frame, primitive, name, arguments, location)
        case TypeEntity(type=kind, python=python) if isinstance(kind, ScalarType):
            _refuse_keywords(keywords, location)
            return _cast(frame, kind, python, arguments, location)
        case TypeEntity(type=kind) if isinstance(kind, ValueType):
            return making.construct(frame, kind, arguments, keywords, location)
        case _:
            hint = "Kernels call functions of math, cmath and NumPy, plain Python functions and other kernels."
            raise InvalidCall(f"a kernel cannot call {callee.name!r}", location, hint)


def _refuse_keywords(keywords: dict[str, Term], location: Location) -> None:
    if keywords:
        raise InvalidCall(f"the keyword {next(iter(keywords))!r} has no meaning here", location, "Pass numbers by position.")


# -- casts


_MAKERS: dict[ScalarType, type[bool] | type[int] | type[float] | type[complex]] = {
    bool_: bool, int64: int, float64: float, complex128: complex,
}  # fmt: skip


def _cast(frame: Frame, kind: ScalarType, python: bool, arguments: Sequence[Term], location: Location) -> Term:
    """Return a cast as it is written: NumPy's types, unlike Python's, convert whole arrays."""
    if python and kind == bool_ and len(arguments) == 1:
        expressions.expect_decidable(arguments[0], location)
    if python:
        return cast_call(frame, kind, python, arguments, location)
    return lift(frame, arguments, lambda items: cast_call(frame, kind, python, items, location), location)


def cast_call(frame: Frame, kind: ScalarType, python: bool, arguments: Sequence[Term], location: Location) -> Number:
    """Return ``float32(x)``, ``int(x)``, ``complex(re, im)``, ``float("inf")``."""
    if kind.is_complex and len(arguments) == 2:
        return _make_complex(frame, kind, python, numbers_of(frame, arguments, location), location)
    expect_count(str(kind), arguments, location, 0, 1)
    argument = arguments[0] if arguments else python_number(0)
    if isinstance(argument, Text):
        argument = _parsed(argument.text, kind, location)
    (number,) = numbers_of(frame, [argument], location)
    if python and number.weak and number.constant is not None:
        return _cast_constant(number.constant, kind, location)
    return Number(convert(frame.builder, number, kind, location), weak=python)


def _parsed(text: str, kind: ScalarType, location: Location) -> Number:
    """Return the number a constant string spells."""
    try:
        return python_number((int if kind.is_integer else complex if kind.is_complex else float)(text))
    except ValueError as error:
        raise InvalidCall(str(error), location, "Write a number.") from None


def _cast_constant(value: bool | int | float | complex, kind: ScalarType, location: Location) -> Number:
    """Convert one Python number to another as Python does."""
    try:
        return python_number(_MAKERS[kind](value))  # type: ignore[arg-type]
    except (ValueError, OverflowError) as error:
        raise InvalidCall(str(error), location, "Write a finite number.") from None
    except TypeError:
        raise TypeMismatch(f"a complex number cannot become {kind}", location, "Take its .real, .imag or abs().") from None


def _make_complex(frame: Frame, kind: ScalarType, python: bool, numbers: list[Number], location: Location) -> Number:
    if any(number.type.is_complex for number in numbers):
        raise TypeMismatch("the parts of a complex number are real", location, "Add them up: a + 1j * b.")
    parts = [Number(convert(frame.builder, number, kind.component, location)) for number in numbers]
    (result,) = apply(frame.builder, make_complex, parts, location)
    return Number(result.value, weak=python)


# -- operations


def call_primitive(frame: Frame, primitive: Primitive, spelling: str, arguments: Sequence[Term], location: Location) -> Term:
    """Return an operation applied to arguments; one of ``math`` and ``cmath`` works on Python numbers."""
    if spelling.startswith(("math.", "cmath.")):
        return math_calls.call_math(frame, primitive, spelling, list(arguments), location)
    return lift(frame, arguments, lambda items: _call_on_numbers(frame, primitive, items, location), location)


def _call_on_numbers(frame: Frame, primitive: Primitive, arguments: Sequence[Term], location: Location) -> Term:
    numbers = numbers_of(frame, arguments, location)
    if primitive.numpy is not None and len(numbers) != primitive.numpy.nin:
        wanted = primitive.numpy.nin
        message = f"{primitive.name!r} takes {wanted} argument{'s' * (wanted != 1)}, not {len(numbers)}"
        raise InvalidCall(message, location, "Call it as in plain Python.")
    results = apply(frame.builder, primitive, numbers, location)
    return results[0] if len(results) == 1 else Tuple(results)

