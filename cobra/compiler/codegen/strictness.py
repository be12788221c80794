"""Whether plain floating-point code raises the errors of a kernel, or whether it must be constrained.

LLVM takes plain operations for free of effects: it drops, moves, folds and speculates them. That changes errors wherever an
operation is conditional, unused, constant, or stands beside a choice; there, and for operations whose plain code is wrong by
itself, only constrained code is exact. Plain code in turn is what LLVM can vectorise in loops inside a kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cobra.compiler.codegen.lowering import walk
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, While, inner_regions, operands_of
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.machine import reinterpret
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.primitives.selection import select
from cobra.types import bool_, float16


def needs_strict(function: Function, *, shuffled: bool = False, orders_by_bits: bool = False) -> bool:
    """Tell whether plain code could raise other errors than the kernel as written.

    Parameters
    ----------
    function
        The kernel after all passes.
    shuffled
        Whether the parts of complex operands are taken out of vectors: LLVM may compute with both parts before that.
    orders_by_bits
        Whether plain code shall tell which float is less from their bits, as it does when it is not fast: that
        costs more than a constrained compare, but lets LLVM vectorise.
    """
    statements = list(walk(function.body))
    operations = [s for s in statements if isinstance(s, Operation) and not _is_whole(s)]
    if any(not s.primitive.plain and not (orders_by_bits and _tells_order(s)) for s in operations):
        return True
    if any(_converts_half(s) for s in operations):
        return True
    raising = [s for s in operations if s.primitive.raises]
    if not raising or shuffled:
        return bool(raising)
    # A division of which only a choice uses the result is moved behind the choice.
    if any(isinstance(s, (If, While)) or (isinstance(s, Operation) and s.primitive is select) for s in statements):
        return True
    used = {value for s in statements for value in operands_of(s)} | set(_results(function.body))
    return any(_is_known(s) or used.isdisjoint(s.results) for s in raising) or _hoistable(function.body, None)


def _is_whole(operation: Operation) -> bool:
    # Whole numbers raise errors by rule only, not by what code LLVM chooses.
    values: Sequence[Value] = (*operation.operands, *operation.results)
    return not any(getattr(value.type, "is_floating", False) for value in values)


def _converts_half(operation: Operation) -> bool:
    # Plain code for one float16 converts four, whatever the other three are.
    moves_bits = operation.primitive in (select, load, store, reinterpret)
    return not moves_bits and any(value.type == float16 for value in (*operation.operands, *operation.results))


def _tells_order(operation: Operation) -> bool:
    return not operation.primitive.raises and operation.result.type == bool_


def _is_known(operation: Operation) -> bool:
    return all(isinstance(operand, Constant) for operand in operation.operands)


def _results(region: Region) -> Iterator[Value]:
    yield from region.results
    for statement in walk(region):
        for inner in inner_regions(statement):
            yield from inner.results


def _hoistable(region: Region, inside: set[Variable] | None) -> bool:
    """Tell whether a loop that may not run at all holds an operation that LLVM could compute before it.

    `inside` are the values made in the innermost such loop, or None outside of any.
    """
    for statement in region.statements:
        if isinstance(statement, For):
            own = inside if isinstance(statement.count, Constant) else set(_made(statement))
            if _hoistable(statement.body, own):
                return True
        elif inside is not None and isinstance(statement, Operation) and statement.primitive.raises:
            if inside.isdisjoint(v for v in statement.operands if isinstance(v, Variable)):
                return True
    return False


def _made(loop: For) -> Iterator[Variable]:
    yield loop.index
    yield from loop.carried
    for statement in walk(loop.body):
        yield from statement.results
        if isinstance(statement, For):
            yield from (statement.index, *statement.carried)
