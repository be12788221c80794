"""Several passes of a loop on lanes without waiting for which of them ended: those run ahead of what they are to hold.

A blend of what a lane makes with what it holds depends on the test of the loop, and the next pass on the blend: that chain, not the
work, is what a short pass takes. So what a loop carries goes from pass to pass as it is made, in lanes that have ended as well;
the record of the lanes that go on is kept beside it. What is wanted after the loop is blended on the side. After two passes
lanes that ended go back to zero, or to what they hold: so they seldom come far enough to raise an error of their own, and where they
do, `hopeful` notices.

Each machine vector of lanes is a group with statements of its own: a record of its lanes fits a mask register as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.lowering import Lowering, asking_on, is_flat, values_of_region
from cobra.compiler.ir.operations import If, Operation, Region, While, inner_regions
from cobra.compiler.ir.values import Value, Variable
from cobra.types import ScalarType, bool_

_MOST_PASSES = 4
_PASSES_AHEAD = 2
_OPERATIONS_IN_BATCH = 112


def passes_in_batch(loop: While) -> int:
    """Return how many passes follow one another before the lanes that go on are counted, which costs as much as a short pass."""
    count = _length(loop.test) + _length(loop.body)
    if not (_asks_little(loop.test) and _is_short(loop.body)):
        return 1
    return max(1, min(_MOST_PASSES, _OPERATIONS_IN_BATCH // max(1, count)))


def _length(region: Region) -> int:
    return sum(1 + sum(map(_length, inner_regions(statement))) for statement in region.statements)


def _asks_little(test: Region) -> bool:
    """Tell whether a test is short: lanes answer branches at its end one after another, without jumps."""
    last = test.statements[-1] if test.statements else None
    further = asking_on(last) if isinstance(last, If) and last.results[0] is test.results[0] else None
    if further is None:
        return _is_short(test)
    return _is_short(Region(test.statements[:-1], ())) and _asks_little(further)


def _is_short(region: Region) -> bool:
    for statement in region.statements:
        if isinstance(statement, Operation):
            if statement.primitive.costly:
                return False
        elif not isinstance(statement, If) or not all(is_flat(side) and _is_short(side) for side in inner_regions(statement)):
            return False
    return True


def lanes_in_group(loop: While, lanes: int, vectors: int) -> int:
    """Return how many of the lanes one machine vector holds, where the widest type of the kernel takes so many vectors.

    What counts is the type of the arithmetic: floats where there are any.
    """
    kinds = [value.type for region in (loop.test, loop.body) for value in values_of_region(region)]
    scalars = [kind for kind in (*kinds, *(v.type for v in loop.carried)) if isinstance(kind, ScalarType)]
    floats = [kind.itemsize for kind in scalars if kind.is_floating]
    widest = max(kind.itemsize for kind in scalars)
    return min(lanes, lanes // vectors * (widest // max(floats, default=widest)))


@dataclass(frozen=True, slots=True)
class Group:
    """The registers of one machine vector of lanes: before the loop, and the names they have at its head."""

    captured: Sequence[str]
    start: Sequence[str]
    live: str
    carried: Sequence[str]
    going: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The passes of a loop between two looks at its lanes.

    Parameters
    ----------
    loop
        The loop.
    captured
        What it uses from before it.
    wanted
        For each value it carries, whether that is used after it.
    passes
        How many passes are in a batch.
    lanes
        How many lanes are in a group.
    """

    loop: While
    captured: tuple[Variable, ...]
    wanted: tuple[bool, ...]
    passes: int
    lanes: int

    def groups(self, emitter: TextEmitter, state: Sequence[str], running: str) -> list[Group]:
        """Write how registers of all lanes are taken apart: what is captured and carried, and the lanes that run."""
        kinds, total = [_scalar(variable) for variable in (*self.captured, *self.loop.carried)], emitter.lanes or self.lanes
        count, groups = len(self.captured), []
        for first in range(0, total, self.lanes):
            parts = [self.part(emitter, kind, register, first) for kind, register in zip(kinds, state, strict=True)]
            live, names = self.part(emitter, bool_, running, first), [f"%{emitter.fresh('c')}" for _ in self.loop.carried]
            groups.append(Group(parts[:count], parts[count:], live, names, f"%{emitter.fresh('going')}"))
        return groups

    def part(self, emitter: TextEmitter, kind: ScalarType, register: str, first: int) -> str:
        """Return the lanes of a group from a register of all lanes."""
        order, text = ", ".join(f"i32 {lane}" for lane in range(first, first + self.lanes)), emitter.type(kind)
        return emitter.emit(f"shufflevector {text} {register}, {text} poison, <{self.lanes} x i32> <{order}>")

    def headers(
        self, emitter: TextEmitter, group: Group, before: str, updated: Sequence[str], live: str, end: str
    ) -> list[str]:
        """Return the joins of a group at the head of the loop."""
        with emitter.group(self.lanes):
            kinds = [*(emitter.type(_scalar(variable)) for variable in self.loop.carried), emitter.type(bool_)]
        names, first = [*group.carried, group.going], [*group.start, group.live]
        joins = zip(names, kinds, first, [*updated, live], strict=True)
        return [f"  {name} = phi {kind} [{one}, %{before}], [{other}, %{end}]" for name, kind, one, other in joins]

    def joined(self, emitter: TextEmitter, groups: Sequence[Sequence[str]]) -> list[str]:
        """Write how what groups carry is put together to registers of all lanes."""
        return [self.whole(emitter, _scalar(variable), parts) for variable, *parts in zip(self.loop.carried, *groups, strict=True)]

    def whole(self, emitter: TextEmitter, kind: ScalarType, parts: Sequence[str]) -> str:
        """Return the registers of all groups as one."""
        lanes, registers = self.lanes, parts
        while len(registers) > 1:
            order = ", ".join(f"i32 {lane}" for lane in range(2 * lanes))
            with emitter.group(lanes):
                text = emitter.type(kind)
            pairs = zip(registers[::2], registers[1::2], strict=True)
            registers = [emitter.emit(f"shufflevector {text} {a}, {text} {b}, <{2 * lanes} x i32> <{order}>") for a, b in pairs]
            lanes *= 2
        return registers[0]

    def write(self, lowering: Lowering, groups: Sequence[Group]) -> list[tuple[list[str], str]]:
        """Write a batch; return what each group then carries, and its lanes that still run.

        Groups take turns: what waits in one lies near what is ready in the next, where the processor finds it.
        """
        emitter, lives = lowering.emitter, [group.going for group in groups]
        running, held = [list(group.carried) for group in groups], [list(group.carried) for group in groups]
        with emitter.group(self.lanes):
            for number in range(1, self.passes + 1):
                for place, group in enumerate(groups):
                    running[place], lives[place] = self.write_pass(lowering, group, running[place], lives[place])
                    held[place] = self.hold(emitter, lives[place], running[place], held[place])
                    if number % _PASSES_AHEAD == 0 or number == self.passes:
                        running[place] = self.rested(emitter, lives[place], running[place], held[place])
        return list(zip(running, lives, strict=True))

    def write_pass(self, lowering: Lowering, group: Group, running: Sequence[str], live: str) -> tuple[list[str], str]:
        """Write one pass; return what it made and the lanes that made it."""
        emitter = lowering.emitter
        with lowering.reusing():
            emitter.registers.update(zip(self.captured, group.captured, strict=True))
            emitter.registers.update(zip(self.loop.carried, running, strict=True))
            with emitter.under(live, in_loop=True):
                go_on = lowering.test(self.loop.test)
            # A choice, since the answer of a lane that ended is of no known value.
            live = emitter.select(live, bool_, go_on, emitter.constant(False, bool_))
            with emitter.under(live, in_loop=True):
                return lowering.region(self.loop.body), live

    def hold(self, emitter: TextEmitter, live: str, made: Sequence[str], held: Sequence[str]) -> list[str]:
        """Return what lanes hold after a pass, of what is wanted."""
        new = zip(self.loop.carried, made, held, self.wanted, strict=True)
        return [emitter.select(live, _scalar(v), m, h) if wanted else h for v, m, h, wanted in new]

    def rested(self, emitter: TextEmitter, live: str, running: Sequence[str], held: Sequence[str]) -> list[str]:
        """Return what lanes go on with: those that ended, with what is wanted of them, and zeros."""
        ends = zip(self.loop.carried, running, held, self.wanted, strict=True)
        return [h if keep else emitter.select(live, k := _scalar(v), r, emitter.constant(0, k)) for v, r, h, keep in ends]


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
