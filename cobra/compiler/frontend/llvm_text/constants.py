"""Numbers as a text writes them, in the type they must have.

More is allowed than LLVM's own reader takes: a decimal is rounded to the nearest number of its type, and ``3``, ``1e-3``,
``inf`` and ``nan`` are floats too. Hexadecimal floats are bits, so they must be exact. An undefined value is zero:
something has to be chosen, and zero is the same everywhere.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import NoReturn

from cobra.compiler.frontend.llvm_text.types import text_type
from cobra.compiler.ir.builder import constant, nearest_bfloat16
from cobra.compiler.ir.values import Constant
from cobra.errors import InvalidConstant, Location
from cobra.types import ScalarType, bfloat16, float16, float32, float64

_WHOLE = re.compile(r"[-+]?\d{1,40}", re.ASCII)
_HEX_WHOLE = re.compile(r"u0x([0-9A-Fa-f]{1,40})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,9})?", re.ASCII)
_BITS = re.compile(r"0x([0-9A-Fa-f]{1,16})", re.ASCII)
_SHORT_BITS = re.compile(r"0x([HR])([0-9A-Fa-f]{1,4})", re.ASCII)
_OTHER_BITS = {"0xK": "an x86_fp80", "0xL": "an fp128", "0xM": "a ppc_fp128"}
_SHORT = {"H": float16, "R": bfloat16}
"""The types whose bits have four digits, by the letter in front of them."""
_UNDEFINED = frozenset({"undef", "poison", "zeroinitializer"})
_DOUBLE, _SINGLE, _HALF = struct.Struct(">d"), struct.Struct(">f"), struct.Struct(">e")


def _stored(form: struct.Struct, value: float) -> float:
    try:
        stored: float = form.unpack(form.pack(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return stored


_NEAREST: dict[ScalarType, Callable[[float], float]] = {
    float16: partial(_stored, _HALF), bfloat16: nearest_bfloat16, float32: partial(_stored, _SINGLE), float64: float,
}  # fmt: skip
"""How a float64 is rounded to each type."""
_LARGEST = {float16: "65504.0", bfloat16: "3.3895314e+38", float32: "3.4028235e+38", float64: "1.7976931348623157e+308"}
_LOST = {float16: 42, bfloat16: 45, float32: 29, float64: 0}
"""The bits of a float64's fraction that each type does not have."""

Place = Callable[[], Location]


def literal(text: str, scalar: ScalarType, place: Place) -> Constant:
    """Return the constant that a word or number means as a value of a type; `place` is asked for only to complain."""
    if text in _UNDEFINED:
        return constant(0, scalar)
    if scalar.is_floating:
        return Constant(scalar, _float(text, scalar, place))
    return constant(_whole(text, scalar, place), scalar)


def _refuse(text: str, scalar: ScalarType, place: Place, hint: str) -> NoReturn:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    raise InvalidConstant(f"{shown} is no {text_type(scalar)}", place(), hint)


# -- integers


def _whole(text: str, scalar: ScalarType, place: Place) -> int:
    if scalar.kind == "bool" and text in ("true", "false"):
        return int(text == "true")
    found = _HEX_WHOLE.fullmatch(text)
    if found is None and not _WHOLE.fullmatch(text):
        _refuse(text, scalar, place, _whole_hint(text, scalar))
    value = int(text) if found is None else int(found[1], 16)
    bits = 1 if scalar.kind == "bool" else scalar.bits
    low, high = -(1 << (bits - 1)), (1 << bits) - 1
    if not low <= value <= high:
        _refuse(text, scalar, place, f"An {text_type(scalar)} is written as a number from {low} to {high}.")
    return value & 1 if bits == 1 else value


def _whole_hint(text: str, scalar: ScalarType) -> str:
    if scalar.kind == "bool":
        return "An i1 is true or false."
    bits = _BITS.fullmatch(text)
    if bits is not None:
        return f"0x begins the bits of a float; the integer is written {int(bits[1], 16)} or u{text}."
    return "Integers are written in decimal, such as -5."


# -- floats


def _float(text: str, scalar: ScalarType, place: Place) -> float:
    if text.lstrip("+-") in ("inf", "nan"):
        return math.copysign(float(text.lstrip("+-")), -1.0 if text[0] == "-" else 1.0)
    if _DECIMAL.fullmatch(text):
        return _rounded(text, scalar, place)
    return _from_bits(text, scalar, place)


def _rounded(text: str, scalar: ScalarType, place: Place) -> float:
    """Return the nearest number of a type to a decimal, even where rounding to float64 first would lead astray."""
    near, nearest = float(text), _NEAREST[scalar]
    value = nearest(near)
    if math.isinf(value):
        _refuse(text, scalar, place, f"The largest {text_type(scalar)} is {_LARGEST[scalar]}; infinity is written inf.")
    if value == near:
        return value
    beside = near + (near - value)
    if near - value == beside - near and nearest(beside) == beside:
        # The float64 lies in the middle; the decimal need not.
        exact, middle = Decimal(text), Decimal(near)
        if exact != middle:
            return max(value, beside) if exact > middle else min(value, beside)
    return value


def _from_bits(text: str, scalar: ScalarType, place: Place) -> float:
    short = _SHORT_BITS.fullmatch(text)
    if short is not None and scalar == _SHORT[short[1]]:
        return _of_bits(int(short[2], 16), scalar)
    bits = _BITS.fullmatch(text)
    if bits is None:
        _refuse(text, scalar, place, _bits_hint(text))
    value: float = _DOUBLE.unpack(int(bits[1], 16).to_bytes(8, "big"))[0]
    nearest = _NEAREST[scalar](value)
    exact = nearest == value if not math.isnan(value) else not int(bits[1], 16) & ((1 << _LOST[scalar]) - 1)
    if not exact:
        best = _DOUBLE.pack(nearest).hex().upper()
        _refuse(text, scalar, place, f"These are the bits of {value!r}; the nearest {text_type(scalar)} is 0x{best}.")
    return value


def _of_bits(bits: int, scalar: ScalarType) -> float:
    form, digits = (_HALF, bits) if scalar == float16 else (_SINGLE, bits << 16)
    value: float = form.unpack(digits.to_bytes(form.size, "big"))[0]
    return value


def _bits_hint(text: str) -> str:
    if text[:3] in _OTHER_BITS:
        return f"{text[:3]} begins the bits of {_OTHER_BITS[text[:3]]}."
    if text[2:3] in _SHORT:
        kind = text_type(_SHORT[text[2]])
        return f"{text[:3]} begins the four digits of a {kind}; other floats are written with the sixteen digits of a double."
    if text in ("true", "false", "null", "none"):
        return "Floats are written as numbers, such as 1.0."
    return "Floats are written in decimal (0.1, 1e-3), as inf or nan, or as the bits of a double (0x3FB999999999999A)."
