"""Which loops a kernel has: its declared ones, or one for each type of NumPy's numeric family that it can be compiled for.

Finding out means translating the kernel once for each loop, so that every mistake shows when the kernel is made. The answer is
kept on disk under the kernel's digest: a kernel that was once found right is not translated again before its code is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from cobra.cache import disk, keys
from cobra.compiler.loop_types import LoopTypes, element_of
from cobra.compiler.spec import DeclaredLoop, KernelSpec
from cobra.errors import CobraError, InvalidSignature, TypeMismatch
from cobra.types import BY_NAME, SCALAR_TYPES, ArrayType, ScalarType, Type, float64, from_dtype
from cobra.ufunc.signature import Signature

FAMILY: tuple[ScalarType, ...] = SCALAR_TYPES
"""The types that every operand of an inferred loop may have, in the order in which NumPy searches."""


def plan(spec: KernelSpec, signature: Signature | None) -> tuple[LoopTypes, ...]:
    """Return the loops of a kernel with all their types; raise what is wrong with the kernel."""
    if spec.options.get("interpreted") and spec.loops and all(loop.outputs is not None for loop in spec.loops):
        # nothing is left to find out, and plain Python may do what a compiled kernel cannot, such as print
        return tuple(LoopTypes(loop.inputs, loop.outputs or ()) for loop in spec.loops)
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
    loops = tuple(_declared(spec, signature) if spec.loops else _inferred(spec, signature))
    counts = sorted({len(loop.outputs) for loop in loops})
    if len(counts) > 1:
        what = f"{spec.name!r} has loops with {' and '.join(map(str, counts))} outputs"
        raise InvalidSignature(what, spec.function.location(), "Return as many values for every type.")
    return loops


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


# -- the form on disk: a line for each loop, "float64:m,n float64 > float64:m"


def _encode(loops: Sequence[LoopTypes]) -> str:
    return "\n".join(f"{_spelled(loop.inputs)} > {_spelled(loop.outputs)}" for loop in loops)


def _spelled(kinds: Sequence[Type]) -> str:
    return " ".join(f"{k.element}:{','.join(k.dimensions)}" if isinstance(k, ArrayType) else str(k) for k in kinds)


def _decode(text: str) -> tuple[LoopTypes, ...]:
    sides = (line.split(" > ") for line in text.split("\n"))
    return tuple(LoopTypes(_read(inputs), _read(outputs)) for inputs, outputs in sides)


def _read(side: str) -> tuple[Type, ...]:
    parts = (word.partition(":") for word in side.split())
    return tuple(ArrayType(BY_NAME[n], tuple(d.split(",")) if d else ()) if colon else BY_NAME[n] for n, colon, d in parts)
