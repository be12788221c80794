"""NumPy's loops by name: what they compute, and which names are none."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from cobra.runtime import numpy_loops, symbols
from cobra.runtime.errors import LoadError

TYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64",
         "complex64", "complex128"]  # fmt: skip
LOOP = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


@pytest.mark.parametrize("kind", TYPES)
def test_vecdot_of_every_type(kind):
    a, b = np.array([1, 2, 3], kind), np.array([1, 1, 2], kind)
    out = np.zeros((), kind)
    pointers = (ctypes.c_void_p * 3)(a.ctypes.data, b.ctypes.data, out.ctypes.data)
    sizes, steps = (ctypes.c_ssize_t * 2)(1, 3), (ctypes.c_ssize_t * 5)(0, 0, 0, a.itemsize, b.itemsize)
    LOOP(symbols.resolve(numpy_loops.symbol_of("vecdot", kind)))(pointers, sizes, steps, None)
    assert out == np.vecdot(a, b)


@pytest.mark.parametrize("name", ["matmul_float65", "matmul_object", "matmul_bfloat16", "add_float64", "matmul", "", "matmul_"])
def test_other_names_are_refused(name):
    with pytest.raises(LoadError, match="does not have"):
        symbols.resolve(f"cobra_numpy_{name}")


def test_an_unknown_layout_is_noticed(monkeypatch):
    monkeypatch.setattr(numpy_loops.UfuncHead, "ntypes", -1)
    with pytest.raises(LoadError, match="unknown way"):
        numpy_loops.address("cobra_numpy_matmul_float64")


def test_texts_of_users_may_not_name_them():
    assert not symbols.is_for_everyone("cobra_numpy_matmul_float64")
