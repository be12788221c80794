"""Apply what works on numbers to vectors and fixed arrays, element by element, with NumPy's broadcasting.

A vector is to a kernel what a small NumPy array is to plain Python: every operator and function of NumPy on numbers works on its
elements, and scalars (weak Python numbers too) go with each of them. Beside an array a tuple is one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import numbers_in
from cobra.compiler.frontend.making import array_type, rank
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import Compound, Number, Part, Term, Tuple
from cobra.compounds import StructType
from cobra.errors import Location, TypeMismatch
from cobra.types import ScalarType, from_dtype

Scalar = Callable[[list[Term]], Term]
"""What is done with one element of each operand."""


def is_array(term: Term) -> bool:
    """Tell whether a term is a vector or a fixed array."""
    return isinstance(term, Compound) and not isinstance(term.type, StructType)


def lift(frame: Frame, terms: Sequence[Term], scalar: Scalar, location: Location) -> Term:
    """Return what a function of numbers makes of terms, of which some may be arrays: an array then, or a tuple of arrays."""
    if not any(map(is_array, terms)):
        return scalar(list(terms))
    return _lift(frame, [as_array(frame, term, location) or term for term in terms], scalar, location)


def as_array(frame: Frame, term: Term, location: Location) -> Compound | None:
    """Return an array by value, or a tuple as the array that NumPy makes of it; None for anything else."""
    if isinstance(term, Compound):
        return term if is_array(term) else None
    if not isinstance(term, Tuple) or not term.items:
        return None
    rows = [as_array(frame, item, location) or item for item in term.items]
    kinds = {number.type for row in rows for number in numbers_in(row)}
    common = from_dtype(np.result_type(*(kind.dtype for kind in kinds))) if kinds else None
    if common is None or len({_form(row) for row in rows}) > 1 or _form(rows[0]) is None:
        return None
    made = [_of_type(frame, row, common, location) for row in rows]
    return Compound(array_type(made[0].type, len(made)), tuple(made))


def _form(row: Term) -> tuple[int, ...] | None:
    """Return the shape of a number or an array."""
    if isinstance(row, Number):
        return ()
    if not is_array(row) or not isinstance(row, Compound):
        return None
    inner = _form(row.items[0])
    return None if inner is None else (len(row.items), *inner)


def _of_type(frame: Frame, row: Term, kind: ScalarType, location: Location) -> Part:
    if isinstance(row, Number):
        return Number(convert(frame.builder, row, kind, location))
    assert isinstance(row, Compound)
    items = tuple(_of_type(frame, item, kind, location) for item in row.items)
    return Compound(array_type(items[0].type, len(items), row.type), items)


def _lift(frame: Frame, terms: Sequence[Term], scalar: Scalar, location: Location) -> Term:
    highest = max(map(rank, terms))
    if not highest:
        return scalar(list(terms))
    sources = [term for term in terms if isinstance(term, Compound) and rank(term) == highest]
    length = _common_length(sources, location)
    rows = [_lift(frame, [_at(term, k, sources) for term in terms], scalar, location) for k in range(length)]
    return gathered(frame, rows, sources, location)


def _at(term: Term, position: int, sources: Sequence[Compound]) -> Term:
    if not any(term is source for source in sources):
        return term
    assert isinstance(term, Compound)
    return term.items[position if len(term.items) > 1 else 0]


def _common_length(sources: Sequence[Compound], location: Location) -> int:
    lengths = dict.fromkeys(len(source.items) for source in sources if len(source.items) > 1)
    if len(lengths) > 1:
        written = " and ".join(f"{source.type}" for source in sources)
        raise TypeMismatch(f"the lengths of {written} differ", location, "Element by element, both have as many.")
    return next(iter(lengths), 1)


def gathered(frame: Frame, rows: Sequence[Term], like: Sequence[Compound], location: Location) -> Term:
    """Return the array of some values; of tuples, the tuple of arrays."""
    if isinstance(rows[0], Tuple):
        columns = zip(*(row.items for row in rows if isinstance(row, Tuple)), strict=True)
        return Tuple(tuple(gathered(frame, column, like, location) for column in columns))
    items: list[Part] = []
    for row in rows:
        if not isinstance(row, (Number, Compound)):
            raise TypeMismatch(f"an array cannot hold {row}", location, "Its elements are numbers.")
        items.append(Number(convert(frame.builder, row, row.type, location)) if isinstance(row, Number) else row)
    return Compound(array_type(items[0].type, len(items), *(source.type for source in like)), tuple(items))
