"""Calls of scalar functions: with keywords and defaults as in plain Python, each argument checked against its declared type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cobra.compiler.frontend import inlining
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.making import converted
from cobra.compiler.frontend.results import returned_outputs
from cobra.compiler.frontend.terms import Array, Nothing, Term, Tuple
from cobra.compiler.spec import KernelSpec
from cobra.compounds import FieldType, PointerType
from cobra.errors import Location, TypeMismatch
from cobra.types import KernelType


def call_function(frame: Frame, kernel: KernelSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location) -> Term:
    """Return a call of a scalar function, whose body is translated in place on arguments of exactly its types."""
    bound = inlining.bind_arguments(frame, kernel.function, arguments, keywords, location)
    operands: list[Term] = []
    for name, kind in zip(kernel.operand_names, kernel.loops[0].inputs, strict=True):
        operands.append(_argument(frame, bound[name], kind, location, f"the argument {name!r} of {kernel.name!r}"))
    result = inlining.inline_function(frame, kernel.function, [], dict(zip(kernel.operand_names, operands, strict=True)), location)
    kinds = [kind for kind in kernel.loops[0].outputs or () if isinstance(kind, FieldType)]
    made = returned_outputs(frame, result, None if kernel.loops[0].outputs is None else kinds, location, kernel.name)
    return Nothing() if not made else made[0] if len(made) == 1 else Tuple(tuple(made))


def _argument(frame: Frame, term: Term, kind: KernelType, location: Location, what: str) -> Term:
    if not isinstance(kind, PointerType):
        assert isinstance(kind, FieldType)
        return converted(frame, term, kind, location, what)
    if isinstance(term, Array) and len(term.shape) == 1 and term.element == kind.element:
        return replace(term, bounded=False)
    hint = f"Pass a pointer, or an array of {kind.element} with one dimension."
    raise TypeMismatch(f"{what} is {kind}, but the value is {term}", location, hint)
