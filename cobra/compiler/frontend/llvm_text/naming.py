"""Give every value a name of its own, and every use the value it means.

A text may assign a name again within a block; a later use means the last assignment, as in Python. A Python variable that
the text assigns is its old value up to there. Over blocks there is no such order: a name assigned in two blocks, or used
where control may or may not have passed its assignment, is an error that shows how a phi joins values.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NoReturn

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph, Node, Phi, Test
from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Operand, Written
from cobra.errors import InvalidText, UndefinedName

Lookup = Callable[[str, int], str]
"""From a name and the token of its use to the value's own name."""


def name_values(graph: FlowGraph, given: Iterable[str]) -> dict[str, str]:
    """Rename values until each is assigned once; return which value each name has where the text ends, if it surely has one.

    `given` are the Python variables, named as in the text.
    """
    return _Naming(graph, frozenset(given)).run()


class _Naming:
    def __init__(self, graph: FlowGraph, given: frozenset[str]) -> None:
        self.graph, self.given = graph, given
        self.home: dict[str, int] = {}
        """The node that assigns each name."""
        self.versions: dict[str, list[str]] = {}
        """The values that a name stands for one after the other."""
        self.taken = set(given) | graph.names()
        self.numbered: dict[str, Iterator[str]] = {}

    def run(self) -> dict[str, str]:
        for number in sorted(range(len(self.graph.nodes)), key=lambda number: self.graph.nodes[number].at):
            self.collect(number, self.graph.nodes[number])
        for number, node in enumerate(self.graph.nodes):
            self.rename(number, node)
        end = self.graph.exit
        assert end is not None
        return {n: self.versions[n][-1] for n, home in self.home.items() if home != end and self.graph.dominates(home, end)}

    # -- assignments

    def collect(self, number: int, node: Node) -> None:
        for name, at in [*((phi.name, phi.at) for phi in node.phis), *((i.result, i.at) for i in node.instructions)]:
            if not name:
                continue
            home = self.home.setdefault(name, number)
            if home != number:
                self.refuse_second_block(name, home, at)
            made = self.version(name)
            self.versions.setdefault(name, []).append(made)

    def version(self, name: str) -> str:
        """Return the name of the next value of a name: the name itself while it is free."""
        if name not in self.versions and name not in self.given:
            return name
        made = next(text for text in self.numbered.setdefault(name, _numbered(name)) if text not in self.taken)
        self.taken.add(made)
        return made

    def refuse_second_block(self, name: str, home: int, at: int) -> NoReturn:
        label = self.graph.nodes[home].label
        hint = f"Within a block a name may be assigned again, over blocks not. {_join_advice(name)}"
        raise InvalidText(f"{name} is assigned in the block {label} already", self.graph.body.line(at), hint)

    # -- uses

    def rename(self, number: int, node: Node) -> None:
        reached: dict[str, int] = {}
        """How many assignments of each name control has passed in this node."""

        def here(name: str, at: int) -> str:
            count = reached.get(name, 0)
            return self.versions[name][count - 1] if count else self.before(name, number, at)

        def assigned(name: str) -> str:
            if not name:
                return name
            reached[name] = reached.get(name, 0) + 1
            return self.versions[name][reached[name] - 1]

        node.phis = [self.renamed_phi(phi, number, assigned(phi.name)) for phi in node.phis]
        for position, instruction in enumerate(node.instructions):
            operands = tuple(_renamed(operand, here) for operand in instruction.operands)
            node.instructions[position] = instruction._replace(operands=operands, result=assigned(instruction.result))
        if node.test is not None:
            operand, relation, against = node.test
            node.test = Test(_renamed(operand, here), relation, against)

    def renamed_phi(self, phi: Phi, number: int, name: str) -> Phi:
        incoming = dict(phi.incoming)
        for source in self.graph.predecessors[number]:
            label = self.graph.nodes[source].label
            incoming[label] = _renamed(phi.incoming[label], partial(self.at_end, source))
        return Phi(name, phi.type, incoming, phi.at)

    def at_end(self, number: int, name: str, at: int) -> str:
        """Return the value of a name at the end of a node."""
        return self.versions[name][-1] if self.home.get(name) == number else self.before(name, number, at)

    def before(self, name: str, number: int, at: int) -> str:
        """Return the value of a name at the beginning of a node."""
        home = self.home.get(name)
        if home is None:
            return name if name in self.given else self.refuse_unknown(name, at)
        if home != number and self.graph.dominates(home, number):
            return self.versions[name][-1]
        if name in self.given and not self.graph.reaches(home, number):
            return name
        self.refuse_path(name, home, number, at)

    def refuse_unknown(self, name: str, at: int) -> NoReturn:
        close = difflib.get_close_matches(name, self.given | self.home.keys(), 1)
        if close:
            hint = f"Did you mean {close[0]}?"
        elif self.given:
            hint = f"Python's variables here: {', '.join(sorted(self.given))}."
        else:
            hint = "Assign it before, in the text or in Python."
        raise UndefinedName(f"{name} has no value", self.graph.body.location(at), hint)

    def refuse_path(self, name: str, home: int, number: int, at: int) -> NoReturn:
        label, where = self.graph.nodes[home].label, self.graph.body.location(at)
        if home == number and name not in self.given:
            hint = _join_advice(name) if self.graph.around[number] else None
            raise UndefinedName(f"{name} is used before it is assigned", where, hint)
        if name in self.given:
            message = f"{name} is Python's variable or what the block {label} assigns, depending on the path"
            raise InvalidText(message, where, f"Over blocks a name is assigned once. {_join_advice(name)}")
        message = f"{name} may have no value here: only the block {label} assigns it, and control need not come through it"
        raise UndefinedName(message, where, _join_advice(name))


def _renamed(operand: Operand, lookup: Lookup) -> Operand:
    value = _renamed_value(operand.value, operand.at, lookup)
    return operand if value is operand.value else Operand(operand.type, value, operand.at)


def _renamed_value(value: Written, at: int, lookup: Lookup) -> Written:
    if isinstance(value, Aggregate):
        return value._replace(elements=tuple(_renamed(element, lookup) for element in value.elements))
    return lookup(value, at) if value[:1] == "%" else value


def _numbered(name: str) -> Iterator[str]:
    number = 1
    while True:
        number += 1
        yield f"{name}.{number}"


def _join_advice(name: str) -> str:
    return (
        "Give each value a name of its own and join them where the blocks meet: "
        f"{name} = phi <type> [ %a, %one ], [ %b, %other ]; or keep it in an alloca."
    )
