"""The object that `cobra.function` makes, and the one table of all of them.

Each has a class of its own, whose ``__call__`` is replaced by a builtin when it is first called: from then on the interpreter
calls native code directly, and this module only sees the arguments that native code does not take as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from inspect import Parameter, Signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE
from cobra.compiler.spec import KernelSpec
from cobra.compounds import PointerType
from cobra.errors import CobraError, InvalidCall
from cobra.function.arguments import Item, Reader, reader
from cobra.function.native import NativeFunction
from cobra.function.results import Maker, as_python, maker
from cobra.runtime.builtin_function import make_builtin
from cobra.runtime.compile_lock import COMPILING
from cobra.types import ScalarType
from cobra.ufunc.kernel import rebuild as rebuild_ufunc
from cobra.ufunc.options import options_in_force

if TYPE_CHECKING:
    from cobra.types import KernelType

_interned: dict[tuple[str, str, str], Function] = {}


class Function:
    """A native function of numbers, made by `cobra.function`.

    Called with Python numbers it returns Python numbers. It checks before it computes: a wrong number of arguments, or one of a
    wrong type, is a `TypeError`, an integer out of range an `OverflowError`. Integers wrap around, division by zero gives an
    infinity or, for integers, what NumPy gives; no call leaves a floating-point warning.

    Examples
    --------
    >>> import cobra
    >>> @cobra.function
    ... def hypotenuse(a: float, b: float) -> float:
    ...     return (a * a + b * b) ** 0.5
    >>> hypotenuse(3, 4), hypotenuse.signature, hypotenuse.prototype
    (5.0, 'hypotenuse(a: float64, b: float64) -> float64', 'double hypotenuse(double a, double b)')
    """

    def __init__(self, native: NativeFunction) -> None:
        spec, loop = native.spec, native.loop
        self._native = native
        results: Any = native.results
        returned = results[0] if len(results) == 1 else tuple[results] if results else None
        self.__dict__ |= {
            KERNEL_ATTRIBUTE: native,
            "__name__": spec.name,
            "__qualname__": spec.function.qualname if spec.name == spec.function.name else spec.name,
            "__module__": spec.function.module,
            "__doc__": spec.doc if spec.doc is not None else spec.function.doc,
            "__annotations__": dict(zip(spec.operand_names, loop.inputs, strict=True)) | {"return": returned},
        }

    # -- what it is

    def __getattr__(self, name: str) -> Any:
        """Make ``__signature__`` and ``__wrapped__`` when they are asked for; the class itself must not have them."""
        makers: dict[str, Callable[[], object]] = {"__signature__": self._call_signature, "__wrapped__": self._python_function}
        if name not in makers:
            raise AttributeError(f"a function of Cobra's has no attribute {name!r}")
        return self.__dict__.setdefault(name, makers[name]())

    def _call_signature(self) -> Signature:
        from cobra.ufunc.python_function import python_value

        parameters, kinds, function = [], self.__annotations__, self._native.spec.function
        for given in function.parameters:
            default = Parameter.empty if given.default is None else python_value(given.default, rebuild_ufunc)
            how = (
                Parameter.KEYWORD_ONLY
                if given.keyword_only
                else Parameter.POSITIONAL_ONLY
                if given.name in function.positional_only
                else Parameter.POSITIONAL_OR_KEYWORD
            )
            parameters.append(Parameter(given.name, how, default=default, annotation=kinds[given.name]))
        return Signature(parameters, return_annotation=kinds["return"])

    def _python_function(self) -> Callable[..., object]:
        """Return the Python function, made from its source when this one was unpickled."""
        if self._native.original is None:
            from cobra.ufunc.python_function import rebuild_function

            self._native.original = rebuild_function(self._native.spec.function, rebuild_ufunc)
        return self._native.original

    @property
    def signature(self) -> str:
        """Return the name, and the types of parameters and results, as one would annotate them."""
        loop = self._native.loop
        names = self._native.spec.operand_names
        taken = ", ".join(f"{name}: {kind}" for name, kind in zip(names, loop.inputs, strict=True))
        made = ", ".join(map(str, loop.outputs))
        return f"{self.__name__}({taken}) -> {made if len(loop.outputs) == 1 else f'({made})'}"

    @property
    def prototype(self) -> str:
        """Return the declaration in C of what `address` points to.

        A real number is passed by value (a float16 or bfloat16 as its bits), a pointer as it is, anything else by a pointer to it,
        laid out as in NumPy. What is not one real number is written through pointers that come last.
        """
        from cobra.function.operands import c_function

        made = c_function(self._native.loop.inputs, self._native.results)
        names = [*self._native.spec.operand_names, *(f"result{k}" for k in range(len(self._native.results)))]
        taken = [f"{kind}{'' if kind.endswith('*') else ' '}{name}" for kind, name in zip(made.parameters, names, strict=False)]
        return made._replace(parameters=tuple(taken)).declaration(self.__name__)

    def __repr__(self) -> str:
        return f"<cobra.function {self.signature}>"

    # -- pointers for other languages

    @property
    def address(self) -> int:
        """Return the address of the function in C; `prototype` says of which type. It is valid until the process ends.

        An exception that the function raises is set in the calling thread, and zero or NaN is returned.
        """
        return self._native.addresses["cobra_function"]

    @cached_property
    def ctypes(self) -> Any:
        """Return a ctypes function pointer, which keeps the interpreter's lock and passes exceptions on.

        Examples
        --------
        >>> import cobra
        >>> cobra.function(lambda x: x * x, types="d->d").ctypes(3.0)
        9.0
        """
        from cobra.function.pointers import ctypes_pointer

        return ctypes_pointer(self._native)

    @cached_property
    def cffi(self) -> Any:
        """Return a cffi function pointer.

        It gives up the interpreter's lock while it runs, and does not look for exceptions: call what may raise through `ctypes`.
        """
        from cobra.function.pointers import cffi_pointer

        return cffi_pointer(self._native)

    def low_level_callable(self, signature: str | None = None) -> Any:
        """Return a `scipy.LowLevelCallable`, for integrators and filters.

        Parameters
        ----------
        signature
            ``"double (int, double *)"`` for a function of doubles as integrators over several variables call it, which is what
            functions of more than one double get when this is left out; else the function's own, in which ``void *`` may stand
            for any pointer, and C's names for integers: ``"int (double *, intptr_t, double *, void *)"``.

        Raises
        ------
        InvalidCall
            When it has no such form.

        Examples
        --------
        >>> import cobra
        >>> from scipy.integrate import quad
        >>> f = cobra.function(lambda x, a: a * x * x, types="dd->d")
        >>> print(round(quad(f.low_level_callable(), 0, 3, args=(2,))[0], 6))
        18.0
        """
        from cobra.function.pointers import scipy_callable

        return scipy_callable(self._native, signature)

    # -- identity

    def __reduce__(self) -> tuple[Callable[[KernelSpec], Function], tuple[KernelSpec]]:
        return rebuild, (self._native.spec,)

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

    # -- calling

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Compile, and call; from then on the class calls what was compiled."""
        native, call = self._native, self._converted_call
        if native.interpreted:
            call = self._interpreted_call
        elif _is_simple(native):
            call = self._entry
        # a builtin is no method: the class calls it without the object
        type(self).__call__ = getattr(call, "__func__", call)  # type: ignore[method-assign]
        return call(*arguments, **keywords)

    @cached_property
    def _entry(self) -> Callable[..., Any]:
        """Return the builtin that takes every number of the parameters and returns every number of the results."""
        address = self._native.addresses["cobra_call"]
        return make_builtin(self.__name__, address, self._checked_call, self.__module__)

    def _checked_call(self, *arguments: Any, **keywords: Any) -> Any:
        """Call native code with the numbers that other arguments stand for."""
        return self._entry(*self._numbers(self._values(arguments, keywords)))

    def _converted_call(self, *arguments: Any, **keywords: Any) -> Any:
        made = self._entry(*self._numbers(self._values(arguments, keywords)))
        numbers = iter(made if isinstance(made, tuple) else (made,))
        values = [make(numbers) for make in self._makers]
        return values[0] if len(values) == 1 else tuple(values) or None

    def _interpreted_call(self, *arguments: Any, **keywords: Any) -> Any:
        from cobra.ufunc.python_function import call_function

        with np.errstate(all="ignore"):
            values = self._values(arguments, keywords)
            numbers = iter(self._numbers(values))
            given = [_as_numpy(kind, value, numbers) for kind, value in zip(self._native.loop.inputs, values, strict=True)]
            return as_python(call_function(self._native.spec, self._plain_function, given), self._native.results)

    @cached_property
    def _makers(self) -> list[Maker]:
        return [maker(kind) for kind in self._native.results]

    @cached_property
    def _plain_function(self) -> Callable[..., object]:
        """Return a Python function that does the same: one with inline texts has to be made again."""
        from cobra.ufunc.interpreted_texts import has_texts
        from cobra.ufunc.python_function import rebuild_function

        spec = self._native.spec.function
        made: Callable[..., object] = rebuild_function(spec, rebuild_ufunc) if has_texts(spec) else self.__wrapped__
        return made

    @cached_property
    def _readers(self) -> list[Reader]:
        pairs = zip(self._native.spec.operand_names, self._native.loop.inputs, strict=True)
        return [reader(kind, f"the argument {name!r}") for name, kind in pairs]

    def _numbers(self, values: Sequence[Any]) -> list[Item]:
        """Return every number of the parameters; raise when a value is none for its parameter."""
        try:
            return [number for read, value in zip(self._readers, values, strict=True) for number in read(value)]
        except CobraError as error:
            raise type(error)(f"{self.__name__}: {error.message}", error.location, error.hint) from None

    def _values(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Sequence[Any]:
        """Match arguments with parameters, defaults included; raise when they do not match."""
        if not keywords and len(arguments) == len(self._readers) and not self._has_keyword_only:
            return arguments
        try:
            bound = self.__signature__.bind(*arguments, **keywords)
        except TypeError as error:
            self._refuse(error)
        bound.apply_defaults()
        return list(bound.arguments.values())

    @cached_property
    def _has_keyword_only(self) -> bool:
        return any(parameter.keyword_only for parameter in self._native.spec.function.parameters)

    def _refuse(self, error: TypeError) -> NoReturn:
        raise InvalidCall(f"{self.__name__}: {error}", hint=f"It is {self.signature}.") from None


def _is_simple(native: NativeFunction) -> bool:
    """Tell whether native code can take the arguments of a call as they stand, and return the result."""
    every = (*native.loop.inputs, *native.results)
    return all(isinstance(kind, ScalarType) for kind in every) and not any(p.keyword_only for p in native.spec.function.parameters)


def _as_numpy(kind: KernelType, given: Any, numbers: Iterator[Item]) -> Any:
    """Return an argument as plain Python gets it, from its numbers; the array for a pointer."""
    if isinstance(kind, PointerType):
        next(numbers)
        return given
    value = maker(kind)(numbers)
    return kind.dtype.type(value) if isinstance(kind, ScalarType) else value


def intern(spec: KernelSpec, original: FunctionType | None = None) -> Function:
    """Return the function of a specification: the one that exists already, or a new one."""
    key = spec.digest, spec.function.module, spec.function.qualname
    with COMPILING:
        known = _interned.get(key)
        if known is None:
            own_class = type("Function", (Function,), {"__module__": __name__, "__call__": Function.__call__, "__doc__": None})
            known = _interned[key] = own_class(NativeFunction(spec, original))
        elif known._native.original is None:
            known._native.original = original
        return known


def rebuild(spec: KernelSpec) -> Function:
    """Return the function of a specification that was made elsewhere, under the settings in force here."""
    options = options_in_force(spec.options)
    return intern(spec if options == spec.options else replace(spec, options=options))
