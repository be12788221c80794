"""Translate comparisons: of numbers, of tuples, with None, and the search for a number with ``in``."""

from __future__ import annotations

import ast
from functools import partial

from cobra.compiler.frontend import choices, expressions, iteration
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.promotion import python_number, truth
from cobra.compiler.frontend.terms import Nothing, Number, Term, Tuple
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives.logic import logical_not
from cobra.errors import Location, UnsupportedSyntax
from cobra.types import bool_

_OPERATORS = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">="}


def compare(frame: Frame, node: ast.Compare) -> Term:
    """Translate a comparison; a chained one evaluates every operand once, and stops at the first that fails."""
    return _compare_chain(frame, node, expressions.evaluate(frame, node.left), node.left, 0)


def _compare_chain(frame: Frame, node: ast.Compare, left: Term, left_node: ast.expr, position: int) -> Number:
    right_node = node.comparators[position]
    right = expressions.evaluate(frame, right_node)
    first = _compare_pair(frame, node.ops[position], (left, left_node), (right, right_node), frame.location(node))
    if position + 1 == len(node.ops):
        return first
    return choices.short_circuit(
        frame, first, partial(_compare_chain, frame, node, right, right_node, position + 1), stop_on=False
    )


_Side = tuple[Term, ast.expr]


def _compare_pair(frame: Frame, op: ast.cmpop, left: _Side, right: _Side, location: Location) -> Number:
    match op:
        case ast.Is() | ast.IsNot():
            return _negated_if(frame, isinstance(op, ast.IsNot), _is_nothing(left[0], right[0], location))
        case ast.In() | ast.NotIn():
            return _negated_if(frame, isinstance(op, ast.NotIn), _contained(frame, left, right[0], location))
        case ast.Eq() | ast.NotEq() if isinstance(left[0], Tuple) and isinstance(right[0], Tuple):
            return _negated_if(frame, isinstance(op, ast.NotEq), _same_items(frame, left, right, location))
    numbers = [expressions.as_number(frame, *left), expressions.as_number(frame, *right)]
    return expressions.operate(frame, _OPERATORS[type(op)], numbers, location)


def _negated_if(frame: Frame, negative: bool, number: Number) -> Number:
    if not negative:
        return number
    if isinstance(number.value, Constant):
        return Number(constant(not number.value.value, bool_), weak=True)
    return Number(frame.builder(logical_not, number.value), weak=True)


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
        held = Number(truth(frame.builder, same), weak=True)
        total = expressions.operate(frame, "&", [total, held], location)
    return total
