"""The memory layout of NumPy's ufunc objects, and the three fields in it that no API function sets.

In: a finished ufunc. Out: the address of a function that computes core dimensions written into its field
``process_core_dims_func`` (NumPy 2.1 and later), of one that chooses loops into ``type_resolver``, flags that make NumPy copy where
an output overlaps an input, and flags of inputs that are written to. The layout is the one of NumPy's public header; before
anything is written it is compared with gufuncs whose contents are known, by reading raw addresses inside the object only.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cobra.errors import CobraError
from cobra.runtime.numpy_loops import UfuncHead

if TYPE_CHECKING:
    from cobra.runtime.loop_choice import Offsets


# after data, dimensions, strides and base, as NumPy's public header has it since its first version
_DTYPE_OF_ARRAY = object.__basicsize__ + 5 * ctypes.sizeof(ctypes.c_void_p)


_READ_AND_WRITE, _WRITE_COPIES_BACK = 0x00010000, 0x00800000
"""NPY_ITER_READWRITE and NPY_ITER_UPDATEIFCOPY of NumPy's public header."""


class UnknownUfuncLayout(CobraError, RuntimeError):
    """NumPy lays its ufuncs out in a way Cobra does not know, so output sizes cannot be computed."""


class _Fields(UfuncHead):
    """What follows the object header, in the order of NumPy's header file."""

    _fields_: ClassVar[Sequence[tuple[str, type]]] = (
        ("doc", ctypes.c_void_p),
        ("ptr", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("userloops", ctypes.c_void_p),
        ("core_enabled", ctypes.c_int),
        ("core_num_dim_ix", ctypes.c_int),
        ("core_num_dims", ctypes.c_void_p),
        ("core_dim_ixs", ctypes.c_void_p),
        ("core_offsets", ctypes.c_void_p),
        ("core_signature", ctypes.c_void_p),
        ("type_resolver", ctypes.c_void_p),
        ("dict", ctypes.c_void_p),
        ("vectorcall", ctypes.c_void_p),
        ("reserved3", ctypes.c_void_p),
        ("op_flags", ctypes.c_void_p),
        ("iter_flags", ctypes.c_uint32),
        ("core_dim_sizes", ctypes.c_void_p),
        ("core_dim_flags", ctypes.c_void_p),
        ("identity_value", ctypes.c_void_p),
        ("dispatch_cache", ctypes.c_void_p),
        ("loops", ctypes.c_void_p),
        ("process_core_dims_func", ctypes.c_void_p),
    )


def compute_core_dimensions(ufunc: np.ufunc, function: int, *, symbols: int) -> None:
    """Let NumPy ask a native function for the core dimensions of a gufunc that it does not know.

    Parameters
    ----------
    ufunc
        A gufunc nobody has called yet.
    function
        The address of ``int function(ufunc, sizes)``.
    symbols
        How many sizes that function expects.
    """
    fields = _fields_of(ufunc)
    if not is_layout_known() or fields.core_num_dim_ix != symbols or fields.process_core_dims_func is not None:
        raise UnknownUfuncLayout(
            f"NumPy {np.__version__} keeps its ufuncs in an unknown way, so {ufunc.__name__} cannot compute output sizes",
            hint="Leave formulas such as (n)->(n+1) out of the signature and pass out=, or use another version of NumPy.",
        )
    fields.process_core_dims_func = function


def choose_loops(ufunc: np.ufunc, function: Callable[[Offsets], int]) -> None:
    """Let NumPy ask a native function which loop of a ufunc to use.

    Parameters
    ----------
    ufunc
        A ufunc nobody has called yet.
    function
        What returns the address of ``int function(ufunc, casting, operands, types, dtypes)``, given where it finds fields.
    """
    if not is_layout_known():
        raise UnknownUfuncLayout(
            f"NumPy {np.__version__} keeps its ufuncs in an unknown way, so {ufunc.__name__} cannot have structured operands",
            hint="Pass the fields as operands of their own, or use another version of NumPy.",
        )
    from cobra.runtime.loop_choice import Offsets

    operands, functions = (object.__basicsize__ + field.offset for field in (_Fields.nargs, _Fields.functions))
    _fields_of(ufunc).type_resolver = function(Offsets(operands, functions, _DTYPE_OF_ARRAY))


def copy_where_outputs_overlap(ufunc: np.ufunc, outputs: Iterable[int]) -> None:
    """Let NumPy give a gufunc a copy of an output that is one of its inputs as well.

    Without this it takes for granted that an element of an output depends on the same element of an input only.

    Parameters
    ----------
    ufunc
        A gufunc nobody has called yet.
    outputs
        Which outputs have core dimensions, counted from 0.
    """
    if is_layout_known():
        # what NumPy does for its own matmul, whatever the flags are in this version
        flags = _operand_flags(np.matmul)[2]
        for output in outputs:
            _operand_flags(ufunc)[ufunc.nin + output] = flags


def write_to_inputs(ufunc: np.ufunc, inputs: Iterable[int]) -> None:
    """Let NumPy treat inputs as arrays that are written to: refuse those that are read-only, write copies that it makes back.

    Parameters
    ----------
    ufunc
        A gufunc nobody has called yet.
    inputs
        Which inputs the loops write to, counted from 0.
    """
    if is_layout_known():
        for position in inputs:
            _operand_flags(ufunc)[position] = _READ_AND_WRITE | _WRITE_COPIES_BACK


def core_dimensions_of(ufunc: np.ufunc) -> tuple[tuple[int, ...], ...] | None:
    """Return the numbers of each operand's core dimensions in the order in which loops get their sizes, None if unknown."""
    if ufunc.signature is None:
        return ((),) * ufunc.nargs
    if not is_layout_known():
        return None
    fields = _fields_of(ufunc)
    counts = (ctypes.c_int * ufunc.nargs).from_address(fields.core_num_dims)
    numbers = (ctypes.c_int * sum(counts)).from_address(fields.core_dim_ixs) if sum(counts) else ()
    ends = list(accumulate(counts))
    return tuple(tuple(numbers[end - count : end]) for count, end in zip(counts, ends, strict=True))


def number_of_core_dimensions(ufunc: np.ufunc) -> int:
    """Return how many sizes the loops of a gufunc get, whose layout is known."""
    return int(_fields_of(ufunc).core_num_dim_ix)


def _operand_flags(ufunc: np.ufunc) -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * ufunc.nargs).from_address(_fields_of(ufunc).op_flags)


@cache
def is_layout_known() -> bool:
    """Tell whether a gufunc of NumPy's own has the memory layout that Cobra assumes."""
    # the object must be as large as expected before any of it is read
    if np.ufunc.__basicsize__ != object.__basicsize__ + ctypes.sizeof(_Fields):
        return False
    return _agrees(np.matmul) and _agrees(np.vecdot) and _agrees(np.add)


def _agrees(ufunc: np.ufunc) -> bool:
    fields = _fields_of(ufunc)
    is_generalised = ufunc.signature is not None
    symbols = len({name.strip("?") for name in _symbols(ufunc.signature or "")})
    return (
        (fields.nin, fields.nout, fields.nargs, fields.ntypes) == (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes)
        and (fields.core_enabled, fields.core_num_dim_ix) == (int(is_generalised), symbols)
        and _text_at(fields.name) == ufunc.__name__
        and _text_at(fields.core_signature) == ufunc.signature
        and fields.process_core_dims_func is None
    )


def _symbols(signature: str) -> list[str]:
    return "".join(" " if character in "(),->" else character for character in signature).split()


def _fields_of(ufunc: np.ufunc) -> _Fields:
    return _Fields.from_address(id(ufunc) + object.__basicsize__)


def _text_at(address: int | None) -> str | None:
    return None if address is None else ctypes.string_at(address).decode()
