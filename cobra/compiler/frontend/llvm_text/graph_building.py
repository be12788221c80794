"""From the blocks of a text to its `FlowGraph`: labels become edges, switches trees of tests, returns edges to the exit."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from cobra.compiler.frontend.llvm_text.constants import literal
from cobra.compiler.frontend.llvm_text.flow_graph import RETURNED, FlowGraph, Node, Phi, Test
from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Block, Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.types import BOOL, resolve, scalar_of
from cobra.errors import InvalidText, TypeMismatch, UnsupportedSyntax

_LONGEST_ROW = 3
"""A switch of at most this many cases asks for one after the other; a longer one halves them."""


class _Case(NamedTuple):
    number: int
    operand: Operand
    target: int


def build_graph(body: Body) -> FlowGraph:
    """Return the graph of a body; raise for labels that do not exist and for phis that do not fit."""
    return _Building(body).graph()


class _Building:
    def __init__(self, body: Body) -> None:
        self.body = body
        self.numbers = {block.label: number for number, block in enumerate(body.blocks)}
        self.nodes = [Node(block.label, block.at) for block in body.blocks]
        self.end = len(self.nodes)
        self.nodes.append(Node("", body.tokens.count))
        self.leading: dict[str, set[str]] = {}
        """The blocks that lead to each block."""
        self.returned: dict[str, Operand | None] = {}

    def graph(self) -> FlowGraph:
        for number, block in enumerate(self.body.blocks):
            self.connect(number, block)
        for number, block in enumerate(self.body.blocks):
            self.fill(self.nodes[number], block)
        self.join_returns()
        graph = FlowGraph(self.body, self.nodes, 0, self.end)
        if graph.exit is None:
            where = self.body.location(self.body.blocks[-1].at)
            raise InvalidText("this text never ends", where, "Let some block end with ret, or let the last one go without.")
        self.check_phis(graph)
        return graph

    # -- edges

    def connect(self, number: int, block: Block) -> None:
        node, last = self.nodes[number], block.terminator
        if last is None or last.opcode == "ret":
            node.successors = [self.end]
            self.returned[block.label] = last.operands[0] if last is not None and last.operands else None
        elif last.opcode == "br":
            self.branch(node, last)
        elif last.opcode == "switch":
            self.switch(node, last)

    def target(self, source: str, label: Operand) -> int:
        name = label.value
        assert isinstance(name, str)
        found = self.numbers.get(name)
        if found is None:
            close = difflib.get_close_matches(name, self.numbers, 1)
            hint = f"Did you mean {close[0]}?" if close else f"The blocks are {', '.join(self.numbers)}."
            raise InvalidText(f"there is no block {name}", self.body.location(label.at), hint)
        if found == 0:
            hint = "Begin the loop in a block of its own, to which the first block leads with br."
            raise InvalidText(f"no branch may lead to the first block, {name}", self.body.location(label.at), hint)
        self.leading.setdefault(name, set()).add(source)
        return found

    def branch(self, node: Node, last: Instruction) -> None:
        node.successors = [self.target(node.label, label) for label in last.labels]
        if not last.operands:
            return
        (condition,) = last.operands
        if resolve(condition.type, self.body.types) != BOOL:
            hint = f"Compare it first: %condition = icmp ne {condition.type} …, 0."
            raise TypeMismatch(f"a branch asks an i1, not {condition.type}", self.body.location(condition.at), hint)
        if node.successors[0] == node.successors[1]:
            del node.successors[1]
        else:
            node.test = Test(condition)

    # -- switches

    def switch(self, node: Node, last: Instruction) -> None:
        value, *cases = last.operands
        default, *targets = (self.target(node.label, label) for label in last.labels)
        kind = resolve(value.type, self.body.types)
        scalar = scalar_of(kind)
        if scalar is None or not (scalar.is_integer or kind == BOOL):
            where, hint = self.body.location(value.at), "Switch over an i8, i16, i32 or i64."
            raise UnsupportedSyntax(f"a switch over {value.type} is not understood", where, hint)
        known: dict[int, _Case] = {}
        for case, target in zip(cases, targets, strict=True):
            number = self.case_number(case, value)
            if number in known:
                raise InvalidText(f"the case {case.value} stands here twice", self.body.location(case.at))
            known[number] = _Case(number, case, target)
        self.decide(node, value, [known[number] for number in sorted(known)], default)

    def case_number(self, case: Operand, value: Operand) -> int:
        where = self.body.location
        if resolve(case.type, self.body.types) != resolve(value.type, self.body.types):
            raise TypeMismatch(f"the switch is over {value.type}, and this case {case.type}", where(case.at))
        if isinstance(case.value, Aggregate) or case.value[:1] in ("%", "@"):
            raise InvalidText("a case is a number", where(case.at), "Compare with icmp and branch where it is not.")
        scalar = scalar_of(resolve(case.type, self.body.types))
        assert scalar is not None
        number = literal(case.value, scalar, lambda: where(case.at)).value
        assert isinstance(number, int)
        return int(number)

    def decide(self, node: Node, value: Operand, cases: Sequence[_Case], default: int) -> None:
        """Make a node ask which of sorted cases a value is."""
        if not cases:
            node.successors = [default]
        elif len(cases) <= _LONGEST_ROW:
            first = cases[0]
            node.test = Test(value, "equal", first.operand)
            node.successors = [first.target, self.otherwise(node, value, cases[1:], default)]
        else:
            middle = len(cases) // 2
            node.test = Test(value, "less", cases[middle].operand)
            halves = (cases[:middle], cases[middle:])
            node.successors = [self.otherwise(node, value, half, default) for half in halves]
        if len(node.successors) == 2 and node.successors[0] == node.successors[1]:
            node.test = None
            del node.successors[1]

    def otherwise(self, node: Node, value: Operand, cases: Sequence[_Case], default: int) -> int:
        if not cases:
            return default
        self.nodes.append(Node(node.label, node.at))
        number = len(self.nodes) - 1
        self.decide(self.nodes[number], value, cases, default)
        return number

    # -- contents

    def fill(self, node: Node, block: Block) -> None:
        for instruction in block.instructions:
            if instruction.opcode != "phi":
                node.instructions.append(instruction)
                continue
            if node.instructions:
                hint = "Phis stand at the beginning of their block."
                raise InvalidText("a phi stands behind another instruction", self.body.location(instruction.at), hint)
            node.phis.append(self.phi(instruction, block))

    def phi(self, instruction: Instruction, block: Block) -> Phi:
        incoming: dict[str, Operand] = {}
        leading = self.leading.get(block.label, set())
        for operand, label in zip(instruction.operands, instruction.labels, strict=True):
            name = str(label.value)
            if name not in leading:
                known = f"From {', '.join(sorted(leading))}." if leading else None
                message = f"control does not come from {name} to {block.label}"
                raise InvalidText(message, self.body.location(label.at), known)
            before = incoming.setdefault(name, operand)
            if before.value != operand.value:
                raise InvalidText(f"the phi has two values for {name}", self.body.location(operand.at))
        return Phi(instruction.result, instruction.type, incoming, instruction.at)

    def check_phis(self, graph: FlowGraph) -> None:
        """Raise where a phi has no value for a block that leads to its own."""
        for number, node in enumerate(graph.nodes):
            for phi in node.phis:
                for source in graph.predecessors[number]:
                    label = graph.nodes[source].label
                    if label not in phi.incoming:
                        message = f"the phi has no value for control that comes from {label}"
                        raise InvalidText(message, self.body.line(phi.at), f"Add [ <value>, {label} ].")

    def join_returns(self) -> None:
        """Make the returned values of all ways out one phi of the exit."""
        values = {label: operand for label, operand in self.returned.items() if operand is not None}
        if not values:
            return
        first = next(iter(values.values()))
        for label, operand in self.returned.items():
            if operand is None:
                where = self.body.location(self.nodes[self.numbers[label]].at)
                message = f"{label} ends without a value, while other blocks return one"
                raise InvalidText(message, where, "Return a value from each.")
            if operand.type != first.type:
                where = self.body.location(operand.at)
                raise TypeMismatch(f"{operand.type} is returned here, and {first.type} elsewhere", where)
        self.nodes[self.end].phis.append(Phi(RETURNED, first.type, dict(values), first.at))
