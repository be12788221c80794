"""The loop over dense operands for a kernel that is one loop: lanes that have ended take the next elements.

The kernel is taken apart into what comes before its loop, the loop, and what comes after it. The state of a lane is what the loop
carries and what it and the rest use from before. When enough lanes have ended, their results are computed and stored, and they
start with new elements; the other lanes wait as they are. At the start lanes without an element of their own run the first one
again, and at the end lanes that find none stay ended: neither raises an error that no element raises.

Elements are taken in order, and each is stored after it was taken: an output may lie where the inputs before it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, arguments_text, finish, load_all
from cobra.compiler.codegen.lowering import Lowering
from cobra.compiler.codegen.masked_loops import masked_body
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand
from cobra.compiler.codegen.running_ahead import Batch, lanes_in_group, passes_in_batch
from cobra.compiler.ir.operations import Function, Region, While, used_in
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.transforms.loop_position import loop_outside_branches
from cobra.types import ScalarType

VECTORS_IN_LOOPS = 4
"""A pass of a loop waits for the one before: more vectors fill the time."""
_WAITING = 4
"""One lane of this many may wait for others to end."""
_PATIENCE = 32
"""Lanes that began together are let end together up to this many passes: then their elements lie together."""


@dataclass(frozen=True, slots=True)
class LoopKernel:
    """A kernel that is one loop, taken apart; `captured` is what loop and rest use from before it."""

    before: Region
    loop: While
    after: Region
    captured: tuple[Variable, ...]

    @property
    def state(self) -> tuple[Variable, ...]:
        """Return all that a lane holds while it loops."""
        return self.captured + self.loop.carried


def taken_apart(function: Function) -> LoopKernel | None:
    """Return the parts of a kernel with one outermost loop, which is one with a test, or None for any other."""
    function = loop_outside_branches(function)
    statements = function.body.statements
    places = [place for place, statement in enumerate(statements) if isinstance(statement, While)]
    if len(places) != 1:
        return None
    before, after = statements[: places[0]], Region(statements[places[0] + 1 :], function.body.results)
    loop = statements[places[0]]
    assert isinstance(loop, While)
    known = {*function.parameters, *(result for statement in before for result in statement.results)}
    inside = [*used_in(loop.test), *used_in(loop.body), *used_in(after)]
    captured = tuple(dict.fromkeys(value for value in inside if value in known and isinstance(value, Variable)))
    return LoopKernel(Region(before, (*captured, *loop.initial)), loop, after, captured)


def refill_text(loop: ElementwiseLoop, kernel: LoopKernel, emitter: TextEmitter, parts: ModuleParts, *, name: str = "blocks") -> str:
    """Return the function."""
    _Refill(loop, kernel, emitter).write()
    return finish(emitter, parts, f"i1 @{name}(ptr %args, i64 %n, i1 %streams)", result="i1 false", failed="i1 true")


class _Refill:
    """Writes the function. Sets of lanes are numbers of a bit for each lane where elements move, and masks where they compute."""

    def __init__(self, loop: ElementwiseLoop, kernel: LoopKernel, emitter: TextEmitter) -> None:
        assert emitter.lanes
        self.loop, self.kernel, self.emitter, self.lanes = loop, kernel, emitter, emitter.lanes
        self.bits, self.mask = f"i{self.lanes}", f"<{self.lanes} x i1>"
        self.lowering = Lowering(emitter)
        used = set(used_in(kernel.after))
        self.wanted = tuple(result in used for result in kernel.loop.results)

    def write(self) -> None:
        """Write all blocks."""
        emitter, lines, bits = self.emitter, self.emitter.lines, self.bits
        self.prepare()
        emitter.jump("fill")
        emitter.start("fill")
        place, state = len(lines), [f"%s{index}" for index in range(len(self.kernel.state))]
        self.take_block()
        self.take()
        started = self.begin(state)
        ended = self.run(started)
        self.give(ended)
        emitter.start("given")
        emitter.branch(emitter.emit("icmp slt i64 %next, %n"), "fill", "exit", SEQUENTIAL)
        kinds = [emitter.type(_scalar(variable)) for variable in self.kernel.state]
        joins = zip(state, kinds, ended, strict=True)
        head = [f"  {name} = phi {kind} [zeroinitializer, %entry], [{register}, %given]" for name, kind, register in joins]
        head += [f"  %idle = phi {bits} [-1, %entry], [%done, %given]", f"  %fresh = phi {bits} [-1, %entry], [0, %given]"]
        lines[place:place] = [*head, "  %from = phi i64 [0, %entry], [%next, %given]"]
        emitter.start("exit")

    def prepare(self) -> None:
        """Write the buffers, those of the inputs full of the first element."""
        emitter, lanes = self.emitter, self.lanes
        emitter.lines += [f"  %pad{o.index} = alloca {o.memory(lanes)}, align 64" for o in self.loop.operands]
        emitter.lines.append(f"  %places = alloca [{lanes} x i64]")
        emitter.lines += arguments_text(self.loop.operands, steps=False)
        for o in self.loop.inputs:
            first = o.load_one(emitter, f"%p{o.index}")
            o.store(emitter, first, f"%pad{o.index}")
        bits = self.bits
        emitter.declarations |= {f"declare {bits} @llvm.ctpop.{bits}({bits})", f"declare {bits} @llvm.cttz.{bits}({bits}, i1)"}

    def take_block(self) -> None:
        """Write how the next elements are taken as they lie, when all lanes are idle and there are enough."""
        emitter, lanes = self.emitter, self.lanes
        emitter.lines.append(f"  %after = add nsw i64 %from, {lanes}\n  %room = icmp sle i64 %after, %n")
        every = emitter.emit(f"icmp eq {self.bits} %idle, -1")
        emitter.branch(emitter.emit(f"and i1 {every}, %room"), "block", "some")
        emitter.start("block")
        first = emitter.emit(f"insertelement <{lanes} x i64> poison, i64 %from, i32 0")
        all_first = emitter.emit(f"shufflevector <{lanes} x i64> {first}, <{lanes} x i64> poison, <{lanes} x i32> zeroinitializer")
        order = ", ".join(f"i64 {lane}" for lane in range(lanes))
        places = emitter.emit(f"add <{lanes} x i64> {all_first}, <{order}>")
        emitter.write(f"store <{lanes} x i64> {places}, ptr %places, align 8")
        for o in self.loop.inputs:
            emitter.lines.append(f"  %offset{o.index} = mul nuw nsw i64 %from, {o.size}")
            emitter.lines.append(f"  %dense{o.index} = getelementptr i8, ptr %p{o.index}, i64 %offset{o.index}")
        emitter.jump("filled")

    def take(self) -> None:
        """Write the loop that gives idle lanes the next elements, as long as there are any."""
        emitter, bits = self.emitter, self.bits
        emitter.start("some")
        emitter.branch(emitter.emit("icmp slt i64 %from, %n"), "take", "filled")
        emitter.start("take")
        emitter.lines.append(f"  %open = phi {bits} [%idle, %some], [%unfilled, %take]\n  %at = phi i64 [%from, %some], [%behind, %take]")
        lane = self.lowest("%open")
        for o in self.loop.inputs:
            self.copy(o, self.element(o, "%at"), self.buffered(o, lane))
        emitter.write(f"store i64 %at, ptr {emitter.emit(f'getelementptr i64, ptr %places, i64 {lane}')}")
        emitter.lines.append(f"  %unfilled = and {bits} %open, {emitter.emit(f'sub {bits} %open, 1')}\n  %behind = add nuw nsw i64 %at, 1")
        more = emitter.emit(f"icmp ne {bits} %unfilled, 0")
        there = emitter.emit("icmp slt i64 %behind, %n")
        emitter.branch(emitter.emit(f"and i1 {more}, {there}"), "take", "filled", SEQUENTIAL)
        emitter.start("filled")
        head = [f"  %empty = phi {bits} [0, %block], [%idle, %some], [%unfilled, %take]"]
        head.append("  %next = phi i64 [%after, %block], [%from, %some], [%behind, %take]")
        head.append("  %whole = phi i1 [true, %block], [false, %some], [false, %take]")
        for o in self.loop.inputs:
            pad = f"%pad{o.index}"
            head.append(f"  %q{o.index} = phi ptr [%dense{o.index}, %block], [{pad}, %some], [{pad}, %take]")
        emitter.lines += head

    def begin(self, state: Sequence[str]) -> list[str]:
        """Write what comes before the loop, for lanes with new elements; return the state of all lanes."""
        emitter, bits = self.emitter, self.bits
        emitter.lines.append(f"  %owners = xor {bits} %empty, -1\n  %taken = and {bits} %idle, %owners")
        emitter.lines.append(f"  %begun = or {bits} %taken, %fresh")
        begun = self.as_mask("%begun")
        values = load_all(self.loop.inputs, emitter, [f"%q{o.index}" for o in self.loop.inputs])
        emitter.registers.update(zip(self.loop.function.parameters, values, strict=True))
        with emitter.under(begun), self.lowering.reusing():
            made = self.lowering.region(self.kernel.before)
        joins = zip(self.kernel.state, made, state, strict=True)
        return [emitter.select(begun, _scalar(variable), new, old) for variable, new, old in joins]

    def run(self, started: Sequence[str]) -> list[str]:
        """Write the loop, up to where enough lanes have ended; return the state there."""
        emitter, kernel, bits = self.emitter, self.kernel, self.bits
        left = emitter.emit("icmp slt i64 %next, %n")
        least = emitter.emit(f"select i1 {left}, {bits} {self.lanes - max(1, self.lanes // _WAITING) + 1}, {bits} 1")
        emitter.lines.append(f"  %used = select i1 %whole, i64 0, i64 {_PATIENCE}")
        turns = passes_in_batch(kernel.loop) if emitter.hopeful or not emitter.strict else 1
        ended = self.single_passes(started, least) if turns == 1 else self.batches(started, least, turns)
        return [*started[: len(kernel.captured)], *ended]

    def single_passes(self, started: Sequence[str], least: str) -> list[str]:
        """Write the loop whose lanes are counted after each pass."""
        emitter, loop, count = self.emitter, self.kernel.loop, len(self.kernel.captured)
        emitter.registers.update(zip(self.kernel.captured, started[:count], strict=True))
        before = emitter.block
        emitter.jump("head")
        emitter.start("head")
        carried, place = self.lowering.names(loop.carried), len(emitter.lines)
        with self.lowering.reusing():
            live = self.lowering.test(loop.test)
            updated = masked_body(self.lowering, loop.body, live, loop.carried, carried)
        emitter.lines.append(f"  %live = bitcast {self.mask} {live} to {self.bits}")
        end = self.again(least, before, place, 1)
        emitter.lines[place:place] = self.lowering.headers(loop.carried, carried, (list(started[count:]), before), (updated, end))
        return updated

    def again(self, least: str, before: str, place: int, turns: int) -> str:
        """Write the end of the loop: back to its head while enough lanes go on; return the block it is in."""
        emitter, bits = self.emitter, self.bits
        going = emitter.emit(f"call {bits} @llvm.ctpop.{bits}({bits} %live)")
        patient = emitter.emit(f"icmp ult i64 %passes, {_PATIENCE}")
        needed = emitter.emit(f"select i1 {patient}, {bits} 1, {bits} {least}")
        emitter.lines.append(f"  %counted = add nuw nsw i64 %passes, {turns}")
        end = emitter.block
        emitter.branch(emitter.emit(f"icmp uge {bits} {going}, {needed}"), "head", "pause")
        emitter.lines.insert(place, f"  %passes = phi i64 [%used, %{before}], [%counted, %{end}]")
        emitter.start("pause")
        return end

    def batches(self, started: Sequence[str], least: str, turns: int) -> list[str]:
        """Write the loop whose lanes are counted after some passes, one group of lanes after another."""
        emitter, kernel = self.emitter, self.kernel
        lanes = lanes_in_group(kernel.loop, self.lanes, VECTORS_IN_LOOPS)
        work = Batch(kernel.loop, kernel.captured, self.wanted, turns, lanes)
        groups, before = work.groups(emitter, started, self.as_mask("%owners")), emitter.block
        emitter.jump("head")
        emitter.start("head")
        place = len(emitter.lines)
        made = work.write(self.lowering, groups)
        emitter.lines.append(f"  %live = or {self.bits} {self.as_bits([live for _, live in made], lanes)}, 0")
        end = self.again(least, before, place, turns)
        for group, (updated, live) in zip(groups, made, strict=True):
            emitter.lines[place:place] = work.headers(emitter, group, before, updated, live, end)
        emitter.registers.update(zip(kernel.captured, started[: len(kernel.captured)], strict=True))
        return work.joined(emitter, [updated for updated, _ in made])

    def give(self, ended: Sequence[str]) -> None:
        """Write what comes after the loop, for lanes that ended, and the loop that stores their results."""
        emitter, kernel, bits = self.emitter, self.kernel, self.bits
        emitter.lines.append(f"  %waiting = xor {bits} %live, -1\n  %done = and {bits} %owners, %waiting")
        emitter.registers.update(zip(kernel.loop.results, ended[len(kernel.captured) :], strict=True))
        with emitter.under(self.as_mask("%done")), self.lowering.reusing():
            results = iter(self.lowering.region(kernel.after))
        every = emitter.emit(f"icmp eq {bits} %done, -1")
        direct = emitter.emit(f"and i1 %whole, {every}")
        for o in self.loop.outputs:
            place = emitter.emit(f"select i1 {direct}, ptr {self.element(o, '%from')}, ptr %pad{o.index}")
            o.store(emitter, [next(results) for _ in range(o.parts)], place)
        end = emitter.block
        emitter.branch(direct, "given", "give")
        emitter.start("give")
        emitter.lines.append(f"  %full = phi {bits} [%done, %{end}], [%kept, %give]")
        lane = self.lowest("%full")
        place = emitter.emit(f"load i64, ptr {emitter.emit(f'getelementptr i64, ptr %places, i64 {lane}')}")
        for o in self.loop.outputs:
            self.copy(o, self.buffered(o, lane), self.element(o, place))
        emitter.lines.append(f"  %kept = and {bits} %full, {emitter.emit(f'sub {bits} %full, 1')}")
        emitter.branch(emitter.emit(f"icmp ne {bits} %kept, 0"), "give", "given", SEQUENTIAL)

    # -- lanes and elements

    def as_mask(self, lanes: str) -> str:
        """Return a set of lanes as a mask."""
        return self.emitter.emit(f"bitcast {self.bits} {lanes} to {self.mask}")

    def as_bits(self, groups: Sequence[str], lanes: int) -> str:
        """Return the masks of groups of lanes as one set."""
        total = "0"
        for number, mask in enumerate(groups):
            own = self.emitter.emit(f"bitcast <{lanes} x i1> {mask} to i{lanes}")
            if lanes == self.lanes:
                return own
            wide = self.emitter.emit(f"zext i{lanes} {own} to {self.bits}")
            moved = self.emitter.emit(f"shl {self.bits} {wide}, {number * lanes}")
            total = self.emitter.emit(f"or {self.bits} {total}, {moved}")
        return total

    def lowest(self, lanes: str) -> str:
        """Return the number of the first lane of a set."""
        first = self.emitter.emit(f"call {self.bits} @llvm.cttz.{self.bits}({self.bits} {lanes}, i1 true)")
        return first if self.lanes == 64 else self.emitter.emit(f"zext {self.bits} {first} to i64")

    def element(self, operand: Operand, index: str) -> str:
        """Return the address of an element."""
        offset = self.emitter.emit(f"mul nuw nsw i64 {index}, {operand.size}")
        return self.emitter.emit(f"getelementptr i8, ptr %p{operand.index}, i64 {offset}")

    def buffered(self, operand: Operand, lane: str) -> str:
        """Return the address of a lane's element in the buffer."""
        offset = self.emitter.emit(f"mul nuw nsw i64 {lane}, {operand.size}")
        return self.emitter.emit(f"getelementptr i8, ptr %pad{operand.index}, i64 {offset}")

    def copy(self, operand: Operand, source: str, target: str) -> None:
        """Write the copy of one element, as bits."""
        kind = f"i{8 * operand.size}"
        moved = self.emitter.emit(f"load {kind}, ptr {source}, align {operand.align}")
        self.emitter.write(f"store {kind} {moved}, ptr {target}, align {operand.align}")


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
