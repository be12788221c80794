"""Which loops a kernel has: its declared ones, or one for each type of NumPy's numeric family that it can be compiled for.

Finding out means translating the kernel once for each loop, so that every mistake shows when the kernel is made. The answer is kept on
disk under the kernel's digest: a kernel that was once found right is not translated again before its code is missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import reduce

import numpy as np

from cobra.cache import disk, keys
from cobra.compiler.loop_types import LoopTypes, element_of
from cobra.compiler.spec import DeclaredLoop, KernelSpec
from cobra.errors import CobraError, InvalidSignature, TypeMismatch, UndefinedName, UnsupportedSyntax
from cobra.types import BY_NAME, SCALAR_TYPES, ArrayType, ScalarType, Type, float64, from_dtype
from cobra.ufunc.signature import Signature

FAMILY: tuple[ScalarType, ...] = SCALAR_TYPES


def plan(spec: KernelSpec, signature: Signature | None) -> tuple[LoopTypes, ...]:
    """Return the loops of a kernel with all their types; raise what is wrong with the kernel."""
    store = disk.default()
    key = keys.digest("plan", spec.digest, keys.toolchain_identity(), np.__version__)
    kept = store.read(key) if store is not None else None
    if kept is not None:
        return _decode(kept)
    loops = _find(spec, signature)
    if store is not None:
        store.write(key, _encode(loops))
    return loops


def _find(spec: KernelSpec, signature: Signature | None) -> tuple[LoopTypes, ...]:
    from cobra.compiler.pipeline import translate

    symbols = signature.symbols if signature is not None else ()
    found: list[LoopTypes] = []
    errors: dict[ScalarType, CobraError] = {}
    for declared in _candidates(spec, signature):
        try:
            made = translate(spec, _starting_point(declared, signature), symbols)
        except CobraError as error:
            if spec.loops:
                raise
            errors[element_of(declared.inputs[0])] = error
            if isinstance(error, (UndefinedName, UnsupportedSyntax)) and not found:
                raise
            continue
        found.append(LoopTypes(made.inputs, made.outputs))
    if not found:
        raise errors.get(float64) or next(iter(errors.values()))
    counts = {len(loop.outputs) for loop in found}
    if len(counts) > 1:
        raise InvalidSignature(f"{spec.name!r} has loops with {' and '.join(map(str, sorted(counts)))} outputs", spec.function.location())
    return tuple(found)


def _candidates(spec: KernelSpec, signature: Signature | None) -> Sequence[DeclaredLoop]:
    if spec.loops:
        return spec.loops
    if signature is None:
        return [DeclaredLoop((kind,) * len(spec.operand_names)) for kind in FAMILY]
    shapes = signature.operand_symbols[0]
    return [DeclaredLoop(tuple(ArrayType(kind, shape) if shape else kind for shape in shapes)) for kind in FAMILY]


def _starting_point(declared: DeclaredLoop, signature: Signature | None) -> LoopTypes:
    """Return the types translation starts from; outputs with dimensions start as what the inputs promote to."""
    if declared.outputs is not None:
        return LoopTypes(declared.inputs, declared.outputs)
    if signature is None:
        return LoopTypes(declared.inputs, ())
    common = reduce(np.promote_types, (element_of(kind).dtype for kind in declared.inputs))
    start = from_dtype(common)
    if start is None:
        raise TypeMismatch(f"the inputs have no common type: {common}")
    outputs = tuple(ArrayType(start, shape) for shape in signature.operand_symbols[1])
    return LoopTypes(declared.inputs, outputs, infer=True)


def _encode(loops: Sequence[LoopTypes]) -> bytes:
    def spelled(kinds: Sequence[Type]) -> list[list[object]]:
        return [[element_of(kind).name, list(kind.dimensions) if isinstance(kind, ArrayType) else None] for kind in kinds]

    return json.dumps([[spelled(loop.inputs), spelled(loop.outputs)] for loop in loops]).encode()


def _decode(kept: bytes) -> tuple[LoopTypes, ...]:
    def read(kinds: list[tuple[str, list[str] | None]]) -> tuple[Type, ...]:
        return tuple(BY_NAME[name] if shape is None else ArrayType(BY_NAME[name], tuple(shape)) for name, shape in kinds)

    return tuple(LoopTypes(read(inputs), read(outputs)) for inputs, outputs in json.loads(kept))
