"""Python's builtins, the functions of ``math`` and ``cmath``, and NumPy's functions that are not ufuncs.

``math`` works on Python floats: a float32 argument is widened, and the result is a weak Python number. NumPy's functions keep
their argument's type.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

from cobra.compiler.frontend import calls, expressions, iteration
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import apply, argument_type, convert, join_types, python_number
from cobra.compiler.frontend.terms import Array, Iteration, Nothing, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.operations import Primitive
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.table import TABLE, by_spelling
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import bool_, complex128, float64, int64

Handler = Callable[[Frame, list[Term], Location], Term]


def call_builtin(frame: Frame, name: str, arguments: list[Term], keywords: dict[str, Term], location: Location) -> Term:
    """Return a call of a function that Cobra itself gives a meaning."""
    handler = _HANDLERS.get(name)
    if handler is None:
        raise InvalidCall(f"a kernel cannot call {name!r}", location, _ADVICE.get(name, "See the language reference for what it can call."))
    names = _KEYWORDS.get(name, ())
    for word, term in keywords.items():
        if word not in names:
            raise InvalidCall(f"{name} has no keyword {word!r} in a kernel", location)
        while len(arguments) <= names.index(word):
            arguments.append(Nothing())
        arguments[names.index(word)] = term
    return handler(frame, arguments, location)


def _count(name: str, arguments: Sequence[Term], location: Location, *allowed: int) -> None:
    if len(arguments) not in allowed:
        wanted = " or ".join(map(str, allowed))
        raise InvalidCall(f"{name} takes {wanted} arguments, not {len(arguments)}", location)


def _operation(frame: Frame, name: str, numbers: Sequence[Number], location: Location) -> Number:
    (result,) = apply(frame.builder, TABLE[name], numbers, location)
    return result


def _numbers(frame: Frame, arguments: Sequence[Term], location: Location) -> list[Number]:
    return calls.numbers_of(frame, arguments, location)


# -- builtins


def _by_operator(spelling: str, *counts: int) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        _count(spelling, arguments, location, *counts)
        primitive = by_spelling(spelling)
        assert primitive is not None
        results = apply(frame.builder, primitive, _numbers(frame, arguments, location), location, spelling=spelling)
        return results[0] if len(results) == 1 else Tuple(results)

    return handler


def _pow(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("pow", arguments, location, 2)
    return expressions.operate(frame, "**", _numbers(frame, arguments, location), location)


def _extreme(spelling: str) -> Handler:
    """``min`` and ``max`` of Python: the first operand unless another one is really smaller (larger)."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        items = expressions.items_of(frame, arguments[0], location) if len(arguments) == 1 else arguments
        numbers = _numbers(frame, items, location)
        if not numbers:
            raise InvalidCall("min and max need at least one number", location)
        return reduce(lambda best, number: _better(frame, spelling, best, number, location), numbers)

    return handler


def _better(frame: Frame, spelling: str, best: Number, number: Number, location: Location) -> Number:
    if best.weak and number.weak and best.constant is not None and number.constant is not None:
        replaced = expressions.operate(frame, spelling, [number, best], location).constant
        return number if replaced else best
    joined = join_types(best, number)
    if joined is None:
        raise TypeMismatch(f"min and max do not take {best} and {number}", location, "Convert one of them.")
    kind, weak = joined
    first, second = convert(frame.builder, best, kind, location), convert(frame.builder, number, kind, location)
    test = expressions.operate(frame, spelling, [Number(second), Number(first)], location)
    return Number(frame.builder(select, test.value, second, first), weak)


def _round(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """Python's ``round``: to an integer, or to decimals as NumPy does."""
    _count("round", arguments, location, 1, 2)
    number = _numbers(frame, arguments[:1], location)[0]
    if len(arguments) == 2 and not isinstance(arguments[1], Nothing):
        return round_decimals(frame, number, _numbers(frame, arguments[1:], location)[0], location)
    if number.type.is_integer or number.type.kind == "bool":
        return Number(convert(frame.builder, number, int64, location), weak=True)
    rounded = _operation(frame, "rint", [number], location)
    return Number(convert(frame.builder, rounded, int64, location), weak=True)


def round_decimals(frame: Frame, number: Number, decimals: Number, location: Location) -> Number:
    """Return ``numpy.round(number, decimals)``: scale by a power of ten, round to even, scale back."""
    places = decimals.constant
    if not isinstance(places, int):
        raise UnsupportedSyntax("the number of decimals must be a constant integer", location)
    if number.type.is_integer or number.type.kind == "bool":
        if places >= 0:
            return number
        raise UnsupportedSyntax("a kernel rounds integers to whole numbers only", location)
    if places == 0:
        return Number(_operation(frame, "rint", [number], location).value, number.weak)
    first, second = ("*", "/") if places > 0 else ("/", "*")
    scale = python_number(10.0 ** abs(places))
    scaled = expressions.operate(frame, first, [number, scale], location)
    rounded = Number(_operation(frame, "rint", [scaled], location).value, number.weak)
    return expressions.operate(frame, second, [rounded, scale], location)


def _len(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("len", arguments, location, 1)
    term = arguments[0]
    if isinstance(term, Tuple):
        return python_number(len(term.items))
    if isinstance(term, Array) and term.shape:
        return Number(term.shape[0], weak=True)
    if isinstance(term, Iteration):
        zero = python_number(0)
        handler = _extreme(">")
        return handler(frame, [zero, Number(term.count, weak=True)], location)
    raise TypeMismatch(f"{term} has no length", location)


def _sum(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("sum", arguments, location, 1, 2)
    start = _numbers(frame, arguments[1:], location)[0] if len(arguments) == 2 else python_number(0)
    numbers = _numbers(frame, expressions.items_of(frame, arguments[0], location), location)
    return reduce(lambda total, number: expressions.operate(frame, "+", [total, number], location), numbers, start)


def _quantifier(spelling: str, empty: bool) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        _count("any and all", arguments, location, 1)
        numbers = _numbers(frame, expressions.items_of(frame, arguments[0], location), location)
        truths = [Number(expressions.truth(frame.builder, number), weak=True) for number in numbers]
        return reduce(lambda a, b: expressions.operate(frame, spelling, [a, b], location), truths, python_number(empty))

    return handler


def _range(frame: Frame, arguments: list[Term], location: Location) -> Term:
    return iteration.make_range(frame, _numbers(frame, arguments, location), location)


def _enumerate(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("enumerate", arguments, location, 1, 2)
    start = _numbers(frame, arguments[1:], location)[0] if len(arguments) == 2 else python_number(0)
    items = iteration.unrolled(arguments[0])
    if items is not None:
        counted = [expressions.operate(frame, "+", [start, python_number(k)], location) for k in range(len(items))]
        return Tuple(tuple(Tuple((k, item)) for k, item in zip(counted, items, strict=True)))
    return iteration.enumerated(frame, iteration.iterate(frame, arguments[0], location), start, location)


def _zip(frame: Frame, arguments: list[Term], location: Location) -> Term:
    tuples = [iteration.unrolled(argument) for argument in arguments]
    if arguments and all(items is not None for items in tuples):
        return Tuple(tuple(Tuple(row) for row in zip(*[items for items in tuples if items is not None], strict=False)))
    return iteration.zipped(frame, [iteration.iterate(frame, argument, location) for argument in arguments])


# -- math and cmath

_TO_INTEGER = frozenset(["math.floor", "math.ceil", "math.trunc"])
_KEEP_INTEGERS = frozenset(["math.gcd", "math.lcm", "math.isqrt", "math.factorial", "math.comb", "math.perm"])


def call_math(frame: Frame, primitive: Primitive, spelling: str, numbers: list[Number], location: Location) -> Term:
    """Return a function of ``math`` or ``cmath``: computed in double precision, giving Python numbers."""
    handler = _HANDLERS.get(spelling)
    if handler is not None:
        return handler(frame, list(numbers), location)
    return _plain_math(frame, primitive, spelling, numbers, location)


def _plain_math(frame: Frame, primitive: Primitive, spelling: str, numbers: list[Number], location: Location) -> Term:
    if spelling in _KEEP_INTEGERS:
        return _integer_math(frame, primitive, spelling, numbers, location)
    wide = complex128 if spelling.startswith("cmath.") else float64
    if spelling in _TO_INTEGER and all(number.type.is_integer for number in numbers):
        return Number(convert(frame.builder, numbers[0], int64, location), weak=True)
    kept = 1 if spelling == "math.ldexp" else len(numbers)
    widened = [Number(convert(frame.builder, number, wide, location)) for number in numbers[:kept]] + numbers[kept:]
    folded = _fold(spelling, numbers)
    if folded is not None:
        return folded
    results = apply(frame.builder, primitive, widened, location)
    if spelling in _TO_INTEGER:
        return Number(convert(frame.builder, results[0], int64, location), weak=True)
    weak = [_as_python(frame, result, location) for result in results]
    return weak[0] if len(weak) == 1 else Tuple(tuple(weak))


def _as_python(frame: Frame, number: Number, location: Location) -> Number:
    if number.type.is_integer:
        return Number(convert(frame.builder, number, int64, location), weak=True)
    return Number(number.value, weak=True)


def _fold(spelling: str, numbers: Sequence[Number]) -> Number | None:
    """Compute a function of ``math`` on constants now."""
    values = [number.constant for number in numbers]
    if not spelling.startswith("math.") or any(value is None or isinstance(value, complex) for value in values):
        return None
    try:
        result = getattr(math, spelling.removeprefix("math."))(*values)
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        return None
    return python_number(result) if isinstance(result, (bool, int, float)) else None


def _integer_math(frame: Frame, primitive: Primitive, spelling: str, numbers: list[Number], location: Location) -> Term:
    for number in numbers:
        if not (number.type.is_integer or number.type.kind == "bool"):
            raise TypeMismatch(f"{spelling} takes integers, not {number}", location, "Convert it where you mean it: int(…).")
    wide = [Number(convert(frame.builder, number, int64, location)) for number in numbers]
    if spelling in ("math.gcd", "math.lcm"):
        start = wide or [Number(constant(0 if spelling == "math.gcd" else 1, int64))]
        pairs = start if len(start) > 1 else [start[0], start[0]]
        result = reduce(lambda a, b: apply(frame.builder, primitive, [a, b], location)[0], pairs)
        return Number(result.value, weak=True)
    if spelling == "math.perm" and len(wide) == 1:
        primitive = TABLE["factorial"]
    (result,) = apply(frame.builder, primitive, wide, location)
    return Number(result.value, weak=True)


# -- NumPy's functions that are not ufuncs


def _where(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("np.where", arguments, location, 3)
    test, yes, no = _numbers(frame, arguments, location)
    decided = expressions.truth(frame.builder, test)
    if yes.weak and no.weak:
        yes, no = _typed(yes), _typed(no)
    loop = select.rule((bool_, argument_type(yes), argument_type(no)))
    values = [convert(frame.builder, number, kind, location) for number, kind in zip((yes, no), loop.operands[1:], strict=True)]
    if isinstance(decided, Constant):
        return Number(values[0 if decided.value else 1])
    return Number(frame.builder(select, decided, *values))


def _typed(number: Number) -> Number:
    return Number(number.value)


def _clip(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("np.clip", arguments, location, 2, 3)
    result = _numbers(frame, arguments[:1], location)[0]
    for name, bound in zip(("maximum", "minimum"), arguments[1:], strict=False):
        if not isinstance(bound, Nothing):
            result = _operation(frame, name, [result, *_numbers(frame, [bound], location)], location)
    return result


def _numpy_round(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("np.round", arguments, location, 1, 2)
    number = _numbers(frame, arguments[:1], location)[0]
    decimals = _numbers(frame, arguments[1:], location)[0] if len(arguments) == 2 else python_number(0)
    return round_decimals(frame, Number(number.value), decimals, location)


def _part(name: str) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        _count(f"np.{name}", arguments, location, 1)
        return expressions.part_of(frame, _typed(_numbers(frame, arguments, location)[0]), name, location)

    return handler


def _angle(frame: Frame, arguments: list[Term], location: Location) -> Term:
    _count("np.angle", arguments, location, 1)
    number = _typed(_numbers(frame, arguments, location)[0])
    parts = [expressions.part_of(frame, number, name, location) for name in ("imag", "real")]
    return _operation(frame, "arctan2", parts, location)


def _infinite(spelling: str) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        _count("np.isposinf and np.isneginf", arguments, location, 1)
        number = _typed(_numbers(frame, arguments, location)[0])
        return expressions.operate(frame, "==", [number, python_number(float(spelling))], location)

    return handler


def _isclose(python: bool) -> Handler:
    """``isclose`` of NumPy (|a - b| <= atol + rtol |b|) and of ``math`` (relative to the larger)."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        tolerances = (1e-9, 0.0) if python else (1e-5, 1e-8)
        a, b = _numbers(frame, arguments[:2], location)
        given = [*arguments[2:4], *[Nothing()] * (4 - len(arguments))]
        rtol, atol = (
            python_number(default) if isinstance(term, Nothing) else _numbers(frame, [term], location)[0]
            for term, default in zip(given, tolerances, strict=True)
        )
        return _close(frame, python, (a, b), (rtol, atol), location)

    return handler


def _close(frame: Frame, python: bool, pair: tuple[Number, Number], tolerance: tuple[Number, Number], location: Location) -> Number:
    def operate(spelling: str, *numbers: Number) -> Number:
        return expressions.operate(frame, spelling, numbers, location)

    (a, b), (rtol, atol) = pair, tolerance
    distance, larger = operate("abs", operate("-", a, b)), operate("abs", b)
    if python:
        larger = _better(frame, ">", larger, operate("abs", a), location)
        bound = _better(frame, ">", operate("*", rtol, larger), atol, location)
    else:
        bound = operate("+", atol, operate("*", rtol, larger))
    near = operate("&", operate("<=", distance, bound), operate("<", bound, python_number(math.inf)))
    return operate("|", operate("==", a, b), near)


def _polar_parts(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``cmath.polar``."""
    _count("cmath.polar", arguments, location, 1)
    number = Number(convert(frame.builder, _numbers(frame, arguments, location)[0], complex128, location))
    size = _operation(frame, "absolute", [number], location)
    return Tuple((Number(size.value, weak=True), _phase(frame, arguments, location)))


def _phase(frame: Frame, arguments: list[Term], location: Location) -> Number:
    """``cmath.phase``."""
    _count("cmath.phase", arguments, location, 1)
    number = Number(convert(frame.builder, _numbers(frame, arguments, location)[0], complex128, location))
    parts = [expressions.part_of(frame, number, name, location) for name in ("imag", "real")]
    return Number(_operation(frame, "arctan2", parts, location).value, weak=True)


def _rect(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``cmath.rect``: r (cos phi + i sin phi)."""
    _count("cmath.rect", arguments, location, 2)
    r, phi = (Number(convert(frame.builder, n, float64, location)) for n in _numbers(frame, arguments, location))
    parts = [expressions.operate(frame, "*", [r, _operation(frame, name, [phi], location)], location) for name in ("cos", "sin")]
    return calls.cast_call(frame, complex128, True, parts, location)


def _hypot(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``math.hypot`` of any number of coordinates."""
    numbers = [Number(convert(frame.builder, n, float64, location)) for n in _numbers(frame, arguments, location)]
    if not numbers:
        return python_number(0.0)
    first = _operation(frame, "absolute", numbers[:1], location)
    total = reduce(lambda a, b: _operation(frame, "hypot", [a, b], location), numbers[1:], first)
    return Number(total.value, weak=True)


def _math_log(module: str) -> Handler:
    """``math.log`` and ``cmath.log``, with an optional base."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        _count(f"{module}.log", arguments, location, 1, 2)
        numbers = _numbers(frame, arguments, location)
        logs = [_plain_math(frame, TABLE["log"], f"{module}.log", [number], location) for number in numbers]
        numerators = [log for log in logs if isinstance(log, Number)]
        return numerators[0] if len(logs) == 1 else expressions.operate(frame, "/", numerators, location)

    return handler


_HANDLERS: dict[str, Handler] = {
    "abs": _by_operator("abs", 1),
    "divmod": _by_operator("divmod", 2),
    "pow": _pow,
    "min": _extreme("<"),
    "max": _extreme(">"),
    "round": _round,
    "len": _len,
    "sum": _sum,
    "any": _quantifier("|", False),
    "all": _quantifier("&", True),
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "math.hypot": _hypot,
    "math.log": _math_log("math"),
    "cmath.log": _math_log("cmath"),
    "math.isclose": _isclose(True),
    "cmath.isclose": _isclose(True),
    "cmath.polar": _polar_parts,
    "cmath.phase": _phase,
    "cmath.rect": _rect,
    "numpy.where": _where,
    "numpy.clip": _clip,
    "numpy.round": _numpy_round,
    "numpy.around": _numpy_round,
    "numpy.real": _part("real"),
    "numpy.imag": _part("imag"),
    "numpy.angle": _angle,
    "numpy.isclose": _isclose(False),
    "numpy.isposinf": _infinite("inf"),
    "numpy.isneginf": _infinite("-inf"),
}

_KEYWORDS: dict[str, tuple[str, ...]] = {
    "math.isclose": ("", "", "rel_tol", "abs_tol"),
    "cmath.isclose": ("", "", "rel_tol", "abs_tol"),
    "numpy.isclose": ("", "", "rtol", "atol"),
    "numpy.round": ("", "decimals"),
    "numpy.around": ("", "decimals"),
    "numpy.clip": ("", "a_min", "a_max"),
    "round": ("", "ndigits"),
    "enumerate": ("", "start"),
    "sum": ("", "start"),
}

_ADVICE = {
    "print": "Native code prints nothing: return the value, or run the plain function, kernel.__wrapped__.",
    "numpy.sum": "A kernel works on scalars: write a loop.",
    "numpy.dot": "A kernel works on scalars: write a loop.",
    "list": "A kernel works on scalars: use a tuple.",
    "isinstance": "Types are known when a kernel is compiled: annotate its parameters.",
}


def math_spellings() -> frozenset[str]:
    """Return the functions of ``math`` and ``cmath`` that have a handler of their own."""
    return frozenset(name for name in _HANDLERS if name.startswith(("math.", "cmath.")))
