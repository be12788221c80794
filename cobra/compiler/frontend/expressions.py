"""Translate expressions: names, constants, operators, comparisons, conditions. Calls stand in `calls`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from cobra.compiler.frontend import arrays, calls, choices, comparisons, compound_parts, matrix_products, methods
from cobra.compiler.frontend.elementwise import is_array, lift
from cobra.compiler.frontend.entities import (
    Entity,
    MissingEntity,
    NothingConstant,
    NumberConstant,
    RecursiveEntity,
    TextConstant,
    TupleConstant,
    TypeEntity,
    UnknownEntity,
)  # fmt: skip
from cobra.compiler.frontend.exits import Exit
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.joining import not_assigned
from cobra.compiler.frontend.promotion import apply, python_number, truth
from cobra.compiler.frontend.terms import Array, Compound, Nothing, Number, Reference, Term, Text, Tuple, Unusable
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.logic import logical_not
from cobra.compiler.primitives.table import by_spelling
from cobra.errors import Location, RecursiveKernel, TypeMismatch, UndefinedName, UnsupportedSyntax
from cobra.types import KernelType, bool_, int64

BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
_MOST_REPETITIONS = 4096
UNARY = {ast.USub: "-x", ast.UAdd: "+x", ast.Invert: "~x"}

_CAPTURED = "Names are captured when the kernel is made: define them before it."
_WORDS = {
    "ListComp": "a list comprehension", "SetComp": "a set comprehension", "DictComp": "a dictionary comprehension",
    "GeneratorExp": "a generator expression", "JoinedStr": "an f-string", "Dict": "a dictionary", "List": "a list",
    "Set": "a set",
    "Lambda": "a lambda of its own", "Await": "await", "Yield": "yield", "YieldFrom": "yield from", "Starred": "a star here",
    "Slice": "a slice here",
}  # fmt: skip
_ADVICE = {
    ast.List: "A kernel works on scalars. Return several values as a tuple; use an array operand for a table.",
    ast.Dict: "A kernel works on scalars.",
    ast.Set: "A kernel works on scalars: search a tuple, x in (1, 2).",
    ast.ListComp: "Write a loop.",
    ast.SetComp: "Write a loop.",
    ast.DictComp: "Write a loop.",
    ast.GeneratorExp: "Write a loop.",
    ast.JoinedStr: "Strings have no meaning in native code.",
    ast.Lambda: "Define the function outside the kernel.",
    ast.Await: "A kernel is not a coroutine.",
    ast.Yield: "A kernel is not a generator: return the value.",
    ast.YieldFrom: "A kernel is not a generator: return the value.",
    ast.Starred: "Write out the items.",
}


def evaluate(frame: Frame, node: ast.expr) -> Term:
    """Return what an expression stands for, appending the operations it needs."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        name = type(node).__name__
        what = _WORDS.get(name, f"the expression {name}")
        advice = _ADVICE.get(type(node), "A kernel works on numbers.")
        raise UnsupportedSyntax(f"a kernel cannot use {what}", frame.location(node), advice)
    return handler(frame, node)


def as_number(frame: Frame, term: Term, node: ast.AST) -> Number:
    """Return a term as a number, or raise."""
    if isinstance(term, Number):
        return term
    location = frame.location(node)
    if isinstance(term, Array):
        if not term.shape:
            return arrays.load_element(frame, term)
        hint = "A kernel works on scalars: index the array, a[i]."
        raise TypeMismatch(f"a number is needed here, not {term}", location, hint)
    raise TypeMismatch(f"a number is needed here, not {term}", location, _number_hint(term))


def _number_hint(term: Term) -> str:
    if is_array(term):
        return "Index it, v[i], reduce it, v.sum(), or test it with v.any() or v.all()."
    if isinstance(term, Compound):
        return "Take a field of it."
    return "Operators and conditions work on numbers."


def number(frame: Frame, node: ast.expr) -> Number:
    """Evaluate an expression that must be a number."""
    return as_number(frame, evaluate(frame, node), node)


def condition(frame: Frame, node: ast.expr) -> Value:
    """Evaluate an expression as true or false."""
    if isinstance(node, ast.BoolOp):
        return choices.boolean_condition(frame, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        value = condition(frame, node.operand)
        return constant(not value.value, bool_) if isinstance(value, Constant) else frame.builder(logical_not, value)
    term = evaluate(frame, node)
    if isinstance(term, (Nothing, Tuple)):
        return constant(isinstance(term, Tuple) and bool(term.items), bool_)
    return truth_of(frame, term, node)


def truth_of(frame: Frame, term: Term, node: ast.AST) -> Value:
    """Return whether a term is true; of several numbers nobody can tell."""
    expect_decidable(term, frame.location(node))
    return truth(frame.builder, as_number(frame, term, node))


def expect_decidable(term: Term, location: Location) -> None:
    """Raise for a compound, which is neither true nor false."""
    if isinstance(term, Compound):
        hint = "Use v.any() or v.all(); combine conditions with & and |." if is_array(term) else "Compare its fields."
        raise TypeMismatch(f"{term} is neither true nor false", location, hint)


def items_of(frame: Frame, term: Term, location: Location, wanted: int | None = None) -> Sequence[Term]:
    """Return the items of a term that can be unpacked; an array of unknown size must have as many as are wanted."""
    if isinstance(term, Tuple):
        return term.items
    if isinstance(term, Compound):
        return compound_parts.parts_of(term)
    if isinstance(term, Array) and term.shape and term.bounded:
        size = term.shape[0].value if isinstance(term.shape[0], Constant) else wanted
        if isinstance(size, int):
            arrays.expect_size(frame, term, size)
            return [arrays.item_at(frame, term, [constant(i, int64)], location) for i in range(size)]
    raise TypeMismatch(f"{term} cannot be unpacked", location, "Unpack tuples, and arrays into a known number of variables.")


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
        missing = Exit.FALL in binding.missing
        return usable(frame, not_assigned(node.id, binding.location) if missing else binding.term, node)
    if node.id in frame.locals:
        return usable(frame, not_assigned(node.id, None), node)
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
        raise UndefinedName(f"name {dotted!r} is not defined", frame.location(node), _CAPTURED)
    return term_of(frame, entity, dotted, frame.location(node))


def term_of(frame: Frame, entity: Entity, name: str, location: Location) -> Term:
    """Return the term of a captured thing, or raise when a kernel cannot use it."""
    match entity:
        case NumberConstant(value=value, type=kind):
            return python_number(value) if kind is None else Number(constant(value, kind))
        case TextConstant(value=text):
            return Text(text)
        case TupleConstant(items=items, fields=fields):
            return Tuple(tuple(term_of(frame, item, name, location) for item in items), fields)
        case NothingConstant():
            return Nothing()
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
    hint = f"Did you mean {' or '.join(entity.matches)}?" if entity.matches else _CAPTURED
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
            raise UndefinedName(f"name {_root(node)!r} is not defined", frame.location(node), _CAPTURED)
    owner = evaluate(frame, node.value)
    return methods.attribute_of(frame, owner, node.attr, frame.location(node))


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


def type_of(term: Term) -> KernelType | None:
    """Return the type that a term names, or None."""
    return term.entity.type if isinstance(term, Reference) and isinstance(term.entity, TypeEntity) else None


# -- literals and operators


def _constant(frame: Frame, node: ast.Constant) -> Term:
    value = node.value
    if isinstance(value, (bool, int, float, complex)):
        return python_number(value)
    if isinstance(value, str):
        return Text(value)
    if value is None:
        return Nothing()
    raise UnsupportedSyntax(f"a kernel cannot use {value!r}", frame.location(node), "A kernel works on numbers.")


def _tuple(frame: Frame, node: ast.Tuple) -> Term:
    return Tuple(tuple(evaluate_all(frame, node.elts)))


def display(frame: Frame, node: ast.expr) -> Term:
    """Evaluate an expression where a list is as good as a tuple: what is made from it copies its items."""
    return Tuple(tuple(evaluate_all(frame, node.elts))) if isinstance(node, ast.List) else evaluate(frame, node)


def evaluate_all(frame: Frame, nodes: Sequence[ast.expr], *, lists: bool = False) -> list[Term]:
    """Return what expressions stand for, those with a star item by item; `lists` may stand for tuples."""
    terms: list[Term] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            terms += items_of(frame, evaluate(frame, node.value), frame.location(node))
        else:
            terms.append(display(frame, node) if lists else evaluate(frame, node))
    return terms


def _binary(frame: Frame, node: ast.BinOp) -> Term:
    left = evaluate(frame, node.left)
    return binary(frame, node, left, evaluate(frame, node.right))


def binary(frame: Frame, node: ast.BinOp | ast.AugAssign, left: Term, right: Term) -> Term:
    """Apply the binary operator of an expression or an assignment to two terms."""
    location, op = frame.location(node), node.op
    if isinstance(op, ast.MatMult):
        return matrix_products.multiply(frame, "numpy.matmul", [left, right], location)
    if isinstance(left, Tuple) and isinstance(right, Tuple) and isinstance(op, ast.Add):
        return Tuple(left.items + right.items)
    if isinstance(left, Tuple) and isinstance(right, Number) and isinstance(right.constant, int) and isinstance(op, ast.Mult):
        return Tuple(left.items * min(right.constant, _MOST_REPETITIONS))
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)

    def scalar(terms: list[Term]) -> Term:
        numbers = [as_number(frame, term, side) for term, side in zip(terms, sides, strict=True)]
        return operate(frame, BINARY[type(op)], numbers, location)

    return lift(frame, [left, right], scalar, location)


def _unary(frame: Frame, node: ast.UnaryOp) -> Term:
    if isinstance(node.op, ast.Not):
        return Number(condition(frame, node), weak=True)
    location, operand = frame.location(node), evaluate(frame, node.operand)

    def scalar(terms: list[Term]) -> Term:
        return operate(frame, UNARY[type(node.op)], [as_number(frame, terms[0], node.operand)], location)

    return lift(frame, [operand], scalar, location)


# -- the rest


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
    ast.Compare: lambda frame, node: comparisons.compare(frame, node),
    ast.BoolOp: lambda frame, node: choices.boolean(frame, node),
    ast.IfExp: lambda frame, node: choices.conditional(frame, node),
    ast.NamedExpr: _walrus,
    ast.Call: _call,
    ast.Subscript: _subscript,
}

