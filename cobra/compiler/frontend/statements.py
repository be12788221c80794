"""Translate statements: assignment, branches, early exits, exceptions. Loops stand in `loops`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from functools import partial

from cobra.compiler.frontend import aliasing, array_assignment, arrays, creation, expressions, inline_calls, loops, matrix_products
from cobra.compiler.frontend.exits import BROKEN, CONTINUED, FALLS, NEVER, RESULT, RETURNED, RETURNS, Exit, Outcome
from cobra.compiler.frontend.frame import Frame, branch, guarded
from cobra.compiler.frontend.making import converted
from cobra.compiler.frontend.promotion import can_assign
from cobra.compiler.frontend.terms import Array, Nothing, Number, Term, Text, Tuple
from cobra.compiler.ir.builder import true
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.effects import fail_if
from cobra.compiler.primitives.logic import logical_not
from cobra.compounds import ValueType
from cobra.errors import TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType

_WORDS = {
    "FunctionDef": "def", "AsyncFunctionDef": "async def", "ClassDef": "class", "ImportFrom": "import", "Delete": "del",
    "AsyncFor": "async for", "AsyncWith": "async with", "TryStar": "try",
}  # fmt: skip
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
        statement = _nested(statement)
        if isinstance(statement, ast.If) and surely_leaves(statement.body) != surely_leaves(statement.orelse):
            return _run_one_sided(frame, statement, rest)
        outcome = _run_one(frame, statement)
        if outcome != FALLS:
            return guarded(frame, outcome, partial(run_block, frame, rest)) if rest else outcome
    return FALLS


def _nested(statement: ast.stmt) -> ast.stmt:
    """Return ``if a and b:`` as two branches where `b` assigns, so that the body sees what it assigned."""
    match statement:
        case ast.If(test=ast.BoolOp(op=ast.And(), values=[first, *others]), orelse=[]) if _assigns(others):
            inner = ast.If(others[0] if len(others) == 1 else ast.BoolOp(ast.And(), others), statement.body, [])
            outer = ast.If(first, [ast.copy_location(inner, statement)], [])
            ast.copy_location(inner.test, others[0])
            return ast.copy_location(outer, statement)
    return statement


def _assigns(nodes: Sequence[ast.expr]) -> bool:
    return any(isinstance(inner, ast.NamedExpr) for node in nodes for inner in ast.walk(node))


def _run_one_sided(frame: Frame, statement: ast.If, rest: Sequence[ast.stmt]) -> Outcome:
    """Translate an ``if`` of which one side surely leaves: the rest belongs to the other side."""
    condition = expressions.condition(frame, statement.test)
    first, second = list(statement.body), list(statement.orelse)
    (second if surely_leaves(first) else first).extend(rest)
    return branch(frame, condition, partial(run_block, frame, first), partial(run_block, frame, second))


def _if(frame: Frame, statement: ast.If) -> Outcome:
    condition = expressions.condition(frame, statement.test)
    return branch(frame, condition, partial(run_block, frame, statement.body), partial(run_block, frame, statement.orelse))


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
        name = _WORDS.get(type(statement).__name__, type(statement).__name__.lower())
        advice = _ADVICE.get(type(statement), "A kernel computes numbers with assignments, branches and loops.")
        raise UnsupportedSyntax(f"a kernel cannot use {name!r}", frame.location(statement), advice)
    return handler(frame, statement)


# -- assignment


def _assign(frame: Frame, statement: ast.Assign) -> Outcome:
    if len(statement.targets) == 1 and _assign_product(frame, statement.targets[0], statement.value):
        return FALLS
    term = _assigned_value(frame, statement.targets, statement.value)
    for position, target in enumerate(statement.targets, start=1):
        with aliasing.reading(frame, [term] if position < len(statement.targets) else []):
            assign_to(frame, target, term)
    return FALLS


def _assign_product(frame: Frame, target: ast.expr, value: ast.expr) -> bool:
    """Compute a product of matrices where it goes; tell whether that is what an assignment does."""
    if not isinstance(target, ast.Subscript) or matrix_products.product_name(frame, value) is None:
        return False
    view = arrays.written_view(frame, target) if aliasing.holder(frame, target) is None else None
    if view is None or not view.shape:
        return False
    # plain Python computes in an array of the usual order first: in another order BLAS may round differently
    made = matrix_products.evaluated_into(frame, value, view if view.axes is None or len(view.shape) == 1 else None)
    if made is not None and made is not view:
        array_assignment.assign(frame, view, made, frame.location(target))
    return True


def _assigned_value(frame: Frame, targets: Sequence[ast.expr], value: ast.expr) -> Term:
    """Evaluate the right-hand side; a new array must be one of the outputs."""
    positions = frame.returned_arrays or {}
    for target in targets:
        if isinstance(target, ast.Name) and target.id in positions:
            made = _created(frame, value, positions[target.id])
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
        case ast.Subscript() | ast.Attribute() if aliasing.holder(frame, target) is not None:
            aliasing.change(frame, target, term)
        case ast.Subscript():
            view = arrays.written_view(frame, target)
            if view.shape:
                array_assignment.assign(frame, view, term, location)
            else:
                arrays.store_element(frame, view, _number(frame, term, target), location)
        case _:
            raise UnsupportedSyntax("a kernel cannot assign to this", location, "Assign to a variable or to an array element.")


def _unpack(frame: Frame, target: ast.Tuple | ast.List, term: Term) -> None:
    location, elements = frame.location(target), target.elts
    stars = [position for position, element in enumerate(elements) if isinstance(element, ast.Starred)]
    items = list(expressions.items_of(frame, term, location, None if stars else len(elements)))
    if len(items) < len(elements) - len(stars) or (not stars and len(items) != len(elements)):
        raise TypeMismatch(f"{len(elements)} variables for {len(items)} values", location, "Give every value a variable.")
    for position in stars:
        end = len(items) - (len(elements) - position - 1)
        items[position:end] = [Tuple(tuple(items[position:end]))]
    for position, (element, item) in enumerate(zip(elements, items, strict=True), start=1):
        with aliasing.reading(frame, items[position:]):
            assign_to(frame, element.value if isinstance(element, ast.Starred) else element, item)


def _annotated(frame: Frame, statement: ast.AnnAssign) -> Outcome:
    """``y: float32 = …`` is checked and converts nothing, for as plain Python it converts nothing either."""
    if statement.value is None:
        inline_calls.declare_local(frame, statement)
        return FALLS
    location = frame.location(statement)
    declared = expressions.evaluate(frame, statement.annotation)
    kind = expressions.type_of(declared)
    if isinstance(kind, ValueType):
        value = expressions.display(frame, statement.value)
        assign_to(frame, statement.target, converted(frame, value, kind, location, "the variable"))
        return FALLS
    if not isinstance(kind, ScalarType):
        raise TypeMismatch("the annotation names no scalar type and no compound one", location, "Use cobra.float64, np.float32, int, …")
    number = _number(frame, expressions.evaluate(frame, statement.value), statement.value)
    if number.type != kind and not (number.weak and can_assign(number, kind)):
        hint = f"Convert it where you mean it: np.{kind.dtype.name}(...)."
        raise TypeMismatch(f"the variable is declared {kind}, but the value is {number}", location, hint)
    assign_to(frame, statement.target, number)
    return FALLS


def _augmented(frame: Frame, statement: ast.AugAssign) -> Outcome:
    """``x += y``; the target's index is evaluated once."""
    location, target = frame.location(statement), statement.target
    if aliasing.holder(frame, target) is not None:
        aliasing.augment(frame, statement)
        return FALLS
    if isinstance(statement.op, ast.MatMult) and isinstance(whole := expressions.evaluate(frame, _as_load(target)), Array):
        matrix_products.multiply_in_place(frame, whole, expressions.evaluate(frame, statement.value), location)
        return FALLS
    if isinstance(target, ast.Subscript):
        element = arrays.written_element(frame, target)
        current: Term = arrays.load_element(frame, element)
        value = expressions.binary(frame, statement, current, expressions.evaluate(frame, statement.value))
        arrays.store_element(frame, element, _number(frame, value, statement.value), location)
        return FALLS
    current = expressions.evaluate(frame, _as_load(target))
    assign_to(frame, target, expressions.binary(frame, statement, current, expressions.evaluate(frame, statement.value)))
    return FALLS


def _as_load(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _number(frame: Frame, term: Term, node: ast.expr) -> Number:
    return expressions.as_number(frame, term, node)


# -- leaving


def _return(frame: Frame, statement: ast.Return) -> Outcome:
    location = frame.location(statement)
    frame.bind(RESULT, _returned(frame, statement.value), location)
    frame.set_flag(RETURNED, true())
    return RETURNS


def _returned(frame: Frame, value: ast.expr | None) -> Term:
    """Evaluate what is returned; a new array is the output in its position."""
    if value is None:
        return Nothing()
    if frame.returned_arrays is None:
        return expressions.display(frame, value) if _declares_compound(frame) else expressions.evaluate(frame, value)
    if not isinstance(value, ast.Tuple):
        return _stored(frame, [_single_output(frame, value)], [value])[0]
    items = [_created(frame, item, k) or expressions.evaluate(frame, item) for k, item in enumerate(value.elts)]
    return Tuple(tuple(_stored(frame, items, value.elts)))


def _declares_compound(frame: Frame) -> bool:
    """Tell whether a function is annotated to return a value that may be written as a list."""
    outputs = frame.spec.outputs
    return outputs is not None and len(outputs) == 1 and isinstance(outputs[0], ValueType)


def _created(frame: Frame, value: ast.expr, position: int) -> Term | None:
    return creation.new_output(frame, value, position) if isinstance(value, ast.Call) else None


def _single_output(frame: Frame, value: ast.expr) -> Term:
    """Evaluate what a kernel with core dimensions returns by itself: a product is computed where it goes."""
    made = _created(frame, value, 0)
    if made is None and frame.session.outputs:
        made = matrix_products.evaluated_into(frame, value, frame.session.outputs[0])
    return made or expressions.evaluate(frame, value)


def _stored(frame: Frame, items: Sequence[Term], values: Sequence[ast.expr]) -> Sequence[Term]:
    """Copy returned arrays to the outputs in their positions, so that all paths return the same; not where an output is still read."""
    outputs = [output.parameter for output in frame.session.outputs]
    homes = [item.parameter if isinstance(item, Array) and item.shape else None for item in items]
    if len(items) != len(outputs) or any(home in outputs and home is not own for home, own in zip(homes, outputs, strict=True)):
        return items
    made = list(items)
    for k, (item, output, value) in enumerate(zip(items, frame.session.outputs, values, strict=True)):
        fits = isinstance(item, Array) and len(item.shape) == len(output.shape) > 0
        if isinstance(item, Array) and fits and item.parameter is not output.parameter:
            creation.copy_into(frame, output, item, frame.location(value))
            made[k] = output
    return made


def _break(frame: Frame, _: ast.Break) -> Outcome:
    frame.set_flag(BROKEN, true())
    return frozenset({Exit.BREAK})


def _continue(frame: Frame, _: ast.Continue) -> Outcome:
    frame.set_flag(CONTINUED, true())
    return frozenset({Exit.CONTINUE})


def _raise(frame: Frame, statement: ast.Raise) -> Outcome:
    exception, message = _exception(frame, statement)
    _fail(frame, true(), exception, message)
    return NEVER


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
    if isinstance(call, ast.Call) and call.keywords:
        raise UnsupportedSyntax("the message of an exception is its only argument", location, 'Write raise ValueError("…").')
    texts = [expressions.evaluate(frame, argument) for argument in arguments]
    if len(texts) > 1 or not all(isinstance(text, Text) for text in texts):
        hint = "Numbers cannot be formatted in native code: use one constant string."
        raise UnsupportedSyntax("the message of an exception must be a constant string", location, hint)
    return name.id, texts[0].text if texts and isinstance(texts[0], Text) else ""


def _is_exception(name: str) -> bool:
    """Tell whether a name is a built-in exception that one message makes."""
    found = getattr(builtins, name, None)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        return False
    try:
        return isinstance(found(""), Exception)
    except TypeError:
        return False


def _assert(frame: Frame, statement: ast.Assert) -> Outcome:
    message = expressions.evaluate(frame, statement.msg) if statement.msg is not None else Text("")
    if not isinstance(message, Text):
        hint = "Numbers cannot be formatted in native code: use one constant string."
        raise UnsupportedSyntax("the message of an assertion must be a constant string", frame.location(statement), hint)
    condition = expressions.condition(frame, statement.test)
    if not isinstance(condition, Constant):
        _fail(frame, frame.builder(logical_not, condition), "AssertionError", message.text)
    elif not condition.value:
        _fail(frame, true(), "AssertionError", message.text)
        return NEVER
    return FALLS


# -- expressions standing alone


def _expression(frame: Frame, statement: ast.Expr) -> Outcome:
    if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, (str, type(...))):
        return FALLS
    if inline_calls.is_inline(statement.value, frame.spec):
        inline_calls.inline_statement(frame, statement.value)
        return FALLS
    expressions.evaluate(frame, statement.value)
    return FALLS


def _pass(frame: Frame, _: ast.Pass) -> Outcome:
    return FALLS


def _while(frame: Frame, statement: ast.While) -> Outcome:
    return loops.run_while(frame, statement)


def _for(frame: Frame, statement: ast.For) -> Outcome:
    return loops.run_for(frame, statement)


_HANDLERS: dict[type[ast.stmt], Callable[..., Outcome]] = {
    ast.If: _if,
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

