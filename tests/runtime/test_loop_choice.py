"""The native function with which NumPy chooses a loop, called on objects made by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from cobra.runtime.loop_choice import Offsets, loop_choice_function

OPERANDS, FUNCTIONS, DTYPE = 8, 16, 56
CHOOSE = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
SAME = ctypes.CFUNCTYPE(ctypes.c_byte, ctypes.c_void_p, ctypes.c_void_p)

POINT = np.dtype([("x", "f8")])
PACKED = np.dtype([("x", "f4")])
F8 = np.dtype("f8")
DTYPES = [(POINT, F8, POINT), (PACKED, F8, F8)]


class Choice:
    """A ufunc as far as the function looks at one: two loops of three operands each."""

    def __init__(self, answer: Callable[..., object]) -> None:
        self.flat = [dtype for dtypes in DTYPES for dtype in dtypes]
        self.dtypes = (ctypes.c_void_p * 6)(*map(id, self.flat))
        self.answer = answer
        self.compared: list[tuple[int, int]] = []
        self.same = SAME(self.compare)
        api = ctypes.pythonapi
        last = (ctypes.cast(f, ctypes.c_void_p).value for f in (self.same, api.PyObject_CallFunction, api.PyLong_AsSsize_t))
        self.record = (ctypes.c_void_p * 7)(2, ctypes.addressof(self.dtypes), id(answer), id(None), *last)
        self.table = (ctypes.c_void_p * 5)(ctypes.addressof(self.record), 1, 2, 3, 4)
        self.ufunc = ctypes.create_string_buffer(32)
        ctypes.c_int.from_buffer(self.ufunc, OPERANDS).value = 3
        ctypes.c_void_p.from_buffer(self.ufunc, FUNCTIONS).value = ctypes.addressof(self.table) + ctypes.sizeof(ctypes.c_void_p)

    def compare(self, given: int, own: int) -> int:
        self.compared.append((given, own))
        return int(ctypes.cast(given, ctypes.py_object).value == ctypes.cast(own, ctypes.py_object).value)

    def __call__(self, *operands: np.ndarray | None, types: object = None) -> list[object]:
        pointers = (ctypes.c_void_p * 3)(*(None if operand is None else id(operand) for operand in operands))
        out = (ctypes.c_void_p * 3)()
        function = CHOOSE(loop_choice_function(Offsets(OPERANDS, FUNCTIONS, DTYPE)))
        given_types = None if types is None else id(types)
        status = function(ctypes.addressof(self.ufunc), 3, ctypes.addressof(pointers), given_types, ctypes.addressof(out))
        return [status, *map(_taken, out)]


def _taken(address: int | None) -> object:
    """Return the object at an address, whose reference was handed over."""
    if address is None:
        return None
    found = ctypes.cast(address, ctypes.py_object).value
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(found))
    return found


@pytest.fixture
def never() -> Iterator[Choice]:
    def answer(*_: object) -> int:
        raise AssertionError("nothing was left to ask")

    yield Choice(answer)


def zeros(*dtypes: object) -> Sequence[np.ndarray | None]:
    return [None if dtype is None else np.zeros(2, dtype) for dtype in dtypes]


def test_equal_dtypes_need_no_python(never: Choice) -> None:
    assert never(*zeros(POINT, F8, None)) == [0, POINT, F8, POINT]
    assert never.compared == []
    assert never(*zeros([("x", "f8")], F8, POINT)) == [0, POINT, F8, POINT]
    assert len(never.compared) == 1
    assert never(*zeros(PACKED, F8, None)) == [0, PACKED, F8, F8]


def test_python_is_asked_about_all_others() -> None:
    asked: list[object] = []

    def answer(address: int, casting: int, types: object) -> int:
        asked.extend([(ctypes.c_void_p * 3).from_address(address)[2], casting, types])
        return 1

    choice = Choice(answer)
    assert choice(*zeros("i4", F8, None)) == [0, PACKED, F8, F8]
    assert asked == [None, 3, None]
    wanted = (None, F8, None)
    assert choice(*zeros(POINT, F8, None), types=wanted) == [0, PACKED, F8, F8]
    assert asked[3:] == [None, 3, wanted]
    assert choice(*zeros(POINT, F8, "i4")) == [0, PACKED, F8, F8]


def test_exceptions_go_through() -> None:
    def answer(*_: object) -> int:
        raise LookupError("no such loop")

    with pytest.raises(LookupError, match="no such loop"):
        Choice(answer)(*zeros("i4", F8, None))
