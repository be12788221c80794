"""Calls of intrinsics and of the C library, by the names the table of primitives gives them."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from cobra.compiler.frontend.llvm_text.c_functions import C_FUNCTIONS
from cobra.compiler.frontend.llvm_text.intrinsics import UnknownIntrinsic
from cobra.compiler.ir.operations import Operation
from cobra.compiler.primitives.table import TABLE, by_c_function, by_intrinsic, known_in_llvm
from cobra.errors import CobraError, InvalidCall, TypeMismatch
from cobra.types import ScalarType, float16, float32, float64, int8, int16, int32, int64
from tests.compiler.frontend.llvm_text.inline_texts import complaint, kernel, pointed, run, translated
from tests.compiler.frontend.llvm_text.llvm_child import Case, run_in_llvm, type_name
from tests.compiler.primitives.native_code import Module
from tests.compiler.primitives.special_values import close, grid, identical, special

# Functions of LLVM that this test leaves to others: with operands of two types, or with too many for all combinations.
SUFFIXES = {"i": [int8, int16, int32, int64], "f": [float32, float64]}
UNSIGNED = {"umin.i": 2, "umax.i": 2, "uadd.sat.i": 2, "usub.sat.i": 2}


def operand_count(name: str, kind: ScalarType) -> int:
    record = by_intrinsic(name)
    assert record is not None
    for count in (1, 2, 3):
        try:
            record.rule((kind,) * count)
        except TypeError:
            continue
        return count
    raise AssertionError(name)


def intrinsic_case(name: str, kind: ScalarType, count: int) -> Case:
    suffix = f"{kind.name[0]}{kind.bits}"
    base = name[:-2]
    given = [f"{type_name(kind)} %x{k}" for k in range(count)] + ["i1 false"] * (base in ("abs", "ctlz", "cttz"))
    columns = grid([special(kind, few=count > 1)[: 6 if count > 2 else None]] * count)
    if base == "sshl.sat":
        kept = (columns[1] >= 0) & (columns[1] < kind.bits)
        columns = [column[kept] for column in columns]
    text = f"%result = call {type_name(kind)} @llvm.{base}.{suffix}({', '.join(given)})"
    return Case(text, tuple((f"x{k}", kind) for k in range(count)), kind, tuple(columns))


def all_cases() -> list[Case]:
    cases = []
    for name in sorted(known_in_llvm()[0]):
        kinds = [kind for kind in SUFFIXES[name[-1]] if name != "bswap.i" or kind != int8]
        cases += [intrinsic_case(name, kind, operand_count(name, kind)) for kind in kinds]
    return cases + [intrinsic_case(name, kind, count) for name, count in UNSIGNED.items() for kind in SUFFIXES["i"]]


def test_every_intrinsic_agrees_with_llvm() -> None:
    """Every name with every type; functions of the C library may differ in the last bit."""
    cases = all_cases()
    module = Module([kernel(case.text, dict(case.arguments), {"result": None}) for case in cases], optimise=False)
    for index, (case, answer) in enumerate(zip(cases, run_in_llvm(cases), strict=True)):
        (got,) = module.run(index, *case.columns).results
        same = identical(got, answer.values)
        if case.result.is_floating:
            # Which of two zeros is the smaller one is left open by minnum and maxnum.
            zeros = (got == 0) & (answer.values == 0) & any(name in case.text for name in ("minnum", "maxnum"))
            same |= close(got, answer.values, 1) | zeros
        wrong = [(*(c[i] for c in case.columns), got[i], answer.values[i]) for i in np.flatnonzero(~same)]
        assert not wrong, (case.text, wrong)


def test_every_name_in_the_table_is_well_formed() -> None:
    for record in TABLE.values():
        for name in record.llvm:
            assert (by_intrinsic(name) is record) == (name[-2:] in (".f", ".i"))
            assert name[-2:] in (".f", ".i") or by_c_function(name) == (record, float64)
    assert by_c_function("expf") == (TABLE["exp"], float32)
    assert by_c_function("cpow") is None and by_intrinsic("add.i") is None


@pytest.mark.parametrize("name", sorted(known_in_llvm()[1]))
def test_functions_of_the_c_library(name: str) -> None:
    found = by_c_function(name)
    assert found is not None
    record, kind = found
    count = next(count for count in (1, 2, 3) if accepts(name, kind, count))
    given = ", ".join(f"{type_name(kind)} %x{k}" for k in range(count))
    function = translated(f"%result = call {type_name(kind)} @{name}({given})", {f"x{k}": kind for k in range(count)})
    (operation,) = function.body.statements
    assert isinstance(operation, Operation) and operation.primitive is record


def accepts(name: str, kind: ScalarType, count: int) -> bool:
    found = by_c_function(name)
    assert found is not None
    try:
        found[0].rule((kind,) * count)
    except TypeError:
        return False
    return True


def test_whole_powers() -> None:
    text = "%result = call float @llvm.powi.f32.i32(float %x, i32 %n)"
    given = [2.0, 0.5, -1.0, -1.0, 3.0, 0.0, float("nan")], [10, -3, 16777217, 2147483646, 0, -1, 0]
    assert run(text, {"x": float32, "n": int32}, *given) == [1024.0, 8.0, -1.0, 1.0, 1.0, float("inf"), 1.0]


@pytest.mark.parametrize(("kind", "integer"), [(float32, int32), (float64, int64), (float16, int16)])
def test_scaling(kind: ScalarType, integer: ScalarType) -> None:
    name, whole = type_name(kind), type_name(integer)
    text = f"%result = call {name} @llvm.ldexp.{kind.name[0]}{kind.bits}.{whole}({name} %x, {whole} %n)"
    assert run(text, {"x": kind, "n": integer}, [1.5, -1.0, 0.0], [3, -2, 100]) == [12.0, -0.25, 0.0]


@pytest.mark.parametrize(("name", "kind"), [("ldexp", float64), ("ldexpf", float32), ("scalbn", float64), ("scalbnf", float32)])
def test_scaling_in_c(name: str, kind: ScalarType) -> None:
    written = type_name(kind)
    text = f"%result = call {written} @{name}({written} %x, i32 %n)"
    given = [1.5, -2.25, 0.0, 1.0, -1.0], [-3, 7, 100, 5000, -5000]
    assert run(text, {"x": kind, "n": int32}, *given) == [0.1875, -288.0, 0.0, float("inf"), 0.0]


_LIBRARY = ctypes.CDLL("libm.so.6")
"""It finds the functions of C's other library too."""
_C_TYPES = {float64: ctypes.c_double, float32: ctypes.c_float, int32: ctypes.c_int, int64: ctypes.c_long}


@pytest.mark.parametrize("name", C_FUNCTIONS)
def test_functions_that_c_gives_several_types(name: str) -> None:
    """Compared with the C library itself; a float that fits no integer is left open by C."""
    function = C_FUNCTIONS[name]
    to = function.results[0]
    native = getattr(_LIBRARY, name)
    native.argtypes, native.restype = [_C_TYPES[kind] for kind in function.operands], _C_TYPES[to]
    columns = grid([special(kind) for kind in function.operands])
    if to.is_integer and function.operands[0].is_floating:
        columns = tuple(column[abs(column) < 1e9] for column in columns)
    operands = ", ".join(f"{type_name(kind)} %x{k}" for k, kind in enumerate(function.operands))
    text = f"%result = call {type_name(to)} @{name}({operands})"
    arguments = {f"x{k}": kind for k, kind in enumerate(function.operands)}
    expected = np.array([native(*row) for row in zip(*(column.tolist() for column in columns), strict=True)], to.dtype)
    module = Module([kernel(text, arguments, {"result": None})], optimise=False)
    assert identical(module.run(0, *columns).results[0], expected).all()


def test_functions_raise_no_errors_of_their_own() -> None:
    texts = ["call double @fdim(double %x, double %x)", "call double @logb(double %x)"]
    module = Module([kernel(f"%result = {text}", {"x": float64}, {"result": None}) for text in texts])
    harmless = np.array([np.inf, -np.inf, np.nan, 1.0, 5e-324])
    assert not module.run(0, harmless).flags and not module.run(1, harmless).flags
    assert "divide" in module.run(1, np.array([0.0])).flags


@pytest.mark.parametrize("whole", [int32, int64], ids=str)
@pytest.mark.parametrize(("name", "expected"), [("lrint", [2, 2, -2, 0]), ("lround", [2, 3, -3, 1]), ("llrint", [2, 2, -2, 0])])
def test_rounding_to_integers(name: str, expected: list[int], whole: ScalarType) -> None:
    for kind in (float16, float32, float64):
        text = f"%result = call i{whole.bits} @llvm.{name}.i{whole.bits}.f{kind.bits}({type_name(kind)} %x)"
        assert run(text, {"x": kind}, [1.75, 2.5, -2.5, 0.5]) == expected


def test_calls_without_effect() -> None:
    text = """
      %c = icmp sgt i32 %a, 0
      call void @llvm.assume(i1 %c)
      call void @llvm.lifetime.start.p0(i64 4, ptr null)
      call void @llvm.dbg.value(metadata i32 %a, metadata !1, metadata !DIExpression())
      call void @llvm.donothing()
      %result = call i32 @llvm.expect.i32(i32 %a, i32 5)
    """
    assert run(text, {"a": int32}, [3, -1]) == [3, -1]


def test_a_result_may_stay_unused() -> None:
    assert run("call float @llvm.sqrt.f32(float %x)\n%result = fadd float %x, 1.0", {"x": float32}, [4.0]) == [5.0]


def test_declarations_are_allowed() -> None:
    text = "declare double @cos(double)\n%result = call double @cos(double %x)"
    assert run(text, {"x": float64}, [0.0]) == [1.0]


TYPES = {"a": int32, "x": float32, "y": float64}


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("%r = call float @llvm.sqr.f32(float %x)", UnknownIntrinsic, "@llvm.sqr is not known", "@llvm.sqr.f32", "@llvm.sqrt"),
        ("%r = call float @llvm.sqrt(float %x)", InvalidCall, "the name has to say which", "@llvm.sqrt", "@llvm.sqrt.f32"),
        ("%r = call i32 @llvm.sqrt.i32(i32 %a)", InvalidCall, "is for floats", "@llvm.sqrt.i32", None),
        ("%r = call float @llvm.umin.f32(float %x, float %x)", InvalidCall, "is for integers", "@llvm.umin.f32", "umin.i32"),
        ("%r = call float @llvm.sqrt.f64(float %x)", TypeMismatch, "is for double, not float", "%x", "@llvm.sqrt.f32"),
        ("%r = call double @llvm.sqrt.f32(float %x)", TypeMismatch, "is for float, not double", "@llvm.sqrt.f32", "sqrt.f64"),
        ("%r = call float @exp(float %x)", TypeMismatch, "@exp is for double", "%x", "@expf"),
        ("%r = call double @expf(double %y)", TypeMismatch, "@expf is for float", "%y", "@exp."),
        ("%r = call float @floorf(i32 %a)", TypeMismatch, "@floorf is for float", "%a", None),
        ("%r = call float @llvm.sqrt.f32(float %x, float %x)", InvalidCall, "1 argument, not 2", "@llvm.sqrt.f32", None),
        ("%r = call float @llvm.pow.f32(float %x)", InvalidCall, "2 argument", "@llvm.pow.f32", None),
        ("%r = call float @foo(float %x)", InvalidCall, "@foo is not known", "@foo", None),
        ("%r = call i32 @llvm.ctlz.i32(i32 %a)", InvalidCall, "a constant i1 as its last", "@llvm.ctlz.i32", "i1 false"),
        ("%r = call i32 @llvm.abs.i32(i1 true)", InvalidCall, "a constant i1 as its last", "@llvm.abs.i32", None),
        ("%r = call i8 @llvm.bswap.i8(i8 1)", InvalidCall, "a single byte", "@llvm.bswap.i8", None),
        ("%r = call i1 @llvm.umin.i1(i1 true, i1 false)", InvalidCall, "not i1", "@llvm.umin.i1", None),
        ("%r = call i64 @lrintf(double 1.0)", TypeMismatch, "operand 1 of @lrintf is a float", "1.0", "For double it is @lrint."),
        ("%r = call i16 @lround(double 1.0)", TypeMismatch, "@lround makes an i64, not an i16", "@lround", "i64 @lround(double)"),
        ("%r = call i64 @abs(i64 1)", TypeMismatch, "operand 1 of @abs is an i32, not an i64", "1", "i32 @abs(i32)"),
        ("%r = call i64 @llvm.lrint.f64(double 1.0)",
         InvalidCall, "makes an i32 or i64 of a float", "@llvm.lrint.f64", "@llvm.lrint.i64.f64"),
        ("%r = call i64 @llvm.lrint.i64.f32(double 1.0)", TypeMismatch, "is a float, not a double", "1.0", "(float)"),
        ("%r = call float @ldexpf(float %x)", InvalidCall, "takes float, i32", "@ldexpf", "Call it so: float @ldexpf(float, i32)"),
        ("%r = call float @ldexpf(float %x, float %x)", TypeMismatch, "operand 2 of @ldexpf is an i32, not a float", "%x", None),
        ("%r = call float @ldexp(float %x, i32 1)", TypeMismatch, "operand 1 of @ldexp is a double, not a float", "%x", "@ldexpf"),
        ("%r = call float @llvm.powi.f32(float %x, i32 %a)",
         InvalidCall, "a float and an integer", "@llvm.powi.f32", ".f32.i32"),
        ("%r = call float @llvm.powi.f32.i32(float %x, i64 1)", TypeMismatch, "is for i32, not i64", "1", None),
        ("%r = call float @llvm.powi.i32.f32(float %x, i64 1)", InvalidCall, "a float and an integer", None, None),
        ("%r = call i32 @llvm.expect.i32(float %x)", InvalidCall, "its own type first", "@llvm.expect.i32", None),
        ("%r = call i32 @llvm.expect.i32()", InvalidCall, "its own type first", "@llvm.expect.i32", None),
        ("%r = call float @llvm.assume(i1 true)", TypeMismatch, "has no result", None, None),
        ("declare float @exp(float)\n%r = call double @exp(double %y)",
         TypeMismatch, "is declared float (float)", "@exp", None),
        ("%r = call { i32, i1 } @llvm.sadd.with.overflow.i64(i32 %a, i32 %a)", InvalidCall, "takes two i64", None, "{ i64, i1 }"),
        ("%r = call <2 x i32> @llvm.sqrt.v2i32(<2 x i32> undef)", InvalidCall, "is for floats", "@llvm.sqrt.v2i32", None),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str | None, hint: str | None) -> None:
    error = complaint(text, TYPES)
    assert type(error) is kind
    assert message in error.message
    assert where is None or pointed(error) == where
    assert hint is None or hint in str(error.hint)
