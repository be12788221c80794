"""Builtins made at run time: Python callables whose calls go straight into native code.

In: the address of a function of CPython's calling convention for positional arguments with keywords. Out: an object of the type of
`len`. Its ``self`` is a Python callable, which the native code may call with the same arguments.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from cobra.runtime.immortal import keep_for_ever

TYPE_OFFSET = object.__basicsize__ - ctypes.sizeof(ctypes.c_void_p)
"""Where in an object the pointer to its type stands: at the end of the header that all objects begin with."""

_FASTCALL, _KEYWORDS = 0x80, 0x02


class _Method(ctypes.Structure):
    """CPython's ``PyMethodDef``."""

    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


def make_builtin(name: str, address: int, otherwise: Callable[..., object], module: str) -> Callable[..., Any]:
    """Return a builtin.

    Parameters
    ----------
    name, module
        What ``__name__`` and ``__module__`` shall say.
    address
        The native code: ``PyObject *f(PyObject *self, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)``.
    otherwise
        The native code's ``self``.
    """
    method = _Method(name.encode(), address, _FASTCALL | _KEYWORDS, None)
    keep_for_ever(method)
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    made: Callable[..., Any] = new(ctypes.addressof(method), otherwise, module)
    return made
