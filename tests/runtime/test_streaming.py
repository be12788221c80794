"""Large results written past the caches: from a whole vector on, and only where no input shares their memory."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import cobra
from cobra.runtime.streaming import RUN_STREAMING, STREAMED_BYTES, VECTOR
from cobra.runtime.symbols import resolve

_LOOP = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(ctypes.c_int64), ctypes.c_int64, ctypes.c_bool)
_DRIVER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)


def words(*values: int) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * len(values))(*values)


def run(arrays: list[np.ndarray], *, fails: bool = False) -> list[tuple[list[int], int, bool]]:
    """Return what the loop was called with."""
    calls = []

    def loop(pointers: object, n: int, streams: bool) -> bool:
        calls.append(([pointers[k] for k in range(len(arrays))], n, streams))  # type: ignore[index]
        return fails

    native = _LOOP(loop)
    layout = words(len(arrays) - 1, len(arrays), 0, 0, *(a.itemsize for a in arrays))
    pointers = words(*(a.ctypes.data for a in arrays))
    _DRIVER(resolve(RUN_STREAMING))(pointers, len(arrays[0]), layout, ctypes.cast(native, ctypes.c_void_p))
    return calls


def placed(dtype: str, n: int, offset: int) -> np.ndarray:
    """Return an array that starts so many bytes behind a whole vector."""
    size = np.dtype(dtype).itemsize
    room = np.zeros(n * size + 2 * VECTOR, np.uint8)
    start = -room.ctypes.data % VECTOR + offset
    return room[start : start + n * size].view(dtype)


@pytest.mark.parametrize(("dtype", "offset"), [("f4", 4), ("f4", 60), ("f8", 8), ("i1", 63), ("c16", 16)])
def test_elements_before_a_whole_vector_go_first(dtype: str, offset: int) -> None:
    arrays = [placed("f8", 200, 8), placed(dtype, 200, offset)]
    first = (VECTOR - offset) // arrays[1].itemsize
    moved = [a.ctypes.data + first * a.itemsize for a in arrays]
    assert run(arrays) == [([a.ctypes.data for a in arrays], first, False), (moved, 200 - first, True)]
    assert run(arrays, fails=True) == [([a.ctypes.data for a in arrays], first, False)]


def test_an_output_that_starts_on_a_whole_vector() -> None:
    arrays = [placed("f4", 100, 4), placed("f4", 100, 0)]
    assert run(arrays) == [([a.ctypes.data for a in arrays], 100, True)]


def test_an_output_that_never_does() -> None:
    arrays = [placed("c16", 100, 0), placed("c16", 100, 8)]
    assert run(arrays) == [([a.ctypes.data for a in arrays], 100, False)]


@pytest.mark.parametrize("shift", [-99, -1, 0, 1, 99])
def test_an_output_that_shares_memory_with_an_input(shift: int) -> None:
    room = placed("f8", 500, 0)
    arrays = [placed("f8", 100, 0), room[200:300], room[200 + shift : 300 + shift]]
    assert [call[1:] for call in run(arrays)] == [(100, False)]
    assert any(call[2] for call in run([arrays[0], room[:100], room[100:200]]))


def test_a_kernel_streams() -> None:
    kernel = cobra.ufunc(types="ff->f", name="streamed")(lambda x, y: x * y)
    n = STREAMED_BYTES // 12 + 37
    x = np.arange(n, dtype="f4")
    out = np.zeros(n + 1, "f4")[1:]
    kernel(x, np.float32(2) * np.ones(n, "f4"), out=out)
    assert np.array_equal(out, x * 2)
    kernel(x, x, out=x)
    assert np.array_equal(x[:1000], np.arange(1000.0) ** 2)


def test_a_kernel_with_a_number_streams() -> None:
    kernel = cobra.ufunc(types="ff->f", name="scaled")(lambda x, y: x * y + y)
    n = STREAMED_BYTES // 8 + 37
    x = np.arange(n, dtype="f4")
    for start in (0, 1, 7):
        room = np.zeros(n + 16, "f4")
        kernel(x, np.float32(3), out=room[start : start + n])
        assert np.array_equal(room[start : start + n], x * 3 + 3)
        assert not room[:start].any() and not room[start + n :].any()
