"""Scalar functions for other languages: function pointers of ctypes and cffi, SciPy's low-level callables."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cobra.errors import InvalidCall, MissingPackage
from cobra.function.native import NativeFunction
from cobra.function.operands import CFunction, c_function

_CTYPES: dict[str | None, Any] = {
    None: None, "_Bool": ctypes.c_bool, "float": ctypes.c_float, "double": ctypes.c_double,
    "const void *": ctypes.c_void_p, "void *": ctypes.c_void_p,
} | {f"{kind}{bits}_t": getattr(ctypes, f"c_{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)}  # fmt: skip

_CTYPES |= {f"{name} *": ctypes.c_void_p for name in _CTYPES if name is not None and not name.endswith("*")}
_INTEGRAND = "double (int, double *)"
_SPELLINGS = {
    **{name: f"int{8 * ctypes.sizeof(kind)}_t" for name, kind in {
        "short": ctypes.c_short, "int": ctypes.c_int, "long": ctypes.c_long, "long long": ctypes.c_longlong,
        "intptr_t": ctypes.c_ssize_t, "npy_intp": ctypes.c_ssize_t, "ssize_t": ctypes.c_ssize_t,
    }.items()},
    "size_t": f"uint{8 * ctypes.sizeof(ctypes.c_size_t)}_t", "unsigned int": f"uint{8 * ctypes.sizeof(ctypes.c_uint)}_t",
}  # fmt: skip
"""What C's own names of integers mean here."""


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
    if signature is None and has_form and len(native.loop.inputs) > 1:
        signature = _INTEGRAND
    if signature is None:
        pointer: Any = ctypes_pointer(native)
    elif signature == _INTEGRAND and has_form:
        kind = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_int, ctypes.POINTER(ctypes.c_double))
        pointer = kind(native.addresses["cobra_integrand"])
    elif _is_form_of(signature, c_function(native.loop.inputs, native.results)):
        return _package("scipy").LowLevelCallable(ctypes_pointer(native), signature=signature)
    else:
        forms = [_own_form(native), *([_INTEGRAND] if has_form else [])]
        what = f"{native.spec.name!r} cannot be called as {signature!r}"
        raise InvalidCall(what, native.spec.function.location(), f"It can be as {' or '.join(map(repr, forms))}.")
    return _package("scipy").LowLevelCallable(pointer)


def _is_form_of(signature: object, made: CFunction) -> bool:
    """Tell whether a signature is of a function, in other words for integers or with ``void *`` for a pointer."""
    found = re.fullmatch(r"([^()]+)\(([^()]*)\)", signature.strip()) if isinstance(signature, str) else None
    if found is None:
        return False
    stated = [_usual(part) for part in (found[1], *found[2].split(","))]
    own = [made.result or "void", *(made.parameters or ("void",))]
    return len(stated) == len(own) and all(a == b or (a == "void *" and b[-1] == "*") for a, b in zip(stated, own, strict=True))


def _usual(kind: str) -> str:
    written = " ".join(kind.replace("*", " * ").split())
    return _SPELLINGS.get(written, written)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackage(f"this needs the package {name}", hint=f"Install it: pip install {name}.") from None


def _own_form(native: NativeFunction) -> str:
    return c_function(native.loop.inputs, native.results).declaration("").replace("  ", " ")
