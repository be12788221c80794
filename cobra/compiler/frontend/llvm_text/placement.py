"""Where each node of a graph stands once control is structured, and which values have to be handed to it there.

A node with a single way in stands in that arm of the branch before it. Any other stands behind the node that dominates it,
and one that a loop leaves to stands behind that loop. What a loop computes is out of sight behind it, so such a node is
handed the values it and those after it need.
"""

from __future__ import annotations

from collections.abc import Iterable

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph, Node
from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Operand


class Placement:
    """The plan of a graph. `outputs` are the values wanted where the text ends.

    Parameters
    ----------
    graph
        Every name in it is assigned once.
    """

    def __init__(self, graph: FlowGraph, outputs: Iterable[str]) -> None:
        self.graph = graph
        self.within: list[list[int]] = [[] for _ in graph.nodes]
        """The nodes behind each node that stand in the same loop, in order."""
        self.behind: list[list[int]] = [[] for _ in graph.nodes]
        """The nodes behind the loop of each header, in order."""
        self.in_arm: set[int] = set()
        """The nodes that stand in an arm of a branch."""
        left_loops = [number for number in range(1, len(graph.nodes)) if self._place(number)]
        self.handed: list[tuple[str, ...]] = [()] * len(graph.nodes)
        """The names handed to each node besides its phis."""
        self._hand_over(left_loops, tuple(outputs))

    def _place(self, number: int) -> bool:
        """Give a node its place; tell whether that is behind a loop."""
        graph = self.graph
        if number == graph.exit:
            return False
        before = graph.dominator[number]
        left = graph.around[before] - graph.around[number]
        if left:
            # The outermost header has the least number: headers dominate the loops inside.
            self.behind[min(left)].append(number)
            return True
        sources = [p for p in graph.predecessors[number] if p < number]
        if sources == [before] and graph.nodes[before].test is not None:
            self.in_arm.add(number)
        else:
            self.within[before].append(number)
        return False

    # -- values out of sight

    def _hand_over(self, left_loops: list[int], outputs: tuple[str, ...]) -> None:
        end = self.graph.exit
        assert end is not None
        self.handed[end] = outputs
        if not left_loops:
            return
        home = {name: number for number, node in enumerate(self.graph.nodes) for name in _defined(node)}
        live = _live_names(self.graph, outputs)
        for number in left_loops:
            around = self.graph.around[number]
            hidden = [name for name in live[number] if name in home and self.graph.around[home[name]] - around]
            self.handed[number] = tuple(sorted(hidden, key=lambda name: (home[name], name)))


def _live_names(graph: FlowGraph, outputs: Iterable[str]) -> list[set[str]]:
    """Return the names needed at the beginning of each node or after it, its phis left out."""
    used = [_used(node) for node in graph.nodes]
    defined = [set(_defined(node)) for node in graph.nodes]
    assert graph.exit is not None
    used[graph.exit] |= set(outputs)
    live: list[set[str]] = [set() for _ in graph.nodes]
    agenda = list(range(len(graph.nodes)))
    while agenda:
        number = agenda.pop()
        node = graph.nodes[number]
        needed = set(used[number])
        for successor in node.successors:
            needed |= live[successor] | _names(phi.incoming[node.label] for phi in graph.nodes[successor].phis)
        needed -= defined[number]
        if needed != live[number]:
            live[number] = needed
            agenda += graph.predecessors[number]
    return live


def _defined(node: Node) -> list[str]:
    return [phi.name for phi in node.phis] + [i.result for i in node.instructions if i.result]


def _used(node: Node) -> set[str]:
    """Return the names a node uses; that it may also define them itself is of no matter, as they are defined before."""
    found = _names(operand for instruction in node.instructions for operand in instruction.operands)
    return found | (_names(node.test.operands) if node.test is not None else set())


def _names(operands: Iterable[Operand]) -> set[str]:
    found: set[str] = set()
    for operand in operands:
        if isinstance(operand.value, Aggregate):
            found |= _names(operand.value.elements)
        elif operand.value[:1] == "%":
            found.add(operand.value)
    return found
