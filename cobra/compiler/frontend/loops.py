"""Translate loops: how they run, and how they end.

A counted loop that is never left early becomes `For`; every other loop becomes `While`, with the hidden flags among its carried
values. A loop over a tuple is written out, and so is a short one that counts the elements of a vector.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cobra.compiler.frontend import aliasing, expressions, inline_calls, iteration, statements
from cobra.compiler.frontend.carrying import Carrying
from cobra.compiler.frontend.exits import BROKEN, CONTINUED, FALLS, NEVER, RESULT, RETURNED, RETURNS, Exit, Outcome
from cobra.compiler.frontend.frame import Frame, branch, guarded
from cobra.compiler.frontend.terms import Binding, Iteration, Number, Term
from cobra.compiler.ir.builder import constant, false
from cobra.compiler.ir.operations import For, Region, Statement, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.arithmetic import add
from cobra.compiler.primitives.comparison import less
from cobra.errors import Location, TypeMismatch
from cobra.types import int64

_MOST_ATTEMPTS = 12
_MOST_WRITTEN_OUT = 16
_BREAKS: Outcome = frozenset({Exit.BREAK})
_NEXT_PASS: Outcome = frozenset({Exit.FALL, Exit.CONTINUE})


@dataclass(slots=True)
class _Loop:
    """One loop being translated."""

    frame: Frame
    carrying: Carrying
    location: Location
    some: bool
    """There is at least one pass."""
    endless: bool
    """No test ends the loop."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The pieces of one translated body."""

    carried: tuple[Variable, ...]
    test: Region | None
    body: list[Statement]
    ended: dict[str, Binding]
    outcome: Outcome


def _open(
    frame: Frame,
    node: ast.While | ast.For,
    inside: Sequence[ast.AST],
    *,
    some: bool,
    endless: bool = False,
    more: Sequence[str] = (),
) -> _Loop:
    _, assigned = inline_calls.names_in_calls(frame, inside)
    names = [*assigned_names(inside), *aliasing.changed_names(frame, inside), *sorted(assigned & frame.locals), *more]
    for name, kind in ((BROKEN, ast.Break), (RETURNED, ast.Return)):
        if leaves_by(node.body, kind):
            names.append(name)
    if RETURNED in names:
        names.append(RESULT)
    frame.clear_flags()
    wanted = _read_elsewhere(frame, inside)
    location = frame.location(node)
    return _Loop(frame, Carrying(frame, tuple(dict.fromkeys(names)), wanted, location), location, some, endless)


def _translate(loop: _Loop, head: Callable[[], Region | None], body: Callable[[], Outcome]) -> _Attempt:
    """Translate test and body until the carried types are stable."""
    for _ in range(_MOST_ATTEMPTS):
        carried = loop.carrying.enter()
        test = head()
        outcomes: list[Outcome] = []
        collected = loop.frame.builder.collect(lambda: outcomes.append(body()))  # noqa: B023
        ended = loop.frame.variables
        if loop.carrying.settle(ended):
            return _Attempt(tuple(carried), test, collected, ended, outcomes[0])
    hint = "Give its variables their final type before the loop."
    raise TypeMismatch("the types of this loop's variables do not settle", loop.location, hint)


def _finish(loop: _Loop, attempt: _Attempt, index: Variable | None, count: Value | None) -> Outcome:
    """Append the loop; return how control leaves it: by its test (FALL), by ``break`` or by ``return``."""
    builder = loop.frame.builder
    builder.location = loop.location
    body = builder.close(attempt.body, lambda: loop.carrying.updated(attempt.ended))
    initial = tuple(loop.carrying.initial())
    results = tuple(Variable(variable.type, variable.name) for variable in attempt.carried)
    if index is not None and count is not None:
        builder.append(For(count, index, initial, attempt.carried, body, results, loop.location))
    else:
        assert attempt.test is not None
        builder.append(While(initial, attempt.carried, attempt.test, body, results, loop.location))
    loop.carrying.leave(results, attempt.ended, attempt.outcome, some=loop.some, endless=loop.endless)
    return (NEVER if loop.endless else FALLS) | (attempt.outcome & (_BREAKS | RETURNS))


# -- while


def run_while(frame: Frame, statement: ast.While) -> Outcome:
    """Translate ``while``, with ``break``, ``continue``, ``return`` and ``else``."""
    if any(isinstance(node, ast.NamedExpr) for node in ast.walk(statement.test)):
        return statements.run_block(frame, _with_test_inside(statement))
    endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
    loop = _open(frame, statement, [statement.test, *statement.body], some=endless, endless=endless)

    def head() -> Region:
        return frame.builder.region(lambda: [_go_on(frame, lambda: expressions.condition(frame, statement.test))])

    attempt = _translate(loop, head, lambda: _pass(frame, statement.body))
    return _after(frame, statement, _finish(loop, attempt, None, None))


def _with_test_inside(statement: ast.While) -> list[ast.stmt]:
    """Return a loop with its test, which assigns, as the first statement of the body, which sees what it assigned."""
    ended = f"<ended {statement.lineno}:{statement.col_offset}>"
    conjunction = isinstance(statement.test, ast.BoolOp) and isinstance(statement.test.op, ast.And)
    tests = statement.test.values if conjunction else [statement.test]  # type: ignore[attr-defined]
    leaves = [ast.If(ast.UnaryOp(ast.Not(), test), [_set(ended, True), ast.Break()], []) for test in tests]
    endless = ast.While(ast.Constant(True), [*leaves, *statement.body], [])
    after = ast.If(ast.Name(ended, ast.Load()), statement.orelse, [])
    written = [_set(ended, False), endless, *([after] if statement.orelse else [])]
    for node in (node for outer in written for node in ast.walk(outer)):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, statement.test)
    return written


def _set(name: str, value: bool) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value))


def _go_on(frame: Frame, test: Callable[[], Value]) -> Value:
    """Return whether the loop goes on: not left, and then the test, which is not evaluated once it was left."""
    left = frame.any_flag((RETURNED, BROKEN))
    if isinstance(left, Constant):
        return test()
    (result,) = frame.builder.if_(left, lambda: [false()], lambda: [test()])
    return result


def _pass(frame: Frame, body: Sequence[ast.stmt]) -> Outcome:
    """Translate one pass through the body."""
    frame.clear_flags()
    outcome = statements.run_block(frame, body)
    frame.variables.pop(CONTINUED, None)
    return outcome


def _after(frame: Frame, statement: ast.While | ast.For, outcome: Outcome) -> Outcome:
    """Run the ``else`` part of a loop that its test ended, and go on."""
    ways = outcome & (_BREAKS | FALLS)
    if statement.orelse and Exit.FALL in outcome:
        return _or_else(frame, statement.orelse, outcome)
    frame.variables.pop(BROKEN, None)
    frame.merge(ways)
    return (FALLS if ways else NEVER) | (outcome & RETURNS)


def _or_else(frame: Frame, orelse: Sequence[ast.stmt], outcome: Outcome) -> Outcome:
    left = frame.any_flag((BROKEN, RETURNED))
    frame.variables.pop(BROKEN, None)

    def gone() -> Outcome:
        frame.merge(_BREAKS)
        return (FALLS if Exit.BREAK in outcome else NEVER) | (outcome & RETURNS)

    def stay() -> Outcome:
        frame.clear_flags()
        frame.merge(FALLS)
        return statements.run_block(frame, orelse)

    return branch(frame, left, gone, stay)


# -- for


def run_for(frame: Frame, statement: ast.For) -> Outcome:
    """Translate ``for`` over a range, an array, a tuple, ``enumerate`` or ``zip``."""
    source = expressions.evaluate(frame, statement.iter)
    items = iteration.unrolled(source)
    if items is None:
        items = _known_indices(frame, statement, source)
    if items is not None:
        with aliasing.reading(frame, [source]):
            outcome = _run_unrolled(frame, statement, items)
        return _after(frame, statement, outcome)
    passes = iteration.iterate(frame, source, frame.location(statement.iter))
    early = leaves_by(statement.body, ast.Break) or leaves_by(statement.body, ast.Return)
    return _after(frame, statement, (_run_counting if early else _run_counted)(frame, statement, passes))


def _known_indices(frame: Frame, statement: ast.For, source: Term) -> Sequence[Term] | None:
    """Return the numbers of a short range by which the body indexes vectors: written out, the loop knows which elements it means."""
    target = statement.target
    if not (isinstance(source, Iteration) and isinstance(target, ast.Name) and isinstance(source.count, Constant)):
        return None
    count, inside = source.count.value, (node for part in statement.body for node in ast.walk(part))
    indexes = any(isinstance(node, ast.Subscript) and _is_indexed_by(frame, node, target.id) for node in inside)
    if not indexes or not isinstance(count, int) or not 0 < count <= _MOST_WRITTEN_OUT:
        return None
    items: list[Term] = []
    frame.builder.collect(lambda: items.extend(source.item(constant(k, int64)) for k in range(count)))
    return items if all(isinstance(item, Number) and item.constant is not None for item in items) else None


def _is_indexed_by(frame: Frame, node: ast.Subscript, name: str) -> bool:
    by_name = any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node.slice))
    return by_name and aliasing.holder(frame, node) is not None


def _run_counted(frame: Frame, statement: ast.For, passes: Iteration) -> Outcome:
    loop = _open(frame, statement, [statement.target, *statement.body], some=_has_passes(passes.count))
    index = Variable(int64)
    frame.builder.not_negative.add(index)
    attempt = _translate(loop, lambda: None, lambda: _counted_pass(frame, statement, passes.item(index)))
    return _finish(loop, attempt, index, passes.count)


def _has_passes(count: Value) -> bool:
    return isinstance(count, Constant) and isinstance(count.value, int) and count.value > 0


def _counted_pass(frame: Frame, statement: ast.For, item: Term) -> Outcome:
    statements.assign_to(frame, statement.target, item)
    return _pass(frame, statement.body)


def _run_counting(frame: Frame, statement: ast.For, passes: Iteration) -> Outcome:
    """Translate a counted loop that may be left early as a ``while`` with its own counter."""
    counter = f"<counter {statement.lineno}:{statement.col_offset}>"
    frame.bind(counter, Number(constant(0, int64)), None)
    inside = [statement.target, *statement.body]
    loop = _open(frame, statement, inside, some=_has_passes(passes.count), more=(counter,))

    def position() -> Value:
        term = frame.variables[counter].term
        assert isinstance(term, Number)
        if isinstance(term.value, Variable):
            frame.builder.not_negative.add(term.value)
        return term.value

    def head() -> Region:
        return frame.builder.region(lambda: [_go_on(frame, lambda: frame.builder(less, position(), passes.count))])

    def body() -> Outcome:
        current = position()
        frame.bind(counter, Number(frame.builder(add, current, constant(1, int64))), None)
        return _counted_pass(frame, statement, passes.item(current))

    outcome = _finish(loop, _translate(loop, head, body), None, None)
    frame.variables.pop(counter, None)
    return outcome


def _run_unrolled(frame: Frame, statement: ast.For, items: Sequence[Term]) -> Outcome:
    """Write out a loop over a tuple, item by item."""
    frame.clear_flags()
    outcome = FALLS
    for item in items:

        def one(item: Term = item) -> Outcome:
            ended = _counted_pass(frame, statement, item)
            frame.merge(ended & _NEXT_PASS, keep=_BREAKS)
            return (FALLS if ended & _NEXT_PASS else NEVER) | (ended - _NEXT_PASS)

        outcome = guarded(frame, outcome, one)
    return outcome


# -- what the syntax says


def assigned_names(nodes: Iterable[ast.AST]) -> tuple[str, ...]:
    """Return the variables that statements assign, in order of appearance."""
    inner = (node for outer in nodes for node in ast.walk(outer) if isinstance(node, ast.Name))
    return tuple(dict.fromkeys(node.id for node in inner if isinstance(node.ctx, ast.Store)))


def _read_elsewhere(frame: Frame, inside: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that a function reads outside of some of its nodes."""
    tree = frame.spec.tree()
    written = frozenset(Counter(_read_names(tree)) - Counter(name for node in inside for name in _read_names(node)))
    return written | inline_calls.names_read(frame)


def _read_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def leaves_by(body: Sequence[ast.stmt], kind: type[ast.stmt]) -> bool:
    """Tell whether statements can leave the loop around them by ``break`` or ``return``; inner loops keep their breaks."""
    for statement in body:
        if isinstance(statement, kind):
            return True
        inner: list[ast.stmt] = []
        if isinstance(statement, ast.If):
            inner = [*statement.body, *statement.orelse]
        elif isinstance(statement, (ast.For, ast.While)):
            inner = [*statement.orelse, *(statement.body if kind is ast.Return else [])]
        if leaves_by(inner, kind):
            return True
    return False
