"""Which outside names compiled code may use."""

from __future__ import annotations

import ctypes
import math
import sys

import pytest

from cobra.runtime import symbols
from cobra.runtime.errors import LoadError

linux_with_libm = pytest.mark.skipif(symbols._libm_home() is None, reason="libm is not a library of its own here")

MATH = ["sin", "expf", "cexp", "csqrt", "lgamma", "fmod", "nextafter", "cbrtf", "ldexp", "erf", "remainder"]
FORBIDDEN = [
    "system", "exit", "abs", "malloc", "printf", "dlopen", "mprotect", "PyRun_SimpleString", "Py_Exit", "PyExc_", "PyExc_int",
    "PyExc_no_such", "fesetround", "feenableexcept", "_dl_open", "__libc_start_main", "", "no_such_function", "sin\0", "sinµ",
]  # fmt: skip


@linux_with_libm
@pytest.mark.parametrize("name", MATH)
def test_mathematics_is_allowed(name: str) -> None:
    assert symbols.resolve(name) == ctypes.cast(getattr(ctypes.CDLL("libm.so.6"), name), ctypes.c_void_p).value


@linux_with_libm
def test_resolved_function_computes() -> None:
    sine = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(symbols.resolve("sin"))
    assert sine(0.5) == math.sin(0.5)


@pytest.mark.parametrize("name", sorted(symbols.PYTHON_NAMES))
def test_python_interface_is_allowed(name: str) -> None:
    assert symbols.resolve(name) == ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value


@pytest.mark.parametrize("error", [ValueError, OverflowError, ZeroDivisionError, KeyboardInterrupt, RuntimeWarning])
def test_exceptions_are_variables_holding_the_class(error: type) -> None:
    address = symbols.resolve(f"PyExc_{error.__name__}")
    assert ctypes.c_void_p.from_address(address).value == id(error)


@pytest.mark.skipif(sys.platform != "linux", reason="names of the GNU system")
@pytest.mark.parametrize("name", sorted(symbols.MEMORY_NAMES | symbols.COMPILER_NAMES))
def test_routines_of_the_compiler_are_found(name: str) -> None:
    assert symbols.resolve(name) != 0


@pytest.mark.parametrize("name", FORBIDDEN)
def test_everything_else_is_refused(name: str) -> None:
    with pytest.raises(LoadError):
        symbols.resolve(name)


def test_refusal_names_the_function() -> None:
    with pytest.raises(LoadError, match="'system'"):
        symbols.resolve("system")


@pytest.mark.skipif(sys.platform != "linux", reason="names of the GNU system")
def test_compiler_can_allow_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "_allowed", set())
    with pytest.raises(LoadError):
        symbols.resolve("labs")
    symbols.allow(["labs"])
    assert symbols.resolve("labs") != 0
    symbols.resolve.cache_clear()


def test_allowed_name_that_does_not_exist_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "_allowed", {"no_such_function"})
    with pytest.raises(LoadError, match="does not have"):
        symbols.resolve("no_such_function")
