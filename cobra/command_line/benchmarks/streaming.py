"""a*b + c, whose time is that of moving the bytes: sizes from L1 to memory, and operands that do not lie side by side.

Anchors for "the fastest single pass over the same bytes" are a plain compiled loop over the same arrays, contiguous and without
any ufunc around it (Numba's), and `numpy.add` over arrays of together as many bytes. A copy of as many bytes is shown beside
them and not counted: half of what it moves are writes, and its arrays are others, so it is another kind of pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import cobra
from cobra.command_line.benchmarks import rivals
from cobra.command_line.benchmarks.cases import COBRA, NOISE, NUMBA, NUMPY, Bar, Case, race
from cobra.command_line.benchmarks.expressions import write_muladd
from cobra.command_line.benchmarks.rivals import Arrays, call_with, with_numba
from cobra.command_line.benchmarks.timing import Contestant

LOOP, ADD, COPY = "plain loop", "add, same bytes", "copy, same bytes"
NOT_SLOWER = Bar("not slower than Numba", 1.0, (NUMBA,), allowance=NOISE)
SINGLE_PASS = Bar("fastest single pass", 1.1, (LOOP, ADD))
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
DTYPES = {"f": "f32", "d": "f64"}

muladd = write_muladd(np, None)


def _loop(a, b, c, out):  # type: ignore[no-untyped-def]
    for index in range(out.size):
        out[index] = a[index] * b[index] + c[index]


def _numpy(arguments: Arrays) -> Contestant:
    names = dict(zip("abc", arguments, strict=False)) | {"out": arguments[3], "multiply": np.multiply, "add": np.add}
    return Contestant(NUMPY, "add(multiply(a, b, out), c, out)", names)


def anchors(arguments: Arrays) -> list[Contestant]:
    """Return what passes once over as many bytes as these operands and their result are."""
    size, dtype = arguments[0].size, arguments[0].dtype
    thirds = [np.ones(4 * size // 3, dtype) for _ in range(3)]
    halves = [np.ones(2 * size, dtype) for _ in range(2)]
    return [
        *rivals.with_numba_loop(_loop, arguments, LOOP),
        Contestant(ADD, "add(a, b, out)", {"add": np.add, "a": thirds[0], "b": thirds[1], "out": thirds[2]}, is_anchor=True),
        Contestant(COPY, "copy(out, a)", {"copy": np.copyto, "a": halves[0], "out": halves[1]}, is_anchor=True),
    ]


def _compiled(types: str, arguments: Arrays) -> list[Contestant]:
    kernel = cobra.ufunc(types=[types])(muladd)
    return [*with_numba(muladd, types, arguments), call_with(kernel, arguments, COBRA)]


def _contiguous(size: int, code: str) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        random = np.random.default_rng(1)
        arguments = [random.random(size).astype(code) for _ in range(4)]
        names = dict(zip("abc", arguments, strict=False))
        return [
            _numpy(arguments),
            *_compiled(f"{code * 3}->{code}", arguments),
            *anchors(arguments),
            *rivals.with_numexpr("a*b+c", names, arguments[3]),
            *rivals.with_jax(write_muladd, arguments[:3]),
            *rivals.with_torch(write_muladd, arguments[:3]),
        ]

    return make


def _operands(place: str, code: str, size: int) -> list[np.ndarray[Any, Any]]:
    """Return three inputs and the output, all with the values 0.5, 0.5 and 0.25: then a result in place stays as it is."""
    a, b, c, out = (np.full(2 * size, value, code) for value in (0.5, 0.5, 0.25, 0.0))
    square = int(size**0.5)
    rows, columns, result = (array[: square * square].reshape(square, square) for array in (a, b, out))
    placed: dict[str, Sequence[np.ndarray[Any, Any]]] = {
        "in place": (a[:size], b[:size], c[:size], a[:size]),
        "every second": (a[::2], b[::2], c[::2], out[:size]),
        "every second, and out": (a[::2], b[::2], c[::2], out[::2]),
        "reversed": (a[:size][::-1], b[:size], c[:size], out[:size]),
        "one number": (a[:size], b[:1], c[:size], out[:size]),
        "output shifted by one": (a[1 : size + 1], b[:size], c[:size], a[:size]),
        "row and column": (rows, b[:square], c[:square, None], result),
        "transposed": (rows.T, columns, c[:1], result),
    }
    return list(placed[place])


def _placed(place: str, code: str, size: int) -> Callable[[], list[Contestant]]:
    def make() -> list[Contestant]:
        arguments = _operands(place, code, size)
        return [_numpy(arguments), *_compiled(f"{code * 3}->{code}", arguments)]

    return make


PLACES = (
    "in place", "every second", "every second, and out", "reversed", "one number", "output shifted by one",
    "row and column", "transposed",
)  # fmt: skip


def _name(code: str, size: int) -> str:
    return f"{DTYPES[code]}, n=1e{len(str(size)) - 1}"


def _contiguous_bars(size: int) -> tuple[Bar, ...]:
    return (NOT_SLOWER, SINGLE_PASS) if size >= 10_000 else (NOT_SLOWER,)


def cases() -> list[Case]:
    """Return the cases of a*b + c."""
    contiguous = [
        race("a*b+c", _name(code, size), _contiguous(size, code), _contiguous_bars(size), size=size)
        for code in DTYPES
        for size in SIZES
    ]
    placed = [
        race(f"a*b+c, {place}", _name(code, size), _placed(place, code, size), (NOT_SLOWER,), size=size)
        for place in PLACES
        for code, size in (("f", 1_000), ("d", 100_000), *((("d", 10_000_000),) if place == "one number" else ()))
    ]
    return contiguous + placed
