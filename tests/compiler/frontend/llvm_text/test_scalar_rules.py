"""Every instruction on single numbers: as LLVM computes it, and where LLVM leaves the result open, as it is documented."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cobra.compiler.frontend.llvm_text.instructions import FLOAT_PREDICATES, INTEGER_PREDICATES
from cobra.errors import CobraError, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bool_, float16, float32, float64, int8, int16, int32, int64, uint8, uint32, uint64
from tests.compiler.frontend.llvm_text.inline_texts import complaint, kernel, pointed, run
from tests.compiler.frontend.llvm_text.llvm_child import Case, run_in_llvm, type_name
from tests.compiler.primitives.native_code import Module
from tests.compiler.primitives.special_values import grid, identical, special

INTEGERS = [int8, int16, int32, int64]
FLOATS = [float16, float32, float64]
ALL = [bool_, *INTEGERS, *FLOATS]


def compare_with_llvm(cases: list[Case]) -> None:
    module = Module([kernel(case.text, dict(case.arguments), {"result": None}) for case in cases], optimise=False)
    for index, (case, answer) in enumerate(zip(cases, run_in_llvm(cases), strict=True)):
        (got,) = module.run(index, *case.columns).results
        assert identical(got, answer.values).all(), f"{case.text}\n{got}\n{answer.values}"


def pairs(kind: ScalarType) -> tuple[Any, ...]:
    return tuple(grid([special(kind)] * 2))


# -- as LLVM computes it


def all_predicates(opcode: str, predicates: tuple[str, ...], kind: ScalarType) -> Case:
    """Return one text with all comparisons, each a bit of its result."""
    lines = ["%r0 = zext i1 false to i16"]
    for k, predicate in enumerate(predicates):
        lines.append(f"%c{k} = {opcode} {predicate} {type_name(kind)} %a, %b\n%z{k} = zext i1 %c{k} to i16")
        lines.append(f"%s{k} = shl i16 %z{k}, {k}\n%r{k + 1} = or i16 %r{k}, %s{k}")
    lines.append(f"%result = add i16 %r{len(predicates)}, 0")
    return Case("\n".join(lines), (("a", kind), ("b", kind)), int16, pairs(kind))


def test_comparisons() -> None:
    cases = [all_predicates("icmp", INTEGER_PREDICATES, kind) for kind in (bool_, *INTEGERS)]
    compare_with_llvm(cases + [all_predicates("fcmp", FLOAT_PREDICATES, kind) for kind in FLOATS])


def width(kind: ScalarType) -> int:
    return 1 if kind == bool_ else kind.bits


def conversions() -> list[tuple[str, ScalarType, ScalarType]]:
    whole = [bool_, *INTEGERS]
    found = [(name, a, b) for a in whole for b in whole if width(a) < width(b) for name in ("zext", "sext")]
    found += [("trunc", a, b) for a in whole for b in whole if width(a) > width(b)]
    found += [("fpext", a, b) for a in FLOATS for b in FLOATS if a.bits < b.bits]
    # From double to half LLVM calls a function that need not be there.
    found += [("fptrunc", float32, float16), ("fptrunc", float64, float32)]
    found += [(name, a, b) for a in whole for b in FLOATS for name in ("sitofp", "uitofp")]
    return found + [("bitcast", a, b) for a, b in [(int16, float16), (int32, float32), (int64, float64), (int8, int8)]]


def test_conversions() -> None:
    cases = []
    for name, source, to in conversions():
        text = f"%result = {name} {type_name(source)} %a to {type_name(to)}"
        cases.append(Case(text, (("a", source),), to, (special(source),)))
    compare_with_llvm(cases)


def test_a_double_is_rounded_to_a_half_once() -> None:
    numbers = np.array([1.00048828125, 1.000488281251, 65519.9, 1e-8, -2.5])
    found = run("%result = fptrunc double %a to half", {"a": float64}, numbers)
    assert found == numbers.astype(np.float16).astype(float).tolist()


@pytest.mark.parametrize("kind", FLOATS, ids=str)
def test_bits_of_floats(kind: ScalarType) -> None:
    numbers = special(kind)
    numbers = numbers[~np.isnan(numbers)]
    found = run(f"%result = bitcast {type_name(kind)} %a to i{kind.bits}", {"a": kind}, numbers)
    assert found == numbers.view(f"i{kind.itemsize}").tolist()


def test_float_arithmetic() -> None:
    cases = []
    for opcode in ("fadd", "fsub", "fmul", "fdiv", "frem"):
        for kind in FLOATS:
            cases.append(Case(f"%result = {opcode} {type_name(kind)} %a, %b", (("a", kind), ("b", kind)), kind, pairs(kind)))
    compare_with_llvm([*cases, *(Case(f"%result = fneg {type_name(k)} %a", (("a", k),), k, (special(k),)) for k in FLOATS)])


def test_integer_arithmetic() -> None:
    cases = []
    for opcode in ("add", "sub", "mul", "and", "or", "xor"):
        for kind in (bool_, *INTEGERS):
            cases.append(Case(f"%result = {opcode} {type_name(kind)} %a, %b", (("a", kind), ("b", kind)), kind, pairs(kind)))
    compare_with_llvm(cases)


# -- what LLVM leaves open


@pytest.mark.parametrize("kind", INTEGERS, ids=str)
def test_long_shifts(kind: ScalarType) -> None:
    name, value = type_name(kind), -5
    for count in (kind.bits, kind.bits + 1, -1, -128):
        assert run(f"%result = shl {name} %a, %b", {"a": kind, "b": kind}, [value], [count]) == [0]
        assert run(f"%result = lshr {name} %a, %b", {"a": kind, "b": kind}, [value], [count]) == [0]
        assert run(f"%result = ashr {name} %a, %b", {"a": kind, "b": kind}, [value, 5], [count] * 2) == [-1, 0]


@pytest.mark.parametrize("kind", [bool_, *INTEGERS], ids=str)
@pytest.mark.parametrize("opcode", ["udiv", "sdiv", "urem", "srem"])
def test_division_by_zero(opcode: str, kind: ScalarType) -> None:
    text = f"%result = {opcode} {type_name(kind)} %a, %b"
    module = Module([kernel(text, {"a": kind, "b": kind}, {"result": None})], optimise=False)
    outcome = module.run(0, np.array([1], kind.dtype), np.array([0], kind.dtype))
    assert outcome.results[0].tolist() == [0]
    assert outcome.flags == {"divide"}


@pytest.mark.parametrize("kind", INTEGERS, ids=str)
def test_the_least_number_divided_by_its_sign(kind: ScalarType) -> None:
    least = int(np.iinfo(kind.dtype).min)
    arguments = {"a": kind, "b": kind}
    assert run(f"%result = sdiv {type_name(kind)} %a, %b", arguments, [least, 7, -7], [-1, -2, 2]) == [least, -3, -3]
    assert run(f"%result = srem {type_name(kind)} %a, %b", arguments, [least, 7, -7], [-1, -2, 2]) == [0, 1, -1]
    assert run(f"%result = udiv {type_name(kind)} %a, %b", arguments, [least, -1], [-1, 2]) == [0, -least - 1]
    assert run(f"%result = urem {type_name(kind)} %a, %b", arguments, [least, -1], [-1, 2]) == [least, 1]


def test_single_bits() -> None:
    both = {"a": bool_, "b": bool_}
    table = ([False, False, True, True], [False, True, False, True])
    expected = {
        "add": [0, 1, 1, 0], "sub": [0, 1, 1, 0], "mul": [0, 0, 0, 1], "shl": [0, 0, 1, 0], "lshr": [0, 0, 1, 0],
        "ashr": [0, 0, 1, 1], "udiv": [0, 0, 0, 1], "sdiv": [0, 0, 0, 1], "urem": [0, 0, 0, 0], "srem": [0, 0, 0, 0],
    }  # fmt: skip
    for opcode, bits in expected.items():
        assert run(f"%result = {opcode} i1 %a, %b", both, *table) == [bool(bit) for bit in bits], opcode


@pytest.mark.parametrize(("opcode", "through"), [("fptosi", int32), ("fptoui", uint32)])
def test_floats_beyond_integers_become_what_numpy_makes_of_them(opcode: str, through: ScalarType) -> None:
    numbers = np.array([1e20, -1e20, np.inf, np.nan, 3e9, -5.7, 5.7])
    with np.errstate(all="ignore"):
        # One by one: NumPy's loops over vectors differ from its own others here.
        wanted = [number.astype(through.dtype).astype(np.int32) for number in numbers]
    assert run(f"%result = {opcode} double %a to i32", {"a": float64}, numbers) == wanted


def test_floats_and_single_bits() -> None:
    assert run("%result = fptoui float %a to i1", {"a": float32}, [0.0, 1.0, 0.9]) == [False, True, False]
    assert run("%result = fptosi float %a to i1", {"a": float32}, [0.0, -1.0, -0.5]) == [False, True, False]


def test_undefined_values_are_zero() -> None:
    assert run("%x = freeze i32 poison\n%y = add i32 %x, undef\n%result = add i32 %y, %a", {"a": int32}, [5]) == [5]


def test_flags_are_allowed_to_be_ignored() -> None:
    big = 2**31 - 1
    assert run("%result = add nuw nsw i32 %a, 1", {"a": int32}, [big]) == [-(2**31)]
    assert run("%result = fsub fast float 0.0, %x", {"x": float32}, [0.0]) == [0.0]
    (negative_zero,) = run("%result = fmul nsz float %x, -1.0", {"x": float32}, [0.0])
    assert np.signbit(negative_zero)


def test_choice_and_unsigned_arguments() -> None:
    text = "%c = icmp ult i8 %a, %b\n%result = select i1 %c, i8 %a, i8 %b"
    assert run(text, {"a": uint8, "b": uint8}, [200, 3], [100, 7]) == [100, 3]
    assert run("%result = udiv i64 %a, 2", {"a": uint64}, [2**64 - 1]) == [2**63 - 1]


# -- what does not fit

TYPES = {"a": int32, "w": int64, "x": float32, "y": float64, "c": bool_}


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("%r = add float %x, %x", TypeMismatch, "add takes integers", "%x", "fadd"),
        ("%r = fmul i32 %a, %a", TypeMismatch, "fmul takes floats", "%a", "mul"),
        ("%r = fdiv i32 %a, %a", TypeMismatch, "fdiv takes floats", "%a", "sdiv"),
        ("%r = udiv float %x, %x", TypeMismatch, "udiv takes integers", "%x", "fdiv"),
        ("%r = and float %x, %x", TypeMismatch, "and takes integers", "%x", None),
        ("%r = fneg i32 %a", TypeMismatch, "fneg takes a float", "%a", "sub i32 0, %a"),
        ("%r = icmp eq float %x, %x", TypeMismatch, "icmp takes integers", "%x", "fcmp oeq"),
        ("%r = fcmp oeq i32 %a, %a", TypeMismatch, "fcmp takes floats", "%a", "icmp"),
        ("%r = select i32 %a, i32 %a, i32 %a", TypeMismatch, "an i1 first", "%a", None),
        ("%r = select i1 %c, i32 %a, i64 %w", TypeMismatch, "an i32 and an i64", "%w", None),
        ("%r = add i64 %a, 1", TypeMismatch, "%a is int32 in Python, not an i64", "%a", "i32 %a"),
        ("%v = add i32 %a, 1\n%r = add i64 %v, 1", TypeMismatch, "%v is an i32, not an i64", "%v", "sext i32 %v to i64"),
        ("%v = add i64 %w, 1\n%r = add i32 %v, 1", TypeMismatch, "%v is an i64, not an i32", "%v", "trunc i64 %v to i32"),
        ("%v = fneg float %x\n%r = fadd double %v, 1.0",
         TypeMismatch, "a float, not a double", "%v", "fpext float %v to double"),
        ("%v = fneg double %y\n%r = fadd float %v, 1.0", TypeMismatch, "a double, not a float", "%v", "fptrunc"),
        ("%v = fneg float %x\n%r = add i32 %v, 1", TypeMismatch, "a float, not an i32", "%v", "fptosi float %v to i32"),
        ("%v = add i32 %a, 1\n%r = fadd float %v, 1.0", TypeMismatch, "an i32, not a float", "%v", "sitofp"),
        ("%v = icmp eq i32 %a, 1\n%r = fadd float %v, 1.0", TypeMismatch, "an i1, not a float", "%v", "uitofp"),
        ("%r = sext i32 %a to i16", TypeMismatch, "sext makes no i16", "%r = sext i32 %a to i16", "by trunc"),
        ("%r = trunc i32 %a to i64", TypeMismatch, "trunc makes no i64", "%r = trunc i32 %a to i64", "sext or zext"),
        ("%r = zext i32 %a to i32", TypeMismatch, "zext makes no i32", "%r = zext i32 %a to i32", "Leave it out"),
        ("%r = fpext float %x to i32", TypeMismatch, "fpext makes no i32", "%r = fpext float %x to i32", "fptosi"),
        ("%r = bitcast i32 %a to double", TypeMismatch, "bitcast makes no double", "%r = bitcast i32 %a to double", None),
        ("%r = ptrtoint i32 %a to i64", UnsupportedSyntax, "ptrtoint", "%r = ptrtoint i32 %a to i64", "getelementptr"),
        ("%r = add i24 %a, %a", UnsupportedSyntax, "values of type i24", "%a", "i32"),
        ("%r = fadd fp128 1.0, 2.0", UnsupportedSyntax, "values of type fp128", "1.0", None),
        ("%v = fptrunc float %x to bfloat\n%r = bitcast bfloat %v to i32", TypeMismatch, "makes no i32 of bfloat", "bitcast", None),
        ("%v = fptrunc float %x to bfloat\n%r = fpext bfloat %v to half",
         TypeMismatch, "makes no half of bfloat", "fpext", "Go through float"),
        ("%v = fptrunc float %x to bfloat\n%r = fadd half %v, 1.0", TypeMismatch, "a bfloat, not a half", "%v", "Write bfloat %v."),
        ("%r = add i32 [ i32 1 ], 2", TypeMismatch, "several numbers are no i32", "[", None),
        ("%r = trunc i64 %w to i24", UnsupportedSyntax, "values of type i24", "%w", None),
        ("%r = add %unknown %a, 1", UnsupportedSyntax, "values of type %unknown", "%a", None),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str, hint: str | None) -> None:
    error = complaint(text, TYPES)
    assert type(error) is kind
    assert message in error.message
    assert where in pointed(error)
    assert hint is None or hint in str(error.hint)
