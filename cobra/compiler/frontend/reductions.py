"""What makes one number of a vector or fixed array: sums, extremes, tests; and joining vectors.

The order of additions is NumPy's: eight running sums from eight elements on, halves from 128 on, so that results are those of
``np.sum`` to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from cobra.compiler.frontend import array_reductions, expressions, math_calls, methods
from cobra.compiler.frontend.arguments import expect_count
from cobra.compiler.frontend.elementwise import as_array, gathered, is_array
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import numbers_in
from cobra.compiler.frontend.making import rank
from cobra.compiler.frontend.promotion import convert, truth
from cobra.compiler.frontend.terms import Array, Compound, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.errors import InvalidCall, Location, TypeMismatch
from cobra.types import ScalarType, float32, float64, from_dtype, int64, uint64

Handler = Callable[[Frame, list[Term], Location], Term]
_RUNNING = 8
_BLOCK = 128


def _elements(frame: Frame, name: str, terms: Sequence[Term], location: Location) -> list[Number]:
    """Return the numbers of the only argument, an array by value or a tuple."""
    expect_count(name, terms, location, 1)
    array = as_array(frame, terms[0], location)
    if array is None:
        hint = "It works on vectors and fixed arrays; of an array operand, write the loop."
        raise InvalidCall(f"{name} does not take {terms[0]} in a kernel", location, hint)
    return numbers_in(array)


def _as(frame: Frame, numbers: Sequence[Number], kind: ScalarType, location: Location) -> list[Number]:
    return [Number(convert(frame.builder, number, kind, location)) for number in numbers]


# -- sums and products


def summed_type(kind: ScalarType) -> ScalarType:
    """Return the type in which NumPy adds up and multiplies: small integers are widened."""
    if kind.kind in ("bool", "int"):
        return int64
    return uint64 if kind.kind == "uint" else kind


def total(frame: Frame, numbers: Sequence[Number], location: Location) -> Number:
    """Return the sum of numbers as ``np.sum`` rounds it."""
    kind = numbers[0].type
    working = float32 if kind.name == "float16" else kind
    start = Number(constant(0, working))
    added = _plus(frame, start, _pairwise(frame, _as(frame, numbers, working, location), location), location)
    return Number(convert(frame.builder, added, kind, location))


def _plus(frame: Frame, a: Number, b: Number, location: Location) -> Number:
    return expressions.operate(frame, "+", [a, b], location)


def _pairwise(frame: Frame, numbers: Sequence[Number], location: Location) -> Number:
    def plus(a: Number, b: Number) -> Number:
        return _plus(frame, a, b, location)

    per_number = 2 if numbers[0].type.is_complex else 1
    count, running, block = len(numbers), _RUNNING // per_number, _BLOCK // per_number
    if count < running:
        return reduce(plus, numbers)
    if count > block:
        half = count // 2
        half -= half % running
        return plus(_pairwise(frame, numbers[:half], location), _pairwise(frame, numbers[half:], location))
    whole = count - count % running
    sums = [reduce(plus, numbers[k:whole:running]) for k in range(running)]
    while len(sums) > 1:
        sums = [plus(a, b) for a, b in zip(sums[::2], sums[1::2], strict=True)]
    return reduce(plus, numbers[whole:], sums[0])


def _sum(frame: Frame, terms: list[Term], location: Location) -> Term:
    numbers = _elements(frame, "numpy.sum", terms, location)
    return total(frame, _as(frame, numbers, summed_type(numbers[0].type), location), location)


def _prod(frame: Frame, terms: list[Term], location: Location) -> Term:
    numbers = _elements(frame, "numpy.prod", terms, location)
    wide = _as(frame, numbers, summed_type(numbers[0].type), location)
    if wide[0].type.is_complex:  # where the one that NumPy starts from tells in the signs of zeros
        wide.insert(0, Number(constant(1, wide[0].type)))
    return reduce(lambda a, b: expressions.operate(frame, "*", [a, b], location), wide)


def _mean(frame: Frame, terms: list[Term], location: Location) -> Term:
    """``np.mean``: integers and bools as float64, float16 through float32."""
    numbers = _elements(frame, "numpy.mean", terms, location)
    kind = numbers[0].type
    exact = kind.is_integer or kind.kind == "bool"
    working = float64 if exact else float32 if kind.name == "float16" else kind
    added = total(frame, _as(frame, numbers, working, location), location)
    (count,) = _as(frame, [Number(constant(len(numbers), working.component))], working, location)
    divided = expressions.operate(frame, "/", [added, count], location)
    return Number(convert(frame.builder, divided, working if exact else kind, location))


# -- extremes and tests


def _extreme(name: str, operation: str) -> Handler:
    def handler(frame: Frame, terms: list[Term], location: Location) -> Term:
        numbers = _elements(frame, f"numpy.{name}", terms, location)
        return reduce(lambda a, b: math_calls.operation(frame, operation, [a, b], location), numbers)

    return handler


def _test(name: str, spelling: str) -> Handler:
    def handler(frame: Frame, terms: list[Term], location: Location) -> Term:
        numbers = _elements(frame, f"numpy.{name}", terms, location)
        tests = [Number(truth(frame.builder, number)) for number in numbers]
        return reduce(lambda a, b: expressions.operate(frame, spelling, [a, b], location), tests)

    return handler


# -- two vectors


def dot(frame: Frame, terms: list[Term], location: Location) -> Term:
    """Return ``np.dot`` of two vectors: the products added up in order, whatever order a library of linear algebra may take."""
    expect_count("np.dot", terms, location, 2)
    first, second = (as_array(frame, term, location) for term in terms)
    if first is None or second is None or not rank(first) == rank(second) == 1:
        message = f"np.dot does not take {terms[0]} and {terms[1]} in a kernel"
        raise TypeMismatch(message, location, "It works on two vectors of one length.")
    a, b = numbers_in(first), numbers_in(second)
    if len(a) != len(b):
        raise TypeMismatch(f"np.dot of {len(a)} and {len(b)} elements", location, "Both have as many.")
    products = [expressions.operate(frame, "*", pair, location) for pair in zip(a, b, strict=True)]
    return reduce(lambda x, y: _plus(frame, x, y, location), products)


def _norm(frame: Frame, terms: list[Term], location: Location) -> Term:
    """``np.linalg.norm``: the length of a vector."""
    numbers = _elements(frame, "numpy.linalg.norm", terms, location)
    if not (numbers[0].type.is_floating or numbers[0].type.is_complex):
        numbers = _as(frame, numbers, float64, location)
    parts = [methods.part_of(frame, number, name, location) for name in ("real", "imag") for number in numbers]
    parts = parts if numbers[0].type.is_complex else parts[: len(numbers)]
    squares = [expressions.operate(frame, "*", [part, part], location) for part in parts]
    added = reduce(lambda a, b: _plus(frame, a, b, location), squares)
    return math_calls.operation(frame, "sqrt", [added], location)


def _cross(frame: Frame, terms: list[Term], location: Location) -> Term:
    """``np.cross`` of two vectors with three elements."""
    expect_count("np.cross", terms, location, 2)
    arrays = [array for term in terms if (array := as_array(frame, term, location)) is not None and rank(array) == 1]
    sides = [numbers_in(array) for array in arrays if len(array.items) == 3]
    if len(sides) != 2:
        message = f"np.cross does not take {terms[0]} and {terms[1]} in a kernel"
        raise TypeMismatch(message, location, "It works on two vectors with three elements.")
    a, b = sides

    def operate(spelling: str, *numbers: Number) -> Number:
        return expressions.operate(frame, spelling, numbers, location)

    pairs = [((i + 1) % 3, (i + 2) % 3) for i in range(3)]
    items = [operate("-", operate("*", a[j], b[k]), operate("*", a[k], b[j])) for j, k in pairs]
    return gathered(frame, items, arrays, location)


def _concatenate(frame: Frame, terms: list[Term], location: Location) -> Term:
    """``np.concatenate`` of a tuple of vectors, whose elements get the type that holds all of them."""
    expect_count("np.concatenate", terms, location, 1)
    hint = "Write np.concatenate((v, w)) with vectors v and w."
    sources = terms[0].items if isinstance(terms[0], Tuple) else ()
    arrays = [term for term in sources if isinstance(term, Compound) and is_array(term) and rank(term) == 1]
    if not arrays or len(arrays) != len(sources):
        raise InvalidCall("np.concatenate takes a tuple of vectors in a kernel", location, hint)
    numbers = [number for array in arrays for number in numbers_in(array)]
    common = from_dtype(np.result_type(*(number.type.dtype for number in numbers)))
    if common is None:
        raise TypeMismatch("these vectors have no common type", location, "Convert one of them with .astype(…).")
    return gathered(frame, _as(frame, numbers, common, location), arrays, location)


def _of_any(name: str, handler: Handler) -> Handler:
    """Return the handler that takes array operands as well."""

    def of_any(frame: Frame, terms: list[Term], location: Location) -> Term:
        if len(terms) == 1 and isinstance(terms[0], Array) and terms[0].shape:
            return array_reductions.reduce_array(frame, name, terms[0], location)
        return handler(frame, terms, location)

    return of_any


_HANDLERS: dict[str, Handler] = {
    "numpy.sum": _sum,
    "numpy.prod": _prod,
    "numpy.mean": _mean,
    "numpy.min": _extreme("min", "minimum"),
    "numpy.max": _extreme("max", "maximum"),
    "numpy.amin": _extreme("min", "minimum"),
    "numpy.amax": _extreme("max", "maximum"),
    "numpy.any": _test("any", "|"),
    "numpy.all": _test("all", "&"),
    "numpy.dot": dot,
    "numpy.linalg.norm": _norm,
    "numpy.cross": _cross,
    "numpy.concatenate": _concatenate,
}
HANDLERS = {name: _of_any(name, handler) for name, handler in _HANDLERS.items()}
