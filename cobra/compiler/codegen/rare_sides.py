"""Lower a long side of a branch that few elements take: one machine vector of lanes after another, in a small loop.

A block of lanes is several vectors wide, and so is all code in it, the code for the rare arguments of a function included, which is
most of what an elementary function consists of. Written for one vector it takes a fraction of the time to compile, and vectors
without such an element are passed over. What the side takes from around it, and what it hands out, lies in memory meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cobra.compiler.codegen.emitter import RARE, TextEmitter, memory_name
from cobra.compiler.ir.operations import For, If, Operation, Region, Statement, While, inner_regions, operands_of
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.bitwise import bitwise_and, invert
from cobra.compiler.primitives.logic import logical_and, logical_not
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, bool_

if TYPE_CHECKING:
    from cobra.compiler.codegen.lowering import Lowering

_LONG = 40
"""With fewer operations the detour through memory is longer than the side."""
_LANES_OF_A_BYTE = 8
_NOT, _AND = (invert, logical_not), (bitwise_and, logical_and)


class UsualTests:
    """What tells usual elements from rare ones: tests that choose safe values, such as ``safe = np.where(usual, x, 0.0)``."""

    def __init__(self) -> None:
        self.chosen: set[Value] = set()
        self.made: dict[Value, Operation] = {}

    def note(self, operation: Operation) -> None:
        """Take notice of an operation that is lowered."""
        if operation.primitive is select:
            self.chosen.add(operation.operands[0])
        elif operation.primitive in _NOT or operation.primitive in _AND:
            self.made[operation.result] = operation

    def are_failed_by(self, branch: If, emitter: TextEmitter) -> bool:
        """Tell whether a branch has nothing but a long side for elements that are not usual, worth narrower code."""
        few, lanes = emitter.rare_lanes, emitter.lanes
        if not few or not lanes or few >= lanes or few % _LANES_OF_A_BYTE or branch.orelse.statements:
            return False
        return self._fails(branch.condition) and _is_long(branch.then)

    def _fails(self, condition: Value) -> bool:
        operation = self.made.get(condition)
        if operation is None:
            return False
        return any(map(self._holds if operation.primitive in _NOT else self._fails, operation.operands))

    def _holds(self, condition: Value) -> bool:
        if condition in self.chosen:
            return True
        operation = self.made.get(condition)
        return operation is not None and operation.primitive in _AND and any(map(self._holds, operation.operands))


def _is_long(region: Region) -> bool:
    """Tell whether a region has many operations and no loops."""
    inside = list(_walk(region))
    return len(inside) >= _LONG and not any(isinstance(statement, (For, While)) for statement in inside)


def _walk(region: Region) -> Iterator[Statement]:
    for statement in region.statements:
        yield statement
        for inner in inner_regions(statement):
            yield from _walk(inner)


def rare_side(lowering: Lowering, region: Region, mask: str, kept: Sequence[str]) -> list[str]:
    """Lower a region for the lanes of a mask; return the registers of its results, those of `kept` in all other lanes."""
    emitter, few = lowering.emitter, lowering.emitter.rare_lanes
    assert emitter.lanes and few
    inside, part, work, passed, after = (emitter.fresh(name) for name in ("rare", "part", "work", "passed", "after"))
    before = emitter.block
    emitter.branch(emitter.any(mask), inside, after, RARE)
    emitter.start(inside)
    taken = [(v, _Room(emitter, _scalar(v), emitter.registers[v])) for v in _taken(region) if emitter.registers[v].startswith("%")]
    given = [_Room(emitter, _scalar(value), register) for value, register in zip(region.results, kept, strict=True)]
    wanted, lanes = _Room(emitter, bool_, mask), emitter.lanes
    emitter.jump(part)
    emitter.start(part)
    first = f"%{emitter.fresh('first')}"
    following = f"%{emitter.fresh('following')}"
    emitter.lines.append(f"  {first} = phi i64 [0, %{inside}], [{following}, %{passed}]")
    with _narrowed(lowering, few):
        live = wanted.load(emitter, first)
        emitter.branch(emitter.any(live), work, passed)
        emitter.start(work)
        emitter.registers.update((variable, room.load(emitter, first)) for variable, room in taken)
        with emitter.under(live):
            results = lowering.region(region)
        for room, result in zip(given, results, strict=True):
            room.store(emitter, first, emitter.select(live, room.kind, result, room.load(emitter, first)))
    emitter.jump(passed)
    emitter.start(passed)
    emitter.lines.append(f"  {following} = add nuw nsw i64 {first}, {few}")
    done = emitter.fresh("done")
    emitter.branch(emitter.emit(f"icmp ult i64 {following}, {lanes}"), part, done)
    emitter.start(done)
    changed = [room.load(emitter, "0") for room in given]
    emitter.jump(after)
    emitter.start(after)
    joins = zip(given, changed, kept, strict=True)
    return [lowering.phi(room.kind, (new, done), (old, before)) for room, new, old in joins]


def _taken(region: Region) -> list[Variable]:
    """Return the variables that a region takes from around it."""
    made: set[Value] = set()
    used: dict[Variable, None] = {}
    for statement in _walk(region):
        made.update(statement.results)
        outside = [*operands_of(statement), *(value for inner in inner_regions(statement) for value in inner.results)]
        used.update((value, None) for value in outside if isinstance(value, Variable))
    used.update((value, None) for value in region.results if isinstance(value, Variable))
    return [variable for variable in used if variable not in made]


@contextmanager
def _narrowed(lowering: Lowering, lanes: int) -> Iterator[None]:
    """Write code for so many lanes."""
    emitter = lowering.emitter
    saved = emitter.lanes, emitter.registers, lowering.made
    emitter.lanes, emitter.registers, lowering.made = lanes, dict(emitter.registers), {}
    try:
        yield
    finally:
        emitter.lanes, emitter.registers, lowering.made = saved


class _Room:
    """Memory for one value in every lane of a block, a byte for a bool."""

    def __init__(self, emitter: TextEmitter, kind: ScalarType, register: str) -> None:
        self.kind, self.name = kind, f"%{emitter.fresh('room')}"
        emitter.rooms.append(f"  {self.name} = alloca <{emitter.lanes} x {memory_name(kind)}>, align 64")
        self.store(emitter, "0", register)

    def load(self, emitter: TextEmitter, first: str) -> str:
        """Write the load of some lanes; return their register."""
        held = emitter.emit(f"load {self._held(emitter)}, ptr {self._address(emitter, first)}, align {self.kind.itemsize}")
        return emitter.emit(f"trunc {self._held(emitter)} {held} to {emitter.type(bool_)}") if self.kind == bool_ else held

    def store(self, emitter: TextEmitter, first: str, register: str) -> None:
        """Write the store of some lanes."""
        if self.kind == bool_:
            register = emitter.emit(f"zext {emitter.type(bool_)} {register} to {self._held(emitter)}")
        emitter.write(f"store {self._held(emitter)} {register}, ptr {self._address(emitter, first)}, align {self.kind.itemsize}")

    def _held(self, emitter: TextEmitter) -> str:
        return f"<{emitter.lanes} x {memory_name(self.kind)}>"

    def _address(self, emitter: TextEmitter, first: str) -> str:
        return emitter.emit(f"getelementptr {memory_name(self.kind)}, ptr {self.name}, i64 {first}")


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
