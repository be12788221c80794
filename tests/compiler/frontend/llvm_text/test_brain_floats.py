"""``bfloat`` in texts: every operation as float32 computes it, rounded, and every conversion rounded once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra import bfloat16
from cobra.compiler.frontend.llvm_text.instructions import FLOAT_PREDICATES
from cobra.types import ScalarType, bool_, float32, float64, int8, int16, int32, int64
from tests.compiler.frontend.llvm_text.inline_texts import complaint, kernel
from tests.compiler.primitives.native_code import Module

ml_dtypes = pytest.importorskip("ml_dtypes")
BF16 = np.dtype(ml_dtypes.bfloat16)
EVERY = np.arange(1 << 16, dtype=np.uint16).view(BF16)
SOME = np.array([-3.0, -0.5, -0.0, 0.0, 1.0, 2.5, 300.0, 3e38, 1e-39, 1.2e-38, -np.inf, np.inf, np.nan], BF16)
PAIRS = tuple(axis.ravel() for axis in np.meshgrid(SOME, SOME))
Data = np.ndarray[Any, Any]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def same(one: Data, other: Data) -> bool:
    """Tell whether arrays are the same to the bit, all that is no number being alike."""
    assert one.dtype == other.dtype
    nan = np.isnan(one.astype("f4"))
    return bool(np.array_equal(nan, np.isnan(other.astype("f4")))) and one[~nan].tobytes() == other[~nan].tobytes()


def both_ways(texts: list[tuple[str, dict[str, ScalarType]]], *columns: Data) -> list[Data]:
    """Return the results of texts, which scalar code and code in lanes have in common."""
    kernels = [kernel(text, arguments, {"result": None}) for text, arguments in texts]
    modules = [Module(kernels, optimise=False), Module(kernels, optimise=False, lanes=16)]
    scalar, lanes = ([module.run(k, *columns).results[0] for k in range(len(texts))] for module in modules)
    assert all(same(one, other) for one, other in zip(scalar, lanes, strict=True))
    return scalar


def singly(function: Callable[..., Any]) -> Data:
    return np.asarray(function(*(column.astype("f4") for column in PAIRS))).astype("f4").astype(BF16)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "fadd bfloat %a, %b": np.add, "fsub bfloat %a, %b": np.subtract, "fmul bfloat %a, %b": np.multiply,
    "fdiv bfloat %a, %b": np.divide, "frem bfloat %a, %b": np.fmod, "fneg bfloat %a": lambda a, b: -a,
    "fmul fast bfloat %a, 0xR3FC0": lambda a, b: a * 1.5, "fadd bfloat %a, 0.1": lambda a, b: a + np.float32(0.10009765625),
    "call bfloat @llvm.fabs.bf16(bfloat %a)": lambda a, b: abs(a),
    "call bfloat @llvm.sqrt.bf16(bfloat %a)": lambda a, b: np.sqrt(a),
    "call bfloat @llvm.copysign.bf16(bfloat %a, bfloat %b)": np.copysign,
    "call bfloat @llvm.maximum.bf16(bfloat %a, bfloat 2.0)": lambda a, b: np.maximum(a, np.float32(2)),
    "call bfloat @llvm.floor.bf16(bfloat %a)": lambda a, b: np.floor(a),
    "call bfloat @llvm.powi.bf16.i32(bfloat %a, i32 3)": lambda a, b: np.float64(a) ** 3,
    "call bfloat @llvm.ldexp.bf16.i32(bfloat %a, i32 -2)": lambda a, b: a * 0.25,
    "select i1 true, bfloat %a, bfloat %b": lambda a, b: a, "freeze bfloat %b": lambda a, b: b,
}  # fmt: skip


def test_operations_are_those_of_float32_rounded() -> None:
    arguments = {"a": bfloat16, "b": bfloat16}
    found = both_ways([(f"%result = {text}", arguments) for text in OPERATIONS], *PAIRS)
    for (text, function), result in zip(OPERATIONS.items(), found, strict=True):
        assert same(result, singly(function)), text


def test_comparisons_are_those_of_float32() -> None:
    texts = [f"%c = fcmp {name} TYPE %a, %b\n%result = zext i1 %c to i8" for name in FLOAT_PREDICATES]
    narrow = both_ways([(text.replace("TYPE", "bfloat"), {"a": bfloat16, "b": bfloat16}) for text in texts], *PAIRS)
    wide_pairs = [column.astype("f4") for column in PAIRS]
    wide = both_ways([(text.replace("TYPE", "float"), {"a": float32, "b": float32}) for text in texts], *wide_pairs)
    for name, one, other in zip(FLOAT_PREDICATES, narrow, wide, strict=True):
        assert np.array_equal(one, other), name


def test_every_bfloat_is_widened_and_read_as_bits() -> None:
    texts = ["fpext bfloat %a to float", "fpext bfloat %a to double", "bitcast bfloat %a to i16"]
    single, double, bits = both_ways([(f"%result = {text}", {"a": bfloat16}) for text in texts], EVERY)
    assert same(single, EVERY.astype("f4")) and same(double, EVERY.astype("f8"))
    assert np.array_equal(bits, EVERY.view(np.int16))


def nearest(values: Data) -> Data:
    """Return the nearest of all finite numbers of bfloat16, the even one of two; beyond half a step, infinity."""
    table = np.append(np.arange(0x7F80, dtype=np.uint16).view(BF16).astype("f8"), 2.0**128)
    sizes = abs(values)
    above = np.searchsorted(table, sizes).clip(1, 0x7F80)
    # Python's own floats are exact here: a step and a number in it differ by few bits.
    up, down = table[above] - sizes, sizes - table[above - 1]
    chosen = np.where((up < down) | ((up == down) & (above % 2 == 0)), above, above - 1).astype(np.uint16)
    chosen[sizes == 0] = 0
    return (chosen | np.where(np.signbit(values), 0x8000, 0).astype(np.uint16)).view(BF16)


def hard_doubles() -> Data:
    """Return doubles at and beside the middles between numbers of bfloat16, which float32 would put on them."""
    low = np.arange(0, 0x7F80, 37, dtype=np.uint16).view(BF16).astype("f8")
    high = np.arange(1, 0x7F81, 37, dtype=np.uint16).view(BF16).astype("f8")
    middles = np.minimum(low, 1e38) / 2 + np.minimum(high, 1e38) / 2
    edges = [2.0**-134, 2.0**-133 * 2.5, 1e-300, 5e-324, 3.3961775292304957e38, 3.39617752923049e38, 3.4028235677973366e38, 1e300]
    near = np.concatenate([low, middles, edges])
    return np.concatenate([sign * f for sign in (1, -1) for f in (near, np.nextafter(near, np.inf), np.nextafter(near, 0.0))])


def test_a_double_is_rounded_once() -> None:
    values = hard_doubles()
    (found,) = both_ways([("%result = fptrunc double %a to bfloat", {"a": float64})], values)
    assert same(found, nearest(values))
    through_single = values.astype("f4").astype(BF16)
    assert not same(found, through_single)
    for value in (math.inf, -math.inf, math.nan):
        (found,) = both_ways([("%result = fptrunc double %a to bfloat", {"a": float64})], np.array([value]))
        assert same(found, np.array([value], BF16))


def test_a_float_is_rounded() -> None:
    values = np.concatenate([hard_doubles().astype("f4"), np.float32([np.inf, -np.inf, np.nan])])
    (found,) = both_ways([("%result = fptrunc float %a to bfloat", {"a": float32})], values)
    assert same(found, values.astype(BF16))


def test_a_constant_is_rounded_once() -> None:
    value = 1.00390625 + 2.0**-40
    text = f"%d = fadd double 0.0, {value!r}\n%result = fptrunc double %d to bfloat"
    found = Module([kernel(text, {"a": bool_}, {"result": None})]).run(0, np.array([True])).results[0]
    assert float(found[0]) == 1.0078125


def whole_numbers(kind: ScalarType) -> Data:
    """Return integers at and beside the middles between numbers of bfloat16."""
    found = {0, 1, -1, 3}
    for power in range(7, kind.bits - 1):
        for odd in (0, 1, 3):
            middle = (1 << power) + (odd << max(power - 8, 0))
            found |= {sign * (middle + step) for sign in (1, -1) for step in (-1, 0, 1)}
    limits = np.iinfo(kind.dtype)
    return np.array(sorted(n for n in found | {limits.max, limits.min} if limits.min <= n <= limits.max), kind.dtype)


def exactly(number: int) -> float:
    """Return the nearest number of bfloat16 to an integer by arithmetic on integers."""
    step = 1 << max(abs(number).bit_length() - 8, 0)
    down, rest = divmod(abs(number), step)
    down += rest * 2 > step or (rest * 2 == step and down % 2 == 1)
    return math.copysign(down * step, number)


@pytest.mark.parametrize("kind", [int8, int16, int32, int64], ids=str)
def test_integers_are_rounded_once(kind: ScalarType) -> None:
    values = whole_numbers(kind)
    texts = [f"%result = {name} i{kind.bits} %a to bfloat" for name in ("sitofp", "uitofp")]
    signed, unsigned = both_ways([(text, {"a": kind}) for text in texts], values)
    assert signed.astype("f8").tolist() == [exactly(number) for number in values.tolist()]
    assert unsigned.astype("f8").tolist() == [exactly(number) for number in values.view(f"u{kind.itemsize}").tolist()]


def test_to_integers_and_bits() -> None:
    values = np.array([0.0, 1.5, -2.75, 100.0, -128.0], BF16)
    texts = [f"%result = {text}" for text in ("fptosi bfloat %a to i32", "fptosi bfloat %a to i8")]
    for found in both_ways([(text, {"a": bfloat16}) for text in texts], values):
        assert found.tolist() == [0, 1, -2, 100, -128]
    flags = np.array([True, False])
    texts = [f"%result = {name} i1 %a to bfloat" for name in ("sitofp", "uitofp")]
    found_signed, found_unsigned = both_ways([(text, {"a": bool_}) for text in texts], flags)
    assert found_signed.astype("f4").tolist() == [-1.0, 0.0] and found_unsigned.astype("f4").tolist() == [1.0, 0.0]


# -- in kernels

TYPES = [((bfloat16, bfloat16), bfloat16)]
A, B = np.array([1.5, -2.0, 300.0], BF16), np.array([0.25, 3.0, 7.0], BF16)


def test_variables_go_in_and_come_out() -> None:
    @cobra.ufunc(types=TYPES)
    def mixed(a, b):  # type: ignore[no-untyped-def]
        scale = 3
        result: bfloat16
        cobra.inline("""
            %p = fmul bfloat %a, %b
            %result = fadd bfloat %p, %scale
        """)
        return result + a

    assert same(mixed(A, B), A * B + BF16.type(3) + A)


def test_vectors() -> None:
    @cobra.ufunc(types=TYPES)
    def larger(a, b):  # type: ignore[no-untyped-def]
        result: bfloat16
        cobra.inline("""
            %u = insertelement <2 x bfloat> <bfloat 0xR3F80, bfloat 1.0>, bfloat %a, i32 0
            %v = fmul <2 x bfloat> %u, splat (bfloat 2.0)
            %first = extractelement <2 x bfloat> %v, i32 0
            %result = call bfloat @llvm.maxnum.bf16(bfloat %first, bfloat %b)
        """)
        return result

    assert same(larger(A, B), np.maximum(A * BF16.type(2), B))


def test_arrays_are_read_and_written() -> None:
    @cobra.ufunc(signature="(n)->(n)", types=[((bfloat16,), bfloat16)])
    def doubled(x, out):  # type: ignore[no-untyped-def]
        for i in range(x.shape[0]):
            cobra.inline("""
                %p = getelementptr bfloat, ptr %x, i64 %i
                %v = load bfloat, ptr %p
                %w = fadd bfloat %v, %v
                %q = getelementptr bfloat, ptr %out, i64 %i
                store bfloat %w, ptr %q
            """)

    assert same(doubled(A), A + A)


def test_a_text_that_only_llvm_understands() -> None:
    @cobra.ufunc(types=TYPES)
    def fenced(a, b):  # type: ignore[no-untyped-def]
        result: bfloat16
        cobra.inline("""
            fence seq_cst
            %x = fpext bfloat %a to float
            %y = fpext bfloat %b to float
            %larger = fcmp ogt float %x, %y
            %result = select i1 %larger, bfloat %a, bfloat %b
        """)
        return result

    assert same(fenced(A, B), np.maximum(A, B))


def test_a_function() -> None:
    @cobra.function
    def square(a: bfloat16) -> bfloat16:  # type: ignore[valid-type]
        cobra.inline("%result = fmul bfloat %a, %a")

    assert square(3.0) == 9.0


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("%r = call float @llvm.fabs.f32(bfloat %a)", "is for float, not bfloat", "@llvm.fabs.bf16"),
        ("%r = fpext bfloat %a to half", "makes no half of bfloat", "Go through float"),
        ("%r = fadd float %a, 1.0", "%a is bfloat16 in Python, not a float", "Write bfloat %a"),
    ],
)
def test_complaints(text: str, message: str, hint: str) -> None:
    error = complaint(text, {"a": bfloat16})
    assert message in error.message and hint in str(error.hint)
