"""Translate statements: assignment, branches, early exits, exceptions. Loops stand in `loops`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence

from cobra.compiler.frontend import arrays, creation, expressions, loops
from cobra.compiler.frontend.frame import BROKEN, CONTINUED, FLAGS, RESULT, RETURNED, Frame, Outcome, branch
from cobra.compiler.frontend.promotion import assign, truth
from cobra.compiler.frontend.terms import Nothing, Number, Term, Text
from cobra.compiler.ir.builder import false, true
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.logic import logical_not, logical_or
from cobra.errors import TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, as_type

_ADVICE = {
    ast.With: "A kernel manages no resources.",
    ast.Try: "A kernel cannot catch exceptions: test the condition instead.",
    ast.Import: "Import at the top of the module; kernels see its names.",
    ast.ImportFrom: "Import at the top of the module; kernels see its names.",
    ast.Global: "A kernel cannot change globals: return the value.",
    ast.Nonlocal: "A kernel cannot change outer variables: return the value.",
    ast.FunctionDef: "Define helper functions outside the kernel.",
    ast.ClassDef: "Define classes outside the kernel; kernels work on numbers.",
    ast.Delete: "Variables of a kernel need no deleting.",
    ast.Match: "Use if and elif.",
}


def run_block(frame: Frame, statements: Sequence[ast.stmt]) -> Outcome:
    """Translate statements in order; what follows an early exit runs only where it was not taken."""
    for position, statement in enumerate(statements):
        frame.builder.location = frame.location(statement)
        rest = statements[position + 1 :]
        if isinstance(statement, ast.If):
            return _run_if(frame, statement, rest)
        outcome = _run_one(frame, statement)
        if outcome in (Outcome.LEAVES, Outcome.RETURNS):
            return outcome
        if outcome is Outcome.MAY_LEAVE:
            return _run_guarded(frame, rest)
    return Outcome.FALLS_THROUGH


def _run_guarded(frame: Frame, rest: Sequence[ast.stmt]) -> Outcome:
    """Run what follows a statement that may have left, unless it has."""
    if not rest:
        return Outcome.MAY_LEAVE
    left = any_flag(frame, FLAGS)
    only_returned = all(isinstance(frame.flag(name), Constant) for name in (BROKEN, CONTINUED))
    gone = Outcome.RETURNS if only_returned else Outcome.LEAVES
    outcome = branch(frame, left, lambda: gone, lambda: run_block(frame, rest))
    return outcome if outcome in (Outcome.LEAVES, Outcome.RETURNS) else Outcome.MAY_LEAVE


def any_flag(frame: Frame, names: Sequence[str]) -> Value:
    """Return whether any of the hidden flags is set."""
    total: Value = false()
    for name in names:
        flag = frame.flag(name)
        if isinstance(flag, Constant):
            if flag.value:
                return flag
        else:
            total = flag if isinstance(total, Constant) else frame.builder(logical_or, total, flag)
    return total


def _run_if(frame: Frame, statement: ast.If, rest: Sequence[ast.stmt]) -> Outcome:
    """Translate an ``if``; where one side surely leaves, the rest belongs to the other side."""
    condition = expressions.condition(frame, statement.test)
    first, second = statement.body, statement.orelse
    if surely_leaves(first) and not surely_leaves(second):
        return branch(frame, condition, lambda: run_block(frame, first), lambda: run_block(frame, [*second, *rest]))
    if surely_leaves(second) and not surely_leaves(first):
        return branch(frame, condition, lambda: run_block(frame, [*first, *rest]), lambda: run_block(frame, second))
    outcome = branch(frame, condition, lambda: run_block(frame, first), lambda: run_block(frame, second))
    if outcome is Outcome.FALLS_THROUGH:
        return run_block(frame, rest)
    return _run_guarded(frame, rest) if outcome is Outcome.MAY_LEAVE else outcome


def surely_leaves(statements: Sequence[ast.stmt]) -> bool:
    """Tell from the syntax whether every path through statements returns, raises, breaks or continues."""
    return any(
        isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue))
        or (isinstance(statement, ast.If) and surely_leaves(statement.body) and surely_leaves(statement.orelse))
        for statement in statements
    )


def _run_one(frame: Frame, statement: ast.stmt) -> Outcome:
    handler = _HANDLERS.get(type(statement))
    if handler is None:
        name = type(statement).__name__.lower().replace("functiondef", "def").replace("classdef", "class")
        raise UnsupportedSyntax(f"a kernel cannot use {name!r}", frame.location(statement), _ADVICE.get(type(statement)))
    return handler(frame, statement)


# -- assignment


def _assign(frame: Frame, statement: ast.Assign) -> Outcome:
    term = _assigned_value(frame, statement.targets, statement.value)
    for target in statement.targets:
        assign_to(frame, target, term)
    return Outcome.FALLS_THROUGH


def _assigned_value(frame: Frame, targets: Sequence[ast.expr], value: ast.expr) -> Term:
    """Evaluate the right-hand side; a new array must be one of the outputs."""
    for target in targets:
        if isinstance(target, ast.Name) and target.id in frame.returned_arrays and isinstance(value, ast.Call):
            made = creation.new_output(frame, value, frame.returned_arrays[target.id])
            if made is not None:
                return made
    return expressions.evaluate(frame, value)


def assign_to(frame: Frame, target: ast.expr, term: Term) -> None:
    """Bind a name, unpack a tuple or store to an element."""
    location = frame.location(target)
    match target:
        case ast.Name():
            frame.bind(target.id, term, location)
        case ast.Tuple() | ast.List():
            _unpack(frame, target, term)
        case ast.Subscript():
            arrays.store_item(frame, target, _number(frame, term, target))
        case _:
            raise UnsupportedSyntax("a kernel cannot assign to this", location, "Assign to a variable or to an array element.")


def _unpack(frame: Frame, target: ast.Tuple | ast.List, term: Term) -> None:
    location = frame.location(target)
    if any(isinstance(element, ast.Starred) for element in target.elts):
        raise UnsupportedSyntax("a kernel cannot unpack with a star", location, "Name every item.")
    items = expressions.items_of(frame, term, location)
    if len(items) != len(target.elts):
        raise TypeMismatch(f"{len(target.elts)} variables for {len(items)} values", location)
    for element, item in zip(target.elts, items, strict=True):
        assign_to(frame, element, item)


def _annotated(frame: Frame, statement: ast.AnnAssign) -> Outcome:
    """``y: float32 = …`` converts to the declared type."""
    location = frame.location(statement)
    declared = expressions.evaluate(frame, statement.annotation)
    kind = as_type(expressions.type_of(declared))
    if not isinstance(kind, ScalarType):
        raise TypeMismatch("the annotation names no scalar type", location, "Use cobra.float64, np.float32, int, …")
    if statement.value is None:
        raise UnsupportedSyntax("a declaration without a value has no use here", location, "Assign the first value in the same line.")
    number = _number(frame, expressions.evaluate(frame, statement.value), statement.value)
    assign_to(frame, statement.target, Number(assign(frame.builder, number, kind, location, "the variable")))
    return Outcome.FALLS_THROUGH


def _augmented(frame: Frame, statement: ast.AugAssign) -> Outcome:
    """``x += y``; the target's index is evaluated once."""
    if isinstance(statement.target, ast.Subscript):
        place = arrays.place(frame, statement.target, writing=True)
        current: Term = arrays.load_place(frame, place)
        value = expressions.binary(frame, statement, statement.op, current, expressions.evaluate(frame, statement.value))
        arrays.store_place(frame, place, _number(frame, value, statement.value), frame.location(statement))
        return Outcome.FALLS_THROUGH
    current = expressions.evaluate(frame, _as_load(statement.target))
    value = expressions.binary(frame, statement, statement.op, current, expressions.evaluate(frame, statement.value))
    assign_to(frame, statement.target, value)
    return Outcome.FALLS_THROUGH


def _as_load(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _number(frame: Frame, term: Term, node: ast.expr) -> Number:
    return expressions.as_number(frame, term, node)


# -- leaving


def _return(frame: Frame, statement: ast.Return) -> Outcome:
    location = frame.location(statement)
    term: Term = Nothing() if statement.value is None else expressions.evaluate(frame, statement.value)
    frame.bind(RESULT, term, location)
    frame.set_flag(RETURNED, true())
    return Outcome.RETURNS


def _break(frame: Frame, _: ast.Break) -> Outcome:
    frame.set_flag(BROKEN, true())
    return Outcome.LEAVES


def _continue(frame: Frame, _: ast.Continue) -> Outcome:
    frame.set_flag(CONTINUED, true())
    return Outcome.LEAVES


def _raise(frame: Frame, statement: ast.Raise) -> Outcome:
    exception, message = _exception(frame, statement)
    _fail(frame, true(), exception, message)
    return Outcome.RETURNS


def _fail(frame: Frame, condition: Value, exception: str, message: str) -> None:
    frame.builder.many(fail_if, condition, exception=exception, message=message)


def _exception(frame: Frame, statement: ast.Raise) -> tuple[str, str]:
    """Return the class and message of ``raise ValueError("…")``."""
    location = frame.location(statement)
    call = statement.exc
    if call is None or statement.cause is not None:
        raise UnsupportedSyntax("a kernel raises one exception, without a cause", location, 'Write raise ValueError("…").')
    name, arguments = (call.func, call.args) if isinstance(call, ast.Call) else (call, [])
    if not (isinstance(name, ast.Name) and _is_exception(name.id)):
        raise UnsupportedSyntax("a kernel raises Python's built-in exceptions only", location, 'Write raise ValueError("…").')
    texts = [expressions.evaluate(frame, argument) for argument in arguments]
    if len(texts) > 1 or not all(isinstance(text, Text) for text in texts):
        hint = "Numbers cannot be formatted in native code: use one constant string."
        raise UnsupportedSyntax("the message of an exception must be a constant string", location, hint)
    return name.id, texts[0].text if texts and isinstance(texts[0], Text) else ""


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _assert(frame: Frame, statement: ast.Assert) -> Outcome:
    message = expressions.evaluate(frame, statement.msg) if statement.msg is not None else Text("")
    if not isinstance(message, Text):
        raise UnsupportedSyntax("the message of an assertion must be a constant string", frame.location(statement))
    condition = expressions.condition(frame, statement.test)
    if isinstance(condition, Constant) and condition.value:
        return Outcome.FALLS_THROUGH
    _fail(frame, frame.builder(logical_not, condition), "AssertionError", message.text)
    return Outcome.FALLS_THROUGH


# -- expressions standing alone


def _expression(frame: Frame, statement: ast.Expr) -> Outcome:
    if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, (str, type(...))):
        return Outcome.FALLS_THROUGH
    expressions.evaluate(frame, statement.value)
    return Outcome.FALLS_THROUGH


def _pass(frame: Frame, _: ast.Pass) -> Outcome:
    return Outcome.FALLS_THROUGH


def _while(frame: Frame, statement: ast.While) -> Outcome:
    return loops.run_while(frame, statement)


def _for(frame: Frame, statement: ast.For) -> Outcome:
    return loops.run_for(frame, statement)


_HANDLERS: dict[type[ast.stmt], Callable[..., Outcome]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Expr: _expression,
    ast.Pass: _pass,
    ast.While: _while,
    ast.For: _for,
}

