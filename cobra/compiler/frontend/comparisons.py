"""Translate comparisons: of numbers, of tuples, with None, and the search for a number with ``in``."""

from __future__ import annotations

import ast
from functools import partial, reduce

from cobra.compiler.frontend import choices, expressions, iteration
from cobra.compiler.frontend.elementwise import lift
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import numbers_in
from cobra.compiler.frontend.promotion import python_number, truth
from cobra.compiler.frontend.terms import Compound, Nothing, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives.logic import logical_not
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import bool_

_OPERATORS = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">="}


def compare(frame: Frame, node: ast.Compare) -> Term:
    """Translate a comparison; a chained one evaluates every operand once, and stops at the first that fails."""
    return _compare_chain(frame, node, expressions.evaluate(frame, node.left), node.left, 0)


def _compare_chain(frame: Frame, node: ast.Compare, left: Term, left_node: ast.expr, position: int) -> Term:
    right_node = node.comparators[position]
    right = expressions.evaluate(frame, right_node)
    rest = partial(_compare_chain, frame, node, right, right_node, position + 1)
    first = _compare_pair(frame, node.ops[position], (left, left_node), (right, right_node), frame.location(node))
    if position + 1 == len(node.ops):
        return first
    if not isinstance(first, Number):
        expressions.truth_of(frame, first, node)
    return choices.short_circuit(frame, _number(first), lambda: _number(rest()), stop_on=False)


_Side = tuple[Term, ast.expr]


def _compare_pair(frame: Frame, op: ast.cmpop, left: _Side, right: _Side, location: Location) -> Term:
    match op:
        case ast.Is() | ast.IsNot():
            return _negated_if(frame, isinstance(op, ast.IsNot), _is_nothing(left[0], right[0], location))
        case ast.In() | ast.NotIn():
            return _negated_if(frame, isinstance(op, ast.NotIn), _contained(frame, left, right[0], location))
        case ast.Eq() | ast.NotEq() if isinstance(left[0], Tuple) and isinstance(right[0], Tuple):
            return _negated_if(frame, isinstance(op, ast.NotEq), _same_items(frame, left, right, location))

    def scalar(terms: list[Term]) -> Term:
        first, second = terms
        if isinstance(first, Compound) and isinstance(second, Compound) and isinstance(op, (ast.Eq, ast.NotEq)):
            return _negated_if(frame, isinstance(op, ast.NotEq), _same_fields(frame, first, second, location), weak=False)
        numbers = [expressions.as_number(frame, first, left[1]), expressions.as_number(frame, second, right[1])]
        return expressions.operate(frame, _OPERATORS[type(op)], numbers, location)

    return lift(frame, [left[0], right[0]], scalar, location)


def _number(term: Term) -> Number:
    assert isinstance(term, Number)
    return term


def _negated_if(frame: Frame, negative: bool, number: Number, *, weak: bool = True) -> Number:
    if not negative:
        return Number(number.value, weak)
    if isinstance(number.value, Constant):
        return Number(constant(not number.value.value, bool_), weak)
    return Number(frame.builder(logical_not, number.value), weak)


def _same_fields(frame: Frame, first: Compound, second: Compound, location: Location) -> Number:
    """Return whether all numbers of two structures are equal."""
    if first.type != second.type:
        hint = "Compare structures of one type, or their fields."
        raise TypeMismatch(f"{first} and {second} are not compared", location, hint)
    pairs = zip(numbers_in(first), numbers_in(second), strict=True)
    tests = [expressions.operate(frame, "==", pair, location) for pair in pairs]
    return reduce(lambda a, b: expressions.operate(frame, "&", [a, b], location), tests)


def _is_nothing(left: Term, right: Term, location: Location) -> Number:
    if not (isinstance(left, Nothing) or isinstance(right, Nothing)):
        raise UnsupportedSyntax("a kernel cannot compare identity", location, "Use == or !=.")
    return python_number(isinstance(left, Nothing) and isinstance(right, Nothing))


def _contained(frame: Frame, left: _Side, source: Term, location: Location) -> Number:
    """Return whether a number is among those of a tuple, a range or an array."""
    wanted = expressions.as_number(frame, *left)

    def step(found: Number, item: Number) -> Number:
        hit = truth(frame.builder, expressions.operate(frame, "==", [wanted, item], location))
        return expressions.operate(frame, "|", [found, Number(hit, weak=True)], location)

    return iteration.fold(frame, source, python_number(False), step, location)


def _same_items(frame: Frame, left: _Side, right: _Side, location: Location) -> Number:
    """Return whether two tuples hold equal items."""
    first, second = left[0], right[0]
    assert isinstance(first, Tuple) and isinstance(second, Tuple)
    total = python_number(len(first.items) == len(second.items))
    for a, b in zip(first.items, second.items, strict=False):
        same = _compare_pair(frame, ast.Eq(), (a, left[1]), (b, right[1]), location)
        held = Number(expressions.truth_of(frame, same, left[1]), weak=True)
        total = expressions.operate(frame, "&", [total, held], location)
    return total
