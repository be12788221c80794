"""Translate loops: which variables they carry, of which types, and how they end.

The types of carried variables are found by translating the body until they no longer grow: each attempt starts with the types
the last one ended with. A counted loop that is never left early becomes `For`, every other loop `While` with the hidden
flags among its carried values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cobra.compiler.frontend import expressions, iteration, statements
from cobra.compiler.frontend.frame import BROKEN, CONTINUED, RESULT, RETURNED, Frame, Outcome, branch
from cobra.compiler.frontend.joining import flatten, reassemble
from cobra.compiler.frontend.promotion import convert, join_types
from cobra.compiler.frontend.terms import Binding, Number, Term, Unusable
from cobra.compiler.ir.builder import constant, false
from cobra.compiler.ir.operations import For, Region, Statement, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.arithmetic import add
from cobra.compiler.primitives.comparison import less
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import int64

_MOST_ATTEMPTS = 12


@dataclass(slots=True)
class _Carried:
    """One variable a loop carries, with the types its numbers have grown to."""

    template: Term
    kinds: list[Number]
    entry: list[Number | None]
    late: bool = False
    """It has no value before the loop, and none at the start of a pass."""


@dataclass(slots=True)
class _Loop:
    """One loop being translated."""

    frame: Frame
    assigned: tuple[str, ...]
    before: dict[str, Binding]
    runs_at_least_once: bool
    location: Location | None
    carried: dict[str, _Carried] = field(default_factory=dict)
    refused: dict[str, Unusable] = field(default_factory=dict)

    def prepare(self) -> None:
        """Carry every assigned variable that has a value before the loop."""
        for name in self.assigned:
            if name in (BROKEN, RETURNED):
                self.before.setdefault(name, Binding(Number(false()), None))
            binding = self.before.get(name)
            numbers = flatten(binding.term) if binding is not None else None
            if binding is not None and numbers is not None:
                self.carried[name] = _Carried(binding.term, list(numbers), list(numbers))

    def enter(self) -> list[Variable]:
        """Bind fresh carried values for one attempt; return them in order."""
        fresh: list[Variable] = []
        self.frame.variables = dict(self.before)
        for name in self.assigned:
            self.frame.variables.pop(name, None)
        for name, unusable in self.refused.items():
            self.frame.variables[name] = Binding(unusable, self.location)
        for name, item in self.carried.items():
            variables = [Variable(kind.type, name if name.isidentifier() else "") for kind in item.kinds]
            fresh += variables
            if not item.late:
                numbers = iter([Number(v, kind.weak) for v, kind in zip(variables, item.kinds, strict=True)])
                place = self.before[name].location if name in self.before else None
                self.frame.variables[name] = Binding(reassemble(item.template, numbers), place)
        return fresh

    def settle(self, ended: dict[str, Binding]) -> bool:
        """Compare with the variables at the end of the body; return whether all types stayed as they were."""
        stable = True
        for name in self.assigned:
            binding = ended.get(name)
            if name in self.refused or binding is None:
                continue
            if name in self.carried:
                stable &= self._grow(name, binding)
            elif self._comes_late(name, binding):
                stable = False
        return stable

    def _comes_late(self, name: str, binding: Binding) -> bool:
        numbers = flatten(binding.term)
        if numbers is None or not (self.runs_at_least_once or name == RESULT):
            return False
        self.carried[name] = _Carried(binding.term, [_kind(n) for n in numbers], [None] * len(numbers), late=True)
        return True

    def _grow(self, name: str, binding: Binding) -> bool:
        item, numbers = self.carried[name], flatten(binding.term)
        joined = [join_types(a, b) for a, b in zip(item.kinds, numbers, strict=False)] if numbers is not None else []
        if numbers is None or len(numbers) != len(item.kinds) or any(kind is None for kind in joined):
            del self.carried[name]
            self.refused[name] = self._refuse(name, item, binding)
            return False
        kinds = [Number(constant(0, kind[0]), kind[1]) for kind in joined if kind is not None]
        stable = all((a.type, a.weak) == (b.type, b.weak) for a, b in zip(kinds, item.kinds, strict=True))
        item.kinds = kinds if not stable else item.kinds
        return stable

    def _refuse(self, name: str, item: _Carried, binding: Binding) -> Unusable:
        if isinstance(binding.term, Unusable):
            return binding.term
        before = self.before.get(name)
        place = f" at {before.location}" if before is not None and before.location else ""
        here = f" at {binding.location}" if binding.location else ""
        return Unusable(
            f"{name!r} is {item.template}{place} before the loop and {binding.term}{here} in it",
            "Start it with a value of the type it has in the loop, for example np.float64(0).", False,
        )  # fmt: skip

    def initial(self) -> list[Value]:
        """Return the carried values before the first pass."""
        values: list[Value] = []
        for item in self.carried.values():
            for kind, number in zip(item.kinds, item.entry, strict=True):
                zero = constant(0, kind.type)
                values.append(zero if number is None else convert(self.frame.builder, number, kind.type, self.location))
        return values

    def updated(self, ended: dict[str, Binding]) -> list[Value]:
        """Return the carried values after a pass."""
        values: list[Value] = []
        for name, item in self.carried.items():
            numbers = flatten(ended[name].term) if name in ended else None
            for position, kind in enumerate(item.kinds):
                number = numbers[position] if numbers is not None else Number(constant(0, kind.type))
                values.append(convert(self.frame.builder, number, kind.type, self.location))
        return values

    def leave(self, results: Sequence[Variable], ended: dict[str, Binding]) -> None:
        """Bind what the variables hold after the loop."""
        self.frame.variables = dict(self.before)
        remaining: Iterator[Variable] = iter(results)
        for name in self.assigned:
            if name in self.carried:
                continue
            if name in self.refused:
                self.frame.variables[name] = Binding(self.refused[name], self.location)
            elif name in ended and name not in (BROKEN, RETURNED, CONTINUED):
                self.frame.variables[name] = Binding(_not_assigned(name, ended[name]), ended[name].location)
        for name, item in self.carried.items():
            numbers = iter([Number(next(remaining), kind.weak) for kind in item.kinds])
            location = ended[name].location if name in ended else None
            self.frame.variables[name] = Binding(reassemble(item.template, numbers), location)


def _kind(number: Number) -> Number:
    return Number(constant(0, number.type), number.weak)


def _not_assigned(name: str, binding: Binding) -> Unusable:
    place = f" (only at {binding.location})" if binding.location is not None else ""
    return Unusable(f"{name!r} may have no value here: the loop that assigns it may make no pass{place}", f"Assign {name!r} before the loop.", True)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The pieces of one translated body."""

    carried: tuple[Variable, ...]
    test: Region | None
    body: list[Statement]
    ended: dict[str, Binding]


def _translate(loop: _Loop, head: Callable[[], Region | None], body: Callable[[], None]) -> _Attempt:
    """Translate test and body until the carried types are stable."""
    for _ in range(_MOST_ATTEMPTS):
        carried = loop.enter()
        test = head()
        collected = loop.frame.builder.collect(body)
        ended = loop.frame.variables
        if loop.settle(ended):
            return _Attempt(tuple(carried), test, collected, ended)
    raise TypeMismatch("the types of this loop's variables do not settle", loop.location, "Give its variables their final type before the loop.")


def _finish(loop: _Loop, attempt: _Attempt, index: Variable | None, count: Value | None) -> None:
    builder = loop.frame.builder
    builder.location = loop.location
    body = builder.close(attempt.body, lambda: loop.updated(attempt.ended))
    initial = tuple(loop.initial())
    results = tuple(Variable(variable.type, variable.name) for variable in attempt.carried)
    if index is not None and count is not None:
        builder.append(For(count, index, initial, attempt.carried, body, results, loop.location))
    else:
        assert attempt.test is not None
        builder.append(While(initial, attempt.carried, attempt.test, body, results, loop.location))
    loop.leave(results, attempt.ended)


# -- while


def run_while(frame: Frame, statement: ast.While) -> Outcome:
    """Translate ``while``, with ``break``, ``continue``, ``return`` and ``else``."""
    if any(isinstance(node, ast.NamedExpr) for node in ast.walk(statement.test)):
        statement = _with_test_inside(frame, statement)
    endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
    loop = _open(frame, statement, statement.body, endless, [statement.test])

    def head() -> Region:
        return frame.builder.region(lambda: [_go_on(frame, lambda: expressions.condition(frame, statement.test))])

    attempt = _translate(loop, head, lambda: _pass(frame, statement.body))
    _finish(loop, attempt, None, None)
    return _after(frame, statement, endless)


def _with_test_inside(frame: Frame, statement: ast.While) -> ast.While:
    """A test that assigns becomes the first statement of the body, which sees what it assigned."""
    if statement.orelse:
        hint = "Assign in the body."
        raise UnsupportedSyntax("a loop with an else part cannot assign in its test", frame.location(statement.test), hint)
    leave = ast.If(ast.UnaryOp(ast.Not(), statement.test), [ast.Break()], [])
    whole = ast.While(ast.Constant(True), [leave, *statement.body], [])
    for node in (leave, leave.test, leave.body[0], whole, whole.test):
        ast.copy_location(node, statement.test)
    return whole


def _open(frame: Frame, node: ast.While | ast.For, body: Sequence[ast.stmt], at_least_once: bool, more: Sequence[ast.AST]) -> _Loop:
    names = assigned_names([*body, *more])
    names += tuple(flag for flag, kind in ((BROKEN, ast.Break), (RETURNED, ast.Return)) if leaves_by(body, kind))
    if RETURNED in names:
        names += (RESULT,)
    if BROKEN in names:
        frame.set_flag(BROKEN, false())
    loop = _Loop(frame, names, dict(frame.variables), at_least_once, frame.location(node))
    loop.prepare()
    return loop


def _go_on(frame: Frame, test: Callable[[], Value]) -> Value:
    """Return whether the loop goes on: not left, and then the test, which is not evaluated once it was left."""
    left = statements.any_flag(frame, (RETURNED, BROKEN))
    if isinstance(left, Constant):
        return test()
    (result,) = frame.builder.if_(left, lambda: [false()], lambda: [test()])
    return result


def _pass(frame: Frame, body: Sequence[ast.stmt]) -> None:
    """Translate one pass through the body."""
    frame.set_flag(CONTINUED, false())
    statements.run_block(frame, body)
    frame.variables.pop(CONTINUED, None)


def _after(frame: Frame, statement: ast.While | ast.For, endless: bool) -> Outcome:
    """Run the ``else`` part and tell how control leaves the loop."""
    broken = frame.flag(BROKEN)
    frame.variables.pop(BROKEN, None)
    may_return = leaves_by(statement.body, ast.Return)
    if endless and not leaves_by(statement.body, ast.Break):
        return Outcome.RETURNS
    if not statement.orelse:
        return Outcome.MAY_LEAVE if may_return else Outcome.FALLS_THROUGH
    left = broken
    if may_return:
        left = statements.any_flag(frame, (RETURNED,)) if isinstance(broken, Constant) else _either(frame, broken)
    outcome = branch(frame, left, lambda: Outcome.FALLS_THROUGH, lambda: statements.run_block(frame, statement.orelse))
    return Outcome.MAY_LEAVE if may_return or outcome is not Outcome.FALLS_THROUGH else outcome


def _either(frame: Frame, broken: Value) -> Value:
    frame.set_flag(BROKEN, broken)
    left = statements.any_flag(frame, (RETURNED, BROKEN))
    frame.variables.pop(BROKEN, None)
    return left


# -- for


def run_for(frame: Frame, statement: ast.For) -> Outcome:
    """Translate ``for`` over a range, an array, a tuple, ``enumerate`` or ``zip``."""
    location = frame.location(statement)
    source = expressions.evaluate(frame, statement.iter)
    items = iteration.unrolled(source)
    if items is not None:
        return _run_unrolled(frame, statement, items)
    passes = iteration.iterate(frame, source, frame.location(statement.iter))
    trips = passes.count.value if isinstance(passes.count, Constant) else 0
    loop = _open(frame, statement, statement.body, isinstance(trips, int) and trips > 0, [statement.target])
    early = leaves_by(statement.body, ast.Break) or leaves_by(statement.body, ast.Return)
    if early:
        _run_counting(loop, statement, passes.count, passes.item)
    else:
        index = Variable(int64)
        frame.builder.not_negative.add(index)
        attempt = _translate(loop, lambda: None, lambda: _counted_pass(frame, statement, passes.item(index)))
        _finish(loop, attempt, index, passes.count)
    frame.builder.location = location
    return _after(frame, statement, endless=False)


def _counted_pass(frame: Frame, statement: ast.For, item: Term) -> None:
    statements.assign_to(frame, statement.target, item)
    _pass(frame, statement.body)


_COUNTER = "<counter>"


def _run_counting(loop: _Loop, statement: ast.For, count: Value, item: Callable[[Value], Term]) -> None:
    """A counted loop that may be left early: a ``while`` with its own counter."""
    frame = loop.frame
    loop.assigned += (_COUNTER,)
    loop.before[_COUNTER] = Binding(Number(constant(0, int64)), None)
    loop.prepare()

    def head() -> Region:
        position = _counter(frame)
        return frame.builder.region(lambda: [_go_on(frame, lambda: frame.builder(less, position, count))])

    def body() -> None:
        position = _counter(frame)
        frame.bind(_COUNTER, Number(frame.builder(add, position, constant(1, int64))), None)
        _counted_pass(frame, statement, item(position))

    _finish(loop, _translate(loop, head, body), None, None)
    frame.variables.pop(_COUNTER, None)


def _counter(frame: Frame) -> Value:
    term = frame.variables[_COUNTER].term
    assert isinstance(term, Number)
    if isinstance(term.value, Variable):
        frame.builder.not_negative.add(term.value)
    return term.value


def _run_unrolled(frame: Frame, statement: ast.For, items: Sequence[Term]) -> Outcome:
    """A loop over a tuple is written out, item by item."""
    frame.set_flag(BROKEN, false())
    for item in items:
        go_on = statements.any_flag(frame, (RETURNED, BROKEN))

        def one(item: Term = item) -> Outcome:
            statements.assign_to(frame, statement.target, item)
            _pass(frame, statement.body)
            return Outcome.FALLS_THROUGH

        branch(frame, go_on, lambda: Outcome.FALLS_THROUGH, one)
    return _after(frame, statement, endless=False)


# -- what the syntax says


def assigned_names(nodes: Sequence[ast.AST]) -> tuple[str, ...]:
    """Return the variables that statements assign, in order of appearance."""
    names: dict[str, None] = {}
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                names[inner.id] = None
    return tuple(names)


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


