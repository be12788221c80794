"""Tokens, and the places they stand at."""

from __future__ import annotations

import pytest

from cobra.compiler.frontend.llvm_text.tokens import END, Tokens, label_name, written
from cobra.errors import Location
from tests.compiler.frontend.llvm_text.inline_texts import locate_in


def tokens(text: str) -> Tokens:
    return Tokens(text, locate_in(text))


def shown(place: Location) -> tuple[int, str]:
    return place.line, place.text[place.column : place.end_column]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%r = add i32 %a, -5", ["%r", "=", "add", "i32", "%a", ",", "-5"]),
        ("; only a comment", []),
        ("%a;close\n%b ; far", ["%a", "%b"]),
        ("[4 x float]<2 x i8>{i8}*", ["[", "4", "x", "float", "]", "<", "2", "x", "i8", ">", "{", "i8", "}", "*"]),
        ("1.5e-3 +2. .5 0xH3C00 u0xFF", ["1.5e-3", "+2.", ".5", "0xH3C00", "u0xFF"]),
        ('%"odd ; name" @"f"(...)', ["%odd ; name", "@f", "(", "...", ")"]),
        (r'%"tab\09quote\22"', ['%tab\tquote"']),
        ("!dbg !7 !{!1} #0", ["!dbg", "!7", "!", "{", "!1", "}", "#0"]),
        ("%-odd.$name_1", ["%-odd.$name_1"]),
        ("%ﬁ", ["%fi"]),
        ("loop:%a=add i32 %a,-5", ["loop", ":", "%a", "=", "add", "i32", "%a", ",", "-5"]),
        ("%a%b @f|!", ["%a", "%b", "@f", "|", "!"]),
        ("%a\x1c%b\u2003%ä", ["%a", "%b", "%ä"]),
        ("%a\x1c%b|", ["%a", "%b", "|"]),
    ],
)
def test_texts(text: str, expected: list[str]) -> None:
    found = tokens(text)
    assert found.texts[: found.count] == expected
    assert found.texts[found.count :] == [END] * 4


def test_places() -> None:
    found = tokens("  %a = add i32 %b, 1 ; note\n\n%c = mul i32 %a, %a")
    assert shown(found.location(0)) == (1, "%a")
    assert shown(found.location(2, 5)) == (1, "add i32 %b,")
    assert shown(found.location(5, 9)) == (1, ", 1")
    assert shown(found.rest_of_line(0)) == (1, "%a = add i32 %b, 1")
    assert shown(found.rest_of_line(7)) == (3, "%c = mul i32 %a, %a")
    assert (found.location(99).line, found.location(99).column) == (3, 19)
    assert (found.after(6).line, found.after(6).column) == (1, 20)


def test_places_in_an_empty_text() -> None:
    assert tokens("").location(0).line == 1
    assert tokens(" ; nothing").rest_of_line(3).line == 1


def test_lines_are_told_apart() -> None:
    found = tokens("%a %b\n%c")
    assert found.same_line(0, 1) and found.same_line(1, 0)
    assert not found.same_line(1, 2) and not found.same_line(2, 3)


@pytest.mark.parametrize(
    ("token", "name"), [("loop", "%loop"), ("7", "%7"), ('"a b"', "%a b"), ("+", None), ("%loop", None), ('""', None)]
)
def test_labels(token: str, name: str | None) -> None:
    assert label_name(token) == name


@pytest.mark.parametrize(("name", "text"), [("%x.1", "%x.1"), ("%a b", '%"a b"'), ('%"', r'%"\22"'), ("@f", "@f")])
def test_names_are_quoted_where_they_must_be(name: str, text: str) -> None:
    assert written(name) == text
    assert tokens(text).texts[0] == name
