"""Type rules give NumPy's loops, weak Python numbers included, and plain messages where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from cobra.compiler.ir.operations import ArgumentType
from cobra.compiler.primitives.table import TABLE
from cobra.types import SCALAR_TYPES, ScalarType, bool_, complex64, complex128, float16, float32, float64, int8, int32, int64, uint8, uint64


@pytest.mark.parametrize("left", SCALAR_TYPES, ids=str)
@pytest.mark.parametrize("right", SCALAR_TYPES, ids=str)
def test_sums_have_numpys_type(left: ScalarType, right: ScalarType) -> None:
    wanted = (np.zeros(1, left.dtype) + np.zeros(1, right.dtype)).dtype
    assert TABLE["add"].rule((left, right)).results[0].dtype == wanted


@pytest.mark.parametrize(
    ("name", "arguments", "operands", "results"),
    [
        ("add", (uint8, int), (uint8, uint8), (uint8,)),
        ("add", (uint8, float), (float64, float64), (float64,)),
        ("add", (float32, float), (float32, float32), (float32,)),
        ("add", (float32, complex), (complex64, complex64), (complex64,)),
        ("add", (int, int), (int64, int64), (int64,)),
        ("add", (int, float), (float64, float64), (float64,)),
        ("add", (complex, int), (complex128, complex128), (complex128,)),
        ("add", (bool_, int), (int64, int64), (int64,)),
        ("divide", (int8, int8), (float64, float64), (float64,)),
        ("less", (int64, uint64), (int64, uint64), (bool_,)),
        ("logical_and", (float32, int32), (bool_, bool_), (bool_,)),
        ("sin", (int8,), (float16,), (float16,)),
        ("ldexp", (float32, int), (float32, int32), (float32,)),
        ("frexp", (float16,), (float16,), (float16, int32)),
        ("divmod", (int32, int), (int32, int32), (int32, int32)),
        ("floor", (int32,), (int32,), (int32,)),
        ("clip", (int8, int, int), (int8, int8, int8), (int8,)),
        ("power", (float32, int), (float32, float32), (float32,)),
        ("select", (bool_, float32, int), (bool_, float32, float32), (float32,)),
        ("select", (bool_, int32, float32), (bool_, float64, float64), (float64,)),
        ("fma", (float32, float, int), (float32,) * 3, (float32,)),
        ("erf", (int,), (float64,), (float64,)),
        ("gcd", (int32, int64), (int64, int64), (int64,)),
        ("comb", (bool_, int), (int64, int64), (int64,)),
        ("real", (complex64,), (complex64,), (float32,)),
        ("real", (float,), (float64,), (float64,)),
        ("make_complex", (float32, float32), (float32, float32), (complex64,)),
        ("make_complex", (int32, float), (float64, float64), (complex128,)),
        ("round", (float32, int8), (float32, int64), (float32,)),
    ],
)
def test_rules(
    name: str, arguments: tuple[ArgumentType, ...], operands: tuple[ScalarType, ...], results: tuple[ScalarType, ...]
) -> None:
    assert TABLE[name].rule(arguments) == (operands, results)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("subtract", (bool_, bool_), "^subtract has no loop for bool, bool$"),
        ("negative", (bool_,), "^negative has no loop for bool$"),
        ("left_shift", (float64, int), "^left_shift has no loop for float64, a Python int$"),
        ("left_shift", (int64, uint64), "^left_shift has no loop for int64, uint64$"),
        ("bitwise_and", (float32, float32), "^bitwise_and has no loop for float32, float32$"),
        ("floor", (complex64,), "^floor has no loop for complex64$"),
        ("add", (int32,), "^add takes 2 arguments, not 1$"),
        ("sin", (float32, float32), "^sin takes 1 argument, not 2$"),
        ("erf", (complex64,), "^erf has no loop for complex64$"),
        ("fma", (complex64, float32, float32), "^fma has no loop for complex64, float32, float32$"),
        ("isqrt", (float64,), "^isqrt has no loop for float64$"),
        ("select", (int32, float32, float32), "^the condition of select is a bool, not int32$"),
        ("make_complex", (complex64, float32), "^make_complex wants two real numbers, not complex64, float32$"),
        ("round", (float32, float32), "^round takes a whole number of decimals, not float32$"),
        ("cast", (float32,), "^cast of float32 has the type it is told$"),
        ("signal", (int32,), "^a condition is a bool, not int32$"),
        ("cexp", (float32, float32), "^cexp takes float64 parts, not float32, float32$"),
    ],
)
def test_refusals(name: str, arguments: tuple[ArgumentType, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        TABLE[name].rule(arguments)
