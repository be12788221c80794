"""Attributes and methods of values: parts of numbers, shapes of arrays, fields of named tuples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.compiler.frontend import array_reductions, arrays, compound_methods, compound_parts, expressions, matrix_products, rounding
from cobra.compiler.frontend.arguments import positioned
from cobra.compiler.frontend.entities import TypeEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import apply, convert, python_number
from cobra.compiler.frontend.terms import Array, Compound, Method, Number, Reference, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.primitives.complex_parts import imag, real
from cobra.compiler.primitives.logic import isfinite
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.signs import conjugate
from cobra.errors import InvalidCall, Location, UnsupportedSyntax
from cobra.types import ScalarType, bool_, complex128, float64, int64

_METHODS = frozenset(["conjugate", "conj", "item", "astype", "view", "round", "is_integer"])
_PYTHON_TYPE = {"bool": bool_, "int": int64, "uint": int64, "float": float64, "complex": complex128}


def attribute_of(frame: Frame, owner: Term, name: str, location: Location) -> Term:
    """Return an attribute of a value."""
    match owner:
        case Number() if not owner.weak and name == "dtype":
            return Reference(TypeEntity(owner.type), "dtype")
        case Number() if name in ("real", "imag"):
            return part_of(frame, owner, name, location)
        case Number() if name in _METHODS:
            return Method(owner, name)
        case Array() if name == "dtype":
            return Reference(TypeEntity(owner.element), "dtype")
        case Array() if owner.shape and (name == "dot" or f"numpy.{name}" in array_reductions.HANDLERS):
            return Method(owner, name)
        case Array():
            return arrays.attribute(frame, owner, name, location)
        case Compound():
            return compound_parts.attribute(frame, owner, name, location)
        case Tuple(items=items, fields=fields) if name in fields:
            return items[fields.index(name)]
        case Reference(entity=TypeEntity()) if name == "type":
            return owner
    known = "A number has real, imag, conjugate(), item(), astype(…), view(…), round(…) and is_integer()."
    hint = known if isinstance(owner, Number) else "Use its attributes outside of the kernel."
    raise UnsupportedSyntax(f"{owner} has no attribute {name!r} in a kernel", location, hint)


def part_of(frame: Frame, owner: Number, name: str, location: Location) -> Number:
    """Return the real or imaginary part of a number."""
    if not owner.type.is_complex:
        zero = Number(constant(0, owner.type), owner.weak)
        return owner if name == "real" else zero
    (part,) = apply(frame.builder, real if name == "real" else imag, [Number(owner.value)], location)
    return Number(part.value, owner.weak)


_KEYWORDS = {"round": {"decimals": 0}, "clip": {"min": 0, "max": 1}, "astype": {"dtype": 0}, "view": {"dtype": 0}, "dot": {"b": 0}}


def placed(method: Method, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location) -> list[Term]:
    """Return the arguments of a method with those given by keyword in their places."""
    return positioned(method.name, _KEYWORDS.get(method.name, {}), arguments, keywords, location)


def call_method(frame: Frame, method: Method, arguments: Sequence[Term], location: Location) -> Term:
    """Call a method of a number or of an array."""
    owner, name = method.owner, method.name
    match owner:
        case Compound():
            return compound_methods.call_method(frame, owner, name, arguments, location)
        case Array() if name == "dot":
            return matrix_products.multiply(frame, "numpy.dot", [owner, *arguments], location)
        case Array() if not arguments:
            return array_reductions.reduce_array(frame, f"numpy.{name}", owner, location)
        case Array():
            raise InvalidCall(f"{name}() of {owner} takes no arguments in a kernel", location, "It runs over the only dimension.")
    assert isinstance(owner, Number)
    return _of_number(frame, owner, name, arguments, location)


def _of_number(frame: Frame, owner: Number, name: str, arguments: Sequence[Term], location: Location) -> Term:
    match name, arguments:
        case "astype", [Reference() as kind] if isinstance(found := expressions.type_of(kind), ScalarType) and not owner.weak:
            return Number(convert(frame.builder, owner, found, location))
        case "view", [Reference() as kind] if isinstance(found := expressions.type_of(kind), ScalarType) and not owner.weak:
            return _viewed(frame, owner, found, location)
        case "item", []:
            return Number(convert(frame.builder, owner, _PYTHON_TYPE[owner.type.kind], location), weak=True)
        case "conjugate" | "conj", []:
            return _conjugate(frame, owner, location)
        case "round", [] if not owner.weak:
            return rounding.rounded(frame, owner, python_number(0), location)
        case "round", [Number() as decimals] if not owner.weak:
            return rounding.rounded(frame, owner, decimals, location)
        case "is_integer", []:
            return _is_integer(frame, owner, location)
    raise InvalidCall(f"a kernel cannot call {name!r} of {owner} like this", location, "Call it as in plain Python.")


def _viewed(frame: Frame, owner: Number, to: ScalarType, location: Location) -> Number:
    """Read the bits of a number as another type of the same width, as ``view`` of NumPy's scalars does."""
    if owner.type == to:
        return owner
    if owner.type.bits != to.bits or not all(kind.is_floating or kind.is_integer for kind in (owner.type, to)):
        hint = "Only real numbers of equally many bits can be read as one another."
        raise InvalidCall(f"the bits of {owner} cannot be read as {to}", location, hint)
    return Number(reinterpret_bits(frame.builder, owner.value, to))


def _conjugate(frame: Frame, owner: Number, location: Location) -> Number:
    if not owner.type.is_complex:
        return owner
    (result,) = apply(frame.builder, conjugate, [Number(owner.value)], location)
    return Number(result.value, owner.weak)


def _is_integer(frame: Frame, owner: Number, location: Location) -> Number:
    if not owner.type.is_floating:
        return python_number(True)
    number = Number(owner.value)
    whole = expressions.operate(frame, "==", [rounding.rounded(frame, number, python_number(0), location), number], location)
    (finite,) = apply(frame.builder, isfinite, [number], location)
    return Number(expressions.operate(frame, "&", [whole, finite], location).value, weak=True)
