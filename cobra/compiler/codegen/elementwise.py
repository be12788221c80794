"""The NumPy inner loop of an elementwise kernel.

Three ways through it, chosen when it is called:

- *contiguous*: every operand dense and no output ahead of an input it overlaps: whole vectors of lanes, the rest padded with
  its own first element and sent through the same block;
- *carried*: the first input is the previous output (``reduce``, ``accumulate``, ``reduceat``): one after another;
- *chunks*: anything else goes through buffers, so that the contiguous code still does the work; operands that are dense
  already are used in place. Harmful overlap makes chunks of one.

A kernel that does not fit lanes has one strided scalar loop instead of the first and last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.lowering import Lowering, fits_lanes, needs_strict
from cobra.compiler.codegen.native_text import (
    SEQUENTIAL, Operand, call_copy, failure_exit, flag_storage, raise_collected,
)  # fmt: skip
from cobra.compiler.ir.operations import Function, Operation
from cobra.types import ScalarType

_BUFFER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ElementwiseLoop:
    """An elementwise function after all passes, with the operands NumPy hands over."""

    function: Function
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Return inputs and outputs."""
        return self.inputs + self.outputs

    @property
    def can_carry(self) -> bool:
        """Tell whether NumPy may feed an output back as the first input."""
        return len(self.inputs) == 2 and len(self.outputs) == 1 and self.inputs[0].scalar == self.outputs[0].scalar


def make_loop(function: Function, inputs: Sequence[ScalarType], outputs: Sequence[ScalarType]) -> ElementwiseLoop:
    """Return the loop of a function whose complex values are split into parts."""
    first = tuple(Operand(index, scalar) for index, scalar in enumerate(inputs))
    last = tuple(Operand(len(first) + index, scalar) for index, scalar in enumerate(outputs))
    return ElementwiseLoop(function, first, last)


@dataclass(slots=True)
class ModuleParts:
    """What the functions of one module share."""

    failures: Failures
    declarations: set[str]
    flags: set[str]
    copied: set[int]
    """Element sizes for which copying functions are needed."""

    def absorb(self, emitter: TextEmitter) -> None:
        """Take over what a finished function declared."""
        self.declarations |= emitter.declarations
        self.flags.update(emitter.flags)


def elementwise_text(loop: ElementwiseLoop, lanes: int | None, parts: ModuleParts, name: str) -> str:
    """Return the LLVM functions of the inner loop called `name`; scalar code when the kernel does not fit `lanes`."""
    strict = needs_strict(loop.function)
    wide = lanes if lanes and fits_lanes(loop.function) else None
    text = []
    if loop.can_carry:
        text.append(_carried(loop, TextEmitter(None, strict, parts.failures), parts))
    if wide:
        text.append(_contiguous(loop, TextEmitter(wide, strict, parts.failures), parts))
        parts.copied.update(operand.size for operand in loop.operands)
    if not wide or is_cheap(loop.function):
        turns = _UNROLLED if is_cheap(loop.function) else 1
        text.append(_strided(loop, TextEmitter(None, strict, parts.failures), parts, turns))
    text.append(_dispatch(loop, name, wide is not None))
    return "\n".join(text)


_CHEAP_OPERATIONS = 8


def is_cheap(function: Function) -> bool:
    """Tell whether scalar code of a kernel costs less than copying several strided operands."""
    statements = function.body.statements
    return len(statements) <= _CHEAP_OPERATIONS and all(isinstance(s, Operation) and s.primitive.plain for s in statements)


def _body(loop: ElementwiseLoop, emitter: TextEmitter, values: Sequence[str]) -> list[list[str]]:
    """Write the kernel's body on the registers of its inputs; return the registers of each output."""
    emitter.registers.update(zip(loop.function.parameters, values, strict=True))
    results = iter(Lowering(emitter).region(loop.function.body))
    return [[next(results) for _ in range(operand.parts)] for operand in loop.outputs]


def _finish(emitter: TextEmitter, parts: ModuleParts, head: str, storage: Sequence[str] = ()) -> str:
    """Close a function: collected errors, the exit, exceptions; open it with the storage they need."""
    raise_collected(emitter)
    emitter.write("ret void")
    failure_exit(emitter)
    parts.absorb(emitter)
    strict = " strictfp" if emitter.strict else ""
    return "\n".join([f"{head} noinline nounwind{strict} {{", "entry:", *storage, *flag_storage(emitter), *emitter.lines, "}"])


def _pointers(operands: Sequence[Operand]) -> str:
    return ", ".join(f"ptr %p{operand.index}" for operand in operands)


def _steps(operands: Sequence[Operand]) -> str:
    return ", ".join(f"i64 %s{operand.index}" for operand in operands)


# -- one element after another


_UNROLLED = 4


def _strided(loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts, turns: int = 1) -> str:
    """Any strides, elements in order, loads before stores; `turns` elements a turn first, then one by one."""
    starts = [(f"%p{o.index}", "entry") for o in loop.operands]
    remaining = "%n"
    if turns > 1:
        emitter.lines += [f"  %s{o.index}.{k} = mul i64 %s{o.index}, {k}" for o in loop.operands for k in range(2, turns + 1)]
        emitter.lines.append(f"  %groups = sdiv i64 %n, {turns}\n  %rest = srem i64 %n, {turns}\n  %many = icmp sgt i64 %groups, 0")
        emitter.branch("%many", "group", "grouped")
        end, last = _strided_turns(loop, emitter, "group", starts, "%groups", turns)
        emitter.branch("%again.group", "group", "grouped", SEQUENTIAL)
        emitter.start("grouped")
        joined = [emitter.emit(f"phi ptr [{p}, %entry], [{q}, %{end}]") for (p, _), q in zip(starts, last, strict=True)]
        emitter.branch(emitter.emit("icmp sgt i64 %rest, 0"), "loop", "ended")
        starts, remaining = [(pointer, "grouped") for pointer in joined], "%rest"
    else:
        emitter.jump("loop")
    _strided_turns(loop, emitter, "loop", starts, remaining, 1)
    emitter.branch("%again.loop", "loop", "ended", SEQUENTIAL)
    emitter.start("ended")
    return _finish(emitter, parts, f"define internal void @strided({_pointers(loop.operands)}, {_steps(loop.operands)}, i64 %n)")


def _strided_turns(
    loop: ElementwiseLoop, emitter: TextEmitter, block: str, starts: Sequence[tuple[str, str]], count: str, turns: int
) -> tuple[str, list[str]]:
    """Write a loop that computes `turns` elements a turn, up to its closing branch; return its end and last pointers."""
    emitter.start(block)
    place = len(emitter.lines)
    pointers = [f"%q{o.index}.{block}" for o in loop.operands]
    current = list(pointers)
    for turn in range(1, turns + 1):
        values = [register for operand in loop.inputs for register in operand.load(emitter, current[operand.index])]
        for operand, registers in zip(loop.outputs, _body(loop, emitter, values), strict=True):
            operand.store(emitter, registers, current[operand.index])
        # Each address from the first one: a chain of additions would cost a cycle an element.
        multiples = [f"%s{o.index}" if turn == 1 else f"%s{o.index}.{turn}" for o in loop.operands]
        current = [emitter.emit(f"getelementptr i8, ptr {q}, i64 {m}") for q, m in zip(pointers, multiples, strict=True)]
    end = emitter.block
    emitter.lines.append(f"  %less.{block} = add nsw i64 %left.{block}, -1\n  %again.{block} = icmp sgt i64 %less.{block}, 0")
    joins = [f"  {q} = phi ptr [{p}, %{before}], [{r}, %{end}]" for q, (p, before), r in zip(pointers, starts, current, strict=True)]
    joins.append(f"  %left.{block} = phi i64 [{count}, %{starts[0][1]}], [%less.{block}, %{end}]")
    emitter.lines[place:place] = joins
    return end, current


def _advance(operands: Sequence[Operand], emitter: TextEmitter, place: int, extra: Sequence[str]) -> None:
    """Step all pointers, close the loop, and write the joins at its head."""
    for operand in operands:
        emitter.lines.append(f"  %r{operand.index} = getelementptr i8, ptr %q{operand.index}, i64 %s{operand.index}")
    emitter.lines.append("  %more = add nsw i64 %left, -1\n  %again = icmp sgt i64 %more, 0")
    emitter.branch("%again", "loop", "ended", SEQUENTIAL)
    head = [f"  %q{o.index} = phi ptr [%p{o.index}, %entry], [%r{o.index}, %{emitter.block}]" for o in operands]
    head.append(f"  %left = phi i64 [%n, %entry], [%more, %{emitter.block}]")
    emitter.lines[place:place] = [*head, *extra]
    emitter.start("ended")


def _carried(loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts) -> str:
    """The first input is the previous output, kept in registers."""
    first, second = loop.inputs
    (output,) = loop.outputs
    start = first.load(emitter, "%p0")
    emitter.jump("loop")
    before = emitter.block
    emitter.start("loop")
    place = len(emitter.lines)
    carried = [f"%carried{part}" for part in range(first.parts)]
    values = [*carried, *second.load(emitter, "%q1")]
    (registers,) = _body(loop, emitter, values)
    output.store(emitter, registers, "%q2")
    kind = emitter.type(first.scalar.component)
    joins = [f"  {c} = phi {kind} [{s}, %{before}], [{r}, %{emitter.block}]" for c, s, r in zip(carried, start, registers, strict=True)]
    _advance((second, output), emitter, place, joins)
    return _finish(emitter, parts, "define internal void @carried(ptr %p0, ptr %p1, ptr %p2, i64 %s1, i64 %s2, i64 %n)")


# -- blocks of lanes


def _contiguous(loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts) -> str:
    """Dense operands, whole blocks of lanes; the rest once more through the same block, padded."""
    lanes = emitter.lanes
    assert lanes
    storage = [f"  %pad{o.index} = alloca {o.memory(lanes)}, align 64" for o in loop.operands]
    shift = lanes.bit_length() - 1
    emitter.lines += [f"  %blocks = lshr i64 %n, {shift}\n  %rest = and i64 %n, {lanes - 1}\n  %whole = shl i64 %blocks, {shift}"]
    emitter.lines += [f"  %o{o.index} = mul i64 %whole, {o.size}" for o in loop.operands]
    emitter.lines += [f"  %t{o.index} = getelementptr i8, ptr %p{o.index}, i64 %o{o.index}" for o in loop.operands]
    emitter.lines += ["  %some = icmp ne i64 %blocks, 0"]
    emitter.branch("%some", "block", "tail")
    emitter.start("block")
    place = len(emitter.lines)
    values = [register for operand in loop.inputs for register in operand.load(emitter, f"%q{operand.index}")]
    for operand, registers in zip(loop.outputs, _body(loop, emitter, values), strict=True):
        operand.store(emitter, registers, f"%q{operand.index}")
    end = emitter.block
    emitter.lines += [f"  %r{o.index} = getelementptr i8, ptr %q{o.index}, i64 {lanes * o.size}" for o in loop.operands]
    emitter.lines += ["  %less = add i64 %left, -1\n  %more = icmp ne i64 %less, 0"]
    emitter.branch("%more", "block", "ended", SEQUENTIAL)
    head = [
        f"  %q{o.index} = phi ptr [%p{o.index}, %entry], [%r{o.index}, %{end}], [%pad{o.index}, %fill], [%pad{o.index}, %copy]"
        for o in loop.operands
    ]
    head += [f"  %left = phi i64 [%blocks, %entry], [%less, %{end}], [1, %fill], [1, %copy]"]
    head += [f"  %padded = phi i1 [false, %entry], [%padded, %{end}], [true, %fill], [true, %copy]"]
    emitter.lines[place:place] = head
    _tail(loop, emitter, lanes)
    return _finish(emitter, parts, f"define internal void @contiguous({_pointers(loop.operands)}, i64 %n)", storage)


def _tail(loop: ElementwiseLoop, emitter: TextEmitter, lanes: int) -> None:
    """Pad what is left over with its first element, send it through the block, copy the results out."""
    emitter.start("ended")
    emitter.branch("%padded", "unpad", "tail")
    emitter.start("tail")
    emitter.lines += ["  %over = icmp ne i64 %rest, 0"]
    emitter.branch("%over", "fill", "exit")
    emitter.start("fill")
    for o in loop.inputs:
        kind, block = o.memory(), o.memory(lanes)
        one = emitter.emit(f"load {kind}, ptr %t{o.index}, align {o.align}")
        emitter.write(f"store {block} {_splat(emitter, o, one, lanes)}, ptr %pad{o.index}, align 64")
    # One element: the padding is all there is, and no narrow store stands in the way of the wide load.
    emitter.lines += ["  %single = icmp eq i64 %rest, 1"]
    emitter.branch("%single", "block", "copy")
    emitter.start("copy")
    for o in loop.inputs:
        call_copy(emitter, o, (f"%t{o.index}", str(o.size)), (f"%pad{o.index}", str(o.size)), "%rest")
    emitter.jump("block")
    emitter.start("unpad")
    for o in loop.outputs:
        call_copy(emitter, o, (f"%pad{o.index}", str(o.size)), (f"%t{o.index}", str(o.size)), "%rest")
    emitter.jump("exit")
    emitter.start("exit")


def _splat(emitter: TextEmitter, operand: Operand, one: str, lanes: int) -> str:
    kind, block = operand.memory(), operand.memory(lanes)
    if operand.parts == 2:
        order = ", ".join(f"i32 {i % 2}" for i in range(2 * lanes))
        return emitter.emit(f"shufflevector {kind} {one}, {kind} poison, <{2 * lanes} x i32> <{order}>")
    first = emitter.emit(f"insertelement {block} poison, {kind} {one}, i32 0")
    return emitter.emit(f"shufflevector {block} {first}, {block} poison, <{lanes} x i32> zeroinitializer")


# -- choosing the way


def _dispatch(loop: ElementwiseLoop, name: str, wide: bool) -> str:
    """The function NumPy calls."""
    emitter = TextEmitter(None, False, Failures())
    operands = loop.operands
    for o in operands:
        emitter.lines.append(
            f"  %a{o.index} = getelementptr ptr, ptr %args, i64 {o.index}\n  %p{o.index} = load ptr, ptr %a{o.index}\n"
            f"  %b{o.index} = getelementptr i64, ptr %steps, i64 {o.index}\n  %s{o.index} = load i64, ptr %b{o.index}\n"
            f"  %d{o.index} = ptrtoint ptr %p{o.index} to i64"
        )
    emitter.lines.append("  %n = load i64, ptr %dimensions\n  %some = icmp sgt i64 %n, 0")
    emitter.branch("%some", "work", "exit")
    emitter.start("work")
    storage: list[str] = []
    if wide:
        _choose_contiguous(loop, emitter)
    if loop.can_carry:
        _choose_carried(emitter)
    if wide:
        if is_cheap(loop.function):
            _choose_strided(loop, emitter)
        storage = _chunks(loop, emitter)
    else:
        emitter.write(f"call void @strided({_pointers(operands)}, {_steps(operands)}, i64 %n)")
        emitter.jump("exit")
    emitter.start("exit")
    head = f"define void @{name}(ptr %args, ptr %dimensions, ptr %steps, ptr %data) nounwind {{"
    return "\n".join([head, "entry:", *storage, *emitter.lines, "  ret void", "}"])


def _all(emitter: TextEmitter, conditions: Sequence[str]) -> str:
    total = conditions[0]
    for condition in conditions[1:]:
        total = emitter.emit(f"and i1 {total}, {condition}")
    return total


def _choose_contiguous(loop: ElementwiseLoop, emitter: TextEmitter) -> None:
    conditions = []
    for o in loop.operands:
        emitter.lines.append(f"  %dense{o.index} = icmp eq i64 %s{o.index}, {o.size}")
        conditions.append(f"%dense{o.index}")
    for output in loop.outputs:
        length = emitter.emit(f"mul i64 %n, {output.size}")
        for o in loop.inputs:
            distance = emitter.emit(f"sub i64 %d{output.index}, %d{o.index}")
            behind = emitter.emit(f"icmp sle i64 {distance}, 0")
            beyond = emitter.emit(f"icmp sge i64 {distance}, {length}")
            conditions.append(emitter.emit(f"or i1 {behind}, {beyond}"))
    direct = _all(emitter, conditions)
    emitter.branch(direct, "direct", "indirect")
    emitter.start("direct")
    emitter.write(f"call void @contiguous({_pointers(loop.operands)}, i64 %n)")
    emitter.jump("exit")
    emitter.start("indirect")


_MANY_STRIDED = 2


def _choose_strided(loop: ElementwiseLoop, emitter: TextEmitter) -> None:
    """A cheap kernel goes through scalar code where many operands, or all, would need copying."""
    count = "0"
    for o in loop.operands:
        repeated = emitter.emit(f"icmp eq i64 %s{o.index}, 0")
        fine = emitter.emit(f"or i1 {repeated}, %dense{o.index}")
        count = emitter.emit(f"add i64 {count}, {emitter.emit(f'select i1 {fine}, i64 0, i64 1')}")
    many = emitter.emit(f"icmp sge i64 {count}, {min(_MANY_STRIDED, len(loop.operands) - 1)}")
    emitter.branch(many, "scattered", "collect")
    emitter.start("scattered")
    emitter.write(f"call void @strided({_pointers(loop.operands)}, {_steps(loop.operands)}, i64 %n)")
    emitter.jump("exit")
    emitter.start("collect")


def _choose_carried(emitter: TextEmitter) -> None:
    following = emitter.emit("add i64 %d0, %s0")
    same = emitter.emit(f"icmp eq i64 {following}, %d2")
    step = emitter.emit("icmp eq i64 %s0, %s2")
    emitter.branch(emitter.emit(f"and i1 {same}, {step}"), "carry", "apart")
    emitter.start("carry")
    emitter.write("call void @carried(ptr %p0, ptr %p1, ptr %p2, i64 %s1, i64 %s2, i64 %n)")
    emitter.jump("exit")
    emitter.start("apart")


def _gentle(loop: ElementwiseLoop, emitter: TextEmitter) -> str:
    """Write the test whether no output shares memory with an input other than element by element."""
    bounds = {}
    for o in loop.operands:
        reach = emitter.emit(f"mul i64 %s{o.index}, {emitter.emit('sub i64 %n, 1')}")
        low = emitter.emit(f"select i1 {emitter.emit(f'icmp slt i64 {reach}, 0')}, i64 {reach}, i64 0")
        first = emitter.emit(f"add i64 %d{o.index}, {low}")
        extent = emitter.emit(f"select i1 {emitter.emit(f'icmp slt i64 {reach}, 0')}, i64 0, i64 {reach}")
        last = emitter.emit(f"add i64 %d{o.index}, {emitter.emit(f'add i64 {extent}, {o.size}')}")
        bounds[o.index] = (first, last)
    conditions = []
    for output in loop.outputs:
        for o in loop.inputs:
            (first, last), (start, end) = bounds[o.index], bounds[output.index]
            before = emitter.emit(f"icmp ule i64 {last}, {start}")
            behind = emitter.emit(f"icmp ule i64 {end}, {first}")
            pointer = emitter.emit(f"icmp eq i64 %d{o.index}, %d{output.index}")
            step = emitter.emit(f"icmp eq i64 %s{o.index}, %s{output.index}")
            apart = emitter.emit(f"or i1 {before}, {behind}")
            conditions.append(emitter.emit(f"or i1 {apart}, {emitter.emit(f'and i1 {pointer}, {step}')}"))
    return _all(emitter, conditions)


def _chunks(loop: ElementwiseLoop, emitter: TextEmitter) -> list[str]:
    """Send buffers through the contiguous code; return the lines that make them."""
    largest = max(o.size for o in loop.operands)
    length = _BUFFER_BYTES // largest
    storage = [f"  %buffer{o.index} = alloca [{length * o.size} x i8], align 64" for o in loop.operands]
    size = emitter.emit(f"select i1 {_gentle(loop, emitter)}, i64 {length}, i64 1")
    emitter.jump("chunk")
    before = emitter.block
    emitter.start("chunk")
    place = len(emitter.lines)
    left = emitter.emit("sub i64 %n, %at")
    fits = emitter.emit(f"icmp slt i64 {left}, {size}")
    emitter.lines.append(f"  %m = select i1 {fits}, i64 {left}, i64 {size}\n  %started = icmp ne i64 %at, 0")
    for o in loop.operands:
        offset = emitter.emit(f"mul i64 %at, %s{o.index}")
        emitter.lines.append(f"  %c{o.index} = getelementptr i8, ptr %p{o.index}, i64 {offset}")
        emitter.lines.append(f"  %u{o.index} = select i1 %dense{o.index}, ptr %c{o.index}, ptr %buffer{o.index}")
    for o in loop.inputs:
        # A repeated element is spread over the buffer once.
        repeated = emitter.emit(f"and i1 {emitter.emit(f'icmp eq i64 %s{o.index}, 0')}, %started")
        ready = emitter.emit(f"or i1 %dense{o.index}, {repeated}")
        _copy_unless(emitter, f"in{o.index}", ready, o, (f"%c{o.index}", f"%s{o.index}"), (f"%u{o.index}", str(o.size)))
    emitter.write(f"call void @contiguous({', '.join(f'ptr %u{o.index}' for o in loop.operands)}, i64 %m)")
    for o in loop.outputs:
        _copy_unless(emitter, f"out{o.index}", f"%dense{o.index}", o, (f"%u{o.index}", str(o.size)), (f"%c{o.index}", f"%s{o.index}"))
    emitter.lines.append("  %next = add i64 %at, %m\n  %unfinished = icmp slt i64 %next, %n")
    emitter.lines[place:place] = [f"  %at = phi i64 [0, %{before}], [%next, %{emitter.block}]"]
    emitter.branch("%unfinished", "chunk", "exit")
    return storage


def _copy_unless(
    emitter: TextEmitter, name: str, ready: str, operand: Operand, source: tuple[str, str], target: tuple[str, str]
) -> None:
    emitter.branch(ready, f"{name}.done", f"{name}.copy")
    emitter.start(f"{name}.copy")
    call_copy(emitter, operand, source, target, "%m")
    emitter.jump(f"{name}.done")
    emitter.start(f"{name}.done")
