"""The blocks of a text as a graph: what leads where, what dominates what, and the loops.

Goes in: a parsed body. Comes out: its reachable blocks as nodes in reverse postorder, every one with at most two ways out
(a switch becomes a tree of tests) and with one node more, the exit, that every return leads to. Graphs in which a loop has
two ways in are refused: they have no structured form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cobra.compiler.frontend.llvm_text.instructions import Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.types import LlvmType
from cobra.errors import UnsupportedSyntax

RETURNED = "%<returned>"
"""The name of the value that ``ret`` hands out, a phi of the exit."""


class Phi(NamedTuple):
    """A value that depends on the block control came from."""

    name: str
    type: LlvmType
    incoming: dict[str, Operand]
    at: int


class Test(NamedTuple):
    """What decides between the two ways out of a node: a bool, or a value that is ``equal`` to or ``less`` than another."""

    operand: Operand
    relation: str = ""
    against: Operand | None = None

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Return the values it depends on."""
        return (self.operand,) if self.against is None else (self.operand, self.against)


@dataclass(slots=True)
class Node:
    """A block, or a part of a switch; `label` is the block that phis name."""

    label: str
    at: int
    phis: list[Phi] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    test: Test | None = None
    successors: list[int] = field(default_factory=list)


class FlowGraph:
    """Nodes numbered in reverse postorder, the entry first. ``exit`` is None where the text never ends."""

    def __init__(self, body: Body, nodes: Sequence[Node], entry: int, end: int) -> None:
        self.body = body
        order = _reverse_postorder(nodes, entry)
        rank = {old: new for new, old in enumerate(order)}
        self.nodes = [nodes[old] for old in order]
        for node in self.nodes:
            node.successors = [rank[old] for old in node.successors]
        self.exit = rank.get(end)
        self.predecessors: list[list[int]] = [[] for _ in self.nodes]
        for number, node in enumerate(self.nodes):
            for successor in node.successors:
                self.predecessors[successor].append(number)
        self.dominator = self._dominators()
        self._spans = self._dominance_spans()
        self.loops = self._loops()
        self.around = self._nesting()
        """For each node the headers of the loops around it, its own loop included."""

    # -- dominance

    def _dominators(self) -> list[int]:
        """Return the immediate dominator of each node by iteration; that of the entry is itself."""
        found: list[int] = [-1] * len(self.nodes)
        found[0] = 0
        changed = True
        while changed:
            changed = False
            for number in range(1, len(self.nodes)):
                known = [p for p in self.predecessors[number] if found[p] >= 0]
                new = known[0]
                for other in known[1:]:
                    new = _meet(found, new, other)
                changed |= found[number] != new
                found[number] = new
        return found

    def _dominance_spans(self) -> list[tuple[int, int]]:
        """Return for each node when a walk over the tree of dominators comes to it, and to the last node below it."""
        below: list[list[int]] = [[] for _ in self.nodes]
        for number in range(1, len(self.nodes)):
            below[self.dominator[number]].append(number)
        walk, agenda = [], [0]
        while agenda:
            walk.append(agenda.pop())
            agenda += below[walk[-1]]
        sizes = [1] * len(self.nodes)
        for number in reversed(walk[1:]):
            sizes[self.dominator[number]] += sizes[number]
        first = {number: position for position, number in enumerate(walk)}
        return [(first[number], first[number] + sizes[number]) for number in range(len(self.nodes))]

    def dominates(self, first: int, second: int) -> bool:
        """Tell whether every path to the second node goes through the first."""
        start, end = self._spans[first]
        return start <= self._spans[second][0] < end

    def reaches(self, first: int, second: int) -> bool:
        """Tell whether some path of at least one step leads from the first node to the second."""
        seen: set[int] = set()
        agenda = list(self.nodes[first].successors)
        while agenda:
            number = agenda.pop()
            if number == second:
                return True
            if number not in seen:
                seen.add(number)
                agenda += self.nodes[number].successors
        return False

    # -- loops

    def _loops(self) -> dict[int, frozenset[int]]:
        """Return the nodes of each loop by its header."""
        loops: dict[int, set[int]] = {}
        for number, node in enumerate(self.nodes):
            for successor in node.successors:
                if successor <= number:
                    if not self.dominates(successor, number):
                        self._refuse_second_entry(successor)
                    loops.setdefault(successor, {successor}).update(self._backwards(number, successor))
        return {header: frozenset(members) for header, members in loops.items()}

    def _backwards(self, start: int, header: int) -> set[int]:
        """Return the nodes that lead to `start` without passing the header."""
        found: set[int] = set()
        agenda = [start]
        while agenda:
            number = agenda.pop()
            if number != header and number not in found:
                found.add(number)
                agenda += self.predecessors[number]
        return found

    def _refuse_second_entry(self, number: int) -> None:
        node = self.nodes[number]
        raise UnsupportedSyntax(
            f"the loop through {node.label} has two ways in",
            self.body.location(node.at),
            "Enter a loop through one block: such graphs have no structured form.",
        )

    def _nesting(self) -> list[frozenset[int]]:
        around: list[list[int]] = [[] for _ in self.nodes]
        for header, members in self.loops.items():
            for number in members:
                around[number].append(header)
        return [frozenset(headers) for headers in around]

    def ways_out(self, header: int) -> list[int]:
        """Return the nodes that a loop leaves to, in order."""
        members = self.loops[header]
        return sorted({s for number in members for s in self.nodes[number].successors if s not in members})

    def names(self) -> set[str]:
        """Return every name that a node defines."""
        found = {phi.name for node in self.nodes for phi in node.phis}
        return found | {i.result for node in self.nodes for i in node.instructions if i.result}


def _reverse_postorder(nodes: Sequence[Node], entry: int) -> list[int]:
    done: list[int] = []
    seen = {entry}
    path = [(entry, iter(nodes[entry].successors))]
    while path:
        number, following = path[-1]
        successor = next((s for s in following if s not in seen), None)
        if successor is None:
            done.append(number)
            path.pop()
        else:
            seen.add(successor)
            path.append((successor, iter(nodes[successor].successors)))
    return done[::-1]


def _meet(dominator: Sequence[int], first: int, second: int) -> int:
    """Return the nearest node that dominates two, which in reverse postorder have the larger numbers."""
    while first != second:
        if first > second:
            first = dominator[first]
        else:
            second = dominator[second]
    return first
