"""Results too large for any cache: written past it, which saves reading what is overwritten.

Kernels call `run_streaming` by its name in native code. It gets the pointers of dense operands, their number of elements, the
layout that `chunks` describes (of one output), and the same kind of loop; it tells the loop when the output starts
on a whole vector and shares memory with no input, so that it may be written past the caches.
"""

from __future__ import annotations

RUN_STREAMING = "cobra_run_streaming"
"""The name of the function in native code."""

STREAMED_BYTES = 64 << 20
"""Bytes of all operands together from which on nothing of a pass over them is left in a cache of 32 MiB."""

VECTOR = 64
"""Where such an output starts: at a multiple of so many bytes."""

_LARGEST_COUNT = 64  # of operands: NumPy's own limit

_TEXT = f"""
define void @{RUN_STREAMING}(ptr %arguments, i64 %n, ptr %layout, ptr %loop) nounwind {{
entry:
  %shifted = alloca [{_LARGEST_COUNT} x ptr]
  %inputs = load i64, ptr %layout
  %operands_at = getelementptr i64, ptr %layout, i64 1
  %operands = load i64, ptr %operands_at
  %sizes = getelementptr i64, ptr %layout, i64 4
  %out_at = getelementptr i64, ptr %arguments, i64 %inputs
  %out = load i64, ptr %out_at
  %out_size_at = getelementptr i64, ptr %sizes, i64 %inputs
  %out_size = load i64, ptr %out_size_at
  %negative = sub i64 0, %out
  %missing = and i64 %negative, {VECTOR - 1}
  %odd = urem i64 %missing, %out_size
  %can_align = icmp eq i64 %odd, 0
  %written = mul i64 %n, %out_size
  %least = sub i64 0, %written
  br i1 %can_align, label %compare, label %plain

compare:                                        ; whether the output lies apart from each input
  %k = phi i64 [0, %entry], [%k.next, %compare]
  %in_at = getelementptr i64, ptr %arguments, i64 %k
  %in = load i64, ptr %in_at
  %in_size_at = getelementptr i64, ptr %sizes, i64 %k
  %in_size = load i64, ptr %in_size_at
  %read = mul i64 %n, %in_size
  %distance = sub i64 %out, %in
  %before = icmp sle i64 %distance, %least
  %behind = icmp sge i64 %distance, %read
  %apart = or i1 %before, %behind
  %k.next = add i64 %k, 1
  %more = icmp slt i64 %k.next, %inputs
  %go_on = and i1 %apart, %more
  br i1 %go_on, label %compare, label %compared

compared:
  br i1 %apart, label %begin, label %plain

begin:
  %first = udiv i64 %missing, %out_size
  %is_aligned = icmp eq i64 %first, 0
  br i1 %is_aligned, label %shift, label %align

align:
  %failed = call i1 %loop(ptr %arguments, i64 %first, i1 false)
  br i1 %failed, label %done, label %shift

shift:
  %o = phi i64 [0, %begin], [0, %align], [%o.next, %shift]
  %pointer_at = getelementptr ptr, ptr %arguments, i64 %o
  %pointer = load ptr, ptr %pointer_at
  %size_at = getelementptr i64, ptr %sizes, i64 %o
  %size = load i64, ptr %size_at
  %offset = mul i64 %first, %size
  %moved = getelementptr i8, ptr %pointer, i64 %offset
  %moved_at = getelementptr ptr, ptr %shifted, i64 %o
  store ptr %moved, ptr %moved_at
  %o.next = add i64 %o, 1
  %more_operands = icmp slt i64 %o.next, %operands
  br i1 %more_operands, label %shift, label %stream

stream:
  %rest = sub i64 %n, %first
  %ended = call i1 %loop(ptr %shifted, i64 %rest, i1 true)
  fence seq_cst                                  ; such stores become visible in any order
  br label %done

plain:
  %passed = call i1 %loop(ptr %arguments, i64 %n, i1 false)
  br label %done

done:
  ret void
}}
"""


def text() -> str:
    """Return the definition; `own_code` puts it together with others."""
    return _TEXT
