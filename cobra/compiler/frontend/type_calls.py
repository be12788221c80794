"""Type expressions inside kernels: ``vec(float32, 4)``, ``fixed_array(point, 2)``, ``struct(x=float64, y=float64)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cobra.compiler.frontend import expressions
from cobra.compiler.frontend.entities import TypeEntity
from cobra.compiler.frontend.terms import Number, Reference, Term, Text
from cobra.compounds import fixed_array, struct, vec
from cobra.errors import InvalidCall, Location

_MAKERS: dict[str, Callable[..., object]] = {"cobra.vec": vec, "cobra.fixed_array": fixed_array, "cobra.struct": struct}


def makes_type(name: str) -> bool:
    """Tell whether a function of Cobra's makes types."""
    return name in _MAKERS


def made_type(name: str, arguments: list[Term], keywords: Mapping[str, Term], location: Location) -> Reference:
    """Return the type that a call makes; all that it is made of is known now."""
    plain = [_plain(term, location) for term in arguments]
    named = {word: _plain(term, location) for word, term in keywords.items()}
    try:
        kind = _MAKERS[name](*plain, **named)
    except (TypeError, ValueError) as error:
        raise InvalidCall(str(error), location, "Make the type outside of the kernel to try it out.") from None
    return Reference(TypeEntity(kind), name)  # type: ignore[arg-type]


def _plain(term: Term, location: Location) -> object:
    kind = expressions.type_of(term)
    if kind is not None:
        return kind
    if isinstance(term, Text):
        return term.text
    if isinstance(term, Number) and term.constant is not None:
        return term.constant
    raise InvalidCall(f"a type is not made of {term}", location, "Use types and constant numbers.")
