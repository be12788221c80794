"""``cobra.inline`` in whole kernels: what goes in and comes out, statements around it, loops, arrays, and every error's place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import cobra
from cobra import config, inline, int8, int32, int64, uint32
from cobra import float32 as f32
from cobra import float64 as f64
from cobra.errors import CobraError, InvalidCall, InvalidText, TypeMismatch, UndefinedName, UnsupportedSyntax

SQUARE = "%result = fmul double %x, %x"


def oracle(want: Callable[..., Any], *operands: Sequence[Any]) -> Callable[[Callable[..., Any]], Any]:
    """Collect a kernel with what it shall give on operands."""

    def keep(kernel: Callable[..., Any]) -> Callable[..., Any]:
        CASES[kernel.__name__] = (kernel, want, operands)
        return kernel

    return keep


CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Sequence[Any], ...]]] = {}
NUMBERS = np.array([-3.0, -1.0, -0.0, 0.0, 0.5, 2.0, 7.0])
SMALL = np.array([-5, -1, 0, 1, 2, 9], np.int32)


@oracle(lambda a, b: a + b, SMALL, SMALL[::-1])
def add(a: int32, b: int32) -> int32:
    result: int32
    inline("%result = add i32 %a, %b")
    return result


@oracle(lambda a, b: a - b, SMALL, SMALL[::-1])
def without_return(a: int32, b: int32) -> int32:
    result: int32
    cobra.inline("%result = sub i32 %a, %b")


@oracle(lambda a, b: a - b, SMALL, SMALL[::-1])
def annotation_alone(a: int32, b: int32) -> int32:
    cobra.inline("%result = sub i32 %a, %b")


@oracle(lambda x: x * x, NUMBERS)
def ret_gives_the_result(x: f64) -> f64:
    cobra.inline("%y = fmul double %x, %x\nret double %y")


@oracle(lambda x: x * x * x, NUMBERS.astype("f4"))
def cube(x: f32) -> f32:
    result: float
    inline("""
        %result = fmul float %x, %x
        %result = fmul float %result, %x   ; the last one counts
    """)
    return result


@oracle(lambda x, y: (x + 1) * (x + 1) - y, NUMBERS, NUMBERS[::-1])
def python_around_it(x: f64, y: f64) -> f64:
    z = x + 1
    square: f64
    inline("%square = fmul double %z, %z")
    return square - y


@oracle(lambda x: x * x, NUMBERS)
def text_from_outside(x: f64) -> f64:
    result: float
    inline(SQUARE)
    return result


@oracle(lambda x: np.where(x > 0, x * 2, 0.0), NUMBERS)
def branch_in_the_text(x: f64) -> f64:
    r: float
    inline("""
            %c = fcmp ogt double %x, 0.0
            br i1 %c, label %positive, label %end
        positive:
            %twice = fmul double %x, 2.0
            br label %end
        end:
            %r = phi double [ 0.0, %entry ], [ %twice, %positive ]
    """)
    return r


@oracle(lambda n: np.where(n > 0, n * (n - 1) // 2, 0), SMALL.astype("i8"))
def loop_in_the_text(n: int64) -> int64:
    inline("""
            %some = icmp sgt i64 %n, 0
            br i1 %some, label %loop, label %end
        loop:
            %i = phi i64 [ 0, %entry ], [ %next, %loop ]
            %sum = phi i64 [ 0, %entry ], [ %total, %loop ]
            %total = add i64 %sum, %i
            %next = add i64 %i, 1
            %more = icmp slt i64 %next, %n
            br i1 %more, label %loop, label %end
        end:
            %result = phi i64 [ 0, %entry ], [ %total, %loop ]
            ret i64 %result
    """)


@oracle(lambda n: np.where(n > 0, n * (n - 1), 0), SMALL.astype("i8"))
def text_in_a_loop(n: int64) -> int64:
    total = 0
    for i in range(n):
        twice: int64
        inline("%twice = shl i64 %i, 1\n%total = add i64 %total, %twice")
    return total


@oracle(lambda n: np.where(n > 0, n, 0), SMALL.astype("i8"))
def first_value_in_a_loop(n: int64) -> int64:
    last: int64 = 0
    done = 0
    while done < n:
        inline("%last = add i64 %done, 1")
        done += 1
    return last


@oracle(lambda k: np.select([k == 0, k == 1, k == 9], [10, 20, 30], -1), SMALL)
def switch(k: int32) -> int32:
    inline("""
            switch i32 %k, label %other [ i32 0, label %a
                                          i32 1, label %b
                                          i32 9, label %c ]
        a:  br label %end
        b:  br label %end
        c:  br label %end
        other: br label %end
        end:
            %result = phi i32 [10, %a], [20, %b], [30, %c], [-1, %other]
    """)


@oracle(lambda x: np.where(x > 1, x + 1, x - 1), NUMBERS)
def texts_on_two_paths(x: f64) -> f64:
    y: f64
    if x > 1:
        inline("%y = fadd double %x, 1.0")
    else:
        inline("%y = fsub double %x, 1.0")
    return y


@oracle(lambda a, b: (a.astype("u4") // np.maximum(b, 1).astype("u4")), SMALL.astype("u4"), SMALL.astype("u4"))
def unsigned(a: uint32, b: uint32) -> uint32:
    b = max(b, np.uint32(1))
    result: uint32
    inline("%result = udiv i32 %a, %b")
    return result


@oracle(lambda x: (x * np.float32(0.1)).astype("f4"), NUMBERS.astype("f4"))
def decimal_constant(x: f32) -> f32:
    inline("%result = fmul float %x, 0.1")


@oracle(lambda x: (x * 2, x < 0), NUMBERS)
def two_results(x: f64) -> tuple[f64, bool]:
    twice: float
    negative: bool
    inline("%twice = fadd double %x, %x\n%negative = fcmp olt double %x, 0.0")
    return twice, negative


def helper(x: float, y: float) -> float:
    result: float
    inline("%result = call double @llvm.maxnum.f64(double %x, double %y)")
    return result


@oracle(lambda x: np.fmax(x, 1.0) + np.fmax(-x, 2.0), NUMBERS)
def called_function(x: f64) -> f64:
    return helper(x, 1.0) + helper(-x, 2.0)


@oracle(lambda x: (x.astype("i1") + 100).astype("i1"), NUMBERS)
def conversions(x: f64) -> int8:
    inline("%n = fptosi double %x to i8\n%result = add i8 %n, 100")


@oracle(lambda x: np.sqrt(np.abs(x)) + np.sin(x), NUMBERS)
def intrinsics_and_libm(x: f64) -> f64:
    inline("""
        %a = call double @llvm.fabs.f64(double %x)
        %b = call double @llvm.sqrt.f64(double %a)
        %c = call double @sin(double %x)
        %result = fadd double %b, %c
    """)


@pytest.mark.parametrize("interpreted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_kernels(name: str, interpreted: bool) -> None:
    function, want, operands = CASES[name]
    with config.options(disable_jit=interpreted):
        kernel = cobra.ufunc(function)
    assert type(kernel) is np.ufunc
    with np.errstate(all="ignore"):
        wanted, found = want(*operands), kernel(*operands)
        for one, other in zip(*(r if isinstance(r, tuple) else (r,) for r in (wanted, found)), strict=True):
            np.testing.assert_array_equal(other, one)
        single = kernel(*(operand[-1] for operand in operands))
    assert np.array_equal(np.asarray(single), np.asarray([w[-1] for w in wanted] if isinstance(wanted, tuple) else wanted[-1]))


def test_a_branch_of_a_text_warns_only_where_it_is_taken() -> None:
    kernel = cobra.ufunc(branch_in_the_text)
    with np.errstate(all="raise"):
        assert np.array_equal(kernel(np.full(100, -1.7e308)), np.zeros(100))
        with pytest.raises(FloatingPointError, match="overflow"):
            kernel(np.full(100, 1.7e308))


# -- arrays


@cobra.ufunc(signature="(n)->()", types="d->d")
def total(a, out):  # type: ignore[no-untyped-def]
    s = 0.0
    for i in range(len(a)):
        inline("""
            %p = getelementptr inbounds double, ptr %a, i64 %i
            %v = load double, ptr %p
            %s = fadd double %s, %v
        """)
    out[()] = s


@cobra.ufunc(signature="(n)->(n)", types="f->f")
def doubled(a, out):  # type: ignore[no-untyped-def]
    n = len(a)
    inline("""
            %some = icmp sgt i64 %n, 0
            br i1 %some, label %loop, label %end
        loop:
            %i = phi i64 [ 0, %entry ], [ %next, %loop ]
            %p = getelementptr float, float* %a, i64 %i
            %q = getelementptr float, float* %out, i64 %i
            %v = load float, float* %p
            %w = fadd float %v, %v
            store float %w, float* %q
            %next = add nuw nsw i64 %i, 1
            %more = icmp slt i64 %next, %n
            br i1 %more, label %loop, label %end
        end:
    """)


def test_pointers_to_elements() -> None:
    a = np.arange(12.0).reshape(3, 4)
    assert np.array_equal(total(a), a.sum(1))
    assert np.array_equal(total(a[:, ::-2]), a[:, ::-2].sum(1))
    b = np.arange(10, dtype="f4").reshape(2, 5)
    assert np.array_equal(doubled(b), 2 * b) and np.array_equal(doubled(b[:, ::2]), 2 * b[:, ::2])
    assert doubled(b[:, :0]).shape == (2, 0)


# -- types inferred, options


def test_types_follow_from_the_text() -> None:
    @cobra.ufunc
    def bits(x):  # type: ignore[no-untyped-def]
        result: int
        inline("%result = xor i32 %x, -1")
        return result

    assert bits.types == ["i->i", "I->i"] and bits(np.int32(5)) == -6


def test_a_kernel_with_a_text_pickles_and_has_its_source() -> None:
    import pickle

    kernel = cobra.ufunc(add)
    assert pickle.loads(pickle.dumps(kernel)) is kernel
    assert kernel.__wrapped__ is add


# -- errors: what is between the brackets is what the caret shows

WRONG: dict[str, tuple[type[CobraError], str, str]] = {
    "undefined": (UndefinedName, r"%q has no value", '''
def undefined(a: int32) -> int32:
    result: int32
    inline("""
        %t = add i32 %a, 1
        %result = add i32 %t, ⟦%q⟧
    """)
    return result
'''),
    "of_another_type": (TypeMismatch, r"%a is", '''
def of_another_type(a: int32, x: f32) -> f32:
    result: f32
    inline("%result = fadd float %x, ⟦%a⟧")
    return result
'''),
    "integer_declared_for_float": (TypeMismatch, r"declared int", '''
def integer_declared_for_float(x: f32) -> f32:
    result: int
    inline("⟦%result = fadd float %x, %x⟧")
    return result
'''),
    "over_blocks": (InvalidText, r"assigned in two blocks|again", '''
def over_blocks(x: f64) -> f64:
    inline("""
            %r = fadd double %x, 1.0
            %c = fcmp ogt double %x, 0.0
            br i1 %c, label %a, label %b
        a:
            ⟦%r = fadd double %x, 2.0⟧
            br label %b
        b:
            ret double %r
    """)
'''),
    "without_operand_type": (InvalidText, r"type", '''
def without_operand_type(a: int32) -> int32:
    inline("%result = add ⟦%a⟧, %a")
'''),
    "number_of_python": (TypeMismatch, r"Python int in Python, not an i32(.|\n)*count = np.int32", '''
def number_of_python(a: int32) -> int32:
    count: int32 = 0
    while a > 0:
        inline("%a = sub i32 %a, 3")
        inline("%count = add i32 ⟦%count⟧, 1")
    return count
'''),
    "assigned_again_for_llvm": (InvalidText, r"dominate(.|\n)*give what is assigned to %a another name", '''
def assigned_again_for_llvm(a: int32) -> int32:
    inline("""
        br label %next
        next:
        %w = zext i32 ⟦%a⟧ to i128
        %a = trunc i128 %w to i32
    """)
    return a
'''),
    "formatted": (UnsupportedSyntax, r"constant string", '''
def formatted(x: f64) -> f64:
    operation = "fadd"
    inline(⟦f"%result = {operation} double %x, %x"⟧)
'''),
    "unknown_intrinsic": (CobraError, r"frobnicate", '''
def unknown_intrinsic(x: f64) -> f64:
    inline("%result = call double ⟦@llvm.frobnicate.f64⟧(double %x)")
'''),
    "no_terminator": (InvalidText, r"terminator|br", '''
def no_terminator(x: f64) -> f64:
    inline("""
        %c = fcmp ogt double %x, 0.0
        ⟦a⟧:
        %result = fadd double %x, 2.0
        br label %a
    """)
'''),
    "as_a_value": (UnsupportedSyntax, r"statement", '''
def as_a_value(x: f64) -> f64:
    return ⟦inline("%result = fadd double %x, %x")⟧
'''),
    "not_constant": (UnsupportedSyntax, r"a constant string, not float64", '''
def not_constant(x: f64) -> f64:
    result: f64
    inline(⟦x⟧)
    return result
'''),
    "never_assigned": (UndefinedName, r"declared but has no value", '''
def never_assigned(x: f64) -> f64:
    result: f64
    inline("%other = fadd double %x, %x")
    return ⟦result⟧
'''),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_the_line_and_what_is_right(name: str) -> None:
    kind, message, marked = WRONG[name]
    start, stretch, _ = re.split("[⟦⟧]", marked)
    names = {"cobra": cobra, "np": np, "inline": inline, "int32": int32, "f32": f32, "f64": f64}
    source = marked.replace("⟦", "").replace("⟧", "")
    exec(compile(source, "kernel.py", "exec", dont_inherit=True), names)
    with pytest.raises(kind, match=message) as caught:
        cobra.ufunc(names[name], source=source)
    found = caught.value.location
    assert found is not None and found.filename == "kernel.py" and found.line == start.count("\n") + 1
    assert found.text[found.column : found.end_column] == stretch
    assert caught.value.hint


def test_interpreted_texts_take_numbers_only() -> None:
    with config.options(disable_jit=True):
        kernel = cobra.ufunc(signature="(n)->()", types="d->d")(total.__wrapped__)
    with pytest.raises(UnsupportedSyntax, match="takes numbers only, and 'a' is of type ndarray"):
        kernel(np.arange(3.0))


@pytest.mark.parametrize("interpreted", [False, True])
@pytest.mark.parametrize("kind", [cobra.uint8, cobra.uint16, cobra.uint32, cobra.uint64], ids=str)
def test_an_unsigned_variable_stays_unsigned(kind: cobra.types.ScalarType, interpreted: bool) -> None:
    text = f"%a = add i{kind.bits} %a, 1"

    def halved(a, n):
        for _ in range(n):
            inline(text)
        return a >> 1

    with config.options(disable_jit=interpreted):
        kernel = cobra.ufunc(halved, types=[((kind, cobra.int64), kind)])
    x = np.array([200, 2 ** (kind.bits - 1), 3], kind.dtype)
    assert np.array_equal(kernel(x, 2), (x + kind(2)) >> kind(1)) and kernel(x, 2).dtype == kind.dtype


def test_a_variable_takes_the_width_of_its_last_value() -> None:
    @cobra.ufunc
    def widened(a: cobra.uint8) -> cobra.int64:
        t = a
        inline("%t = zext i8 %a to i64")
        return t * -1

    assert widened(np.uint8(200)) == -200


@cobra.ufunc
def reading_nothing(x: f64) -> f64:
    result: f64
    inline("%result = fadd double 1.0, 2.0")
    return result + x


@cobra.ufunc
def reading_a_constant(x: f64) -> f64:
    operand0 = 2
    result: int32
    inline("%result = add i32 %operand0, 5")
    return result + x


@pytest.mark.parametrize(("kernel", "added"), [(reading_nothing, 3.0), (reading_a_constant, 7.0)])
def test_interpreted_texts_that_take_no_operand(kernel: np.ufunc, added: float) -> None:
    with config.options(disable_jit=True):
        interpreted = cobra.ufunc(kernel.__wrapped__)
    x = np.array([0.5, -2.0])
    assert interpreted(x).tolist() == kernel(x).tolist() == (x + added).tolist()


def test_interpreted_texts_report_a_wrong_operand_of_float64() -> None:
    def wrong(x: f64) -> f64:
        result: f64
        inline("%result = call double @llvm.sqrt.f32(double %x)")
        return result

    with config.options(disable_jit=True):
        kernel = cobra.ufunc(wrong)
    with pytest.raises(TypeMismatch, match="is for float, not double"):
        kernel(4.0)


def test_plain_python_says_where_it_belongs() -> None:
    with pytest.raises(InvalidCall, match="in kernels only"):
        add(1, 2)
