"""The functions of ``math`` and ``cmath``.

They compute in double precision and give Python numbers, as in Python: a float32 argument is widened, and the result is
weak. What Python reports by an exception (a domain, a range) NumPy reports by a floating-point error, and so does a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

from cobra.compiler.frontend import calls, expressions, iteration, methods
from cobra.compiler.frontend.arguments import expect_count, is_given, numbers_of
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import apply, convert, python_number
from cobra.compiler.frontend.terms import Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.table import TABLE
from cobra.errors import InvalidCall, Location, TypeMismatch
from cobra.types import ScalarType, complex128, float64, int64

Handler = Callable[[Frame, list[Term], Location], Term]

_TO_INTEGER = frozenset(["math.floor", "math.ceil", "math.trunc"])
_GROW_FAST = frozenset(["math.factorial", "math.comb", "math.perm"])
_OF_INTEGERS = frozenset(["math.gcd", "math.lcm", "math.isqrt", "math.factorial", "math.comb", "math.perm"])


def operation(frame: Frame, name: str, numbers: Sequence[Number], location: Location) -> Number:
    """Append an operation of the table that has one result."""
    (result,) = apply(frame.builder, TABLE[name], numbers, location)
    return result


def call_math(frame: Frame, primitive: Primitive, spelling: str, arguments: list[Term], location: Location) -> Term:
    """Return a call of a function of ``math`` or ``cmath`` that is an operation of the table."""
    handler = HANDLERS.get(spelling)
    if handler is not None:
        return handler(frame, arguments, location)
    numbers = numbers_of(frame, arguments, location)
    folded = _fold(spelling, numbers)
    if folded is not None:
        return folded
    if spelling in _OF_INTEGERS:
        return _integer_math(frame, primitive, spelling, numbers, location)
    return _plain_math(frame, primitive, spelling, numbers, location)


def _plain_math(frame: Frame, primitive: Primitive, spelling: str, numbers: Sequence[Number], location: Location) -> Term:
    if spelling in _TO_INTEGER and [number.type.is_integer for number in numbers] == [True]:
        return Number(convert(frame.builder, numbers[0], int64, location), weak=True)
    wide = complex128 if spelling.startswith("cmath.") else float64
    kept = 1 if spelling == "math.ldexp" else len(numbers)
    widened = [Number(convert(frame.builder, number, wide, location)) for number in numbers[:kept]]
    results = apply(frame.builder, primitive, [*widened, *numbers[kept:]], location)
    python = [_as_python(frame, result, location, spelling in _TO_INTEGER) for result in results]
    return python[0] if len(python) == 1 else Tuple(tuple(python))


def _as_python(frame: Frame, number: Number, location: Location, to_integer: bool) -> Number:
    if number.type.is_integer or to_integer:
        return Number(convert(frame.builder, number, int64, location), weak=True)
    return Number(number.value, weak=True)


def _fold(spelling: str, numbers: Sequence[Number]) -> Number | None:
    """Compute a function of ``math`` on constants now."""
    values = [number.constant for number in numbers]
    if not spelling.startswith("math.") or any(value is None or isinstance(value, complex) for value in values):
        return None
    if spelling in _GROW_FAST and any(isinstance(value, int) and value > 64 for value in values):
        return None
    try:
        result = getattr(math, spelling.removeprefix("math."))(*values)
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        return None
    fits = isinstance(result, (bool, float)) or (isinstance(result, int) and -(2**63) <= result < 2**63)
    return python_number(result) if fits else None


def _integer_math(frame: Frame, primitive: Primitive, spelling: str, numbers: Sequence[Number], location: Location) -> Term:
    for number in numbers:
        if not (number.type.is_integer or number.type.kind == "bool"):
            raise TypeMismatch(f"{spelling} takes integers, not {number}", location, "Convert it where you mean it: int(…).")
    wide = [Number(convert(frame.builder, number, int64, location)) for number in numbers]
    if spelling in ("math.gcd", "math.lcm"):
        neutral = Number(constant(0 if spelling == "math.gcd" else 1, int64))
        result = reduce(lambda a, b: operation(frame, primitive.name, [a, b], location), wide, neutral)
    elif spelling == "math.perm" and len(wide) == 1:
        result = operation(frame, "factorial", wide, location)
    else:
        result = operation(frame, primitive.name, wide, location)
    return Number(result.value, weak=True)


# -- functions that are no single operation


def _doubles(frame: Frame, arguments: Sequence[Term], location: Location, kind: ScalarType = float64) -> list[Number]:
    return [Number(convert(frame.builder, n, kind, location)) for n in numbers_of(frame, arguments, location)]


def _log(module: str) -> Handler:
    """``math.log`` and ``cmath.log``, with an optional base."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count(f"{module}.log", arguments, location, 1, 2)
        wide = complex128 if module == "cmath" else float64
        logs = [operation(frame, "log", [number], location) for number in _doubles(frame, arguments, location, wide)]
        return Number((logs[0] if len(logs) == 1 else expressions.operate(frame, "/", logs, location)).value, weak=True)

    return handler


def _hypot(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``math.hypot`` of any number of coordinates."""
    return _norm(frame, _doubles(frame, arguments, location), location)


def _norm(frame: Frame, numbers: Sequence[Number], location: Location) -> Number:
    if not numbers:
        return python_number(0.0)
    first = operation(frame, "absolute", numbers[:1], location)
    total = reduce(lambda a, b: operation(frame, "hypot", [a, b], location), numbers[1:], first)
    return Number(total.value, weak=True)


def _dist(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``math.dist``: the distance of two points, given as tuples."""
    expect_count("math.dist", arguments, location, 2)
    first, second = (_doubles(frame, expressions.items_of(frame, point, location), location) for point in arguments)
    if len(first) != len(second):
        message = f"the points have {len(first)} and {len(second)} coordinates"
        raise InvalidCall(message, location, "Give both as many.")
    pairs = zip(first, second, strict=True)
    return _norm(frame, [expressions.operate(frame, "-", pair, location) for pair in pairs], location)


def _prod(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``math.prod``."""
    expect_count("math.prod", arguments, location, 1, 2)
    start = numbers_of(frame, arguments[1:], location)[0] if is_given(arguments, 1) else python_number(1)
    return iteration.fold(frame, arguments[0], start, lambda a, b: expressions.operate(frame, "*", [a, b], location), location)


def _fsum(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``math.fsum`` of a tuple, in three-fold precision."""
    expect_count("math.fsum", arguments, location, 1)
    zero = Number(constant(0.0, float64))
    total, first, second = zero, zero, zero
    for number in _doubles(frame, expressions.items_of(frame, arguments[0], location), location):
        total, rest = _two_sum(frame, total, number, location)
        first, rest = _two_sum(frame, first, rest, location)
        second = expressions.operate(frame, "+", [second, rest], location)
    correction = expressions.operate(frame, "+", [first, second], location)
    finite = operation(frame, "isfinite", [correction], location)
    correction = operation(frame, "select", [finite, correction, zero], location)
    return Number(expressions.operate(frame, "+", [total, correction], location).value, weak=True)


def _two_sum(frame: Frame, a: Number, b: Number, location: Location) -> tuple[Number, Number]:
    """Return a sum and the error of its rounding, exactly."""

    def operate(spelling: str, *numbers: Number) -> Number:
        return expressions.operate(frame, spelling, numbers, location)

    total = operate("+", a, b)
    part = operate("-", total, a)
    error = operate("+", operate("-", a, operate("-", total, part)), operate("-", b, part))
    return total, error


def _isclose(wide: ScalarType) -> Handler:
    """``isclose``: near relative to the larger number, or in absolute terms."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count("isclose", arguments, location, 2, 3, 4)
        pair = _doubles(frame, arguments[:2], location, wide)
        tolerances = [
            _doubles(frame, [arguments[k]], location)[0] if is_given(arguments, k) else python_number(default)
            for k, default in ((2, 1e-9), (3, 0.0))
        ]
        return Number(_close(frame, pair, tolerances, location).value, weak=True)

    return handler


def _close(frame: Frame, pair: Sequence[Number], tolerances: Sequence[Number], location: Location) -> Number:
    def operate(spelling: str, *numbers: Number) -> Number:
        return expressions.operate(frame, spelling, numbers, location)

    (a, b), (relative, absolute) = pair, tolerances
    distance = operate("abs", operate("-", a, b))
    bounds = [absolute, *(operate("*", relative, operate("abs", number)) for number in pair)]
    near = reduce(lambda x, y: operate("|", x, y), [operate("<=", distance, bound) for bound in bounds])
    infinite = operate("|", *(operation(frame, "isinf", [number], location) for number in pair))
    return operate("|", operate("==", a, b), operate("&", near, operation(frame, "logical_not", [infinite], location)))


def _polar(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``cmath.polar``."""
    expect_count("cmath.polar", arguments, location, 1)
    size = operation(frame, "absolute", _doubles(frame, arguments, location, complex128), location)
    return Tuple((Number(size.value, weak=True), _phase(frame, arguments, location)))


def _phase(frame: Frame, arguments: list[Term], location: Location) -> Number:
    """``cmath.phase``."""
    expect_count("cmath.phase", arguments, location, 1)
    (number,) = _doubles(frame, arguments, location, complex128)
    parts = [methods.part_of(frame, number, name, location) for name in ("imag", "real")]
    return Number(operation(frame, "arctan2", parts, location).value, weak=True)


def _rect(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``cmath.rect``: r (cos phi + i sin phi)."""
    expect_count("cmath.rect", arguments, location, 2)
    r, phi = _doubles(frame, arguments, location)
    parts = [expressions.operate(frame, "*", [r, operation(frame, name, [phi], location)], location) for name in ("cos", "sin")]
    return calls.cast_call(frame, complex128, True, parts, location)


HANDLERS: dict[str, Handler] = {
    "math.hypot": _hypot,
    "math.dist": _dist,
    "math.prod": _prod,
    "math.fsum": _fsum,
    "math.log": _log("math"),
    "cmath.log": _log("cmath"),
    "math.isclose": _isclose(float64),
    "cmath.isclose": _isclose(complex128),
    "cmath.polar": _polar,
    "cmath.phase": _phase,
    "cmath.rect": _rect,
}

KEYWORDS = {
    "math.isclose": {"rel_tol": 2, "abs_tol": 3},
    "cmath.isclose": {"rel_tol": 2, "abs_tol": 3},
    "math.prod": {"start": 1},
}
