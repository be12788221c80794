"""The types of a scalar function with those of its results, found by translating it once, so that every mistake shows when it is made.

That a function with declared results is right is kept on disk under its digest: it is not translated again before its code is
missing.
"""

from __future__ import annotations

import numpy as np

from cobra.cache import disk, keys
from cobra.compiler.loop_types import LoopTypes
from cobra.compiler.spec import KernelSpec

_RIGHT = b"right"


def function_types(spec: KernelSpec) -> LoopTypes:
    """Return the types of a function; raise what is wrong with it."""
    (declared,) = spec.loops
    if declared.outputs is None:
        return _translated(spec, LoopTypes(declared.inputs, ()))
    types, store = LoopTypes(declared.inputs, declared.outputs), disk.default()
    if spec.options.get("interpreted"):
        return types  # plain Python may do what compiled code cannot, such as print
    key = keys.digest("function types", spec.digest, keys.toolchain_identity(), np.__version__)
    if store is None or store.read(key) != _RIGHT:
        _translated(spec, types)
        if store is not None:
            store.write(key, _RIGHT)
    return types


def _translated(spec: KernelSpec, types: LoopTypes) -> LoopTypes:
    from cobra.compiler.pipeline import translate

    made = translate(spec, types, ())
    return LoopTypes(made.inputs, made.outputs)
