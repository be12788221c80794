"""The state of one function while it is translated, and what two alternative paths do to it.

`branch` runs two alternatives and joins the variables. A variable that only some ways out have a value for keeps a list of the
others in its binding, so that ``if done: break`` does not unsettle what follows it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cobra.compiler.frontend.exits import FALLS, FLAGS, NEVER, RESULT, RETURNED, RETURNS, Exit, Outcome
from cobra.compiler.frontend.joining import Joint, join, not_assigned
from cobra.compiler.frontend.terms import Array, Binding, Number, Term
from cobra.compiler.ir.builder import Builder, false
from cobra.compiler.ir.operations import If, Operation, Region, Statement
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.logic import logical_or
from cobra.compiler.primitives.matrices import local_array
from cobra.errors import Location
from cobra.types import ArrayType, ScalarType

if TYPE_CHECKING:
    from cobra.compiler.spec import FunctionSpec


@dataclass(slots=True)
class Session:
    """What the translation of one kernel shares over all inlined functions."""

    builder: Builder
    debug: bool = False
    active: list[FunctionSpec] = field(default_factory=list)
    outputs: tuple[Array, ...] = ()
    """Output operands of a kernel that returns its arrays."""
    growing: dict[Variable, list[Number]] | None = None
    """While output types are inferred: everything stored to each output."""
    returned: Location | None = None
    """Where the function that was translated last returns."""
    settled: dict[Variable, ScalarType] = field(default_factory=dict)
    """While output types are inferred: the element types of outputs that the kernel itself decides."""
    local_names: dict[FunctionSpec, frozenset[str]] = field(default_factory=dict)
    """The names that each inlined function binds."""
    local_arrays: list[Variable] = field(default_factory=list)
    """The arrays that the kernel makes for itself."""

    def local_array(self, element: ScalarType, shape: Sequence[Value]) -> Array:
        """Return a new array for the time of one run of the kernel; its sizes are those of core dimensions, or constants."""
        names = tuple(str(size.value) if isinstance(size, Constant) else size.name for size in shape)
        made = Variable(ArrayType(element, names), f"local{len(self.local_arrays)}")
        self.local_arrays.append(made)
        return Array(made, tuple(shape), writable=True)

    def has_own(self, array: Array) -> bool:
        """Tell whether an array is an output or the kernel's own, so that it shares no memory with any other one."""
        return array.parameter in self.local_arrays or any(array.parameter is output.parameter for output in self.outputs)

    def finish(self) -> Region:
        """Return the body of a kernel with core dimensions: first of all come the arrays that it makes for itself."""
        body = self.builder.finish([])
        made = tuple(Operation(local_array, (), (array,)) for array in self.local_arrays)
        return Region((*made, *body.statements), body.results)


@dataclass(slots=True)
class Frame:
    """One function being translated."""

    session: Session
    spec: FunctionSpec
    locals: frozenset[str] = frozenset()
    variables: dict[str, Binding] = field(default_factory=dict)
    returned_arrays: Mapping[str, int] | None = None
    """In the kernel itself, the variables it returns as output arrays, with their positions."""
    borrowed: frozenset[object] = frozenset()
    """Tokens of the arrays and records of plain Python that belong to the caller."""
    in_use: frozenset[object] = frozenset()
    """Tokens of those that the statement around this one has still to read."""

    @property
    def builder(self) -> Builder:
        """Return the builder everything is appended to."""
        return self.session.builder

    def location(self, node: ast.AST) -> Location:
        """Return where a node stands in the user's file."""
        return self.spec.location(node)

    def bind(self, name: str, term: Term, location: Location | None) -> None:
        """Give a variable a new value."""
        self.variables[name] = Binding(term, location)

    def flag(self, name: str) -> Value:
        """Return the value of a hidden flag, False when it was never set."""
        binding = self.variables.get(name)
        return binding.term.value if binding is not None and isinstance(binding.term, Number) else false()

    def any_flag(self, names: Sequence[str] = FLAGS) -> Value:
        """Return whether any of the hidden flags is set."""
        total: Value = false()
        for flag in map(self.flag, names):
            if isinstance(flag, Constant):
                if flag.value:
                    return flag
            else:
                total = flag if isinstance(total, Constant) else self.builder(logical_or, total, flag)
        return total

    def set_flag(self, name: str, value: Value) -> None:
        """Set a hidden flag."""
        self.variables[name] = Binding(Number(value), None)

    def clear_flags(self) -> None:
        """Forget the hidden flags where control has surely not left."""
        for name in FLAGS:
            self.variables.pop(name, None)

    def merge(self, exits: Outcome, keep: Outcome = NEVER) -> None:
        """Let control go on here from several ways out; those in `keep` stay open."""
        for name, binding in self.variables.items():
            if binding.missing:
                here = FALLS if binding.missing & exits else NEVER
                self.variables[name] = replace(binding, missing=here | (binding.missing & keep))


@dataclass(slots=True)
class _Side:
    """One alternative after it ran."""

    statements: list[Statement]
    variables: dict[str, Binding]
    outcome: Outcome

    def binding(self, name: str) -> Binding | None:
        """Return what the side has to say of a variable: nothing where nobody will ask for its value."""
        if name != RESULT and not self.matters(name):
            return None
        found = self.variables.get(name)
        return Binding(Number(false()), None) if found is None and name in FLAGS else found

    def matters(self, name: str) -> bool:
        """Tell whether the variable may be used after this side; one that returned has no more use for its variables."""
        return not self.outcome <= RETURNS or (name == RETURNED and bool(self.outcome))

    def missing(self, name: str) -> Outcome:
        """Return the ways out of this side on which the variable has no value."""
        if name in FLAGS or name == RESULT:
            return NEVER
        binding, open_exits = self.variables.get(name), self.outcome - RETURNS
        return open_exits if binding is None else binding.missing & open_exits


def branch(frame: Frame, condition: Value, then: Callable[[], Outcome], orelse: Callable[[], Outcome]) -> Outcome:
    """Run one of two alternatives, and join the variables; a constant condition translates only the one taken."""
    if isinstance(condition, Constant):
        return then() if condition.value else orelse()
    before, location = frame.variables, frame.builder.location
    sides = (_run(frame, before, then), _run(frame, before, orelse))
    frame.variables, joints = _join_sides(before, *sides)
    results = iter(_append_branch(frame.builder, condition, sides, joints, location))
    for name, (joint, missing) in joints.items():
        frame.variables[name] = Binding(joint.term(results), joint.location, missing)
    return sides[0].outcome | sides[1].outcome


def guarded(frame: Frame, outcome: Outcome, rest: Callable[[], Outcome]) -> Outcome:
    """Run what follows statements that may have left, unless they have."""
    if Exit.FALL not in outcome:
        return outcome
    if outcome == FALLS:
        return rest()

    def stay() -> Outcome:
        frame.clear_flags()
        frame.merge(FALLS)
        return rest()

    return branch(frame, frame.any_flag(), lambda: outcome - FALLS, stay)


def _run(frame: Frame, before: dict[str, Binding], alternative: Callable[[], Outcome]) -> _Side:
    frame.variables = dict(before)
    outcomes: list[Outcome] = []
    statements = frame.builder.collect(lambda: outcomes.append(alternative()))
    return _Side(statements, frame.variables, outcomes[0])


def _join_sides(
    before: Mapping[str, Binding], first: _Side, second: _Side
) -> tuple[dict[str, Binding], dict[str, tuple[Joint, Outcome]]]:
    """Return the variables both sides agree on, and how the others join."""
    agreed: dict[str, Binding] = {}
    joints: dict[str, tuple[Joint, Outcome]] = {}
    exits = (first.outcome | second.outcome) - RETURNS
    for name in sorted(first.variables.keys() | second.variables.keys()):
        bindings = first.binding(name), second.binding(name)
        missing = first.missing(name) | second.missing(name)
        known = [binding for binding in bindings if binding is not None]
        if not known:
            continue
        if known[0] is known[-1] and (len(known) == 2 or known[0] is before.get(name)):
            agreed[name] = known[0]
        elif missing and missing >= exits:
            agreed[name] = Binding(not_assigned(name, known[0].location), known[0].location)
        else:
            joints[name] = join(name, *bindings), missing
    return agreed, joints


def _append_branch(
    builder: Builder,
    condition: Value,
    sides: tuple[_Side, _Side],
    joints: Mapping[str, tuple[Joint, Outcome]],
    location: Location | None,
) -> Sequence[Value]:
    """Append the branch with one result for each number that differs."""
    leaves = [leaf for joint, _ in joints.values() for leaf in joint.leaves]

    def handed_over(side: int) -> list[Value]:
        return [leaf.value(builder, side, location) for leaf in leaves]

    then = builder.close(sides[0].statements, lambda: handed_over(0))
    orelse = builder.close(sides[1].statements, lambda: handed_over(1))
    results = tuple(Variable(value.type) for value in then.results)
    if then.statements or orelse.statements or results:
        builder.append(If(condition, then, orelse, results, location))
    return results
