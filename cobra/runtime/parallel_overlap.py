"""Native code that tells whether chunks of a loop may run at once: by where its operands lie and how they are stepped through.

Each operand that is written must lie apart from every other one, or begin with it and move along with it in steps beyond what one
element of the loop touches. Core dimensions count for what an element touches.
"""

from __future__ import annotations

import ctypes

from cobra.runtime.parallel_record import LoopRecord, OperandRecord, operand_fields, record_fields

LARGEST_COUNT = 64
"""Of operands: NumPy's own limit."""

_TEXT = f"""
define internal ptr @operand_of(ptr %record, i64 %k) nounwind {{
  %offset = mul i64 %k, {ctypes.sizeof(OperandRecord)}
  %begin = getelementptr i8, ptr %record, i64 {ctypes.sizeof(LoopRecord)}
  %operand = getelementptr i8, ptr %begin, i64 %offset
  ret ptr %operand
}}

; The bytes that one element of the outer loop may touch of an operand, seen from where it begins.
define internal void @window(ptr %dimensions, ptr %steps, ptr %record, i64 %k, ptr %low, ptr %high) nounwind {{
entry:
  %operand = call ptr @operand_of(ptr %record, i64 %k)
{record_fields("operands")}
{operand_fields("size", "rank", "core")}
  %operands = load i64, ptr %operands.at
  %size = load i64, ptr %size.at
  %rank = load i64, ptr %rank.at
  %core = load i64, ptr %core.at
  %table = getelementptr i8, ptr %record, i64 {ctypes.sizeof(LoopRecord)}
  %numbers = getelementptr i64, ptr %table, i64 %core
  %table_words = mul i64 %operands, {ctypes.sizeof(OperandRecord) // 8}
  %before = sub i64 %core, %table_words
  %core_steps = getelementptr i64, ptr %steps, i64 %operands
  %own_steps = getelementptr i64, ptr %core_steps, i64 %before
  %is_scalar = icmp eq i64 %rank, 0
  br i1 %is_scalar, label %done, label %dimension

dimension:
  %d = phi i64 [0, %entry], [%d.next, %dimension]
  %down = phi i64 [0, %entry], [%down.next, %dimension]
  %up = phi i64 [0, %entry], [%up.next, %dimension]
  %number_at = getelementptr i64, ptr %numbers, i64 %d
  %number = load i64, ptr %number_at
  %place = add i64 %number, 1
  %length_at = getelementptr i64, ptr %dimensions, i64 %place
  %length = load i64, ptr %length_at
  %step_at = getelementptr i64, ptr %own_steps, i64 %d
  %step = load i64, ptr %step_at
  %last = sub i64 %length, 1
  %reach = mul i64 %step, %last
  %less = call i64 @llvm.smin.i64(i64 %reach, i64 0)
  %more = call i64 @llvm.smax.i64(i64 %reach, i64 0)
  %down.next = add i64 %down, %less
  %up.next = add i64 %up, %more
  %d.next = add i64 %d, 1
  %again = icmp slt i64 %d.next, %rank
  br i1 %again, label %dimension, label %done

done:
  %lowest = phi i64 [0, %entry], [%down.next, %dimension]
  %highest = phi i64 [0, %entry], [%up.next, %dimension]
  %end = add i64 %highest, %size
  store i64 %lowest, ptr %low
  store i64 %end, ptr %high
  ret void
}}

; Whether chunks of the loop may run in any order and at once.
define internal i1 @is_splittable(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record) nounwind {{
entry:
  %lows = alloca [{LARGEST_COUNT} x i64]
  %highs = alloca [{LARGEST_COUNT} x i64]
{record_fields("operands")}
  %operands = load i64, ptr %operands.at
  br label %measure

measure:
  %m = phi i64 [0, %entry], [%m.next, %measure]
  %low_at = getelementptr i64, ptr %lows, i64 %m
  %high_at = getelementptr i64, ptr %highs, i64 %m
  call void @window(ptr %dimensions, ptr %steps, ptr %record, i64 %m, ptr %low_at, ptr %high_at)
  %m.next = add i64 %m, 1
  %unmeasured = icmp slt i64 %m.next, %operands
  br i1 %unmeasured, label %measure, label %written

written:
  %o = phi i64 [0, %measure], [%o.next, %next_written]
  %operand = call ptr @operand_of(ptr %record, i64 %o)
{operand_fields("is_written")}
  %is_written = load i64, ptr %is_written.at
  %is_read_only = icmp eq i64 %is_written, 0
  br i1 %is_read_only, label %next_written, label %other

other:
  %k = phi i64 [0, %written], [%k.next, %fine]
  %is_fine = call i1 @go_together(ptr %arguments, ptr %dimensions, ptr %steps, ptr %lows, ptr %highs, i64 %o, i64 %k)
  br i1 %is_fine, label %fine, label %no

fine:
  %k.next = add i64 %k, 1
  %more = icmp slt i64 %k.next, %operands
  br i1 %more, label %other, label %next_written

next_written:
  %o.next = add i64 %o, 1
  %further = icmp slt i64 %o.next, %operands
  br i1 %further, label %written, label %yes

yes:
  ret i1 true

no:
  ret i1 false
}}

; Of an operand that is written and another one, or itself: they lie apart, or move together in steps beyond what an element touches.
define internal i1 @go_together(ptr %arguments, ptr %dimensions, ptr %steps, ptr %lows, ptr %highs, i64 %o, i64 %k) nounwind {{
  %n = load i64, ptr %dimensions
  %last = sub i64 %n, 1
  %o.at = getelementptr i64, ptr %arguments, i64 %o
  %k.at = getelementptr i64, ptr %arguments, i64 %k
  %o.step_at = getelementptr i64, ptr %steps, i64 %o
  %k.step_at = getelementptr i64, ptr %steps, i64 %k
  %o.low_at = getelementptr i64, ptr %lows, i64 %o
  %k.low_at = getelementptr i64, ptr %lows, i64 %k
  %o.high_at = getelementptr i64, ptr %highs, i64 %o
  %k.high_at = getelementptr i64, ptr %highs, i64 %k
  %o.start = load i64, ptr %o.at
  %k.start = load i64, ptr %k.at
  %o.step = load i64, ptr %o.step_at
  %k.step = load i64, ptr %k.step_at
  %o.low = load i64, ptr %o.low_at
  %k.low = load i64, ptr %k.low_at
  %o.high = load i64, ptr %o.high_at
  %k.high = load i64, ptr %k.high_at

  %is_same_start = icmp eq i64 %o.start, %k.start
  %is_same_step = icmp eq i64 %o.step, %k.step
  %is_same = and i1 %is_same_start, %is_same_step
  %low = call i64 @llvm.smin.i64(i64 %o.low, i64 %k.low)
  %high = call i64 @llvm.smax.i64(i64 %o.high, i64 %k.high)
  %width = sub i64 %high, %low
  %back = sub i64 0, %o.step
  %stride = call i64 @llvm.smax.i64(i64 %o.step, i64 %back)
  %is_wide = icmp sge i64 %stride, %width
  %moves_along = and i1 %is_same, %is_wide

  %o.reach = mul i64 %o.step, %last
  %k.reach = mul i64 %k.step, %last
  %o.down = call i64 @llvm.smin.i64(i64 %o.reach, i64 0)
  %k.down = call i64 @llvm.smin.i64(i64 %k.reach, i64 0)
  %o.up = call i64 @llvm.smax.i64(i64 %o.reach, i64 0)
  %k.up = call i64 @llvm.smax.i64(i64 %k.reach, i64 0)
  %o.first = add i64 %o.start, %o.low
  %k.first = add i64 %k.start, %k.low
  %o.bottom = add i64 %o.first, %o.down
  %k.bottom = add i64 %k.first, %k.down
  %o.end = add i64 %o.start, %o.high
  %k.end = add i64 %k.start, %k.high
  %o.top = add i64 %o.end, %o.up
  %k.top = add i64 %k.end, %k.up
  %is_below = icmp sle i64 %o.top, %k.bottom
  %is_above = icmp sle i64 %k.top, %o.bottom
  %is_apart = or i1 %is_below, %is_above
  %is_fine = or i1 %is_apart, %moves_along
  ret i1 %is_fine
}}
"""


def text() -> str:
    """Return the definitions; they need the declarations of `pool_callers`."""
    return _TEXT
