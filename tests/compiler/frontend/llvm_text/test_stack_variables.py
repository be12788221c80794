"""Memory for single numbers becomes values."""

from __future__ import annotations

import pytest

from cobra.compiler.ir.printing import print_function
from cobra.errors import CobraError, TypeMismatch, UnsupportedSyntax
from cobra.types import ArrayType, Type, float32, int32
from tests.compiler.frontend.llvm_text.inline_texts import complaint, pointed, run, translated

TWO = {"a": int32, "b": int32}


def test_a_straight_line() -> None:
    text = "%p = alloca i32\nstore i32 %a, ptr %p\n%v = load i32, ptr %p\n%w = mul i32 %v, 2\nstore i32 %w, ptr %p\n"
    assert run(text + "%result = load i32, i32* %p", TWO, [1, 4], [0, 0]) == [2, 8]


def test_arms_that_store() -> None:
    text = """
      %p = alloca i32
      store i32 7, ptr %p
      %c = icmp slt i32 %a, %b
      br i1 %c, label %then, label %end
    then:
      store i32 %a, ptr %p
      br label %end
    end:
      %result = load i32, ptr %p
    """
    assert run(text, TWO, [1, 4], [2, 2]) == [1, 7]


def test_a_loop_with_two_variables() -> None:
    text = """
      %i = alloca i32
      %s = alloca i32
      store i32 0, ptr %i
      store i32 0, ptr %s
      br label %head
    head:
      %iv = load i32, ptr %i
      %c = icmp slt i32 %iv, %a
      br i1 %c, label %body, label %done
    body:
      %sv = load i32, ptr %s
      %t = add i32 %sv, %iv
      store i32 %t, ptr %s
      %n = add i32 %iv, 1
      store i32 %n, ptr %i
      br label %head
    done:
      %result = load i32, ptr %s
    """
    assert run(text, TWO, [0, 5, 10], [0, 0, 0]) == [0, 10, 45]


def test_what_was_never_stored_is_zero() -> None:
    assert run("%p = alloca i32\n%v = load i32, ptr %p\n%result = add i32 %v, %a", TWO, [3], [0]) == [3]


def test_only_what_is_still_wanted_is_joined() -> None:
    text = """
      %p = alloca i32
      %c = icmp slt i32 %a, %b
      br i1 %c, label %x, label %y
    x:
      store i32 1, ptr %p
      br label %end
    y:
      store i32 2, ptr %p
      br label %end
    end:
      store i32 3, ptr %p
      %result = load i32, ptr %p
    """
    assert "select" not in print_function(translated(text, TWO, {"result": int32}))


ARRAY: dict[str, Type] = {**TWO, "q": ArrayType(float32, ("n",))}


@pytest.mark.parametrize(
    ("text", "kind", "message", "where"),
    [
        ("%p = alloca i32, i32 %a", UnsupportedSyntax, "known only later", "%p = alloca i32, i32 %a"),
        ("%p = alloca [4 x ptr]", UnsupportedSyntax, "an alloca of [4 x ptr]", "%p = alloca [4 x ptr]"),
        ("%p = alloca i24", UnsupportedSyntax, "an alloca of i24", "%p = alloca i24"),
        ("%p = alloca i32\nstore float 1.0, ptr %p", TypeMismatch, "an alloca of i32, not of float", "%p"),
        ("%p = alloca i32\n%v = load i64, ptr %p", TypeMismatch, "an alloca of i32, not of i64", "%p"),
        ("%p = alloca i32\n%v = load i32, float* %p", TypeMismatch, "an alloca of i32, not of float", "%p"),
        ("%p = alloca i32\n%v = load i32, i32 %p", TypeMismatch, "%p is a pointer", "%p"),
        ("%p = alloca i32\n%v = getelementptr i32, ptr %p, i64 1", UnsupportedSyntax, "address of the alloca %p", "%p"),
        ("%p = alloca i32\n%c = select i1 true, ptr %p, ptr %q", UnsupportedSyntax, "address of the alloca %p", "%p"),
        ("%p = alloca i32\nstore ptr %p, ptr %q", UnsupportedSyntax, "address of the alloca %p", "%p"),
        ("%p = alloca i32\nbr i1 %p, label %x, label %y\nx: ret void\ny: ret void",
         UnsupportedSyntax, "address of the alloca", "%p"),
        ("%p = alloca i32\nret ptr %p", UnsupportedSyntax, "address of the alloca", "%p"),
        ("%p = alloca i32\nbr label %x\nx:\n%r = phi ptr [ %p, %entry ]", UnsupportedSyntax, "address of the alloca %p", "%p"),
    ],
)
def test_complaints(text: str, kind: type[CobraError], message: str, where: str) -> None:
    error = complaint(text, ARRAY)
    assert type(error) is kind
    assert message in error.message
    assert pointed(error) == where
