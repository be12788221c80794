"""Calls of scalar functions: the right number for every type, and a refusal before anything native runs."""

from __future__ import annotations

import gc
import math
import sys
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra.errors import CobraError, InvalidCall, InvalidConstant, InvalidSignature, TypeMismatch

INTEGERS = {code: np.iinfo(code) for code in "bhilBHIL"}
FLOATS = {"e": np.float16, "f": np.float32, "d": np.float64}
COMPLEX = {"F": np.complex64, "D": np.complex128}


def same(x):
    return x


IDENTITIES = {code: cobra.function(same, types=f"{code}->{code}") for code in [*INTEGERS, *FLOATS, *COMPLEX, "?"]}
add = cobra.function(lambda a, b: a + b, types="dd->d")


@cobra.function
def scaled(x: float, scale: float = 2.0, *, shift: float = 0.5) -> float:
    """Scale and shift."""
    return x * scale + shift


@cobra.function
def defaulted(x: float, scale: float = 2.0) -> float:
    return x * scale


class Index:
    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Floating:
    def __float__(self) -> float:
        return 1.5


class Derived(float):
    pass


def exactly(found, expected) -> bool:
    """Tell whether two Python numbers have the same type and bits, all NaNs being one."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, complex):
        return exactly(found.real, expected.real) and exactly(found.imag, expected.imag)
    if isinstance(found, float):
        return (found != found and expected != expected) or (found == expected and math.copysign(1, found) == math.copysign(1, expected))
    return found == expected


@pytest.mark.parametrize("code", INTEGERS)
def test_integers_at_the_ends_of_their_range_and_beyond(code):
    limits, function = INTEGERS[code], IDENTITIES[code]
    for value in (limits.min, limits.max, 0, 1, limits.max - 1, np.dtype(code).type(7)):
        assert exactly(function(value), int(value))
    for value in (limits.min - 1, limits.max + 1, 1 << 200, -(1 << 200)):
        with pytest.raises(InvalidConstant, match="cannot hold") as caught:
            function(value)
        assert isinstance(caught.value, OverflowError)


SPECIAL = [
    0.0, -0.0, 1.5, 1e300, -1e300, 5e-324, 65520.0, 65519.99999, 2049.0, 2.0**-25, 1 + 2.0**-11 + 2.0**-30, math.inf, -math.inf, math.nan,
]  # fmt: skip


@pytest.mark.parametrize("code", FLOATS)
@pytest.mark.parametrize("value", SPECIAL)
def test_floats_are_rounded_to_the_type(code, value):
    with np.errstate(all="ignore"):
        expected = float(FLOATS[code](value))
    assert exactly(IDENTITIES[code](value), expected)


@pytest.mark.parametrize("code", COMPLEX)
@pytest.mark.parametrize("value", [1 + 2j, complex(-0.0, math.inf), complex(math.nan, -0.0), 1e300 + 1e-300j])
def test_complex_numbers_are_rounded_part_by_part(code, value):
    with np.errstate(all="ignore"):
        expected = complex(COMPLEX[code](value))
    assert exactly(IDENTITIES[code](value), expected)


@settings(max_examples=150, deadline=None)
@given(st.floats(), st.floats(), st.integers(-(2**63), 2**63 - 1))
def test_any_numbers_pass_through(x, y, n):
    assert exactly(IDENTITIES["d"](x), x)
    with np.errstate(all="ignore"):
        assert exactly(IDENTITIES["e"](x), float(np.float16(x)))
    assert exactly(IDENTITIES["D"](complex(x, y)), complex(x, y))
    assert exactly(IDENTITIES["l"](n), n)
    assert exactly(IDENTITIES["d"](n), float(n))


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("d", 3, 3.0), ("d", 2**53 + 1, float(2**53 + 1)), ("d", -(2**60) - 1, float(-(2**60) - 1)), ("d", 10**300, 1e300),
        ("d", True, 1.0),
        ("d", np.float32(0.1), float(np.float32(0.1))), ("d", np.float64(0.1), 0.1), ("d", np.int8(-3), -3.0), ("d", Floating(), 1.5),
        ("d", Derived(2.5), 2.5), ("d", Index(4), 4.0), ("d", Fraction(1, 4), 0.25), ("d", Decimal("0.5"), 0.5), ("d", np.array(2.5), 2.5),
        ("d", np.True_, 1.0), ("f", np.float64(0.1), float(np.float32(0.1))),
        ("l", True, 1), ("l", Index(4), 4), ("l", np.uint8(200), 200), ("b", np.int64(-128), -128), ("l", np.array(3), 3),
        ("l", np.False_, 0),
        ("?", True, True), ("?", False, False), ("?", np.True_, True),
        ("D", 2, 2 + 0j), ("D", 0.5, 0.5 + 0j), ("D", np.complex64(1 + 1j), 1 + 1j), ("D", np.float32(0.5), 0.5 + 0j),
        ("D", Index(2), 2 + 0j),
    ],
)  # fmt: skip
def test_what_stands_for_a_number_is_taken(code, given, expected):
    assert exactly(IDENTITIES[code](given), expected)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("l", 1.0), ("l", "1"), ("l", None), ("l", np.float32(1)), ("l", 1j), ("l", [1]), ("l", np.ones(1, int)), ("l", Floating()),
        ("d", "1"), ("d", b"1"), ("d", None), ("d", 1j), ("d", np.complex64(1)), ("d", [1.0]), ("d", np.ones(1)), ("d", object()),
        ("?", 1), ("?", 0.0), ("?", None), ("?", np.int8(1)), ("D", "1j"), ("D", None), ("D", (1, 2)),
    ],
)  # fmt: skip
def test_anything_else_is_a_type_error(code, given):
    with pytest.raises(TypeMismatch, match="same: the argument 'x' is") as caught:
        IDENTITIES[code](given)
    assert isinstance(caught.value, TypeError) and caught.value.hint


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    rounded = cobra.function(lambda x: x * 3, types=(cobra.bfloat16, cobra.bfloat16))
    for value in (0.1, -2.5, 1e38, 2e38, 1e-40, math.inf, math.nan, 3, ml_dtypes.bfloat16(1.1)):
        with np.errstate(all="ignore"):
            expected = float(ml_dtypes.bfloat16(float(ml_dtypes.bfloat16(value)) * 3))
        assert exactly(rounded(value), expected)
    assert rounded.ctypes(int(ml_dtypes.bfloat16(2).view(np.uint16))) == int(ml_dtypes.bfloat16(6).view(np.uint16))


@pytest.mark.parametrize("code", ["e", "f", "d", "F", "D"])
@pytest.mark.parametrize("given", [10**400, -(10**5000), Fraction(10**400)], ids=["int", "long int", "fraction"])
def test_an_integer_beyond_every_float(code, given):
    with pytest.raises(InvalidConstant, match=r"same: the argument 'x' is .* cannot hold") as caught:
        IDENTITIES[code](given)
    assert isinstance(caught.value, OverflowError) and "largest" in caught.value.hint


@pytest.mark.parametrize("code", [*INTEGERS, "?"])
def test_an_integer_that_python_does_not_write_in_decimal(code):
    with pytest.raises(CobraError, match="0x") as caught:
        IDENTITIES[code](10**5000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "missing a required argument: 'a'"), ((1,), {}, "missing a required argument: 'b'"),
        ((1, 2, 3), {}, "too many positional"),
        ((1, 2), {"c": 3}, "unexpected keyword argument 'c'"), ((1, 2), {"a": 3}, "multiple values for argument 'a'"),
    ],
)  # fmt: skip
def test_a_wrong_count_is_a_type_error_that_shows_the_signature(arguments, keywords, message):
    with pytest.raises(InvalidCall, match=message) as caught:
        add(*arguments, **keywords)
    assert isinstance(caught.value, TypeError)
    assert "function(a: float64, b: float64) -> float64" in str(caught.value)


def test_keywords_and_defaults():
    assert add(b=1.0, a=2.0) == 3.0
    assert (defaulted(3), defaulted(3.0, 4.0), defaulted(scale=3, x=1)) == (6.0, 12.0, 3.0)
    assert (scaled(1.0), scaled(1.0, 3.0), scaled(1.0, shift=0.0), scaled(x=1, scale=1, shift=1)) == (2.5, 3.5, 2.0, 2.0)
    with pytest.raises(InvalidCall, match="too many positional"):
        scaled(1.0, 2.0, 3.0)


def test_a_refused_call_leaves_no_exception_behind_and_good_calls_go_on():
    for _ in range(3):
        for bad in ("x", 2**64, -1):
            with pytest.raises((TypeError, OverflowError)):
                IDENTITIES["L"](bad)
        assert IDENTITIES["L"](2**64 - 1) == 2**64 - 1


def test_positional_only_parameters():
    @cobra.function
    def power(base: float, /, exponent: int = 2) -> float:
        return base**exponent

    assert power(3) == power(3, exponent=2) == 9.0
    assert str(power.__signature__) == "(base: float64, /, exponent: int64 = 2) -> float64"
    with pytest.raises(InvalidCall, match="positional only"):
        power(base=3)


def test_several_results_make_a_tuple():
    divided = cobra.function(lambda a, b: (a // b, a % b, a < b, a + 1j), types="ll->ll?D")
    assert divided(7, 2) == (3, 1, False, 7 + 1j)
    assert [type(item) for item in divided(-7, 2)] == [int, int, bool, complex]


def test_no_parameters():
    @cobra.function
    def answer() -> int:
        return 42

    assert answer() == 42 and answer.ctypes() == 42
    with pytest.raises(InvalidCall, match="too many"):
        answer(1)
    with pytest.raises(InvalidSignature, match="no parameters"):
        cobra.ufunc(answer)


def test_integers_wrap_and_divisions_by_zero_say_nothing():
    assert cobra.function(lambda a: a + 1, types="i->i")(2**31 - 1) == -(2**31)
    assert cobra.function(lambda a: a * a, types="B->B")(16) == 0
    assert cobra.function(lambda a, b: a / b, types="dd->d")(1.0, 0.0) == math.inf
    assert cobra.function(lambda a, b: a // b, types="ll->l")(1, 0) == 0
    assert cobra.function(lambda a, b: a // b, types="ll->l")(-(2**63), -1) == -(2**63)
    assert math.isnan(cobra.function(lambda x: math.sqrt(x), types="d->d")(-1.0))


def test_exceptions_are_those_of_the_function_and_calls_go_on_after_them():
    @cobra.function
    def checked(x: float) -> float:
        if x < 0:
            raise ValueError("x is negative")
        assert x < 10, "x is too large"
        return x

    assert checked(1.0) == 1.0
    for value, error in ((-1.0, ValueError("x is negative")), (11, AssertionError("x is too large"))):
        with pytest.raises(type(error), match=str(error)):
            checked(value)
    assert checked(2) == 2.0


def test_a_function_that_returns_nothing():
    @cobra.function
    def positive(x: float) -> None:
        assert x > 0, "not positive"

    @cobra.function
    def root(x: float) -> float:
        positive(x)
        return math.sqrt(x)

    assert positive.signature == "positive(x: float64) -> void" and positive.prototype == "void positive(double x)"
    assert positive(1) is None and positive.ctypes(1.0) is None and root(4) == 2.0
    for function in (positive, positive.ctypes, root):
        with pytest.raises(AssertionError, match="not positive"):
            function(-1.0)
    with pytest.raises(InvalidSignature, match="void"):
        cobra.ufunc(positive)


def test_calls_leave_no_references_behind():
    several = cobra.function(lambda a, b: (a + b, a * 1j, a < b), types="dd->dD?")
    x, y = 1e300, 2.5
    several(x, y)
    counts = sys.getrefcount(x), sys.getrefcount(y)
    tracemalloc.start()
    for _ in range(2000):
        several(x, y)
        with pytest.raises(TypeError):
            several(x, "y")
    gc.collect()  # what pytest.raises leaves in cycles
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (sys.getrefcount(x), sys.getrefcount(y)) == counts
    assert left < 50_000


def test_loops_and_many_parameters():
    @cobra.function
    def power(x: float, n: int) -> float:
        result = 1.0
        for _ in range(n):
            result *= x
        return result

    names = [f"x{k}" for k in range(40)]
    text = f"lambda {', '.join(names)}: {' + '.join(names)}"
    total = cobra.function(eval(text), types="d" * 40 + "->d", source=text)
    assert power(2, 10) == 1024.0
    assert total(*range(40)) == sum(range(40))


def not_annotated(x):
    return x


def half_annotated(x: float, y) -> float:
    return x


def of_arrays(x: cobra.float64["n"]) -> float:
    return x[0]


def returning_pointers(x: cobra.pointer(float)) -> cobra.pointer(float):
    return x


def returning(x: float) -> cobra.void:
    return x


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: cobra.function(not_annotated), InvalidSignature, "'x' of 'not_annotated' has no type"),
        (lambda: cobra.function(half_annotated), InvalidSignature, "'y' of 'half_annotated' has no type"),
        (lambda: cobra.function(of_arrays), InvalidSignature, "float64"),
        (lambda: cobra.function(returning_pointers), InvalidSignature, r"a result .* pointer\(float64\)"),
        (lambda: cobra.function(returning), TypeMismatch, "'returning' returns .*, but declares that it returns nothing"),
        (lambda: cobra.function(lambda: 1, types="->d"), InvalidSignature, "no parameters"),
        (lambda: cobra.function(3), InvalidCall, "not from the int 3"),
        (lambda: cobra.function(len), InvalidCall, "builtin_function_or_method"),
        (lambda: cobra.function(not_annotated, types="dd->d"), InvalidSignature, "does not fit"),
        (lambda: cobra.function(not_annotated, types=["d->d", "f->f"]), InvalidSignature, "one loop, and types= lists 2"),
        (lambda: cobra.function(not_annotated, types="x->x"), InvalidSignature, "'x'"),
        (lambda: cobra.function(cobra.ufunc(not_annotated)), InvalidCall, "loops"),
        (lambda: cobra.function(lambda x: print(x), types="d->d"), CobraError, "print"),
    ],
)
def test_what_makes_no_function(make, error, message):
    with pytest.raises(error, match=message):
        make()
