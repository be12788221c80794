"""Scalar functions for other languages: function pointers of ctypes and cffi, SciPy's low-level callables."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cobra.errors import InvalidCall, MissingPackage
from cobra.function.native import NativeFunction
from cobra.function.operands import c_function

_CTYPES: dict[str | None, Any] = {
    None: None, "_Bool": ctypes.c_bool, "float": ctypes.c_float, "double": ctypes.c_double,
    "const void *": ctypes.c_void_p, "void *": ctypes.c_void_p,
} | {f"{kind}{bits}_t": getattr(ctypes, f"c_{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)}  # fmt: skip

_CTYPES |= {f"{name} *": ctypes.c_void_p for name in _CTYPES if name is not None and not name.endswith("*")}
_INTEGRAND = "double (int, double *)"


def ctypes_pointer(native: NativeFunction) -> Callable[..., Any]:
    """Return a ctypes function pointer that keeps the interpreter's lock, so that exceptions come out of the call."""
    made = c_function(native.loop.inputs, native.results)
    kind = ctypes.PYFUNCTYPE(_CTYPES[made.result], *(_CTYPES[parameter] for parameter in made.parameters))
    return kind(native.addresses["cobra_function"])


def cffi_pointer(native: NativeFunction) -> Any:
    """Return a cffi function pointer."""
    ffi = _package("cffi").FFI()
    made = c_function(native.loop.inputs, native.results)
    return ffi.cast(made.declaration("(*)"), native.addresses["cobra_function"])


def scipy_callable(native: NativeFunction, signature: str | None) -> Any:
    """Return a `scipy.LowLevelCallable` in the form `signature`, or in the one that fits best."""
    has_form = "cobra_integrand" in native.addresses
    if signature is None:
        signature = _INTEGRAND if has_form and len(native.loop.inputs) > 1 else _own_form(native)
    if signature == _INTEGRAND and has_form:
        kind = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_int, ctypes.POINTER(ctypes.c_double))
        pointer: Any = kind(native.addresses["cobra_integrand"])
    elif signature == _own_form(native):
        pointer = ctypes_pointer(native)
    else:
        forms = [_own_form(native), *([_INTEGRAND] if has_form else [])]
        what = f"{native.spec.name!r} cannot be called as {signature!r}"
        raise InvalidCall(what, native.spec.function.location(), f"It can be as {' or '.join(map(repr, forms))}.")
    return _package("scipy").LowLevelCallable(pointer)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackage(f"this needs the package {name}", hint=f"Install it: pip install {name}.") from None


def _own_form(native: NativeFunction) -> str:
    return c_function(native.loop.inputs, native.results).declaration("").replace("  ", " ")
