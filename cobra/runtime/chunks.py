"""Strided operands for native loops that want dense ones: gather a chunk, compute, scatter the results.

Kernels call `run_in_chunks` by its name in native code; it is compiled once for the machine, not with every kernel. It gets
the arguments of a NumPy inner loop, a layout (words: inputs, operands, elements in a chunk, bytes of a buffer, then the size of
each element) and a loop over dense operands, ``i1 loop(ptr arguments, i64 n, i1 streams)``, which returns true when it has failed
(`streaming` says what its last argument means). It starts at a whole vector of the output where that is written past the caches.
"""

from __future__ import annotations

from cobra.runtime.streaming import STREAMED_BYTES
from cobra.runtime.strided_copies import VECTOR, copies_text

RUN_IN_CHUNKS = "cobra_run_in_chunks"
"""The name of the function in native code."""

GATHER = "cobra_gather"
"""The name of the function that copies strided elements to dense memory: ``void (i64 size, ptr source, ptr target, i64 step, i64 n)``."""

_LARGEST_COUNT = 64  # of operands: NumPy's own limit

_DRIVER = f"""
declare i64 @llvm.umin.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)

define void @{RUN_IN_CHUNKS}(ptr %arguments, i64 %n, ptr %steps, ptr %layout, ptr %loop) nounwind {{
entry:
  %dense = alloca [{_LARGEST_COUNT} x ptr]                ; what the loop gets: operands that are dense, or buffers
  %inputs = load i64, ptr %layout
  %operands_at = getelementptr i64, ptr %layout, i64 1
  %operands = load i64, ptr %operands_at
  %length_at = getelementptr i64, ptr %layout, i64 2
  %length = load i64, ptr %length_at
  %room_at = getelementptr i64, ptr %layout, i64 3
  %room = load i64, ptr %room_at
  %sizes = getelementptr i64, ptr %layout, i64 4
  %bytes = mul i64 %operands, %room
  %buffers = alloca i8, i64 %bytes, align {VECTOR}
  %gentle = call i1 @gentle(ptr %arguments, i64 %n, ptr %steps, ptr %layout)
  %most = select i1 %gentle, i64 %length, i64 1           ; harmful overlap: element by element
  %first = call i64 @first_streamed(ptr %arguments, i64 %n, ptr %steps, ptr %layout)
  %streams = icmp sge i64 %first, 0
  %is_aligned = icmp sle i64 %first, 0
  %head = call i64 @llvm.umin.i64(i64 %first, i64 %most)
  %opening = select i1 %is_aligned, i64 %most, i64 %head
  %filled = call i64 @llvm.umin.i64(i64 %n, i64 %most)
  br label %chunk

chunk:
  %at = phi i64 [0, %entry], [%next, %advance]
  %longest = phi i64 [%opening, %entry], [%most, %advance]
  %left = sub i64 %n, %at
  %m = call i64 @llvm.umin.i64(i64 %left, i64 %longest)
  %started = icmp ne i64 %at, 0
  br label %operand

operand:
  %k = phi i64 [0, %chunk], [%k.next, %ready]
  %pointer_at = getelementptr ptr, ptr %arguments, i64 %k
  %pointer = load ptr, ptr %pointer_at
  %step_at = getelementptr i64, ptr %steps, i64 %k
  %step = load i64, ptr %step_at
  %size_at = getelementptr i64, ptr %sizes, i64 %k
  %size = load i64, ptr %size_at
  %offset = mul i64 %at, %step
  %source = getelementptr i8, ptr %pointer, i64 %offset
  %place = mul i64 %k, %room
  %buffer = getelementptr i8, ptr %buffers, i64 %place
  %is_dense = icmp eq i64 %step, %size
  %chosen = select i1 %is_dense, ptr %source, ptr %buffer
  %chosen_at = getelementptr ptr, ptr %dense, i64 %k
  store ptr %chosen, ptr %chosen_at
  %is_output = icmp sge i64 %k, %inputs
  %is_repeated = icmp eq i64 %step, 0
  %is_spread = and i1 %is_repeated, %started              ; a repeated element is spread over its buffer once
  %is_there = or i1 %is_dense, %is_spread
  %is_ready = or i1 %is_output, %is_there
  br i1 %is_ready, label %ready, label %fetch

fetch:
  %fetched = select i1 %is_repeated, i64 %filled, i64 %m
  call void @gather(i64 %size, ptr %source, ptr %buffer, i64 %step, i64 %fetched)
  br label %ready

ready:
  %k.next = add i64 %k, 1
  %more_operands = icmp slt i64 %k.next, %operands
  br i1 %more_operands, label %operand, label %run

run:
  %is_past_head = icmp sge i64 %at, %first
  %past_caches = and i1 %streams, %is_past_head
  %failed = call i1 %loop(ptr %dense, i64 %m, i1 %past_caches)
  br i1 %failed, label %done, label %output

output:
  %o = phi i64 [%inputs, %run], [%o.next, %written]
  %more_outputs = icmp slt i64 %o, %operands
  br i1 %more_outputs, label %write, label %advance

write:
  %target_at = getelementptr ptr, ptr %arguments, i64 %o
  %target = load ptr, ptr %target_at
  %by_at = getelementptr i64, ptr %steps, i64 %o
  %by = load i64, ptr %by_at
  %width_at = getelementptr i64, ptr %sizes, i64 %o
  %width = load i64, ptr %width_at
  %is_written = icmp eq i64 %by, %width
  br i1 %is_written, label %written, label %put

put:
  %skipped = mul i64 %at, %by
  %into = getelementptr i8, ptr %target, i64 %skipped
  %from_place = mul i64 %o, %room
  %from = getelementptr i8, ptr %buffers, i64 %from_place
  call void @scatter(i64 %width, ptr %from, ptr %into, i64 %by, i64 %m)
  br label %written

written:
  %o.next = add i64 %o, 1
  br label %output

advance:
  %next = add i64 %at, %m
  %unfinished = icmp slt i64 %next, %n
  br i1 %unfinished, label %chunk, label %done

done:
  br i1 %streams, label %publish, label %end

publish:
  fence seq_cst                                           ; such stores become visible in any order
  br label %end

end:
  ret void
}}

define void @{GATHER}(i64 %size, ptr %source, ptr %target, i64 %step, i64 %n) nounwind {{
  call void @gather(i64 %size, ptr %source, ptr %target, i64 %step, i64 %n)
  ret void
}}

; The first byte of an operand and the one behind its last, for a call whose last element has the given number.
define internal {{ i64, i64 }} @extent(ptr %arguments, i64 %last, ptr %steps, ptr %sizes, i64 %k) nounwind {{
  %base_at = getelementptr i64, ptr %arguments, i64 %k
  %base = load i64, ptr %base_at
  %step_at = getelementptr i64, ptr %steps, i64 %k
  %step = load i64, ptr %step_at
  %size_at = getelementptr i64, ptr %sizes, i64 %k
  %size = load i64, ptr %size_at
  %reach = mul i64 %step, %last
  %down = call i64 @llvm.smin.i64(i64 %reach, i64 0)
  %up = call i64 @llvm.smax.i64(i64 %reach, i64 0)
  %low = add i64 %base, %down
  %top = add i64 %base, %up
  %high = add i64 %top, %size
  %from = insertvalue {{ i64, i64 }} poison, i64 %low, 0
  %both = insertvalue {{ i64, i64 }} %from, i64 %high, 1
  ret {{ i64, i64 }} %both
}}

; Where a single dense output that lies apart from all inputs, in a call too large for any cache, first starts a whole vector; else -1.
define internal i64 @first_streamed(ptr %arguments, i64 %n, ptr %steps, ptr %layout) nounwind {{
entry:
  %inputs = load i64, ptr %layout
  %operands_at = getelementptr i64, ptr %layout, i64 1
  %operands = load i64, ptr %operands_at
  %sizes = getelementptr i64, ptr %layout, i64 4
  %last = sub i64 %n, 1
  %out_at = getelementptr i64, ptr %arguments, i64 %inputs
  %out = load i64, ptr %out_at
  %out_step_at = getelementptr i64, ptr %steps, i64 %inputs
  %out_step = load i64, ptr %out_step_at
  %out_size_at = getelementptr i64, ptr %sizes, i64 %inputs
  %out_size = load i64, ptr %out_size_at
  %written = mul i64 %n, %out_size
  %out_end = add i64 %out, %written
  %is_dense = icmp eq i64 %out_step, %out_size
  %beyond = add i64 %inputs, 1
  %is_single = icmp eq i64 %operands, %beyond
  %negative = sub i64 0, %out
  %missing = and i64 %negative, {VECTOR - 1}
  %odd = urem i64 %missing, %out_size
  %can_align = icmp eq i64 %odd, 0
  %length_at = getelementptr i64, ptr %layout, i64 2
  %length = load i64, ptr %length_at
  %chunk = mul i64 %length, %out_size
  %part = and i64 %chunk, {VECTOR - 1}
  %stays = icmp eq i64 %part, 0                           ; every chunk starts whole vectors when one does
  %is_plain = and i1 %is_dense, %is_single
  %aligns = and i1 %can_align, %stays
  %may = and i1 %is_plain, %aligns
  br i1 %may, label %input, label %no

input:
  %k = phi i64 [0, %entry], [%k.next, %input]
  %bytes = phi i64 [%written, %entry], [%bytes.next, %input]
  %extent_of_k = call {{ i64, i64 }} @extent(ptr %arguments, i64 %last, ptr %steps, ptr %sizes, i64 %k)
  %low = extractvalue {{ i64, i64 }} %extent_of_k, 0
  %high = extractvalue {{ i64, i64 }} %extent_of_k, 1
  %before = icmp ule i64 %high, %out
  %behind = icmp ule i64 %out_end, %low
  %apart = or i1 %before, %behind
  %extent = sub i64 %high, %low
  %bytes.next = add i64 %bytes, %extent
  %k.next = add i64 %k, 1
  %more = icmp slt i64 %k.next, %inputs
  %go_on = and i1 %apart, %more
  br i1 %go_on, label %input, label %compared

compared:
  %is_large = icmp uge i64 %bytes.next, {STREAMED_BYTES}
  %pays = and i1 %apart, %is_large
  %first = udiv i64 %missing, %out_size
  br i1 %pays, label %yes, label %no

yes:
  ret i64 %first

no:
  ret i64 -1
}}

; Whether no chunk writes what a later one reads: of each output and input, the two lie apart or the input stays ahead.
define internal i1 @gentle(ptr %arguments, i64 %n, ptr %steps, ptr %layout) nounwind {{
entry:
  %inputs = load i64, ptr %layout
  %operands_at = getelementptr i64, ptr %layout, i64 1
  %operands = load i64, ptr %operands_at
  %sizes = getelementptr i64, ptr %layout, i64 4
  %last = sub i64 %n, 1
  br label %output

output:
  %o = phi i64 [%inputs, %entry], [%o.next, %next_output]
  %more_outputs = icmp slt i64 %o, %operands
  br i1 %more_outputs, label %first_input, label %yes

first_input:
  %out_at = getelementptr i64, ptr %arguments, i64 %o
  %out = load i64, ptr %out_at
  %out_step_at = getelementptr i64, ptr %steps, i64 %o
  %out_step = load i64, ptr %out_step_at
  %out_size_at = getelementptr i64, ptr %sizes, i64 %o
  %out_size = load i64, ptr %out_size_at
  %out_extent = call {{ i64, i64 }} @extent(ptr %arguments, i64 %last, ptr %steps, ptr %sizes, i64 %o)
  %out_low = extractvalue {{ i64, i64 }} %out_extent, 0
  %out_high = extractvalue {{ i64, i64 }} %out_extent, 1
  br label %input

input:
  %k = phi i64 [0, %first_input], [%k.next, %next_input]
  %more_inputs = icmp slt i64 %k, %inputs
  br i1 %more_inputs, label %compare, label %next_output

compare:
  %in_at = getelementptr i64, ptr %arguments, i64 %k
  %in = load i64, ptr %in_at
  %in_step_at = getelementptr i64, ptr %steps, i64 %k
  %in_step = load i64, ptr %in_step_at
  %in_size_at = getelementptr i64, ptr %sizes, i64 %k
  %in_size = load i64, ptr %in_size_at
  %in_extent = call {{ i64, i64 }} @extent(ptr %arguments, i64 %last, ptr %steps, ptr %sizes, i64 %k)
  %in_low = extractvalue {{ i64, i64 }} %in_extent, 0
  %in_high = extractvalue {{ i64, i64 }} %in_extent, 1
  %before = icmp sle i64 %in_high, %out_low
  %behind = icmp sle i64 %out_high, %in_low
  %apart = or i1 %before, %behind

  %rising = icmp sge i64 %out_step, %out_size
  %faster = icmp sge i64 %in_step, %out_step
  %higher = icmp sge i64 %in, %out
  %rises = and i1 %rising, %faster
  %ahead_up = and i1 %rises, %higher

  %in_size_down = sub i64 0, %in_size
  %falling = icmp sle i64 %in_step, %in_size_down
  %negative = icmp slt i64 %out_step, 0
  %slower = icmp sle i64 %in_step, %out_step
  %lower = icmp sle i64 %in, %out
  %falls = and i1 %falling, %negative
  %falls_first = and i1 %falls, %slower
  %ahead_down = and i1 %falls_first, %lower

  %ahead = or i1 %ahead_up, %ahead_down
  %fine = or i1 %apart, %ahead
  br i1 %fine, label %next_input, label %no

next_input:
  %k.next = add i64 %k, 1
  br label %input

next_output:
  %o.next = add i64 %o, 1
  br label %output

yes:
  ret i1 true

no:
  ret i1 false
}}
"""


def text() -> str:
    """Return the definitions; `own_code` puts them together with others."""
    return _DRIVER + copies_text()
