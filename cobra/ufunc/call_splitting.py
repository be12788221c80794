"""Into which parts a call of a kernel falls when threads share it: slices of an outer axis of all operands.

In go a kernel and all that a call of it takes; out comes a `SplitCall`, or None where the plain call is as good, or where parts could give
other results than the whole: the plain call then says what there is to say. Parts are worth it only where NumPy would not hand whole
arrays to the loop, which shares its work by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np

from cobra.ufunc.kernel import Kernel
from cobra.ufunc.ufunc_struct import core_dimensions_of

_Array: TypeAlias = np.ndarray[Any, Any]

_KEYWORDS = frozenset({"out", "where", "casting", "dtype", "signature", "sig", "order", "subok"})
_WORTH = 200e-6  # seconds of work that starting parts costs little of
_PART = 50e-6
_PARTS_OF_A_THREAD = 8
_CONVERSION = 1e-9  # what NumPy takes to cast or copy an element, about
_SCALARS = (bool, int, float, complex, np.generic)


@dataclass(frozen=True, slots=True)
class SplitCall:
    """A call that can be made in parts, each a slice of one axis.

    ``core`` has the number of core dimensions of each operand; ``axis`` counts from the end of the loop's dimensions: -1 is the last.
    """

    kernel: np.ufunc
    inputs: Sequence[Any]
    outputs: Sequence[_Array]
    keywords: Mapping[str, Any]
    core: Sequence[int]
    axis: int
    length: int
    part_length: int

    def run(self, start: int, stop: int) -> None:
        """Make the part of the call that a slice of the axis is."""
        piece = slice(start, stop)
        inputs = [self._part(operand, core, piece) for operand, core in zip(self.inputs, self.core, strict=False)]
        outputs = [self._part(operand, core, piece) for operand, core in zip(self.outputs, self.core[len(inputs) :], strict=True)]
        keywords = dict(self.keywords)
        if "where" in keywords:
            keywords["where"] = self._part(keywords["where"], 0, piece)
        self.kernel(*inputs, out=tuple(outputs), **keywords)

    def _part(self, operand: Any, core: int, piece: slice) -> Any:
        if not isinstance(operand, np.ndarray):
            return operand
        axis = operand.ndim - core + self.axis
        if axis < 0 or operand.shape[axis] == 1:
            return operand
        return operand[(slice(None),) * axis + (piece,)]


def split_call(kernel: Kernel, operands: Sequence[Any], keywords: Mapping[str, Any], threads: int) -> SplitCall | None:
    """Return the parts of a call that so many threads may share, or None."""
    try:
        return _Splitting(kernel, operands, keywords).split(threads)
    except (_Whole, TypeError, ValueError, RuntimeError):
        # NumPy will raise what is wrong with the call itself; its functions of shapes raise for more than 32 dimensions
        return None


class _Whole(Exception):
    """The call is better made as a whole."""


class _Splitting:
    """One call on its way to its parts."""

    def __init__(self, kernel: Kernel, operands: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        self.kernel, self.ufunc = kernel, kernel.ufunc
        self.keywords = {name: value for name, value in keywords.items() if name != "out"}
        _require(keywords.keys() <= _KEYWORDS and len(operands) == self.ufunc.nin)
        self.core = self._core_dimensions()
        self.inputs = list(operands)
        self.outputs = self._given_outputs(keywords.get("out"))
        self.mask = keywords.get("where", True)
        _require(all(isinstance(operand, _SCALARS) or type(operand) is np.ndarray for operand in self.inputs))
        is_complete = all(out is not None for out in self.outputs)
        _require(self.mask is True or (type(self.mask) is np.ndarray and is_complete and self.ufunc.signature is None))

    def _core_dimensions(self) -> tuple[tuple[int, ...], ...]:
        core = core_dimensions_of(self.ufunc)
        # an optional dimension is one that an operand may lack
        _require(core is not None and "?" not in (self.ufunc.signature or "") and not self.kernel.spec.writable)
        assert core is not None
        return core

    def _given_outputs(self, out: Any) -> list[_Array | None]:
        given = out if isinstance(out, tuple) else (out,) * (1 if out is not None else 0) or (None,) * self.ufunc.nout
        _require(len(given) == self.ufunc.nout and all(each is None or type(each) is np.ndarray for each in given))
        return list(given)

    def split(self, threads: int) -> SplitCall:
        dtypes = self._dtypes()
        shape = self._loop_shape()
        seconds = self._seconds(dtypes, shape)
        _require(seconds >= _WORTH and not self._is_handed_over_whole(dtypes))
        outputs = self._outputs(dtypes, shape)
        _require(self._is_apart(outputs))
        parts = min(threads * _PARTS_OF_A_THREAD, int(seconds / _PART))
        axis = self._axis(outputs[0], shape, parts)
        length = shape[axis]
        counts = [len(numbers) for numbers in self.core]
        part_length = -(-length // parts)
        _require(part_length < length)
        return SplitCall(self.ufunc, self.inputs, outputs, self.keywords, counts, axis, length, part_length)

    def _dtypes(self) -> tuple[np.dtype[Any], ...]:
        given = [_kind(operand) for operand in self.inputs] + [None if out is None else out.dtype for out in self.outputs]
        wanted = self.keywords.get("signature", self.keywords.get("sig"))
        dtype = self.keywords.get("dtype")
        if dtype is not None:
            wanted = (None,) * self.ufunc.nin + (np.dtype(dtype),) * self.ufunc.nout
        options = {} if wanted is None else {"signature": wanted}
        found: Any = self.ufunc.resolve_dtypes(tuple(given), casting=self.keywords.get("casting", "same_kind"), **options)
        return tuple(found)

    def _loop_shape(self) -> tuple[int, ...]:
        shapes = [np.shape(operand) for operand in self.inputs]
        loops = [shape[: len(shape) - len(core)] for shape, core in zip(shapes, self.core, strict=False)]
        _require(all(len(shape) >= len(core) for shape, core in zip(shapes, self.core, strict=False)))
        mask = [np.shape(self.mask)] if self.mask is not True else []
        cores = self.core[self.ufunc.nin :]
        given = [out.shape[: out.ndim - len(core)] for out, core in zip(self.outputs, cores, strict=True) if out is not None]
        shape = np.broadcast_shapes(*loops, *mask, *given)
        _require(len(shape) > 0 and all(each == shape for each in given))
        return shape

    def _sizes(self) -> dict[int, int]:
        """Return the core dimensions that the inputs have; they must agree."""
        sizes: dict[int, int] = {}
        for operand, numbers in zip(self.inputs, self.core, strict=False):
            shape = np.shape(operand)[np.ndim(operand) - len(numbers) :]
            for number, size in zip(numbers, shape, strict=True):
                _require(sizes.setdefault(number, size) == size)
        return sizes

    def _seconds(self, dtypes: Sequence[np.dtype[Any]], shape: tuple[int, ...]) -> float:
        for index, loop in enumerate(self.kernel.loops):
            if loop.dtypes == tuple(dtypes):
                cost = self.kernel.seconds_of(index)
                return 0.0 if cost is None else prod(shape) * (cost * prod(self._sizes().values()) + _CONVERSION)
        return 0.0

    def _is_handed_over_whole(self, dtypes: Sequence[np.dtype[Any]]) -> bool:
        """Tell whether NumPy gives the loop whole arrays: nothing is cast, copied, masked or broadcast but single numbers."""
        if self.mask is not True:
            return False
        pairs = zip([*self.inputs, *self.outputs], dtypes, strict=True)
        arrays = [(operand, dtype) for operand, dtype in pairs if isinstance(operand, np.ndarray) and operand.size != 1]
        if any(a.dtype != dtype or not a.dtype.isnative or not a.flags.aligned for a, dtype in arrays):
            return False
        if self.ufunc.signature is not None:
            return max(np.ndim(a) - len(core) for a, core in zip(self.inputs, self.core, strict=False)) == 1
        shapes = {a.shape for a, _ in arrays}
        is_flat = all(a.flags.c_contiguous for a, _ in arrays) or all(a.flags.f_contiguous for a, _ in arrays)
        return len(shapes) == 1 and (is_flat or len(shapes.pop()) == 1)

    def _outputs(self, dtypes: Sequence[np.dtype[Any]], shape: tuple[int, ...]) -> list[_Array]:
        """Return the arrays for all results, those that were not given as NumPy would make them."""
        given = [out for out in self.outputs if out is not None]
        if len(given) == self.ufunc.nout:
            return given
        if self.ufunc.signature is not None:
            return self._core_outputs(dtypes, shape)
        count = self.ufunc.nin
        flags: list[Any] = [["readonly"]] * count + [["writeonly", "allocate", "no_subtype"]] * self.ufunc.nout
        iterator = np.nditer(
            [*self.inputs, *self.outputs],
            flags=["external_loop", "refs_ok", "zerosize_ok", "buffered", "delay_bufalloc"],
            op_flags=flags,
            op_dtypes=dtypes,
            order=self.keywords.get("order", "K"),
            casting="unsafe",  # what may be cast has been asked already
        )
        made = iterator.operands[count:]
        return [new if out is None else out for out, new in zip(self.outputs, made, strict=True)]

    def _core_outputs(self, dtypes: Sequence[np.dtype[Any]], shape: tuple[int, ...]) -> list[_Array]:
        # other layouts give results of other layouts
        _require(all(np.ndim(a) == 0 or a.flags.c_contiguous for a in self.inputs) and self.keywords.get("order", "K") in "KC")
        sizes, first = self._sizes(), self.ufunc.nin
        _require(all(number in sizes for numbers in self.core for number in numbers))
        made = []
        for given, numbers, dtype in zip(self.outputs, self.core[first:], dtypes[first:], strict=True):
            whole = shape + tuple(sizes[number] for number in numbers)
            made.append(given if given is not None else np.empty(whole, dtype))
        return made

    def _is_apart(self, outputs: Sequence[_Array]) -> bool:
        """Tell whether parts cannot see each other's results: no output shares memory with anything but its own elements."""
        others = [operand for operand in [*self.inputs, self.mask] if isinstance(operand, np.ndarray)]
        for k, out in enumerate(outputs):
            if not _is_simple(out) or any(np.may_share_memory(out, other) for other in outputs[:k]):
                return False
            # element by element the very same array is no danger; one with core dimensions is
            is_plain = self.ufunc.signature is None
            if any(np.may_share_memory(out, other) and not (is_plain and _is_same(out, other)) for other in others):
                return False
        return True

    @staticmethod
    def _axis(out: _Array, shape: tuple[int, ...], parts: int) -> int:
        """Return the outermost axis that is long enough, counted from the end; without one, the longest."""
        by_stride = sorted(range(len(shape)), key=lambda axis: -abs(out.strides[axis]))
        long = [axis for axis in by_stride if shape[axis] >= parts]
        chosen = long[0] if long else max(by_stride, key=lambda axis: shape[axis])
        return chosen - len(shape)


def _require(holds: bool) -> None:
    if not holds:
        raise _Whole


def _kind(operand: Any) -> Any:
    """Return a dtype, or the type of a number that takes the dtype of what it meets."""
    return type(operand) if type(operand) in (int, float, complex) else np.asarray(operand).dtype


def _is_simple(out: _Array) -> bool:
    """Tell whether no two elements of an array lie in the same place."""
    reach = out.itemsize
    for step, length in sorted((abs(step), length) for step, length in zip(out.strides, out.shape, strict=True) if length > 1):
        if step < reach:
            return False
        reach = step * length
    return True


def _is_same(first: _Array, second: _Array) -> bool:
    place = (first.ctypes.data, first.shape, first.strides, first.dtype)
    return place == (second.ctypes.data, second.shape, second.strides, second.dtype)
