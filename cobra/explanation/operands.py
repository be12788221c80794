"""How NumPy hands the operands of a call to a kernel's inner loop.

Goes in: a kernel and the arguments of a call. Comes out: which of its loops serves them, what is converted on the way, how many
elements there are, and in what steps the innermost loop walks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cobra.errors import InvalidCall

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Shape: TypeAlias = tuple[int, ...]

_BUFFER_ELEMENTS = 8192


@dataclass(frozen=True, slots=True)
class Handed:
    """A call as the inner loop sees it.

    Parameters
    ----------
    dtypes
        The element types of the loop that serves, inputs then outputs.
    arrays
        The operands as arrays of their own types, without core dimensions spread out; None for an output that NumPy makes.
    shape
        The shape over which the loop runs: that of the result without core dimensions.
    inner
        How many elements one call of the inner loop gets.
    steps
        Bytes from one element to the next, by operand.
    converted
        Which operands NumPy converts, or copies because they are unaligned or of the other byte order.
    cores
        The core shape of each operand.
    core_sizes
        The sizes of core dimensions by name.
    """

    dtypes: tuple[np.dtype[Any], ...]
    arrays: tuple[Array | None, ...]
    shape: Shape
    inner: int
    steps: tuple[int, ...]
    converted: tuple[int, ...]
    cores: tuple[Shape, ...]
    core_sizes: dict[str, int]

    @property
    def elements(self) -> int:
        """Return how often the kernel runs."""
        return int(np.prod(self.shape, dtype=np.int64))


def hand_over(kernel: np.ufunc, arguments: Sequence[object], out: Sequence[object | None] = ()) -> Handed:
    """Return how a call with these arguments reaches the inner loop; outputs may stand among the arguments as well.

    Raises
    ------
    InvalidCall
        When there is no loop for the types, or the shapes do not fit.
    """
    outputs = _given_outputs(kernel, arguments, out)
    try:
        asked = (*map(_asked, arguments[: kernel.nin]), *(None if o is None else np.asarray(o).dtype for o in outputs))
        dtypes = kernel.resolve_dtypes(asked)
        arrays = tuple(np.asarray(a, d if _is_plain(a) else None) for a, d in zip(arguments[: kernel.nin], dtypes, strict=False))
        given = (*arrays, *(None if o is None else np.asarray(o) for o in outputs))
        whole = tuple(_without_gaps(given, _core_names(kernel)))
        shape, cores, sizes = _dimensions(kernel, whole)
    except (TypeError, ValueError, RuntimeError) as error:  # the last one for more than 32 dimensions
        raise InvalidCall(f"{kernel.__name__!r} cannot be called with these: {error}", hint="Call it to see what NumPy says.") from None
    converted = tuple(k for k, (a, d) in enumerate(zip(whole, dtypes, strict=True)) if a is not None and _is_converted(a, d))
    if kernel.signature is not None:
        steps = tuple(_last_step(*each, shape) for each in zip(whole, dtypes, cores, strict=True))
        return Handed(dtypes, whole, shape, shape[-1] if shape else 1, steps, converted, cores, sizes)
    inner, steps = _inner_loop(kernel, whole, dtypes, shape, bool(converted))
    return Handed(dtypes, whole, shape, inner, steps, converted, cores, sizes)


def _given_outputs(kernel: np.ufunc, arguments: Sequence[object], out: Sequence[object | None]) -> list[object | None]:
    """Return one output after another, None for those that NumPy makes."""
    by_position = arguments[kernel.nin :]
    if len(arguments) < kernel.nin or len(by_position) > kernel.nout:
        raise InvalidCall(f"{kernel.__name__!r} takes {kernel.nin} operands, not {len(arguments)}", hint="Give an array for each.")
    if out and (by_position or len(out) != kernel.nout):
        also = " beside those among the arguments" if by_position else ""
        what = f"{kernel.__name__!r} has {kernel.nout} output{'s' * (kernel.nout > 1)}, and out= gives {len(out)}{also}"
        raise InvalidCall(what, hint="Give each output once; out= is an array, or a tuple with one array or None for each.")
    given = [*by_position, *out]
    if not all(each is None or (isinstance(each, np.ndarray) and each.flags.writeable) for each in given):
        raise InvalidCall(f"{kernel.__name__!r} cannot write to an output given", hint="Give arrays that may be written to, or None.")
    return given + [None] * (kernel.nout - len(given))


def _is_plain(argument: object) -> bool:
    """Tell whether an argument is a Python number, which takes the type of what it meets."""
    return type(argument) in (int, float, complex)


def _asked(argument: object) -> Any:
    return type(argument) if _is_plain(argument) else np.asarray(argument).dtype


def _is_converted(array: Array, dtype: np.dtype[Any]) -> bool:
    return array.dtype != dtype or not array.flags.aligned


def _core_names(kernel: np.ufunc) -> list[list[str]]:
    """Return the core dimensions of each operand: those with a name or a number, optional ones with their question mark."""
    if kernel.signature is None:
        return [[] for _ in range(kernel.nargs)]
    parts = re.findall(r"\(([^)]*)\)", kernel.signature)
    return [[name.strip() for name in part.split(",") if name.strip()] for part in parts]


def _dimensions(kernel: np.ufunc, arrays: Sequence[Array | None]) -> tuple[Shape, tuple[Shape, ...], dict[str, int]]:
    """Return the shape without core dimensions, the core shape of each operand, and the sizes of core dimensions by name."""
    names = _core_names(kernel)
    if not any(names):
        shape = np.broadcast_shapes(*(array.shape for array in arrays if array is not None))
        if any(array is not None and array.shape != shape for array in arrays[kernel.nin :]):
            raise ValueError(f"an output has another shape than {shape}")
        return shape, ((),) * len(arrays), {}
    results = _shapes_of_results(kernel, arrays, names)
    whole = [*(array.shape for array in arrays[: kernel.nin] if array is not None), *results]
    cores = tuple(shape[len(shape) - len(own) :] for shape, own in zip(whole, names, strict=True))
    sizes = {name.rstrip("?"): size for own, core in zip(names, cores, strict=True) for name, size in zip(own, core, strict=True)}
    return results[0][: len(results[0]) - len(names[kernel.nin])], cores, sizes


def _without_gaps(arrays: Sequence[Array | None], names: Sequence[Sequence[str]]) -> list[Array | None]:
    """Return the operands with one element along each optional dimension that NumPy finds missing."""
    missing: set[str] = set()
    for array, own in zip(arrays, names, strict=True):
        there = [name for name in own if name not in missing]
        lacking = 0 if array is None else max(len(there) - array.ndim, 0)
        missing.update([name for name in there if name.endswith("?")][:lacking])
    return [None if a is None else _with_axes(a, [name in missing for name in own]) for a, own in zip(arrays, names, strict=True)]


def _with_axes(array: Array, are_missing: Sequence[bool]) -> Array:
    there = array.ndim - (len(are_missing) - sum(are_missing))
    if there < 0:
        raise ValueError(f"an operand of {array.ndim} dimensions needs {array.ndim - there} core dimensions")
    axes = [there + k for k, is_missing in enumerate(are_missing) if is_missing]
    return np.expand_dims(array, axes) if axes else array


def _shapes_of_results(kernel: np.ufunc, arrays: Sequence[Array | None], names: Sequence[Sequence[str]]) -> list[Shape]:
    """Return the shapes that outputs have or would have: NumPy checks them all in a call over no element at all."""
    outer = [0 if array is None else array.ndim - len(own) for array, own in zip(arrays, names, strict=True)]
    padding = [max(outer) - own for own in outer]
    wide = [a if a is None else np.expand_dims(a, [*range(1 + count)])[:0] for a, count in zip(arrays, padding, strict=True)]
    made = kernel(*wide[: kernel.nin], out=tuple(wide[kernel.nin :]))
    return [result.shape[1:] for result in (made if isinstance(made, tuple) else (made,))]


def _inner_loop(
    kernel: np.ufunc, arrays: Sequence[Array | None], dtypes: Sequence[np.dtype[Any]], shape: tuple[int, ...], buffered: bool
) -> tuple[int, tuple[int, ...]]:
    """Return the length of the innermost loop and the steps of the operands in it, as NumPy's iterator joins axes."""
    dense = tuple(dtype.itemsize for dtype in dtypes)
    if 0 in shape:
        return 0, dense
    if buffered:
        # what is spread or converted is copied to buffers, in which elements stand side by side
        return min(_BUFFER_ELEMENTS, int(np.prod(shape))), dense
    flags = [["readonly"] if k < kernel.nin else ["readwrite", "allocate"] for k in range(kernel.nargs)]
    given = [a if a is None or k >= kernel.nin else np.broadcast_to(a, shape) for k, a in enumerate(arrays)]
    iterator: Any = np.nditer(given, ["external_loop"], flags, op_dtypes=list(dtypes))  # type: ignore[arg-type]
    inner = iterator.value if kernel.nargs > 1 else (iterator.value,)
    return int(inner[0].shape[-1]), tuple(int(view.strides[-1]) for view in inner)


def _last_step(array: Array | None, dtype: np.dtype[Any], core: Shape, shape: Shape) -> int:
    """Return the bytes from one element of the last loop dimension to the next; an output that NumPy makes is dense."""
    if not shape:
        return 0
    if array is None:
        return dtype.itemsize * math.prod(core)
    outer = array.ndim - len(core)
    return array.strides[outer - 1] if outer > 0 and array.shape[outer - 1] > 1 else 0
