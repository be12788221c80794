"""List the names a definition takes from outside, with the attributes that follow them: ``np.exp``, ``SCALE``.

In goes a syntax node; out come dotted texts as written, each once. A name is from outside when no scope
between its use and the definition binds it, by Python's rules: parameters, assignments, loops, ``:=``, imports,
patterns and comprehension variables bind; ``global`` and ``nonlocal`` unbind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from cobra.compiler.frontend.code_match import FunctionNode

_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BINDING = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar,
    ast.MatchMapping, ast.Import, ast.ImportFrom,
)  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def outside_names(definition: FunctionNode) -> tuple[str, ...]:
    """Return the dotted names of a definition's body that it does not bind itself."""
    search = _Search()
    search.function(definition)
    return tuple(search.found)


class _Search:
    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self.scopes: list[frozenset[str]] = []

    def function(self, definition: FunctionNode) -> None:
        body = [definition.body] if isinstance(definition, ast.Lambda) else definition.body
        self.within(frozenset(_parameters(definition.args)) | _bound_in(body), body)

    def within(self, bound: frozenset[str], nodes: Iterable[ast.AST]) -> None:
        self.scopes.append(bound)
        self.visit_all(nodes)
        self.scopes.pop()

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            self.chain(node)
        elif isinstance(node, _FUNCTIONS):
            self.visit_all(_evaluated_outside(node))
            self.function(node)
        elif isinstance(node, _COMPREHENSIONS):
            self.comprehension(node)
        else:
            self.visit_all(_children(node))

    def chain(self, node: ast.Name | ast.Attribute) -> None:
        attributes: list[str] = []
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            attributes.append(root.attr)
            root = root.value
        if not isinstance(root, ast.Name):
            self.visit(root)
        elif isinstance(root.ctx, ast.Load) and not any(root.id in scope for scope in self.scopes):
            self.found[".".join([root.id, *reversed(attributes)])] = None

    def comprehension(self, node: _Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        bound = frozenset(name for generator in node.generators for name in _targets(generator.target))
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        later = [part for generator in others for part in (generator.iter, *generator.ifs)]
        self.within(bound, [first.target, *first.ifs, *later, *elements])


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node, those left out that have no parts themselves, such as operators."""
    for name in () if type(node) is ast.Constant else node._fields:
        value = getattr(node, name)
        if isinstance(value, ast.AST):
            if value._fields:
                yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST) and item._fields)


def _evaluated_outside(node: FunctionNode) -> Iterator[ast.AST]:
    """Yield what an inner definition evaluates in the scope around it."""
    yield from (default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None)
    if not isinstance(node, ast.Lambda):
        yield from node.decorator_list
        parameters = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        yield from (parameter.annotation for parameter in parameters if parameter.annotation is not None)


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    return (parameter.arg for parameter in every if parameter is not None)


def _targets(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _bound_in(body: Iterable[ast.AST]) -> frozenset[str]:
    """Return what the statements of one function bind, those of inner functions left out."""
    bound: set[str] = set()
    unbound: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if type(node) is ast.Name:  # most nodes are, and have no children
            if type(node.ctx) is not ast.Load:
                bound.add(node.id)
            continue
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            unbound.update(node.names)
        elif isinstance(node, _BINDING):
            bound.update(_bound_by(node))
        waiting.extend(_same_scope(node))
    return frozenset(bound - unbound)


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from ((alias.asname or alias.name.partition(".")[0]) for alias in aliases)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children whose bindings belong to the same function: in a comprehension only ``:=`` binds outside of it."""
    if isinstance(node, _FUNCTIONS):
        yield from _evaluated_outside(node)
    elif isinstance(node, _COMPREHENSIONS):
        yield from (inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
    else:
        yield from _children(node)
