"""An inner loop for NumPy that runs another one on the thread pool, in chunks, where that is allowed and pays.

`parallel_record` says what its data is; nothing of a kernel is compiled anew. The loop learns what an element costs by timing
itself, splits only what takes longer than waking threads, and only where `parallel_overlap` allows it: `reduce` and `accumulate`
run serially for that reason.
"""

from __future__ import annotations

from cobra.runtime.parallel_overlap import LARGEST_COUNT
from cobra.runtime.parallel_record import ALL_THREADS, record_fields
from cobra.runtime.pool_memory import fixed, shared
from cobra.runtime.pool_workers import seat_asleep

PARALLEL_LOOP = "cobra_parallel_loop"
"""The name of the loop in native code."""

_MOST_CHUNKS = 1 << 20
_TURNS = 128
_MOST_LOSSES = 6
_BEARABLE_CHUNKS = 10
_CHUNKS_OF_A_THREAD = 8  # so that threads that come late or are held up cost little

_COST = f"""
; How much work a call is: elements of the outer loop times the sizes of all core dimensions.
define internal double @units(ptr %dimensions, i64 %count, i64 %symbols) nounwind {{
entry:
  %first = uitofp i64 %count to double
  %is_plain = icmp eq i64 %symbols, 0
  br i1 %is_plain, label %done, label %dimension

dimension:
  %d = phi i64 [1, %entry], [%d.next, %dimension]
  %product = phi double [%first, %entry], [%product.next, %dimension]
  %length_at = getelementptr i64, ptr %dimensions, i64 %d
  %length = load i64, ptr %length_at
  %factor = uitofp i64 %length to double
  %product.next = fmul double %product, %factor
  %d.next = add i64 %d, 1
  %more = icmp sle i64 %d.next, %symbols
  br i1 %more, label %dimension, label %done

done:
  %units = phi double [%first, %entry], [%product.next, %dimension]
  ret double %units
}}

; Less time counts for half; more time, which a visit of other programs may be, for little.
define internal void @learn(ptr %place, double %seen) nounwind {{
  %old = load atomic double, ptr %place monotonic, align 8
  %is_new = fcmp oeq double %old, 0.0
  %is_less = fcmp olt double %seen, %old
  %sum = fadd double %seen, %old
  %half = fmul double %sum, 0.5
  %twice = fmul double %old, 2.0
  %is_wild = fcmp ogt double %seen, %twice
  %tamed = select i1 %is_wild, double %twice, double %seen
  %surplus = fsub double %tamed, %old
  %part = fmul double %surplus, 0.125
  %more = fadd double %old, %part
  %learnt = select i1 %is_less, double %half, double %more
  %new = select i1 %is_new, double %seen, double %learnt
  store atomic double %new, ptr %place monotonic, align 8
  ret void
}}

; Run the serial loop and learn from it, in a call of its own or in a chunk.
; Returns when it ended. All that is computed here can be inexact, which NumPy does not look for, and nothing else.
define internal i64 @run_timed(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record, ptr %loop_data, i1 %is_alone) nounwind {{
entry:
{record_fields("loop", "symbols", "cost", "alone")}
  %loop = load ptr, ptr %loop.at
  %symbols = load i64, ptr %symbols.at
  %begin = call i64 @ticks()
  call void %loop(ptr %arguments, ptr %dimensions, ptr %steps, ptr %loop_data)
  %end = call i64 @ticks()
  %spent = sub i64 %end, %begin
  %n = load i64, ptr %dimensions
  %units = call double @units(ptr %dimensions, i64 %n, i64 %symbols)
  %ticks = uitofp i64 %spent to double
  %is_work = fcmp ogt double %units, 0.0
  br i1 %is_work, label %learn, label %done

learn:
  %seen = fdiv double %ticks, %units
  call void @learn(ptr %cost.at, double %seen)
  br i1 %is_alone, label %learn_alone, label %done

learn_alone:
  call void @learn(ptr %alone.at, double %seen)
  br label %done

done:
  ret i64 %end
}}
"""

_POLICY = f"""
; How many threads may run a loop, by what the loop says and what a block around the call says.
define internal i64 @thread_limit(ptr %pool, ptr %record) nounwind {{
entry:
{fixed("threads", "policy_blocks")}
{record_fields("num_threads")}
  %threads = load i64, ptr %threads.at
  %own = load i64, ptr %num_threads.at
  %is_all = icmp eq i64 %own, {ALL_THREADS}
  %wanted = select i1 %is_all, i64 %threads, i64 %own
  %blocks = load atomic i64, ptr %policy_blocks.at monotonic, align 8
  %is_plain = icmp eq i64 %blocks, 0
  br i1 %is_plain, label %done, label %ask

ask:
  %said = call i64 @policy_in_force(ptr %pool)
  %says_something = icmp ne i64 %said, 0
  br i1 %says_something, label %obey, label %done

obey:                                           ; "all threads" leaves a loop its own number, unless that is one
  %is_open = icmp slt i64 %said, 0
  %is_serial = icmp eq i64 %own, 1
  %most = select i1 %is_serial, i64 %threads, i64 %wanted
  %number = select i1 %is_open, i64 %most, i64 %said
  br label %done

done:
  %limit = phi i64 [%wanted, %entry], [%wanted, %ask], [%number, %obey]
  %possible = call i64 @llvm.smin.i64(i64 %limit, i64 %threads)
  ret i64 %possible
}}

define internal i64 @policy_in_force(ptr %pool) nounwind {{
entry:
{fixed("policy_variable", "PyContextVar_Get", "PyLong_AsLong")}
  %value = alloca ptr
  store ptr null, ptr %value
  %variable = load ptr, ptr %policy_variable.at
  %get = load ptr, ptr %PyContextVar_Get.at
  %number_of = load ptr, ptr %PyLong_AsLong.at
  %state = call i64 @fp_state()
  %gil = call i32 @PyGILState_Ensure()
  %failed = call i32 %get(ptr %variable, ptr null, ptr %value)
  %found = load ptr, ptr %value
  %is_missing = icmp eq ptr %found, null
  br i1 %is_missing, label %leave, label %read

read:
  %number = call i64 %number_of(ptr %found)
  call void @Py_DecRef(ptr %found)
  br label %leave

leave:
  %said = phi i64 [0, %entry], [%number, %read]
  call void @PyGILState_Release(i32 %gil)
  call void @fp_set(i64 %state)
  ret i64 %said
}}

; Whether a job of so many ticks is worth its threads now, and whether they have to be woken for it: 0, 1, or 2 for both.
define internal i32 @worth(ptr %pool, double %work, i64 %uses_python) nounwind {{
entry:
{fixed("shared", "awake_ticks", "asleep_ticks", "spin_ticks", "last_medium", "medium_sum")}
  %shared = load ptr, ptr %shared.at
{shared("locked", "alive")}
  %asleep = load i64, ptr %asleep_ticks.at
  %asleep.f = uitofp i64 %asleep to double
  %locked = load atomic i64, ptr %locked.at monotonic, align 8
  %is_locked = icmp ne i64 %locked, 0
  br i1 %is_locked, label %no, label %size

size:
  %is_large = fcmp oge double %work, %asleep.f
  br i1 %is_large, label %wake, label %small

small:
  %is_costly = icmp ne i64 %uses_python, 0
  br i1 %is_costly, label %no, label %look

look:
  %alive = load atomic i64, ptr %alive.at monotonic, align 8
  %is_empty = icmp eq i64 %alive, 0
  %seat = call ptr @seat_of(ptr %shared, i64 1)
{seat_asleep()}
  %sleeps = load atomic i32, ptr %asleep.at monotonic, align 4
  %is_asleep = icmp ne i32 %sleeps, 0
  %is_nobody = or i1 %is_empty, %is_asleep
  br i1 %is_nobody, label %medium, label %use

medium:                                         ; worth a wake-up only when many such loops follow each other
  %now = call i64 @ticks()
  %last = load i64, ptr %last_medium.at
  %gap = sub i64 %now, %last
  %spin = load i64, ptr %spin_ticks.at
  %is_late = icmp ugt i64 %gap, %spin
  %sum = load i64, ptr %medium_sum.at
  %kept = select i1 %is_late, i64 0, i64 %sum
  %ticks = fptoui double %work to i64
  %total = add i64 %kept, %ticks
  %until = add i64 %now, %ticks
  store i64 %until, ptr %last_medium.at
  %enough = mul i64 %asleep, 4
  %is_enough = icmp ugt i64 %total, %enough
  %rest = select i1 %is_enough, i64 0, i64 %total
  store i64 %rest, ptr %medium_sum.at
  br i1 %is_enough, label %wake, label %no

no:
  ret i32 0

use:
  ret i32 1

wake:
  ret i32 2
}}
"""

_LOSSES = f"""
; Whether a loop whose calls took longer shared than alone shall run alone for a while; every now and then it does so anyway, to
; know how long that takes.
define internal i1 @is_resting(ptr %record) nounwind {{
entry:
{record_fields("rest", "turn")}
  %turn = atomicrmw add ptr %turn.at, i64 1 monotonic
  %part = and i64 %turn, {_TURNS - 1}
  %is_check = icmp eq i64 %part, {_TURNS - 1}
  %rest = load atomic i64, ptr %rest.at monotonic, align 8
  %is_some = icmp sgt i64 %rest, 0
  br i1 %is_some, label %count, label %done

count:
  %less = sub i64 %rest, 1
  store atomic i64 %less, ptr %rest.at monotonic, align 8
  br label %done

done:
  %is_either = or i1 %is_some, %is_check
  ret i1 %is_either
}}

; After a shared call: one that took longer than alone makes the loop rest, twice as long each time in a row.
define internal void @judge_call(ptr %pool, ptr %record, i64 %spent, double %units) nounwind {{
entry:
{fixed("loss_percent")}
{record_fields("alone", "losses", "rest")}
  %alone = load atomic double, ptr %alone.at monotonic, align 8
  %percent = load i64, ptr %loss_percent.at
  %percent.f = uitofp i64 %percent to double
  %factor = fmul double %percent.f, 0.01
  %per_unit = fmul double %alone, %factor
  %limit = fmul double %per_unit, %units
  %ticks = uitofp i64 %spent to double
  %is_loss = fcmp ogt double %ticks, %limit
  br i1 %is_loss, label %lose, label %win

lose:
  %losses = load atomic i64, ptr %losses.at monotonic, align 8
  %next = add i64 %losses, 1
  %most = call i64 @llvm.smin.i64(i64 %next, i64 {_MOST_LOSSES})
  %length = shl i64 1, %most
  store atomic i64 %most, ptr %losses.at monotonic, align 8
  store atomic i64 %length, ptr %rest.at monotonic, align 8
  ret void

win:
  store atomic i64 0, ptr %losses.at monotonic, align 8
  ret void
}}
"""

_LOOP = f"""
%call = type {{ ptr, ptr, ptr, ptr }}               ; what NumPy passed: arguments, dimensions, steps, record

define internal void @loop_chunk(ptr %context, i64 %start, i64 %stop) nounwind {{
entry:
  %moved = alloca [{LARGEST_COUNT} x ptr]
  %dimensions_at = getelementptr %call, ptr %context, i32 0, i32 1
  %steps_at = getelementptr %call, ptr %context, i32 0, i32 2
  %record_at = getelementptr %call, ptr %context, i32 0, i32 3
  %arguments = load ptr, ptr %context
  %dimensions = load ptr, ptr %dimensions_at
  %steps = load ptr, ptr %steps_at
  %record = load ptr, ptr %record_at
{record_fields("operands", "symbols", "loop_data", "large")}
  %operands = load i64, ptr %operands.at
  %symbols = load i64, ptr %symbols.at
  %words = add i64 %symbols, 1
  %own = alloca i64, i64 %words
  %count = sub i64 %stop, %start
  store i64 %count, ptr %own
  br label %move

move:
  %k = phi i64 [0, %entry], [%k.next, %move]
  %argument_at = getelementptr ptr, ptr %arguments, i64 %k
  %step_at = getelementptr i64, ptr %steps, i64 %k
  %moved_at = getelementptr ptr, ptr %moved, i64 %k
  %argument = load ptr, ptr %argument_at
  %step = load i64, ptr %step_at
  %offset = mul i64 %step, %start
  %there = getelementptr i8, ptr %argument, i64 %offset
  store ptr %there, ptr %moved_at
  %k.next = add i64 %k, 1
  %more = icmp slt i64 %k.next, %operands
  br i1 %more, label %move, label %dimension

dimension:
  %d = phi i64 [1, %move], [%d.next, %copy]
  %is_left = icmp slt i64 %d, %words
  br i1 %is_left, label %copy, label %run

copy:
  %length_at = getelementptr i64, ptr %dimensions, i64 %d
  %own_at = getelementptr i64, ptr %own, i64 %d
  %length = load i64, ptr %length_at
  store i64 %length, ptr %own_at
  %d.next = add i64 %d, 1
  br label %dimension

run:
  %given_data = load ptr, ptr %loop_data.at
  %large = load i64, ptr %large.at
  %n = load i64, ptr %dimensions
  %is_large = icmp sge i64 %n, %large
  %hint = inttoptr i64 1 to ptr
  %loop_data = select i1 %is_large, ptr %hint, ptr %given_data
  %ended = call i64 @run_timed(ptr %moved, ptr %own, ptr %steps, ptr %record, ptr %loop_data, i1 false)
  ret void
}}

; Elements in a chunk of a job: so many for each thread that none waits long for the last one, but none too short or too long.
define internal i64 @chunk_length(ptr %pool, double %work, i64 %n, i64 %limit, i64 %together) nounwind {{
{fixed("least_chunk_ticks", "most_chunk_ticks")}
  %least = load i64, ptr %least_chunk_ticks.at
  %most = load i64, ptr %most_chunk_ticks.at
  %least.f = uitofp i64 %least to double
  %most.f = uitofp i64 %most to double
  %parts = mul i64 %limit, {_CHUNKS_OF_A_THREAD}
  %parts.f = uitofp i64 %parts to double
  %even = fdiv double %work, %parts.f
  %is_short = fcmp olt double %even, %least.f
  %longer = select i1 %is_short, double %least.f, double %even
  %is_long = fcmp ogt double %longer, %most.f
  %ticks = select i1 %is_long, double %most.f, double %longer
  %n.f = uitofp i64 %n to double
  %share = fdiv double %ticks, %work
  %wanted = fmul double %n.f, %share
  %length = fptoui double %wanted to i64
  %floor = udiv i64 %n, {_MOST_CHUNKS}
  %enough = call i64 @llvm.smax.i64(i64 %length, i64 %floor)
  %blocks = udiv i64 %enough, %together
  %up = add i64 %blocks, 1
  %whole = mul i64 %up, %together
  ret i64 %whole
}}

define internal void @describe(ptr %context, ptr %arguments, ptr %dimensions, ptr %steps, ptr %record) nounwind {{
  %c.dimensions = getelementptr %call, ptr %context, i32 0, i32 1
  %c.steps = getelementptr %call, ptr %context, i32 0, i32 2
  %c.record = getelementptr %call, ptr %context, i32 0, i32 3
  store ptr %arguments, ptr %context
  store ptr %dimensions, ptr %c.dimensions
  store ptr %steps, ptr %c.steps
  store ptr %record, ptr %c.record
  ret void
}}

define void @{PARALLEL_LOOP}(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record) nounwind {{
entry:
  %context = alloca %call
{record_fields("loop", "loop_data", "pool", "symbols", "together", "uses_python", "cost")}
  %pool = load ptr, ptr %pool.at
  %n = load i64, ptr %dimensions
  %together = load i64, ptr %together.at
  %least = mul i64 %together, 2
  %is_ending = call i1 @is_ending(ptr %pool)
  br i1 %is_ending, label %done, label %begin

begin:
  %is_small = icmp slt i64 %n, %least
  br i1 %is_small, label %direct, label %estimate

estimate:
{fixed("measured_ticks", "awake_ticks")}
  %symbols = load i64, ptr %symbols.at
  %units = call double @units(ptr %dimensions, i64 %n, i64 %symbols)
  %cost = load atomic double, ptr %cost.at monotonic, align 8
  %work = fmul double %units, %cost
  %is_unknown = fcmp oeq double %cost, 0.0
  br i1 %is_unknown, label %timed, label %compare

compare:
  %measured = load i64, ptr %measured_ticks.at
  %measured.f = uitofp i64 %measured to double
  %is_trifle = fcmp ole double %work, %measured.f
  br i1 %is_trifle, label %direct, label %weigh

direct:
  %loop = load ptr, ptr %loop.at
  %loop_data = load ptr, ptr %loop_data.at
  tail call void %loop(ptr %arguments, ptr %dimensions, ptr %steps, ptr %loop_data)
  ret void

weigh:
  %awake = load i64, ptr %awake_ticks.at
  %awake.f = uitofp i64 %awake to double
  %is_much = fcmp oge double %work, %awake.f
  br i1 %is_much, label %judge, label %timed

judge:
  %uses_python = load i64, ptr %uses_python.at
  %worth = call i32 @worth(ptr %pool, double %work, i64 %uses_python)
  %wakes = icmp eq i32 %worth, 2
  %is_worth_it = icmp ne i32 %worth, 0
  br i1 %is_worth_it, label %look, label %timed

look:
  %is_resting = call i1 @is_resting(ptr %record)
  br i1 %is_resting, label %timed, label %count

count:
  %limit = call i64 @thread_limit(ptr %pool, ptr %record)
  %is_many = icmp sgt i64 %limit, 1
  br i1 %is_many, label %part, label %timed

part:
  %chunk = call i64 @chunk_length(ptr %pool, double %work, i64 %n, i64 %limit, i64 %together)
  %is_parted = icmp slt i64 %chunk, %n
  br i1 %is_parted, label %check, label %timed

check:
  %is_splittable = call i1 @is_splittable(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record)
  br i1 %is_splittable, label %split, label %timed

split:
  call void @describe(ptr %context, ptr %arguments, ptr %dimensions, ptr %steps, ptr %record)
  %start = call i64 @ticks()
  call void @cobra_pool_run(ptr %pool, ptr @loop_chunk, ptr %context, i64 %n, i64 %chunk, i64 %limit, i64 %uses_python, i1 %wakes)
  %end = call i64 @ticks()
  %spent = sub i64 %end, %start
  call void @judge_call(ptr %pool, ptr %record, i64 %spent, double %units)
  ret void

timed:                                          ; alone, but a long call in parts, so that it can be interrupted
{fixed("most_chunk_ticks")}
  %most = load i64, ptr %most_chunk_ticks.at
  %bearable = mul i64 %most, {_BEARABLE_CHUNKS}
  %bearable.f = uitofp i64 %bearable to double
  %is_long = fcmp ogt double %work, %bearable.f
  br i1 %is_long, label %long, label %whole

long:
  %is_partible = call i1 @is_splittable(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record)
  br i1 %is_partible, label %in_parts, label %whole

in_parts:
  call void @describe(ptr %context, ptr %arguments, ptr %dimensions, ptr %steps, ptr %record)
  %part_length = call i64 @chunk_length(ptr %pool, double %work, i64 %n, i64 1, i64 %together)
  %first = call i64 @ticks()
  call void @run_serially(ptr %pool, ptr @loop_chunk, ptr %context, i64 %n, i64 %part_length)
  %last = call i64 @ticks()
  %taken = sub i64 %last, %first
  %taken.f = uitofp i64 %taken to double
  %each = fdiv double %taken.f, %units
{record_fields("alone")}
  call void @learn(ptr %alone.at, double %each)
  ret void

whole:
  %own_data = load ptr, ptr %loop_data.at
  %now = call i64 @run_timed(ptr %arguments, ptr %dimensions, ptr %steps, ptr %record, ptr %own_data, i1 true)
  %is_stopped = call i1 @is_stopped(ptr %pool, i64 %now)
  br label %done

done:
  ret void
}}
"""


def text() -> str:
    """Return the definitions; they need those of the pool and of `parallel_overlap`."""
    return _COST + _POLICY + _LOSSES + _LOOP
