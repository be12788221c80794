"""The names of the PyIR README over Cobra's own: ``import cobra.pyir as pyir`` runs its examples.

Nothing else in Cobra uses this module. Names whose feature Cobra does not have yet are absent, and asking for one says so; what
each example of that README does is listed in ``docs/pyir.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

import cobra
from cobra import fixed_array, function, inline, pointer, struct, vec, vec2d, vec4d, vec4f, vec4i, vec8f, vec8i, void
from cobra.errors import InvalidOption

if TYPE_CHECKING:
    from numpy import bool_, complex64, complex128, float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64
else:
    from cobra import bool_, complex64, complex128, float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64

__all__ = [
    "array", "bool_", "complex64", "complex128", "float16", "float32", "float64", "function", "get_kernel_ir_objects",
    "get_kernel_metadata", "inline", "int8", "int16", "int32", "int64", "numpy_kernel", "opaque", "ptr", "struct", "uint8",
    "uint16", "uint32", "uint64", "vec", "vec2d", "vec4d", "vec4f", "vec4i", "vec8f", "vec8i", "void",
]  # fmt: skip

_POLICIES = ("vectorized", "default", "parallel")
_PLANNED_POLICIES = ("async", "sandboxed")
_PLANNED = {
    "automatic differentiation": (
        "grad", "jvp", "vjp", "higher_order_grad", "jacobian", "register_custom_gradient", "register_custom_shape_inference",
    ),
    "fusion": ("fuse_kernels",),
    "explicit lanes": ("simd_kernel", "autovectorize_kernel", "autovectorize_kernels"),
    "the type of pointers to functions": ("fnptr",),
    "compilation ahead of time": ("prefetch_kernel", "aot_compile_kernel", "load_aot_kernel"),
}  # fmt: skip


class _TypeMaker:
    """A function that makes a type, which may be written with square brackets as well."""

    def __init__(self, make: Callable[..., object]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __call__(self, *parts: Any) -> Any:
        return self._make(*parts)

    def __getitem__(self, parts: Any) -> Any:
        return self._make(*parts) if isinstance(parts, tuple) else self._make(parts)

    def __repr__(self) -> str:
        return f"<types made by cobra.{getattr(self._make, '__name__', '')}>"


array, ptr, opaque = _TypeMaker(fixed_array), _TypeMaker(pointer), _TypeMaker(cobra.opaque)


def numpy_kernel(kernel: Any, policy: str = "vectorized", **options: Any) -> np.ufunc:
    """Return the ufunc of a function.

    Parameters
    ----------
    kernel
        A function made by `function`, or a plain typed one.
    policy
        How it runs: ``"vectorized"``, which ``"default"`` stands for as well, or ``"parallel"``.
    options
        As `cobra.ufunc` takes them.

    Returns
    -------
    numpy.ufunc
        What ``cobra.ufunc(kernel)`` is.

    Raises
    ------
    NotImplementedError
        For a policy that Cobra does not have yet.
    InvalidOption
        For anything else that is no policy.

    Examples
    --------
    >>> import numpy as np
    >>> import cobra.pyir as pyir
    >>> @pyir.function
    ... def add(a: pyir.int32, b: pyir.int32) -> pyir.int32:
    ...     result: int
    ...     pyir.inline("%result = add i32 %a, %b")
    ...     return result
    >>> add(2, 3)
    5
    >>> pyir.numpy_kernel(add)(np.array([1, 2], np.int32), np.int32(10))
    array([11, 12], dtype=int32)
    """
    if policy not in _POLICIES:
        _refuse_policy(policy)
    return cobra.ufunc(kernel, **options, policy="vectorized" if policy == "default" else policy)


def _refuse_policy(policy: object) -> NoReturn:
    valid = ", ".join(map(repr, _POLICIES))
    if isinstance(policy, str) and policy.partition(":")[0] in _PLANNED_POLICIES:
        raise NotImplementedError(f"Cobra has no policy {policy!r} yet; its policies are {valid}")
    raise InvalidOption(f"{policy!r} is no policy; the policies are {valid}, and later {', '.join(map(repr, _PLANNED_POLICIES))}")


def get_kernel_metadata(kernel: Any) -> dict[str, Any]:
    """Return facts about a kernel or function as plain data.

    Returns
    -------
    dict
        ``name``, ``has_ir``, ``parameters`` (their names and types) and all else that `cobra.inspect.metadata` has.

    Examples
    --------
    >>> import cobra.pyir as pyir
    >>> @pyir.function
    ... def square(x: pyir.float32) -> pyir.float32:
    ...     result: float
    ...     pyir.inline("%result = fmul float %x, %x")
    ...     return result
    >>> facts = pyir.get_kernel_metadata(square)
    >>> facts["name"], facts["has_ir"], facts["parameters"]
    ('square', True, {'x': 'float32'})
    """
    facts = cobra.inspect.metadata(kernel)
    parameters = {parameter["name"]: parameter["type"] for parameter in facts["parameters"]}
    return facts | {"parameters": parameters, "is_cuda": False, "is_simd": facts["loop"]["lanes"] is not None}


def get_kernel_ir_objects(kernel: Any) -> tuple[Module, tuple[str, ...], tuple[str, ...]]:
    """Return the LLVM module of a kernel or function, and what it hands out.

    Returns
    -------
    tuple
        The module, whose ``str`` is text that LLVM parses; the types of the outputs; and their names.

    Examples
    --------
    >>> import cobra.pyir as pyir
    >>> @pyir.function
    ... def square(x: pyir.float32) -> pyir.float32:
    ...     return x * x
    >>> module, variables, names = pyir.get_kernel_ir_objects(square)
    >>> variables, names, "define" in str(module)
    (('float32',), ('result',), True)
    """
    from cobra.inspect.choice import choose

    outputs = choose(kernel, None).loop.outputs
    names = ("result",) if len(outputs) == 1 else tuple(f"result{number}" for number in range(len(outputs)))
    return Module(cobra.inspect.llvm(kernel)), tuple(map(str, outputs)), names


class Module:
    """The text of an LLVM module.

    Parameters
    ----------
    text
        The text, as ``str`` gives it.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<LLVM module of {len(self._text.splitlines())} lines>"


def __getattr__(name: str) -> NoReturn:
    for feature, names in _PLANNED.items():
        if name in names:
            raise AttributeError(f"module {__name__!r} has no {name!r} yet: {feature} is still to come in Cobra")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
