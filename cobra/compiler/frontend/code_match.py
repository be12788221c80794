"""Prove that a piece of source is the source of a function: compile it and compare the code objects.

In go a syntax node and the code object of a live function; out comes whether the node compiles to it. Everything that
claims to be a function's source passes here, so that an edited file or a namesake never gives its code to another function.
"""

from __future__ import annotations
import __future__

import ast
import copy
from collections.abc import Callable
from itertools import pairwise
from types import CodeType
from typing import TypeAlias

from cobra.compiler.frontend.import_traces import imported_names

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Rewriting: TypeAlias = Callable[[ast.Module], object]
"""What an import hook does to a module's tree before it is compiled."""

_FUTURE_FLAGS = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_NESTED_FLAG = 0x10
LAMBDA = "<lambda>"


def compiles_to(node: FunctionNode, code: CodeType, *, positions: bool = True, rewriting: Rewriting | None = None) -> bool:
    """Tell whether a definition compiles to a code object, with or without regard to the columns and lines inside it."""
    module, layers = _in_context(copy.deepcopy(node) if rewriting else node, code)
    if rewriting:
        rewriting(module)
    try:
        compiled = compile(module, code.co_filename, "exec", code.co_flags & _FUTURE_FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    own = _definition_in(compiled, layers, code.co_name)
    return own is not None and same_code(own, code, positions=positions)


def same_code(one: CodeType, other: CodeType, *, positions: bool = True) -> bool:
    """Tell whether two code objects do the same, wherever their first lines stand."""
    return (
        one.co_code == other.co_code
        and one.co_name == other.co_name
        and _shape(one) == _shape(other)
        and (not positions or one.co_linetable == other.co_linetable)
        and len(one.co_consts) == len(other.co_consts)
        and all(_same_constant(a, b, positions) for a, b in zip(one.co_consts, other.co_consts, strict=True))
    )


def first_line_of(node: FunctionNode) -> int:
    """Return the line where Python says that a function begins: that of its first decorator."""
    if isinstance(node, ast.Lambda) or not node.decorator_list:
        return node.lineno
    return node.decorator_list[0].lineno


def _shape(code: CodeType) -> tuple[object, ...]:
    return (
        code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_argcount, code.co_posonlyargcount,
        code.co_kwonlyargcount, code.co_flags & ~_NESTED_FLAG, code.co_exceptiontable,
    )  # fmt: skip


def _same_constant(one: object, other: object, positions: bool) -> bool:
    if isinstance(one, CodeType):
        return isinstance(other, CodeType) and same_code(one, other, positions=positions)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return type(one) is type(other) and repr(one) == repr(other)


def _in_context(node: FunctionNode, code: CodeType) -> tuple[ast.Module, int]:
    """Put a definition where its free variables are variables and its private names are mangled as they were.

    The second result says how many code objects lie around that of the definition's scope.
    """
    text, layers = _surroundings(code)
    module = ast.parse(text)
    innermost = module.body
    for _ in range(layers):
        outer = innermost[-1]
        assert isinstance(outer, (ast.FunctionDef, ast.ClassDef))
        innermost = outer.body
    innermost[-1:] = [ast.copy_location(ast.Expr(node), node) if isinstance(node, ast.Lambda) else node]
    return module, layers


def _surroundings(code: CodeType) -> tuple[str, int]:
    """Return a module with a `pass` where a definition belongs, and the number of scopes around that."""
    imports = sorted(name for name in imported_names(code) if name.isidentifier())
    free = [name for name in code.co_freevars if name.isidentifier()]
    owner = _enclosing_class(code.co_qualname)
    lines = [f"import {', '.join(imports)}"] if imports else []
    scopes = 0
    if free:
        lines += [f"def around({', '.join(free)}):"]
        lines += [f" global {owner}"] if owner and owner not in free else []
        scopes = 1
    if owner:
        lines += [" " * scopes + f"class {owner}:"]
        scopes += 1
    return "\n".join([*lines, " " * scopes + "pass"]), scopes


def _enclosing_class(qualname: str) -> str | None:
    parts = qualname.split(".")
    classes = [name for name, after in pairwise(parts) if "<locals>" not in (name, after)]
    return classes[-1] if classes and classes[-1].isidentifier() else None


def _definition_in(scope: CodeType, layers: int, name: str) -> CodeType | None:
    """Return the code of the definition: the last of its name, since those of its defaults and decorators come before."""
    inner = [constant for constant in scope.co_consts if isinstance(constant, CodeType)]
    if layers:
        return _definition_in(inner[0], layers - 1, name) if inner else None
    own = [constant for constant in inner if constant.co_name == name]
    if own:
        return own[-1]
    generic = [constant for constant in inner if constant.co_name.startswith("<generic parameters")]
    return _definition_in(generic[-1], 0, name) if generic else None
