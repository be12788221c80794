"""From Python's variables through a text and back."""

from __future__ import annotations

import pytest

from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.translate import inline
from cobra.compiler.frontend.terms import Number, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Operation
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.errors import CobraError, InvalidConstant, TypeMismatch, UndefinedName
from cobra.types import bool_, complex64, float32, float64, int32, int64, uint8, uint32
from tests.compiler.frontend.llvm_text.inline_texts import SAMPLES, complaint, locate_in, pointed, run, translated


def outcome(text: str, values: dict[str, Term], declared: dict[str, Declared] | None = None) -> dict[str, Value]:
    return inline(Builder(), parse_body(text, locate_in(text)), values, declared)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_translated(name: str) -> None:
    sample = SAMPLES[name]
    assert len(translated(sample.text, sample.arguments, {"result": None}).body.results) == 1


def test_the_first_example_of_the_readme() -> None:
    assert run("%result = add i32 %a, %b", {"a": int32, "b": int32}, [2, 2**31 - 1], [3, 1]) == [5, -(2**31)]


def test_fused_multiply_add_and_sigmoid() -> None:
    assert run(SAMPLES["fma"].text, {"x": float32, "y": float32}, [2.0], [3.0]) == [7.5]
    assert run(SAMPLES["sigmoid"].text, {"x": float32, "y": float32}, [-0.0, 0.0], [0, 0]) == [0.5, 0.5]
    assert run(SAMPLES["relu"].text, {"x": float32, "y": float32}, [-1.0, 1.0], [0, 0]) == [0.0, 1.0]


# -- in


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        (Number(Constant(int64, 3), weak=True), "%result = add i8 %n, 1", int),
        (Number(Constant(int64, 200), weak=True), "%result = add i8 %n, 1", int),
        (Number(Constant(int64, 3), weak=True), "%result = fadd float %n, 1.0", float),
        (Number(Constant(float64, 0.1), weak=True), "%result = fadd half %n, 1.0", float),
        (Number(Constant(bool_, True), weak=True), "%result = xor i1 %n, true", bool),
        (Number(Variable(int64), weak=True), "%result = add i64 %n, 1", int),
        (Number(Variable(float64), weak=True), "%result = fadd double %n, 1.0", float),
        (Number(constant(7, uint32)), "%result = lshr i32 %n, 1", int),
        (Number(Variable(uint8)), "%result = lshr i8 %n, 1", int),
    ],
)
def test_numbers_of_python(number: Number, text: str, expected: type) -> None:
    made = outcome(text, {"n": number}, {"result": expected})
    assert made.keys() == {"result"}


@pytest.mark.parametrize(
    ("term", "text", "kind", "message", "hint"),
    [
        (Number(Constant(int64, 300), weak=True), "%r = add i8 %n, 1", InvalidConstant, "300 does not fit an i8", None),
        (Number(Constant(int64, 2**32), weak=True), "%r = add i32 %n, 1", InvalidConstant, "does not fit an i32", None),
        (Number(Constant(float64, 1.5), weak=True), "%r = add i32 %n, 1", TypeMismatch, "%n is Python float", "double %n"),
        (Number(Constant(bool_, True), weak=True), "%r = add i32 %n, 1", TypeMismatch, "%n is Python bool", "i1 %n"),
        (Number(Variable(int64), weak=True), "%r = add i32 %n, 1", TypeMismatch, "%n is Python int", "i64 %n"),
        (Number(Variable(complex64)), "%r = fadd float %n, 1.0", TypeMismatch, "%n is complex64", "{ float, float } %n"),
        (Tuple((Number(Variable(int32)),)), "%r = add i32 %n, 1", TypeMismatch, "%n is a tuple of 1", "Unpack"),
    ],
)
def test_what_a_text_cannot_take(term: Term, text: str, kind: type[CobraError], message: str, hint: str | None) -> None:
    with pytest.raises(kind) as caught:
        outcome(text, {"n": term})
    assert message in caught.value.message and pointed(caught.value) == "%n"
    assert hint is None or hint in str(caught.value.hint)


# -- out


def test_only_what_is_wanted_comes_out() -> None:
    values: dict[str, Term] = {"a": Number(Variable(int32))}
    text = "%x = add i32 %a, 1\n%y = mul i32 %x, 2"
    assert outcome(text, values).keys() == {"x", "y"}
    assert outcome(text, values, {"y": int32, "z": int32, "a": None}).keys() == {"y"}


def test_unsigned_variables_get_their_type() -> None:
    made = outcome("%result = add i32 %a, 1", {"a": Number(Variable(uint32))}, {"result": uint32})
    assert made["result"].type == uint32


def test_ret_gives_the_result() -> None:
    text = "%x = add i32 %a, 1\nret i32 %x"
    values: dict[str, Term] = {"a": Number(Variable(int32))}
    assert outcome(text, values).keys() == {"x", "result"}
    assert outcome(text, values, {"result": int32}).keys() == {"result"}
    assert run("%result = add i32 %a, 1\nret i32 %a", {"a": int32}, [5]) == [5]


def test_pointers_and_what_is_not_on_every_path_stay_inside() -> None:
    text = "%c = icmp slt i32 %a, 0\nbr i1 %c, label %x, label %y\nx:\n%v = add i32 %a, 1\nbr label %y\ny:\n%w = add i32 %a, 2"
    assert outcome(text, {"a": Number(Variable(int32))}).keys() == {"c", "w"}
    error = complaint(text, {"a": int32}, {"v": int32})
    assert isinstance(error, UndefinedName) and "not assigned on every path" in error.message
    assert pointed(error) == "%v" and "%v = phi" in str(error.hint)


@pytest.mark.parametrize(
    ("declared", "text", "message", "hint"),
    [
        (float32, "%result = add i32 %a, 1", "makes %result an i32, but the variable is declared float32", "cobra.int32"),
        (int64, "%result = add i32 %a, 1", "declared int64", "cobra.int32"),
        (int, "%result = sitofp i32 %a to float", "a float, but the variable is declared int", "cobra.float32"),
        (float, "%result = add i32 %a, 1", "an i32, but the variable is declared float", "cobra.int32"),
        (int, "%result = icmp eq i32 %a, 1", "an i1, but the variable is declared int", "cobra.bool_"),
        (bool, "%result = add i32 %a, 1", "declared bool", None),
        (complex, "%result = sitofp i32 %a to float", "declared complex", None),
        (float64, "ret i32 %a", "makes %result an i32", None),
    ],
)
def test_declared_types_hold(declared: Declared, text: str, message: str, hint: str | None) -> None:
    error = complaint(text, {"a": int32}, {"result": declared})
    assert isinstance(error, TypeMismatch) and message in error.message
    assert error.location is not None and error.location.text == text
    assert hint is None or hint in str(error.hint)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (int, "%result = add i32 %a, 1"),
        (int, "%result = sext i32 %a to i64"),
        (float, "%result = sitofp i32 %a to half"),
        (bool, "%result = icmp eq i32 %a, 1"),
        (None, "%result = icmp eq i32 %a, 1"),
        (bool_, "%result = icmp eq i32 %a, 1"),
    ],
)
def test_declarations_that_fit(declared: Declared, text: str) -> None:
    assert len(translated(text, {"a": int32}, {"result": declared}).body.results) == 1


def test_operations_know_their_lines() -> None:
    function = translated("%x = add i32 %a, 1\n\n  %result = mul i32 %x, %x ; square", {"a": int32})
    places = [s.location for s in function.body.statements if isinstance(s, Operation)]
    assert [(place.line, place.text[place.column : place.end_column]) for place in places if place] == [
        (1, "%x = add i32 %a, 1"),
        (3, "%result = mul i32 %x, %x"),
    ]


def test_the_builder_is_left_where_it_was() -> None:
    build = Builder()
    inline(build, parse_body("%x = add i32 1, 2", locate_in("%x = add i32 1, 2")), {})
    assert build.location is None
