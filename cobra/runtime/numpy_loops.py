"""NumPy's own matrix products, as kernels call them: the native loops of its gufuncs, which hand floats to its BLAS.

In: a name such as ``cobra_numpy_matmul_float64``. Out: the address of the loop for operands of that type, a function
``void loop(char **args, intptr_t *dimensions, intptr_t *steps, void *data)`` that needs no data and not the interpreter's lock. Code
that calls it names it, so that nothing of this process is kept with the code.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cobra.runtime.errors import LoadError

PREFIX = "cobra_numpy_"

_UFUNCS = {"matmul": np.matmul, "vecdot": np.vecdot}


class UfuncHead(ctypes.Structure):
    """The first fields of a ufunc after the object header, as NumPy's public header has them since its first version."""

    _fields_: ClassVar[Sequence[tuple[str, type]]] = (
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
        ("ntypes", ctypes.c_int),
        ("flags", ctypes.c_int),
        ("name", ctypes.c_void_p),
        ("types", ctypes.c_void_p),
    )


def symbol_of(ufunc: str, kind: str) -> str:
    """Return the name of the loop of a gufunc for operands of one type."""
    return f"{PREFIX}{ufunc}_{kind}"


def address(symbol: str) -> int:
    """Return the address of a loop, or raise `LoadError` when NumPy has none of that name, or keeps it in an unknown way."""
    name, _, kind = symbol.removeprefix(PREFIX).partition("_")
    ufunc = _UFUNCS.get(name)
    index = -1 if ufunc is None else _index_of(ufunc, kind)
    if ufunc is None or index < 0:
        raise LoadError(f"compiled code asks for {symbol!r}, which NumPy {np.__version__} does not have")
    head = UfuncHead.from_address(id(ufunc) + object.__basicsize__)
    if not _is_as_expected(ufunc, head):
        raise LoadError(f"NumPy {np.__version__} keeps the loops of {name} in an unknown way")
    found = _words(head.functions, ufunc.ntypes)[index]
    if not found or _words(head.data, ufunc.ntypes)[index]:
        raise LoadError(f"NumPy {np.__version__} has no loop of {name} for {kind} that works by itself")
    return found


def _index_of(ufunc: np.ufunc, kind: str) -> int:
    """Return where the loop whose operands all have one type stands, -1 where there is none."""
    try:
        wanted = np.dtype(kind)
    except TypeError:
        return -1
    loops = [np.dtype(types[0]) if len(set(types) - {"-", ">"}) == 1 else None for types in ufunc.types]
    return loops.index(wanted) if wanted in loops and not wanted.hasobject else -1


def _is_as_expected(ufunc: np.ufunc, head: UfuncHead) -> bool:
    """Tell whether the counts and the table of types are the ones that NumPy states."""
    counts = (head.nin, head.nout, head.nargs, head.ntypes) == (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes)
    if not (counts and head.types and head.functions and head.data):
        return False
    codes = "".join(ufunc.types).replace("->", "")
    return ctypes.string_at(head.types, len(codes)) == bytes(np.dtype(code).num for code in codes)


def _words(table: int, count: int) -> list[int]:
    return [word or 0 for word in (ctypes.c_void_p * count).from_address(table)]
