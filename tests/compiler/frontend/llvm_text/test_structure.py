"""Blocks and branches become regions that do the same; random graphs are compared with LLVM in `test_against_llvm`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cobra.compiler.ir.operations import Function, If, Operation, While, inner_regions
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.verify import verify
from cobra.compiler.transforms.simplify import simplify
from cobra.errors import CobraError, InvalidText, TypeMismatch, UnsupportedSyntax
from cobra.types import int32
from tests.compiler.frontend.llvm_text.inline_texts import SAMPLES, complaint, pointed, run, translated

TWO = {"a": int32, "b": int32}
PAIRS = ([0, 1, 2, 5, -3, 7], [0, 4, -2, 5, 9, 3])


def count(function: Function, kind: type) -> int:
    agenda, found = [function.body], 0
    while agenda:
        for statement in agenda.pop().statements:
            found += isinstance(statement, kind)
            agenda += inner_regions(statement)
    return found


def nested(a: int, b: int) -> int:
    total = 0
    for i in range(a):
        for j in range(b):
            if (i ^ j) & 1:
                continue
            total += i * j
            if total > 20:
                return -total
    return total


def gcd(a: int, b: int) -> int:
    a, b = abs(a), abs(b)
    while b:
        a, b = b, a % b
    return a


NESTED = """
  br label %outer
outer:
  %i = phi i32 [ 0, %entry ], [ %i1, %next ]
  %t = phi i32 [ 0, %entry ], [ %u, %next ]
  %c = icmp slt i32 %i, %a
  br i1 %c, label %inner, label %done
inner:
  %j = phi i32 [ 0, %outer ], [ %j1, %skip ]
  %u = phi i32 [ %t, %outer ], [ %w, %skip ]
  %d = icmp slt i32 %j, %b
  br i1 %d, label %body, label %next
body:
  %x = xor i32 %i, %j
  %odd = trunc i32 %x to i1
  br i1 %odd, label %skip, label %add
add:
  %p = mul i32 %i, %j
  %v = add i32 %u, %p
  %big = icmp sgt i32 %v, 20
  br i1 %big, label %leave, label %skip
skip:
  %w = phi i32 [ %u, %body ], [ %v, %add ]
  %j1 = add i32 %j, 1
  br label %inner
next:
  %i1 = add i32 %i, 1
  br label %outer
leave:
  %n = sub i32 0, %v
  ret i32 %n
done:
  ret i32 %t
"""

GCD = """
  %p = call i32 @llvm.abs.i32(i32 %a, i1 false)
  %q = call i32 @llvm.abs.i32(i32 %b, i1 false)
  br label %head
head:
  %m = phi i32 [ %p, %entry ], [ %n, %body ]
  %n = phi i32 [ %q, %entry ], [ %r, %body ]
  %c = icmp ne i32 %n, 0
  br i1 %c, label %body, label %done
body:
  %r = urem i32 %m, %n
  br label %head
done:
  %result = add i32 %m, 0
"""

JUMPS = """
  %s = icmp slt i32 %a, %b
  br i1 %s, label %one, label %two
one:
  %z = icmp eq i32 %a, 0
  br i1 %z, label %shared, label %last
two:
  %e = icmp eq i32 %a, %b
  br i1 %e, label %shared, label %other
shared:
  %k = phi i32 [ 10, %one ], [ 20, %two ]
  br label %last
other:
  %m = mul i32 %a, %b
  br label %last
last:
  %result = phi i32 [ %k, %shared ], [ %m, %other ], [ %a, %one ]
"""


def jumps(a: int, b: int) -> int:
    if a < b:
        return 10 if a == 0 else a
    return 20 if a == b else a * b


SWITCH = """
  switch i32 %a, label %other [ i32 0, label %zero
                                i32 1, label %same
                                i32 2, label %same
                                i32 5, label %five
                                i32 -3, label %minus
                                i32 2147483647, label %zero ]
zero:
  br label %end
same:
  %t = add i32 %b, 100
  br label %end
five:
  ret i32 5
minus:
  br label %other
other:
  %o = phi i32 [ 1, %entry ], [ 2, %minus ]
  br label %end
end:
  %result = phi i32 [ 0, %zero ], [ %t, %same ], [ %o, %other ]
  ret i32 %result
"""

# What comes first is left by a loop in the middle of its body, and by one that has two ways out.
MIDDLE = """
  br label %loop
loop:
  %i = phi i32 [ %a, %entry ], [ %k, %more ]
  %j = mul i32 %i, 3
  %c = icmp sgt i32 %j, 30
  br i1 %c, label %big, label %more
more:
  %k = add i32 %i, 1
  %d = icmp eq i32 %k, %b
  br i1 %d, label %equal, label %loop
big:
  %x = add i32 %j, 1000
  br label %end
equal:
  %y = sub i32 %j, %k
  br label %end
end:
  %p = phi i32 [ %x, %big ], [ %y, %equal ]
  %result = add i32 %p, %j
"""


def middle(a: int, b: int) -> int:
    while True:
        j = a * 3
        if j > 30:
            return j + 1000 + j
        a += 1
        if a == b:
            return j - a + j


PROGRAMS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "nested loops": (NESTED, nested),
    "a loop that asks first": (GCD, gcd),
    "arms that meet crosswise": (JUMPS, jumps),
    "a switch": (SWITCH, lambda a, b: {0: 0, 1: b + 100, 2: b + 100, 5: 5, -3: 2}.get(a, 1)),
    "a loop left in the middle": (MIDDLE, middle),
    "one block": ("%result = sub i32 %a, %b", lambda a, b: a - b),
    "a branch to one block": (
        "%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %x\nx:\n%result = phi i32 [ %a, %entry ], [ %a, %entry ]",
        lambda a, b: a,
    ),
    "a switch to one block": ("switch i32 %a, label %x [ i32 1, label %x i32 2, label %x ]\nx:\nret i32 %b", lambda a, b: b),
    "a switch without cases": ("switch i32 %a, label %x [ ]\nx:\nret i32 %b", lambda a, b: b),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str) -> None:
    text, model = PROGRAMS[name]
    assert run(text, TWO, *PAIRS) == [model(a, b) for a, b in zip(*PAIRS, strict=True)]


def test_a_loop_that_asks_first_has_that_test() -> None:
    function = simplify(translated(GCD, TWO))
    (loop,) = [statement for statement in function.body.statements if isinstance(statement, While)]
    assert len(loop.initial) == 2
    assert [s.primitive.name for s in loop.test.statements if isinstance(s, Operation)] == ["not_equal"]


def test_any_other_loop_carries_whether_it_goes_on() -> None:
    (loop,) = [s for s in translated(SAMPLES["do while"].text, TWO).body.statements if isinstance(s, While)]
    assert not loop.test.statements and loop.test.results == (loop.carried[0],)


def test_arms_without_instructions_become_a_choice() -> None:
    text = "%c = icmp slt i32 %a, %b\nbr i1 %c, label %x, label %y\nx: br label %z\ny: br label %z\nz:\n"
    function = translated(text + "%result = phi i32 [ %a, %x ], [ 7, %y ]", TWO)
    assert count(function, If) == 0 and "select" in print_function(function)


def test_a_value_of_both_arms_does_not_go_through_the_branch() -> None:
    text = "%c = icmp slt i32 %a, %b\nbr i1 %c, label %x, label %z\nx:\n%v = udiv i32 %a, %b\nbr label %z\nz:\n"
    function = translated(text + "%result = phi i32 [ %a, %x ], [ %a, %entry ]", TWO, {"result": None})
    (branch,) = [statement for statement in function.body.statements if isinstance(statement, If)]
    assert not branch.results and function.body.results == function.parameters[:1]


def test_a_long_row_of_blocks() -> None:
    blocks = "".join(f"b{k}:\n%v{k + 1} = add i32 %v{k}, 1\nbr label %b{k + 1}\n" for k in range(2000))
    assert run(f"%v0 = add i32 %a, 0\nbr label %b0\n{blocks}b2000:\nret i32 %v2000", {"a": int32}, [0, 5]) == [2000, 2005]


def test_a_large_switch() -> None:
    cases = " ".join(f"i32 {k * 3}, label %c{k % 10}" for k in range(100))
    blocks = "".join(f"c{k}:\nret i32 {k}\n" for k in range(10))
    text = f"switch i32 %a, label %other [ {cases} ]\n{blocks}other:\nret i32 -1"
    given = [0, 3, 297, 300, 1, -3, 150]
    assert run(text, {"a": int32}, given) == [a // 3 % 10 if a % 3 == 0 and 0 <= a < 300 else -1 for a in given]


def test_what_is_unreachable_is_left_out() -> None:
    assert run("ret i32 %a\ndead:\n%x = add i32 %undefined, 1\nbr label %dead", TWO, *PAIRS) == PAIRS[0]


def test_unreachable_is_an_exception() -> None:
    function = translated(SAMPLES["switch"].text, TWO)
    assert "fail_if" in print_function(verify(function)) and "unreachable" in print_function(function)


def ladder(steps: int) -> str:
    """Return blocks that each ask for one number and return it, or leave it to the next."""
    ask = "b{0}:\n%c{0} = icmp eq i32 %a, {0}\nbr i1 %c{0}, label %x{0}, label %b{1}\nx{0}:\nret i32 {0}\n"
    return "br label %b0\n" + "".join(ask.format(k, k + 1) for k in range(steps)) + f"b{steps}: ret i32 %b"


def test_branches_may_be_nested_deeply() -> None:
    assert run(ladder(39), TWO, [0, 38, 39], [7, 7, 7]) == [0, 38, 7]


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("br label %there", InvalidText, "there is no block %there", "%there", "%entry"),
        ("br label %lop\nloop: ret void", InvalidText, "there is no block %lop", "%lop", "%loop"),
        ("br label %entry", InvalidText, "lead to the first block", "%entry", "of its own"),
        ("br label %x\nx: br label %x", InvalidText, "this text never ends", "x", "ret"),
        ("%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %y\nx: br label %x\ny: ret void",
         InvalidText, "loop never ends", "x",
         "lead out"),
        ("%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %y\nx: br label %y\ny: br i1 %c, label %x, label %z\nz: ret void",
         UnsupportedSyntax, "two ways in", None, "no structured form"),
        ("br i32 %a, label %x, label %y\nx: ret void\ny: ret void", TypeMismatch, "asks an i1", "%a", "icmp ne i32"),
        ("switch float 1.0, label %x [ ]\nx: ret void", UnsupportedSyntax, "switch over float", "1.0", "i32"),
        ("switch i32 %a, label %x [ i64 1, label %x ]\nx: ret void", TypeMismatch, "over i32, and this case i64", "1", None),
        ("switch i32 %a, label %x [ i32 %b, label %x ]\nx: ret void", InvalidText, "a case is a number", "%b", "icmp"),
        ("switch i8 1, label %x [ i8 255, label %x i8 -1, label %x ]\nx: ret void",
         InvalidText, "stands here twice", "-1", None),
        ("br label %x\nx:\n%p = phi i32 [ 1, %entry ], [ 2, %x ]\nret void",
         InvalidText, "does not come from %x", "%x", "From %entry"),
        ("%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %y\nx: br label %y\ny:\n%p = phi i32 [ 1, %x ]", InvalidText,
         "comes from %entry", "%p = phi i32 [ 1, %x ]", "[ <value>, %entry ]"),
        ("br label %x\nx:\n%p = phi i32 [ 1, %entry ], [ 2, %entry ]", InvalidText, "two values for %entry", "2", None),
        ("%v = add i32 %a, 1\n%p = phi i32 [ 1, %entry ]", InvalidText, "behind another instruction", None, "beginning"),
        ("br label %x\nx:\n%p = phi float [ %a, %entry ]", TypeMismatch, "not a float", "%a", "i32 %a"),
        ("%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %y\nx: ret i32 1\ny: ret void",
         InvalidText, "ends without a value", "y",
         None),
        ("%c = icmp eq i32 %a, 0\nbr i1 %c, label %x, label %y\nx: ret i32 1\ny: ret i64 2",
         TypeMismatch, "i64 is returned here", "2",
         None),
        (ladder(60), UnsupportedSyntax, "nested more than", None, "switch"),
        ("unreachable", InvalidText, "never ends", None, None),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str | None, hint: str | None) -> None:
    error = complaint(text, TWO)
    assert type(error) is kind
    assert message in error.message
    assert where is None or pointed(error) == where
    assert hint is None or hint in str(error.hint)
