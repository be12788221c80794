"""From a graph of blocks to branches and loops that hold regions.

A node is followed by what it dominates. Where a branch comes together again after its arms, the arms hand over which of
several ways they went (as bools) and the values of the phis there; what lies ahead runs under these bools. A loop that asks
at its top becomes a loop with that test; one that asks anywhere else carries whether it goes on. Nothing is copied but the
few instructions of such a test.

What the nodes do is the business of `Code`; here only control is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph
from cobra.compiler.frontend.llvm_text.placement import Placement
from cobra.compiler.ir.builder import Builder, constant, false, true
from cobra.compiler.ir.operations import If, Statement
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.bitwise import either, invert
from cobra.compiler.primitives.selection import select
from cobra.errors import InvalidText, UnsupportedSyntax
from cobra.types import ScalarType

_DEEPEST = 40


class Code(Protocol):
    """What nodes do, for the one who arranges them."""

    def bind(self, number: int, values: Sequence[Value]) -> None:
        """State the values of a node's phis and of the names handed to it."""

    def emit(self, number: int) -> None:
        """Append the instructions of a node."""

    def test(self, number: int) -> Value:
        """Return the bool that chooses the first of a node's two ways out."""

    def handed(self, source: int, target: int) -> tuple[Value, ...]:
        """Return what `bind` of the target is to be given on the way there."""

    def types(self, number: int) -> tuple[ScalarType, ...]:
        """Return the types of what `bind` of a node is given."""

    def is_light(self, number: int) -> bool:
        """Tell whether a node may as well be computed twice."""

    def never(self, number: int) -> None:
        """Append what happens where a text says that control never comes."""


class Way(NamedTuple):
    """One way on from a piece of code: to which node, whether it is taken (None: if no other is), and what it hands over."""

    target: int
    taken: Value | None
    values: tuple[Value, ...]


_Value = TypeVar("_Value")
_Row: TypeAlias = "list[Value | None]"
Ways: TypeAlias = tuple[Way, ...]
"""All ways on, ordered by target; exactly one is taken. None at all where control never comes out."""


class Structure:
    """Append a graph to a builder."""

    def __init__(self, builder: Builder, graph: FlowGraph, placement: Placement, code: Code) -> None:
        self.builder, self.graph, self.placement, self.code = builder, graph, placement, code
        self.depth = 0

    def run(self) -> None:
        """Append everything, and bind the values of the exit."""
        ways = self.subtree(0, ())
        end = self.graph.exit
        if end is None or [way.target for way in ways] != [end]:
            raise InvalidText("this text never ends", self.graph.body.location(0), "Let some block end with ret.")
        self.code.bind(end, ways[0].values)

    # -- straight on

    def subtree(self, number: int, values: Sequence[Value]) -> Ways:
        """Append a node and all that it dominates in its loop."""
        return self.onwards(*self.enter(number, values))

    def enter(self, number: int, values: Sequence[Value]) -> tuple[Ways, list[int]]:
        """Append a node or the loop it heads; return the ways on, and the nodes that follow in this place."""
        if number in self.graph.loops:
            return self.loop(number, values), self.placement.behind[number]
        self.code.bind(number, values)
        return self.block(number), self.placement.within[number]

    def onwards(self, ways: Ways, following: Sequence[int]) -> Ways:
        """Append the nodes that follow in one place, in order, each with what follows it in turn."""
        agenda = list(reversed(following))
        while agenda:
            number = agenda.pop()
            way = next((way for way in ways if way.target == number), None)
            if way is None:
                continue
            if len(ways) == 1:
                ways, more = self.enter(number, way.values)
                agenda += reversed(more)
            else:
                ways = self.aside(ways, way)
        return ways

    def aside(self, ways: Ways, way: Way) -> Ways:
        """Append a node that only one of several ways leads to."""
        others = tuple(other for other in ways if other is not way)
        there = self.taken(ways, way.target)
        others = (*others[:-1], others[-1]._replace(taken=None))
        return self.branch(there, lambda: self.subtree(way.target, way.values), lambda: others)

    def block(self, number: int) -> Ways:
        """Append one node up to its ways out."""
        self.code.emit(number)
        following = self.graph.nodes[number].successors
        if not following:
            self.code.never(number)
            return ()
        if len(following) == 1:
            return self.edge(number, following[0])
        first, second = following
        return self.branch(self.code.test(number), lambda: self.edge(number, first), lambda: self.edge(number, second))

    def edge(self, source: int, target: int) -> Ways:
        """Go from a node to another, which runs here if it stands in this arm."""
        values = self.code.handed(source, target)
        if target in self.placement.in_arm and source < target:
            return self.subtree(target, values)
        return (Way(target, None, values),)

    # -- branches

    def taken(self, ways: Ways, target: int) -> Value:
        """Return whether the way to a node is taken."""
        found = next((way for way in ways if way.target == target), None)
        if found is None:
            return false()
        if len(ways) == 1:
            return true()
        if found.taken is not None:
            return found.taken
        others = [way.taken for way in ways if way is not found and way.taken is not None]
        return self.builder(invert, either(self.builder, *others))

    def branch(self, condition: Value, yes: Callable[[], Ways], no: Callable[[], Ways]) -> Ways:
        """Append a branch; ways of both arms to one node join."""
        if isinstance(condition, Constant):
            return yes() if condition.value else no()
        self.check_depth()
        location = self.builder.location
        self.depth += 1
        first, second = _Arm.run(self, yes), _Arm.run(self, no)
        self.depth -= 1
        self.builder.location = location
        return _Joining(self, condition, first, second).ways()

    def check_depth(self) -> None:
        """Raise where regions would lie deeper inside each other than passes can walk."""
        if self.depth >= _DEEPEST:
            where = self.builder.location or self.graph.body.location(0)
            raise UnsupportedSyntax(f"branches are nested more than {_DEEPEST} deep", where, "Use a switch, or several texts.")

    # -- loops

    def loop(self, header: int, values: Sequence[Value]) -> Ways:
        """Append a loop."""
        self.check_depth()
        targets = self.graph.ways_out(header)
        if not targets:
            where = self.graph.body.location(self.graph.nodes[header].at)
            raise InvalidText("this loop never ends", where, "Let one of its branches lead out of it.")
        self.depth += 1
        inside = self.tested_way_in(header)
        ways = self.flagged(header, values, targets) if inside is None else self.tested(header, values, inside)
        self.depth -= 1
        return ways

    def tested_way_in(self, header: int) -> int | None:
        """Return where a loop goes on whose only way out is in its light first node, or None for any other loop."""
        members, node = self.graph.loops[header], self.graph.nodes[header]
        inside = [successor for successor in node.successors if successor in members]
        leaving = {number for number in members for s in self.graph.nodes[number].successors if s not in members}
        if leaving != {header} or inside == [header] or not self.code.is_light(header):
            return None
        return inside[0]

    def tested(self, header: int, values: Sequence[Value], inside: int) -> Ways:
        """Append a loop that asks at its top whether to go on."""
        following = self.graph.nodes[header].successors

        def again(variables: tuple[Variable, ...]) -> Value:
            self.code.bind(header, variables)
            self.code.emit(header)
            asked = self.code.test(header)
            return asked if following[0] == inside else self.builder(invert, asked)

        def body(variables: tuple[Variable, ...]) -> Sequence[Value]:
            self.code.bind(header, variables)
            self.code.emit(header)
            ways = self.onwards(self.edge(header, inside), self.placement.within[header])
            return ways[0].values if ways else variables

        results = self.builder.while_(values, again, body)
        self.code.bind(header, results)
        self.code.emit(header)
        (outside,) = (successor for successor in following if successor != inside)
        return (Way(outside, None, self.code.handed(header, outside)),)

    def flagged(self, header: int, values: Sequence[Value], targets: Sequence[int]) -> Ways:
        """Append a loop that carries whether it goes on, and to where it leaves with which values."""
        count = len(values)
        flags = [false()] * (len(targets) - 1)

        def body(variables: tuple[Variable, ...]) -> Sequence[Value]:
            self.code.bind(header, variables[1 : 1 + count])
            ways = self.onwards(self.block(header), self.placement.within[header])
            carried = [self.taken(ways, header), *values_to(ways, header, self.zeros(header))]
            carried += [self.taken(ways, target) for target in targets[:-1]]
            return carried + [value for target in targets for value in values_to(ways, target, self.zeros(target))]

        initial = [true(), *values, *flags, *(zero for target in targets for zero in self.zeros(target))]
        _, *results = self.builder.while_(initial, lambda variables: variables[0], body)
        return self.ways_from(targets, results[count:])

    def zeros(self, target: int) -> Sequence[Value]:
        """Return what may stand for the values handed to a node where the way there is not taken."""
        return [constant(0, kind) for kind in self.code.types(target)]

    def ways_from(self, targets: Sequence[int], results: Sequence[Value]) -> Ways:
        """Return ways on whose bools and values stand in a row."""
        ways, place = [], len(targets) - 1
        for position, target in enumerate(targets):
            size = len(self.code.types(target))
            taken = results[position] if position < len(targets) - 1 else None
            ways.append(Way(target, taken, tuple(results[place : place + size])))
            place += size
        return tuple(ways)


def values_to(ways: Ways, target: int, otherwise: Sequence[_Value]) -> Sequence[Value | _Value]:
    """Return what is handed to a node, or something else where no way leads there."""
    return next((way.values for way in ways if way.target == target), otherwise)


class _Arm(NamedTuple):
    """One arm of a branch: what it does, and where it leads."""

    statements: list[Statement]
    ways: Ways

    @staticmethod
    def run(structure: Structure, build: Callable[[], Ways]) -> _Arm:
        made: list[Ways] = []
        statements = structure.builder.collect(lambda: made.append(build()))
        return _Arm(statements, made[0])


class _Joining:
    """The joining of two arms: in a row, for each target but the last whether it is the one, then what it is handed."""

    def __init__(self, structure: Structure, condition: Value, first: _Arm, second: _Arm) -> None:
        self.structure, self.builder, self.condition = structure, structure.builder, condition
        self.arms = (first, second)
        self.targets = sorted({way.target for arm in self.arms for way in arm.ways})

    def ways(self) -> Ways:
        """Append the branch and return the ways on."""
        rows: list[_Row] = []

        def finish(arm: _Arm) -> Callable[[], Sequence[Value]]:
            def build() -> Sequence[Value]:
                rows.append(self.row(arm.ways))
                return ()

            return build

        for arm in self.arms:
            self.builder.close(arm.statements, finish(arm))
        return self.structure.ways_from(self.targets, self.joined(*rows))

    def row(self, ways: Ways) -> _Row:
        """Return the values of one arm; None where the other arm alone decides."""
        structure = self.structure
        row: _Row = [structure.taken(ways, target) for target in self.targets[:-1]]
        for target in self.targets:
            nothing = [None] * len(structure.code.types(target))
            row += values_to(ways, target, nothing)
        return row

    def joined(self, first: _Row, second: _Row) -> list[Value]:
        """Append what joins two rows and return the row that both become; only values that differ go through the branch."""
        pairs = [_Pair(a, b) for a, b in zip(first, second, strict=True)]
        apart = any(arm.statements for arm in self.arms)
        settled = [self.settled(pair, apart) for pair in pairs]
        differing = [pair for pair, value in zip(pairs, settled, strict=True) if value is None]
        if apart:
            made = self.append_branch(differing)
        else:
            made = [self.builder(select, self.condition, *pair.filled()) for pair in differing]
        joined = iter(made)
        return [next(joined) if value is None else value for value in settled]

    def append_branch(self, pairs: Sequence[_Pair]) -> Sequence[Value]:
        rows = [[pair.filled()[side] for pair in pairs] for side in (0, 1)]
        then = self.builder.close(self.arms[0].statements, lambda: rows[0])
        orelse = self.builder.close(self.arms[1].statements, lambda: rows[1])
        results = tuple(Variable(value.type) for value in then.results)
        self.builder.append(If(self.condition, then, orelse, results, self.builder.location))
        return results

    def settled(self, pair: _Pair, apart: bool) -> Value | None:
        """Return what two values join to without the branch, or None; `apart` tells that an arm may have made them."""
        first, second = pair
        if first is None or second is None:
            known = second if first is None else first
            return None if apart and not isinstance(known, Constant) else known
        if first is second:
            return first
        if not isinstance(first, Constant) or not isinstance(second, Constant):
            return None
        if first.type == second.type and repr(first.value) == repr(second.value):
            return first
        if first.type.kind != "bool":
            return None
        return self.condition if first.value else self.builder(invert, self.condition)


class _Pair(NamedTuple):
    """What two arms have for one place."""

    first: Value | None
    second: Value | None

    def filled(self) -> tuple[Value, Value]:
        """Return both values, with a zero for the one that is of no matter."""
        known = self.first if self.first is not None else self.second
        assert known is not None and isinstance(known.type, ScalarType)
        zero = constant(0, known.type)
        return self.first or zero, self.second or zero
