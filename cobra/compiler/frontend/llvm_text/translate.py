"""From a syntax tree to operations: what each block does, as `structure` asks for it.

Values are those of Cobra's types: an ``i32`` is an `int32`, an ``i1`` a `bool`, and what takes them as unsigned reads their
bits so. Python's unsigned numbers come in and go out the same way. A pointer is an array parameter and an index into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from cobra.compiler.frontend.llvm_text.addresses import ADDRESS_RULES
from cobra.compiler.frontend.llvm_text.flow_graph import RETURNED, FlowGraph
from cobra.compiler.frontend.llvm_text.graph_building import build_graph
from cobra.compiler.frontend.llvm_text.handing_out import compound_handed_out, handed_out
from cobra.compiler.frontend.llvm_text.instructions import Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.intrinsics import call
from cobra.compiler.frontend.llvm_text.naming import name_values
from cobra.compiler.frontend.llvm_text.placement import Placement
from cobra.compiler.frontend.llvm_text.python_values import Declared, named_types
from cobra.compiler.frontend.llvm_text.scalar_rules import SCALAR_RULES
from cobra.compiler.frontend.llvm_text.scope import Scope
from cobra.compiler.frontend.llvm_text.splitting import split_compounds
from cobra.compiler.frontend.llvm_text.stack_variables import promote_stack_variables
from cobra.compiler.frontend.llvm_text.structure import Structure
from cobra.compiler.frontend.llvm_text.types import PointerType, scalar_of, with_article
from cobra.compiler.frontend.llvm_text.wholes import Apart
from cobra.compiler.frontend.terms import Compound, Number, Term
from cobra.compiler.ir.builder import Builder, true
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.comparison import equal, less
from cobra.compiler.primitives.effects import fail_if
from cobra.errors import Location, TypeMismatch, UndefinedName, UnsupportedSyntax
from cobra.types import ScalarType

RESULT = "result"
"""The Python variable that ``ret`` gives a value to."""

_LIGHT = 8
"""A loop's first node of at most this many instructions is computed a second time rather than carried over."""


def inline(
    builder: Builder, body: Body, values: Mapping[str, Term], declared: Mapping[str, Declared] | None = None
) -> dict[str, Number | Compound]:
    """Append what a text does, and return the values of Python's variables after it.

    Parameters
    ----------
    values
        Python's variables by name, as the text may use them.
    declared
        The variables wanted, with the types Python declares for them. Those that the text does not assign are left out.
        Without it, everything that the text assigns on every path.
    """
    location = builder.location
    given = {f"%{name}": term for name, term in values.items()}
    in_sight = named_types(values.values(), (declared or {}).values())
    body = replace(body, types=in_sight | dict(body.types)) if in_sight else body
    graph = build_graph(body)
    final = name_values(graph, given)
    apart = split_compounds(graph, given, builder)
    promote_stack_variables(graph)
    scope = Scope(builder, body, graph, apart.given)
    outputs = _Outputs(scope, final, apart, declared)
    code = _Blocks(scope, Placement(graph, outputs.names()))
    Structure(builder, graph, code.placement, code).run()
    terms = outputs.terms()
    builder.location = location
    return terms


class _Outputs:
    """What a text hands to Python: which names, and their values in the end."""

    def __init__(
        self, scope: Scope, final: Mapping[str, str], apart: Apart, declared: Mapping[str, Declared] | None
    ) -> None:
        self.scope, self.final, self.apart, self.declared = scope, final, apart, declared
        end = scope.graph.exit
        self.returns = end is not None and bool(scope.graph.nodes[end].phis)
        self.wanted = self.everything() if declared is None else self.chosen(declared)

    def everything(self) -> list[str]:
        """Return the names of all numbers, single or together."""
        kinds = self.scope.types
        return [n for n, made in self.final.items() if made in self.apart.wholes or scalar_of(kinds.get(made, _POINTER)) is not None]

    def chosen(self, declared: Mapping[str, Declared]) -> list[str]:
        """Return the names that Python wants and the text assigns, with their percent signs."""
        assigned = {i.result: i.at for block in self.scope.body.blocks for i in block.instructions if i.result}
        wanted = [f"%{name}" for name in declared if f"%{name}" in assigned]
        if self.returns and f"%{RESULT}" in wanted:
            wanted.remove(f"%{RESULT}")
        for name in wanted:
            self.check(name, assigned[name])
        return wanted

    def check(self, name: str, at: int) -> None:
        scope = self.scope
        if name not in self.final:
            hint = f"Join its values in the last block: {name} = phi <type> [ %a, %one ], [ %b, %other ]."
            scope.fail(UndefinedName, f"{name} is not assigned on every path to the end", at, hint)
        if self.final[name] in self.apart.wholes:
            return
        kind = scope.types.get(self.final[name], _POINTER)
        if isinstance(kind, PointerType):
            hint = "Give it a name that Python has not, or load the element."
            scope.fail(TypeMismatch, f"{name} is a pointer, for which Python has no variable", at, hint)
        scope.scalar(kind, at)

    def names(self) -> list[str]:
        """Return the single values that are wanted where the text ends."""
        found: list[str] = []
        for name in self.wanted:
            whole = self.apart.wholes.get(self.final[name])
            row = [self.final[name]] if whole is None else [str(leaf.value) for leaf in whole.row]
            found += [each for each in row if each in self.scope.types and each not in found]
        return found

    def terms(self) -> dict[str, Number | Compound]:
        """Return the values that the names have now, in Python's types, by name without percent sign."""
        values = {name: self.term(name, self.final[name]) for name in self.wanted}
        if self.returns:
            values[f"%{RESULT}"] = self.term(f"%{RESULT}", RETURNED)
        return {name[1:]: value for name, value in values.items()}

    def term(self, name: str, made: str) -> Number | Compound:
        scope = self.scope
        stated = self.declared.get(name[1:]) if self.declared is not None else None
        before, place = scope.given.get(name), partial(_last_assignment, scope, name)
        whole = self.apart.wholes.get(made)
        if whole is None:
            return Number(handed_out(scope.builder, name, scope.values[made], stated, before, place))
        row = [scope.value(leaf) for leaf in whole.row]
        return compound_handed_out(scope.builder, name, whole.type, row, stated, before, place)


_POINTER = PointerType()


def _last_assignment(scope: Scope, name: str) -> Location:
    every = [i for block in scope.body.blocks for i in (*block.instructions, block.terminator) if i is not None]
    found = [i.at for i in every if i.result == name or (i.opcode == "ret" and name == f"%{RESULT}")]
    return scope.body.line(found[-1])


class _Blocks:
    """What the nodes of a graph do."""

    def __init__(self, scope: Scope, placement: Placement) -> None:
        self.scope, self.placement = scope, placement
        self.graph: FlowGraph = scope.graph

    def bind(self, number: int, values: Sequence[Value]) -> None:
        """State the values of a node's phis and of the names handed to it."""
        self.scope.values.update(zip(self.names(number), values, strict=False))

    def names(self, number: int) -> list[str]:
        """Return the names that `bind` gives values to."""
        return [phi.name for phi in self.graph.nodes[number].phis] + list(self.placement.handed[number])

    def emit(self, number: int) -> None:
        """Append the instructions of a node."""
        for instruction in self.graph.nodes[number].instructions:
            self.scope.builder.location = self.scope.body.line(instruction.at)
            made = self.made(instruction)
            if made is not None and instruction.result:
                self.scope.values[instruction.result] = made

    def made(self, instruction: Instruction) -> Value | None:
        """Append one instruction and return its value."""
        if instruction.opcode == "call":
            made = call(self.scope, instruction)
            if made is None and instruction.result:
                self.scope.refuse(TypeMismatch, f"{instruction.detail} has no result to name", instruction)
            return made
        rule = SCALAR_RULES.get(instruction.opcode) or ADDRESS_RULES.get(instruction.opcode)
        if rule is None:
            self.scope.refuse(UnsupportedSyntax, f"{instruction.opcode} is not understood", instruction)
        return rule(self.scope, instruction)

    def test(self, number: int) -> Value:
        """Return the bool that chooses the first of a node's two ways out."""
        test = self.graph.nodes[number].test
        assert test is not None
        value = self.scope.value(test.operand)
        if test.against is None:
            return value
        return self.scope.builder(equal if test.relation == "equal" else less, value, self.scope.value(test.against))

    def handed(self, source: int, target: int) -> tuple[Value, ...]:
        """Return the values of the target's phis, and of the names it is handed, on the way there."""
        label = self.graph.nodes[source].label
        phis = [self.incoming(phi.name, phi.incoming[label]) for phi in self.graph.nodes[target].phis]
        return (*phis, *(self.scope.values[name] for name in self.placement.handed[target]))

    def incoming(self, name: str, operand: Operand) -> Value:
        kind = self.scope.types[name]
        if self.scope.resolve(operand.type) != kind and name != RETURNED:
            self.scope.fail(TypeMismatch, f"the phi is {with_article(kind)}", operand.at)
        if isinstance(kind, PointerType):
            pointer = self.scope.pointer(operand)
            if pointer.array is not self.scope.arrays.get(name):
                hint = "Choose the loaded values instead."
                self.scope.fail(UnsupportedSyntax, "pointers into two arrays meet in a phi", operand.at, hint)
            return pointer.place
        return self.scope.value(operand)

    def types(self, number: int) -> tuple[ScalarType, ...]:
        """Return the types of what `bind` is given."""
        at = self.graph.nodes[number].at
        return tuple(self.scope.register(name, at) for name in self.names(number))

    def is_light(self, number: int) -> bool:
        """Tell whether a node may as well be computed twice: it is short, calls nothing and stores nothing."""
        instructions = self.graph.nodes[number].instructions
        return len(instructions) <= _LIGHT and all(i.opcode not in ("call", "store") for i in instructions)

    def never(self, number: int) -> None:
        """Append what happens where a text says that control never comes: LLVM leaves it open, here it is an exception."""
        if number != self.graph.exit:
            builder = self.scope.builder
            builder.many(fail_if, true(), exception="RuntimeError", message="unreachable code of an inline text was reached")
