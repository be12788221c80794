"""Elements of array parameters: read and write.

A bool is one byte in memory and one bit in registers. After complex values are split, ``part`` ("real" or "imag") says
which half of a complex element is meant.
"""

from __future__ import annotations

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.type_rules import explicit
from cobra.types import ScalarType, bool_, uint8


def _address(emitter: Emitter, operation: Operation, array: str, indices: tuple[str, ...], component: ScalarType) -> str:
    address = emitter.element_address(array, indices)
    if operation.attributes.get("part") != "imag":
        return address
    return emitter.emit(f"getelementptr i8, ptr {address}, i64 {component.itemsize}")


def _lower_load(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    kind = scalar_of(operation.result)
    address = _address(emitter, operation, registers[0], registers[1:], kind)
    if kind != bool_:
        return (emitter.emit(f"load {emitter.type(kind)}, ptr {address}"),)
    byte = emitter.type(uint8)
    loaded = emitter.emit(f"load {byte}, ptr {address}")
    return (emitter.emit(f"icmp ne {byte} {loaded}, {emitter.constant(0, uint8)}"),)


def _lower_store(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    value, array, *indices = registers
    kind = scalar_of(operation.operands[0])
    if kind == bool_:
        value = emitter.emit(f"zext {emitter.type(kind)} {value} to {emitter.type(uint8)}")
    address = _address(emitter, operation, array, tuple(indices), kind)
    emitter.write(f"store {emitter.type(uint8 if kind == bool_ else kind)} {value}, ptr {address}")
    return ()


load = Primitive(
    name="load",
    doc="Return the element of an array at the given indices.",
    rule=explicit("load"),
    lower=_lower_load,
    plain=True,
    takes_half=True,
)

store = Primitive(
    name="store",
    doc="Set the element of an array at the given indices: value, array, indices.",
    rule=explicit("store"),
    lower=_lower_store,
    plain=True,
    effect=True,
    takes_half=True,
)

def _lower_fold(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    start, array, count, *indices = registers
    kind = scalar_of(operation.result)
    first = _address(emitter, operation, array, tuple(indices), kind)
    step = emitter.element_step(array, int(operation.attributes.get("axis", len(indices) - 1)))
    return (emitter.fold_elements(str(operation.attributes["by"]), kind, (start, first, count, step)),)


fold_elements = Primitive(
    name="fold_elements",
    doc="Join a start and elements along `axis` (the last) by an associative operation: start, array, how many, indices of the first.",
    rule=explicit("fold_elements"),
    lower=_lower_fold,
    plain=True,
    scalar_only=True,
    costly=True,
    raises=frozenset({"over", "under", "invalid"}),
)

RECORDS = (load, store, fold_elements)
