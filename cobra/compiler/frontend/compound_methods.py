"""Methods of vectors and fixed arrays: those of NumPy's arrays that have a meaning for a few elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cobra.compiler.frontend import expressions, methods, numpy_calls, reductions
from cobra.compiler.frontend.elementwise import lift
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import convert
from cobra.compiler.frontend.terms import Compound, Method, Number, Reference, Term
from cobra.errors import InvalidCall, Location
from cobra.types import ScalarType


def call_method(frame: Frame, owner: Compound, name: str, arguments: Sequence[Term], location: Location) -> Term:
    """Call a method of an array or a structure by value."""
    if name == "copy" and not arguments:
        return Compound(owner.type, owner.items)
    if name in ("conj", "conjugate") and not arguments:
        return _conjugate(frame, owner, name, location)
    if name == "astype" and len(arguments) == 1 and isinstance(arguments[0], Reference):
        kind = expressions.type_of(arguments[0])
        if isinstance(kind, ScalarType):
            return _converted(frame, owner, kind, location)
    if name in ("round", "clip"):
        handler = numpy_calls.HANDLERS[f"numpy.{name}"]
        return lift(frame, [owner, *arguments], lambda items: handler(frame, items, location), location)
    if f"numpy.{name}" in reductions.HANDLERS:
        return reductions.HANDLERS[f"numpy.{name}"](frame, [owner, *arguments], location)
    raise InvalidCall(f"a kernel cannot call {name!r} of {owner} like this", location, "Call it as in plain Python.")


def _converted(frame: Frame, owner: Compound, kind: ScalarType, location: Location) -> Term:
    def scalar(terms: list[Term]) -> Term:
        (term,) = terms
        assert isinstance(term, Number)
        return Number(convert(frame.builder, term, kind, location))

    return lift(frame, [owner], scalar, location)


def _conjugate(frame: Frame, owner: Compound, name: str, location: Location) -> Term:
    """Return the conjugates; of real numbers NumPy returns the array itself."""
    made = lift(frame, [owner], lambda terms: methods.call_method(frame, Method(terms[0], name), (), location), location)
    assert isinstance(made, Compound)
    return replace(made, origins=owner.origins)
