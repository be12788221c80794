"""NumPy's choice of who allocates the data of new arrays (NEP 49): making such an allocator, choosing it here, and everywhere.

In and out: the capsules that NumPy's C API calls handlers. An array keeps the handler that made its memory, so a handler lives until
its last array has gone. The choice is a context variable that NumPy shows to nobody; it is found by setting it once. What
holds where nothing was chosen is that variable's default value, a field of a CPython object, which is written only where it is
found to hold what NumPy put there.
"""

from __future__ import annotations

import contextvars
import ctypes
import sys
from functools import cache
from importlib import import_module
from typing import Any

from cobra.errors import CobraError
from cobra.runtime.immortal import keep_for_ever

_SET_HANDLER = 304  # PyDataMem_SetHandler in _ARRAY_API
_WORD = ctypes.sizeof(ctypes.c_void_p)
_CAPSULE_NAME = b"mem_handler"
_NAME_LENGTH, _VERSION = 127, 1
keep_for_ever(_CAPSULE_NAME)  # capsules point to it


class _Description(ctypes.Structure):
    """``PyDataMem_Handler`` of NumPy's public header."""

    _fields_ = (
        ("name", ctypes.c_char * _NAME_LENGTH),
        ("version", ctypes.c_uint8),
        ("pool", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


class UnknownHandlerVariable(CobraError, RuntimeError):
    """NumPy does not keep its allocator in a context variable of the kind Cobra knows."""


def make_handler(at: int, name: bytes, pool: int, functions: tuple[int, int, int, int], end: int) -> object:
    """Return a handler described at an address, which calls native functions with a pool and a last one when nobody needs it."""
    description = _Description.from_address(at)
    description.name, description.version, description.pool = name, _VERSION, pool
    description.malloc, description.calloc, description.realloc, description.free = functions
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return make(("PyCapsule_New", ctypes.pythonapi))(at, _CAPSULE_NAME, end)


def described_at(handler: object) -> tuple[int, bytes]:
    """Return where a handler is described, and its name."""
    get = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
    at = int(get(handler, _CAPSULE_NAME))
    return at, _Description.from_address(at).name


@cache
def variable() -> contextvars.ContextVar[object]:
    """Return the context variable that holds the handler in force."""
    found = contextvars.Context().run(_find_variable)
    if found is None:
        raise UnknownHandlerVariable("this NumPy hides who allocates its arrays", hint="Memory pools need NumPy 2.2 to 2.4 on CPython.")
    return found


def _find_variable() -> contextvars.ContextVar[object] | None:
    get_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
    table = get_pointer(import_module("numpy._core._multiarray_umath")._ARRAY_API, None)
    address = ctypes.c_void_p.from_address(table + _SET_HANDLER * _WORD).value
    assert address is not None
    # no handler means NumPy's own, in an empty context, where it then is the only thing set
    ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p)(address)(None)
    return next(iter(contextvars.copy_context()), None)


@cache
def numpy_handler() -> object:
    """Return NumPy's own handler."""
    return contextvars.Context().run(_find_numpy_handler)


def _find_numpy_handler() -> object:
    _find_variable()
    return variable().get()


def set_default(handler: object) -> bool:
    """Put a handler where nothing was chosen, in threads that start later too; tell whether that could be done."""
    place = _place_of_default()
    if place is None:
        return False
    before = place.value
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handler))
    place.value = id(handler)
    ctypes.pythonapi.Py_DecRef(ctypes.cast(ctypes.c_void_p(before), ctypes.py_object))
    return True


@cache
def _place_of_default() -> Any:
    """Return the field that holds the variable's default value, or None where it cannot be told or written safely."""
    is_locked: Any = getattr(sys, "_is_gil_enabled", lambda: True)
    if sys.implementation.name != "cpython" or not is_locked():
        return None
    start, size, original = id(variable()), object.__sizeof__(variable()), id(numpy_handler())
    fields = [ctypes.c_void_p.from_address(start + offset) for offset in range(object.__basicsize__, size, _WORD)]
    # the name, the default value, then what it was last: the first field that holds the handler is the default
    return next((field for field in fields[:2] if field.value == original), None)
