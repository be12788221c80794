"""The driver that feeds dense loops with chunks: what the loop sees, in which order, and when it stops."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from cobra.runtime.chunks import RUN_IN_CHUNKS
from cobra.runtime.streaming import STREAMED_BYTES, VECTOR
from cobra.runtime.symbols import resolve

LENGTH, ROOM = 16, 128
_LOOP = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(ctypes.c_int64), ctypes.c_int64, ctypes.c_bool)
_DRIVER = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p])

Seen = list[tuple[int, list[int], bool]]


def words(*values: int) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * len(values))(*values)


def run(arrays: Sequence[np.ndarray], inputs: int, stop: Callable[[int], bool] = lambda _: False, length: int = LENGTH) -> Seen:
    """Run a loop that negates the first input into every output; return the lengths and pointers it saw, and whether past the caches."""
    seen: Seen = []

    def loop(pointers: object, n: int, streams: bool) -> bool:
        seen.append((n, [pointers[k] for k in range(len(arrays))], streams))  # type: ignore[index]
        views = [
            np.frombuffer((ctypes.c_char * (n * a.itemsize)).from_address(at), a.dtype) for a, at in zip(arrays, seen[-1][1], strict=True)
        ]
        for out in views[inputs:]:
            out[:] = -views[0]
        return stop(len(seen))

    native = _LOOP(loop)
    layout = words(inputs, len(arrays), length, length * ROOM // LENGTH, *(a.itemsize for a in arrays))
    _DRIVER(resolve(RUN_IN_CHUNKS))(
        words(*(a.ctypes.data for a in arrays)), len(arrays[0]), words(*(a.strides[0] for a in arrays)), layout,
        ctypes.cast(native, ctypes.c_void_p),
    )  # fmt: skip
    return seen


def numbers(n: int, step: int = 1) -> np.ndarray:
    room = np.zeros(max(1, n) * abs(step), np.int64)
    room[:: abs(step)] = np.arange(1, max(1, n) + 1)
    return room[::step][:n]


@pytest.mark.parametrize("n", [1, 15, 16, 17, 100])
@pytest.mark.parametrize("steps", [(2, 1), (1, 3), (-1, 2), (3, -2)])
def test_every_element_goes_through_once(n: int, steps: tuple[int, int]) -> None:
    source, target = (numbers(n, step) for step in steps)
    wanted = -source
    seen = run([source, target], 1)
    assert np.array_equal(target, wanted)
    assert [length for length, _, _ in seen] == [LENGTH] * (n // LENGTH) + [n % LENGTH] * (n % LENGTH > 0)
    assert not any(streams for _, _, streams in seen)


def test_dense_operands_are_used_in_place() -> None:
    source, target = numbers(40, 2), numbers(40)
    pointers = [pointers for _, pointers, _ in run([source, target], 1)]
    assert [p[1] for p in pointers] == [target.ctypes.data + 8 * LENGTH * k for k in range(3)]
    assert len({p[0] for p in pointers}) == 1


def test_a_repeated_element_is_read_once() -> None:
    source, target = np.broadcast_to(np.array([7]), (100,)), numbers(100, 2)
    run([source, target], 1)
    assert np.array_equal(target, np.full(100, -7))


@pytest.mark.parametrize("shift", [-5, -1, 0, 1, 5])
@pytest.mark.parametrize("step", [2, -2, 3])
def test_overlap_is_harmless_or_goes_element_by_element(shift: int, step: int) -> None:
    room = np.arange(1, 801)
    source, target = room[400 : 400 + 50 * step : step], room[400 + shift : 400 + shift + 50 * step : step]
    wanted = room.copy()
    read, written = wanted[400 : 400 + 50 * step : step], wanted[400 + shift : 400 + shift + 50 * step : step]
    for k in range(50):
        written[k] = -read[k]
    seen = run([source, target], 1)
    assert np.array_equal(room, wanted)
    assert {length for length, _, _ in seen[:-1]} == {LENGTH if shift * step <= 0 else 1}


def test_it_stops_when_the_loop_fails() -> None:
    assert len(run([numbers(100, 2), numbers(100)], 1, lambda count: count == 2)) == 2


def test_several_outputs_and_many_operands() -> None:
    arrays = [numbers(50, 1 + k % 3) for k in range(12)]
    wanted = -arrays[0]
    run(arrays, 2)
    assert all(np.array_equal(out, wanted) for out in arrays[2:])


@pytest.mark.parametrize("start", range(9))
def test_large_outputs_go_past_the_caches_from_a_whole_vector_on(start: int) -> None:
    n, length = STREAMED_BYTES // 8, 1 << 12
    source = np.broadcast_to(np.array([7]), (n,))
    target = np.zeros(n + 16, np.int64)[start : start + n]
    first = -target.ctypes.data % VECTOR // 8
    (head, _, kept), (second, pointers, streams), *_, (_, _, last) = seen = run([source, target], 1, length=length)
    assert (head, kept) == ((first, False) if first else (length, True))
    assert (second, streams, last) == (length, True, True) and pointers[1] % VECTOR == 0
    assert sum(count for count, _, _ in seen) == n
    assert (target == -7).all()


def test_outputs_that_are_small_or_read_or_spread_stay_in_the_caches() -> None:
    n, length = STREAMED_BYTES // 8, 1 << 12
    large = np.ones(2 * n, np.int64)
    repeated = np.broadcast_to(np.array([7]), (n,))
    for source, target in ((repeated[: n // 2], large[: n // 2]), (large[::2], large[:n]), (repeated, large[::2])):
        assert not any(streams for _, _, streams in run([source, target], 1, length=length))
    assert not any(streams for _, _, streams in run([repeated, large[:n], large[n:]], 1, length=length))
