"""NumPy's functions on numbers that are not ufuncs; like these they keep the types of their arguments."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cobra.compiler.frontend import expressions, math_calls, methods
from cobra.compiler.frontend.arguments import expect_count, is_given, numbers_of
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import argument_type, convert, python_number, truth
from cobra.compiler.frontend.rounding import numpy_round
from cobra.compiler.frontend.terms import Number, Term
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives.selection import select
from cobra.errors import Location, TypeMismatch
from cobra.types import bool_, from_dtype

Handler = Callable[[Frame, list[Term], Location], Term]


def _typed(frame: Frame, arguments: list[Term], location: Location) -> list[Number]:
    """Return arguments as NumPy numbers: a Python number takes its default type."""
    return [Number(convert(frame.builder, n, n.type, location)) for n in numbers_of(frame, arguments, location)]


def _where(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("np.where", arguments, location, 3)
    test, yes, no = numbers_of(frame, arguments, location)
    decided = truth(frame.builder, test)
    if yes.weak and no.weak:
        yes, no = _typed(frame, [yes, no], location)
    loop = select.rule((bool_, argument_type(yes), argument_type(no)))
    values = [convert(frame.builder, number, kind, location) for number, kind in zip((yes, no), loop.operands[1:], strict=True)]
    if isinstance(decided, Constant):
        return Number(values[0 if decided.value else 1])
    return Number(frame.builder(select, decided, *values))


def _clip(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("np.clip", arguments, location, 2, 3)
    (result,) = _typed(frame, arguments[:1], location)
    for position, name in ((1, "maximum"), (2, "minimum")):
        if is_given(arguments, position):
            result = math_calls.operation(frame, name, [result, *numbers_of(frame, [arguments[position]], location)], location)
    return result


def _part(name: str) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count(f"np.{name}", arguments, location, 1)
        return methods.part_of(frame, _typed(frame, arguments, location)[0], name, location)

    return handler


def _has_imaginary_part(spelling: str) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count("np.isreal and np.iscomplex", arguments, location, 1)
        part = methods.part_of(frame, _typed(frame, arguments, location)[0], "imag", location)
        return expressions.operate(frame, spelling, [part, Number(constant(0, part.type))], location)

    return handler


def _angle(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("np.angle", arguments, location, 1)
    (number,) = _typed(frame, arguments, location)
    height = methods.part_of(frame, number, "imag", location) if number.type.is_complex else python_number(0.0)
    return math_calls.operation(frame, "arctan2", [height, methods.part_of(frame, number, "real", location)], location)


def _infinite(limit: float) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count("np.isposinf and np.isneginf", arguments, location, 1)
        (number,) = _typed(frame, arguments, location)
        if number.type.is_complex:
            hint = "Test the parts: z.real, z.imag."
            raise TypeMismatch("a complex number has no positive or negative infinity", location, hint)
        return expressions.operate(frame, "==", [number, python_number(limit)], location)

    return handler


def _fix(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("np.fix", arguments, location, 1)
    return math_calls.operation(frame, "trunc", _typed(frame, arguments, location), location)


def _sinc(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``np.sinc``: sin(pi x) / (pi x), with a tiny number in the place of zero."""
    expect_count("np.sinc", arguments, location, 1)
    scaled = expressions.operate(frame, "*", [python_number(math.pi), *_typed(frame, arguments, location)], location)
    tiny = float(np.finfo(scaled.type.dtype).eps) if scaled.type.is_floating else 1e-20
    y = _where(frame, [scaled, scaled, python_number(tiny)], location)
    assert isinstance(y, Number)
    return expressions.operate(frame, "/", [math_calls.operation(frame, "sin", [y], location), y], location)


def _isclose(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``np.isclose``: |a - b| <= atol + rtol |b|, where b is a float."""
    expect_count("np.isclose", arguments, location, 2, 3, 4)

    def operate(spelling: str, *numbers: Number) -> Number:
        return expressions.operate(frame, spelling, numbers, location)

    a, b = _typed(frame, arguments[:2], location)
    inexact = from_dtype(np.result_type(b.type.dtype, 1.0))
    assert inexact is not None
    b = Number(convert(frame.builder, b, inexact, location))
    relative, absolute = (
        numbers_of(frame, [arguments[k]], location)[0] if is_given(arguments, k) else python_number(default)
        for k, default in ((2, 1e-5), (3, 1e-8))
    )
    bound = operate("+", absolute, operate("*", relative, operate("abs", b)))
    near = operate("<=", operate("abs", operate("-", a, b)), bound)
    return operate("|", operate("&", near, math_calls.operation(frame, "isfinite", [b], location)), operate("==", a, b))


HANDLERS: dict[str, Handler] = {
    "numpy.where": _where,
    "numpy.clip": _clip,
    "numpy.round": numpy_round,
    "numpy.around": numpy_round,
    "numpy.real": _part("real"),
    "numpy.imag": _part("imag"),
    "numpy.isreal": _has_imaginary_part("=="),
    "numpy.iscomplex": _has_imaginary_part("!="),
    "numpy.angle": _angle,
    "numpy.isclose": _isclose,
    "numpy.isposinf": _infinite(math.inf),
    "numpy.isneginf": _infinite(-math.inf),
    "numpy.fix": _fix,
    "numpy.sinc": _sinc,
}

KEYWORDS = {
    "numpy.isclose": {"rtol": 2, "atol": 3},
    "numpy.round": {"decimals": 1},
    "numpy.around": {"decimals": 1},
    "numpy.clip": {"a_min": 1, "a_max": 2, "min": 1, "max": 2},
}
