"""Elements of array parameters: stepping through them, loading and storing.

A pointer counts elements in the order in which nested loops over the array would come to them, whatever its strides. Steps
are whole elements; what looks between them, or at an element as another type, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.python_values import python_hint
from cobra.compiler.frontend.llvm_text.scalar_rules import signed
from cobra.compiler.frontend.llvm_text.scope import Pointer, Scope
from cobra.compiler.frontend.llvm_text.types import LlvmType, PointerType, SequenceType, VectorType, text_type, with_article
from cobra.compiler.frontend.terms import Array
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import add, multiply
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.extrema import maximum
from cobra.compiler.primitives.machine import quotient, reinterpret_bits, rest
from cobra.compiler.primitives.memory import load, store
from cobra.errors import ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, int8, int64

AddressRule: TypeAlias = Callable[[Scope, Instruction], Value | None]


def _element_pointer(scope: Scope, instruction: Instruction) -> Value:
    base, *indices = instruction.operands
    _expect_pointer(scope, instruction, base)
    pointer = scope.pointer(base)
    kind = instruction.source
    assert kind is not None
    index = pointer.place
    for position, operand in enumerate(indices):
        if position:
            kind = _inside(scope, kind, instruction)
        step = _scaled(scope.builder, _as_index(scope, operand), _count(scope, kind, pointer.array, instruction))
        index = _sum(scope.builder, index, step)
    return index


def _sum(build: Builder, first: Value, second: Value) -> Value:
    if _is_zero(second):
        return first
    return second if _is_zero(first) else build(add, first, second)


def _expect_pointer(scope: Scope, instruction: Instruction, operand: Operand) -> None:
    if not isinstance(scope.resolve(operand.type), PointerType):
        message = f"{instruction.opcode} takes a pointer, not {with_article(operand.type)}"
        scope.fail(TypeMismatch, message, operand.at, f"Write ptr {operand.value}.")


def _inside(scope: Scope, kind: LlvmType, instruction: Instruction) -> LlvmType:
    inner = scope.resolve(kind)
    if not isinstance(inner, (SequenceType, VectorType)):
        scope.refuse(UnsupportedSyntax, f"there are no elements inside {with_article(inner)}", instruction)
    return inner.element


def _count(scope: Scope, kind: LlvmType, array: Array, instruction: Instruction) -> int:
    """Return how many elements of an array a type spans."""
    count, inner = 1, scope.resolve(kind)
    while isinstance(inner, (SequenceType, VectorType)):
        count, inner = count * inner.count, scope.resolve(inner.element)
    if inner != text_type(array.element):
        element = text_type(array.element)
        hint = f"Step in elements: getelementptr {element}, ptr %p, i64 %i." if element else None
        scope.refuse(TypeMismatch, f"a step of {kind} through {_described(array)}", instruction, hint)
    return count


def _described(array: Array) -> str:
    return f"the array {array.parameter.name!r} of {array.element}" if array.parameter.name else f"an array of {array.element}"


def _as_index(scope: Scope, operand: Operand) -> Value:
    kind = scope.scalar(operand.type, operand.at)
    if not kind.is_integer:
        scope.fail(TypeMismatch, f"an index is an integer, not {with_article(operand.type)}", operand.at)
    return cast_value(scope.builder, scope.value(operand), int64)


def _scaled(build: Builder, index: Value, count: int) -> Value:
    if count == 1 or _is_zero(index):
        return index
    if isinstance(index, Constant):
        return constant(int(index.value.real) * count, int64)
    return build(multiply, index, constant(count, int64))


def _is_zero(value: Value) -> bool:
    return isinstance(value, Constant) and value.value == 0


# -- access


def _load(scope: Scope, instruction: Instruction) -> Value:
    (operand,) = instruction.operands
    pointer = _accessed(scope, instruction, operand, instruction.type)
    array = pointer.array
    place = [array.parameter, *array.place(_indices(scope, pointer, instruction))]
    (value,) = scope.builder.operation(load, place, [array.element])
    if array.element.kind == "bool":
        return cast_value(scope.builder, value, scope.scalar(instruction.type, instruction.at))
    return signed(scope.builder, value)


def _store(scope: Scope, instruction: Instruction) -> None:
    moved, operand = instruction.operands
    pointer = _accessed(scope, instruction, operand, moved.type)
    array, build = pointer.array, scope.builder
    if not array.writable:
        name = array.parameter.name
        hint = f'Write to an output, or allow it with writable=("{name}",).'
        scope.fail(ReadOnlyArgument, f"the text writes to the input {name!r}", operand.at, hint)
    value = scope.value(moved)
    value = cast_value(build, value, array.element) if array.element.kind == "bool" else _with_sign(build, value, array.element)
    build.operation(store, [value, array.parameter, *array.place(_indices(scope, pointer, instruction))], [])


def _with_sign(build: Builder, value: Value, element: ScalarType) -> Value:
    return value if value.type == element else reinterpret_bits(build, value, element)


def _accessed(scope: Scope, instruction: Instruction, operand: Operand, moved: LlvmType) -> Pointer:
    """Return the element a load or store is of, whose type must be the one moved."""
    _expect_pointer(scope, instruction, operand)
    pointer = scope.pointer(operand)
    kind, stated = scope.resolve(moved), scope.resolve(operand.type)
    allowed = [text_type(pointer.array.element)]
    if pointer.array.element.kind == "bool":
        allowed.append(text_type(int8))
    target = stated.target if isinstance(stated, PointerType) else None
    for each in (kind, kind if target is None else scope.resolve(target)):
        if each not in allowed:
            hint = python_hint(operand.name or "%p", pointer.array)
            scope.fail(TypeMismatch, f"{operand.value} points into {_described(pointer.array)}, not {each}", operand.at, hint)
    return pointer


def _indices(scope: Scope, pointer: Pointer, instruction: Instruction) -> list[Value]:
    """Return the index into each dimension of an element given by its place in a row of all."""
    shape, index = pointer.array.shape, pointer.place
    if not shape:
        if not _is_zero(index):
            message = f"{_described(pointer.array)} has a single element here"
            scope.refuse(TypeMismatch, message, instruction, "Leave the step out.")
        return []
    indices: list[Value] = []
    for size in reversed(shape[1:]):
        # A dimension of size zero has no elements to point to, but it must not divide.
        divisor = size if isinstance(size, Constant) and size.value else scope.builder(maximum, size, constant(1, int64))
        indices.append(scope.builder(rest, index, divisor))
        index = scope.builder(quotient, index, divisor)
    return [index, *reversed(indices)]


ADDRESS_RULES: dict[str, AddressRule] = {"getelementptr": _element_pointer, "load": _load, "store": _store}
"""The rule of each instruction that has to do with memory; stores make no value."""
