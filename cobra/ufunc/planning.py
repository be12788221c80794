"""Which loops a kernel has: its declared ones, or one for each type of NumPy's numeric family that it can be compiled for.

Finding out means translating the kernel once for each loop, so that every mistake shows when the kernel is made. The answer is
kept on disk under the kernel's digest: a kernel that was once found right is not translated again before its code is missing.
Vectors and fixed arrays give a kernel core dimensions of its own.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from cobra.cache import disk, keys
from cobra.compiler.loop_types import LoopTypes, core_shape, dimensions_of, element_of, is_operand
from cobra.compiler.spec import DeclaredLoop, KernelSpec
from cobra.compounds import FixedArrayType, StructField, StructType, VectorType, field_type, fixed_array, vec
from cobra.errors import CobraError, InvalidSignature, TypeMismatch
from cobra.types import BY_NAME, SCALAR_TYPES, ArrayType, CompoundType, KernelType, ScalarType, Type, float64, from_dtype
from cobra.ufunc.signature import Signature

_Plain: TypeAlias = Any

FAMILY: tuple[ScalarType, ...] = SCALAR_TYPES
"""The types that every operand of an inferred loop may have, in the order in which NumPy searches."""


def plan(spec: KernelSpec, signature: Signature | None) -> tuple[LoopTypes, ...]:
    """Return the loops of a kernel with all their types; raise what is wrong with the kernel."""
    for loop in spec.loops:
        _check_operands(spec, loop.inputs + (loop.outputs or ()))
    if spec.options.get("interpreted") and spec.loops and all(loop.outputs is not None for loop in spec.loops):
        # nothing is left to find out, and plain Python may do what a compiled kernel cannot, such as print
        return _checked(spec, tuple(LoopTypes(loop.inputs, loop.outputs or ()) for loop in spec.loops))
    store = disk.default()
    if store is None:
        return _find(spec, signature)
    key = keys.digest("plan", spec.digest, keys.toolchain_identity(), np.__version__)
    kept = store.read(key)
    if kept is not None:
        return _decode(kept.decode())
    loops = _find(spec, signature)
    store.write(key, _encode(loops).encode())
    return loops


def _find(spec: KernelSpec, signature: Signature | None) -> tuple[LoopTypes, ...]:
    return _checked(spec, tuple(_declared(spec, signature) if spec.loops else _inferred(spec, signature)))


def _checked(spec: KernelSpec, loops: tuple[LoopTypes, ...]) -> tuple[LoopTypes, ...]:
    """Return the loops of a kernel if one ufunc can have all of them."""
    counts = sorted({len(loop.outputs) for loop in loops})
    if len(counts) > 1:
        what = f"{spec.name!r} has loops with {' and '.join(map(str, counts))} outputs"
        raise InvalidSignature(what, spec.function.location(), "Return as many values for every type.")
    codes = [loop.chars for loop in loops if "V" in loop.chars]
    if len(set(codes)) < len(codes):
        what = f"{spec.name!r} has several loops with structures in the same places, which NumPy cannot tell apart"
        raise InvalidSignature(what, spec.function.location(), "Make a kernel for each structure.")
    return loops


def _check_operands(spec: KernelSpec, kinds: Sequence[KernelType]) -> None:
    for kind in kinds:
        if isinstance(kind, FixedArrayType) and not is_operand(kind):
            what = f"an operand of {spec.name!r} is {kind}, which no NumPy array holds"
            raise InvalidSignature(what, spec.function.location(), "Make it a field of a structure, which an operand can be.")
        if not is_operand(kind):
            from cobra.compiler.frontend.results import refused_operand

            raise refused_operand(spec, kind)


def signature_of_types(spec: KernelSpec, loops: Sequence[LoopTypes]) -> Signature | None:
    """Return the core dimensions that vectors and fixed arrays are; None where there are none, or the kernel declares its own."""
    if spec.signature is not None or not any(core_shape(kind) for loop in loops for kind in loop.operands):
        return None
    shapes = dict.fromkeys((_shapes(loop.inputs), _shapes(loop.outputs)) for loop in loops)
    if len(shapes) > 1:
        written = " and ".join(str(Signature.from_dimensions(*both)) for both in shapes)
        what = f"the loops of {spec.name!r} have different core dimensions: {written}"
        raise InvalidSignature(what, spec.function.location(), "Make a kernel for each length.")
    return Signature.from_dimensions(*next(iter(shapes)))


def _shapes(kinds: Sequence[KernelType]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(dimensions_of, kinds))


def _declared(spec: KernelSpec, signature: Signature | None) -> list[LoopTypes]:
    return [_translated(spec, loop, signature) for loop in spec.loops]


def _inferred(spec: KernelSpec, signature: Signature | None) -> list[LoopTypes]:
    """Return a loop for each type of the family that the kernel works on; raise if there is none."""
    found: list[LoopTypes] = []
    errors: dict[ScalarType, CobraError] = {}
    for kind in FAMILY:
        try:
            found.append(_translated(spec, _loop_of_one_type(spec, signature, kind), signature))
        except CobraError as error:
            errors[kind] = error
    if not found:
        raise errors[float64]
    return found


def _loop_of_one_type(spec: KernelSpec, signature: Signature | None, kind: ScalarType) -> DeclaredLoop:
    if signature is None:
        return DeclaredLoop((kind,) * len(spec.operand_names))
    return DeclaredLoop(tuple(ArrayType(kind, shape) if shape else kind for shape in signature.operand_symbols[0]))


def _translated(spec: KernelSpec, declared: DeclaredLoop, signature: Signature | None) -> LoopTypes:
    from cobra.compiler.pipeline import translate

    symbols = signature.symbols if signature is not None else ()
    made = translate(spec, _starting_point(spec, declared, signature), symbols)
    _check_operands(spec, made.outputs)
    return LoopTypes(made.inputs, made.outputs)


def _starting_point(spec: KernelSpec, declared: DeclaredLoop, signature: Signature | None) -> LoopTypes:
    """Return the types translation starts from; outputs with dimensions start as what the inputs promote to."""
    if declared.outputs is not None:
        return LoopTypes(declared.inputs, declared.outputs)
    if signature is None:
        return LoopTypes(declared.inputs, ())
    common = reduce(np.promote_types, (element_of(kind).dtype for kind in declared.inputs))
    start = from_dtype(common)
    if start is None:
        raise TypeMismatch(f"the inputs of {spec.name!r} have no common type: {common}", spec.function.location())
    outputs = tuple(ArrayType(start, shape) for shape in signature.operand_symbols[1])
    return LoopTypes(declared.inputs, outputs, infer=True)


# -- the form on disk: a line for each loop, "float64:m,n float64 > float64:m"; with vectors and structures Python's of tuples


def _encode(loops: Sequence[LoopTypes]) -> str:
    if any(isinstance(kind, CompoundType) for loop in loops for kind in loop.operands):
        return repr([tuple(tuple(map(_plain, side)) for side in (loop.inputs, loop.outputs)) for loop in loops])
    return "\n".join(f"{_spelled(loop.inputs)} > {_spelled(loop.outputs)}" for loop in loops)


def _spelled(kinds: Sequence[KernelType]) -> str:
    return " ".join(f"{k.element}:{','.join(k.dimensions)}" if isinstance(k, ArrayType) else str(k) for k in kinds)


def _plain(kind: KernelType) -> _Plain:
    """Return nested tuples of texts and numbers that say what a type is."""
    match kind:
        case VectorType() | FixedArrayType():
            return "vec" if isinstance(kind, VectorType) else "array", _plain(kind.element), kind.length
        case StructType():
            return "struct", kind.name, *((name, _plain(field)) for name, field in kind.fields)
        case ArrayType():
            return "core", kind.element.name, *kind.dimensions
        case _:
            return str(kind)


def _from_plain(plain: _Plain) -> KernelType:
    match plain:
        case "vec" | "array", element, int(length):
            return (vec if plain[0] == "vec" else fixed_array)(_from_plain(element), length)
        case "struct", name, *fields:
            return StructType(tuple(StructField(field, field_type(_from_plain(kind), "a field")) for field, kind in fields), name)
        case "core", element, *dimensions:
            return ArrayType(BY_NAME[element], tuple(dimensions))
        case _:
            return BY_NAME[plain]


def _decode(text: str) -> tuple[LoopTypes, ...]:
    if text.startswith("["):
        pairs = literal_eval(text)
        return tuple(LoopTypes(tuple(map(_from_plain, inputs)), tuple(map(_from_plain, outputs))) for inputs, outputs in pairs)
    sides = (line.split(" > ") for line in text.split("\n"))
    return tuple(LoopTypes(_read(inputs), _read(outputs)) for inputs, outputs in sides)


def _read(side: str) -> tuple[Type, ...]:
    parts = (word.partition(":") for word in side.split())
    return tuple(ArrayType(BY_NAME[n], tuple(d.split(",")) if d else ()) if colon else BY_NAME[n] for n, colon, d in parts)
