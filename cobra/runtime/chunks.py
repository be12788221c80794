"""Strided operands for native loops that want dense ones: gather a chunk, compute, scatter the results.

Kernels call `run_in_chunks` by its name in native code; it is compiled once for the machine, not with every kernel. It gets
the arguments of a NumPy inner loop, a layout (words: inputs, operands, elements in a chunk, bytes of a buffer, then the size of
each element) and a loop over dense operands, ``i1 loop(ptr arguments, i64 n)``, which returns true when it has failed.
"""

from __future__ import annotations

from collections.abc import Sequence

RUN_IN_CHUNKS = "cobra_run_in_chunks"

_VECTOR = 64
_UNROLLED = 4
_VECTOR_SIZES = (1, 2, 4, 8)
_SIZES = (*_VECTOR_SIZES, 16)
PAIRED_SIZES = (1, 2, 4)
"""Sizes of elements of which every second one costs hardly more to move than all of them."""
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
  %buffers = alloca i8, i64 %bytes, align {_VECTOR}
  %gentle = call i1 @gentle(ptr %arguments, i64 %n, ptr %steps, ptr %layout)
  %most = select i1 %gentle, i64 %length, i64 1           ; harmful overlap: element by element
  br label %chunk

chunk:
  %at = phi i64 [0, %entry], [%next, %advance]
  %left = sub i64 %n, %at
  %m = call i64 @llvm.umin.i64(i64 %left, i64 %most)
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
  call void @gather(i64 %size, ptr %source, i64 %step, ptr %buffer, i64 %m)
  br label %ready

ready:
  %k.next = add i64 %k, 1
  %more_operands = icmp slt i64 %k.next, %operands
  br i1 %more_operands, label %operand, label %run

run:
  %failed = call i1 %loop(ptr %dense, i64 %m)
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
  ret void
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
  %out_reach = mul i64 %out_step, %last
  %out_down = call i64 @llvm.smin.i64(i64 %out_reach, i64 0)
  %out_up = call i64 @llvm.smax.i64(i64 %out_reach, i64 0)
  %out_low = add i64 %out, %out_down
  %out_top = add i64 %out, %out_up
  %out_high = add i64 %out_top, %out_size
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
  %in_reach = mul i64 %in_step, %last
  %in_down = call i64 @llvm.smin.i64(i64 %in_reach, i64 0)
  %in_up = call i64 @llvm.smax.i64(i64 %in_reach, i64 0)
  %in_low = add i64 %in, %in_down
  %in_top = add i64 %in, %in_up
  %in_high = add i64 %in_top, %in_size
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


def _one_by_one(size: int, read_by: str, write_by: str, exit_to: str) -> str:
    """Return the blocks that copy the elements still left, from `%from`, `%into` and `%rest`, four a turn."""
    kind = "<2 x i64>" if size == 16 else f"i{8 * size}"
    lines = [line for name, by in (("r", read_by), ("w", write_by)) for line in _multiples(name, by)]
    lines += ["  %turns = lshr i64 %rest, 2\n  %any = icmp ne i64 %turns, 0\n  br i1 %any, label %turn, label %few", "turn:"]
    lines += ["  %s0 = phi ptr [%from, %steps], [%s4, %turn]\n  %t0 = phi ptr [%into, %steps], [%t4, %turn]"]
    lines += ["  %left = phi i64 [%turns, %steps], [%fewer, %turn]"]
    turn = range(_UNROLLED)
    lines += [f"  %s{k + 1} = getelementptr i8, ptr %s0, i64 %r{k + 1}\n  %t{k + 1} = getelementptr i8, ptr %t0, i64 %w{k + 1}" for k in turn]
    lines += [f"  %v{k} = load {kind}, ptr %s{k}, align 1" for k in turn]
    lines += [f"  store {kind} %v{k}, ptr %t{k}, align 1" for k in turn]
    lines += ["  %fewer = add i64 %left, -1\n  %again = icmp ne i64 %fewer, 0\n  br i1 %again, label %turn, label %few", "few:"]
    lines += ["  %s = phi ptr [%from, %steps], [%s4, %turn]\n  %t = phi ptr [%into, %steps], [%t4, %turn]"]
    lines += ["  %over = and i64 %rest, 3\n  %more = icmp ne i64 %over, 0", f"  br i1 %more, label %one, label %{exit_to}", "one:"]
    lines += ["  %a = phi ptr [%s, %few], [%b, %one]\n  %c = phi ptr [%t, %few], [%d, %one]\n  %i = phi i64 [%over, %few], [%j, %one]"]
    lines += [f"  %v = load {kind}, ptr %a, align 1\n  store {kind} %v, ptr %c, align 1"]
    lines += [f"  %b = getelementptr i8, ptr %a, i64 {read_by}\n  %d = getelementptr i8, ptr %c, i64 {write_by}"]
    lines += [f"  %j = add i64 %i, -1\n  %go_on = icmp ne i64 %j, 0\n  br i1 %go_on, label %one, label %{exit_to}"]
    return "\n".join(lines)


def _multiples(name: str, by: str) -> list[str]:
    """Return the lines that compute small multiples of a step."""
    if not by.startswith("%"):
        return [f"  %{name}{k} = add i64 0, {k * int(by)}" for k in range(1, _UNROLLED + 1)]
    # Volatile: LLVM would see through the product, and add step to step instead, a cycle an element.
    return [
        f"  %{name}{k}.product = mul i64 {by}, {k}\n  store volatile i64 %{name}{k}.product, ptr %hidden\n"
        f"  %{name}{k} = load volatile i64, ptr %hidden"
        for k in range(1, _UNROLLED + 1)
    ]


def _vectors(name: str, body: str, read_by: int, write_by: int, count: str, lanes: int) -> str:
    """Return the blocks that move whole vectors: `count` computes how many, `body` moves one."""
    return f"""{name}:
{count}
  %{name}.any = icmp sgt i64 %{name}.count, 0
  br i1 %{name}.any, label %{name}.turn, label %steps
{name}.turn:
  %{name}.s = phi ptr [%source, %{name}], [%{name}.s.next, %{name}.turn]
  %{name}.t = phi ptr [%target, %{name}], [%{name}.t.next, %{name}.turn]
  %{name}.left = phi i64 [%{name}.count, %{name}], [%{name}.less, %{name}.turn]
{body}
  %{name}.s.next = getelementptr i8, ptr %{name}.s, i64 {read_by}
  %{name}.t.next = getelementptr i8, ptr %{name}.t, i64 {write_by}
  %{name}.less = add i64 %{name}.left, -1
  %{name}.again = icmp ne i64 %{name}.less, 0
  br i1 %{name}.again, label %{name}.turn, label %{name}.done
{name}.done:
  %{name}.taken = mul i64 %{name}.count, {lanes}
  %{name}.rest = sub i64 %n, %{name}.taken
  br label %steps"""


def _after(names: Sequence[str]) -> str:
    """Return the joins of what several kinds of vectors have left over."""
    lines = []
    for joined, kind, first, later in (("from", "ptr", "%source", "s.next"), ("into", "ptr", "%target", "t.next"), ("rest", "i64", "%n", "rest")):
        pairs = [f"[{first}, %{block}]" for block in ("entry", *names)] + [f"[%{name}.{later}, %{name}.done]" for name in names]
        lines.append(f"  %{joined} = phi {kind} {', '.join(pairs)}")
    return "\n".join(lines)


def _gather(size: int) -> str:
    """Return the function that makes strided elements dense: whole vectors for the strides that occur most."""
    head = f"define internal void @gather.{size}(ptr %source, i64 %by, ptr %target, i64 %n) nounwind {{\nentry:\n  %hidden = alloca i64"
    body = [_one_by_one(size, "%by", str(size), "done"), "done:\n  ret void\n}"]
    if size not in _VECTOR_SIZES:
        start = "  br label %steps\nsteps:\n  %from = getelementptr i8, ptr %source, i64 0\n  %into = getelementptr i8, ptr %target, i64 0"
        return "\n".join([head, start, "  %rest = add i64 %n, 0", *body])
    names = ("same", "back", "pair")
    cases = " ".join(f"i64 {by}, label %{name}" for name, by in zip(names, (0, -size, 2 * size), strict=True))
    vectors = [_repeated(size), _backwards(size), _pairs(size)]
    return "\n".join([head, f"  switch i64 %by, label %steps [ {cases} ]", *vectors, "steps:", _after(names), *body])


def _repeated(size: int) -> str:
    lanes, kind = _VECTOR // size, f"<{_VECTOR // size} x i{8 * size}>"
    first = f"""  %same.count = sdiv i64 %n, {lanes}
  %same.first = load i{8 * size}, ptr %source, align 1
  %same.one = insertelement {kind} poison, i{8 * size} %same.first, i32 0
  %same.v = shufflevector {kind} %same.one, {kind} poison, <{lanes} x i32> zeroinitializer"""
    return _vectors("same", f"  store {kind} %same.v, ptr %same.t, align 1", 0, _VECTOR, first, lanes)


def _backwards(size: int) -> str:
    lanes, kind = _VECTOR // size, f"<{_VECTOR // size} x i{8 * size}>"
    move = f"""  %back.low = getelementptr i8, ptr %back.s, i64 {size - _VECTOR}
  %back.x = load {kind}, ptr %back.low, align 1
  %back.v = shufflevector {kind} %back.x, {kind} poison, {_order(range(lanes - 1, -1, -1))}
  store {kind} %back.v, ptr %back.t, align 1"""
    return _vectors("back", move, -_VECTOR, _VECTOR, f"  %back.count = sdiv i64 %n, {lanes}", lanes)


def _pairs(size: int) -> str:
    lanes, kind = _VECTOR // size, f"<{_VECTOR // size} x i{8 * size}>"
    move = f"""  %pair.high = getelementptr i8, ptr %pair.s, i64 {_VECTOR}
  %pair.x = load {kind}, ptr %pair.s, align 1
  %pair.y = load {kind}, ptr %pair.high, align 1
  %pair.v = shufflevector {kind} %pair.x, {kind} %pair.y, {_order(range(0, 2 * lanes, 2))}
  store {kind} %pair.v, ptr %pair.t, align 1"""
    # the last vector would reach past the last element, so one element at least is left for later
    count = f"  %pair.n = sub i64 %n, 1\n  %pair.count = sdiv i64 %pair.n, {lanes}"
    return _vectors("pair", move, 2 * _VECTOR, _VECTOR, count, lanes)


def _order(lanes: Sequence[int]) -> str:
    return f"<{len(lanes)} x i32> <{', '.join(f'i32 {lane}' for lane in lanes)}>"


def _scatter(size: int) -> str:
    """Return the function that spreads dense elements over strided places."""
    head = f"define internal void @scatter.{size}(ptr %source, ptr %target, i64 %by, i64 %n) nounwind {{\nentry:\n  %hidden = alloca i64"
    body = [_one_by_one(size, str(size), "%by", "done"), "done:\n  ret void\n}"]
    if size not in _VECTOR_SIZES:
        start = "  br label %steps\nsteps:\n  %from = getelementptr i8, ptr %source, i64 0\n  %into = getelementptr i8, ptr %target, i64 0"
        return "\n".join([head, start, "  %rest = add i64 %n, 0", *body])
    lanes, kind = _VECTOR // size, f"<{_VECTOR // size} x i{8 * size}>"
    name = f"@llvm.masked.store.v{lanes}i{8 * size}.p0"
    mask = ", ".join(f"i1 {'false' if lane % 2 else 'true'}" for lane in range(lanes))
    put = [f"  %pair.high = getelementptr i8, ptr %pair.t, i64 {_VECTOR}\n  %pair.v = load {kind}, ptr %pair.s, align 1"]
    for half, address in enumerate(("%pair.t", "%pair.high")):
        order = _order([half * lanes // 2 + lane // 2 for lane in range(lanes)])
        put += [f"  %pair.v{half} = shufflevector {kind} %pair.v, {kind} poison, {order}"]
        put += [f"  call void {name}({kind} %pair.v{half}, ptr align 1 {address}, <{lanes} x i1> <{mask}>)"]
    pairs = _vectors("pair", "\n".join(put), _VECTOR, 2 * _VECTOR, f"  %pair.count = sdiv i64 %n, {lanes}", lanes)
    return "\n".join([
        head, f"  switch i64 %by, label %steps [ i64 {2 * size}, label %pair ]", pairs, "steps:", _after(("pair",)), *body,
        f"declare void {name}({kind}, ptr, <{lanes} x i1>)",
    ])  # fmt: skip


def _by_size(name: str, parameters: str, arguments: str) -> str:
    """Return the function that calls the one for an element's size."""
    cases = " ".join(f"i64 {size}, label %size.{size}" for size in _SIZES)
    calls = "\n".join(f"size.{size}:\n  call void @{name}.{size}({arguments})\n  br label %done" for size in _SIZES)
    return (
        f"define internal void @{name}(i64 %size, {parameters}) nounwind {{\n"
        f"  switch i64 %size, label %done [ {cases} ]\n{calls}\ndone:\n  ret void\n}}"
    )


def text() -> str:
    """Return the module."""
    gather = _by_size("gather", "ptr %s, i64 %by, ptr %t, i64 %n", "ptr %s, i64 %by, ptr %t, i64 %n")
    scatter = _by_size("scatter", "ptr %s, ptr %t, i64 %by, i64 %n", "ptr %s, ptr %t, i64 %by, i64 %n")
    return "\n".join([_DRIVER, *map(_gather, _SIZES), *map(_scatter, _SIZES), gather, scatter])

