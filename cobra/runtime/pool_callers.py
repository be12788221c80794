"""The thread pool's native code on the side of callers: giving a job out, working on it, and raising what others raised.

A caller waits for claimed chunks only, never for a thread that has not started. A call while a job is running, from a chunk of it or
from elsewhere, runs serially. On the main thread Python's signal handlers run now and then between chunks.
"""

from __future__ import annotations

from cobra.runtime.pool_memory import JOB, fixed, shared
from cobra.runtime.pool_workers import CHUNKS_LEFT, TASK_WORDS

_DECLARATIONS = """
declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
declare i32 @PyErr_CheckSignals()
declare ptr @PyErr_Occurred()
declare void @Py_DecRef(ptr)
declare i64 @llvm.umin.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)

define i64 @cobra_pool_ticks() nounwind {
  %now = call i64 @ticks()
  ret i64 %now
}
"""

_BLOCKS = f"""
define void @cobra_pool_count_block(ptr %pool, i64 %change) nounwind {{
{fixed("policy_blocks")}
  %before = atomicrmw add ptr %policy_blocks.at, i64 %change seq_cst
  ret void
}}
"""

_ERRORS = f"""
define internal i1 @has_error() nounwind {{
  %gil = call i32 @PyGILState_Ensure()
  %error = call ptr @PyErr_Occurred()
  call void @PyGILState_Release(i32 %gil)
  %is_error = icmp ne ptr %error, null
  ret i1 %is_error
}}

; Take an exception from this worker for the caller: the first one stays.
define internal void @keep_error(ptr %pool, ptr %shared) nounwind {{
entry:
{fixed("PyErr_Fetch")}
{shared("failed", "error_type", "error", "traceback")}
  %type = alloca ptr
  %value = alloca ptr
  %trace = alloca ptr
  %gil = call i32 @PyGILState_Ensure()
  %raised = call ptr @PyErr_Occurred()
  %is_fine = icmp eq ptr %raised, null
  br i1 %is_fine, label %leave, label %fetch

fetch:
  %get = load ptr, ptr %PyErr_Fetch.at
  call void %get(ptr %type, ptr %value, ptr %trace)
  %type.is = load ptr, ptr %type
  %value.is = load ptr, ptr %value
  %trace.is = load ptr, ptr %trace
  %before = atomicrmw xchg ptr %failed.at, i64 1 seq_cst
  %is_first = icmp eq i64 %before, 0
  br i1 %is_first, label %keep, label %drop

keep:
  store ptr %type.is, ptr %error_type.at
  store ptr %value.is, ptr %error.at
  store ptr %trace.is, ptr %traceback.at
  br label %leave

drop:
  call void @Py_DecRef(ptr %type.is)
  call void @Py_DecRef(ptr %value.is)
  call void @Py_DecRef(ptr %trace.is)
  br label %leave

leave:
  call void @PyGILState_Release(i32 %gil)
  ret void
}}

; Raise here what a worker has left, unless something is raised already.
define internal void @raise_kept(ptr %pool, ptr %shared) nounwind {{
entry:
{fixed("PyErr_Restore")}
{shared("failed", "error_type", "error", "traceback")}
  %failed = load atomic i64, ptr %failed.at seq_cst, align 8
  %is_fine = icmp eq i64 %failed, 0
  br i1 %is_fine, label %fine, label %raise

raise:
  %type = load ptr, ptr %error_type.at
  %value = load ptr, ptr %error.at
  %trace = load ptr, ptr %traceback.at
  %gil = call i32 @PyGILState_Ensure()
  %pending = call ptr @PyErr_Occurred()
  %is_free = icmp eq ptr %pending, null
  br i1 %is_free, label %restore, label %drop

restore:
  %set = load ptr, ptr %PyErr_Restore.at
  call void %set(ptr %type, ptr %value, ptr %trace)
  br label %raised

drop:
  call void @Py_DecRef(ptr %type)
  call void @Py_DecRef(ptr %value)
  call void @Py_DecRef(ptr %trace)
  br label %raised

raised:
  call void @PyGILState_Release(i32 %gil)
  ret void

fine:
  ret void
}}
"""

_SIGNALS = f"""
define internal i1 @is_main_thread(ptr %pool) nounwind {{
{fixed("PyThread_get_thread_ident", "main_thread")}
  %identify = load ptr, ptr %PyThread_get_thread_ident.at
  %self = call i64 %identify()
  %main = load i64, ptr %main_thread.at
  %is_main = icmp eq i64 %self, %main
  ret i1 %is_main
}}

; Let Python run its signal handlers now and then, and tell whether one of them raised.
define internal i1 @is_stopped(ptr %pool, i64 %now) nounwind {{
entry:
{fixed("next_check", "check_ticks", "interrupted")}
  %next = load atomic i64, ptr %next_check.at monotonic, align 8
  %is_early = icmp ult i64 %now, %next
  br i1 %is_early, label %no, label %who

who:
  %is_main = call i1 @is_main_thread(ptr %pool)
  br i1 %is_main, label %check, label %no

check:
  %state = call i64 @fp_state()
  %gil = call i32 @PyGILState_Ensure()
  %pending = call ptr @PyErr_Occurred()           ; of the kernel: there is no need to go on, nor may handlers run now
  %is_pending = icmp ne ptr %pending, null
  br i1 %is_pending, label %leave, label %ask

leave:
  call void @PyGILState_Release(i32 %gil)
  ret i1 true

ask:
  %failed = call i32 @PyErr_CheckSignals()
  call void @PyGILState_Release(i32 %gil)
  call void @fp_set(i64 %state)                   ; a handler's arithmetic is none of the kernel's
  %later = call i64 @ticks()
  %every = load i64, ptr %check_ticks.at
  %then = add i64 %later, %every
  store atomic i64 %then, ptr %next_check.at monotonic, align 8
  %is_raised = icmp ne i32 %failed, 0
  br i1 %is_raised, label %yes, label %no

yes:
  store atomic i64 1, ptr %interrupted.at monotonic, align 8
  ret i1 true

no:
  ret i1 false
}}

; NumPy goes on calling a loop for further rows after an interrupt: they must end at once while it is pending.
define internal i1 @is_ending(ptr %pool) nounwind {{
entry:
{fixed("interrupted")}
  %interrupted = load atomic i64, ptr %interrupted.at monotonic, align 8
  %is_calm = icmp eq i64 %interrupted, 0
  br i1 %is_calm, label %no, label %who

who:
  %is_main = call i1 @is_main_thread(ptr %pool)
  br i1 %is_main, label %look, label %no

look:
  %is_pending = call i1 @has_error()
  br i1 %is_pending, label %yes, label %over

over:
  store atomic i64 0, ptr %interrupted.at monotonic, align 8
  br label %no

yes:
  ret i1 true

no:
  ret i1 false
}}
"""

_GIVEN = "ptr %pool, ptr %function, ptr %context, i64 %given.n, i64 %given.chunk, i64 %given.limit, i64 %given.uses_python"


def _post() -> str:
    return "\n".join(f"  store atomic i64 %given.{name}, ptr %{name}.at monotonic, align 8" for name in JOB)


_RUN = f"""
; Run a job on the pool and here, with at most so many threads. Whether the GIL is held changes nothing, except that threads which
; may need it must not wait for us.
define void @cobra_pool_run({_GIVEN}, i1 %wakes) nounwind {{
entry:
{fixed("shared", "PyGILState_Check", "PyEval_SaveThread", "PyEval_RestoreThread")}
  %shared = load ptr, ptr %shared.at
{shared("locked", "started")}
  %started = load atomic i64, ptr %started.at acquire, align 8
  %is_started = icmp ne i64 %started, 0
  br i1 %is_started, label %try, label %start

start:
  %is_pending = call i1 @has_error()              ; an exception of an earlier row, with which Python cannot run
  br i1 %is_pending, label %try, label %start_now

start_now:
  call void @start_threads(ptr %pool, ptr %shared)
  br label %try

try:
  %lock = cmpxchg ptr %locked.at, i64 0, i64 1 seq_cst seq_cst
  %is_mine = extractvalue {{i64, i1}} %lock, 1
  br i1 %is_mine, label %ask, label %serial

serial:
  call void @run_serially(ptr %pool, ptr %function, ptr %context, i64 %given.n, i64 %given.chunk)
  ret void

ask:
  %can_use = icmp ne i64 %given.uses_python, 0
  br i1 %can_use, label %check, label %run

check:
  %is_holding = load ptr, ptr %PyGILState_Check.at
  %held = call i32 %is_holding()
  %is_held = icmp ne i32 %held, 0
  br i1 %is_held, label %give, label %run

give:
  %save = load ptr, ptr %PyEval_SaveThread.at
  %thread = call ptr %save()
  br label %run

run:
  %saved = phi ptr [null, %ask], [null, %check], [%thread, %give]
  call void @post({_GIVEN}, ptr %shared, i1 %wakes)
  call void @take_part(ptr %pool, ptr %shared)
  %is_to_restore = icmp ne ptr %saved, null
  br i1 %is_to_restore, label %restore, label %over

restore:
  %back = load ptr, ptr %PyEval_RestoreThread.at
  call void %back(ptr %saved)
  br label %over

over:
  call void @raise_kept(ptr %pool, ptr %shared)
  call void @take_flags(ptr %shared)
  store atomic i64 0, ptr %locked.at release, align 8
  ret void
}}

define internal void @start_threads(ptr %pool, ptr %shared) nounwind {{
entry:
{fixed("starter")}
{shared("started")}
  %swap = cmpxchg ptr %started.at, i64 0, i64 1 seq_cst seq_cst
  %is_first = extractvalue {{i64, i1}} %swap, 1
  br i1 %is_first, label %start, label %done

start:
  %state = call i64 @fp_state()
  %starter = load ptr, ptr %starter.at
  call void %starter()
  call void @fp_set(i64 %state)
  br label %done

done:
  ret void
}}

define internal void @run_serially(ptr %pool, ptr %function, ptr %context, i64 %n, i64 %chunk) nounwind {{
entry:
  br label %run

run:
  %start = phi i64 [0, %entry], [%stop, %next]
  %end = add i64 %start, %chunk
  %stop = call i64 @llvm.smin.i64(i64 %end, i64 %n)
  call void %function(ptr %context, i64 %start, i64 %stop)
  %time = call i64 @ticks()
  %is_stopped = call i1 @is_stopped(ptr %pool, i64 %time)
  br i1 %is_stopped, label %done, label %next

next:
  %more = icmp slt i64 %stop, %n
  br i1 %more, label %run, label %done

done:
  ret void
}}

define internal void @post({_GIVEN}, ptr %shared, i1 %wakes) nounwind {{
entry:
{shared("claims", "done", "sleepers", "failed", "flags", *JOB)}
  %given.function = ptrtoint ptr %function to i64
  %given.context = ptrtoint ptr %context to i64
  %given.fp_state = call i64 @fp_clean_state()
  %padded = add i64 %given.n, %given.chunk
  %last = sub i64 %padded, 1
  %given.chunks = udiv i64 %last, %given.chunk
{_post()}
  store atomic i64 0, ptr %done.at monotonic, align 8
  store atomic i64 0, ptr %flags.at monotonic, align 8
  store atomic i64 0, ptr %failed.at monotonic, align 8
  %old = load atomic i64, ptr %claims.at monotonic, align 8
  %generation = and i64 %old, {~CHUNKS_LEFT}
  %next = add i64 %generation, {CHUNKS_LEFT + 1}
  %word = or i64 %next, %given.chunks
  %before = atomicrmw xchg ptr %claims.at, i64 %word seq_cst
  br i1 %wakes, label %look, label %done

look:
  %sleepers = load atomic i64, ptr %sleepers.at seq_cst, align 8
  %is_any = icmp ne i64 %sleepers, 0
  br i1 %is_any, label %wake, label %done

wake:
  call void @wake_one(ptr %pool, ptr %shared)
  br label %done

done:
  ret void
}}

; Work on the job that this thread gave out, then wait for the chunks that others have claimed.
define internal void @take_part(ptr %pool, ptr %shared) nounwind {{
entry:
{fixed("spin_ticks")}
{shared("done")}
  %task = alloca [{TASK_WORDS} x i64]
  %seat = call ptr @seat_of(ptr %shared, i64 0)
  br label %claim

claim:
  %mine = phi i64 [0, %entry], [%mine.next, %run]
  %index = call i64 @claim(ptr %shared, i64 0, ptr %task)
  %is_none = icmp slt i64 %index, 0
  br i1 %is_none, label %finish, label %run

run:
  call void @run_chunk(ptr %task, i64 %index)
  %mine.next = add i64 %mine, 1
  %time = call i64 @ticks()
  %is_stopped = call i1 @is_stopped(ptr %pool, i64 %time)
  br i1 %is_stopped, label %finish, label %claim

finish:
  %own = phi i64 [%mine, %claim], [%mine.next, %run]
  %counted = atomicrmw add ptr %done.at, i64 %own seq_cst
  %closed = call i64 @close(ptr %shared)
  %chunks = call i64 @chunks_of(ptr %shared)
  %begin = call i64 @ticks()
  %budget = load i64, ptr %spin_ticks.at
  br label %spin

spin:
  %done = load atomic i64, ptr %done.at seq_cst, align 8
  %is_done = icmp eq i64 %done, %chunks
  br i1 %is_done, label %over, label %pause

pause:
  call void @relax()
  %now = call i64 @ticks()
  %spent = sub i64 %now, %begin
  %is_early = icmp ult i64 %spent, %budget
  br i1 %is_early, label %spin, label %lie_down

lie_down:
  call void @mark_asleep(ptr %seat)
  %late = load atomic i64, ptr %done.at seq_cst, align 8
  %is_late = icmp eq i64 %late, %chunks
  br i1 %is_late, label %stay_up, label %rest

stay_up:
  %kept = call i1 @take_mark(ptr %seat)
  br i1 %kept, label %over, label %rest         ; else somebody is about to release the lock

rest:
  call void @sleep(ptr %pool, ptr %seat)
  br label %spin

over:
  ret void
}}

define internal i64 @chunks_of(ptr %shared) nounwind {{
{shared("chunks")}
  %chunks = load atomic i64, ptr %chunks.at monotonic, align 8
  ret i64 %chunks
}}

; Only flags that the caller did not have already: they are those of the kernel.
define internal i64 @fp_clean_state() nounwind {{
  %state = call i64 @fp_state()
  %clean = call i64 @fp_without_flags(i64 %state)
  ret i64 %clean
}}

define internal void @take_flags(ptr %shared) nounwind {{
entry:
{shared("flags")}
  %flags = load atomic i64, ptr %flags.at monotonic, align 8
  %is_any = icmp ne i64 %flags, 0
  br i1 %is_any, label %take, label %done

take:
  %own = call i64 @fp_state()
  %both = or i64 %own, %flags
  call void @fp_set(i64 %both)
  br label %done

done:
  ret void
}}
"""


def text() -> str:
    """Return the definitions; they need those of `pool_workers` and `pool_machine`."""
    return _DECLARATIONS + _BLOCKS + _ERRORS + _SIGNALS + _RUN
