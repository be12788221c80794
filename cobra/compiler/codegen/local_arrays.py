"""Memory for the arrays that a kernel makes for itself: one block for a run of the inner loop, given back however the run ends.

Their sizes are sizes of core dimensions, the same for all outer elements, so one block serves them all. Arrays of which the
signature says that they are small lie on the stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.values import Variable
from cobra.compiler.primitives.matrices import local_array
from cobra.types import ArrayType

_ALIGNMENT = 64
_MOST_ON_STACK = 4096
_BLOCK = "%local.block"


def reserve(function: Function, emitter: TextEmitter) -> Sequence[str]:
    """Write the reservation of memory for a function's own arrays and bind them; return the lines that give it back."""
    registers = {dimension.name: emitter.registers[dimension] for dimension in function.dimensions}
    arrays = [s.result for s in function.body.statements if isinstance(s, Operation) and s.primitive is local_array]
    large = [array for array in arrays if not _fits_stack(array)]
    for array in arrays:
        if array not in large:
            base = emitter.emit(f"alloca [{max(_known_bytes(array) or 0, 1)} x i8], align {_ALIGNMENT}")
            emitter.bind_array(array, base, _strides(array, registers, emitter))
    if large:
        _allocate(large, registers, emitter)
    return [f"call void @PyMem_RawFree(ptr {_BLOCK})"] if large else []


def _allocate(arrays: Sequence[Variable], registers: Mapping[str, str], emitter: TextEmitter) -> None:
    emitter.declarations |= {"declare ptr @PyMem_RawMalloc(i64)", "declare void @PyMem_RawFree(ptr)"}
    total, wrong, offsets = str(_ALIGNMENT - 1), "false", []
    for array in arrays:
        size, fails = _bytes(array, registers, emitter)
        offsets.append(total)
        total, overflows = _checked("uadd", total, size, emitter)
        wrong = emitter.emit(f"or i1 {wrong}, {emitter.emit(f'or i1 {fails}, {overflows}')}")
    asked = emitter.emit(f"select i1 {wrong}, i64 -1, i64 {total}")  # which nobody has
    emitter.lines.append(f"  {_BLOCK} = call ptr @PyMem_RawMalloc(i64 {asked}) nounwind")
    emitter.fail_if(emitter.emit(f"icmp eq ptr {_BLOCK}, null"), "MemoryError", "there is no memory for an array that the kernel makes")
    for array, offset in zip(arrays, offsets, strict=True):
        place = emitter.emit(f"getelementptr i8, ptr {_BLOCK}, i64 {offset}")
        base = emitter.emit(f"call ptr @llvm.ptrmask.p0.i64(ptr {place}, i64 {-_ALIGNMENT})")
        emitter.bind_array(array, base, _strides(array, registers, emitter))
    emitter.declarations.add("declare ptr @llvm.ptrmask.p0.i64(ptr, i64)")


def _bytes(array: Variable, registers: Mapping[str, str], emitter: TextEmitter) -> tuple[str, str]:
    """Write the size of an array, rounded up so that the next one is aligned, and whether it is beyond all numbers."""
    kind = _kind(array)
    total, wrong = str(kind.element.itemsize), "false"
    for size in _sizes(kind, registers):
        total, overflows = _checked("umul", total, size, emitter)
        wrong = emitter.emit(f"or i1 {wrong}, {overflows}")
    raised, overflows = _checked("uadd", total, str(_ALIGNMENT - 1), emitter)
    return emitter.emit(f"and i64 {raised}, {-_ALIGNMENT}"), emitter.emit(f"or i1 {wrong}, {overflows}")


def _checked(operation: str, left: str, right: str, emitter: TextEmitter) -> tuple[str, str]:
    kind = "{ i64, i1 }"
    made = emitter.intrinsic(f"{operation}.with.overflow.i64", kind, [("i64", left), ("i64", right)])
    return emitter.emit(f"extractvalue {kind} {made}, 0"), emitter.emit(f"extractvalue {kind} {made}, 1")


def _strides(array: Variable, registers: Mapping[str, str], emitter: TextEmitter) -> list[str]:
    """Return the byte strides of a dense array."""
    kind = _kind(array)
    found, stride = list[str](), str(kind.element.itemsize)
    for position, size in enumerate(reversed(_sizes(kind, registers))):
        found.append(stride)
        if position + 1 < kind.rank:
            stride = emitter.emit(f"mul i64 {stride}, {size}")
    return found[::-1]


def _sizes(kind: ArrayType, registers: Mapping[str, str]) -> list[str]:
    return [name if name.isdigit() else registers[name] for name in kind.dimensions]


def _fits_stack(array: Variable) -> bool:
    known = _known_bytes(array)
    return known is not None and known <= _MOST_ON_STACK


def _known_bytes(array: Variable) -> int | None:
    kind = _kind(array)
    total = kind.element.itemsize
    for name in kind.dimensions:
        if not name.isdigit():
            return None
        total *= int(name)
    return total


def _kind(array: Variable) -> ArrayType:
    assert isinstance(array.type, ArrayType)
    return array.type
