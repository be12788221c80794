"""Numbers looked up in a table that is part of the kernel, such as a tuple outside it whose elements an index chooses.

A table has a power of two of entries and every index is taken modulo that: lanes that do not matter may hold any index. Lanes look
up without touching memory where the processor permutes vectors by other vectors, and scalar code loads from a constant.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Number, Value, Variable
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.lowerings import operand_type
from cobra.compiler.primitives.type_rules import explicit
from cobra.types import ScalarType


def holds_in_table(kind: ScalarType) -> bool:
    """Tell whether tables may hold numbers of a type: those whose vectors processors permute."""
    return (kind.is_integer or kind.is_floating) and kind.bits in (32, 64)


def looked_up(build: Builder, table: Sequence[Number], kind: ScalarType, index: Value) -> Variable:
    """Append the look-up of an entry; entries that the table lacks to a power of two are zeros."""
    size = 1 << (len(table) - 1).bit_length()
    text = " ".join(_entry_text(number, kind) for number in (*table, *[0] * (size - len(table))))
    (result,) = build.operation(look_up, (index,), (kind,), table=text, to=kind.name)
    return result


def _entry_text(number: Number, kind: ScalarType) -> str:
    assert not isinstance(number, complex)
    return float(number).hex() if kind.is_floating else str(int(number))


def _lower_look_up(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    kind = scalar_of(operation.result)
    words = str(operation.attributes["table"]).split()
    entries: list[Number] = [float.fromhex(word) if kind.is_floating else int(word) for word in words]
    return (emitter.look_up(entries, kind, operand_type(operation), registers[0]),)


look_up = Primitive(
    name="look_up",
    doc="Return the entry of a constant table at an index, which is taken modulo the size of the table, a power of two.",
    rule=explicit("look_up"),
    lower=_lower_look_up,
    plain=True,
)

RECORDS = (look_up,)
