"""The thread pool's native code on the side of its threads: how they wait, wake each other, and claim chunks of a job.

Any number of threads take chunks of one job at a time. `pool_memory` describes the memory, `pool_callers` gives jobs out; a job is
``void job(ptr context, i64 start, i64 stop)``.
"""

from __future__ import annotations

import ctypes

from cobra.runtime.pool_memory import JOB, Seat, Shared, field_addresses, fixed, shared

CHUNKS_LEFT = 0xFFFFFFFF
"""The part of the word of claims that counts chunks."""

TASK_WORDS = len(JOB)
"""Words of a thread's copy of a job."""


def _task(*names: str) -> str:
    return "\n".join(
        f"  %task.{name}.at = getelementptr i64, ptr %task, i64 {JOB.index(name)}\n  %{name} = load i64, ptr %task.{name}.at"
        for name in names
    )


def _copy_job() -> str:
    return "\n".join(
        f"  %copy.{name} = load atomic i64, ptr %{name}.at monotonic, align 8\n"
        f"  %task.{name}.at = getelementptr i64, ptr %task, i64 {JOB.index(name)}\n"
        f"  store i64 %copy.{name}, ptr %task.{name}.at"
        for name in JOB
    )


_SLEEP = f"""
define internal ptr @seat_of(ptr %shared, i64 %member) nounwind {{
  %offset = mul i64 %member, {ctypes.sizeof(Seat)}
  %begin = getelementptr i8, ptr %shared, i64 {ctypes.sizeof(Shared)}
  %seat = getelementptr i8, ptr %begin, i64 %offset
  ret ptr %seat
}}

; Whoever takes the mark owes the sleeper one release of its lock. A release too many only wakes somebody in vain.
define internal i1 @take_mark(ptr %seat) nounwind {{
{field_addresses(Seat, "seat", "asleep")}
  %before = atomicrmw xchg ptr %asleep.at, i32 0 seq_cst
  %mine = icmp ne i32 %before, 0
  ret i1 %mine
}}

define internal void @mark_asleep(ptr %seat) nounwind {{
{field_addresses(Seat, "seat", "asleep")}
  store atomic i32 1, ptr %asleep.at seq_cst, align 4
  ret void
}}

define internal void @sleep(ptr %pool, ptr %seat) nounwind {{
{fixed("PyThread_acquire_lock")}
{field_addresses(Seat, "seat", "lock")}
  %acquire = load ptr, ptr %PyThread_acquire_lock.at
  %lock = load ptr, ptr %lock.at
  %got = call i32 %acquire(ptr %lock, i32 1)
  %spurious = call i1 @take_mark(ptr %seat)
  ret void
}}

define internal i1 @wake(ptr %pool, ptr %seat) nounwind {{
entry:
{fixed("PyThread_release_lock")}
{field_addresses(Seat, "seat", "lock", "asleep")}
  %seen = load atomic i32, ptr %asleep.at seq_cst, align 4
  %awake = icmp eq i32 %seen, 0
  br i1 %awake, label %no, label %take

take:
  %mine = call i1 @take_mark(ptr %seat)
  br i1 %mine, label %release, label %no

release:
  %unlock = load ptr, ptr %PyThread_release_lock.at
  %lock = load ptr, ptr %lock.at
  call void %unlock(ptr %lock)
  ret i1 true

no:
  ret i1 false
}}

; Wake one worker that may take part. A wake-up takes microseconds: those woken wake the others.
define internal void @wake_one(ptr %pool, ptr %shared) nounwind {{
entry:
{shared("sleepers", "limit")}
  %sleepers = load atomic i64, ptr %sleepers.at seq_cst, align 8
  %none = icmp eq i64 %sleepers, 0
  br i1 %none, label %done, label %begin

begin:
  %limit = load atomic i64, ptr %limit.at monotonic, align 8
  br label %search

search:
  %member = phi i64 [1, %begin], [%next, %try]
  %more = icmp slt i64 %member, %limit
  br i1 %more, label %try, label %done

try:
  %seat = call ptr @seat_of(ptr %shared, i64 %member)
  %woken = call i1 @wake(ptr %pool, ptr %seat)
  %next = add i64 %member, 1
  br i1 %woken, label %done, label %search

done:
  ret void
}}
"""

_CHUNKS = f"""
; The index of a claimed chunk, or -1; the task then describes its job.
define internal i64 @claim(ptr %shared, i64 %member, ptr %task) nounwind {{
entry:
{shared("claims", *JOB)}
  br label %look

look:
  %word = load atomic i64, ptr %claims.at seq_cst, align 8
  %left = and i64 %word, {CHUNKS_LEFT}
  %none = icmp eq i64 %left, 0
  br i1 %none, label %nothing, label %read

read:
{_copy_job()}
  %is_outside = icmp sge i64 %member, %copy.limit
  br i1 %is_outside, label %nothing, label %take

take:
  %less = sub i64 %word, 1
  %swap = cmpxchg ptr %claims.at, i64 %word, i64 %less seq_cst seq_cst
  %won = extractvalue {{i64, i1}} %swap, 1
  br i1 %won, label %taken, label %look

taken:
  %index = sub i64 %copy.chunks, %left
  ret i64 %index

nothing:
  ret i64 -1
}}

; Whether a worker has something to do: a chunk, or to end.
define internal i1 @is_wanted(ptr %shared, i64 %member) nounwind {{
{shared("claims", "limit", "stopping")}
  %word = load atomic i64, ptr %claims.at seq_cst, align 8
  %limit = load atomic i64, ptr %limit.at monotonic, align 8
  %left = and i64 %word, {CHUNKS_LEFT}
  %some = icmp ne i64 %left, 0
  %inside = icmp slt i64 %member, %limit
  %useful = and i1 %some, %inside
  %stopping = load atomic i64, ptr %stopping.at seq_cst, align 8
  %ending = icmp ne i64 %stopping, 0
  %wanted = or i1 %useful, %ending
  ret i1 %wanted
}}

define internal void @run_chunk(ptr %task, i64 %index) nounwind {{
{_task("function", "context", "n", "chunk")}
  %start = mul i64 %index, %chunk
  %end = add i64 %start, %chunk
  %stop = call i64 @llvm.smin.i64(i64 %end, i64 %n)
  %code = inttoptr i64 %function to ptr
  %given = inttoptr i64 %context to ptr
  call void %code(ptr %given, i64 %start, i64 %stop)
  ret void
}}

; Give up the chunks that nobody has claimed; returns the generation they had.
define internal i64 @close(ptr %shared) nounwind {{
{shared("claims", "done")}
  %before = atomicrmw and ptr %claims.at, i64 {~CHUNKS_LEFT} seq_cst
  %left = and i64 %before, {CHUNKS_LEFT}
  %counted = atomicrmw add ptr %done.at, i64 %left seq_cst
  %generation = and i64 %before, {~CHUNKS_LEFT}
  ret i64 %generation
}}
"""

_WORKER = f"""
; Claimed chunks on a worker until there is none left, with the caller's floating-point modes; its flags and errors are collected.
; A chunk counts as done at the end, when all of that is known: threads that use Python need its lock once only.
define internal void @work(ptr %pool, ptr %shared, i64 %member, ptr %task) nounwind {{
entry:
{shared("done", "flags", "claims")}
  %first = call i64 @claim(ptr %shared, i64 %member, ptr %task)
  %is_none = icmp slt i64 %first, 0
  br i1 %is_none, label %leave, label %begin

begin:
{_task("fp_state", "uses_python")}
  %own = call i64 @fp_state()
  call void @fp_set(i64 %fp_state)
  br label %run

run:
  %index = phi i64 [%first, %begin], [%another, %run]
  %count = phi i64 [0, %begin], [%ended, %run]
  call void @run_chunk(ptr %task, i64 %index)
  %ended = add i64 %count, 1
  ; no other job can begin before this one's chunks are counted
  %another = call i64 @claim(ptr %shared, i64 %member, ptr %task)
  %is_over = icmp slt i64 %another, 0
  br i1 %is_over, label %end, label %run

end:
  %after = call i64 @fp_state()
  call void @fp_set(i64 %own)
  %raised = call i64 @fp_flags(i64 %after)
  %is_any = icmp ne i64 %raised, 0
  br i1 %is_any, label %flag, label %flagged

flag:
  %flags = atomicrmw or ptr %flags.at, i64 %raised seq_cst
  br label %flagged

flagged:
  %can_fail = icmp ne i64 %uses_python, 0
  br i1 %can_fail, label %check, label %count_them

check:
  call void @keep_error(ptr %pool, ptr %shared)
  br label %count_them

count_them:
  %counted = atomicrmw add ptr %done.at, i64 %ended seq_cst
  %caller = call ptr @seat_of(ptr %shared, i64 0)
  %woken = call i1 @wake(ptr %pool, ptr %caller)
  br label %leave

leave:
  ret void
}}

; A worker's life: work while there is some, spin for a while, sleep. It ends with the process, or when all shall stop.
define void @cobra_pool_work(ptr %pool, i64 %member) nounwind {{
entry:
{fixed("shared", "spin_ticks")}
  %task = alloca [{TASK_WORDS} x i64]
  %shared = load ptr, ptr %shared.at
{shared("sleepers", "alive", "stopping")}
  %seat = call ptr @seat_of(ptr %shared, i64 %member)
  %born = atomicrmw add ptr %alive.at, i64 1 seq_cst
  br label %work

work:
  call void @work(ptr %pool, ptr %shared, i64 %member, ptr %task)
  %stopping = load atomic i64, ptr %stopping.at seq_cst, align 8
  %is_ending = icmp ne i64 %stopping, 0
  br i1 %is_ending, label %end, label %idle

idle:
  %begin = call i64 @ticks()
  %budget = load i64, ptr %spin_ticks.at
  br label %spin

spin:
  %wanted = call i1 @is_wanted(ptr %shared, i64 %member)
  br i1 %wanted, label %work, label %pause

pause:
  call void @relax()
  %now = call i64 @ticks()
  %spent = sub i64 %now, %begin
  %is_early = icmp ult i64 %spent, %budget
  br i1 %is_early, label %spin, label %lie_down

lie_down:
  call void @mark_asleep(ptr %seat)
  %more = atomicrmw add ptr %sleepers.at, i64 1 seq_cst
  %late = call i1 @is_wanted(ptr %shared, i64 %member)
  br i1 %late, label %stay_up, label %rest

stay_up:
  %kept = call i1 @take_mark(ptr %seat)
  br i1 %kept, label %up, label %rest           ; else somebody is about to release the lock

rest:
  call void @sleep(ptr %pool, ptr %seat)
  br label %up

up:
  %fewer = atomicrmw sub ptr %sleepers.at, i64 1 seq_cst
  %is_useful = call i1 @is_wanted(ptr %shared, i64 %member)
  br i1 %is_useful, label %rouse, label %idle

rouse:
  call void @wake_one(ptr %pool, ptr %shared)
  call void @wake_one(ptr %pool, ptr %shared)
  br label %work

end:
  %gone = atomicrmw sub ptr %alive.at, i64 1 seq_cst
  ret void
}}

define void @cobra_pool_rouse(ptr %pool, i64 %member) nounwind {{
{fixed("shared")}
  %shared = load ptr, ptr %shared.at
  %seat = call ptr @seat_of(ptr %shared, i64 %member)
  %woken = call i1 @wake(ptr %pool, ptr %seat)
  ret void
}}
"""


def text() -> str:
    """Return the definitions; they need those of `pool_callers` and `pool_machine`."""
    return _SLEEP + _CHUNKS + _WORKER


def seat_asleep() -> str:
    """Return the address ``%asleep.at`` of the mark that the thread of ``%seat`` sleeps."""
    return field_addresses(Seat, "seat", "asleep")
