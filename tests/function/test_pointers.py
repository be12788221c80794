"""Scalar functions called from C: ctypes, cffi, SciPy's integrators, callbacks of the C library."""

from __future__ import annotations

import ctypes
import math
import sys

import numpy as np
import pytest

import cobra
from cobra.errors import InvalidCall, MissingPackage

CODES = "?bBhHiIlLfd"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("way", ["ctypes", "cffi"])
def test_every_type_by_value(code, way):
    if way == "cffi":
        pytest.importorskip("cffi")
    function = cobra.function(lambda a, b: a if a > b else b, types=f"{code}{code}->{code}")
    limits = np.iinfo(code) if code in "bBhHiIlL" else None
    values = (limits.min, limits.max) if limits else (False, True) if code == "?" else (-1.5, 2.5)
    pointer = getattr(function, way)
    assert pointer(*values) == values[1] == function(*values)
    assert pointer(values[0], values[0]) == values[0]


def test_small_integers_come_extended():
    # C leaves the upper bits of a register to the caller: a function must not depend on them
    wide = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(cobra.function(lambda a: a < 0, types="b->?").address)
    assert wide(-1) & 0xFF == 1
    assert wide(127) & 0xFF == 0


def test_half_precision_by_its_bits():
    double = cobra.function(lambda x: x * 2, types="e->e")
    bits = int(np.float16(1.5).view(np.uint16))
    assert np.uint16(double.ctypes(bits)).view(np.float16) == 3.0


def test_complex_numbers_through_pointers():
    product = cobra.function(lambda z, w: z * w, types="FD->D")
    z, w, out = np.complex64([1 + 2j]), np.complex128([3 - 1j]), np.zeros(1, complex)
    product.ctypes(z.ctypes.data, w.ctypes.data, out.ctypes.data)
    assert out[0] == (1 + 2j) * (3 - 1j)


def test_several_results_through_pointers():
    function = cobra.function(lambda a, b: (a // b, a < b, a / b), types="hh->h?d")
    quotient, less, ratio = ctypes.c_int16(), ctypes.c_bool(True), ctypes.c_double()
    function.ctypes(7, 2, *map(ctypes.addressof, (quotient, less, ratio)))
    assert (quotient.value, less.value, ratio.value) == (3, False, 3.5)


def test_exceptions_come_out_of_ctypes():
    @cobra.function
    def checked(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return x

    assert checked.ctypes(1.0) == 1.0
    with pytest.raises(ValueError, match="negative"):
        checked.ctypes(-1.0)


def test_as_a_callback_of_c():
    @cobra.function
    def compare(a: cobra.pointer(cobra.int64), b: cobra.pointer(cobra.int64)) -> cobra.int32:
        return -1 if a[0] < b[0] else 1 if a[0] > b[0] else 0

    assert compare.prototype == "int32_t compare(int64_t *a, int64_t *b)"
    library = ctypes.CDLL(None)
    numbers = np.random.default_rng(1).integers(-50, 50, 200)
    expected = np.sort(numbers)
    library.qsort(ctypes.c_void_p(numbers.ctypes.data), ctypes.c_size_t(200), ctypes.c_size_t(8), compare.ctypes)
    assert numbers.tolist() == expected.tolist()


def test_in_a_thread_that_python_does_not_know():
    # pthread_create calls void *(*)(void *): one word in, one word out
    pthread = ctypes.CDLL(None)
    if not hasattr(pthread, "pthread_create"):
        pytest.skip("no threads of POSIX")
    double = cobra.function(lambda x: x * 2, types="l->l")
    handle, result = ctypes.c_void_p(), ctypes.c_void_p()
    assert pthread.pthread_create(ctypes.byref(handle), None, ctypes.c_void_p(double.address), ctypes.c_void_p(21)) == 0
    assert pthread.pthread_join(handle, ctypes.byref(result)) == 0
    assert result.value == 42


@pytest.mark.parametrize(("package", "use"), [("cffi", lambda f: f.cffi), ("scipy", lambda f: f.low_level_callable())])
def test_a_missing_package_is_named(package, use, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    function = cobra.function(lambda x: x - 0.75, types="d->d", name=f"without_{package}")
    with pytest.raises(MissingPackage, match=f"pip install {package}"):
        use(function)


class TestSciPy:
    @pytest.fixture(autouse=True)
    def scipy(self):
        pytest.importorskip("scipy")

    def test_one_variable(self):
        from scipy.integrate import quad

        square = cobra.function(lambda x: x * x, types="d->d")
        assert math.isclose(quad(square.low_level_callable(), 0, 3)[0], 9.0)
        assert square.low_level_callable().signature == "double (double)"

    def test_parameters(self):
        from scipy.integrate import quad

        power = cobra.function(lambda x, a, n: a * x**n, types="ddd->d")
        assert math.isclose(quad(power.low_level_callable(), 0, 2, args=(3.0, 2.0))[0], 8.0)

    def test_several_variables(self):
        from scipy.integrate import nquad

        product = cobra.function(lambda x, y, z: x * y * z, types="ddd->d")
        assert math.isclose(nquad(product.low_level_callable(), [[0, 1], [0, 2], [0, 2]])[0], 2.0)
        single = cobra.function(lambda x: x * x, types="d->d").low_level_callable("double (int, double *)")
        assert math.isclose(nquad(single, [[0, 3]])[0], 9.0)

    def test_a_filter_with_pointers(self):
        from scipy.ndimage import generic_filter

        @cobra.function
        def total(
            values: cobra.pointer(float), count: int, made: cobra.pointer(float), user: cobra.pointer(float)
        ) -> cobra.int32:
            made[0] = 0.0
            for k in range(count):
                made[0] += values[k]
            return 1

        for form in ("int (double *, intptr_t, double *, void *)", "int (double*, npy_intp, double*, void*)"):
            callback = total.low_level_callable(form)
            assert callback.signature == form
        wanted = generic_filter(np.arange(5.0), np.sum, size=3)
        callback = total.low_level_callable("int (double *, intptr_t, double *, void *)")
        assert np.array_equal(generic_filter(np.arange(5.0), callback, size=3), wanted)
        for form in ("int (double *, intptr_t, double *)", "int (float *, long, double *, void*)", "int (double *, int, double *, void*)"):
            with pytest.raises(InvalidCall, match="cannot be called as"):
                total.low_level_callable(form)

    def test_other_forms_are_refused(self):
        integers = cobra.function(lambda n: n + 1, types="l->l")
        with pytest.raises(InvalidCall, match="cannot be called as"):
            integers.low_level_callable("double (int, double *)")
        with pytest.raises(InvalidCall, match=r"double \(double, double\)' or 'double \(int, double \*\)'"):
            cobra.function(lambda x, y: x + y, types="dd->d").low_level_callable("nonsense")
