"""Calls of Python's builtins, and the table of all functions to which Cobra itself gives a meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce

from cobra.compiler.frontend import expressions, iteration, math_calls, matrix_products, methods, numpy_calls, reductions, type_calls
from cobra.compiler.frontend.arguments import expect_count, is_given, numbers_of, positioned
from cobra.compiler.frontend.elementwise import is_array, lift
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import origins_in
from cobra.compiler.frontend.kinds import join_kinds, kind_of
from cobra.compiler.frontend.promotion import apply, convert, python_number, truth
from cobra.compiler.frontend.rounding import python_round
from cobra.compiler.frontend.terms import Array, Compound, Iteration, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.primitives.extrema import maximum
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.table import by_spelling
from cobra.errors import InvalidCall, Location, TypeMismatch
from cobra.types import int64

Handler = Callable[[Frame, list[Term], Location], Term]


def call_builtin(frame: Frame, name: str, arguments: list[Term], keywords: Mapping[str, Term], location: Location) -> Term:
    """Return a call of a function that Cobra itself gives a meaning."""
    groups = (HANDLERS, matrix_products.HANDLERS, reductions.HANDLERS, math_calls.HANDLERS, numpy_calls.HANDLERS)
    handler = next((group[name] for group in groups if name in group), None)
    if type_calls.makes_type(name):
        return type_calls.made_type(name, arguments, keywords, location)
    if handler is not None and name in numpy_calls.HANDLERS:
        positions = numpy_calls.KEYWORDS.get(name) or {}
        placed = positioned(name, positions, arguments, keywords, location)
        if name in ("numpy.real", "numpy.imag") and len(placed) == 1 and is_array(placed[0]):
            return methods.attribute_of(frame, placed[0], name.removeprefix("numpy."), location)
        return lift(frame, placed, lambda items: handler(frame, items, location), location)
    if handler is not None:
        keyword_groups = (KEYWORDS, matrix_products.KEYWORDS, math_calls.KEYWORDS)
        positions = next((group[name] for group in keyword_groups if name in group), {})
        return handler(frame, positioned(name, positions, arguments, keywords, location), location)
    raise InvalidCall(f"a kernel cannot call {name!r}", location, _ADVICE.get(name, _WHAT_CAN_BE_CALLED))


def _by_operator(name: str, spelling: str, count: int) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count(name, arguments, location, count)
        primitive = by_spelling(spelling)
        assert primitive is not None

        def scalar(terms: list[Term]) -> Term:
            results = apply(frame.builder, primitive, numbers_of(frame, terms, location), location, spelling=spelling)
            return results[0] if len(results) == 1 else Tuple(results)

        return lift(frame, arguments, scalar, location)

    return handler


# -- the smallest, the sum, and other questions about several numbers


def _extreme(name: str, spelling: str) -> Handler:
    """``min`` and ``max`` of Python: the first operand unless another one is really smaller (larger)."""

    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        if not arguments:
            raise InvalidCall(f"{name} needs at least one number", location, "Give it numbers, a tuple or an array.")
        source = arguments[0] if len(arguments) == 1 else Tuple(tuple(arguments))
        first, rest = iteration.first_and_all(frame, source, name, location)
        return iteration.fold(frame, rest, first, lambda a, b: _better(frame, spelling, a, b, location), location)

    return handler


def _better(frame: Frame, spelling: str, best: Number, number: Number, location: Location) -> Number:
    if best.weak and number.weak and best.constant is not None and number.constant is not None:
        replaced = expressions.operate(frame, spelling, [number, best], location).constant
        return number if replaced else best
    joined = join_kinds(kind_of(best), kind_of(number))
    if joined is None:
        raise TypeMismatch(f"min and max do not take {best} and {number}", location, "Convert one of them.")
    first, second = (convert(frame.builder, n, joined.type, location) for n in (best, number))
    test = expressions.operate(frame, spelling, [Number(second), Number(first)], location)
    return joined.number(frame.builder(select, test.value, second, first))


def _sum(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("sum", arguments, location, 1, 2)
    first: Term = arguments[1] if is_given(arguments, 1) else python_number(0)
    items = iteration.unrolled(arguments[0]) or ()
    if any(map(is_array, (first, *items))):
        return reduce(partial(_plus, frame, location), items, first)
    (start,) = numbers_of(frame, [first], location)
    return iteration.fold(frame, arguments[0], start, lambda a, b: expressions.operate(frame, "+", [a, b], location), location)


def _plus(frame: Frame, location: Location, total: Term, row: Term) -> Term:
    def scalar(terms: list[Term]) -> Term:
        return expressions.operate(frame, "+", numbers_of(frame, terms, location), location)

    return lift(frame, [total, row], scalar, location)


def _quantifier(name: str, spelling: str, empty: bool) -> Handler:
    def handler(frame: Frame, arguments: list[Term], location: Location) -> Term:
        expect_count(name, arguments, location, 1)

        def combine(total: Number, number: Number) -> Number:
            return expressions.operate(frame, spelling, [total, Number(truth(frame.builder, number), weak=True)], location)

        return iteration.fold(frame, arguments[0], python_number(empty), combine, location)

    return handler


def _len(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("len", arguments, location, 1)
    match arguments[0]:
        case Tuple(items=items):
            return python_number(len(items))
        case Compound(items=parts):
            return python_number(len(parts))
        case Array(shape=(size, *_), bounded=True):
            return Number(size, weak=True)
        case Iteration(count=count):
            return Number(frame.builder(maximum, count, constant(0, int64)), weak=True)
        case other:
            raise TypeMismatch(f"{other} has no length", location, "Tuples, arrays and ranges have one.")


# -- what loops run over


def _range(frame: Frame, arguments: list[Term], location: Location) -> Term:
    return iteration.make_range(frame, numbers_of(frame, arguments, location), location)


def _enumerate(frame: Frame, arguments: list[Term], location: Location) -> Term:
    expect_count("enumerate", arguments, location, 1, 2)
    start = numbers_of(frame, arguments[1:], location)[0] if is_given(arguments, 1) else python_number(0)
    items = iteration.unrolled(arguments[0])
    if items is not None:
        counted = [expressions.operate(frame, "+", [start, python_number(k)], location) for k in range(len(items))]
        rows = tuple(Tuple((k, item)) for k, item in zip(counted, items, strict=True))
        return Tuple(rows, origins=origins_in(arguments[0]))
    return iteration.enumerated(frame, iteration.iterate(frame, arguments[0], location), start, location)


def _zip(frame: Frame, arguments: list[Term], location: Location) -> Term:
    tuples = [items for argument in arguments if (items := iteration.unrolled(argument)) is not None]
    if len(tuples) == len(arguments):
        rows = tuple(Tuple(row) for row in zip(*tuples, strict=False))
        return Tuple(rows, origins=frozenset().union(*map(origins_in, arguments)))
    if tuples:
        raise TypeMismatch("zip takes only tuples, or only arrays and ranges", location, "Index the tuple by a counter.")
    return iteration.zipped(frame, [iteration.iterate(frame, argument, location) for argument in arguments])


def _reversed(frame: Frame, arguments: Sequence[Term], location: Location) -> Term:
    expect_count("reversed", arguments, location, 1)
    items = iteration.unrolled(arguments[0])
    if items is None:
        return iteration.backwards(frame, arguments[0], location)
    return Tuple(tuple(reversed(items)), origins=origins_in(arguments[0]))


HANDLERS: dict[str, Handler] = {
    "abs": _by_operator("abs", "abs", 1),
    "divmod": _by_operator("divmod", "divmod", 2),
    "pow": _by_operator("pow", "**", 2),
    "min": _extreme("min", "<"),
    "max": _extreme("max", ">"),
    "round": python_round,
    "len": _len,
    "sum": _sum,
    "any": _quantifier("any", "|", False),
    "all": _quantifier("all", "&", True),
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "reversed": _reversed,
}

KEYWORDS = {"round": {"ndigits": 1}, "enumerate": {"start": 1}, "sum": {"start": 1}}

_WHAT_CAN_BE_CALLED = "It can call functions of math, cmath and NumPy that work on numbers, plain functions and kernels."
_ADVICE = {
    "print": "Native code prints nothing: return the value, or run the plain function, kernel.__wrapped__.",
    **dict.fromkeys(["numpy.array", "numpy.asarray", "numpy.stack"], "Make a vector: cobra.vec(cobra.float64, 3)(x, y, z)."),
    "list": "A kernel works on scalars: use a tuple.",
    "isinstance": "Types are known when a kernel is compiled: annotate its parameters.",
    **dict.fromkeys(
        [f"numpy.{name}" for name in ("empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like", "full_like")],
        "A kernel makes an array only to return it, as a variable of the kernel itself: out = np.empty(n); …; return out.",
    ),
}
