"""Tuples of constants that an index known only at run time chooses from: look-ups in a table.

Goes in: the items of a tuple and a number. Comes out: the entry, or nothing where the items are not numbers of one type that tables
hold.
"""

from __future__ import annotations

from cobra.compiler.frontend.terms import Number, Tuple
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.bitwise import bitwise_and
from cobra.compiler.primitives.tables import holds_in_table, looked_up


def entry_of(build: Builder, target: Tuple, index: Value) -> Number | None:
    """Append the look-up of an item at an index known to be in range, or return None where the tuple is no table."""
    first = target.items[0]
    if not isinstance(first, Number) or not holds_in_table(first.type) or (first.weak and first.type.is_integer):
        return None
    entries = []
    for item in target.items:
        if not isinstance(item, Number) or (item.type, item.weak) != (first.type, first.weak):
            return None
        entry = item.constant
        if entry is None or entry != entry:
            return None
        entries.append(entry)
    return Number(looked_up(build, entries, first.type, _unmasked(build, index, len(entries))), first.weak)


def _unmasked(build: Builder, index: Value, size: int) -> Value:
    """Return the index without an ``& (size - 1)`` that a look-up does by itself."""
    made = build.made.get(index)
    if made is None or made.primitive is not bitwise_and or size & (size - 1):
        return index
    left, right = made.operands
    for mask, rest in ((left, right), (right, left)):
        if isinstance(mask, Constant) and mask.value == size - 1:
            return rest
    return index


def is_masked_below(build: Builder, index: Value, size: int) -> bool:
    """Tell whether an index is an integer `and` a constant that keeps it below a size, such as ``i & 7`` below 8."""
    made = build.made.get(index)
    if made is None or made.primitive is not bitwise_and:
        return False
    masks = [operand.value for operand in made.operands if isinstance(operand, Constant)]
    return any(isinstance(mask, int) and not isinstance(mask, bool) and 0 <= mask < size for mask in masks)
