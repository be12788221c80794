"""The NumPy inner loop of a kernel with core dimensions: one run of the body per outer element.

NumPy hands over, after the outer step of each operand, the byte strides of all core dimensions, operand by operand. Stores go
straight into the output operands. A kernel whose loops LLVM may vectorise has a second version for arrays that are dense along
their last dimension. Sums and extremes of whole operands are computed for many outer elements ahead (`outer_loop`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cobra.compiler.codegen.element_folds import takes_outer
from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.guessed_choices import running_choices
from cobra.compiler.codegen.local_arrays import reserve
from cobra.compiler.codegen.loop_parts import ModuleParts, Style
from cobra.compiler.codegen.lowering import walk
from cobra.compiler.codegen.native_text import failure_exit, flag_storage, raise_collected
from cobra.compiler.codegen.outer_loop import Core, write_outer_loop
from cobra.compiler.codegen.strictness import needs_strict
from cobra.compiler.ir.operations import For, Function, Operation, Statement, While
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.arithmetic import multiply
from cobra.compiler.primitives.machine import shift_left
from cobra.compiler.primitives.matrices import matrix_product
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.transforms.outer_folds import OuterFold, take_out_folds
from cobra.compiler.transforms.small_cores import shape_of, written_out
from cobra.types import ArrayType, ScalarType, Type

_SMALL_SIZES = (2, 3, 4)
"""Sizes of core dimensions for which a kernel is written out, where all are the same."""

_MOST_BY_CHANCE, _MOST_AS_DECLARED = 1000, 5000
"""Operations that are written out, for sizes that may occur and for those that the signature says; the latter are 8×8 matrices times
8×8 matrices, which take LLVM a tenth of a second."""

_PARAMETERS = "ptr %args, ptr %dimensions, ptr %steps"


def generalized_text(function: Function, operands: Sequence[Type], style: Style, parts: ModuleParts, name: str) -> str:
    """Return the LLVM functions of the inner loop called `name`; `operands` are the types NumPy hands over."""
    strict = _is_strict(function, style.fast_math)
    versions = versions_of(function, operands, style.fast_math)
    text = []
    for version in versions:
        emitter = TextEmitter(None, strict and version.sizes is None, parts.failures, fast=style.fast_math)
        text.append(_version_text(_taken_out(version, style), operands, emitter, parts))
    return "\n".join([*text, _dispatch(operands, name, versions)])


def _is_strict(function: Function, fast: bool) -> bool:
    return needs_strict(function, orders_by_bits=not running_choices(function)) and not fast


@dataclass(frozen=True, slots=True)
class CoreVersion:
    """A way to run the kernel; `strides` are the only core strides and `sizes` the only core dimensions that it is for, None for any."""

    name: str
    function: Function
    sizes: Mapping[str, int] | None = None
    strides: tuple[tuple[int, ...], ...] | None = None
    folds: tuple[OuterFold, ...] = ()


def _taken_out(version: CoreVersion, style: Style) -> CoreVersion:
    """Return a version whose folds are computed for many outer elements at once, where all of them can be."""
    rest, folds = take_out_folds(version.function)
    if version.sizes is not None or not all(takes_outer(fold.by, fold.element, style.machine) for fold in folds):
        return version
    return replace(version, function=rest, folds=folds)


def versions_of(function: Function, operands: Sequence[Type], fast: bool) -> list[CoreVersion]:
    """Return the ways to run a kernel: the last one that fits a call serves it, the first one fits any."""
    versions = [CoreVersion("strided", function)]
    if not _is_strict(function, fast) and _last_strides(operands) and _may_vectorise(function, operands, fast):
        versions.append(CoreVersion("dense", function))
    return [*versions, *_small_versions(function, operands, fast)]


def _small_versions(function: Function, operands: Sequence[Type], fast: bool) -> Iterator[CoreVersion]:
    """Yield the kernel written out, for fixed sizes or for all sizes equal and small."""
    names = [dimension.name for dimension in function.dimensions]
    if not any(isinstance(s, For) or (isinstance(s, Operation) and s.primitive is matrix_product) for s in walk(function.body)):
        return
    fixed = {name: int(name) for name in names if name.isdigit()}
    for size in _SMALL_SIZES if len(fixed) < len(names) else (0,):
        sizes = {**dict.fromkeys(names, size), **fixed}
        shapes = [shape_of(kind, sizes) if isinstance(kind, ArrayType) else () for kind in operands]
        small = written_out(function, sizes, _MOST_AS_DECLARED if len(fixed) == len(names) else _MOST_BY_CHANCE)
        if small is not None and None not in shapes and (fast or not needs_strict(small)):
            strides = tuple(_dense_strides(kind, shape or ()) for kind, shape in zip(operands, shapes, strict=True))
            yield CoreVersion(f"small.{size}", small, sizes, strides)


def _dense_strides(kind: Type, shape: Sequence[int]) -> tuple[int, ...]:
    found, stride = [], kind.element.itemsize if isinstance(kind, ArrayType) else 0
    for size in reversed(shape):
        found.append(stride)
        stride *= size
    return tuple(reversed(found))


def _may_vectorise(function: Function, operands: Sequence[Type], fast: bool) -> bool:
    """Tell whether LLVM may vectorise a loop without taking vectors apart, beyond whose parts it might compute."""
    if any(isinstance(kind, ArrayType) and kind.element.is_complex for kind in operands):
        return False
    statements = list(walk(function.body))
    makers: dict[Value, Statement] = {result: statement for statement in statements for result in statement.results}
    places = [s.operands[-1] for s in statements if isinstance(s, Operation) and s.primitive in (load, store)]
    return any(_is_vectorisable(statement, fast) for statement in statements) and not any(_is_multiple(place, makers) for place in places)


def _is_multiple(place: Value, makers: Mapping[Value, Statement]) -> bool:
    """Tell whether a product stands behind an index: such elements may lie apart."""
    maker = makers.get(place)
    if maker is None:
        return False
    if not isinstance(maker, Operation) or maker.primitive in (multiply, shift_left):
        return True
    return any(_is_multiple(operand, makers) for operand in maker.operands if not isinstance(operand.type, ArrayType))


def _is_vectorisable(statement: Statement, fast: bool) -> bool:
    """Tell whether LLVM may vectorise a loop: an innermost one which adds up no floats, for they keep their order unless it is fast."""
    if not isinstance(statement, For) or any(isinstance(inner, (For, While)) for inner in walk(statement.body)):
        return False
    return fast or not any(isinstance(value.type, ScalarType) and value.type.is_floating for value in statement.carried)


def _last_strides(operands: Sequence[Type]) -> list[tuple[int, int]]:
    """Return where the strides along the last dimensions stand among the steps, and what they are in dense arrays."""
    found, position = [], len(operands)
    for kind in operands:
        if isinstance(kind, ArrayType) and kind.rank:
            position += kind.rank
            found.append((position - 1, kind.element.itemsize))
    return found


def _dispatch(operands: Sequence[Type], name: str, versions: Sequence[CoreVersion]) -> str:
    """Return the function NumPy calls."""
    emitter = TextEmitter(None, False, Failures())
    for version in reversed(versions[1:]):
        no = f"not.{version.name}"
        emitter.branch(_fits(version, operands, emitter), version.name, no)
        _run(version, emitter)
        emitter.start(no)
    emitter.jump("strided")
    _run(versions[0], emitter)
    return "\n".join([f"define void @{name}({_PARAMETERS}, ptr %data) nounwind {{", "entry:", *emitter.lines, "}"])


def _run(version: CoreVersion, emitter: TextEmitter) -> None:
    emitter.start(version.name)
    emitter.write(f"call void @{version.name}({_PARAMETERS})")
    emitter.write("ret void")


def _fits(version: CoreVersion, operands: Sequence[Type], emitter: TextEmitter) -> str:
    """Write the test whether operands are what a version is for."""
    wanted = [("steps", position, size) for position, size in _last_strides(operands)]
    if version.sizes is not None and version.strides is not None:
        wanted = [("dimensions", index + 1, size) for index, size in enumerate(version.sizes.values())]
        strides = [stride for own in version.strides for stride in own]
        wanted += [("steps", len(operands) + index, stride) for index, stride in enumerate(strides)]
    total = "true"
    for table, index, number in wanted:
        same = emitter.emit(f"icmp eq i64 {emitter.emit(_entry(emitter, table, index))}, {number}")
        total = emitter.emit(f"and i1 {total}, {same}")
    return total


def _version_text(version: CoreVersion, operands: Sequence[Type], emitter: TextEmitter, parts: ModuleParts) -> str:
    function = version.function
    strides = _arguments(function, operands, emitter)
    if version.strides is not None:
        strides = [list(map(str, own)) for own in version.strides]
    elif version.name == "dense":
        for kind, own in zip(operands, strides, strict=True):
            if isinstance(kind, ArrayType) and own:
                own[-1] = str(kind.element.itemsize)
    giving_back = reserve(function, emitter)
    emitter.lines.append("  %some = icmp sgt i64 %n, 0")
    write_outer_loop(Core(function, version.folds, operands, strides), emitter, parts)
    emitter.start("exit")
    raise_collected(emitter)
    for line in (*giving_back, "ret void"):
        emitter.write(line)
    failure_exit(emitter, before=giving_back)
    parts.absorb(emitter)
    constrained = " strictfp" if emitter.strict else ""
    opening = [f"define internal void @{version.name}({_PARAMETERS}) noinline nounwind{constrained} {{", "entry:"]
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
