"""The NumPy inner loop of a kernel with core dimensions: one run of the body per outer element.

NumPy hands over, after the outer step of each operand, the byte strides of all core dimensions, operand by operand. Stores go
straight into the output operands. A kernel whose loops LLVM may vectorise has a second version for arrays that are dense along
their last dimension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.guessed_choices import running_choices
from cobra.compiler.codegen.loop_parts import ModuleParts, Style
from cobra.compiler.codegen.lowering import Lowering, walk
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand, failure_exit, flag_storage, raise_collected
from cobra.compiler.codegen.strictness import needs_strict
from cobra.compiler.ir.operations import For, Function, Operation, Statement, While
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import multiply
from cobra.compiler.primitives.machine import shift_left
from cobra.compiler.primitives.memory import load, store
from cobra.types import ArrayType, ScalarType, Type

_PARAMETERS = "ptr %args, ptr %dimensions, ptr %steps"


def generalized_text(function: Function, operands: Sequence[Type], style: Style, parts: ModuleParts, name: str) -> str:
    """Return the LLVM functions of the inner loop called `name`; `operands` are the types NumPy hands over."""
    strict = needs_strict(function, orders_by_bits=not running_choices(function)) and not style.fast_math
    versions = ["strided"]
    if not strict and _last_strides(operands) and _may_vectorise(function, operands):
        versions.append("dense")
    text = []
    for version in versions:
        emitter = TextEmitter(None, strict, parts.failures, fast=style.fast_math)
        text.append(_version(function, operands, emitter, parts, version))
    return "\n".join([*text, _dispatch(operands, name, versions)])


def _may_vectorise(function: Function, operands: Sequence[Type]) -> bool:
    """Tell whether LLVM may vectorise a loop without taking vectors apart, beyond whose parts it might compute."""
    if any(isinstance(kind, ArrayType) and kind.element.is_complex for kind in operands):
        return False
    statements = list(walk(function.body))
    makers: dict[Value, Statement] = {result: statement for statement in statements for result in statement.results}
    places = [s.operands[-1] for s in statements if isinstance(s, Operation) and s.primitive in (load, store)]
    return any(map(_is_vectorisable, statements)) and not any(_is_multiple(place, makers) for place in places)


def _is_multiple(place: Value, makers: Mapping[Value, Statement]) -> bool:
    """Tell whether a product stands behind an index: such elements may lie apart."""
    maker = makers.get(place)
    if maker is None:
        return False
    if not isinstance(maker, Operation) or maker.primitive in (multiply, shift_left):
        return True
    return any(_is_multiple(operand, makers) for operand in maker.operands if not isinstance(operand.type, ArrayType))


def _is_vectorisable(statement: Statement) -> bool:
    """Tell whether LLVM may vectorise a loop: an innermost one which adds up no floats, for they keep their order."""
    if not isinstance(statement, For) or any(isinstance(inner, (For, While)) for inner in walk(statement.body)):
        return False
    return not any(isinstance(value.type, ScalarType) and value.type.is_floating for value in statement.carried)


def _last_strides(operands: Sequence[Type]) -> list[tuple[int, int]]:
    """Return where the strides along the last dimensions stand among the steps, and what they are in dense arrays."""
    found, position = [], len(operands)
    for kind in operands:
        if isinstance(kind, ArrayType) and kind.rank:
            position += kind.rank
            found.append((position - 1, kind.element.itemsize))
    return found


def _dispatch(operands: Sequence[Type], name: str, versions: Sequence[str]) -> str:
    """Return the function NumPy calls."""
    emitter = TextEmitter(None, False, Failures())
    if "dense" in versions:
        total = "true"
        for position, size in _last_strides(operands):
            is_dense = emitter.emit(f"icmp eq i64 {emitter.emit(_entry(emitter, 'steps', position))}, {size}")
            total = emitter.emit(f"and i1 {total}, {is_dense}")
        emitter.branch(total, "dense", "strided")
    else:
        emitter.jump("strided")
    for version in versions:
        emitter.start(version)
        emitter.write(f"call void @{version}({_PARAMETERS})")
        emitter.write("ret void")
    return "\n".join([f"define void @{name}({_PARAMETERS}, ptr %data) nounwind {{", "entry:", *emitter.lines, "}"])


def _version(function: Function, operands: Sequence[Type], emitter: TextEmitter, parts: ModuleParts, version: str) -> str:
    strides = _arguments(function, operands, emitter)
    if version == "dense":
        for kind, own in zip(operands, strides, strict=True):
            if isinstance(kind, ArrayType) and own:
                own[-1] = str(kind.element.itemsize)
    emitter.lines.append("  %some = icmp sgt i64 %n, 0")
    emitter.branch("%some", "outer", "exit")
    emitter.start("outer")
    place = len(emitter.lines)
    _bind(function, operands, strides, emitter)
    Lowering(emitter, running_choices(function)).region(function.body)
    emitter.lines += [f"  %r{k} = getelementptr i8, ptr %q{k}, i64 %s{k}" for k in range(len(operands))]
    emitter.lines.append("  %more = add nsw i64 %left, -1\n  %again = icmp sgt i64 %more, 0")
    end = emitter.block
    emitter.branch("%again", "outer", "exit", SEQUENTIAL)
    head = [f"  %q{k} = phi ptr [%p{k}, %entry], [%r{k}, %{end}]" for k in range(len(operands))]
    emitter.lines[place:place] = [*head, f"  %left = phi i64 [%n, %entry], [%more, %{end}]"]
    emitter.start("exit")
    raise_collected(emitter)
    emitter.write("ret void")
    failure_exit(emitter)
    parts.absorb(emitter)
    constrained = " strictfp" if emitter.strict else ""
    opening = [f"define internal void @{version}({_PARAMETERS}) noinline nounwind{constrained} {{", "entry:"]
    return "\n".join([*opening, *flag_storage(emitter), *emitter.lines, "}"])


def _arguments(function: Function, operands: Sequence[Type], emitter: TextEmitter) -> list[list[str]]:
    """Load pointers, steps, sizes and core strides; return the core strides of each operand."""
    for k in range(len(operands)):
        emitter.lines.append(f"  %a{k} = getelementptr ptr, ptr %args, i64 {k}\n  %p{k} = load ptr, ptr %a{k}")
        emitter.lines.append(f"  %s{k} = {_entry(emitter, 'steps', k)}")
    emitter.lines.append("  %n = load i64, ptr %dimensions")
    for index, dimension in enumerate(function.dimensions):
        emitter.registers[dimension] = emitter.emit(_entry(emitter, "dimensions", index + 1))
    strides, position = [], len(operands)
    for kind in operands:
        rank = kind.rank if isinstance(kind, ArrayType) else 0
        strides.append([emitter.emit(_entry(emitter, "steps", position + axis)) for axis in range(rank)])
        position += rank
    return strides


def _entry(emitter: TextEmitter, table: str, index: int) -> str:
    address = emitter.emit(f"getelementptr i64, ptr %{table}, i64 {index}")
    return f"load i64, ptr {address}"


def _bind(function: Function, operands: Sequence[Type], strides: Sequence[Sequence[str]], emitter: TextEmitter) -> None:
    """Give the body its parameters: addresses of arrays, values of scalars (two registers for a complex one)."""
    parameters = iter(function.parameters)
    for k, kind in enumerate(operands):
        if isinstance(kind, ArrayType):
            emitter.bind_array(next(parameters), f"%q{k}", strides[k])
            continue
        for register in Operand(k, kind).load_one(emitter, f"%q{k}"):
            emitter.registers[next(parameters)] = register
