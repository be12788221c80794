"""Which loop of a ufunc over structured dtypes fits some operands, and how NumPy comes to ask.

In: the dtypes of each loop and NumPy's operands. Out: the record and the function that `cobra.runtime.loop_choice` describes. NumPy
converts structures to each other by position, whatever their fields are called; here names have to agree.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAlias

import numpy as np

from cobra.errors import TypeMismatch
from cobra.runtime.immortal import keep_for_ever

Dtypes: TypeAlias = tuple[np.dtype[Any], ...]

_EQUIVALENT_TYPES = 182  # PyArray_EquivTypes among the functions of NumPy's C API
_Asked: TypeAlias = Sequence[np.dtype[Any] | None] | None
_Rule: TypeAlias = Literal["no", "equiv", "safe", "same_kind", "unsafe"]
_CASTINGS: tuple[_Rule, ...] = ("no", "equiv", "safe", "same_kind", "unsafe")
_SAFE = _CASTINGS.index("safe")


def choice_record(name: str, loops: Sequence[Dtypes], inputs: int) -> int:
    """Return the address of a record with which ``choose_loop`` chooses among loops; it is never freed."""
    flat = [dtype for dtypes in loops for dtype in dtypes]
    dtypes = (ctypes.c_void_p * len(flat))(*map(id, flat))
    choose = _chooser(name, loops, inputs)
    api = ctypes.pythonapi
    words = (len(loops), ctypes.addressof(dtypes), id(choose), id(None), _equivalent_types())
    record = (ctypes.c_void_p * 7)(*words, _address(api.PyObject_CallFunction), _address(api.PyLong_AsSsize_t))
    keep_for_ever((flat, dtypes, choose, record))
    return ctypes.addressof(record)


def _address(function: Any) -> int | None:
    return ctypes.cast(function, ctypes.c_void_p).value


@cache
def _equivalent_types() -> int:
    get_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
    table = get_pointer(import_module("numpy._core._multiarray_umath")._ARRAY_API, None)
    found = ctypes.c_void_p.from_address(table + _EQUIVALENT_TYPES * ctypes.sizeof(ctypes.c_void_p)).value
    assert found is not None
    return found


def _chooser(name: str, loops: Sequence[Dtypes], inputs: int) -> Callable[[int, int, _Asked], int]:
    count = len(loops[0])

    def choose(address: int, casting: int, types: _Asked) -> int:
        """Return the first loop that the operands at an address can be cast to."""
        pointers = (ctypes.c_void_p * count).from_address(address)
        operands = [None if pointer is None else ctypes.cast(pointer, ctypes.py_object).value for pointer in pointers]
        return choose_loop(name, loops, operands, inputs, casting, types)

    return choose


def choose_loop(
    name: str,
    loops: Sequence[Dtypes],
    operands: Sequence[np.ndarray[Any, Any] | None],
    inputs: int,
    casting: int,
    types: _Asked = None,
) -> int:
    """Return the first loop that some operands can be cast to; raise `TypeMismatch` when there is none.

    Parameters
    ----------
    operands
        Inputs, then outputs, or None for those that NumPy is to make.
    casting
        How freely NumPy may cast, as its C API numbers it; inputs are cast safely all the same, unless `types` are given.
    types
        What the user has asked the dtypes to be, if anything. NumPy asks twice, first for the classes of dtypes and then for
        the dtypes, and says this the first time only: ``signature=`` finds no loop that it would not find without, it can only fail.
    """
    rules = _CASTINGS[casting], _CASTINGS[casting if types is not None else min(casting, _SAFE)]
    for index, dtypes in enumerate(loops):
        if _is_asked_for(dtypes, types) and all(_converts(*pair, rules[1]) for pair in zip(operands[:inputs], dtypes, strict=False)):
            _check_outputs(name, operands[inputs:], dtypes[inputs:], rules[0])
            return index
    if types is not None and not any(_is_asked_for(dtypes, types) for dtypes in loops):
        asked = ", ".join("any" if dtype is None else spelled(dtype) for dtype in types)
        have = " and ".join(f"{_listed(dtypes[:inputs])}->{_listed(dtypes[inputs:])}" for dtypes in loops)
        raise TypeMismatch(f"{name!r} has no loop of the types that are asked for: {asked}", hint=f"It has {have}.")
    given = _listed(operand.dtype for operand in operands[:inputs] if operand is not None)
    known = " or ".join(_listed(dtypes[:inputs]) for dtypes in loops)
    hint = "Fields need the same names in the same order, and types that convert safely; arrays are converted by .astype."
    raise TypeMismatch(f"{name!r} takes {known}, not {given}", hint=hint)


def _listed(dtypes: Iterable[np.dtype[Any]]) -> str:
    return f"({', '.join(map(spelled, dtypes))})"


def spelled(dtype: np.dtype[Any]) -> str:
    """Return a dtype as short as can be, without offsets: these never matter."""
    if dtype.names is not None:
        return f"struct({', '.join(f'{name}={spelled(dtype[name])}' for name in dtype.names)})"
    return f"{spelled(dtype.base)}{list(dtype.shape)}" if dtype.shape else str(dtype)


def _check_outputs(name: str, outputs: Sequence[np.ndarray[Any, Any] | None], dtypes: Dtypes, rule: _Rule) -> None:
    for output, own in zip(outputs, dtypes, strict=True):
        if output is not None and not (same_names(own, output.dtype) and np.can_cast(own, output.dtype, rule)):
            what = f"{name!r} returns {spelled(own)}, which cannot be cast to out= of {spelled(output.dtype)} by the rule {rule!r}"
            raise TypeMismatch(what, hint="Fields need the same names in the same order.")


def _is_asked_for(dtypes: Dtypes, types: _Asked) -> bool:
    return types is None or all(asked is None or asked == own for asked, own in zip(types, dtypes, strict=False))


def _converts(operand: np.ndarray[Any, Any] | None, wanted: np.dtype[Any], rule: _Rule) -> bool:
    # the operand, not its dtype: NumPy knows of arrays that were Python numbers
    return operand is None or (same_names(operand.dtype, wanted) and np.can_cast(operand, wanted, rule))


def same_names(given: np.dtype[Any], wanted: np.dtype[Any]) -> bool:
    """Tell whether the fields of two dtypes, and the fields of these, go by the same names in the same order."""
    if given.names != wanted.names:
        return False
    if wanted.names is None:
        return given.base is given or same_names(given.base, wanted.base)
    return all(same_names(given[name], wanted[name]) for name in wanted.names)
