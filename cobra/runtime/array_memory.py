"""What NumPy calls of a memory pool: native text for malloc, calloc, realloc and free, and the addresses of all of it.

In: a pool's record and what the C functions of the same names get. Out: memory that starts at a multiple of 64 bytes. Large zeros are
fresh pages, which cost nothing until they are touched, and large blocks grow and shrink by moving pages, not bytes.
"""

from __future__ import annotations

from cobra.runtime import memory_blocks, memory_return
from cobra.runtime import memory_record as record
from cobra.runtime.text_loader import load_own

MALLOC, CALLOC, REALLOC, FREE = (f"cobra_memory_{what}" for what in ("malloc", "calloc", "realloc", "free"))

_TEXT = f"""
declare {{ i64, i1 }} @llvm.umul.with.overflow.i64(i64, i64)
declare i64 @llvm.umin.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define ptr @{MALLOC}(ptr %pool, i64 %size) nounwind {{
  %got = call {{ ptr, i1 }} @get(ptr %pool, i64 %size, i1 false)
  %data = extractvalue {{ ptr, i1 }} %got, 0
  ret ptr %data
}}

define ptr @{CALLOC}(ptr %pool, i64 %count, i64 %each) nounwind {{
  %product = call {{ i64, i1 }} @llvm.umul.with.overflow.i64(i64 %count, i64 %each)
  %overflows = extractvalue {{ i64, i1 }} %product, 1
  br i1 %overflows, label %fail, label %get

get:
  %size = extractvalue {{ i64, i1 }} %product, 0
  %is_big = icmp uge i64 %size, {record.BIG}
  %got = call {{ ptr, i1 }} @get(ptr %pool, i64 %size, i1 %is_big)
  %data = extractvalue {{ ptr, i1 }} %got, 0
  %is_zero = extractvalue {{ ptr, i1 }} %got, 1
  %missing = icmp eq ptr %data, null
  %ready = or i1 %missing, %is_zero
  br i1 %ready, label %done, label %clear

clear:
  call void @llvm.memset.p0.i64(ptr align 64 %data, i8 0, i64 %size, i1 false)
  br label %done

done:
  ret ptr %data

fail:
  ret ptr null
}}

define void @{FREE}(ptr %pool, ptr %data, i64 %hint) nounwind {{
  %is_nothing = icmp eq ptr %data, null
  br i1 %is_nothing, label %done, label %look

look:
  %block = getelementptr i8, ptr %data, i64 -64
  %class_at = getelementptr i64, ptr %block, i64 1
  %bytes_at = getelementptr i64, ptr %block, i64 2
  %alone_at = getelementptr i64, ptr %block, i64 3
  %class = load i64, ptr %class_at
  %bytes = load i64, ptr %bytes_at
  %alone = load i64, ptr %alone_at
  %less = sub i64 0, %bytes
  %used = call i64 @count(ptr %pool, i64 {record.USED}, i64 %less)
  %freed = call i64 @count(ptr %pool, i64 {record.FREED}, i64 1)
  %is_large = icmp uge i64 %class, {record.LARGE_CLASS}
  br i1 %is_large, label %weigh, label %push

weigh:
  %is_alone = icmp ne i64 %alone, 0
  %limit_at = getelementptr i8, ptr %pool, i64 {record.LIMIT}
  %limit = load atomic i64, ptr %limit_at monotonic, align 8
  %is_too_much = icmp ugt i64 %bytes, %limit
  %never = or i1 %is_alone, %is_too_much
  br i1 %never, label %return, label %compare

compare:
  %fits = call i1 @fits(ptr %pool, i64 %limit)
  br i1 %fits, label %push, label %evict

evict:                                          ; sizes of an earlier time make room for those of now
  call void @return_large(ptr %pool)
  %fits_now = call i1 @fits(ptr %pool, i64 %limit)
  br i1 %fits_now, label %push, label %return

return:
  call void @unmap(ptr %pool, ptr %block, i64 %bytes)
  br label %done

push:
  %shard = call ptr @any_shard(ptr %pool)
  %head_at = call ptr @head(ptr %shard, i64 %class)
  %next = load atomic ptr, ptr %head_at monotonic, align 8
  store ptr %next, ptr %block
  store atomic ptr %block, ptr %head_at monotonic, align 8
  %left = call i64 @count_in_arena(ptr %block, i64 %class, i64 -1)
  call void @unlock(ptr %shard)
  %is_idle = icmp eq i64 %left, 0
  br i1 %is_idle, label %weigh_arena, label %done

weigh_arena:
  %most_at = getelementptr i8, ptr %pool, i64 {record.LIMIT}
  %most = load atomic i64, ptr %most_at monotonic, align 8
  %is_kept = call i1 @fits(ptr %pool, i64 %most)
  br i1 %is_kept, label %done, label %give_arenas

give_arenas:
  %given = call i64 @{memory_return.TRIM}(ptr %pool)
  br label %done

done:
  ret void
}}

define internal i1 @fits(ptr %pool, i64 %limit) nounwind {{
  %mapped_at = getelementptr i8, ptr %pool, i64 {record.MAPPED}
  %used_at = getelementptr i8, ptr %pool, i64 {record.USED}
  %mapped = load atomic i64, ptr %mapped_at monotonic, align 8
  %used = load atomic i64, ptr %used_at monotonic, align 8
  %idle = sub i64 %mapped, %used
  %fits = icmp sle i64 %idle, %limit
  ret i1 %fits
}}

define ptr @{REALLOC}(ptr %pool, ptr %data, i64 %size) nounwind {{
  %is_nothing = icmp eq ptr %data, null
  br i1 %is_nothing, label %fresh, label %compare

fresh:
  %first = call ptr @{MALLOC}(ptr %pool, i64 %size)
  ret ptr %first

compare:
  %is_too_large = icmp ugt i64 %size, {record.LARGEST}
  br i1 %is_too_large, label %fail, label %classify

classify:
  %block = getelementptr i8, ptr %data, i64 -64
  %class_at = getelementptr i64, ptr %block, i64 1
  %bytes_at = getelementptr i64, ptr %block, i64 2
  %class = load i64, ptr %class_at
  %bytes = load i64, ptr %bytes_at
  %both = call {{ i64, i64 }} @classify(i64 %size)
  %new_class = extractvalue {{ i64, i64 }} %both, 0
  %new_bytes = extractvalue {{ i64, i64 }} %both, 1
  %is_same = icmp eq i64 %class, %new_class
  br i1 %is_same, label %stay, label %choose

stay:
  ret ptr %data

choose:
  %mremap_at = getelementptr i8, ptr %pool, i64 {record.MREMAP}
  %mremap = load ptr, ptr %mremap_at
  %can_remap = icmp ne ptr %mremap, null
  %was_large = icmp uge i64 %class, {record.LARGE_CLASS}
  %is_large = icmp uge i64 %new_class, {record.LARGE_CLASS}
  %both_large = and i1 %was_large, %is_large
  %remaps = and i1 %can_remap, %both_large
  br i1 %remaps, label %remap, label %move

remap:                                          ; pages move, bytes do not
  %moved = call ptr %mremap(ptr %block, i64 %bytes, i64 %new_bytes, i32 1)
  %address = ptrtoint ptr %moved to i64
  %refused = icmp eq i64 %address, -1
  br i1 %refused, label %fail, label %label

label:
  %moved_class_at = getelementptr i64, ptr %moved, i64 1
  %moved_bytes_at = getelementptr i64, ptr %moved, i64 2
  store i64 %new_class, ptr %moved_class_at
  store i64 %new_bytes, ptr %moved_bytes_at
  %change = sub i64 %new_bytes, %bytes
  %mapped = call i64 @count(ptr %pool, i64 {record.MAPPED}, i64 %change)
  call void @raise_peak(ptr %pool, i64 {record.PEAK_MAPPED}, i64 %mapped)
  %used = call i64 @count(ptr %pool, i64 {record.USED}, i64 %change)
  call void @raise_peak(ptr %pool, i64 {record.PEAK_USED}, i64 %used)
  %moved_data = getelementptr i8, ptr %moved, i64 64
  ret ptr %moved_data

move:
  %copy = call ptr @{MALLOC}(ptr %pool, i64 %size)
  %missing = icmp eq ptr %copy, null
  br i1 %missing, label %fail, label %fill

fill:
  %room = sub i64 %bytes, 64
  %length = call i64 @llvm.umin.i64(i64 %room, i64 %size)
  call void @llvm.memcpy.p0.p0.i64(ptr align 64 %copy, ptr align 64 %data, i64 %length, i1 false)
  call void @{FREE}(ptr %pool, ptr %data, i64 0)
  ret ptr %copy

fail:
  ret ptr null
}}
"""


def native_function(name: str) -> int:
    """Return the address of one of these functions; they are loaded when the first pool is made."""
    return load_own("array memory", _text, inline=True)[name]


def _text() -> str:
    return "\n".join((record.TEXT, memory_blocks.TEXT, memory_return.TEXT, _TEXT))
