"""The table is complete: every numeric ufunc of NumPy, every function of `math`, every operator, each in one record."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.complex_parts import RECORDS as PARTS
from cobra.compiler.primitives.table import TABLE, by_numpy, by_spelling, library_names

UFUNCS = sorted({ufunc.__name__: ufunc for ufunc in vars(np).values() if isinstance(ufunc, np.ufunc)}.items())
NOT_NUMERIC = {"isnat", "matmul", "matvec", "vecdot", "vecmat"}
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", "==", "!=", ">", ">=", "-x", "+x", "~x"]
# Functions of several numbers, or made of others, are the front end's.
COMPOSED = {"dist", "fsum", "isclose", "prod", "sumprod", "phase", "polar", "rect"}
ARRAY_API = """
abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or
bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1 floor floor_divide greater
greater_equal hypot imag isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and logical_not
logical_or logical_xor maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder
round sign signbit sin sinh sqrt square subtract tan tanh trunc
""".split()


@pytest.mark.parametrize(("name", "ufunc"), UFUNCS, ids=[name for name, _ in UFUNCS])
def test_every_numeric_ufunc_has_a_record(name: str, ufunc: np.ufunc) -> None:
    record = by_numpy(ufunc)
    assert (record is None) == (name in NOT_NUMERIC)
    assert record is None or record.numpy is ufunc


def test_every_function_of_math_has_a_record() -> None:
    for module in (math, cmath):
        names = {name for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
        missing = {name for name in names - COMPOSED if by_spelling(f"{module.__name__}.{name}") is None}
        assert not missing


@pytest.mark.parametrize("spelling", [*OPERATORS, "abs", "divmod", "pow", "round"])
def test_operators_and_builtins(spelling: str) -> None:
    record = by_spelling(spelling)
    assert record is not None and spelling in record.python


def test_what_is_unknown_is_none() -> None:
    assert by_spelling("math.nothing") is None
    assert by_numpy(np.matmul) is None


def test_functions_of_math_that_mean_something_else_than_numpys() -> None:
    assert by_spelling("math.remainder") is not by_numpy(np.remainder)
    assert by_spelling("math.pow") is by_numpy(np.float_power)
    assert by_spelling("math.fabs") is by_numpy(np.fabs)


def test_every_elementwise_function_of_the_array_api_has_a_record() -> None:
    named = [record.array_api for record in TABLE.values() if record.array_api is not None]
    assert sorted(named) == sorted(ARRAY_API)


def test_no_spelling_belongs_to_two_records() -> None:
    spellings = [spelling for record in TABLE.values() for spelling in record.python]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("record", TABLE.values(), ids=lambda record: record.name)
def test_records_are_whole(record: Primitive) -> None:
    assert TABLE[record.name] is record
    assert record.doc.endswith(".") and record.doc[0].isupper()
    assert record.lower is not None or record.expand is not None or record.definition is not None or record in PARTS
    assert record.raises <= {"divide", "over", "under", "invalid"}
    assert not record.numpy or not record.neutral or len(record.neutral) == record.numpy.nin
    assert set(record.library) <= library_names()


def test_only_effects_have_an_effect() -> None:
    effects = {name for name, record in TABLE.items() if record.effect}
    assert effects == {"signal", "fail_if", "store", "isqrt", "factorial", "perm", "comb", "opaque_call", "matrix_product"}


def test_library_names_are_plain_c_names() -> None:
    assert {"exp", "expf", "cpow", "tgamma", "fmod", "memcpy"} <= library_names()
    assert all(name.isidentifier() for name in library_names())
