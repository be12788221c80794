"""Numbers as they are written, in the type they must have."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from cobra.compiler.frontend.llvm_text.constants import literal
from cobra.errors import InvalidConstant, Location
from cobra.types import ScalarType, bfloat16, bool_, float16, float32, float64, int8, int32, int64

PLACE = Location("text.ll", 1, 0, 1, "x")


def value(text: str, scalar: ScalarType) -> object:
    return literal(text, scalar, lambda: PLACE).value


@pytest.mark.parametrize(
    ("text", "scalar", "expected"),
    [
        ("5", int32, 5), ("-5", int8, -5), ("255", int8, -1), ("-128", int8, -128), ("u0xFF", int32, 255), ("+7", int64, 7),
        ("18446744073709551615", int64, -1), ("undef", int32, 0), ("poison", float32, 0.0), ("zeroinitializer", float64, 0.0),
        ("true", bool_, True), ("false", bool_, False), ("-1", bool_, True), ("0", bool_, False), ("undef", bool_, False),
        ("0.1", float32, float(np.float32(0.1))), ("0.1", float64, 0.1), ("0.1", float16, float(np.float16(0.1))),
        ("3", float32, 3.0), ("-3.", float64, -3.0), (".5", float32, 0.5), ("1e-3", float64, 1e-3), ("1.5E+2", float32, 150.0),
        ("inf", float32, math.inf), ("-inf", float16, -math.inf), ("1e-9999999", float32, 0.0), ("65519", float16, 65504.0),
        ("0x3FB99999A0000000", float32, float(np.float32(0.1))), ("0x3FB999999999999A", float64, 0.1),
        ("0xH3C00", float16, 1.0), ("0x3FF0000000000000", float16, 1.0), ("0x7FF0000000000000", float32, math.inf),
        ("0x36A0000000000000", float32, 2.0**-149),
        # Rounding to float64 first would make a tie of these.
        ("16777217", float32, 16777216.0), ("16777217.00000000000001", float32, 16777218.0),
        ("16777218.99999999999999999", float32, 16777218.0), ("-16777217.00000000000001", float32, -16777218.0),
        ("0.1", bfloat16, 0.10009765625), ("0xR3DCD", bfloat16, 0.10009765625), ("0x3FF0000000000000", bfloat16, 1.0),
        ("0xRFF80", bfloat16, -math.inf), ("9.2e-41", bfloat16, 2.0**-133), ("poison", bfloat16, 0.0),
        ("257.00000000000001", bfloat16, 258.0),
        ("257", bfloat16, 256.0), ("256.99999999999999999", bfloat16, 256.0),
        ("257.000000000000000001", bfloat16, 258.0),
        ("2049.0000000000000001", float16, 2050.0), ("2049", float16, 2048.0), ("2051", float16, 2052.0),
    ],
)  # fmt: skip
def test_values(text: str, scalar: ScalarType, expected: object) -> None:
    assert (value(text, scalar), type(value(text, scalar))) == (expected, type(expected))


@pytest.mark.parametrize("scalar", [float16, bfloat16, float32, float64], ids=str)
def test_not_a_number(scalar: ScalarType) -> None:
    for text in ("nan", "-nan", "0x7FF8000000000000"):
        found = value(text, scalar)
        assert isinstance(found, float) and math.isnan(found)
        assert math.copysign(1, found) == (-1 if text[0] == "-" else 1)


@pytest.mark.parametrize(
    ("text", "scalar", "hint"),
    [
        ("256", int8, "from -128 to 255"), ("-129", int8, "from -128 to 255"), ("2", bool_, "from -1 to 1"),
        ("1.0", int32, "in decimal"), ("0xFF", int32, "written 255 or u0xFF"), ("true", int32, "in decimal"),
        ("1.0", bool_, "true or false"), ("9" * 5000, int64, "in decimal"), ("null", int32, "in decimal"),
        ("0x3FB999999999999A", float32, "nearest float is 0x3FB99999A0000000"), ("0x3FB99999A0000000", float16, "nearest half"),
        ("0x7FF0000000000001", float32, "nearest float is 0x7FF8"), ("1e39", float32, "largest float"),
        ("-65520", float16, "largest half"), ("9" * 5000, float64, "largest double"),
        ("0xH3C00", float32, "four digits of a half"),
        ("0xK3FFF8000000000000000", float64, "an x86_fp80"),
        ("0xR3F80", float32, "four digits of a bfloat"), ("0xH3C00", bfloat16, "of a half"),
        ("0x3FB999999999999A", bfloat16, "nearest bfloat is 0x3FB9A00000000000"),
        ("3.4e38", bfloat16, "largest bfloat is 3.38"), ("0xL0", float64, "an fp128"),
        ("true", float32, "numbers, such as 1.0"), ("1.0.0", float32, "in decimal (0.1"), ("u0x1", float32, "in decimal"),
    ],
)  # fmt: skip
def test_refused(text: str, scalar: ScalarType, hint: str) -> None:
    with pytest.raises(InvalidConstant) as caught:
        value(text, scalar)
    assert caught.value.location is PLACE
    assert hint in str(caught.value.hint)
    assert len(caught.value.message) < 80


def test_random_decimals_are_rounded_once() -> None:
    """A decimal a hair above or below the middle of two floats goes to the nearer one."""
    random = np.random.default_rng(3)
    for low in random.random(200).astype(np.float32):
        high = np.nextafter(low, np.float32(2))
        middle = (float(low) + float(high)) / 2
        exact = f"{middle:.60f}".rstrip("0")
        assert value(exact + "0001", float32) == float(high)
        below = exact[:-1] + str(int(exact[-1]) - 1) + "9999"
        assert value(below, float32) == float(low)
        even = low if not struct.unpack("<I", struct.pack("<f", low))[0] & 1 else high
        assert value(exact, float32) == float(even)
