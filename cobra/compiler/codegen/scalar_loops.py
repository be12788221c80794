"""Loops over single elements: with any strides, and with a value carried from element to element.

Their emitter may have lanes: then every lane computes the same element. Constrained compares and choices of single numbers take a
detour through general registers that those of vectors do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.guessed_choices import RareOutcomes, running_choices
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, arguments_text, finish, lower_body
from cobra.compiler.codegen.lowering import is_mild, walk
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand
from cobra.compiler.ir.operations import Function, Operation

_CHEAP_OPERATIONS = 8
_LOADS_IN_A_TURN = 4
_LONG_TO_WRITE_TWICE = 200
"""Operations of a kernel whose code for single elements takes longer to compile than most calls of `accumulate` would gain by it."""


def is_cheap(function: Function) -> bool:
    """Tell whether code for single elements costs less than copying several strided operands."""
    operations = sum(isinstance(statement, Operation) for statement in walk(function.body))
    return operations <= _CHEAP_OPERATIONS and is_mild(function.body)


def strided_text(loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts, *, unrolled: bool) -> str:
    """Return the loop over any strides: elements in order, the loads of each before its stores."""
    return _ElementLoop(loop, emitter, carries=False).text(parts, unrolled)


def carried_text(loop: ElementwiseLoop, emitter: TextEmitter, parts: ModuleParts, *, unrolled: bool) -> str:
    """Return the loop whose first input is the previous output, which stays in registers."""
    return _ElementLoop(loop, emitter, carries=True).text(parts, unrolled)


def runs_through_blocks(loop: ElementwiseLoop) -> bool:
    """Tell whether a carried value shall go through the code for lanes, as long code is not to be written twice."""
    return sum(isinstance(statement, Operation) for statement in walk(loop.function.body)) >= _LONG_TO_WRITE_TWICE


def carried_through_blocks_text(loop: ElementwiseLoop) -> str:
    """Return the loop whose first input is the previous output as calls of ``@blocks`` for one element after another."""
    lines = ["  %one = alloca [3 x ptr]", *arguments_text(loop.operands, steps=True)]
    lines += [f"  %o{o.index} = getelementptr ptr, ptr %one, i64 {o.index}" for o in loop.operands]
    lines += ["  br label %loop", "loop:", "  %left = phi i64 [%n, %entry], [%less, %next]"]
    lines += [f"  %q{o.index} = phi ptr [%p{o.index}, %entry], [%r{o.index}, %next]" for o in loop.operands]
    lines += [f"  store ptr %q{o.index}, ptr %o{o.index}" for o in loop.operands]
    lines += ["  %failed = call i1 @blocks(ptr %one, i64 1, i1 false)", "  br i1 %failed, label %end, label %next", "next:"]
    lines += [f"  %r{o.index} = getelementptr i8, ptr %q{o.index}, i64 %s{o.index}" for o in loop.operands]
    lines += ["  %less = add i64 %left, -1", "  %more = icmp sgt i64 %less, 0", f"  br i1 %more, label %loop, label %end{SEQUENTIAL}"]
    head = "define internal void @carried(ptr %args, i64 %n, ptr %steps) noinline nounwind {"
    return "\n".join([head, "entry:", *lines, "end:", "  ret void", "}"])


def chooses_carried(loop: ElementwiseLoop) -> bool:
    """Tell whether the kernel keeps its first input or replaces it by a new value, as a running maximum does."""
    return bool(running_choices(loop.function, loop.function.parameters[: loop.inputs[0].parts]))


class _ElementLoop:
    """Writes one such loop. Its state, joined at each head, is a pointer for each operand, and the carried value if there is one."""

    def __init__(self, loop: ElementwiseLoop, emitter: TextEmitter, *, carries: bool) -> None:
        self.loop, self.emitter, self.carries = loop, emitter, carries
        self.operands: Sequence[Operand] = loop.operands[1:] if carries else loop.operands
        self.predicted: RareOutcomes = {}
        self.kinds = ["ptr"] * len(self.operands)
        if carries:
            self.kinds += [emitter.type(loop.inputs[0].scalar.component)] * loop.inputs[0].parts
            self.predicted = running_choices(loop.function, loop.function.parameters[: loop.inputs[0].parts])

    def text(self, parts: ModuleParts, unrolled: bool) -> str:
        """Return the function; when `unrolled`, several elements a turn come first, then the rest one by one."""
        emitter, loop = self.emitter, self.loop
        emitter.lines += arguments_text(loop.operands, steps=True)
        state = [f"%p{o.index}" for o in self.operands]
        if self.carries:
            state += loop.inputs[0].load_one(emitter, "%p0")
        if unrolled:
            self.grouped(state)
        else:
            emitter.jump("loop")
            self.turns("loop", state, "%n", 1)
            emitter.branch("%again.loop", "loop", "ended", SEQUENTIAL)
        emitter.start("ended")
        return finish(emitter, parts, f"void @{'carried' if self.carries else 'strided'}(ptr %args, i64 %n, ptr %steps)")

    def grouped(self, state: Sequence[str]) -> None:
        """Write the loop over groups of elements, then the one over the rest."""
        emitter = self.emitter
        turns = max(2, _LOADS_IN_A_TURN // (len(self.operands) - len(self.loop.outputs)))
        self.multiply_steps(turns)
        emitter.lines.append(f"  %groups = sdiv i64 %n, {turns}\n  %rest = srem i64 %n, {turns}\n  %many = icmp sgt i64 %groups, 0")
        emitter.branch("%many", "group", "grouped")
        before, after = emitter.block, self.turns("group", state, "%groups", turns)
        end = emitter.block
        emitter.branch("%again.group", "group", "grouped", SEQUENTIAL)
        emitter.start("grouped")
        joins = zip(self.kinds, state, after, strict=True)
        joined = [emitter.emit(f"phi {kind} [{first}, %{before}], [{later}, %{end}]") for kind, first, later in joins]
        emitter.branch(emitter.emit("icmp sgt i64 %rest, 0"), "loop", "ended")
        self.turns("loop", joined, "%rest", 1)
        emitter.branch("%again.loop", "loop", "ended", SEQUENTIAL)

    def multiply_steps(self, turns: int) -> None:
        """Write the multiples of all steps that a group of elements needs."""
        # Volatile: LLVM would see through the product, and add step to step instead, a cycle an element.
        self.emitter.lines.append("  %hidden = alloca i64")
        self.emitter.lines += [
            f"  %s{o.index}.{k}.product = mul i64 %s{o.index}, {k}\n  store volatile i64 %s{o.index}.{k}.product, ptr %hidden\n"
            f"  %s{o.index}.{k} = load volatile i64, ptr %hidden"
            for o in self.operands for k in range(2, turns + 1)
        ]  # fmt: skip

    def turns(self, block: str, before: Sequence[str], count: str, turns: int) -> list[str]:
        """Write a loop that computes `turns` elements a turn, up to its closing branch; return the state at its end."""
        emitter, entry = self.emitter, self.emitter.block
        emitter.start(block)
        place = len(emitter.lines)
        state = [f"%state{k}.{block}" for k in range(len(self.kinds))]
        pointers, carried = state[: len(self.operands)], state[len(self.operands) :]
        for turn in range(turns):
            carried = self.element(self.addresses(pointers, turn), carried)
        after = [*self.addresses(pointers, turns), *carried]
        end = emitter.block
        emitter.lines.append(f"  %less.{block} = add nsw i64 %left.{block}, -1\n  %again.{block} = icmp sgt i64 %less.{block}, 0")
        joins = zip(state, self.kinds, before, after, strict=True)
        head = [f"  {name} = phi {kind} [{first}, %{entry}], [{later}, %{end}]" for name, kind, first, later in joins]
        emitter.lines[place:place] = [*head, f"  %left.{block} = phi i64 [{count}, %{entry}], [%less.{block}, %{end}]"]
        return after

    def addresses(self, pointers: Sequence[str], turn: int) -> list[str]:
        """Return where the operands of an element of the group lie."""
        if turn == 0:
            return list(pointers)
        steps = [f"%s{o.index}" if turn == 1 else f"%s{o.index}.{turn}" for o in self.operands]
        return [self.emitter.emit(f"getelementptr i8, ptr {q}, i64 {step}") for q, step in zip(pointers, steps, strict=True)]

    def element(self, addresses: Sequence[str], carried: Sequence[str]) -> list[str]:
        """Write the computation of one element; return what it carries to the next."""
        count = len(self.operands) - len(self.loop.outputs)
        values = [r for o, at in zip(self.operands[:count], addresses[:count], strict=True) for r in o.load_one(self.emitter, at)]
        results = lower_body(self.loop, self.emitter, [*carried, *values], self.predicted)
        for operand, registers, address in zip(self.loop.outputs, results, addresses[count:], strict=True):
            operand.store_one(self.emitter, registers, address)
        return results[0] if self.carries else []
