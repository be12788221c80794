"""Inner loops that make themselves on their first call.

In: a Python callback that finds the real loop. Out: the address of a native loop and of its data, ready for a ufunc's loop
table before anything is compiled. The native part exists because an exception in a ctypes callback is swallowed: it
hands the exception over to NumPy, keeps floating-point flags raised while compiling from becoming warnings of the kernel,
and then runs the real loop itself.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from threading import RLock

from cobra.runtime.immortal import keep_for_ever
from cobra.runtime.loader import OWN_LOADER
from cobra.runtime.own_code import own_function
from cobra.runtime.symbols import allow
from cobra.runtime.text_loader import text_constant

Callback = Callable[[int, int, int, int], BaseException | None]
"""What finds the loop: it gets the four arguments of an inner loop as addresses and returns or raises what went wrong."""

_SILENCE, _ANSWER = 0, 1

# The record behind `data`: what asks Python, then where the real loop is described (null until known).
TEXT = f"""
%record = type {{ ptr, ptr }}
%target = type {{ ptr, ptr }}                    ; the real loop, its data

declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
declare ptr @PyErr_Occurred()
declare void @PyErr_SetObject(ptr, ptr)
declare void @PyErr_SetString(ptr, ptr)
declare ptr @PyObject_Type(ptr)
declare void @Py_DecRef(ptr)
declare i256 @llvm.get.fpenv.i256()
declare void @llvm.set.fpenv.i256(i256)
@PyExc_RuntimeError = external global ptr
{text_constant("interrupted", "the first call of a kernel was interrupted before its code was found; call it again")}

; One word is published, so that other threads in @lazy_loop see all of the target or nothing; the first one stays.
define void @lazy_loop_forward(ptr %data, ptr %target) nounwind {{
  %target_at = getelementptr %record, ptr %data, i32 0, i32 1
  %before = cmpxchg ptr %target_at, ptr null, ptr %target acq_rel acquire
  ret void
}}

define void @lazy_loop(ptr %arguments, ptr %dimensions, ptr %steps, ptr %data) nounwind {{
entry:
  %outcome = alloca i64
  %target_at = getelementptr %record, ptr %data, i32 0, i32 1
  %early = load atomic ptr, ptr %target_at acquire, align 8
  %is_early = icmp ne ptr %early, null
  br i1 %is_early, label %run, label %resolve

resolve:
  %gil = call i32 @PyGILState_Ensure()
  %pending = call ptr @PyErr_Occurred()        ; NumPy goes on with further rows after an error in one
  %is_pending = icmp ne ptr %pending, null
  br i1 %is_pending, label %leave, label %ask

ask:
  store i64 {_SILENCE}, ptr %outcome
  %environment = call i256 @llvm.get.fpenv.i256()
  %callback = load ptr, ptr %data
  call void %callback(ptr %arguments, ptr %dimensions, ptr %steps, ptr %data, ptr %outcome)
  %answer = load i64, ptr %outcome
  switch i64 %answer, label %raise [ i64 {_SILENCE}, label %unanswered  i64 {_ANSWER}, label %answered ]

answered:
  %late = load atomic ptr, ptr %target_at acquire, align 8
  %is_late = icmp ne ptr %late, null
  br i1 %is_late, label %restore, label %leave

restore:
  call void @llvm.set.fpenv.i256(i256 %environment)
  call void @PyGILState_Release(i32 %gil)
  br label %run

raise:                                          ; the outcome is a reference to an exception, which we own
  call void @llvm.set.fpenv.i256(i256 %environment)
  %exception = inttoptr i64 %answer to ptr
  %type = call ptr @PyObject_Type(ptr %exception)
  call void @PyErr_SetObject(ptr %type, ptr %exception)
  call void @Py_DecRef(ptr %type)
  call void @Py_DecRef(ptr %exception)
  br label %leave

unanswered:                                     ; an exception before the callback's first line was swallowed by ctypes
  call void @llvm.set.fpenv.i256(i256 %environment)
  %kind = load ptr, ptr @PyExc_RuntimeError
  call void @PyErr_SetString(ptr %kind, ptr @interrupted)
  br label %leave

leave:
  call void @PyGILState_Release(i32 %gil)
  ret void

run:
  %target = phi ptr [ %early, %entry ], [ %late, %restore ]
  %loop = load ptr, ptr %target
  %loop_data_at = getelementptr %target, ptr %target, i32 0, i32 1
  %loop_data = load ptr, ptr %loop_data_at
  call void %loop(ptr %arguments, ptr %dimensions, ptr %steps, ptr %loop_data)
  ret void
}}
"""


class _Record(ctypes.Structure):
    """The native record behind `data`; its address is a lazy loop's identity."""

    _fields_ = (("callback", ctypes.c_void_p), ("target", ctypes.c_void_p))


class _Target(ctypes.Structure):
    """The real loop and its data."""

    _fields_ = (("loop", ctypes.c_void_p), ("data", ctypes.c_void_p))


_asking: dict[int, LazyLoop] = {}


class LazyLoop:
    """An inner loop whose code a Python callback finds when it is first called.

    The callback is called with the GIL, by one thread at a time, once for each call of the loop until `forward` names the real
    loop. It either calls `forward`, and then the native side runs that loop, or does the work of the loop itself.
    What it returns or raises instead, `KeyboardInterrupt` included, is raised by the ufunc.

    Parameters
    ----------
    callback
        What finds the loop.
    keep_traceback
        Whether exceptions keep their traceback, which would show the user Cobra's own frames.

    Attributes
    ----------
    function, data
        What goes into a ufunc's loop table; valid for ever.
    """

    def __init__(self, callback: Callback, *, keep_traceback: bool = False) -> None:
        native = _native()
        self._record = _Record(_CALLBACK_ADDRESS, None)
        keep_for_ever(self._record)
        self._callback = callback
        self._keep_traceback = keep_traceback
        self._lock = RLock()
        self.function: int = native.loop
        self.data: int = ctypes.addressof(self._record)
        _asking[self.data] = self

    @property
    def is_forwarded(self) -> bool:
        """Tell whether the real loop is known."""
        return self._record.target is not None

    def forward(self, function: int, data: int = 0) -> None:
        """Let this and every later call run the loop at an address; only the first one named counts.

        Any thread may do so at any time, also while another one is in the callback and waits for it.
        """
        target = _Target(function, data)
        keep_for_ever(target)
        _native().forward(self.data, ctypes.addressof(target))
        # what the callback holds on to is of no more use
        _asking.pop(self.data, None)

    def _answer(self, arguments: int, dimensions: int, steps: int) -> BaseException | None:
        with self._lock:
            if self.is_forwarded:
                return None
            error = self._callback(arguments, dimensions, steps, self.data)
        if error is None or isinstance(error, BaseException):
            return error
        return TypeError(f"the callback of a lazy loop returned {type(error).__name__}, not an exception or None")


class _Native:
    """The native side, loaded on first use."""

    def __init__(self) -> None:
        if not OWN_LOADER:  # off x86-64 LLVM calls the C library for the floating-point environment
            allow(("fegetenv", "fesetenv"))
        self.loop = own_function("lazy_loop")
        self.forward = _FORWARD(own_function("lazy_loop_forward"))


@cache
def _native() -> _Native:
    return _Native()


def _ask(arguments: int, dimensions: int, steps: int, data: int, outcome: int) -> None:
    lazy = _asking.get(data)
    error: BaseException | None = None
    try:
        if lazy is not None:  # else another thread has forwarded it meanwhile
            error = lazy._answer(arguments, dimensions, steps)
    except BaseException as raised:
        error = raised
    ctypes.c_size_t.from_address(outcome).value = _ANSWER if error is None else _reference(error, lazy)


# Made when Cobra is imported: the first callback of a process takes a quarter of a millisecond, which no kernel shall wait for.
_CALLBACK = ctypes.CFUNCTYPE(None, *[ctypes.c_size_t] * 5)(_ask)
_CALLBACK_ADDRESS = ctypes.cast(_CALLBACK, ctypes.c_void_p).value
_FORWARD = ctypes.PYFUNCTYPE(None, *[ctypes.c_size_t] * 2)
keep_for_ever(_CALLBACK)


def _reference(error: BaseException, lazy: LazyLoop | None) -> int:
    """Return the address of an exception, with a reference that now belongs to the native side."""
    if lazy is None or not lazy._keep_traceback:
        error.__traceback__ = None
    keep_for_ever(error)  # until the native side gives the reference back
    return id(error)


def _renew_locks() -> None:
    for lazy in _asking.values():
        lazy._lock = RLock()


if hasattr(os, "register_at_fork"):  # a thread that held a lock does not exist in the child
    os.register_at_fork(after_in_child=_renew_locks)
