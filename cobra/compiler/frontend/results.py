"""What a kernel takes and hands out, in terms of the types of its operands."""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.making import converted
from cobra.compiler.frontend.terms import Compound, Nothing, Number, Part, Term, Tuple
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.compounds import FieldType, FixedArrayType, OpaqueType, PointerType, ValueType, VectorType, VoidType, void
from cobra.errors import InvalidSignature, Location, TypeMismatch
from cobra.types import ArrayType, KernelType, ScalarType, Type


def operand_type(spec: KernelSpec, kind: KernelType) -> FieldType:
    """Return the type of an operand of an elementwise kernel, or raise when NumPy has no operands of that type."""
    if isinstance(kind, FieldType):
        return kind
    raise refused_operand(spec, kind)


def core_operand_type(spec: KernelSpec, kind: KernelType) -> Type:
    """Return the type of the parameter for an operand of a kernel with core dimensions; arrays by value are arrays there."""
    if isinstance(kind, ArrayType):
        return kind
    sizes: list[str] = []
    found = operand_type(spec, kind)
    while isinstance(found, (VectorType, FixedArrayType)):
        sizes.append(str(found.length))
        found = found.element
    if isinstance(found, ScalarType):
        return ArrayType(found, tuple(sizes)) if sizes else found
    hint = "Structures are operands of elementwise kernels: drop the core dimensions, or pass the fields by themselves."
    what = f"{spec.name!r} has core dimensions, and an operand that is {kind}"
    raise InvalidSignature(what, spec.function.location(), hint)


def refused_operand(spec: KernelSpec, kind: KernelType) -> InvalidSignature:
    """Return the error for an operand of a type that NumPy cannot hand over."""
    location = spec.function.location()
    if isinstance(kind, OpaqueType):
        hint = "Opaque types exist only inside kernels and in signatures of functions, behind pointers."
    elif isinstance(kind, PointerType):
        hint = f"Pointers exist only inside kernels and in signatures of functions; take the array: {kind.element}['n']."
    else:
        hint = "Operands are numbers, vectors, structures, fixed arrays and, with core dimensions, arrays."
    return InvalidSignature(f"an operand of {spec.name!r} is {kind}, which no NumPy array holds", location, hint)


def counted(result: Term) -> str:
    """Return how many values a kernel returns, for messages."""
    if isinstance(result, Nothing):
        return "nothing"
    count = len(result.items) if isinstance(result, Tuple) else 1
    return f"{count} value{'s' * (count != 1)}"


def returned_outputs(
    frame: Frame, result: Term, kinds: Sequence[FieldType] | None, location: Location, name: str
) -> list[Part]:
    """Return the outputs of an elementwise kernel, of the declared types if there are any; none when it declares that."""
    if kinds is not None and not kinds:
        expect_nothing(result, location, name)
        return []
    items: Sequence[Term] = result.items if isinstance(result, Tuple) else (result,)
    if kinds is not None and len(kinds) == 1 and not isinstance(kinds[0], ScalarType) and not isinstance(result, Nothing):
        items = only_output(items, result)
    if kinds is None or not all(isinstance(item, (Number, Compound, Tuple)) for item in items):
        inferred = _inferred(items, result, location, name)
        kinds = [part.type for part in inferred] if kinds is None else kinds
    if len(items) != len(kinds):
        message = f"{name!r} returns {counted(result)}, but declares {len(kinds)} output{'s' * (len(kinds) != 1)}"
        raise InvalidSignature(message, location, "Declare what it returns, or return what is declared.")
    return [converted(frame, item, kind, location, "the output") for item, kind in zip(items, kinds, strict=True)]


def declared_result(frame: Frame, spec: FunctionSpec, result: Term, location: Location) -> Term:
    """Return what a called function returns, of the compound types that it declares; numbers stay what they are."""
    kinds = spec.outputs
    if kinds is None or not any(isinstance(kind, (ValueType, VoidType)) for kind in kinds):
        return result
    if kinds == (void,):
        expect_nothing(result, location, spec.name)
        return result
    items = result.items if isinstance(result, Tuple) and len(kinds) > 1 else (result,)
    if len(items) != len(kinds):
        hint = "Declare what it returns, or return what is declared."
        raise TypeMismatch(f"{spec.name!r} returns {counted(result)}, but declares {len(kinds)}", location, hint)
    what = f"the result of {spec.name!r}"
    pairs = zip(items, kinds, strict=True)
    made = tuple(converted(frame, item, kind, location, what) if isinstance(kind, ValueType) else item for item, kind in pairs)
    return made[0] if len(made) == 1 else Tuple(made)


def expect_nothing(result: Term, location: Location, name: str) -> None:
    """Raise unless a function that declares to return nothing does so."""
    if not isinstance(result, Nothing):
        raise TypeMismatch(f"{name!r} returns {result}, but declares that it returns nothing", location, "Drop the value.")


def only_output(items: Sequence[Term], result: Term) -> Sequence[Term]:
    """Return the single output: a tuple is its value, unless it is a tuple of that one value."""
    return items if len(items) == 1 and isinstance(items[0], Compound) else (result,)


def _inferred(items: Sequence[Term], result: Term, location: Location, name: str) -> list[Part]:
    parts = [item for item in items if isinstance(item, (Number, Compound))]
    if len(parts) != len(items) or not parts:
        wrong = next((item for item in items if not isinstance(item, (Number, Compound))), result)
        what = "nothing" if isinstance(wrong, Nothing) else str(wrong)
        hint = "Return a number, a vector or a structure, or a tuple of these for several outputs."
        raise TypeMismatch(f"the kernel {name!r} returns {what}", location, hint)
    return parts
