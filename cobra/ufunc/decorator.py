"""`cobra.ufunc` and `cobra.bind`: from a Python function, or a kernel, to a real NumPy ufunc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from cobra.compiler.frontend.entities import NumberConstant
from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE
from cobra.compiler.spec import KernelSpec, MathSource, spec_of
from cobra.errors import CobraError, InvalidCall
from cobra.types import from_dtype
from cobra.ufunc.binding import bound_spec, default_constants
from cobra.ufunc.declaration import Listed, declare
from cobra.ufunc.kernel import intern, kernel_of
from cobra.ufunc.options import check_names, check_threads, chosen_options, options_in_force

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    class _Options(TypedDict, total=False):
        types: str | Sequence[Listed] | None
        signature: str | None
        identity: object
        name: str | None
        doc: str | None
        fast_math: bool | None
        math: MathSource | None
        writable: str | Sequence[str] | None
        policy: str | None
        num_threads: int | None
        source: str | None


class _Declared(NamedTuple):
    """What the decorator was given besides the options, None where nothing was."""

    types: str | Sequence[Listed] | None
    signature: str | None
    name: str | None
    doc: str | None
    source: str | None


@overload
def ufunc(function: Callable[..., object], /, **options: Unpack[_Options]) -> np.ufunc: ...
@overload
def ufunc(**options: Unpack[_Options]) -> Callable[[Callable[..., object]], np.ufunc]: ...


def ufunc(
    function: Callable[..., object] | None = None,
    /,
    *,
    types: str | Sequence[Listed] | None = None,
    signature: str | None = None,
    identity: object = None,
    name: str | None = None,
    doc: str | None = None,
    fast_math: bool | None = None,
    math: MathSource | None = None,
    writable: str | Sequence[str] | None = None,
    policy: str | None = None,
    num_threads: int | None = None,
    source: str | None = None,
) -> np.ufunc | Callable[[Callable[..., object]], np.ufunc]:
    """Make a real NumPy ufunc of a typed Python function.

    Parameters
    ----------
    function
        The kernel: scalar code on its parameters, or code on arrays when it has core dimensions. Given a kernel instead, the
        result is the same kernel with other options. What the function refers to is frozen now: later changes of globals and
        closures do not reach the kernel.
    types
        The loops, in NumPy's codes: ``["ff->f", "dd->d"]``; or as pairs of the types of inputs and outputs, one or a tuple of
        them: ``[((vec4f, vec4f), vec4f)]``. Without it they come from the annotations, and without those they are inferred for
        NumPy's whole numeric family. A vector is a core dimension of its length, a structure an element of a structured dtype.
    signature
        The core dimensions of a generalized ufunc: ``"(m,k),(k,n)->(m,n)"``. Outputs may be computed: ``"(n)->(n+1)"``.
    identity
        The start value of ``reduce``; ``"reorderable"`` for none, but any order of axes.
    name, doc
        Instead of the function's own name and docstring.
    fast_math
        Whether floating-point code may be reordered, but for what is inside elementary functions, and need not report errors; it may not
        unless this says so.
    math
        Where elementary functions come from: ``"library"``, Cobra's own, which run on whole vectors and are the same on every
        machine; ``"fast"``, Cobra's own with quicker variants where there are some, within 4 units in the last place; or
        ``"libm"``, the C library of this one.
    writable
        The input arrays that the kernel may write to. NumPy refuses read-only ones, and where it has to convert an array, what
        was written is converted back.
    policy
        ``"vectorized"`` unless said otherwise: calls run in the thread that makes them. ``"parallel"``: large ones are shared
        among threads.
    num_threads
        At most so many threads, of those that the process has for this: one on each processor, or ``COBRA_NUM_THREADS``.
    source
        The text that holds the definition, where it cannot be found otherwise.

    Returns
    -------
    numpy.ufunc
        An object with every feature of NumPy's own ufuncs; code is compiled for a loop when it is first called. A ufunc has one
        number of inputs: when parameters have default values, its attribute ``arities`` maps each possible number of inputs
        to a ufunc, and `bind` fixes parameters by name.

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
    options = chosen_options(identity, fast_math, writable, math, policy, num_threads)
    declared = _Declared(types, signature, name, doc, source)

    def decorate(function: Callable[..., object]) -> np.ufunc:
        try:
            return _make(function, declared, options)
        except CobraError as error:
            # The frames inside the compiler say nothing to a user about their mistake.
            raise error.with_traceback(None) from None

    return decorate if function is None else decorate(function)


def _make(function: Callable[..., object], declared: _Declared, options: Mapping[str, object]) -> np.ufunc:
    # a scalar function of Cobra's is known by the same attribute
    existing = kernel_of(function) or getattr(function, KERNEL_ATTRIBUTE, None)
    if existing is not None:
        spec, plain = existing.spec, existing.original
    elif isinstance(function, FunctionType):
        frozen, plain = spec_of(function, declared.source), function
        spec = KernelSpec(frozen, name="kernel" if frozen.name == "<lambda>" else frozen.name)
    else:
        hint = "Define it with def or lambda."
        raise InvalidCall(f"a kernel is made from a Python function, not from {_described(function)}", hint=hint)
    check_names(spec.function, options)
    if existing is None or declared.types is not None or declared.signature is not None or not spec.operand_names:
        spec = _with_loops(spec, declared)
    doc = spec.doc if declared.doc is None else declared.doc
    options = options_in_force({**spec.options, **options})
    check_threads(spec.name, options)
    return intern(replace(spec, options=options, name=declared.name or spec.name, doc=doc), plain)


def _with_loops(spec: KernelSpec, declared: _Declared) -> KernelSpec:
    if spec.bound:
        what = f"{spec.name!r} has bound parameters, so its loops are settled"
        raise InvalidCall(what, spec.function.location(), "Give types= and signature= first, then bind.")
    signature = spec.signature if declared.signature is None else declared.signature
    loops, core = declare(spec.function, signature, declared.types)
    return replace(spec, loops=loops, signature=None if core is None else str(core))


def _described(thing: object) -> str:
    return f"the {type(thing).__name__} {getattr(thing, '__name__', repr(thing))!r}"


def bind(kernel: np.ufunc, /, **constants: complex | np.generic) -> np.ufunc:
    """Return a kernel with some parameters fixed, as a real ufunc of the others.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    constants
        A number for each parameter to fix. Without any, all parameters that have defaults are fixed to these. A number gets
        the type of its parameter; where that differs between loops it stays a Python number, which takes the type of what it
        meets.

    Returns
    -------
    numpy.ufunc
        A ufunc with fewer inputs; the constants are compiled in.

    Raises
    ------
    InvalidCall
        When the kernel has no such parameter, or no defaults to fix.
    InvalidConstant
        When a number does not fit its parameter.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc
    ... def scaled(x: float, scale: float = 2.0) -> float:
    ...     return x * scale
    >>> print(cobra.bind(scaled)(3.0), cobra.bind(scaled, scale=10.0)(3.0))
    6.0 30.0
    """
    known = kernel_of(kernel)
    if known is None:
        raise InvalidCall(f"{_described(kernel)} is no kernel of Cobra's", hint="Make one with @cobra.ufunc.")
    fixed = {name: _constant(name, value) for name, value in constants.items()} or default_constants(known.spec)
    if not fixed:
        what = f"{known.spec.name!r} has no defaults to bind"
        raise InvalidCall(what, known.spec.function.location(), "Name the parameters to fix.")
    try:
        return intern(bound_spec(known.spec, fixed), known.original)
    except CobraError as error:
        raise error.with_traceback(None) from None


def _constant(name: str, value: object) -> NumberConstant:
    kind = from_dtype(value.dtype) if isinstance(value, np.generic) else None
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, (bool, int, float, complex)):
        return NumberConstant(plain, kind)
    raise InvalidCall(f"{name}={value!r} is not a number", hint="Bind numbers; pass arrays as operands.")
