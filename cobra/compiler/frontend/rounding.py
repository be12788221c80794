"""Round numbers: ``round(x)``, ``round(x, 2)``, ``np.round(x, 2)``."""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.frontend.arguments import expect_count, is_given, numbers_of
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import apply, convert, python_number
from cobra.compiler.frontend.terms import Number, Term
from cobra.compiler.primitives.decimals import round_decimals
from cobra.errors import Location, TypeMismatch
from cobra.types import int64


def python_round(frame: Frame, arguments: Sequence[Term], location: Location) -> Term:
    """Return Python's ``round``: a Python integer, or with a number of decimals what `rounded` gives."""
    expect_count("round", arguments, location, 1, 2)
    (number,) = numbers_of(frame, arguments[:1], location)
    if number.type.is_complex or (number.type.kind == "bool" and not number.weak):
        raise TypeMismatch(f"round does not take {number}", location, "Round the parts, or convert it: int(flag).")
    if is_given(arguments, 1):
        return rounded(frame, number, numbers_of(frame, arguments[1:], location)[0], location)
    if number.type.is_floating:
        number = rounded(frame, number, python_number(0), location)
    return Number(convert(frame.builder, number, int64, location), weak=True)


def numpy_round(frame: Frame, arguments: Sequence[Term], location: Location) -> Term:
    """Return ``np.round``: a number of the same type."""
    expect_count("np.round", arguments, location, 1, 2)
    (number,) = numbers_of(frame, arguments[:1], location)
    decimals = numbers_of(frame, arguments[1:], location)[0] if is_given(arguments, 1) else python_number(0)
    return rounded(frame, Number(convert(frame.builder, number, number.type, location)), decimals, location)


def rounded(frame: Frame, number: Number, decimals: Number, location: Location) -> Number:
    """Return a number rounded to decimals as NumPy does: scaled by a power of ten, rounded to even, scaled back."""
    if not (decimals.type.is_integer or decimals.type.kind == "bool"):
        raise TypeMismatch(f"the number of decimals is an integer, not {decimals}", location, "Write round(x, 2).")
    if number.type.kind == "bool":
        raise TypeMismatch(f"round does not take {number}", location, "Convert it where you mean it: int(flag).")
    places = Number(convert(frame.builder, decimals, int64, location))
    typed = Number(convert(frame.builder, number, number.type, location))
    (result,) = apply(frame.builder, round_decimals, [typed, places], location)
    return Number(result.value, number.weak)
