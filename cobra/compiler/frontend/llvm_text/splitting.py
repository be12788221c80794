"""Take vectors, structures and arrays apart: every value of several numbers becomes as many single ones.

In goes a graph whose names are assigned once, out comes the same graph with instructions on single numbers only. What moves
numbers about (insertelement, shufflevector, extractvalue, …) leaves nothing behind; what computes becomes one instruction for
each number; phis become one for each. A text without such values passes through untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph, Node, Phi
from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS
from cobra.compiler.frontend.llvm_text.split_calls import split_call
from cobra.compiler.frontend.llvm_text.split_memory import Memory
from cobra.compiler.frontend.llvm_text.split_rules import SPLIT_RULES
from cobra.compiler.frontend.llvm_text.split_text import Parts
from cobra.compiler.frontend.llvm_text.types import NamedType
from cobra.compiler.frontend.llvm_text.wholes import Apart, Whole
from cobra.compiler.frontend.terms import Compound, Term
from cobra.compiler.ir.builder import Builder

_MAY_BE_COMPOUND = frozenset({*COMPOUNDS, NamedType})
_Pending: TypeAlias = "list[tuple[Node, Phi, Whole]]"


def split_compounds(graph: FlowGraph, given: Mapping[str, Term], builder: Builder) -> Apart:
    """Rewrite a graph in place; return Python's variables with the numbers of its compounds, and the rows of names."""
    if not any(isinstance(term, Compound) for term in given.values()) and not any(map(_has_compounds, graph.nodes)):
        return Apart(dict(given), {})
    return _Splitting(graph, given, builder).run()


def _has_compounds(node: Node) -> bool:
    return any(kind.__class__ in _MAY_BE_COMPOUND for kind in _types(node)) or any(
        instruction.opcode == "alloca" and instruction.operands for instruction in node.instructions
    )


def _types(node: Node) -> Iterator[object]:
    for phi in node.phis:
        yield phi.type
    for instruction in node.instructions:
        yield instruction.type
        yield instruction.source
        for operand in instruction.operands:
            yield operand.type


class _Splitting(Parts):
    """The walk over the nodes in an order in which every value comes before its uses, those of phis apart."""

    def __init__(self, graph: FlowGraph, given: Mapping[str, Term], builder: Builder) -> None:
        super().__init__(graph, given, builder)
        self.memory = Memory(self)
        self.pending: _Pending = []

    def run(self) -> Apart:
        for node in self.graph.nodes:
            self.node(node)
        for node, phi, whole in self.pending:
            self.fill(node, phi, whole)
        for node in self.graph.nodes:
            for phi in node.phis:
                for operand in phi.incoming.values():
                    self.check_single(operand)
        return Apart(dict(self.given) | self.numbers, self.rows)

    def node(self, node: Node) -> None:
        phis, node.phis = node.phis, []
        for phi in phis:
            kind = self.settled(phi.type, phi.at)
            if isinstance(kind, COMPOUNDS):
                self.pending.append((node, phi, self.name_parts(phi.name, kind, phi.at)))
            else:
                self.single[phi.name] = kind
                node.phis.append(phi)
        self.made: list[Instruction] = []
        for instruction in node.instructions:
            self.instruction(instruction)
        node.instructions = self.made
        for operand in node.test.operands if node.test is not None else ():
            self.check_single(operand)

    def fill(self, node: Node, phi: Phi, whole: Whole) -> None:
        """Make the phis of the numbers of a phi."""
        rows: dict[str, Sequence[Operand]] = {label: self.whole(operand).row for label, operand in phi.incoming.items()}
        for position, leaf in enumerate(whole.row):
            incoming = {label: row[position] for label, row in rows.items()}
            node.phis.append(Phi(str(leaf.value), leaf.type, incoming, phi.at))

    def instruction(self, instruction: Instruction) -> None:
        """Append what one instruction becomes."""
        if self.memory.takes(instruction):
            return
        rule = self.rule_of(instruction)
        if rule is None:
            for operand in instruction.operands:
                self.check_single(operand)
            self.made.append(instruction)
            if instruction.result:
                self.single[instruction.result] = self.settled(instruction.type, instruction.at)
            return
        whole = rule(self, instruction)
        if whole is not None and instruction.result:
            self.rows[instruction.result] = whole

    def rule_of(self, instruction: Instruction) -> Callable[[Parts, Instruction], Whole | None] | None:
        """Return the rule for an instruction that has to do with several numbers."""
        operands = instruction.operands
        kinds = [instruction.type, *(operand.type for operand in operands)]
        if not any(kind.__class__ in _MAY_BE_COMPOUND for kind in kinds):
            return None
        if not any(isinstance(self.settled(kind, instruction.at), COMPOUNDS) for kind in kinds):
            return None
        return split_call if instruction.opcode == "call" else SPLIT_RULES.get(instruction.opcode)
