"""Outside names that compiled kernels may use, and their addresses in this process.

Four kinds: functions and exceptions of Python's C API, NumPy's own loops, routines that LLVM calls on its own account (memory, half
precision, 128-bit integers), and the mathematics of the C library. For the last no list is kept here: where libm is a library of
its own, what it defines is allowed (less what changes the floating-point environment), so that cached code loads without the table
of primitives; elsewhere the compiler names its functions with `allow`.
"""

from __future__ import annotations

import builtins
import ctypes
import sys
from collections.abc import Iterable
from functools import cache

from cobra.runtime.errors import LoadError

PYTHON_NAMES = frozenset(
    """PyBool_FromLong PyCapsule_GetPointer PyComplex_FromDoubles PyComplex_ImagAsDouble PyComplex_RealAsDouble PyComplex_Type
    PyErr_CheckSignals PyErr_Clear PyErr_Format PyErr_Occurred PyErr_SetNone PyErr_SetObject PyErr_SetString PyFloat_AsDouble
    PyFloat_FromDouble PyFloat_Type PyGILState_Ensure PyGILState_Release PyLong_AsLongLongAndOverflow PyLong_AsUnsignedLongLong
    PyLong_FromLongLong PyLong_FromUnsignedLongLong PyLong_Type PyMem_RawFree PyMem_RawMalloc PyObject_Type PyObject_Vectorcall
    PyTuple_New PyTuple_SetItem PyType_IsSubtype Py_DecRef Py_IncRef _Py_FalseStruct _Py_NoneStruct _Py_TrueStruct""".split()
)
RUNTIME_NAMES = frozenset({"cobra_gather", "cobra_run_in_chunks", "cobra_run_streaming"})
MEMORY_NAMES = frozenset("bcmp memcmp memcpy memmove memset".split())
COMPILER_NAMES = frozenset(
    """__divti3 __extendhfsf2 __modti3 __powidf2 __powisf2 __truncdfhf2 __truncsfhf2 __udivti3 __umodti3""".split()
)

_allowed: set[str] = set()


def allow(names: Iterable[str]) -> None:
    """Allow functions of the C library by name, for systems where libm is not a library of its own."""
    _allowed.update(names)


@cache
def resolve(name: str) -> int:
    """Return the address of an outside name, or raise `LoadError` when a kernel has no business with it."""
    if name in PYTHON_NAMES or _is_exception(name):
        return _address(ctypes.pythonapi, name)
    if name in RUNTIME_NAMES:
        from cobra.runtime.own_code import own_function  # which itself is loaded through this module

        return own_function(name)
    if name.startswith("cobra_opaque_"):
        from cobra.runtime.opaque_code import address  # which itself is loaded through this module

        return address(name)
    if name.startswith("cobra_numpy_"):
        from cobra.runtime import numpy_loops  # the loader itself does without NumPy

        return numpy_loops.address(name)
    if name in MEMORY_NAMES:
        return _address(_c_library(), name)
    if name in COMPILER_NAMES:
        return _address(_compiler_library(), name)
    if name not in _allowed and not _is_of_libm(name):
        raise LoadError(f"compiled code asks for {name!r}, which kernels may not use")
    return _address(_math_library(), name)


def is_for_everyone(name: str) -> bool:
    """Tell whether code that a user wrote may use an outside name: mathematics and memory, nothing of Python's or Cobra's."""
    if name in PYTHON_NAMES or name.startswith(("cobra_", "Py", "_Py")):
        return False
    try:
        return resolve(name) != 0
    except LoadError:
        return False


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name.removeprefix("PyExc_"), None) if name.startswith("PyExc_") else None
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _address(library: ctypes.CDLL, name: str) -> int:
    try:
        return ctypes.addressof(ctypes.c_char.in_dll(library, name))
    except ValueError:
        raise LoadError(f"compiled code needs {name!r}, which this system does not have") from None


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


@cache
def _math_library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL("libm.so.6")
    except OSError:
        return _c_library()


@cache
def _compiler_library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL("libgcc_s.so.1")
    except OSError:
        return _c_library()


class _Place(ctypes.Structure):
    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


@cache
def _home(address: int) -> int | None:
    """Return where the library that holds an address starts."""
    dladdr = _c_library().dladdr
    dladdr.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Place)]
    place = _Place()
    return place.base if dladdr(address, ctypes.byref(place)) else None


@cache
def _libm_home() -> int | None:
    if sys.platform != "linux":
        return None
    libm = _home(_address(_math_library(), "cos"))
    return None if libm == _home(_address(_c_library(), "exit")) else libm


def _is_of_libm(name: str) -> bool:
    home = _libm_home()
    if home is None or name.startswith(("_", "fe")):
        return False
    try:
        # the search also goes through what libm itself needs, such as all of libc
        return _home(_address(_math_library(), name)) == home
    except LoadError:
        return False
