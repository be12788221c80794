"""Translate expressions: names, constants, operators, comparisons, conditions. Calls stand in `calls`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial

from cobra.compiler.frontend import arrays, calls
from cobra.compiler.frontend.entities import (
    Entity, MissingEntity, NumberConstant, RecursiveEntity, TextConstant, TupleConstant, TypeEntity, UnknownEntity,
)  # fmt: skip
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import join
from cobra.compiler.frontend.promotion import apply, convert, python_number, truth
from cobra.compiler.frontend.terms import (
    Array, Binding, Iteration, Method, Nothing, Number, Reference, Term, Text, Tuple, Unusable,
)  # fmt: skip
from cobra.compiler.ir.builder import constant, false, true
from cobra.compiler.ir.operations import If, Operation, Statement
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.signs import conjugate
from cobra.compiler.primitives.complex_parts import imag, real
from cobra.compiler.primitives.logic import logical_and, logical_not, logical_or
from cobra.compiler.primitives.selection import select
from cobra.compiler.primitives.table import by_spelling
from cobra.errors import Location, RecursiveKernel, TypeMismatch, UndefinedName, UnsupportedSyntax
from cobra.types import ScalarType, Type

BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
COMPARISON = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">="}
UNARY = {ast.USub: "-x", ast.UAdd: "+x", ast.Invert: "~x"}

_ADVICE = {
    ast.List: "A kernel works on scalars. Return several values as a tuple; use an array operand for a table.",
    ast.Dict: "A kernel works on scalars.",
    ast.Set: "A kernel works on scalars.",
    ast.ListComp: "Write a loop.",
    ast.SetComp: "Write a loop.",
    ast.DictComp: "Write a loop.",
    ast.GeneratorExp: "Write a loop.",
    ast.JoinedStr: "Strings have no meaning in native code.",
    ast.Lambda: "Define the function outside the kernel.",
    ast.Await: "A kernel is not a coroutine.",
    ast.Yield: "A kernel is not a generator.",
    ast.Starred: "Write out the items.",
}


def evaluate(frame: Frame, node: ast.expr) -> Term:
    """Return what an expression stands for, appending the operations it needs."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        words = {"ListComp": "a list comprehension", "JoinedStr": "an f-string", "Dict": "a dictionary", "List": "a list"}
        name = type(node).__name__
        what = words.get(name, f"the expression {name}")
        raise UnsupportedSyntax(f"a kernel cannot use {what}", frame.location(node), _ADVICE.get(type(node)))
    return handler(frame, node)


def as_number(frame: Frame, term: Term, node: ast.AST) -> Number:
    """Return a term as a number, or raise."""
    if isinstance(term, Number):
        return term
    location = frame.location(node)
    if isinstance(term, Array):
        if not term.shape:
            return arrays.load_place(frame, arrays.Place(term, None, location))
        raise TypeMismatch(f"a number is needed here, not {term}", location, "A kernel works on scalars: index the array, a[i].")
    raise TypeMismatch(f"a number is needed here, not {term}", location)


def number(frame: Frame, node: ast.expr) -> Number:
    """Evaluate an expression that must be a number."""
    return as_number(frame, evaluate(frame, node), node)


def condition(frame: Frame, node: ast.expr) -> Value:
    """Evaluate an expression as true or false."""
    term = evaluate(frame, node)
    if isinstance(term, Nothing):
        return false()
    if isinstance(term, Tuple):
        return constant(bool(term.items), false().type)
    return truth(frame.builder, as_number(frame, term, node))


def items_of(frame: Frame, term: Term, location: Location) -> Sequence[Term]:
    """Return the items of a term that can be unpacked."""
    if isinstance(term, Tuple):
        return term.items
    if isinstance(term, Array) and term.shape and isinstance(term.shape[0], Constant):
        size = term.shape[0].value
        assert isinstance(size, int)
        return [arrays.item_at(frame, term, [constant(i, term.shape[0].type)], location) for i in range(size)]
    raise TypeMismatch(f"{term} cannot be unpacked", location)


def operate(frame: Frame, spelling: str, numbers: Sequence[Number], location: Location) -> Number:
    """Apply a Python operator to numbers."""
    primitive = by_spelling(spelling)
    assert primitive is not None, spelling
    (result,) = apply(frame.builder, primitive, numbers, location, spelling=spelling)
    return result


# -- names and attributes


def _name(frame: Frame, node: ast.Name) -> Term:
    binding = frame.variables.get(node.id)
    if binding is not None:
        return usable(frame, binding.term, node)
    if node.id in frame.locals:
        hint = f"Assign {node.id!r} on every path that leads here."
        raise UndefinedName(f"{node.id!r} may have no value here", frame.location(node), hint)
    return _outside(frame, node.id, node)


def usable(frame: Frame, term: Term, node: ast.AST) -> Term:
    """Return a variable's term, or raise what makes it unusable."""
    if isinstance(term, Unusable):
        kind = UndefinedName if term.undefined else TypeMismatch
        raise kind(term.reason, frame.location(node), term.hint)
    return term


def _outside(frame: Frame, dotted: str, node: ast.AST) -> Term:
    """Return what a name from outside the function stands for."""
    entity = frame.spec.environment.get(dotted)
    if entity is None:
        raise UndefinedName(f"name {dotted!r} is not defined", frame.location(node))
    return term_of(frame, entity, dotted, frame.location(node))


def term_of(frame: Frame, entity: Entity, name: str, location: Location) -> Term:
    """Return the term of a captured thing, or raise when a kernel cannot use it."""
    match entity:
        case NumberConstant(value=value, type=kind):
            return python_number(value, location) if kind is None else Number(constant(value, kind))
        case TextConstant(value=text):
            return Text(text)
        case TupleConstant(items=items, fields=fields):
            return Tuple(tuple(term_of(frame, item, name, location) for item in items), fields)
        case MissingEntity():
            raise _undefined(entity, location)
        case RecursiveEntity():
            raise RecursiveKernel(f"{name!r} calls itself", location, "Native kernels do not recurse: write a loop.")
        case UnknownEntity(description=description):
            hint = "A kernel may use numbers, tuples of numbers, functions and types from outside."
            raise UnsupportedSyntax(f"a kernel cannot use {name!r}, which is {description}", location, hint)
        case _:
            return Reference(entity, name)


def _undefined(entity: MissingEntity, location: Location) -> UndefinedName:
    hint = f"Did you mean {' or '.join(entity.matches)}?" if entity.matches else "Names are captured when the kernel is made: define them before it."
    if entity.owner is None:
        return UndefinedName(f"name {entity.name!r} is not defined", location, hint)
    return UndefinedName(f"{entity.owner} has no {entity.name!r}", location, hint)


def _attribute(frame: Frame, node: ast.Attribute) -> Term:
    dotted = _dotted(frame, node)
    if dotted is not None and dotted in frame.spec.environment:
        return _outside(frame, dotted, node)
    if dotted is not None and _root(node) not in frame.spec.environment and frame.spec.environment.get(dotted) is None:
        longest = _longest_known(frame, dotted)
        if longest is None:
            raise UndefinedName(f"name {_root(node)!r} is not defined", frame.location(node))
    owner = evaluate(frame, node.value)
    return attribute_of(frame, owner, node.attr, frame.location(node))


def _longest_known(frame: Frame, dotted: str) -> str | None:
    parts = dotted.split(".")
    known = (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    return next((name for name in known if name in frame.spec.environment), None)


def _dotted(frame: Frame, node: ast.expr) -> str | None:
    """Return ``a.b.c`` as text when `a` is a name from outside."""
    if isinstance(node, ast.Name):
        return None if node.id in frame.variables or node.id in frame.locals else node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(frame, node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def attribute_of(frame: Frame, owner: Term, name: str, location: Location) -> Term:
    """Return an attribute of a value: parts of numbers, shapes of arrays."""
    if isinstance(owner, (Number, Array)) and name == "dtype":
        kind = owner.type if isinstance(owner, Number) else owner.element
        return Reference(TypeEntity(kind), "dtype")
    if isinstance(owner, Reference) and isinstance(owner.entity, TypeEntity) and name == "type":
        return owner
    if isinstance(owner, Tuple) and name in owner.fields:
        return owner.items[owner.fields.index(name)]
    if isinstance(owner, Array):
        return arrays.attribute(frame, owner, name, location)
    if isinstance(owner, Number):
        if name in ("real", "imag"):
            return part_of(frame, owner, name, location)
        if name in ("conjugate", "conj", "item", "astype"):
            return Method(owner, name)
    raise UnsupportedSyntax(f"{owner} has no attribute {name!r} in a kernel", location)


def part_of(frame: Frame, owner: Number, name: str, location: Location) -> Number:
    """Return the real or imaginary part of a number."""
    if not owner.type.is_complex:
        zero = Number(constant(0, owner.type), owner.weak)
        return owner if name == "real" else zero
    (part,) = apply(frame.builder, real if name == "real" else imag, [Number(owner.value)], location)
    return Number(part.value, owner.weak)


def call_method(frame: Frame, method: Method, arguments: Sequence[Term], location: Location) -> Term:
    """Call a method of a number."""
    owner = method.owner
    assert isinstance(owner, Number)
    if method.name == "astype" and len(arguments) == 1:
        kind = type_of(arguments[0])
        if isinstance(kind, ScalarType):
            return Number(convert(frame.builder, owner, kind, location))
    if method.name == "item" and not arguments:
        return Number(owner.value, weak=owner.type.bits == 64 or owner.weak)
    if method.name in ("conjugate", "conj") and not arguments:
        if not owner.type.is_complex:
            return owner
        (result,) = apply(frame.builder, conjugate, [Number(owner.value)], location)
        return Number(result.value, owner.weak)
    raise UnsupportedSyntax(f"a kernel cannot call {method.name!r} like this", location)


def type_of(term: Term) -> Type | None:
    """Return the type that a term names, or None."""
    return term.entity.type if isinstance(term, Reference) and isinstance(term.entity, TypeEntity) else None


def subscript_reference(frame: Frame, target: Term, node: ast.Subscript) -> Term:
    """``float64[…]`` inside a kernel and other subscripts that are not indexing."""
    raise UnsupportedSyntax(f"a kernel cannot index {target}", frame.location(node), "Index array parameters and tuples.")


# -- literals and operators


def _constant(frame: Frame, node: ast.Constant) -> Term:
    value = node.value
    if isinstance(value, (bool, int, float, complex)):
        return python_number(value, frame.location(node))
    if isinstance(value, str):
        return Text(value)
    if value is None:
        return Nothing()
    raise UnsupportedSyntax(f"a kernel cannot use {value!r}", frame.location(node))


def _tuple(frame: Frame, node: ast.Tuple) -> Term:
    if any(isinstance(item, ast.Starred) for item in node.elts):
        raise UnsupportedSyntax("a kernel cannot unpack with a star", frame.location(node), "Write out the items.")
    return Tuple(tuple(evaluate(frame, item) for item in node.elts))


def _binary(frame: Frame, node: ast.BinOp) -> Term:
    left = evaluate(frame, node.left)
    return binary(frame, node, node.op, left, evaluate(frame, node.right))


def binary(frame: Frame, node: ast.BinOp | ast.AugAssign, op: ast.operator, left: Term, right: Term) -> Term:
    """Apply a binary operator to two terms."""
    location = frame.location(node)
    if isinstance(op, ast.MatMult):
        raise UnsupportedSyntax("a kernel has no '@'", location, "Write the loops, or call np.matmul outside the kernel.")
    if isinstance(left, Tuple) and isinstance(right, Tuple) and isinstance(op, ast.Add):
        return Tuple(left.items + right.items)
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
    numbers = [as_number(frame, term, side) for term, side in zip((left, right), sides, strict=True)]
    return operate(frame, BINARY[type(op)], numbers, location)


def _unary(frame: Frame, node: ast.UnaryOp) -> Term:
    if isinstance(node.op, ast.Not):
        value = condition(frame, node.operand)
        if isinstance(value, Constant):
            return python_number(not value.value)
        return Number(frame.builder(logical_not, value), weak=True)
    operand = number(frame, node.operand)
    return operate(frame, UNARY[type(node.op)], [operand], frame.location(node))


def _compare(frame: Frame, node: ast.Compare) -> Term:
    """Chained comparisons evaluate every operand once, and stop at the first that fails."""
    return _compare_chain(frame, node, evaluate(frame, node.left), node.left, 0)


def _compare_chain(frame: Frame, node: ast.Compare, left: Term, left_node: ast.expr, position: int) -> Number:
    right_node = node.comparators[position]
    right = evaluate(frame, right_node)
    first = _compare_pair(frame, node, node.ops[position], (left, left_node), (right, right_node))
    if position + 1 == len(node.ops):
        return first
    return short_circuit(frame, first, lambda: _compare_chain(frame, node, right, right_node, position + 1), stop_on=False)


def _compare_pair(frame: Frame, node: ast.Compare, op: ast.cmpop, left: tuple[Term, ast.expr], right: tuple[Term, ast.expr]) -> Number:
    location = frame.location(node)
    if isinstance(op, (ast.Is, ast.IsNot)):
        if isinstance(left[0], Nothing) or isinstance(right[0], Nothing):
            same = isinstance(left[0], Nothing) and isinstance(right[0], Nothing)
            return python_number(same == isinstance(op, ast.Is))
        raise UnsupportedSyntax("a kernel cannot compare identity", location, "Use == or !=.")
    if isinstance(op, (ast.In, ast.NotIn)):
        return _contained(frame, op, left, right, location)
    numbers = [as_number(frame, *left), as_number(frame, *right)]
    return operate(frame, COMPARISON[type(op)], numbers, location)


def _contained(frame: Frame, op: ast.cmpop, left: tuple[Term, ast.expr], right: tuple[Term, ast.expr], location: Location) -> Number:
    """``x in (1, 2, 3)``."""
    if not isinstance(right[0], Tuple):
        raise UnsupportedSyntax(f"a kernel cannot search {right[0]}", location, "Search a tuple of numbers.")
    wanted, found = as_number(frame, *left), python_number(False)
    for item in right[0].items:
        hit = operate(frame, "==", [wanted, as_number(frame, item, right[1])], location)
        found = hit if found.constant is False else operate(frame, "|", [found, hit], location)
    if isinstance(op, ast.In):
        return found
    return Number(frame.builder(logical_not, truth(frame.builder, found)), found.weak)


# -- choices


def _boolean(frame: Frame, node: ast.BoolOp) -> Term:
    """``and`` and ``or`` give an operand, as in Python, and evaluate no more than they need."""
    stop_on = isinstance(node.op, ast.Or)
    return _boolean_chain(frame, node.values, stop_on)


def _boolean_chain(frame: Frame, nodes: Sequence[ast.expr], stop_on: bool) -> Number:
    first = number(frame, nodes[0])
    if len(nodes) == 1:
        return first
    return short_circuit(frame, first, partial(_boolean_chain, frame, nodes[1:], stop_on), stop_on=stop_on)


def short_circuit(frame: Frame, first: Number, rest: Callable[[], Number], *, stop_on: bool) -> Number:
    """Return `first` when its truth is `stop_on`, else what `rest` gives, evaluated only then."""
    decided = truth(frame.builder, first)
    if isinstance(decided, Constant):
        return first if bool(decided.value) is stop_on else rest()
    statements, second = _aside(frame, rest)
    assert isinstance(second, Number)
    if first.type.kind == second.type.kind == "bool" and _is_harmless(statements):
        _inline(frame, statements)
        combine = logical_or if stop_on else logical_and
        return Number(frame.builder(combine, first.value, second.value), first.weak and second.weak)
    sides = (([], first), (statements, second)) if stop_on else ((statements, second), ([], first))
    return _choose(frame, decided, sides, "the operands of 'or'" if stop_on else "the operands of 'and'")


def _aside(frame: Frame, rest: Callable[[], Term]) -> tuple[list[Statement], Term]:
    """Evaluate what may not be reached, apart from the rest; return its statements and its term."""
    made: list[Term] = []
    before = dict(frame.variables)
    statements = frame.builder.collect(lambda: made.append(rest()))
    if frame.variables != before:
        hint = "Assign in a statement of its own."
        raise UnsupportedSyntax("a kernel cannot assign where the expression may not be reached", frame.builder.location, hint)
    return statements, made[0]


def _conditional(frame: Frame, node: ast.IfExp) -> Term:
    decided = condition(frame, node.test)
    if isinstance(decided, Constant):
        return evaluate(frame, node.body if decided.value else node.orelse)
    sides = [_aside(frame, partial(evaluate, frame, side)) for side in (node.body, node.orelse)]
    frame.builder.location = frame.location(node)
    return _choose_terms(frame, decided, sides[0], sides[1], frame.location(node))


def _choose(frame: Frame, decided: Value, sides: tuple[tuple[list[Statement], Number], tuple[list[Statement], Number]], what: str) -> Number:
    chosen = _choose_terms(frame, decided, sides[0], sides[1], frame.builder.location, what)
    assert isinstance(chosen, Number)
    return chosen


def _choose_terms(
    frame: Frame,
    decided: Value,
    first: tuple[list[Statement], Term],
    second: tuple[list[Statement], Term],
    location: Location | None,
    what: str = "the two sides of the conditional expression",
) -> Term:
    """Append the choice between two evaluated alternatives and return the joined term."""
    joint = join(what, Binding(first[1], None), Binding(second[1], None), (False, False))
    builder = frame.builder
    regions = [
        builder.close(statements, lambda n=n: [leaf.value(builder, n, location) for leaf in joint.leaves])  # type: ignore[misc]
        for n, (statements, _) in enumerate((first, second))
    ]
    if all(_is_harmless(region.statements) for region in regions):
        for region in regions:
            _inline(frame, region.statements)
        pairs = zip(regions[0].results, regions[1].results, strict=True)
        results: list[Value] = [builder(select, decided, yes, no) for yes, no in pairs]
    else:
        results = [Variable(value.type) for value in regions[0].results]
        made = tuple(value for value in results if isinstance(value, Variable))
        builder.append(If(decided, regions[0], regions[1], made, location))
    term = joint.rebuild(iter(results))
    if isinstance(term, Unusable):
        raise TypeMismatch(term.reason.replace(repr(what), what).replace("is ", "are ", 1), location, "Convert one of them.")
    return term


_MOST_HARMLESS = 4


def _is_harmless(statements: Sequence[Statement]) -> bool:
    """Tell whether statements may run although the kernel does not ask for them: few, cheap, raising nothing."""
    return len(statements) <= _MOST_HARMLESS and all(
        isinstance(s, Operation) and s.primitive.cheap and all(isinstance(o.type, ScalarType) for o in s.operands) for s in statements
    )


def _inline(frame: Frame, statements: Sequence[Statement]) -> None:
    for statement in statements:
        frame.builder.append(statement)


def _walrus(frame: Frame, node: ast.NamedExpr) -> Term:
    term = evaluate(frame, node.value)
    frame.bind(node.target.id, term, frame.location(node))
    return term


def _call(frame: Frame, node: ast.Call) -> Term:
    return calls.call(frame, node)


def _subscript(frame: Frame, node: ast.Subscript) -> Term:
    return arrays.evaluate_subscript(frame, node)


_HANDLERS: dict[type[ast.expr], Callable[..., Term]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.Tuple: _tuple,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.NamedExpr: _walrus,
    ast.Call: _call,
    ast.Subscript: _subscript,
}

