"""`cobra.ufunc`: from a Python function to a real NumPy ufunc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import overload

import numpy as np

from cobra.compiler.frontend.entities import NumberConstant
from cobra.compiler.spec import FunctionSpec, KernelSpec, spec_of
from cobra.errors import CobraError, InvalidCall, InvalidOption
from cobra.ufunc.declaration import declare
from cobra.ufunc.kernel import intern, kernel_of, settings_of_kernel


@overload
def ufunc(function: Callable[..., object], /) -> np.ufunc: ...
@overload
def ufunc(
    function: Callable[..., object],
    /,
    *,
    types: str | Sequence[str] | None = ...,
    signature: str | None = ...,
    identity: object = ...,
    name: str | None = ...,
    doc: str | None = ...,
    fast_math: bool = ...,
    writable: str | Sequence[str] = ...,
    source: str | None = ...,
) -> np.ufunc: ...
@overload
def ufunc(
    *,
    types: str | Sequence[str] | None = ...,
    signature: str | None = ...,
    identity: object = ...,
    name: str | None = ...,
    doc: str | None = ...,
    fast_math: bool = ...,
    writable: str | Sequence[str] = ...,
    source: str | None = ...,
) -> Callable[[Callable[..., object]], np.ufunc]: ...


def ufunc(
    function: Callable[..., object] | None = None,
    /,
    *,
    types: str | Sequence[str] | None = None,
    signature: str | None = None,
    identity: object = None,
    name: str | None = None,
    doc: str | None = None,
    fast_math: bool = False,
    writable: str | Sequence[str] = (),
    source: str | None = None,
) -> np.ufunc | Callable[[Callable[..., object]], np.ufunc]:
    """Make a real NumPy ufunc of a typed Python function.

    Parameters
    ----------
    function
        The kernel: scalar code on its parameters, or code on arrays when it has core dimensions.
    types
        The loops, in NumPy's codes: ``["ff->f", "dd->d"]``. Without it they come from the annotations, and without those
        they are inferred for NumPy's whole numeric family.
    signature
        The core dimensions of a generalized ufunc: ``"(m,k),(k,n)->(m,n)"``. Outputs may be computed: ``"(n)->(n+1)"``.
    identity
        The start value of ``reduce``; ``"reorderable"`` for none, but any order of axes.
    name, doc
        Instead of the function's own name and docstring.
    fast_math
        Whether floating-point code may be reordered and need not report errors.
    writable
        The input arrays that the kernel may write to.
    source
        The text that holds the definition, where it cannot be found otherwise.

    Returns
    -------
    numpy.ufunc
        An object with every feature of NumPy's own ufuncs; code is compiled for a loop when it is first called.

    Raises
    ------
    CobraError
        With the place in the source, when the function cannot be compiled.

    Examples
    --------
    >>> import cobra, numpy as np
    >>> @cobra.ufunc
    ... def relu(x: cobra.float64) -> cobra.float64:
    ...     return x if x > 0 else 0.0
    >>> relu([-1.0, 2.0])
    array([0., 2.])
    >>> type(relu) is np.ufunc
    True
    """
    options = _options(identity, fast_math, writable)

    def decorate(function: Callable[..., object]) -> np.ufunc:
        try:
            return _make(function, types, signature, options, name, doc, source)
        except CobraError as error:
            # The frames inside the compiler say nothing to a user about their mistake.
            raise error.with_traceback(None) from None

    return decorate if function is None else decorate(function)


def _options(identity: object, fast_math: bool, writable: str | Sequence[str]) -> dict[str, object]:
    if not (identity is None or isinstance(identity, (bool, int, float, complex, str, np.generic))):
        raise InvalidOption(f"the identity {identity!r} is not a number", hint='Give a number, None or "reorderable".')
    if isinstance(identity, str) and identity != "reorderable":
        raise InvalidOption(f"the identity {identity!r} is not known", hint='Give a number, None or "reorderable".')
    names = (writable,) if isinstance(writable, str) else tuple(writable)
    plain = identity.item() if isinstance(identity, np.generic) else identity
    chosen: dict[str, object] = {"identity": plain, "fast_math": bool(fast_math), "writable": names}
    return {key: value for key, value in chosen.items() if value not in (None, (), False) or key == "identity" and value is not None}


def _make(
    function: Callable[..., object],
    types: str | Sequence[str] | None,
    signature: str | None,
    options: Mapping[str, object],
    name: str | None,
    doc: str | None,
    source: str | None,
) -> np.ufunc:
    existing = kernel_of(function)
    plain = existing.function if existing is not None else function
    if isinstance(plain, np.ufunc) or not isinstance(plain, FunctionType):
        raise InvalidCall(f"a kernel is made from a Python function, not from {_described(plain)}", hint="Define it with def or lambda.")
    frozen = existing.spec.function if existing is not None else spec_of(plain, source)
    _check_options(frozen, options)
    loops, core = declare(frozen, signature, types)
    spec = KernelSpec(
        function=frozen,
        loops=loops,
        signature=str(core) if core is not None else None,
        options={**options, **settings_of_kernel()},
        name=name or _readable(frozen.name),
        doc=doc,
    )
    return intern(spec, plain)


def _described(thing: object) -> str:
    return f"the {type(thing).__name__} {getattr(thing, '__name__', repr(thing))!r}"


def _readable(name: str) -> str:
    return "kernel" if name == "<lambda>" else name


def _check_options(function: FunctionSpec, options: Mapping[str, object]) -> None:
    writable = options.get("writable", ())
    assert isinstance(writable, tuple)
    for name in writable:
        if name not in function.parameter_names:
            raise InvalidOption(f"writable={name!r} names no parameter of {function.name!r}", function.location())


# -- constants instead of operands


def bind(kernel: np.ufunc, /, **constants: float | complex) -> np.ufunc:
    """Return a kernel with some parameters fixed, as a real ufunc of the others.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    constants
        A number for each parameter to fix. Without any, all parameters that have defaults are fixed to these.

    Returns
    -------
    numpy.ufunc
        A ufunc with fewer inputs; the constants are compiled in.

    Raises
    ------
    InvalidCall
        When the kernel has no such parameter, or no defaults to fix.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc
    ... def scaled(x: float, scale: float = 2.0) -> float:
    ...     return x * scale
    >>> cobra.bind(scaled)(3.0), cobra.bind(scaled, scale=10.0)(3.0)
    (6.0, 30.0)
    """
    known = kernel_of(kernel)
    if known is None:
        raise InvalidCall(f"{_described(kernel)} is no kernel of Cobra's", hint="Make one with @cobra.ufunc.")
    spec = known.spec
    fixed = {name: _constant(name, value) for name, value in constants.items()} or _defaults(spec)
    unknown = [name for name in fixed if name not in spec.operand_names]
    if unknown or not fixed:
        what = f"no parameter {unknown[0]!r}" if unknown else "no defaults to bind"
        raise InvalidCall(f"{spec.name!r} has {what}", spec.function.location(), f"Its parameters: {', '.join(spec.operand_names)}.")
    if len(fixed) == len(spec.operand_names):
        raise InvalidCall(f"nothing would be left of {spec.name!r} to take operands", spec.function.location())
    try:
        return intern(_bound(spec, fixed), known.function)
    except CobraError as error:
        raise error.with_traceback(None) from None


def _constant(name: str, value: object) -> NumberConstant:
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (bool, int, float, complex)):
        raise InvalidCall(f"{name}={value!r} is not a number", hint="Bind numbers; pass arrays as operands.")
    return NumberConstant(value)


def _defaults(spec: KernelSpec) -> dict[str, NumberConstant]:
    found = spec.function.defaults
    return {n: entity for n in spec.operand_names if isinstance(entity := found.get(n), NumberConstant)}


def _bound(spec: KernelSpec, fixed: Mapping[str, NumberConstant]) -> KernelSpec:
    names = spec.operand_names
    kept = [position for position, name in enumerate(names) if name not in fixed]
    loops = []
    for loop in spec.loops:
        inputs = tuple(loop.inputs[position] for position in kept if position < len(loop.inputs))
        loops.append(loop._replace(inputs=inputs))
    signature = _signature_without(spec, kept) if spec.signature is not None else None
    values = {name: _typed(spec, names.index(name), value) for name, value in fixed.items()}
    return replace(spec, loops=tuple(loops), signature=signature, bound={**spec.bound, **values})


def _typed(spec: KernelSpec, position: int, value: NumberConstant) -> NumberConstant:
    """Give a constant the type that the parameter has in every loop, as passing it as an operand would."""
    kinds = {loop.inputs[position] for loop in spec.loops if position < len(loop.inputs)}
    if len(kinds) != 1:
        return value
    (kind,) = kinds
    if not hasattr(kind, "dtype"):
        raise InvalidCall(f"the parameter {spec.operand_names[position]!r} of {spec.name!r} is an array", spec.function.location())
    return NumberConstant(kind.dtype.type(value.value).item(), kind)


def _signature_without(spec: KernelSpec, kept: Sequence[int]) -> str:
    from cobra.ufunc.signature import Signature

    assert spec.signature is not None
    core = Signature.parse(spec.signature)
    inputs = tuple(core.inputs[position] for position in kept if position < len(core.inputs))
    for position, operand in enumerate(core.inputs):
        if position not in kept and operand:
            raise InvalidCall(f"the parameter {spec.operand_names[position]!r} of {spec.name!r} is an array", spec.function.location())
    return str(Signature(inputs, core.outputs))
