"""Native code that tells NumPy which loop of a ufunc over structured dtypes to use, and what to convert operands to.

NumPy's own choice compares type numbers, and all structured dtypes have the same one. In: where the fields of NumPy's
objects stand. Out: the address of a function as NumPy's field ``type_resolver`` wants it. Operands whose dtypes are those of a loop
are settled here; for all others a Python callable is asked, whose exceptions reach the user.

The function finds what it needs in a record, whose address stands before the functions in the loop table: ``{number of loops,
dtypes of all loops, callable, None, PyArray_EquivTypes, PyObject_CallFunction, PyLong_AsSsize_t}``. The last two are in it because
compiled kernels, too, may use every name that native code can ask for.
"""

from __future__ import annotations

from typing import NamedTuple

from cobra.runtime.text_loader import load_text


class Offsets(NamedTuple):
    """Where fields stand in NumPy's objects, in bytes: two of a ufunc, and the dtype in an array."""

    operands: int
    functions: int
    dtype: int


_TEXT = """
%record = type { i64, ptr, ptr, ptr, ptr, ptr, ptr }
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
@arguments = private unnamed_addr constant [4 x i8] c"niO\\00"

; Whether an operand, if it is there at all, has the dtype of a loop.
define internal i1 @fits(ptr %operands, ptr %wanted, i64 %k, ptr %equivalent) nounwind {
entry:
  %operand_at = getelementptr ptr, ptr %operands, i64 %k
  %operand = load ptr, ptr %operand_at
  %is_absent = icmp eq ptr %operand, null
  br i1 %is_absent, label %yes, label %compare

compare:
  %own_at = getelementptr ptr, ptr %wanted, i64 %k
  %own = load ptr, ptr %own_at
  %given_at = getelementptr i8, ptr %operand, i64 OFFSET_OF_DTYPE
  %given = load ptr, ptr %given_at
  %is_same = icmp eq ptr %given, %own
  br i1 %is_same, label %yes, label %ask

ask:
  %answer = call i8 %equivalent(ptr %given, ptr %own)
  %is_equal = icmp ne i8 %answer, 0
  ret i1 %is_equal

yes:
  ret i1 true
}

define i32 @choose_loop(ptr %ufunc, i32 %casting, ptr %operands, ptr %types, ptr %dtypes) nounwind {
entry:
  %count_at = getelementptr i8, ptr %ufunc, i64 OFFSET_OF_OPERANDS
  %count.32 = load i32, ptr %count_at
  %count = sext i32 %count.32 to i64
  %table_at = getelementptr i8, ptr %ufunc, i64 OFFSET_OF_FUNCTIONS
  %table = load ptr, ptr %table_at
  %record_at = getelementptr ptr, ptr %table, i64 -1
  %record = load ptr, ptr %record_at
  %loops = load i64, ptr %record
  %all_at = getelementptr %record, ptr %record, i32 0, i32 1
  %all = load ptr, ptr %all_at
  %callable_at = getelementptr %record, ptr %record, i32 0, i32 2
  %callable = load ptr, ptr %callable_at
  %none_at = getelementptr %record, ptr %record, i32 0, i32 3
  %none = load ptr, ptr %none_at
  %equivalent_at = getelementptr %record, ptr %record, i32 0, i32 4
  %equivalent = load ptr, ptr %equivalent_at
  %call_at = getelementptr %record, ptr %record, i32 0, i32 5
  %call = load ptr, ptr %call_at
  %number_at = getelementptr %record, ptr %record, i32 0, i32 6
  %number = load ptr, ptr %number_at
  %is_free = icmp eq ptr %types, null
  br i1 %is_free, label %loop, label %ask

loop:
  %index = phi i64 [0, %entry], [%index.next, %other]
  %first = mul i64 %index, %count
  %wanted = getelementptr ptr, ptr %all, i64 %first
  br label %operand

operand:
  %k = phi i64 [0, %loop], [%k.next, %fitting]
  %does = call i1 @fits(ptr %operands, ptr %wanted, i64 %k, ptr %equivalent)
  br i1 %does, label %fitting, label %other

fitting:
  %k.next = add i64 %k, 1
  %more = icmp slt i64 %k.next, %count
  br i1 %more, label %operand, label %found

other:
  %index.next = add i64 %index, 1
  %further = icmp slt i64 %index.next, %loops
  br i1 %further, label %loop, label %ask

ask:
  %said = select i1 %is_free, ptr %none, ptr %types
  %address = ptrtoint ptr %operands to i64
  %result = call ptr (ptr, ptr, ...) %call(ptr %callable, ptr @arguments, i64 %address, i32 %casting, ptr %said)
  %is_error = icmp eq ptr %result, null
  br i1 %is_error, label %failed, label %answered

failed:
  ret i32 -1

answered:
  %answer = call i64 %number(ptr %result)
  call void @Py_DecRef(ptr %result)
  br label %found

found:
  %chosen = phi i64 [%index, %fitting], [%answer, %answered]
  %start = mul i64 %chosen, %count
  %own = getelementptr ptr, ptr %all, i64 %start
  br label %hand

hand:
  %j = phi i64 [0, %found], [%j.next, %hand]
  %dtype_at = getelementptr ptr, ptr %own, i64 %j
  %dtype = load ptr, ptr %dtype_at
  call void @Py_IncRef(ptr %dtype)
  %place = getelementptr ptr, ptr %dtypes, i64 %j
  store ptr %dtype, ptr %place
  %j.next = add i64 %j, 1
  %again = icmp slt i64 %j.next, %count
  br i1 %again, label %hand, label %done

done:
  ret i32 0
}
"""


def loop_choice_function(offsets: Offsets) -> int:
    """Return the address of ``int function(ufunc, casting, operands, types, dtypes)``."""
    return load_text(loop_choice_text(offsets))["choose_loop"]


def loop_choice_text(offsets: Offsets) -> str:
    """Return the module that defines ``choose_loop``."""
    text = _TEXT
    for field, offset in offsets._asdict().items():
        text = text.replace(f"OFFSET_OF_{field.upper()}", str(offset))
    return text
