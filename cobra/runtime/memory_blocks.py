"""Blocks of array memory: native text that finds a free one, cuts one from an arena, or maps one.

In: a pool's record and the size of an array's data. Out: the block's data and whether it is zero. Blocks up to 256 KiB are
cut from arenas of 4 MiB, aligned so that a block's address tells its arena; larger ones are mappings of their own. In the 64 bytes
before its data a block has the next free one, its class, its size, and whether it must not be kept: what frees it trusts
no size from outside and never touches a user's data.
"""

from __future__ import annotations

from cobra.runtime import memory_record as record

TEXT = f"""
; Fresh zero pages that start at a multiple of `align`, where that is not 0, or so many bytes before it.
define internal ptr @map(ptr %pool, i64 %bytes, i64 %align, i64 %before) nounwind {{
entry:
  %mmap_at = getelementptr i8, ptr %pool, i64 {record.MMAP}
  %mmap = load ptr, ptr %mmap_at
  %munmap_at = getelementptr i8, ptr %pool, i64 {record.MUNMAP}
  %munmap = load ptr, ptr %munmap_at
  %flags_at = getelementptr i8, ptr %pool, i64 {record.FLAGS}
  %flags = load i32, ptr %flags_at
  %over = add i64 %bytes, %align
  %first = call ptr %mmap(ptr null, i64 %over, i32 3, i32 %flags, i32 -1, i64 0)
  %is_refused = icmp eq ptr %first, inttoptr (i64 -1 to ptr)
  br i1 %is_refused, label %make_room, label %mapped

make_room:                                      ; what is free in other sizes may be what is missing
  call void @return_large(ptr %pool)
  %second = call ptr %mmap(ptr null, i64 %over, i32 3, i32 %flags, i32 -1, i64 0)
  %is_bad = icmp eq ptr %second, inttoptr (i64 -1 to ptr)
  br i1 %is_bad, label %fail, label %mapped

mapped:
  %start = phi ptr [ %first, %entry ], [ %second, %make_room ]
  %from = ptrtoint ptr %start to i64
  %anywhere = icmp eq i64 %align, 0
  br i1 %anywhere, label %done, label %cut

cut:
  %mask = sub i64 %align, 1
  %least = add i64 %from, %before
  %behind = add i64 %least, %mask
  %negative = sub i64 0, %align
  %multiple = and i64 %behind, %negative
  %at = sub i64 %multiple, %before
  %lead = sub i64 %at, %from
  %tail = sub i64 %align, %lead
  %aligned = inttoptr i64 %at to ptr
  %end = getelementptr i8, ptr %aligned, i64 %bytes
  %tail_failed = call i32 %munmap(ptr %end, i64 %tail)
  %no_lead = icmp eq i64 %lead, 0
  br i1 %no_lead, label %done, label %cut_lead

cut_lead:
  %lead_failed = call i32 %munmap(ptr %start, i64 %lead)
  br label %done

done:
  %block = phi ptr [ %start, %mapped ], [ %aligned, %cut ], [ %aligned, %cut_lead ]
  %now = call i64 @count(ptr %pool, i64 {record.MAPPED}, i64 %bytes)
  call void @raise_peak(ptr %pool, i64 {record.PEAK_MAPPED}, i64 %now)
  ret ptr %block

fail:
  ret ptr null
}}

; A huge page is cleared as a whole when it is first touched: what the pool writes before the data must not touch one.
define internal ptr @map_large(ptr %pool, i64 %bytes) nounwind {{
  %advice_at = getelementptr i8, ptr %pool, i64 {record.ADVICE}
  %advice = load i32, ptr %advice_at
  %wants = icmp ne i32 %advice, 0
  %is_big = icmp uge i64 %bytes, {record.BIG}
  %huge = and i1 %wants, %is_big
  %align = select i1 %huge, i64 {record.HUGE_PAGE}, i64 0
  %before = select i1 %huge, i64 {record.BEFORE_HUGE}, i64 0
  %block = call ptr @map(ptr %pool, i64 %bytes, i64 %align, i64 %before)
  %missing = icmp eq ptr %block, null
  %plain = xor i1 %huge, true
  %ready = or i1 %missing, %plain
  br i1 %ready, label %done, label %advise

advise:
  %madvise_at = getelementptr i8, ptr %pool, i64 {record.MADVISE}
  %madvise = load ptr, ptr %madvise_at
  %refused = call i32 %madvise(ptr %block, i64 %bytes, i32 %advice)
  br label %done

done:
  ret ptr %block
}}

; A free block of the class from any shard, or null.
define internal ptr @reuse(ptr %pool, i64 %class) nounwind {{
entry:
  %own = call i64 @own_shard()
  br label %look

look:
  %k = phi i64 [ 0, %entry ], [ %k.next, %next ]
  %number = add i64 %own, %k
  %shard = call ptr @shard(ptr %pool, i64 %number)
  %head_at = call ptr @head(ptr %shard, i64 %class)
  %glance = load atomic ptr, ptr %head_at monotonic, align 8
  %is_empty = icmp eq ptr %glance, null
  br i1 %is_empty, label %next, label %lock

lock:
  %got = call i1 @try_lock(ptr %shard)
  br i1 %got, label %pop, label %next

pop:
  %block = load atomic ptr, ptr %head_at monotonic, align 8
  %is_gone = icmp eq ptr %block, null
  br i1 %is_gone, label %leave, label %take

take:
  %after = load ptr, ptr %block
  store atomic ptr %after, ptr %head_at monotonic, align 8
  %blocks = call i64 @count_in_arena(ptr %block, i64 %class, i64 1)
  call void @unlock(ptr %shard)
  ret ptr %block

leave:
  call void @unlock(ptr %shard)
  br label %next

next:
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, {record.SHARDS}
  br i1 %more, label %look, label %none

none:
  ret ptr null
}}

; An arena counts its blocks in use, under the lock of some shard: who holds all locks knows which arenas are idle.
; The answer is how many those are now, or -1 for a block that lies in none.
define internal i64 @count_in_arena(ptr %block, i64 %class, i64 %change) nounwind {{
  %is_large = icmp uge i64 %class, {record.LARGE_CLASS}
  br i1 %is_large, label %none, label %add

add:
  %arena = call ptr @arena_of(ptr %block)
  %after = call i64 @count(ptr %arena, i64 8, i64 %change)
  ret i64 %after

none:
  ret i64 -1
}}

define internal ptr @arena_of(ptr %block) nounwind {{
  %address = ptrtoint ptr %block to i64
  %start = and i64 %address, {-record.ARENA}
  %arena = inttoptr i64 %start to ptr
  ret ptr %arena
}}

; A new small block from the shard's arena, or from a new one: its first bytes are the next arena and the blocks in use.
define internal ptr @carve(ptr %pool, i64 %class, i64 %bytes) nounwind {{
entry:
  %shard = call ptr @any_shard(ptr %pool)
  %free_at = getelementptr i8, ptr %shard, i64 8
  %end_at = getelementptr i8, ptr %shard, i64 16
  %free = load i64, ptr %free_at
  %end = load i64, ptr %end_at
  %room = sub i64 %end, %free
  %fits = icmp uge i64 %room, %bytes
  br i1 %fits, label %cut, label %map

map:
  %arena = call ptr @map(ptr %pool, i64 {record.ARENA}, i64 {record.ARENA}, i64 0)
  %missing = icmp eq ptr %arena, null
  br i1 %missing, label %fail, label %link

link:
  %arenas_at = getelementptr i8, ptr %pool, i64 {record.ARENAS}
  %before = atomicrmw xchg ptr %arenas_at, ptr %arena acq_rel
  store ptr %before, ptr %arena
  %start = ptrtoint ptr %arena to i64
  %first = add i64 %start, 64
  %new_end = add i64 %start, {record.ARENA}
  store i64 %new_end, ptr %end_at
  br label %cut

cut:
  %from = phi i64 [ %free, %entry ], [ %first, %link ]
  %to = add i64 %from, %bytes
  store i64 %to, ptr %free_at
  %block = inttoptr i64 %from to ptr
  %blocks = call i64 @count_in_arena(ptr %block, i64 %class, i64 1)
  call void @unlock(ptr %shard)
  ret ptr %block

fail:
  call void @unlock(ptr %shard)
  ret ptr null
}}

; The data of a block, and whether it is known to be zero; `alone` asks for fresh pages that are never kept.
define internal {{ ptr, i1 }} @get(ptr %pool, i64 %size, i1 %alone) nounwind {{
  %is_too_large = icmp ugt i64 %size, {record.LARGEST}
  br i1 %is_too_large, label %fail, label %start

start:
  %both = call {{ i64, i64 }} @classify(i64 %size)
  %class = extractvalue {{ i64, i64 }} %both, 0
  %bytes = extractvalue {{ i64, i64 }} %both, 1
  %is_large = icmp uge i64 %class, {record.LARGE_CLASS}
  br i1 %alone, label %large, label %look

look:
  %old = call ptr @reuse(ptr %pool, i64 %class)
  %is_found = icmp ne ptr %old, null
  br i1 %is_found, label %out, label %fresh

fresh:
  br i1 %is_large, label %large, label %small

large:
  %mapped = call ptr @map_large(ptr %pool, i64 %bytes)
  br label %made

small:
  %carved = call ptr @carve(ptr %pool, i64 %class, i64 %bytes)
  br label %made

made:
  %new = phi ptr [ %mapped, %large ], [ %carved, %small ]
  %missing = icmp eq ptr %new, null
  br i1 %missing, label %fail, label %label

label:
  %class_at = getelementptr i64, ptr %new, i64 1
  %bytes_at = getelementptr i64, ptr %new, i64 2
  %alone_at = getelementptr i64, ptr %new, i64 3
  %alone_word = zext i1 %alone to i64
  store i64 %class, ptr %class_at
  store i64 %bytes, ptr %bytes_at
  store i64 %alone_word, ptr %alone_at
  %fresh_blocks = call i64 @count(ptr %pool, i64 {record.FRESH}, i64 1)
  br label %out

out:
  %block = phi ptr [ %old, %look ], [ %new, %label ]
  %is_zero = phi i1 [ false, %look ], [ true, %label ]
  %allocations = call i64 @count(ptr %pool, i64 {record.ALLOCATIONS}, i64 1)
  %in_use = call i64 @count(ptr %pool, i64 {record.USED}, i64 %bytes)
  call void @raise_peak(ptr %pool, i64 {record.PEAK_USED}, i64 %in_use)
  %data = getelementptr i8, ptr %block, i64 64
  %r1 = insertvalue {{ ptr, i1 }} poison, ptr %data, 0
  %r2 = insertvalue {{ ptr, i1 }} %r1, i1 %is_zero, 1
  ret {{ ptr, i1 }} %r2

fail:
  ret {{ ptr, i1 }} zeroinitializer
}}
"""
