"""The loop over dense operands: whole blocks of lanes, and what is left over once more through the same block.

The rest is padded with its own first element, so that the padding raises no error that the rest does not raise; the results are
copied out of a padded block. Reading or writing beyond the operands would be reading or writing the memory of others.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, arguments_text, finish, load_all, lower_body  # fmt: skip
from cobra.compiler.codegen.lowering import has_loops
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand, lane_list
from cobra.types import bool_


def blocks_text(
    loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts, *, masked: bool, cheap: bool = False, name: str = "blocks"
) -> str:
    """Return the function; `masked` when the machine can load and store a part of a vector, `cheap` when code may be written twice."""
    lanes = emitter.lanes
    assert lanes
    direct = masked and cheap and not any(o.parts > 1 or o.scalar == bool_ for o in loop.operands)
    _count_blocks(loop, emitter, lanes, pads=not direct)
    emitter.branch("%some", "block", "tail")
    _block(loop, emitter, lanes, pads=not direct)
    if direct:
        _masked_tail(loop, emitter, _MaskedCopy(emitter, lanes))
    else:
        emitter.start("ended")
        emitter.branch("%padded", "unpad", "tail")
        _tail(loop, emitter, _MaskedCopy(emitter, lanes) if masked else _PlainCopy(emitter, lanes))
    return finish(emitter, parts, f"i1 @{name}(ptr %args, i64 %n, i1 %streams)", result="i1 false", failed="i1 true")


def _count_blocks(loop: ElementwiseLoop, emitter: TextEmitter, lanes: int, *, pads: bool) -> None:
    shift = lanes.bit_length() - 1
    if pads:
        emitter.lines += [f"  %pad{o.index} = alloca {o.memory(lanes)}, align 64" for o in loop.operands]
    emitter.lines += arguments_text(loop.operands, steps=False)
    emitter.lines += [f"  %blocks = lshr i64 %n, {shift}\n  %rest = and i64 %n, {lanes - 1}\n  %whole = shl i64 %blocks, {shift}"]
    emitter.lines += [f"  %o{o.index} = mul i64 %whole, {o.size}" for o in loop.operands]
    emitter.lines += [f"  %t{o.index} = getelementptr i8, ptr %p{o.index}, i64 %o{o.index}" for o in loop.operands]
    emitter.lines += ["  %some = icmp ne i64 %blocks, 0"]


def _block(loop: ElementwiseLoop, emitter: TextEmitter, lanes: int, *, pads: bool) -> None:
    """Write the loop over blocks; it is entered for all whole ones, and again for the padded one if there is one."""
    emitter.start("block")
    place = len(emitter.lines)
    results = lower_body(loop, emitter, load_all(loop.inputs, emitter, [f"%q{o.index}" for o in loop.inputs]))
    if can_stream(loop):
        emitter.branch("%streams", "stream", "keep")
        emitter.start("stream")
        _store(loop, emitter, results, streams=True)
        emitter.jump("stored")
        emitter.start("keep")
        _store(loop, emitter, results)
        emitter.jump("stored")
        emitter.start("stored")
    else:
        _store(loop, emitter, results)
    end = emitter.block
    emitter.lines += [f"  %r{o.index} = getelementptr i8, ptr %q{o.index}, i64 {lanes * o.size}" for o in loop.operands]
    emitter.lines += ["  %less = add i64 %left, -1\n  %more = icmp ne i64 %less, 0"]
    emitter.branch("%more", "block", "ended" if pads else "tail", SEQUENTIAL)
    again = {o.index: f", [%pad{o.index}, %pad]" if pads else "" for o in loop.operands}
    head = [f"  %q{o.index} = phi ptr [%p{o.index}, %entry], [%r{o.index}, %{end}]{again[o.index]}" for o in loop.operands]
    head += [f"  %left = phi i64 [%blocks, %entry], [%less, %{end}]{', [1, %pad]' if pads else ''}"]
    if pads:
        head += [f"  %padded = phi i1 [false, %entry], [%padded, %{end}], [true, %pad]"]
    emitter.lines[place:place] = head


def can_stream(loop: ElementwiseLoop) -> bool:
    """Tell whether results may be written past the caches."""
    return len(loop.outputs) == 1 and bool(loop.inputs) and not has_loops(loop.function)


def _store(loop: ElementwiseLoop, emitter: TextEmitter, results: Sequence[Sequence[str]], *, streams: bool = False) -> None:
    for operand, registers in zip(loop.outputs, results, strict=True):
        operand.store(emitter, registers, f"%q{operand.index}", streams=streams)


def _tail(loop: ElementwiseLoop, emitter: TextEmitter, copy: _PlainCopy) -> None:
    emitter.start("tail")
    emitter.lines += ["  %over = icmp ne i64 %rest, 0"]
    emitter.branch("%over", "pad", "exit")
    emitter.start("pad")
    copy.prepare()
    for o in loop.inputs:
        copy.fill(o)
    emitter.jump("block")
    emitter.start("unpad")
    copy.prepare()
    for o in loop.outputs:
        copy.take(o)
    emitter.jump("exit")
    emitter.start("exit")


def _masked_tail(loop: ElementwiseLoop, emitter: TextEmitter, copy: _MaskedCopy) -> None:
    """Write the rest with code of its own, which needs no detour through memory."""
    emitter.start("tail")
    emitter.lines += ["  %over = icmp ne i64 %rest, 0"]
    emitter.branch("%over", "part", "exit")
    emitter.start("part")
    copy.prepare()
    results = lower_body(loop, emitter, [copy.load(o) for o in loop.inputs])
    for o, (register,) in zip(loop.outputs, results, strict=True):
        copy.store(o, o.memory(emitter.lanes), register)
    emitter.jump("exit")
    emitter.start("exit")


class _PlainCopy:
    """Copies between the rest of an operand and its padded block, by the C library."""

    def __init__(self, emitter: TextEmitter, lanes: int) -> None:
        self.emitter, self.lanes = emitter, lanes

    def prepare(self) -> None:
        """Write what all copies of a block of code need."""

    def kind(self, operand: Operand) -> str:
        """Return the type of one element or of half a complex one, as bits: moving them needs no arithmetic."""
        return f"i{8 * operand.part_size}"

    def first(self, operand: Operand) -> tuple[str, str]:
        """Write the first element in every lane; return its type and register."""
        emitter, count = self.emitter, operand.parts * self.lanes
        block, one = f"<{count} x {self.kind(operand)}>", f"<{operand.parts} x {self.kind(operand)}>"
        loaded = emitter.emit(f"load {one}, ptr %t{operand.index}, align {operand.align}")
        order = lane_list([lane % operand.parts for lane in range(count)])
        return block, emitter.emit(f"shufflevector {one} {loaded}, {one} poison, {order}")

    def fill(self, operand: Operand) -> None:
        """Write the copy into the block."""
        block, first = self.first(operand)
        self.emitter.write(f"store {block} {first}, ptr %pad{operand.index}, align 64")
        self.copy(operand, f"%t{operand.index}", f"%pad{operand.index}")

    def take(self, operand: Operand) -> None:
        """Write the copy out of the block."""
        self.copy(operand, f"%pad{operand.index}", f"%t{operand.index}")

    def copy(self, operand: Operand, source: str, target: str) -> None:
        """Write the copy of the elements that there are."""
        self.emitter.declarations.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
        count = self.emitter.emit(f"mul i64 %rest, {operand.size}")
        self.emitter.write(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {count}, i1 false)")


class _MaskedCopy(_PlainCopy):
    """The same by masked vector instructions."""

    def prepare(self) -> None:
        """Write the number of lanes that there are, as often as an element has parts."""
        self.masks: dict[int, str] = {}

    def mask(self, count: int, parts: int) -> str:
        """Return the lanes that there are."""
        if count not in self.masks:
            emitter = self.emitter
            there = emitter.emit(f"trunc i64 {emitter.emit(f'mul i64 %rest, {parts}')} to i8")
            one = emitter.emit(f"insertelement <{count} x i8> poison, i8 {there}, i32 0")
            all_lanes = emitter.emit(f"shufflevector <{count} x i8> {one}, <{count} x i8> poison, <{count} x i32> zeroinitializer")
            lanes = ", ".join(f"i8 {lane}" for lane in range(count))
            self.masks[count] = emitter.emit(f"icmp ult <{count} x i8> <{lanes}>, {all_lanes}")
        return self.masks[count]

    def load(self, operand: Operand) -> str:
        """Write the load of what there is, the first element in the other lanes; return its register."""
        return self.emitter.emit(f"bitcast {self.bits(operand)} {self.loaded(operand)} to {operand.memory(self.lanes)}")

    def bits(self, operand: Operand) -> str:
        """Return the type of a block as bits."""
        return f"<{operand.parts * self.lanes} x {self.kind(operand)}>"

    def loaded(self, operand: Operand) -> str:
        """Write the load of what there is as bits."""
        block, first = self.first(operand)
        count = operand.parts * self.lanes
        name = f"@llvm.masked.load.v{count}{self.kind(operand)}.p0"
        self.emitter.declarations.add(f"declare {block} {name}(ptr, <{count} x i1>, {block})")
        arguments = f"ptr align {operand.align} %t{operand.index}, <{count} x i1> {self.mask(count, operand.parts)}, {block} {first}"
        return self.emitter.emit(f"call {block} {name}({arguments})")

    def fill(self, operand: Operand) -> None:
        """Write the copy into the block."""
        self.emitter.write(f"store {self.bits(operand)} {self.loaded(operand)}, ptr %pad{operand.index}, align 64")

    def take(self, operand: Operand) -> None:
        """Write the copy out of the block."""
        block = self.bits(operand)
        self.store(operand, block, self.emitter.emit(f"load {block}, ptr %pad{operand.index}, align 64"))

    def store(self, operand: Operand, kind: str, register: str) -> None:
        """Write the store of what there is."""
        count = operand.parts * self.lanes
        block, name = self.bits(operand), f"@llvm.masked.store.v{count}{self.kind(operand)}.p0"
        self.emitter.declarations.add(f"declare void {name}({block}, ptr, <{count} x i1>)")
        computed = self.emitter.emit(f"bitcast {kind} {register} to {block}") if kind != block else register
        mask = self.mask(count, operand.parts)
        self.emitter.write(f"call void {name}({block} {computed}, ptr align {operand.align} %t{operand.index}, <{count} x i1> {mask})")
