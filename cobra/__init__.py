"""Cobra: typed Python kernels as real NumPy ufuncs and gufuncs.

Everything public is a name of this package. `cobra.ufunc` is both the decorator and the folder it lives in: the function
shadows the folder, so inside Cobra modules of that folder are imported by ``from cobra.ufunc.x import y`` only.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

from cobra import cache, config, errors
from cobra.compiler.math.fused import fma
from cobra.compounds import fixed_array, opaque, pointer, struct, vec, vec2d, vec4d, vec4f, vec4i, vec8f, vec8i, void
from cobra.errors import CobraError
from cobra.function.callable import Function
from cobra.function.decorator import function as function
from cobra.runtime import own_code as _own_code
from cobra.ufunc import pickling as _pickling  # noqa: F401 (importing it registers the reducer)
from cobra.ufunc.calling import call
from cobra.ufunc.decorator import bind
from cobra.ufunc.decorator import ufunc as ufunc
from cobra.ufunc.inline_text import inline
from cobra.ufunc.policy_block import policy

if TYPE_CHECKING:
    # To a type checker they are NumPy's scalar types, so that ``x: cobra.float64`` is an annotation it understands.
    from numpy import (
        bool_,
        complex64,
        complex128,
        float16,
        float32,
        float64,
        int8,
        int16,
        int32,
        int64,
        uint8,
        uint16,
        uint32,
        uint64,
    )  # fmt: skip
    from numpy import float32 as bfloat16  # what stubs have that comes nearest

    from cobra import inspect, math, memory
    from cobra.explanation.explaining import explain
else:
    from cobra.types import (
        bfloat16,
        bool_,
        complex64,
        complex128,
        float16,
        float32,
        float64,
        int8,
        int16,
        int32,
        int64,
        uint8,
        uint16,
        uint32,
        uint64,
    )  # fmt: skip

__all__ = [
    "CobraError",
    "Function",
    "__version__",
    "bfloat16",
    "bind",
    "bool_",
    "cache",
    "call",
    "complex64",
    "complex128",
    "config",
    "errors",
    "explain",
    "fixed_array",
    "float16",
    "float32",
    "float64",
    "fma",
    "function",
    "inline",
    "inspect",
    "int8",
    "int16",
    "int32",
    "int64",
    "math",
    "memory",
    "opaque",
    "pointer",
    "policy",
    "struct",
    "ufunc",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "vec",
    "vec2d",
    "vec4d",
    "vec4f",
    "vec4i",
    "vec8f",
    "vec8i",
    "void",
]  # fmt: skip


def __getattr__(name: str) -> object:
    # these need more than kernels that are compiled already do, and few programs need them
    if name in ("inspect", "math", "memory"):
        from importlib import import_module

        return import_module(f"cobra.{name}")
    if name == "explain":
        from cobra.explanation.explaining import explain

        return explain
    raise AttributeError(f"module 'cobra' has no attribute {name!r}")


_own_code.preload()
