"""The record of a pool of array memory: where things lie in it, and the native text that all functions of a pool share.

Everything a pool knows lies in one record that its native functions get as their first argument (`RECORD` bytes, page-aligned
and zero at first): the system's functions, counters, and shards. A shard has a lock, the unused rest of an arena, and a list of free
blocks for each size class (steps of 64 bytes to 1 KiB, then eight for each doubling). Nobody waits for a lock that may have
been lost in a fork: who finds one taken uses the next shard.
"""

from __future__ import annotations

MMAP, MUNMAP, MADVISE, MREMAP, FLAGS, ADVICE, LIMIT = range(0, 56, 8)
"""Where the record holds: addresses of functions (the last may be 0), flags of mmap, the advice for big blocks or 0, the limit."""

USED, MAPPED, PEAK_USED, PEAK_MAPPED, ALLOCATIONS, FRESH, FREED = range(64, 120, 8)
"""Where it counts: bytes in use and mapped, the most there ever were of each, blocks handed out, new ones among them, freed ones."""

ARENAS = 120
HANDLER = 2048
"""Where NumPy's description of the allocator lies, so that it lives exactly as long as the pool."""
SHARDS, SHARD, FIRST_SHARD = 8, 4096, 4096
RECORD = FIRST_SHARD + SHARDS * SHARD
"""Bytes of the record."""

FIRST_CLASS, LARGE_CLASS, CLASSES = 1, 81, 320
ARENA = 4 << 20
BIG = 4 << 20
"""From so many bytes on zeros are fresh pages, which the system clears when they are touched, and huge pages are asked for."""
HUGE_PAGE, BEFORE_HUGE = 2 << 20, 64 << 10
"""A block with huge pages starts so many bytes before the first of them, which are a whole number of pages everywhere."""
LARGEST = 1 << 46
PATIENCE = 1 << 16

TEXT = f"""
declare i64 @llvm.ctlz.i64(i64, i1)

; Size of the data -> class, and bytes of the block with what stands before it.
define internal {{ i64, i64 }} @classify(i64 %size) nounwind {{
  %more = add i64 %size, 127
  %total = and i64 %more, -64
  %is_small = icmp ule i64 %total, 1024
  br i1 %is_small, label %small, label %other

small:
  %step = lshr i64 %total, 6
  %s1 = insertvalue {{ i64, i64 }} poison, i64 %step, 0
  %s2 = insertvalue {{ i64, i64 }} %s1, i64 %total, 1
  ret {{ i64, i64 }} %s2

other:
  %last = sub i64 %total, 1
  %zeros = call i64 @llvm.ctlz.i64(i64 %last, i1 true)
  %exponent = sub i64 63, %zeros
  %shift = sub i64 %exponent, 3
  %top = lshr i64 %last, %shift                   ; 8 to 15
  %eighth = and i64 %top, 7
  %doublings = sub i64 %exponent, 10
  %classes = shl i64 %doublings, 3
  %counted = add i64 %classes, %eighth
  %class = add i64 %counted, 17
  %up = add i64 %top, 1
  %bytes = shl i64 %up, %shift
  %o1 = insertvalue {{ i64, i64 }} poison, i64 %class, 0
  %o2 = insertvalue {{ i64, i64 }} %o1, i64 %bytes, 1
  ret {{ i64, i64 }} %o2
}}

; The shard that this thread tries first: threads differ in where their stacks lie.
define internal i64 @own_shard() nounwind {{
  %here = alloca i8
  %address = ptrtoint ptr %here to i64
  %stack = lshr i64 %address, 21
  %mixed = mul i64 %stack, -7046029254386353131
  %number = lshr i64 %mixed, 61
  ret i64 %number
}}

define internal ptr @shard(ptr %pool, i64 %number) nounwind {{
  %within = and i64 %number, {SHARDS - 1}
  %offset = mul i64 %within, {SHARD}
  %at = add i64 %offset, {FIRST_SHARD}
  %shard = getelementptr i8, ptr %pool, i64 %at
  ret ptr %shard
}}

define internal ptr @head(ptr %shard, i64 %class) nounwind {{
  %offset = shl i64 %class, 3
  %at = add i64 %offset, 64
  %head = getelementptr i8, ptr %shard, i64 %at
  ret ptr %head
}}

define internal i1 @try_lock(ptr %shard) nounwind {{
  %swap = cmpxchg ptr %shard, i32 0, i32 1 acquire monotonic
  %got = extractvalue {{ i32, i1 }} %swap, 1
  ret i1 %got
}}

define internal void @unlock(ptr %shard) nounwind {{
  store atomic i32 0, ptr %shard release, align 4
  ret void
}}

; Lock a shard, this thread's own if it is free.
define internal ptr @any_shard(ptr %pool) nounwind {{
entry:
  %own = call i64 @own_shard()
  br label %try

try:
  %k = phi i64 [ 0, %entry ], [ %k.next, %try ]
  %number = add i64 %own, %k
  %shard = call ptr @shard(ptr %pool, i64 %number)
  %got = call i1 @try_lock(ptr %shard)
  %k.next = add i64 %k, 1
  br i1 %got, label %done, label %try

done:
  ret ptr %shard
}}

define internal i64 @count(ptr %pool, i64 %which, i64 %change) nounwind {{
  %at = getelementptr i8, ptr %pool, i64 %which
  %before = atomicrmw add ptr %at, i64 %change monotonic
  %after = add i64 %before, %change
  ret i64 %after
}}

define internal void @raise_peak(ptr %pool, i64 %which, i64 %value) nounwind {{
  %at = getelementptr i8, ptr %pool, i64 %which
  %peak = load atomic i64, ptr %at monotonic, align 8
  %is_higher = icmp ugt i64 %value, %peak
  br i1 %is_higher, label %raise, label %done

raise:
  %before = atomicrmw umax ptr %at, i64 %value monotonic
  br label %done

done:
  ret void
}}

define internal void @unmap(ptr %pool, ptr %from, i64 %bytes) nounwind {{
  %less = sub i64 0, %bytes
  %now = call i64 @count(ptr %pool, i64 {MAPPED}, i64 %less)
  %munmap_at = getelementptr i8, ptr %pool, i64 {MUNMAP}
  %munmap = load ptr, ptr %munmap_at
  %failed = call i32 %munmap(ptr %from, i64 %bytes)
  ret void
}}
"""
