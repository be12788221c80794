"""Mutations of valid texts: whatever is written, an error with a place comes out or a well-formed translation does."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.tokens import Tokens
from cobra.errors import CobraError
from cobra.types import Type, float32, int32
from tests.compiler.frontend.llvm_text.compound_texts import ARGUMENTS, COMPOUND_TEXTS, DEFINITIONS
from tests.compiler.frontend.llvm_text.inline_texts import GRAMMAR_ONLY, SAMPLES, locate_in, translated

ROUNDS = 10_000
BATCHES = 10
_STRANGE = """
i1 i8 i32 i64 i128 i0 i99999999 i8388608 half bfloat float double fp128 ptr void label metadata float* [4 x [1 x {
<4 x <{ <vscale [0 [99999999999999999999 %a %x %result %nothing %entry @llvm.sqrt.f32 @exp label %loop to x null undef
poison zeroinitializer splat true 0 -1 999999999999999999999999999999 1e999999999 0x7FF8000000000000 0xH7E00 0xK0 inf
-nan . , ( ) [ ] { } < > = : * ; " ! !0 !{ #0 ... add fadd sdiv phi br switch ret call tail alloca load store
getelementptr select icmp fcmp eq slt olt freeze bitcast insertvalue extractvalue extractelement declare type
unreachable nsw fast align volatile atomic asm entry: loop: ret\x00 ä %ä
""".split()

_TYPE = re.compile(r"<\d+ x \w+>|\[\d+ x \w+\]|\{ [^{}]* \}|\bi\d+\b|\bfloat\b|\bptr\b")
_TYPES = [
    "i1", "i8", "i16", "i32", "i64", "half", "float", "double", "ptr", "<2 x float>", "<4 x float>", "<4 x i32>", "<4 x i1>",
    "<8 x i16>", "<5000 x i8>", "<0 x i8>", "[4 x i32]", "[0 x i32]", "[4 x <2 x i16>]", "[70000 x i64]", "{ i32, i1 }",
    "{ float, float }", "{}", "<{ i8, i32 }>", "{ i8, { i32, [2 x float] } }", "%pair", "%nothing", "{ ptr, i32 }", "<4 x ptr>",
    "<vscale x 4 x i32>", "[9999999999 x {}]", "<4 x { i32 }>", "void", "i128", "bfloat",
]  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.%])-?\d+(?:\.\d+)?")
_NUMBERS = ["0", "1", "-1", "3", "4", "7", "1000", "-1000", "4294967296", "99999999999999999999", "1.5", "-0.0", "1e400"]

Mutation = Callable[[random.Random, str], str]


def cut_tokens(text: str) -> list[str]:
    """Return a text as tokens, each with the white space behind it."""
    spans = Tokens(text, locate_in(text)).spans
    if not spans:
        return [text]
    ends = [start for start, _ in spans[1:]] + [len(text)]
    return [text[start:end] for (start, _), end in zip(spans, ends, strict=True)]


def swap_tokens(source: random.Random, text: str) -> str:
    parts = cut_tokens(text)
    first, second = (source.randrange(len(parts)) for _ in range(2))
    parts[first], parts[second] = parts[second], parts[first]
    return "".join(parts)


def delete_tokens(source: random.Random, text: str) -> str:
    parts = cut_tokens(text)
    start = source.randrange(len(parts))
    del parts[start : start + source.choice([1, 1, 1, 2, 5])]
    return "".join(parts)


def replace_token(source: random.Random, text: str) -> str:
    parts = cut_tokens(text)
    parts[source.randrange(len(parts))] = source.choice(_STRANGE) + " "
    return "".join(parts)


def insert_token(source: random.Random, text: str) -> str:
    parts = cut_tokens(text)
    parts.insert(source.randrange(len(parts)), source.choice(_STRANGE) + source.choice([" ", "\n"]))
    return "".join(parts)


def truncate(source: random.Random, text: str) -> str:
    return text[: source.randrange(len(text))]


def shuffle_lines(source: random.Random, text: str) -> str:
    lines = text.split("\n")
    start = source.randrange(len(lines))
    kept = lines[start:] + lines[:start] if source.random() < 0.3 else [*lines[:start], source.choice(lines), *lines[start:]]
    return "\n".join(kept)


def drop_line(source: random.Random, text: str) -> str:
    lines = text.split("\n")
    del lines[source.randrange(len(lines))]
    return "\n".join(lines)


def change_character(source: random.Random, text: str) -> str:
    place = source.randrange(len(text))
    return text[:place] + chr(source.choice([*range(32, 127), 0, 10, 955])) + text[place + 1 :]


def change_type(source: random.Random, text: str) -> str:
    return _changed(source, text, _TYPE, _TYPES)


def change_number(source: random.Random, text: str) -> str:
    return _changed(source, text, _NUMBER, _NUMBERS)


def _changed(source: random.Random, text: str, what: re.Pattern[str], others: list[str]) -> str:
    """Put another type or number in the place of one, or of all that are the same."""
    found = what.findall(text)
    if not found:
        return text
    old, new = source.choice(found), source.choice(others)
    places = [match.start() for match in what.finditer(text) if match[0] == old]
    if source.random() < 0.5:
        return text.replace(old, new)
    place = source.choice(places)
    return text[:place] + new + text[place + len(old) :]


def join_texts(source: random.Random, text: str) -> str:
    return f"{text}\n{source.choice(list(SAMPLES.values())).text}"


MUTATIONS: list[Mutation] = [
    swap_tokens, delete_tokens, replace_token, replace_token, insert_token, truncate, shuffle_lines, drop_line,
    change_character, join_texts, change_type, change_type, change_number,
]  # fmt: skip


def outcome(text: str, arguments: dict[str, Type]) -> str:
    """Return what became of a text; anything but an error of Cobra's with a place, or a translation, is raised."""
    try:
        translated(text, arguments, {"result": None})
    except CobraError as error:
        assert error.location is not None, error
        assert str(error)
        return type(error).__name__
    return "translated"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutations(batch: int) -> None:
    source = random.Random(batch)
    texts = [(sample.text, dict(sample.arguments)) for sample in SAMPLES.values()]
    texts += [(text, {"x": float32, "a": int32}) for text in GRAMMAR_ONLY.values()]
    texts += [(DEFINITIONS + text, dict(ARGUMENTS)) for text, _ in COMPOUND_TEXTS.values()]
    seen: set[str] = set()
    for _ in range(ROUNDS // BATCHES):
        text, arguments = source.choice(texts)
        for _ in range(source.choice([1, 1, 2, 4])):
            text = source.choice(MUTATIONS)(source, text) or "ret void"
        try:
            seen.add(outcome(text, arguments))
        except BaseException as error:
            raise AssertionError(f"{error!r}\n{text}") from error
    assert seen >= {"translated", "InvalidText", "UndefinedName", "TypeMismatch", "UnsupportedSyntax"}


@pytest.mark.parametrize(
    "text",
    [
        "[1 x " * 100_000, "{" * 100_000, "%r = load " + "[1 x " * 100_000 + "i8", "(" * 100_000,
        "%r = add i32 " + "9" * 100_000 + ", 1",
        "%r = load i8" + "*" * 100_000 + ", ptr %p", "%r = fadd float 1e" + "9" * 100_000 + ", 1.0",
        "%" * 100_000, '"' * 99_999,
        "%r = add <2 x i8> <i8 " * 50_000, "!0 = !{" * 50_000, "\n" * 100_000 + "?", "a:" * 50_000, ";" * 100_000,
        "%a=" * 50_000,
        "br label %a\na:\n" * 20_000, "%x = add i32 1, 1\n" * 3_000, "call void @f(" * 50_000,
        "switch i32 0, label %a [" * 9_000,
        "%r = phi i32 " + "[ 0, %entry ], " * 50_000, "declare void @f(" + "i8, " * 50_000, "%a = type " * 50_000,
        "%r = fadd float " + "0." + "1" * 100_000 + ", 1.0", "ret float 0x" + "F" * 100_000,
    ],
    ids=lambda text: text[:20].replace("\n", " "),
)  # fmt: skip
def test_long_texts_end_soon(text: str) -> None:
    assert outcome(text, {"x": float32})


def test_named_types_may_go_round() -> None:
    assert outcome("%a = type %b\n%b = type %a\n%r = add %a 1, 2", {}) == "UnsupportedSyntax"
    assert outcome("%a = type { %a }\n%r = extractvalue %a undef, 0, 0, 0", {}) == "UnsupportedSyntax"


def test_places_are_inside_the_text() -> None:
    for text in GRAMMAR_ONLY.values():
        body = parse_body(text, locate_in(text))
        for block in body.blocks:
            for instruction in block.instructions:
                place = body.line(instruction.at)
                assert 0 <= place.column < place.end_column <= len(place.text)
