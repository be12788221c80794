"""Lower loops whose lanes end at different times: whole vectors go on while any lane does.

A lane that has ended keeps the values it ended with. So the test, asked of it again, answers no again and raises nothing that it
has not raised before: no record of the ended lanes is kept, and the test needs harmless operands only in lanes that never
entered the loop. The body runs under the lanes that go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cobra.compiler.codegen.emitter import literal
from cobra.compiler.ir.operations import For, Region, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.types import ScalarType, int64

if TYPE_CHECKING:
    from cobra.compiler.codegen.lowering import Lowering


def masked_while(lowering: Lowering, loop: While) -> None:
    """Lower a loop with a test."""
    emitter = lowering.emitter
    initial = [emitter.register(value) for value in loop.initial]
    before, head, body, after = emitter.block, emitter.fresh("head"), emitter.fresh("body"), emitter.fresh("after")
    emitter.jump(head)
    emitter.start(head)
    carried, place = lowering.names(loop.carried), len(emitter.lines)
    with lowering.reusing():
        go_on = lowering.test(loop.test)
        live = emitter.both(emitter.mask, go_on)
        emitter.branch(emitter.any(live), body, after)
        emitter.start(body)
        updated = masked_body(lowering, loop.body, live, loop.carried, carried)
    end = emitter.block
    emitter.jump(head)
    emitter.lines[place:place] = lowering.headers(loop.carried, carried, (initial, before), (updated, end))
    emitter.start(after)
    emitter.registers.update(zip(loop.results, carried, strict=True))


def masked_count(lowering: Lowering, loop: For) -> None:
    """Lower a counted loop of which each lane has its own number of passes."""
    emitter = lowering.emitter
    assert not isinstance(loop.count, Constant)
    count, initial = emitter.register(loop.count), [emitter.register(value) for value in loop.initial]
    before, head, body, after = emitter.block, emitter.fresh("head"), emitter.fresh("body"), emitter.fresh("after")
    emitter.jump(head)
    emitter.start(head)
    index, carried, place = f"%{emitter.fresh('i')}", lowering.names(loop.carried), len(emitter.lines)
    emitter.registers[loop.index] = lowering.spread(index)
    there = emitter.emit(f"icmp slt {emitter.type(int64)} {emitter.registers[loop.index]}, {count}")
    live = emitter.both(emitter.mask, there)
    emitter.branch(emitter.any(live), body, after)
    emitter.start(body)
    with lowering.reusing():
        updated = masked_body(lowering, loop.body, live, loop.carried, carried)
    following, end = emitter.emit(f"add nuw nsw i64 {index}, 1"), emitter.block
    emitter.jump(head)
    header = [f"  {index} = phi i64 [{literal(0, int64)}, %{before}], [{following}, %{end}]"]
    header += lowering.headers(loop.carried, carried, (initial, before), (updated, end))
    emitter.lines[place:place] = header
    emitter.start(after)
    emitter.registers.update(zip(loop.results, carried, strict=True))


def masked_body(lowering: Lowering, body: Region, live: str, variables: Sequence[Variable], carried: Sequence[str]) -> list[str]:
    """Lower one pass; return what each lane then holds: a lane that has ended, what it held."""
    emitter = lowering.emitter
    with emitter.under(live, in_loop=True):
        results = lowering.region(body)
    joins = zip(variables, results, carried, strict=True)
    return [emitter.select(live, _scalar(variable), new, old) for variable, new, old in joins]


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
