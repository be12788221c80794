"""The NumPy inner loop of an elementwise kernel with vectors, fixed arrays or structures as operands.

Three ways through it, chosen when it is called:

- *flat*: vectors that lie one behind another, and a kernel that does the same with each place: a loop over plain numbers; where
  long vectors lie otherwise, that loop runs once for each element;
- *chunks*: a kernel that costs more than copying does, on operands that lie apart: every number is a strided operand of its own,
  gathered into buffers for the blocks of lanes;
- *elements*: one after another, all numbers of an element loaded before any is stored. Right whatever the operands share, and
  what ``reduce``, ``accumulate`` and work in place run.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.argument_tests import is_apart, is_dense, is_row, load_arguments
from cobra.compiler.codegen.blocks import blocks_text
from cobra.compiler.codegen.compound_operands import Addresses, CompoundLoop, is_compound, make_compound_loop
from cobra.compiler.codegen.elementwise import NARROWEST_VECTOR, elementwise_text, layout_text
from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.flat_vectors import flat_loop
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, ModuleParts, Style, finish, lower_body, make_loop
from cobra.compiler.codegen.lowering import has_loops, widest_bytes
from cobra.compiler.codegen.native_text import SEQUENTIAL
from cobra.compiler.codegen.scalar_loops import is_cheap
from cobra.compiler.codegen.strictness import needs_strict
from cobra.compiler.ir.operations import Function
from cobra.runtime.chunks import RUN_IN_CHUNKS
from cobra.types import KernelType

_MOST_CHUNKED = 24
_MOST_UNROLLED = 32
_FLAT = "flat_loop"


def function_of_place(function: Function, operands: Sequence[KernelType], outputs: int) -> Function | None:
    """Return the function of one place of long vectors, for a kernel that does the same with each; None for any other kernel.

    It is found before the passes, which would do with every place what is wanted of one only.
    """
    if not function.is_elementwise or not any(map(is_compound, operands)):
        return None
    loop = make_compound_loop(function, operands, outputs)
    if any(number.scalar.is_complex for number in loop.by_number.operands) or not is_long(loop):
        return None
    flat = flat_loop(loop)
    return None if flat is None else flat.function


def place_text(loop: CompoundLoop, lanes: int | None, style: Style, parts: ModuleParts, name: str) -> str:
    """Return the LLVM functions of the inner loop called `name`, where the loop's function is that of one place."""
    first, last = ([a.places[0].operand.scalar for a in side] for side in (loop.inputs, loop.outputs))
    flat = make_loop(loop.function, first, last)
    return "\n".join([elementwise_text(flat, lanes, style, parts, _FLAT), _row_by_row(loop, name)])


def compound_text(loop: CompoundLoop, lanes: int | None, style: Style, parts: ModuleParts, name: str) -> str:
    """Return the LLVM functions of the inner loop called `name`; scalar code when there are no `lanes`."""
    shuffled = any(operand.scalar.is_complex for operand in loop.by_number.operands)
    flat = flat_loop(loop)
    if flat is not None and is_long(loop):
        return "\n".join([elementwise_text(flat, lanes, style, parts, _FLAT), _row_by_row(loop, name)])
    strict = needs_strict(loop.function, shuffled=shuffled) and not style.fast_math
    chunked = bool(lanes) and gathering_pays(loop, flat)

    def emitter(count: int | None) -> TextEmitter:
        return TextEmitter(count, strict, parts.failures, fast=style.fast_math, permutes=style.machine.permutes)

    single = NARROWEST_VECTOR // widest_bytes(loop.function) if strict and lanes and not has_loops(loop.function) else None
    text = [_elements(loop, emitter(single), parts, dense=True)]
    if _has_core(loop):
        text.append(_elements(loop, emitter(single), parts, dense=False))
    if chunked:
        text.append(blocks_text(loop.by_number, emitter(lanes), parts, masked=style.machine.masks_memory))
        text.append(layout_text(loop.by_number))
        parts.declarations.add(f"declare void @{RUN_IN_CHUNKS}(ptr, i64, ptr, ptr, ptr)")
    if flat is not None:
        text.append(elementwise_text(flat, lanes, style, parts, _FLAT))
    return "\n".join([*text, _dispatch(loop, name, chunked, flat)])


def gathering_pays(loop: CompoundLoop, flat: ElementwiseLoop | None) -> bool:
    """Tell whether numbers that lie apart are better collected for lanes than computed one element after another."""
    return flat is None and len(loop.by_number.operands) <= _MOST_CHUNKED and not is_cheap(loop.function)


def is_long(loop: CompoundLoop) -> bool:
    """Tell whether code for each place would be long, and the places can be counted by one loop."""
    argument = loop.outputs[0]
    return len(argument.places) > _MOST_UNROLLED and len(argument.shape) == 1


def _has_core(loop: CompoundLoop) -> bool:
    return any(argument.shape for argument in loop.arguments)


# -- one element after another


def _elements(loop: CompoundLoop, emitter: TextEmitter, parts: ModuleParts, *, dense: bool) -> str:
    """Return the loop over any outer steps, and over any core strides unless they are `dense`."""
    for a in loop.arguments:
        emitter.lines += [
            f"  %a{a.index} = getelementptr ptr, ptr %args, i64 {a.index}\n  %p{a.index} = load ptr, ptr %a{a.index}",
            f"  %b{a.index} = getelementptr i64, ptr %steps, i64 {a.index}\n  %s{a.index} = load i64, ptr %b{a.index}",
        ]
    addresses = Addresses(loop, emitter, dense=dense)
    emitter.jump("loop")
    emitter.start("loop")
    place = len(emitter.lines)
    _element(loop, emitter, addresses)
    end = emitter.block
    emitter.lines += [f"  %r{a.index} = getelementptr i8, ptr %q{a.index}, i64 %s{a.index}" for a in loop.arguments]
    emitter.lines.append("  %less = add nsw i64 %left, -1\n  %again = icmp sgt i64 %less, 0")
    head = [f"  %q{a.index} = phi ptr [%p{a.index}, %entry], [%r{a.index}, %{end}]" for a in loop.arguments]
    emitter.lines[place:place] = [*head, f"  %left = phi i64 [%n, %entry], [%less, %{end}]"]
    emitter.branch("%again", "loop", "ended", SEQUENTIAL)
    emitter.start("ended")
    return finish(emitter, parts, f"void @{_version(dense)}(ptr %args, i64 %n, ptr %steps)")


def _version(dense: bool) -> str:
    return "dense_elements" if dense else "elements"


def _element(loop: CompoundLoop, emitter: TextEmitter, addresses: Addresses) -> None:
    values: list[str] = []
    for a in loop.inputs:
        for place, address in zip(a.places, addresses.of(a, f"%q{a.index}"), strict=True):
            values += place.operand.load_one(emitter, address)
    results = iter(lower_body(loop.by_number, emitter, values))
    for a in loop.outputs:
        for place, address in zip(a.places, addresses.of(a, f"%q{a.index}"), strict=True):
            place.operand.store_one(emitter, next(results), address)


# -- choosing the way


def _dispatch(loop: CompoundLoop, name: str, chunked: bool, flat: ElementwiseLoop | None) -> str:
    """Return the function NumPy calls."""
    emitter = TextEmitter(None, False, Failures())
    numbers = len(loop.by_number.operands)
    if chunked:
        emitter.lines.append(f"  %number_args = alloca [{numbers} x ptr]\n  %number_steps = alloca [{numbers} x i64]")
    if flat is not None:
        _flat_tables(loop, emitter)
    _start_work(loop, emitter)
    if _has_core(loop):
        emitter.branch(is_dense(loop, emitter), "packed", "scattered")
        emitter.start("scattered")
        _way(emitter, f"call void @{_version(dense=False)}(ptr %args, i64 %n, ptr %steps)")
        emitter.start("packed")
    if flat is not None:
        emitter.branch(is_row(loop, emitter), "row", "rows")
        emitter.start("row")
        _fill_flat(loop, emitter)
        _way(emitter, f"call void @{_FLAT}(ptr %args, ptr %flat_dimensions, ptr %flat_steps, ptr %data)")
        emitter.start("rows")
    if chunked:
        emitter.branch(is_apart(loop, emitter), "apart", "together")
        emitter.start("apart")
        _fill_numbers(loop, emitter)
        _way(emitter, f"call void @{RUN_IN_CHUNKS}(ptr %number_args, i64 %n, ptr %number_steps, ptr @layout, ptr @blocks)")
        emitter.start("together")
    _way(emitter, f"call void @{_version(dense=True)}(ptr %args, i64 %n, ptr %steps)")
    return _closed(emitter, name)


def _row_by_row(loop: CompoundLoop, name: str) -> str:
    """Return the function NumPy calls that runs the flat loop on everything at once, or else on each element."""
    emitter = TextEmitter(None, False, Failures())
    _flat_tables(loop, emitter)
    emitter.lines.append(f"  %row_args = alloca [{len(loop.arguments)} x ptr]")
    _start_work(loop, emitter)
    emitter.branch(emitter.emit(f"and i1 {is_dense(loop, emitter)}, {is_row(loop, emitter)}"), "row", "rows")
    emitter.start("row")
    _fill_flat(loop, emitter)
    _way(emitter, f"call void @{_FLAT}(ptr %args, ptr %flat_dimensions, ptr %flat_steps, ptr %data)")
    emitter.start("rows")
    _fill_row(loop, emitter)
    emitter.jump("next")
    emitter.start("next")
    emitter.lines.append("  %done = phi i64 [0, %rows], [%done.next, %next]")
    for a in loop.arguments:
        offset = emitter.emit(f"mul i64 %s{a.index}, %done")
        address = emitter.emit(f"add i64 %d{a.index}, {offset}")
        emitter.write(f"store i64 {address}, ptr {emitter.emit(f'getelementptr i64, ptr %row_args, i64 {a.index}')}")
    emitter.write(f"call void @{_FLAT}(ptr %row_args, ptr %flat_dimensions, ptr %flat_steps, ptr %data)")
    emitter.lines.append("  %done.next = add i64 %done, 1\n  %more = icmp slt i64 %done.next, %n")
    emitter.branch("%more", "next", "exit", SEQUENTIAL)
    return _closed(emitter, name)


def _start_work(loop: CompoundLoop, emitter: TextEmitter) -> None:
    emitter.lines.append("  %n = load i64, ptr %dimensions\n  %some = icmp sgt i64 %n, 0")
    emitter.branch("%some", "work", "exit")
    emitter.start("work")
    load_arguments(loop, emitter)


def _closed(emitter: TextEmitter, name: str) -> str:
    emitter.start("exit")
    head = f"define void @{name}(ptr %args, ptr %dimensions, ptr %steps, ptr %data) nounwind {{"
    return "\n".join([head, "entry:", *emitter.lines, "  ret void", "}"])


def _flat_tables(loop: CompoundLoop, emitter: TextEmitter) -> None:
    emitter.lines.append(f"  %flat_steps = alloca [{len(loop.arguments)} x i64]\n  %flat_dimensions = alloca i64")


def _way(emitter: TextEmitter, call: str) -> None:
    emitter.write(call)
    emitter.jump("exit")


def _fill_flat(loop: CompoundLoop, emitter: TextEmitter) -> None:
    """Write the count and the steps of single numbers into tables such as NumPy's."""
    emitter.write(f"store i64 {emitter.emit(f'mul i64 %n, {len(loop.outputs[0].places)}')}, ptr %flat_dimensions")
    for a in loop.arguments:
        step = a.places[0].operand.size if a.shape else 0
        emitter.write(f"store i64 {step}, ptr {emitter.emit(f'getelementptr i64, ptr %flat_steps, i64 {a.index}')}")


def _fill_row(loop: CompoundLoop, emitter: TextEmitter) -> None:
    """Write the count and the steps of the numbers of one element into the same tables."""
    emitter.write(f"store i64 {len(loop.outputs[0].places)}, ptr %flat_dimensions")
    for a in loop.arguments:
        step = "0"
        for position in loop.core_strides(a):
            step = emitter.emit(f"load i64, ptr {emitter.emit(f'getelementptr i64, ptr %steps, i64 {position}')}")
        emitter.write(f"store i64 {step}, ptr {emitter.emit(f'getelementptr i64, ptr %flat_steps, i64 {a.index}')}")


def _fill_numbers(loop: CompoundLoop, emitter: TextEmitter) -> None:
    """Write the addresses and steps of all numbers into tables such as NumPy's."""
    for a in loop.arguments:
        for place in a.places:
            index = place.operand.index
            address = emitter.emit(f"add i64 %d{a.index}, {place.offset}")
            emitter.write(f"store i64 {address}, ptr {emitter.emit(f'getelementptr i64, ptr %number_args, i64 {index}')}")
            emitter.write(f"store i64 %s{a.index}, ptr {emitter.emit(f'getelementptr i64, ptr %number_steps, i64 {index}')}")
