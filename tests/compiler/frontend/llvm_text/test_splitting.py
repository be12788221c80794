"""Vectors, structures and arrays are taken apart: the same values as LLVM's, and complaints that say what is right."""

from __future__ import annotations

import numpy as np
import pytest

from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.translate import inline
from cobra.compiler.frontend.terms import Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant, Variable
from cobra.compounds import fixed_array, struct, vec, vec4f, vec4i
from cobra.errors import CobraError, InvalidCall, InvalidConstant, InvalidText, TypeMismatch, UnsupportedSyntax
from cobra.types import complex64, complex128, float32, int32, uint32
from tests.compiler.frontend.llvm_text.compound_texts import ARGUMENTS, COMPOUND_TEXTS, DEFINITIONS
from tests.compiler.frontend.llvm_text.inline_texts import kernel, locate_in, pointed
from tests.compiler.frontend.llvm_text.llvm_child import Case, run_in_llvm
from tests.compiler.primitives.native_code import Module
from tests.compiler.primitives.special_values import identical


def test_same_as_llvm() -> None:
    source = np.random.default_rng(3)
    whole = [np.concatenate([source.integers(-9, 9, 24), source.integers(-(2**31), 2**31, 24)]).astype(np.int32) for _ in range(2)]
    whole[0][:4], whole[1][:4] = [0, 1, -(2**31), 5], [3, -1, -1, 0]
    floats = [source.normal(0, 3, 48).astype(np.float32) for _ in range(2)]
    columns = (*whole, *floats)
    texts = COMPOUND_TEXTS
    kernels = [kernel(DEFINITIONS + text, ARGUMENTS, {"result": None}) for text, _ in texts.values()]
    cases = [Case(text, tuple(ARGUMENTS.items()), result, columns) for text, result in texts.values()]
    module = Module(kernels, strict=False, optimise=False)
    for index, (name, answer) in enumerate(zip(texts, run_in_llvm(cases, definitions=DEFINITIONS), strict=True)):
        (got,) = module.run(index, *columns).results
        assert identical(got, answer.values).all(), f"{name}\n{got}\n{answer.values}"


# -- complaints


P2, VECTOR = "{ float, float }", "<4 x float>"
POINT = struct(x=float32, y=float32, name="point")
GIVEN: dict[str, Term] = {
    "v": Compound(vec4f, tuple(Number(Variable(float32)) for _ in range(4))),
    "p": Compound(POINT, tuple(Number(Variable(float32)) for _ in range(2))),
    "q": Compound(POINT, tuple(Number(Variable(float32)) for _ in range(2))),
    "x": Number(Variable(float32)),
    "a": Number(Variable(int32)),
    "z": Number(Variable(complex64)),
}


def outcome(text: str, declared: dict[str, Declared] | None = None) -> dict[str, Number | Compound]:
    return inline(Builder(), parse_body(text, locate_in(text)), GIVEN, declared)


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("%r = insertvalue { float, float } %p, %q, 0", InvalidText, "%q has no type", "%q", "{ float, float } %p, float %q, 0"),
        ("%a1 = add i32 %a, 1\n\n%r = insertvalue %point %p, %q, 0", InvalidText, "%q has no type", "%q", "insertvalue each sum"),
        ("%r = insertvalue %point %p, %point %q, 0", TypeMismatch, "part 0 of %point is a float, not a { float, float }", "%q",
         "extractvalue { float, float } %q, 0"),
        ("%r = fadd { float, float } %p, %q", TypeMismatch, "fadd takes numbers or vectors of them, not a { float, float }", "%p",
         "extractvalue"),
        ("%r = fadd float %v, 1.0", TypeMismatch, "%v is a value of type vec(float32, 4) in Python, not a float", "%v", "<4 x float>"),
        ("%w = fadd <4 x float> %v, %v\n%r = fadd float %w, 1.0", TypeMismatch, "%w is a <4 x float>, not a float", "%w",
         "extractelement <4 x float> %w, i32 0"),
        ("%r = fadd <4 x float> %v, %x", TypeMismatch, "%x is float32 in Python, not a <4 x float>", "%x", None),
        ("%w = fadd float %x, %x\n%r = fadd <4 x float> %v, %w", TypeMismatch, "%w is a float, not a <4 x float>", "%w", "float %w"),
        ("%r = fadd <2 x float> %v, %v", TypeMismatch, "not a <2 x float>", "%v", "Write <4 x float> %v."),
        ("%r = add <4 x float> %v, %v", TypeMismatch, "add takes integers, not a float", "%v", "fadd"),
        ("%r = fadd <4 x float> %v, 1.0", InvalidConstant, "1.0 is no <4 x float>", "1.0", "splat (float 1)"),
        ("%r = fadd <4 x float> %v, <float 1.0, float 2.0>", InvalidConstant, "has 4 parts, and this constant 2", "<", None),
        ("%r = fadd <2 x float> <float 1.0, i32 2>, undef", TypeMismatch, "this part is a float, not an i32", "2", None),
        ("%r = fadd <2 x float> <float %x, float 1.0>, undef", InvalidText, "no variables in it, such as %x", "%x", "insertelement"),
        ("%r = fadd <4 x float> %v, { float 1.0 }", InvalidConstant, "this is no <4 x float>", "{", None),
        ("%r = extractelement <4 x float> %v, i32 4", InvalidText, "no element 4 in a vector of 4", "4", "0 to 3"),
        ("%r = extractelement <4 x float> %v, float 1.0", TypeMismatch, "a position is an integer", "1.0", None),
        ("%r = insertelement <4 x float> %v, i32 %a, i32 0", TypeMismatch, "has elements of float, not an i32", "%a", None),
        ("%r = shufflevector <4 x float> %v, <4 x float> %v, <2 x i32> <i32 0, i32 8>", InvalidText, "no element 8", "8", "0 to 7"),
        ("%r = extractvalue %point %p, 2", InvalidText, "there is no part 2", None, "They are 0 to 1."),
        ("%r = extractvalue { float, float } %p, 0, 0", InvalidText, "float has no part 0", None, None),
        ("%r = extractvalue <4 x float> %v, 0", InvalidText, "<4 x float> has no part 0", None, None),
        ("%r = call <4 x float> @llvm.sqrt.v2f32(<4 x float> %v)", InvalidCall, "is for vectors of 2, not of 4", None, None),
        ("%r = call <4 x float> @sqrtf(<4 x float> %v)", InvalidCall, "is not known for vectors", None, "extractelement"),
        ("%r = call float @llvm.vector.reduce.fadd.v4f32(<4 x float> %v)", InvalidCall, "the number to begin with", None, None),
        ("%r = call float @llvm.vector.reduce.mean.v4f32(<4 x float> %v)", InvalidCall, "is not known", None, "Known are"),
        ("%r = load <4 x float>, ptr %v", TypeMismatch, "in Python, not an array", "%v", None),
        ("%r = add <4096 x [2 x i32]> undef, undef", UnsupportedSyntax, "a vector is made of numbers", None, None),
        ("%r = freeze [99999 x i32] undef", UnsupportedSyntax, "more than 4096 numbers", None, None),
        ("%m = alloca [4 x i32]\n%n = getelementptr i8, ptr %m, i64 3\n%r = load i32, ptr %n", TypeMismatch,
         "the alloca %m of [4 x i32] has no i32 3 bytes behind its start", "%n", "Load and store"),
        ("%m = alloca [4 x i32]\n%r = load i32, ptr %m, align 4\n%s = load i64, ptr %m", TypeMismatch, "has no i64", "%m", None),
        ("%m = alloca { i32, i32 }\n%n = getelementptr { i32, i32 }, ptr %m, i32 0, i32 2\n", InvalidText,
         "2 is the number of no field", "2", "0 to 1"),
        ("%m = alloca [4 x i32]\n%n = select i1 true, ptr %m, ptr %m", UnsupportedSyntax, "the address of the alloca %m", "%m", None),
        ("%m = alloca [4 x i32]\n%n = getelementptr [4 x i32], ptr %m, i64 %m", UnsupportedSyntax, "the address of the alloca", "%m", None),
        ("%m = alloca [4 x i32]\n%n = insertelement <4 x i32> undef, i32 %m, i32 0", UnsupportedSyntax, "the address", "%m", None),
        ("%m = alloca [4 x i32]\n%n = freeze <4 x i32> %m", UnsupportedSyntax, "the address of the alloca", "%m", None),
        ("%r = freeze <vscale x 4 x i32> undef", UnsupportedSyntax, "unknown length", None, None),
        ("%r = bitcast <4 x float> %v to i64", TypeMismatch, "bitcast makes no i64 of <4 x float>", None, "same number of bits"),
        ("%r = bitcast <4 x float> %v to i128", UnsupportedSyntax, "more than 64 bits", None, None),
        ("%c = fcmp olt <4 x float> %v, %v\nbr i1 %c, label %l, label %m\nl: ret void\nm: ret void", TypeMismatch,
         "%c is a <4 x i1>, not an i1", "%c", None),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str | None, hint: str | None) -> None:
    with pytest.raises(kind) as caught:
        outcome(text)
    assert type(caught.value) is kind and message in caught.value.message
    assert caught.value.location is not None and caught.value.location.text
    assert where is None or pointed(caught.value) == where
    assert hint is None or hint in str(caught.value.hint)


def test_the_line_of_the_missing_type_is_shown() -> None:
    text = "%s = fadd float %x, %x\n%result = insertvalue {float, float} %p, %q, 0 ; as in the README"
    with pytest.raises(InvalidText, match="the operand %q has no type") as caught:
        outcome(text)
    assert caught.value.location is not None and caught.value.location.line == 2
    assert str(caught.value).splitlines()[2].strip() == text.split("\n")[1]


# -- Python's values


def test_compounds_of_python_go_in_and_come_out() -> None:
    text = (
        "%x0 = extractvalue %point %p, 0\n%x1 = extractvalue %struct.point %q, 0\n%s = fadd float %x0, %x1\n"
        "%result = insertvalue %point %p, float %s, 0\n%w = fmul <4 x float> %v, splat (float 2.0)\n"
        "%z = insertvalue { float, float } %z, float 1.0, 1"
    )
    made = outcome(text, {"result": POINT, "w": None, "z": None})
    result, w, z = made["result"], made["w"], made["z"]
    assert isinstance(result, Compound) and result.type == POINT
    old = GIVEN["p"]
    assert isinstance(old, Compound) and isinstance(old.items[1], Number) and isinstance(result.items[1], Number)
    assert result.items[1].value is old.items[1].value
    assert isinstance(w, Compound) and w.type == vec4f and len(w.items) == 4
    assert isinstance(z, Number) and z.type == complex64


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (None, "%r = freeze { i32, [2 x float] } zeroinitializer", struct([int32, fixed_array(float32, 2)])),
        (None, "%r = freeze <4 x i32> zeroinitializer", vec4i),
        (vec(uint32, 4), "%r = freeze <4 x i32> zeroinitializer", vec(uint32, 4)),
        (fixed_array(float32, 2), "%r = freeze [2 x float] zeroinitializer", fixed_array(float32, 2)),
        (complex, "%r = freeze { double, double } { double 1.0, double 2.0 }", complex128),
        (complex64, "ret { float, float } undef", complex64),
        (struct(z=complex64, n=int32), "%r = freeze { { float, float }, i32 } undef", struct(z=complex64, n=int32)),
    ],
)
def test_types_that_come_out(declared: Declared, text: str, expected: object) -> None:
    (made,) = outcome(text, {"r" if "%r" in text else "result": declared}).values()
    assert made.type == expected


@pytest.mark.parametrize(
    ("declared", "text", "message"),
    [
        (vec4f, "%r = freeze <4 x i32> zeroinitializer", "a <4 x i32>, but the variable is declared vec(float32, 4)"),
        (int, "%r = freeze <4 x i32> zeroinitializer", "declared int"),
        (complex, "%r = freeze { half, half } zeroinitializer", "declared complex"),
        (POINT, "%r = fadd float %x, %x", "a float, but the variable is declared point"),
        (float32, "%r = freeze [1 x float] zeroinitializer", "declared float32"),
    ],
)
def test_declared_types_hold(declared: Declared, text: str, message: str) -> None:
    with pytest.raises(TypeMismatch) as caught:
        outcome(text, {"r": declared})
    assert message in caught.value.message


def test_complex_constants_take_the_width_of_the_text() -> None:
    term: Term = Number(Constant(complex128, 1.5 - 2j), weak=True)
    text = "%r = extractvalue { float, float } %c, 1"
    made = inline(Builder(), parse_body(text, locate_in(text)), {"c": term}, {"r": None})["r"]
    assert isinstance(made, Number) and (made.type, made.constant) == (float32, -2.0)
