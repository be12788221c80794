"""The state of one function while it is translated: its variables, and how control leaves its statements.

Leaving early is carried by hidden variables, so that branches and loops treat them like any other: `RETURNED`, `BROKEN` and
`CONTINUED` are bools, `RESULT` holds what was returned. `branch` runs two alternatives and joins what they did to the
variables.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cobra.compiler.frontend.joining import join
from cobra.compiler.frontend.terms import Array, Binding, Number, Term
from cobra.compiler.ir.builder import Builder, false
from cobra.compiler.ir.operations import If, Statement
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.errors import Location

if TYPE_CHECKING:
    from cobra.compiler.spec import FunctionSpec

RETURNED, BROKEN, CONTINUED, RESULT = "<returned>", "<broken>", "<continued>", "<result>"
FLAGS = (RETURNED, BROKEN, CONTINUED)


class Outcome(enum.Enum):
    """How control leaves a list of statements."""

    FALLS_THROUGH = "reaches its end on every path"
    MAY_LEAVE = "returns, breaks or continues on some paths"
    LEAVES = "returns, breaks or continues on every path"
    RETURNS = "returns or raises on every path"


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


@dataclass(slots=True)
class Frame:
    """One function being translated."""

    session: Session
    spec: FunctionSpec
    locals: frozenset[str] = frozenset()
    variables: dict[str, Binding] = field(default_factory=dict)
    returned_arrays: dict[str, int] = field(default_factory=dict)
    """Variables that hold output arrays, with the position in which they are returned."""

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

    def set_flag(self, name: str, value: Value) -> None:
        """Set a hidden flag."""
        self.variables[name] = Binding(Number(value), None)


@dataclass(slots=True)
class _Side:
    """One alternative after it ran."""

    statements: list[Statement]
    variables: dict[str, Binding]
    outcome: Outcome

    def binding(self, name: str) -> Binding | None:
        found = self.variables.get(name)
        return Binding(Number(false()), None) if found is None and name in FLAGS else found


def branch(frame: Frame, condition: Value, then: Callable[[], Outcome], orelse: Callable[[], Outcome]) -> Outcome:
    """Run one of two alternatives, and join the variables; a constant condition translates only the one taken."""
    if isinstance(condition, Constant):
        return then() if condition.value else orelse()
    before, location = dict(frame.variables), frame.builder.location
    first = _run(frame, then)
    frame.variables = dict(before)
    second = _run(frame, orelse)
    frame.variables = dict(before)
    _join_sides(frame, condition, first, second, location)
    outcomes = {first.outcome, second.outcome}
    if len(outcomes) == 1:
        return first.outcome
    return Outcome.LEAVES if outcomes == {Outcome.LEAVES, Outcome.RETURNS} else Outcome.MAY_LEAVE


def _run(frame: Frame, alternative: Callable[[], Outcome]) -> _Side:
    outcomes: list[Outcome] = []
    statements = frame.builder.collect(lambda: outcomes.append(alternative()))
    return _Side(statements, frame.variables, outcomes[0])


def _join_sides(frame: Frame, condition: Value, first: _Side, second: _Side, location: Location | None) -> None:
    """Append the branch with one result for each number that differs, and bind the joined variables."""
    builder, sides = frame.builder, (first, second)
    returning = [side.outcome is Outcome.RETURNS for side in sides]
    joints = {}
    for name in sorted(first.variables.keys() | second.variables.keys()):
        if first.variables.get(name) is second.variables.get(name):
            frame.variables[name] = first.variables[name]
        elif all(returning) and name not in (RESULT, RETURNED):
            frame.variables.pop(name, None)
        else:
            bindings = _relevant(name, sides, returning)
            always = name == RESULT
            joints[name] = join(name, *bindings, (returning[0] or always, returning[1] or always))
    regions = []
    for number, side in enumerate(sides):
        leaves = [leaf for joint in joints.values() for leaf in joint.leaves]
        regions.append(builder.close(side.statements, lambda n=number, ls=leaves: [leaf.value(builder, n, location) for leaf in ls]))  # type: ignore[misc]
    results = tuple(Variable(value.type) for value in regions[0].results)
    if regions[0].statements or regions[1].statements or results:
        builder.append(If(condition, regions[0], regions[1], results, location))
    remaining = iter(results)
    for name, joint in joints.items():
        frame.variables[name] = Binding(joint.rebuild(remaining), joint.location)


def _relevant(name: str, sides: tuple[_Side, _Side], returning: list[bool]) -> tuple[Binding | None, Binding | None]:
    """Return the bindings that matter: a path that returned has no more use for its variables."""
    if name in (RESULT, *FLAGS) or not any(returning):
        return sides[0].binding(name), sides[1].binding(name)
    first, second = (None if gone else side.binding(name) for side, gone in zip(sides, returning, strict=True))
    return first, second
