"""Translate expressions that evaluate only part of themselves: ``and``, ``or``, ``a if c else b``, chained comparisons.

Alternatives that cost next to nothing and raise nothing are both computed and one is selected; all others become branches.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cobra.compiler.frontend import expressions
from cobra.compiler.frontend.exits import FALLS, Outcome
from cobra.compiler.frontend.frame import Frame, branch
from cobra.compiler.frontend.joining import join
from cobra.compiler.frontend.promotion import truth
from cobra.compiler.frontend.terms import Binding, Number, Term, Unusable
from cobra.compiler.ir.operations import If, Operation, Statement
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.logic import logical_and, logical_or
from cobra.compiler.primitives.selection import select
from cobra.errors import Location, TypeMismatch
from cobra.types import ScalarType

_VALUE = "<value>"
_MOST_HARMLESS = 4

Alternative = Callable[[], Term]


def boolean(frame: Frame, node: ast.BoolOp) -> Term:
    """``and`` and ``or`` give an operand, as in Python, and evaluate no more than they need."""
    return _boolean_chain(frame, node.values, isinstance(node.op, ast.Or))


def _boolean_chain(frame: Frame, nodes: Sequence[ast.expr], stop_on: bool) -> Number:
    first = expressions.number(frame, nodes[0])
    if len(nodes) == 1:
        return first
    return short_circuit(frame, first, partial(_boolean_chain, frame, nodes[1:], stop_on), stop_on=stop_on)


def boolean_condition(frame: Frame, node: ast.BoolOp) -> Value:
    """Return whether an ``and`` or ``or`` holds; its operands need have no type in common."""
    return _condition_chain(frame, node.values, isinstance(node.op, ast.Or)).value


def _condition_chain(frame: Frame, nodes: Sequence[ast.expr], stop_on: bool) -> Number:
    first = Number(expressions.condition(frame, nodes[0]), weak=True)
    if len(nodes) == 1:
        return first
    return short_circuit(frame, first, partial(_condition_chain, frame, nodes[1:], stop_on), stop_on=stop_on)


def short_circuit(frame: Frame, first: Number, rest: Callable[[], Number], *, stop_on: bool) -> Number:
    """Return `first` when its truth is `stop_on`, else what `rest` gives, evaluated only then."""
    decided = truth(frame.builder, first)
    if isinstance(decided, Constant):
        return first if bool(decided.value) is stop_on else rest()
    sides: tuple[Alternative, Alternative] = (lambda: first, rest) if stop_on else (rest, lambda: first)
    chosen = _choose(frame, decided, sides, "the operands of 'or'" if stop_on else "the operands of 'and'")
    assert isinstance(chosen, Number)
    return chosen


def conditional(frame: Frame, node: ast.IfExp) -> Term:
    """Return ``a if condition else b``."""
    decided = expressions.condition(frame, node.test)
    if isinstance(decided, Constant):
        return expressions.evaluate(frame, node.body if decided.value else node.orelse)
    frame.builder.location = frame.location(node)
    sides = partial(expressions.evaluate, frame, node.body), partial(expressions.evaluate, frame, node.orelse)
    return _choose(frame, decided, sides, "the two sides of the conditional expression")


@dataclass(frozen=True, slots=True)
class _Side:
    statements: list[Statement]
    term: Term


def _choose(frame: Frame, decided: Value, alternatives: tuple[Alternative, Alternative], what: str) -> Term:
    """Return the term of one of two alternatives, evaluated only where it is chosen."""
    location, before = frame.builder.location, dict(frame.variables)
    first, second = (_aside(frame, alternative) for alternative in alternatives)
    frame.builder.location = location
    if frame.variables == before:
        term = _blended(frame, decided, (first, second), location)
    else:
        frame.variables = before
        term = _branched(frame, decided, alternatives)
    if isinstance(term, Unusable):
        raise TypeMismatch(f"{what} are {first.term} and {second.term}", location, "Convert one of them.")
    return term


def _aside(frame: Frame, alternative: Alternative) -> _Side:
    made: list[Term] = []
    statements = frame.builder.collect(lambda: made.append(alternative()))
    return _Side(statements, made[0])


def _branched(frame: Frame, decided: Value, alternatives: tuple[Alternative, Alternative]) -> Term:
    """Choose between alternatives that assign variables, which have to join too."""

    def side(alternative: Alternative) -> Callable[[], Outcome]:
        def run() -> Outcome:
            frame.bind(_VALUE, alternative(), None)
            return FALLS

        return run

    branch(frame, decided, side(alternatives[0]), side(alternatives[1]))
    return frame.variables.pop(_VALUE).term


def _blended(frame: Frame, decided: Value, sides: tuple[_Side, _Side], location: Location | None) -> Term:
    """Append the choice between two evaluated alternatives and return the joined term."""
    joint = join(_VALUE, *(Binding(side.term, None) for side in sides))
    builder = frame.builder

    def handed_over(number: int) -> list[Value]:
        return [leaf.value(builder, number, location) for leaf in joint.leaves]

    yes = builder.close(sides[0].statements, lambda: handed_over(0))
    no = builder.close(sides[1].statements, lambda: handed_over(1))
    if _is_harmless(yes.statements) and _is_harmless(no.statements):
        for statement in (*yes.statements, *no.statements):
            builder.append(statement)
        return joint.term(iter([_selected(frame, decided, *pair) for pair in zip(yes.results, no.results, strict=True)]))
    results = tuple(Variable(value.type) for value in yes.results)
    builder.append(If(decided, yes, no, results, location))
    return joint.term(iter(results))


def _selected(frame: Frame, decided: Value, yes: Value, no: Value) -> Value:
    if no is decided:
        return frame.builder(logical_and, decided, yes)
    if yes is decided:
        return frame.builder(logical_or, decided, no)
    return frame.builder(select, decided, yes, no)


def _is_harmless(statements: Sequence[Statement]) -> bool:
    """Tell whether statements may run although the kernel does not ask for them: few, cheap, raising nothing."""
    return len(statements) <= _MOST_HARMLESS and all(
        isinstance(statement, Operation)
        and statement.primitive.cheap
        and all(isinstance(operand.type, ScalarType) for operand in statement.operands)
        for statement in statements
    )
