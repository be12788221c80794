"""Free array memory back to the system: native text for a pool that has too much of it, for `trim`, and for a pool's end.

In: a pool's record; in `cobra_memory_end` the capsule whose last owner has gone. Mappings go one by one, an arena when none of its
blocks is in use: for that all shards are locked, so that no block of it can be handed out meanwhile.
"""

from __future__ import annotations

from cobra.runtime import memory_record as record
from cobra.runtime.text_loader import text_constant

TRIM, END = "cobra_memory_trim", "cobra_memory_end"

TEXT = f"""
; Lock one shard, unless its lock stays taken: it may have been lost in a fork.
define internal i1 @lock(ptr %shard) nounwind {{
entry:
  br label %try

try:
  %k = phi i64 [ 0, %entry ], [ %k.next, %again ]
  %got = call i1 @try_lock(ptr %shard)
  br i1 %got, label %yes, label %again

again:
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, {record.PATIENCE}
  br i1 %more, label %try, label %no

yes:
  ret i1 true

no:
  ret i1 false
}}

define internal void @return_large(ptr %pool) nounwind {{
entry:
  br label %each

each:
  %k = phi i64 [ 0, %entry ], [ %k.next, %next_shard ]
  %shard = call ptr @shard(ptr %pool, i64 %k)
  %got = call i1 @lock(ptr %shard)
  br i1 %got, label %class, label %next_shard

class:
  %c = phi i64 [ {record.LARGE_CLASS}, %each ], [ %c.next, %next_class ]
  %head_at = call ptr @head(ptr %shard, i64 %c)
  br label %pop

pop:
  %block = load atomic ptr, ptr %head_at monotonic, align 8
  %is_empty = icmp eq ptr %block, null
  br i1 %is_empty, label %next_class, label %give

give:
  %next = load ptr, ptr %block
  store atomic ptr %next, ptr %head_at monotonic, align 8
  %bytes_at = getelementptr i64, ptr %block, i64 2
  %bytes = load i64, ptr %bytes_at
  call void @unmap(ptr %pool, ptr %block, i64 %bytes)
  br label %pop

next_class:
  %c.next = add i64 %c, 1
  %more_classes = icmp ult i64 %c.next, {record.CLASSES}
  br i1 %more_classes, label %class, label %leave

leave:
  call void @unlock(ptr %shard)
  br label %next_shard

next_shard:
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, {record.SHARDS}
  br i1 %more, label %each, label %done

done:
  ret void
}}

define internal i1 @is_idle(ptr %arena) nounwind {{
  %blocks = call i64 @count(ptr %arena, i64 8, i64 0)
  %idle = icmp eq i64 %blocks, 0
  ret i1 %idle
}}

; Take the free blocks of idle arenas off a shard's lists, and the arena it cuts from if that is idle.
define internal void @forget_idle(ptr %shard) nounwind {{
entry:
  br label %class

class:
  %c = phi i64 [ {record.FIRST_CLASS}, %entry ], [ %c.next, %next_class ]
  %head_at = call ptr @head(ptr %shard, i64 %c)
  br label %look

look:
  %at = phi ptr [ %head_at, %class ], [ %block, %keep ], [ %at, %drop ]
  %block = load ptr, ptr %at
  %is_end = icmp eq ptr %block, null
  br i1 %is_end, label %next_class, label %ask

ask:
  %arena = call ptr @arena_of(ptr %block)
  %idle = call i1 @is_idle(ptr %arena)
  br i1 %idle, label %drop, label %keep

drop:
  %after = load ptr, ptr %block
  store ptr %after, ptr %at
  br label %look

keep:
  br label %look

next_class:
  %c.next = add i64 %c, 1
  %more = icmp ult i64 %c.next, {record.LARGE_CLASS}
  br i1 %more, label %class, label %rest

rest:
  %free_at = getelementptr i8, ptr %shard, i64 8
  %end_at = getelementptr i8, ptr %shard, i64 16
  %end = load i64, ptr %end_at
  %is_none = icmp eq i64 %end, 0
  br i1 %is_none, label %done, label %current

current:
  %last = sub i64 %end, 1
  %within = inttoptr i64 %last to ptr
  %own = call ptr @arena_of(ptr %within)
  %own_idle = call i1 @is_idle(ptr %own)
  br i1 %own_idle, label %reset, label %done

reset:
  store i64 0, ptr %free_at
  store i64 0, ptr %end_at
  br label %done

done:
  ret void
}}

define internal void @return_arenas(ptr %pool) nounwind {{
entry:
  br label %each

each:
  %k = phi i64 [ 0, %entry ], [ %k.next, %each ]
  %shard = call ptr @shard(ptr %pool, i64 %k)
  call void @forget_idle(ptr %shard)
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, {record.SHARDS}
  br i1 %more, label %each, label %arenas

arenas:
  %first_at = getelementptr i8, ptr %pool, i64 {record.ARENAS}
  br label %look

look:
  %at = phi ptr [ %first_at, %arenas ], [ %arena, %keep ], [ %at, %drop ]
  %arena = load ptr, ptr %at
  %is_end = icmp eq ptr %arena, null
  br i1 %is_end, label %done, label %ask

ask:
  %idle = call i1 @is_idle(ptr %arena)
  br i1 %idle, label %drop, label %keep

drop:
  %after = load ptr, ptr %arena
  store ptr %after, ptr %at
  call void @unmap(ptr %pool, ptr %arena, i64 {record.ARENA})
  br label %look

keep:
  br label %look

done:
  ret void
}}

; Give back what no array uses; arenas only where all locks can be had. The answer is the number of bytes.
define i64 @{TRIM}(ptr %pool) nounwind {{
entry:
  %before = call i64 @count(ptr %pool, i64 {record.MAPPED}, i64 0)
  call void @return_large(ptr %pool)
  br label %lock

lock:
  %k = phi i64 [ 0, %entry ], [ %k.next, %locked ]
  %shard = call ptr @shard(ptr %pool, i64 %k)
  %got = call i1 @lock(ptr %shard)
  br i1 %got, label %locked, label %unlock

locked:
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, {record.SHARDS}
  br i1 %more, label %lock, label %all

all:
  call void @return_arenas(ptr %pool)
  br label %unlock

unlock:
  %held = phi i64 [ %k, %lock ], [ {record.SHARDS}, %all ], [ %one_less, %open ]
  %is_none = icmp eq i64 %held, 0
  br i1 %is_none, label %done, label %open

open:
  %one_less = sub i64 %held, 1
  %taken = call ptr @shard(ptr %pool, i64 %one_less)
  call void @unlock(ptr %taken)
  br label %unlock

done:
  %after = call i64 @count(ptr %pool, i64 {record.MAPPED}, i64 0)
  %returned = sub i64 %before, %after
  ret i64 %returned
}}

{text_constant("capsule_name", "mem_handler")}
declare ptr @PyCapsule_GetPointer(ptr, ptr)

; The last array, context and object of a pool have gone: so does its record.
define void @{END}(ptr %capsule) nounwind {{
  %handler = call ptr @PyCapsule_GetPointer(ptr %capsule, ptr @capsule_name)
  %pool = getelementptr i8, ptr %handler, i64 {-record.HANDLER}
  %returned = call i64 @{TRIM}(ptr %pool)
  %munmap_at = getelementptr i8, ptr %pool, i64 {record.MUNMAP}
  %munmap = load ptr, ptr %munmap_at
  %failed = call i32 %munmap(ptr %pool, i64 {record.RECORD})
  ret void
}}
"""
