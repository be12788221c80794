"""Turn memory that a text takes for single numbers (``alloca float``) into values.

Each load becomes the value stored last, and where paths with different stores meet, a phi is put in. What was never stored
is zero. Such memory may be loaded and stored only: its address goes nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph, Node, Phi
from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.types import LlvmType, PointerType, resolve, scalar_of, with_article
from cobra.errors import TypeMismatch, UnsupportedSyntax

LIFETIMES = ("@llvm.lifetime.start", "@llvm.lifetime.end")


@dataclass(slots=True)
class _Slot:
    """One alloca: its name, the type of its number, and the nodes that store it or load it before they store it."""

    name: str
    type: LlvmType
    at: int
    stored: set[int] = field(default_factory=set)
    wanted: set[int] = field(default_factory=set)


def promote_stack_variables(graph: FlowGraph) -> None:
    """Replace every alloca of a number, with its loads and stores, by values."""
    slots = {slot.name: slot for slot in _slots(graph)}
    if slots:
        for node in graph.nodes:
            node.instructions = [each for each in node.instructions if not _is_lifetime(each, slots)]
        _Promotion(graph, slots).run()


def _is_lifetime(instruction: Instruction, slots: dict[str, _Slot]) -> bool:
    """Tell whether an instruction says only from when or until when memory is used."""
    return instruction.detail.startswith(LIFETIMES) and any(operand.name in slots for operand in instruction.operands)


def _slots(graph: FlowGraph) -> Iterator[_Slot]:
    for node in graph.nodes:
        for instruction in node.instructions:
            if instruction.opcode == "alloca":
                yield _slot(graph, instruction)


def _slot(graph: FlowGraph, instruction: Instruction) -> _Slot:
    assert instruction.source is not None
    where = graph.body.line(instruction.at)
    if instruction.operands:
        raise UnsupportedSyntax("an alloca of several elements is not understood", where, "Take one alloca for each number.")
    kind = resolve(instruction.source, graph.body.types)
    if scalar_of(kind) is None:
        message = f"an alloca of {instruction.source} is not understood"
        raise UnsupportedSyntax(message, where, "Take one alloca for each number.")
    return _Slot(instruction.result, kind, instruction.at)


class _Promotion:
    def __init__(self, graph: FlowGraph, slots: dict[str, _Slot]) -> None:
        self.graph, self.slots = graph, slots
        self.taken = graph.names()
        self.joined: dict[tuple[int, str], str] = {}
        """The phi of each node and slot that has one."""

    def run(self) -> None:
        for number, node in enumerate(self.graph.nodes):
            self.survey(number, node)
        frontier = _dominance_frontier(self.graph)
        for slot in self.slots.values():
            live = self.live(slot)
            for number in sorted(_iterated(frontier, slot.stored) & live):
                self.joined[number, slot.name] = self.fresh(slot.name)
        self.rewrite()

    def fresh(self, name: str) -> str:
        made = next(text for text in (f"{name}.{count}" for count in range(2, len(self.taken) + 3)) if text not in self.taken)
        self.taken.add(made)
        return made

    # -- what is stored and wanted where

    def survey(self, number: int, node: Node) -> None:
        for phi in node.phis:
            self.refuse_addresses(phi.incoming.values())
        self.refuse_addresses(node.test.operands if node.test is not None else ())
        for instruction in node.instructions:
            slot = self.slot_of(instruction)
            if slot is None:
                self.refuse_addresses(instruction.operands)
            elif instruction.opcode != "load":
                self.refuse_addresses(instruction.operands[:1] if instruction.opcode == "store" else ())
                slot.stored.add(number)
            elif number not in slot.stored:
                slot.wanted.add(number)

    def slot_of(self, instruction: Instruction) -> _Slot | None:
        """Return the slot that an instruction makes, loads or stores."""
        if instruction.opcode == "alloca":
            return self.slots[instruction.result]
        if instruction.opcode not in ("load", "store"):
            return None
        pointer = instruction.operands[-1]
        slot = self.slots.get(pointer.name or "")
        if slot is not None:
            moved = instruction.type if instruction.opcode == "load" else instruction.operands[0].type
            self.check(slot, pointer, moved)
        return slot

    def check(self, slot: _Slot, pointer: Operand, moved: LlvmType) -> None:
        types, where = self.graph.body.types, self.graph.body.location(pointer.at)
        kind = resolve(pointer.type, types)
        if not isinstance(kind, PointerType):
            message = f"{pointer.value} is a pointer, not {with_article(pointer.type)}"
            raise TypeMismatch(message, where, f"Write ptr {pointer.value}.")
        for stated in (moved, kind.target or moved):
            if resolve(stated, types) != slot.type:
                held = with_article(slot.type)
                hint = f"It holds {held} everywhere: load and store that, and change it with an instruction such as bitcast."
                raise TypeMismatch(f"{pointer.value} is an alloca of {slot.type}, not of {stated}", where, hint)

    def refuse_addresses(self, operands: Iterable[Operand]) -> None:
        for operand in operands:
            if operand.name in self.slots:
                hint = "Load it and use the value; arrays come from Python."
                where = self.graph.body.location(operand.at)
                raise UnsupportedSyntax(f"the address of the alloca {operand.value} is used here", where, hint)

    def live(self, slot: _Slot) -> set[int]:
        """Return the nodes at whose beginning the number may still be loaded."""
        found: set[int] = set()
        agenda = list(slot.wanted)
        while agenda:
            number = agenda.pop()
            if number in found:
                continue
            found.add(number)
            agenda += [p for p in self.graph.predecessors[number] if p not in slot.stored]
        return found

    # -- values for loads

    def rewrite(self) -> None:
        """Walk down the tree of dominators with what each slot holds."""
        below: list[list[int]] = [[] for _ in self.graph.nodes]
        for number in range(1, len(self.graph.nodes)):
            below[self.graph.dominator[number]].append(number)
        agenda: list[tuple[int, dict[str, Operand]]] = [(0, {})]
        while agenda:
            number, held = agenda.pop()
            held = dict(held)
            self.rewrite_node(number, held)
            agenda += [(child, held) for child in below[number]]

    def rewrite_node(self, number: int, held: dict[str, Operand]) -> None:
        node = self.graph.nodes[number]
        for each in self.slots.values():
            name = self.joined.get((number, each.name))
            if name is not None:
                held[each.name] = Operand(each.type, name, each.at)
        kept: list[Instruction] = []
        for instruction in node.instructions:
            slot = None if instruction.opcode not in ("alloca", "load", "store") else self.slot_of(instruction)
            if slot is None:
                kept.append(instruction)
            elif instruction.opcode == "load":
                value = held.get(slot.name, _unset(slot))
                kept.append(Instruction("freeze", instruction.result, slot.type, (value,), instruction.at))
            else:
                held[slot.name] = instruction.operands[0] if instruction.opcode == "store" else _unset(slot)
        node.instructions = kept
        self.hand_over(node, held)

    def hand_over(self, node: Node, held: dict[str, Operand]) -> None:
        """State in the phis of the following nodes what the slots hold on the way there."""
        for successor in node.successors:
            following = self.graph.nodes[successor]
            for slot in self.slots.values():
                name = self.joined.get((successor, slot.name))
                if name is None:
                    continue
                phi = next((phi for phi in following.phis if phi.name == name), None)
                if phi is None:
                    phi = Phi(name, slot.type, {}, slot.at)
                    following.phis.append(phi)
                phi.incoming[node.label] = held.get(slot.name, _unset(slot))


def _unset(slot: _Slot) -> Operand:
    return Operand(slot.type, "undef", slot.at)


def _dominance_frontier(graph: FlowGraph) -> list[set[int]]:
    """Return for each node the nodes where what it does may meet what others do."""
    frontier: list[set[int]] = [set() for _ in graph.nodes]
    for number, predecessors in enumerate(graph.predecessors):
        for runner in predecessors if len(predecessors) > 1 else ():
            while runner != graph.dominator[number]:
                frontier[runner].add(number)
                runner = graph.dominator[runner]
    return frontier


def _iterated(frontier: Sequence[set[int]], start: set[int]) -> set[int]:
    found: set[int] = set()
    agenda = list(start)
    while agenda:
        for number in frontier[agenda.pop()]:
            if number not in found:
                found.add(number)
                agenda.append(number)
    return found
