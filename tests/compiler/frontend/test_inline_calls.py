"""Python's variables meet a text inside a function, and places in the text are places in the user's file."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType

import pytest

import cobra
from cobra.compiler.frontend.frame import Frame, Session
from cobra.compiler.frontend.inline_calls import declarations, declare_local, inline_statement, insert_text, locator, names_in_text
from cobra.compiler.frontend.terms import Array, Nothing, Number, Term, Tuple, Unusable
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant, Variable
from cobra.compiler.spec import spec_of
from cobra.errors import CobraError, InvalidCall, InvalidText, Location, TypeMismatch, UndefinedName, UnsupportedSyntax
from cobra.types import ArrayType, float32, int32, int64, uint32

TEXT = "%result = sub i32 %x, 1"


def takes_text(*texts: str) -> None:
    """Stand for ``cobra.inline``."""


def plain(x: int, y: int) -> object:
    result: cobra.int32
    count: int = 0
    takes_text("%result = add i32 %x, 1")
    return result


def several_lines(x: int) -> object:
    result: cobra.int32
    takes_text("""
        %a = add i32 %x, 1
        %result = add i32 %a %x
    """)
    return result


def pieces(x: int) -> None:
    takes_text(
        "%a = add i32 %x, 1\n"
        "%result = add float %a, %x"
    )  # fmt: skip


def one_line(x: int) -> None:
    takes_text("%a = add i32 %x, 1\n%result = add i64 %a, 1")


def from_elsewhere(x: int) -> None:
    takes_text(TEXT)


def frame_of(function: Callable[..., object], **terms: Term) -> Frame:
    assert isinstance(function, FunctionType)
    frame = Frame(Session(Builder()), spec_of(function))
    for name, term in terms.items():
        frame.bind(name, term, None)
    return frame


def call_in(frame: Frame) -> tuple[str, Location]:
    """Return the text given to `takes_text` in a function, and the place of the call."""
    calls = [node for node in ast.walk(frame.spec.tree()) if isinstance(node, ast.Call)]
    (argument,) = calls[0].args
    text = argument.value if isinstance(argument, ast.Constant) else TEXT
    assert isinstance(text, str)
    return text, frame.location(calls[0])


def declaration_in(frame: Frame, number: int = 0) -> ast.AnnAssign:
    return [node for node in ast.walk(frame.spec.tree()) if isinstance(node, ast.AnnAssign)][number]


# -- variables


def test_declared_variables_get_values() -> None:
    frame = frame_of(plain, x=Number(Variable(int32, "x")))
    text, place = call_in(frame)
    declare_local(frame, declaration_in(frame))
    assert isinstance(frame.variables["result"].term, Unusable)
    insert_text(frame, text, place)
    binding = frame.variables["result"]
    assert isinstance(binding.term, Number) and binding.term.type == int32 and not binding.term.weak
    assert binding.location == place


def test_variables_that_the_text_assigns_again() -> None:
    frame = frame_of(plain, x=Number(Variable(int32, "x")), y=Number(Variable(uint32, "y")))
    _, place = call_in(frame)
    insert_text(frame, "%x = add i32 %x, %y\n%temporary = add i32 %x, 1", place)
    assert isinstance(frame.variables["x"].term, Number) and not isinstance(frame.variables["x"].term.value, Constant)
    assert "temporary" not in frame.variables and "result" not in frame.variables


def test_arrays_and_constants_of_python() -> None:
    array = Array(Variable(ArrayType(float32, ("n",)), "a"), (Variable(int64, "n"),))
    frame = frame_of(plain, a=array, k=Number(Constant(int64, 2), weak=True), pair=Tuple(()), nothing=Nothing())
    _, place = call_in(frame)
    text = "%p = getelementptr float, ptr %a, i32 %k\n%f = load float, ptr %p\n%result = fptosi float %f to i32"
    insert_text(frame, text, place)
    assert isinstance(frame.variables["result"].term, Number)


def test_a_variable_without_a_value() -> None:
    frame = frame_of(plain, x=Number(Variable(int32, "x")))
    _, place = call_in(frame)
    declare_local(frame, declaration_in(frame))
    with pytest.raises(UndefinedName, match="%result is used before it is assigned"):
        insert_text(frame, "%result = add i32 %result, 1", place)


def test_declarations_are_read_wherever_they_stand() -> None:
    assert declarations(frame_of(plain)) == {"result": int32, "count": int}


def test_a_declaration_keeps_a_value() -> None:
    number = Number(Variable(int32, "result"))
    frame = frame_of(plain, result=number)
    declare_local(frame, declaration_in(frame))
    assert frame.variables["result"].term is number


def bad_declarations(x: complex) -> None:
    x.real: cobra.int32  # type: ignore[misc]  # noqa: B032
    other: TEXT  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("number", "kind", "message"), [(0, UnsupportedSyntax, "only a variable"), (1, TypeMismatch, "names no scalar type")]
)
def test_bad_declarations(number: int, kind: type[CobraError], message: str) -> None:
    frame = frame_of(bad_declarations)
    with pytest.raises(kind, match=message):
        declare_local(frame, declaration_in(frame, number))


def test_a_declared_type_holds() -> None:
    frame = frame_of(plain, x=Number(Variable(int32, "x")))
    _, place = call_in(frame)
    with pytest.raises(TypeMismatch, match="the variable is declared int32"):
        insert_text(frame, "%result = sitofp i32 %x to float", place)


def test_only_strings_are_texts() -> None:
    frame = frame_of(several_lines, x=Number(Variable(int32, "x")))
    for source, kind, message in (
        ("inline(x)", UnsupportedSyntax, "a constant string, not int32"),
        ("inline('', '')", InvalidCall, "takes one text"),
        ("inline(text='')", InvalidCall, "takes one text"),
    ):
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        with pytest.raises(kind, match=message):
            inline_statement(frame, call)


# -- places


def first_line(function: Callable[..., object]) -> int:
    return function.__code__.co_firstlineno


@pytest.mark.parametrize(
    ("function", "line", "stretch"),
    [(several_lines, 4, "%x"), (pieces, 3, "%a"), (one_line, 1, "%a"), (from_elsewhere, 1, "%x")],
)
def test_errors_stand_in_the_users_file(function: Callable[..., object], line: int, stretch: str) -> None:
    frame = frame_of(function, x=Number(Variable(float32 if function is from_elsewhere else int32, "x")))
    text, place = call_in(frame)
    with pytest.raises((InvalidText, TypeMismatch)) as caught:
        insert_text(frame, text, place)
    found = caught.value.location
    assert found is not None and found.filename == __file__
    assert found.line == first_line(function) + line
    assert found.text[found.column : found.end_column] == stretch


def test_a_text_from_elsewhere_is_shown_by_itself() -> None:
    frame = frame_of(from_elsewhere)
    text, place = call_in(frame)
    found = locator(frame, text, place)(1, 0, 7)
    assert (found.line, found.text) == (place.line, TEXT)


@pytest.mark.parametrize(
    ("text", "read", "assigned"),
    [
        ("%result = add i32 %a, %b", {"result", "a", "b"}, {"result"}),
        ("%x = add i32 %x, 1 ; %note\n  ret i32 %x", {"x"}, {"x", "result"}),
        ('%"odd" = load float, ptr %p', {"odd", "p"}, {"odd"}),
        ("no text at all", set(), set()),
        ("", set(), set()),
    ],
)
def test_names_in_texts(text: str, read: set[str], assigned: set[str]) -> None:
    assert tuple(map(set, names_in_text(text))) == (read, assigned)
