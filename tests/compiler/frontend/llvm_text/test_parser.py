"""The grammar: what is read, and what is said of what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Block, Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.printing import print_body
from cobra.errors import CobraError, InvalidText, UnsupportedSyntax
from tests.compiler.frontend.llvm_text.compound_texts import COMPOUND_TEXTS
from tests.compiler.frontend.llvm_text.inline_texts import GRAMMAR_ONLY, SAMPLES, locate_in, pointed
from tests.effort import calls_of

TEXTS = {name: sample.text for name, sample in SAMPLES.items()} | GRAMMAR_ONLY
TEXTS |= {name: text for name, (text, _) in COMPOUND_TEXTS.items()}


def parse(text: str) -> Body:
    return parse_body(text, locate_in(text))


def failure(text: str) -> CobraError:
    with pytest.raises(CobraError) as caught:
        parse(text)
    return caught.value


# -- what is read


def placeless(body: Body) -> object:
    """Return a tree without places."""

    def operand(given: Operand) -> Operand:
        value = given.value
        if isinstance(value, Aggregate):
            value = value._replace(elements=tuple(operand(element) for element in value.elements))
        return Operand(given.type, value, 0)

    def instruction(given: Instruction) -> Instruction:
        operands, labels = tuple(map(operand, given.operands)), tuple(map(operand, given.labels))
        return given._replace(operands=operands, labels=labels, at=0)

    blocks = [
        Block(b.label, tuple(map(instruction, b.instructions)), instruction(b.terminator) if b.terminator else None, 0)
        for b in body.blocks
    ]
    return blocks, dict(body.types), dict(body.declared)


@pytest.mark.parametrize("name", TEXTS)
def test_printing_and_reading_again_gives_the_same(name: str) -> None:
    body = parse(TEXTS[name])
    printed = print_body(body)
    assert placeless(parse(printed)) == placeless(body)
    assert print_body(parse(printed)) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("%r=add nsw i32 %a,-5", "%r = add nsw i32 %a, -5"),
        ("%r = fadd fast\n  float %x,\n  1.0e-3 ; three lines", "%r = fadd fast float %x, 1.0e-3"),
        ("%r = load volatile_t, ptr %p", None),
        ("%r = load { i8 , i8 }, { i8 , i8 } * %p, align 4, !tbaa !1", "%r = load { i8, i8 }, { i8, i8 }* %p"),
        ("%r = call fast noundef float @f(float noundef %x, i32 signext 1) nounwind",
         "%r = call fast float @f(float %x, i32 1)"),
        ("%r = call float (float, ...) @f(float %x)", "%r = call float (float, ...) @f(float %x)"),
        ("%r = phi fast half [ %a, %x ], [ 0xH3C00, %y ], !dbg !3", "%r = phi fast half [ %a, %x ], [ 0xH3C00, %y ]"),
        ("%r = getelementptr inbounds nuw [4 x i8], ptr %p, i64 0, i32 %i",
         "%r = getelementptr inbounds nuw [4 x i8], ptr %p, i64 0, i32 %i"),
        ("%r = icmp samesign ult <2 x i32> %a, <i32 1, i32 -1>", "%r = icmp samesign ult <2 x i32> %a, <i32 1, i32 -1>"),
        ("%r = alloca i32, align 4, !dbg !1", "%r = alloca i32"),
        ("call void @llvm.dbg.value(metadata i32 %x, metadata !1, metadata !DIExpression())", "call void @llvm.dbg.value()"),
        ("%r = select nnan <2 x i1> %c, <2 x half> %a, <2 x half> splat (half 1.0)",
         "%r = select nnan <2 x i1> %c, <2 x half> %a, <2 x half> splat (half 1.0)"),
        ("ret { i8, i8 } { i8 1, i8 undef }", "ret { i8, i8 } {i8 1, i8 undef}"),
    ],
)  # fmt: skip
def test_forms(text: str, printed: str | None) -> None:
    if printed is None:
        assert isinstance(failure(text), InvalidText)
    else:
        assert print_body(parse(text)) == f"entry:\n  {printed}\n"


def test_the_first_block() -> None:
    assert [block.label for block in parse("ret void").blocks] == ["%entry"]
    assert [block.label for block in parse("start:\n  ret void").blocks] == ["%start"]
    assert [block.label for block in parse("entry: br label %\"a b\"\n\"a b\": ret void").blocks] == ["%entry", "%a b"]
    assert [block.label for block in parse("").blocks] == ["%entry"]


def test_types_and_declarations_are_kept() -> None:
    body = parse("%pair = type { float, i8 }\ndeclare float @expf(float nocapture %x) nounwind\n%r = fadd float 1.0, 2.0")
    assert {name: str(kind) for name, kind in body.types.items()} == {"%pair": "{ float, i8 }"}
    assert {name: str(kind) for name, kind in body.declared.items()} == {"@expf": "float (float)"}


def test_every_instruction_knows_its_place() -> None:
    body = parse(SAMPLES["while"].text)
    for block in body.blocks:
        for instruction in (*block.instructions, *([block.terminator] if block.terminator else [])):
            line = body.line(instruction.at)
            assert line.text[line.column : line.end_column].startswith(instruction.result or instruction.opcode)
            for operand in instruction.operands:
                place = body.location(operand.at)
                assert place.text[place.column : place.end_column] == operand.value


@pytest.mark.parametrize(
    "line",
    [
        "%r = fmul <2 x float> <float 1.0, float -2.5>, <float 1.0, float 1.0>", "%r = fadd <1 x i8> <i8 1>, %a",
        "%r = shufflevector <2 x i8> %a, <2 x i8> poison, <3 x i32> <i32 0, i32 3, i32 undef>",
        "%r = insertvalue { float, [2 x i8] } { float 1.0, [2 x i8] [i8 1, i8 2] }, float %x, 0",
        "%r = call <2 x i8> @f(<2 x i8> <i8 1, i8 %x>, ptr %p, i1 true)", "%r = add <2 x i8> <i8 1, i8 2>, splat (i8 1)",
        "%r = extractvalue <{ i8, i8 }> <{ i8 1, i8 2 }>, 0", "%r = insertvalue [1 x [1 x i8]] [[1 x i8] [i8 1]], i8 1, 0, 0",
    ],
)  # fmt: skip
def test_what_was_read_before_is_read_alike(line: str) -> None:
    body = parse(f"{line}\n{line}\n{line}")
    first, *more = body.blocks[0].instructions
    width = more[0].at - first.at
    for k, other in enumerate(more, 1):
        assert moved(other, -k * width) == first


def moved(thing: Any, by: int) -> Any:
    """Return a part of a syntax tree as if it stood elsewhere."""
    if isinstance(thing, (Instruction, Operand)):
        thing = thing._replace(at=thing.at + by)
    if not isinstance(thing, tuple):
        return thing
    inside = [moved(each, by) for each in thing]
    return type(thing)(*inside) if hasattr(thing, "_fields") else tuple(inside)


def test_a_slip_in_what_was_read_before() -> None:
    for slip in ("<float 1.0, 2.0>", "<float 1.0 float 2.0>", "<float 1.0, float 2.0", "<float 1.0,>", "<float 1.0, float>"):
        good = "%r = fmul <2 x float> %x, <float 1.0, float 2.0>"
        error = failure(f"{good}\n{good}\n%r = fmul <2 x float> %x, {slip}")
        assert error.location is not None and error.location.line == 3


def test_reading_takes_few_calls_for_an_instruction() -> None:
    lines = [f"  %v{k} = fadd fast float %x, 1.5\n  %w{k} = call float @llvm.sqrt.f32(float %v{k})" for k in range(5000)]
    assert calls_of(lambda: parse("\n".join(lines))) < 40 * 10_000


# -- what is not


@pytest.mark.parametrize(
    ("text", "message", "where", "hint"),
    [
        # types
        ("%r = add %a, %b", "needs the type", "%a", "add i32 %a"),
        ("%r = fmul %x, 2.0", "needs the type", "%x", "fmul float %x"),
        ("%r = add 1, %b", "needs the type", "1", None),
        ("%r = add float32 %a, %b", "a type is needed here, not 'float32'", "float32", "float"),
        ("%r = add uint16 %a, %b", "a type is needed here", "uint16", "i16"),
        ("%r = add i0 %a, %b", "1 to 8388608 bits", "i0", None),
        ("%r = add i99999999 %a, %b", "1 to 8388608 bits", "i99999999", None),
        ("%r = add i9999999999 %a, %b", "a type is needed", "i9999999999", None),
        ("%r = load <0 x i8>, ptr %p", "at least one element", "0", None),
        ("%r = load [ x i8], ptr %p", "a number of elements", "x", None),
        ("%r = load [2 * i8], ptr %p", "'x' is needed", "*", "[8 x i32]"),
        ("%r = load [2 x i8, ptr %p", "']' is needed", ",", None),
        ("%r = load ptr*, ptr %p", "no pointer type", "*", "ptr"),
        ("%r = load " + "[1 x " * 40 + "i8" + "]" * 40 + ", ptr %p", "nested too deeply", "[", None),
        ("%r = load i8" + "*" * 40 + ", ptr %p", "nested too deeply", "*", None),
        # operands
        ("%r = insertvalue {float, float} %a, %b, 0", "%b has no type", "%b", "insertvalue { float, float } %a, float %b, 0"),
        ("%r = insertvalue {float, i8} %a, %b, 1", "%b has no type", "%b", "i8 %b, 1"),
        ("%r = insertvalue {float, float} %a, float %b", "',' and a position is missing", " ", None),
        ("%r = extractvalue {float, i8} %a, 2", "has no part 2", "%a", None),
        ("%r = fadd float %x, float %y", "not the type float", "float", "fadd float %a, %b"),
        ("%r = icmp eq i32 %x, i32 %y", "not the type i32", "i32", None),
        ("%r = add i32 %a", "',' is missing", " ", None),
        ("%r = add i32 %a %b", "',' is needed here", "%b", "commas"),
        ("%r = add i32 %a,\n%s = add i32 %b, 1", "an operand is missing", " ", "%s is assigned in the next"),
        ("%r = add i32 , %b", "a value of type i32", ",", None),
        ("%r = add i32 %a, %b, %c", "no further operand", ",", None),
        ("%r = add i32 %a, getelementptr (i8, ptr null)", "constant expressions", "getelementptr", None),
        ("%r = select i1 %c, %a, %b", "%a has no type", "%a", "type of every operand"),
        ("%r = fneg %x", "%x has no type", "%x", None),
        ("store float %x, %p", "%p has no type", "%p", "ptr %p"),
        ("%r = load float* %p", "',' is needed here", "%p", "load float, ptr %p"),
        ("%r = getelementptr float* %p, i64 1", "',' is needed here", "%p", "element first"),
        ("%r = fptosi float %x i32", "'to' is needed", "i32", "fptosi <type> %value to <type>"),
        ("%r = call @f(i32 %a)", "no result type", "@f", None),
        ("%r = call i32 %f(i32 %a)", "the name of a function", "%f", None),
        ("%r = call i32 @f(i32 %a", "',' is missing", " ", None),
        ("%r = call i32 @f(%a)", "%a has no type", "%a", None),
        ("%r = phi i32 %a, %b", "'[' is needed", "%a", "phi float"),
        ("%r = icmp lt i32 %a, %b", "a comparison", "lt", "slt"),
        ("%r = fcmp slt float %a, %b", "a comparison", "slt", "olt"),
        ("%r = extractelement i32 %a, i32 0", "takes a vector", "%a", None),
        # control
        ("br i1 %c, %t, %e", "'label' is needed", "%t", "label %yes"),
        ("br label there", "the name of a block", "there", "%there"),
        ("br %c", "%c has no type", "%c", None),
        ("ret void\n%r = add i32 %a, 1", "a label is missing after ret", "%r", "next:"),
        ("br label %a\na: ret void\na: ret void", "two blocks called %a", "a", None),
        ("br label %a\na:\n  %x = add i32 1, 2\nb:\n  ret void", "%a has no terminator", "b", "br label %b"),
        ("br label %a\n%a:\n  ret void", "cannot name a block", "%a", "a:"),
        ("%r = br label %x", "has no result", "%r", None),
        ("add i32 %a, %b", "the result of add has no name", "add", "%name = add"),
        # words
        ("%r = adds i32 %a, %b", "'adds' is no instruction", "adds", "add"),
        ("%r = %a", "'%a' is no instruction", "%a", "no copy"),
        ("%r = 1.0", "'1.0' is no instruction", "1.0", "no copy"),
        ("result = add i32 %a, %b", "'result' is no instruction", "result", None),
        ("%r = add i32 %a, %b %c", "not understood behind", "%c", "one instruction a line"),
        ("define i32 @f() {", "'define' is no instruction", "define", "inside of a function"),
        ("%r = add i32 %a, %\"b", "has no end", '"', 'Close it'),
        ("%r =", "'' is no instruction", None, None),
        ("%t = type i8\n%t = type i9", "defined twice", "%t", None),
        ("declare f(float)", "a type is needed", "f", None),
        ("declare float f(float)", "the name of a function", "f", "@expf"),
        ("!0 = banana", "metadata is needed", "banana", None),
        ("attributes #0 = { nounwind", "a closing bracket", None, None),
    ],
)  # fmt: skip
def test_complaints(text: str, message: str, where: str | None, hint: str | None) -> None:
    error = failure(text)
    assert message in error.message
    assert where is None or pointed(error) in (where, "")
    assert hint is None or hint in str(error.hint)


@pytest.mark.parametrize(
    "text",
    [
        "fence seq_cst", "%r = atomicrmw add ptr %p, i32 1 seq_cst", "%r = load atomic i32, ptr %p seq_cst, align 4",
        "store volatile i32 1, ptr %p", '%r = call i32 asm "nop", ""()', "%r = invoke i32 @f() to label %a unwind label %b",
        "%r = add i32 %a, ptrtoint (ptr @g to i32)", 'call void @f() [ "deopt"(i32 1) ]', "indirectbr ptr %p, [ label %a ]",
        "%r = cmpxchg ptr %p, i32 1, i32 2 seq_cst seq_cst", "%r = va_arg ptr %p, i32", "%r = landingpad { ptr, i32 } cleanup",
        "call void @llvm.assume(metadata !1)",
    ],
)  # fmt: skip
def test_what_llvm_knows_and_cobra_does_not(text: str) -> None:
    error = failure(text)
    assert isinstance(error, UnsupportedSyntax) and error.location is not None


def test_an_error_shows_its_line() -> None:
    text = "  %a = add i32 %x, 1\n  %b = add i32 %a %x   ; wrong"
    assert str(failure(text)) == (
        "',' is needed here, not '%x'\n  text.ll:2\n      %b = add i32 %a %x   ; wrong\n                      ^^\n"
        "  Separate operands by commas."
    )
