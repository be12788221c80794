"""Real NumPy ufuncs made at run time, through NumPy's C API and without a C compiler.

In: the addresses of native inner loops with their types, and what the user shall see of the kernel. Out: an object of
type `numpy.ufunc`, and its loop table, whose entries can be replaced while the ufunc is in use: NumPy reads them anew at every
call, so a loop can be compiled when it is first needed and costs nothing afterwards.

NumPy keeps pointers to table, types and name without copying them and cannot say when it is done, so they are never freed.
"""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cobra.errors import InvalidOption, InvalidSignature
from cobra.runtime.immortal import keep_for_ever
from cobra.ufunc.ufunc_struct import choose_loops, compute_core_dimensions, copy_where_outputs_overlap

if TYPE_CHECKING:  # elementwise kernels, most of all, need not wait for what gufuncs need
    from cobra.ufunc.signature import Signature

_API_ENTRIES = MappingProxyType({"PyUFunc_FromFuncAndDataAndSignatureAndIdentity": 42, "PyUFunc_RegisterLoopForType": 2})
# PYFUNCTYPE keeps the GIL and passes on what the function raises
_PROTOTYPE = ctypes.PYFUNCTYPE(
    ctypes.py_object,
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p),  # functions, data, types
    *(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int),  # number of loops, of inputs, of outputs; identity
    *(ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int),  # name, documentation, unused
    *(ctypes.c_char_p, ctypes.py_object),  # signature, value of the identity
)
_REGISTRATION = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.py_object, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)  # fmt: skip
_FIRST_OF_USERS = 256  # NPY_USERDEF
_NO_TEXT = b""
_MOST_OPERANDS = 64  # NPY_MAXARGS of NumPy 2


class _Identity(IntEnum):
    """How NumPy's C API names the kinds of identity."""

    ZERO = 0
    ONE = 1
    MINUS_ONE = 2
    NONE = -1
    REORDERABLE_NONE = -2
    VALUE = -3


@dataclass(frozen=True, slots=True)
class LoopSlot:
    """One inner loop of a ufunc.

    Parameters
    ----------
    types
        NumPy's one-letter codes of the inputs, then of the outputs: ``"ddd"``.
    function
        The address of ``void loop(char **args, npy_intp *dimensions, npy_intp *steps, void *data)``.
    data
        What the loop gets as its last argument.
    dtypes
        The dtypes that `types` stand for, where there are structures: NumPy's code is ``"V"`` for all of them.
    """

    types: str
    function: int
    data: int = 0
    dtypes: tuple[np.dtype[Any], ...] | None = None


class LoopTable:
    """The loops of one ufunc, as NumPy reads them at every call."""

    def __init__(self, slots: Sequence[LoopSlot], choice: int = 0) -> None:
        self._count = len(slots)
        # one block: what `choose_loop` reads, functions, data; the two words of a loop can then be replaced in one step
        words = [choice, *(s.function for s in slots), *(s.data for s in slots)]
        self._words = (ctypes.c_void_p * len(words))(*words)
        keep_for_ever(self._words)
        self.functions_address: int = ctypes.addressof(self._words) + ctypes.sizeof(ctypes.c_void_p)
        self.data_address: int = self.functions_address + self._count * ctypes.sizeof(ctypes.c_void_p)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[int, int]:
        """Return the function and the data of a loop."""
        index = range(self._count)[index]
        return self._words[1 + index] or 0, self._words[1 + self._count + index] or 0

    def patch(self, index: int, function: int, data: int = 0) -> None:
        """Replace a loop for all calls that start from now on."""
        index = range(self._count)[index]
        # Data first, then the function; and as one slice assignment, inside which the GIL is not given up: a thread that calls
        # the ufunc reads both words with the GIL, hence never one old and one new.
        self._words[1 + self._count + index : index : -self._count] = [data, function]


def make_ufunc(
    name: str,
    loops: Sequence[LoopSlot],
    nin: int,
    nout: int,
    *,
    signature: Signature | None = None,
    identity: object = None,
    doc: str | None = None,
    module: str | None = None,
    qualname: str | None = None,
    call_signature: inspect.Signature | None = None,
    attributes: Mapping[str, object] = MappingProxyType({}),
) -> tuple[np.ufunc, LoopTable]:
    """Return a new ufunc and its loop table.

    Parameters
    ----------
    name
        The name of the kernel. When other libraries would take a ufunc of that name for another function,
        ``__name__`` gets the prefix ``cobra.``; ``__qualname__`` is never changed.
    loops
        The loops in the order in which NumPy searches them for one whose types the inputs can be cast to.
    signature
        The core dimensions, or None for an elementwise kernel.
    identity
        The start value of reductions; None for no such value; ``"reorderable"`` for no such value, but freedom to reduce over
        several axes in any order.
    doc, module, qualname, call_signature
        What ``__doc__``, ``__module__``, ``__qualname__`` and ``inspect.signature`` shall say.
    attributes
        Further attributes of the object.
    """
    _check(name, loops, nin, nout, signature)
    is_structured = any("V" in slot.types for slot in loops)
    table = LoopTable(loops, _choice(name, loops, nin) if is_structured else 0)
    label = distinct_name(name).encode()
    own = [slot for slot in loops if not _types_of_users(slot)]
    types = b"".join(bytes((np.dtype(code).num,)) for slot in own for code in slot.types)
    core = None if signature is None or signature.is_elementwise else signature.numpy_text.encode()
    keep_for_ever((label, types, core, _NO_TEXT))
    kind, value = _identity(identity)
    try:
        ufunc: np.ufunc = _from_loops()(
            table.functions_address, table.data_address, types, len(own), nin, nout, kind, label, _NO_TEXT, 0, core, value
        )
    except (OverflowError, TypeError, ValueError) as error:
        hint = "It must be a value of every loop's type: name the loops with types=."
        raise InvalidOption(f"the identity {identity!r} of {name} does not fit: {error}", hint=hint) from None
    for slot in loops[len(own) :]:
        _register_loop(ufunc, slot)
    if core is not None and signature is not None:
        _prepare_core(ufunc, signature)
    if is_structured:
        from cobra.runtime.loop_choice import loop_choice_function

        choose_loops(ufunc, loop_choice_function)
    said = {"__doc__": doc, "__module__": module, "__qualname__": qualname or name, "__signature__": call_signature}
    for attribute, content in ({key: text for key, text in said.items() if text is not None} | dict(attributes)).items():
        setattr(ufunc, attribute, content)
    return ufunc, table


def _types_of_users(slot: LoopSlot) -> list[int]:
    """Return the numbers of the types in a loop that another package adds to NumPy."""
    return [dtype.num for dtype in slot.dtypes or () if dtype.num >= _FIRST_OF_USERS]


def _register_loop(ufunc: np.ufunc, slot: LoopSlot) -> None:
    assert slot.dtypes is not None
    numbers = (ctypes.c_int * len(slot.dtypes))(*(dtype.num for dtype in slot.dtypes))
    _register()(ufunc, _types_of_users(slot)[0], slot.function, numbers, slot.data)


def _choice(name: str, loops: Sequence[LoopSlot], inputs: int) -> int:
    from cobra.ufunc.structured_loops import choice_record

    return choice_record(name, [slot.dtypes or tuple(map(np.dtype, slot.types)) for slot in loops], inputs)


def _prepare_core(ufunc: np.ufunc, signature: Signature) -> None:
    copy_where_outputs_overlap(ufunc, (k for k, dimensions in enumerate(signature.outputs) if dimensions))
    if not signature.formulas:
        return
    from cobra.runtime.core_dimensions import core_size_function

    function = core_size_function(str(signature), signature.symbols, signature.formulas)
    compute_core_dimensions(ufunc, function, symbols=len(signature.symbols))


def distinct_name(name: str) -> str:
    """Return the name a kernel has inside NumPy: its own, unless that would make other libraries run something else.

    Libraries look up what to run by the ufunc's name: dask a function of NumPy's, pandas an operator of Python's (``sub``).
    """
    is_taken = callable(vars(np).get(name)) or hasattr(np.ndarray, f"__{name}__")
    return f"cobra.{name}" if is_taken else name


def _check(name: str, loops: Sequence[LoopSlot], nin: int, nout: int, signature: Signature | None) -> None:
    if not loops:
        raise InvalidSignature(f"the kernel {name} has no loop", hint="A ufunc needs at least one loop.")
    if nin + nout > _MOST_OPERANDS:
        raise InvalidSignature(f"{name} has {nin} inputs and {nout} outputs", hint=f"NumPy takes at most {_MOST_OPERANDS} operands.")
    for slot in loops:
        if len(slot.types) != nin + nout:
            raise InvalidSignature(
                f"the loop {slot.types!r} of {name} has {len(slot.types)} types",
                hint=f"It needs one for each of {nin} inputs and {nout} outputs.",
            )
    if signature is not None and (len(signature.inputs), len(signature.outputs)) != (nin, nout):
        raise InvalidSignature(
            f"the signature {signature} does not fit {name}, which has {nin} inputs and {nout} outputs",
            hint="A signature lists the dimensions of each input, then of each output.",
        )


def _identity(identity: object) -> tuple[_Identity, object]:
    if identity is None:
        return _Identity.NONE, None
    if isinstance(identity, str) and identity == "reorderable":
        return _Identity.REORDERABLE_NONE, None
    if type(identity) is int and identity in (0, 1, -1):  # True is 1 as well, but shall stay True
        return {0: _Identity.ZERO, 1: _Identity.ONE, -1: _Identity.MINUS_ONE}[identity], None
    return _Identity.VALUE, identity


@cache
def _from_loops() -> Any:
    return _PROTOTYPE(_api_address("PyUFunc_FromFuncAndDataAndSignatureAndIdentity"))


@cache
def _register() -> Any:
    return _REGISTRATION(_api_address("PyUFunc_RegisterLoopForType"))


def _api_address(name: str) -> int:
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = get_pointer(import_module("numpy._core._multiarray_umath")._UFUNC_API, None)
    address = ctypes.c_void_p.from_address(table + _API_ENTRIES[name] * ctypes.sizeof(ctypes.c_void_p)).value
    assert address is not None
    return address
