"""Tests that the loop of a compound kernel makes of NumPy's arguments, as LLVM text.

Before any of them `load_arguments` puts what an argument ``k`` has into registers: its address ``%dk`` as a number, its step ``%sk``;
``%n`` is the number of elements.
"""

from __future__ import annotations

from cobra.compiler.codegen.compound_operands import Argument, CompoundLoop
from cobra.compiler.codegen.emitter import TextEmitter


def load_arguments(loop: CompoundLoop, emitter: TextEmitter) -> None:
    """Write the loads of addresses and steps."""
    for a in loop.arguments:
        emitter.lines.append(
            f"  %a{a.index} = getelementptr i64, ptr %args, i64 {a.index}\n  %d{a.index} = load i64, ptr %a{a.index}\n"
            f"  %b{a.index} = getelementptr i64, ptr %steps, i64 {a.index}\n  %s{a.index} = load i64, ptr %b{a.index}"
        )


def is_dense(loop: CompoundLoop, emitter: TextEmitter) -> str:
    """Write the test whether all core dimensions are dense."""
    total = "true"
    for a in loop.arguments:
        size = a.size
        for position, length in zip(loop.core_strides(a), a.shape, strict=True):
            size //= length
            stride = emitter.emit(f"load i64, ptr {emitter.emit(f'getelementptr i64, ptr %steps, i64 {position}')}")
            total = emitter.emit(f"and i1 {total}, {emitter.emit(f'icmp eq i64 {stride}, {size}')}")
    return total


def is_row(loop: CompoundLoop, emitter: TextEmitter) -> str:
    """Write the test whether vectors with dense core dimensions lie one behind another, beside numbers that stay the same."""
    total = "true"
    for a in loop.arguments:
        follows = emitter.emit(f"icmp eq i64 %s{a.index}, {a.size if a.shape else 0}")
        total = emitter.emit(f"and i1 {total}, {follows}")
    return emitter.emit(f"or i1 {total}, {emitter.emit('icmp eq i64 %n, 1')}")


def is_apart(loop: CompoundLoop, emitter: TextEmitter) -> str:
    """Write the test whether no output shares memory with an input; dense core dimensions are taken for granted."""
    ranges = {a.index: _range(a, emitter) for a in loop.arguments}
    total = "true"
    for output in loop.outputs:
        for a in loop.inputs:
            (low, high), (start, end) = ranges[output.index], ranges[a.index]
            before = emitter.emit(f"icmp sle i64 {high}, {start}")
            behind = emitter.emit(f"icmp sle i64 {end}, {low}")
            total = emitter.emit(f"and i1 {total}, {emitter.emit(f'or i1 {before}, {behind}')}")
    return total


def _range(argument: Argument, emitter: TextEmitter) -> tuple[str, str]:
    """Write where the memory of an argument starts and ends."""
    step = f"%s{argument.index}"
    reach = emitter.emit(f"mul i64 {step}, {emitter.emit('sub i64 %n, 1')}")
    is_up = emitter.emit(f"icmp sge i64 {step}, 0")
    last = emitter.emit(f"add i64 %d{argument.index}, {reach}")
    low = emitter.emit(f"select i1 {is_up}, i64 %d{argument.index}, i64 {last}")
    high = emitter.emit(f"select i1 {is_up}, i64 {last}, i64 %d{argument.index}")
    return low, emitter.emit(f"add i64 {high}, {argument.size}")
