"""Names that are assigned again, and the values that uses mean."""

from __future__ import annotations

import pytest

from cobra.errors import CobraError, InvalidText, UndefinedName
from cobra.types import float32, int32
from tests.compiler.frontend.llvm_text.inline_texts import complaint, pointed, run, translated

ONE = {"x": int32}


def test_the_cube_of_the_readme() -> None:
    text = "%result = fmul float %x, %x\n%result = fmul float %result, %x"
    assert run(text, {"x": float32}, [3.0, -2.0]) == [27.0, -8.0]


def test_an_argument_assigned_again() -> None:
    text = "%y = add i32 %x, 1\n%x = mul i32 %x, 10\n%z = add i32 %x, %y\n%x = add i32 %x, 100\n%result = add i32 %z, %x"
    assert run(text, ONE, [1, 2]) == [122, 143]


def test_later_blocks_mean_the_last_assignment() -> None:
    text = "%v = add i32 %x, 1\n%v = mul i32 %v, 2\nbr label %next\nnext:\n%result = add i32 %v, 0"
    assert run(text, ONE, [1, 5]) == [4, 12]


def test_a_phi_means_what_a_name_is_at_the_end_of_the_block_it_comes_from() -> None:
    text = """
      %v = add i32 %x, 0
      br label %loop
    loop:
      %s = phi i32 [ %v, %entry ], [ %t, %loop ]
      %t = add i32 %s, 1
      %t = mul i32 %t, 2
      %c = icmp slt i32 %t, 50
      br i1 %c, label %loop, label %done
    done:
      %result = add i32 %t, 0
    """
    assert run(text, ONE, [0, 3, 40]) == [62, 78, 82]


def test_a_phi_may_have_the_name_of_the_variable_it_starts_from() -> None:
    text = """
      br label %loop
    loop:
      %x = phi i32 [ %x, %entry ], [ %next, %loop ]
      %next = mul i32 %x, 2
      %c = icmp slt i32 %next, 100
      br i1 %c, label %loop, label %done
    done:
      %result = add i32 %x, 0
    """
    assert run(text, ONE, [1, 7, 99]) == [64, 56, 99]


def test_new_names_do_not_meet_others() -> None:
    text = "%v = add i32 %x, 1\n%v.2 = add i32 %x, 2\n%v = add i32 %v, 10\n%result = mul i32 %v, %v.2"
    assert run(text, ONE, [0, 1]) == [22, 36]


def test_a_name_assigned_in_a_block_that_nothing_leads_to() -> None:
    assert run("%v = add i32 %x, 1\nret i32 %v\ndead:\n%v = add i32 %x, 2\nret i32 %v", ONE, [1]) == [2]


def test_values_are_handed_out_under_the_names_of_the_text() -> None:
    function = translated("%a = add i32 %x, 1\n%a = add i32 %a, 1\n%b = mul i32 %a, 2", ONE)
    assert len(function.body.results) == 2


DIAMOND = """
%c = icmp slt i32 %x, 0
br i1 %c, label %then, label %else
then:
{}
br label %end
else:
{}
br label %end
end:
{}
"""


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("%r = add i32 %x, %y", UndefinedName, "%y has no value", "%y", "Python's variables here: %x"),
        ("%value = add i32 %x, 1\n%r = add i32 %valeu, 1", UndefinedName, "%valeu has no value", "%valeu", "%value"),
        ("%r = add i32 %s, 1\n%s = add i32 %x, 1", UndefinedName, "before it is assigned", "%s", None),
        (DIAMOND.format("%v = add i32 %x, 1", "%v = add i32 %x, 2", ""), InvalidText, "in the block %then already",
         "%v = add i32 %x, 2", "phi <type>"),
        (DIAMOND.format("%v = add i32 %x, 1", "", "%r = add i32 %v, 1"), UndefinedName, "only the block %then assigns it",
         "%v", "phi <type>"),
        (DIAMOND.format("%x = add i32 %x, 1", "", "%r = add i32 %x, 1"),
         InvalidText, "Python's variable or what the block %then",
         "%x", "phi <type>"),
        (DIAMOND.format("%v = add i32 %x, 1", "%w = add i32 %v, 2", ""), UndefinedName, "may have no value here", "%v", None),
        ("br label %l\nl:\n%v = add i32 %w, 1\n%w = add i32 %v, 1\n%c = icmp eq i32 %w, 0\nbr i1 %c, label %l, label %e\ne:",
         UndefinedName, "before it is assigned", "%w", "phi <type>"),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str, hint: str | None) -> None:
    error = complaint(text, ONE)
    assert type(error) is kind
    assert message in error.message
    assert pointed(error) == where
    assert hint is None or hint in str(error.hint)
