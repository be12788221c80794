"""`cobra.function`: from a typed Python function to a native function of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, overload

from cobra.compiler.spec import KernelSpec, MathSource, spec_of
from cobra.errors import CobraError, InvalidCall
from cobra.function.callable import Function, intern
from cobra.function.declaration import declared_types
from cobra.function.native import native_of
from cobra.ufunc.declaration import Listed
from cobra.ufunc.kernel import kernel_of
from cobra.ufunc.options import chosen_options, options_in_force

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    class _Options(TypedDict, total=False):
        types: Listed | None
        name: str | None
        doc: str | None
        fast_math: bool | None
        math: MathSource | None
        source: str | None


@overload
def function(plain: Callable[..., object], /, **options: Unpack[_Options]) -> Function: ...
@overload
def function(**options: Unpack[_Options]) -> Callable[[Callable[..., object]], Function]: ...


def function(
    plain: Callable[..., object] | None = None,
    /,
    *,
    types: Listed | None = None,
    name: str | None = None,
    doc: str | None = None,
    fast_math: bool | None = None,
    math: MathSource | None = None,
    source: str | None = None,
) -> Function | Callable[[Callable[..., object]], Function]:
    """Make a native function of numbers of a typed Python function.

    Parameters
    ----------
    plain
        The Python function, its parameters annotated unless `types` is given; what it refers to is frozen now. Given a function
        or a ufunc of Cobra's that has one loop, the result is the same code as a function, with other options.
    types
        The types of parameters and results in NumPy's codes, ``"dd->d"``, or as a pair, ``((vec4f, float32), vec4f)``.
    name, doc
        Instead of the function's own name and docstring.
    fast_math
        Whether floating-point code may be reordered, but for what is inside elementary functions; it may not unless this says so.
    math
        Where elementary functions come from: ``"library"``, Cobra's own, which run on whole vectors and are the same on every
        machine; ``"fast"``, Cobra's own with quicker variants where there are some, within 4 units in the last place; or
        ``"libm"``, the C library of this one.
    source
        The text that holds the definition, where it cannot be found otherwise.

    Returns
    -------
    Function
        Callable with Python numbers, from kernels and from C; compiled when it is first called. `cobra.ufunc` makes a ufunc of
        it.

    Raises
    ------
    CobraError
        With the place in the source, when the function cannot be compiled.

    Examples
    --------
    >>> import cobra
    >>> @cobra.function
    ... def clamp(x: float, low: float = 0.0, high: float = 1.0) -> float:
    ...     return min(max(x, low), high)
    >>> clamp(1.5), clamp(-2, low=-1)
    (1.0, -1.0)
    >>> cobra.ufunc(cobra.function(lambda x: x / 2, types="d->d"))([1.0, 2.0])
    array([0.5, 1. ])
    """

    def decorate(plain: Callable[..., object]) -> Function:
        try:
            spec, original = _spec(plain, types, source)
            options = options_in_force({**spec.options, **chosen_options(None, fast_math, None, math)})
            text = spec.doc if doc is None else doc
            return intern(replace(spec, options=options, name=name or spec.name, doc=text), original)
        except CobraError as error:
            # The frames inside the compiler say nothing to a user about their mistake.
            raise error.with_traceback(None) from None

    return decorate if plain is None else decorate(plain)


def _spec(plain: Callable[..., object], types: Listed | None, source: str | None) -> tuple[KernelSpec, FunctionType | None]:
    existing = native_of(plain) or kernel_of(plain)
    if existing is not None:
        spec, original = existing.spec, existing.original
        if types is None and (spec.signature is not None or len(spec.loops) != 1):
            what = f"{spec.name!r} has {len(existing.loops)} loops or core dimensions, a function has one of numbers"
            raise InvalidCall(what, spec.function.location(), 'Name the types, types="dd->d".')
    elif isinstance(plain, FunctionType):
        frozen, original = spec_of(plain, source), plain
        spec = KernelSpec(frozen, name="function" if frozen.name == "<lambda>" else frozen.name)
    else:
        what = f"a function is made from a Python function, not from the {type(plain).__name__} {plain!r}"
        raise InvalidCall(what, hint="Define it with def or lambda.")
    if existing is None or types is not None:
        spec = replace(spec, loops=(declared_types(spec.function, types),), signature=None)
    return spec, original
