"""Arguments of calls inside kernels: how many there are, which are numbers, and what keywords name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.terms import Array, Compound, Nothing, Number, Term
from cobra.errors import InvalidCall, Location, TypeMismatch

_COMPOUND_HINT = "Pass an element or a field of it; of whole vectors use NumPy's functions and types: np.sqrt, np.float64."


def expect_count(name: str, arguments: Sequence[Term], location: Location, *allowed: int) -> None:
    """Raise unless a function gets one of the numbers of arguments it takes."""
    if len(arguments) not in allowed:
        wanted = " or ".join(map(str, allowed))
        message = f"{name} takes {wanted} argument{'s' * (wanted != '1')}, not {len(arguments)}"
        raise InvalidCall(message, location, "Call it as in plain Python.")


def numbers_of(frame: Frame, arguments: Sequence[Term], location: Location) -> list[Number]:
    """Return arguments as numbers."""
    from cobra.compiler.frontend import arrays  # it builds on this module

    numbers = []
    for argument in arguments:
        if isinstance(argument, Number):
            numbers.append(argument)
        elif isinstance(argument, Array) and not argument.shape:
            numbers.append(arrays.load_element(frame, argument))
        else:
            hints = {Array: "A kernel works on scalars: index the array, a[i].", Compound: _COMPOUND_HINT}
            message = f"a number is needed here, not {argument}"
            raise TypeMismatch(message, location, hints.get(type(argument), "Pass numbers."))
    return numbers


def is_given(arguments: Sequence[Term], position: int) -> bool:
    """Tell whether an optional argument is there and not None."""
    return len(arguments) > position and not isinstance(arguments[position], Nothing)


def positioned(
    name: str, positions: Mapping[str, int], arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> list[Term]:
    """Return arguments with those given by keyword in their places, None in the gaps."""
    placed = list(arguments)
    for word, term in keywords.items():
        position = positions.get(word)
        if position is None:
            known = f"It knows {', '.join(positions)}." if positions else "Pass its arguments by position."
            raise InvalidCall(f"{name} has no keyword {word!r} in a kernel", location, known)
        if is_given(placed, position):
            raise InvalidCall(f"{name} gets {word!r} twice", location, "Give it by position or by keyword.")
        placed += [Nothing()] * (position + 1 - len(placed))
        placed[position] = term
    return placed
