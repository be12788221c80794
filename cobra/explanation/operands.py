"""How NumPy hands the operands of a call to a kernel's inner loop.

Goes in: a kernel and the arguments of a call. Comes out: which of its loops serves them, what is converted on the way, how many
elements there are, and in what steps the innermost loop walks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cobra.errors import InvalidCall

Array = np.ndarray[Any, np.dtype[Any]]

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
    core_sizes
        The sizes of core dimensions by name.
    """

    dtypes: tuple[np.dtype[Any], ...]
    arrays: tuple[Array | None, ...]
    shape: tuple[int, ...]
    inner: int
    steps: tuple[int, ...]
    converted: tuple[int, ...]
    core_sizes: dict[str, int]

    @property
    def elements(self) -> int:
        """Return how often the kernel runs."""
        return int(np.prod(self.shape, dtype=np.int64))


def hand_over(kernel: np.ufunc, arguments: Sequence[object], out: Sequence[object | None] = ()) -> Handed:
    """Return how a call with these arguments reaches the inner loop.

    Raises
    ------
    InvalidCall
        When there is no loop for the types, or the shapes do not fit.
    """
    if len(arguments) != kernel.nin:
        raise InvalidCall(f"{kernel.__name__!r} takes {kernel.nin} operands, not {len(arguments)}", hint="Give an array for each.")
    outputs: list[object | None] = [*out, *[None] * (kernel.nout - len(out))]
    try:
        dtypes = kernel.resolve_dtypes((*map(_asked, arguments), *(None if o is None else np.asarray(o).dtype for o in outputs)))
        arrays = tuple(np.asarray(a, d if _is_plain(a) else None) for a, d in zip(arguments, dtypes, strict=False))
        shape, sizes = _loop_shape(kernel, arrays)
    except (TypeError, ValueError) as error:
        raise InvalidCall(f"{kernel.__name__!r} cannot be called with these: {error}", hint="Call it to see what NumPy says.") from None
    whole = (*arrays, *(None if o is None else np.asarray(o) for o in outputs))
    converted = tuple(k for k, (a, d) in enumerate(zip(whole, dtypes, strict=True)) if a is not None and _is_converted(a, d))
    inner, steps = _inner_loop(kernel, whole, dtypes, shape, bool(converted))
    return Handed(dtypes, whole, shape, inner, steps, converted, sizes)


def _is_plain(argument: object) -> bool:
    """Tell whether an argument is a Python number, which takes the type of what it meets."""
    return type(argument) in (int, float, complex)


def _asked(argument: object) -> Any:
    return type(argument) if _is_plain(argument) else np.asarray(argument).dtype


def _is_converted(array: Array, dtype: np.dtype[Any]) -> bool:
    return array.dtype != dtype or not array.flags.aligned


def _core_names(kernel: np.ufunc) -> list[list[str]]:
    """Return the core dimensions of each operand: those with a name or a number."""
    if kernel.signature is None:
        return [[] for _ in range(kernel.nargs)]
    parts = re.findall(r"\(([^)]*)\)", kernel.signature)
    return [[name.strip().rstrip("?") for name in part.split(",") if name.strip()] for part in parts]


def _loop_shape(kernel: np.ufunc, arrays: Sequence[Array]) -> tuple[tuple[int, ...], dict[str, int]]:
    """Return the shape without core dimensions and the sizes of these."""
    outer: list[tuple[int, ...]] = []
    sizes: dict[str, int] = {}
    for array, names in zip(arrays, _core_names(kernel), strict=False):
        split = array.ndim - len(names)
        if split < 0:
            raise ValueError(f"an operand of {array.ndim} dimensions needs {len(names)} core dimensions")
        outer.append(array.shape[:split])
        sizes.update(zip(names, array.shape[split:], strict=True))
    return np.broadcast_shapes(*outer), sizes


def _inner_loop(
    kernel: np.ufunc, arrays: Sequence[Array | None], dtypes: Sequence[np.dtype[Any]], shape: tuple[int, ...], buffered: bool
) -> tuple[int, tuple[int, ...]]:
    """Return the length of the innermost loop and the steps of the operands in it, as NumPy's iterator joins axes."""
    dense = tuple(dtype.itemsize for dtype in dtypes)
    if 0 in shape:
        return 0, dense
    if kernel.signature is not None:
        return (shape[-1] if shape else 1), tuple(_last_step(a, shape, core) for a, core in zip(arrays, _core_names(kernel), strict=True))
    if buffered:
        # what is spread or converted is copied to buffers, in which elements stand side by side
        return min(_BUFFER_ELEMENTS, int(np.prod(shape))), dense
    flags = [["readonly"] if k < kernel.nin else ["readwrite", "allocate"] for k in range(kernel.nargs)]
    given = [a if a is None or k >= kernel.nin else np.broadcast_to(a, shape) for k, a in enumerate(arrays)]
    iterator: Any = np.nditer(given, ["external_loop"], flags, op_dtypes=list(dtypes))  # type: ignore[arg-type]
    inner = iterator.value if kernel.nargs > 1 else (iterator.value,)
    return int(inner[0].shape[-1]), tuple(int(view.strides[-1]) for view in inner)


def _last_step(array: Array | None, shape: tuple[int, ...], core: Sequence[str]) -> int:
    """Return the bytes from one element of the last loop dimension to the next, 0 for an output that NumPy makes."""
    if array is None or not shape:
        return 0
    outer: Array = array[(..., *[0] * len(core))] if core else array  # type: ignore[arg-type]
    return int(np.broadcast_to(outer, shape).strides[-1])
