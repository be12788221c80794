"""Inline texts in kernels that run as plain Python: each becomes a call of a small kernel that does nothing but the text.

In go the syntax tree of a function and its specification; in the tree ``cobra.inline(text)`` turns into an assignment of what the
small kernel returns, for the values that Python's variables have when it is reached.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, TypeGuard

import numpy as np

from cobra.compiler.frontend.entities import FunctionEntity, NumberConstant, TextConstant
from cobra.compiler.frontend.inline_calls import has_inline, implicit_return, is_inline, names_in_text
from cobra.compiler.frontend.inlining import local_names
from cobra.compiler.frontend.llvm_text.translate import RESULT
from cobra.compiler.frontend.source import SourceText
from cobra.compiler.spec import DeclaredLoop, FunctionSpec, KernelSpec, Parameter
from cobra.errors import TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, as_type, bool_, from_dtype


def _is_pythons_own(value: object) -> TypeGuard[bool | int | float | complex]:
    """Tell whether a number takes the type that a text gives it; `numpy.float64`, which derives from `float`, does not."""
    return type(value) in (bool, int, float, complex)


def has_texts(spec: FunctionSpec) -> bool:
    """Tell whether a function or one that it calls puts texts into itself."""
    called = (entity.spec for entity in spec.environment.values() if isinstance(entity, FunctionEntity))
    return has_inline(spec) or any(map(has_texts, called))


def replace_texts(
    definition: ast.FunctionDef, spec: FunctionSpec, make_kernel: Callable[[KernelSpec], np.ufunc]
) -> dict[str, object]:
    """Change the definition in place; return what the new names in it stand for."""
    if not has_inline(spec):
        return {}
    definition.body = implicit_return(spec, definition.body)
    known = local_names(definition) | {RESULT}
    names: dict[str, object] = {".locals": locals}
    for body in list(_bodies(definition)):
        for position, statement in enumerate(body):
            if isinstance(statement, ast.Expr) and is_inline(statement.value, spec):
                text = _Text(spec, statement.value, known, make_kernel)
                name = f".text {len(names)}"
                names[name] = text
                body[position] = ast.fix_missing_locations(ast.copy_location(_assignment(name, text.results), statement))
    return names


def _bodies(definition: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(definition):
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                yield statements


def _assignment(name: str, results: Sequence[str]) -> ast.stmt:
    variables = ast.Call(ast.Name(".locals", ast.Load()), [], [])
    value = ast.Call(ast.Name(name, ast.Load()), [variables], [])
    targets: list[ast.expr] = [ast.Tuple([ast.Name(result, ast.Store()) for result in results], ast.Store())]
    return ast.Assign(targets, value) if results else ast.Expr(value)


class _Text:
    """One text of a function, as a function of all variables that have values."""

    def __init__(
        self, spec: FunctionSpec, call: ast.Call, known: frozenset[str], make_kernel: Callable[[KernelSpec], np.ufunc]
    ) -> None:
        self.spec, self.call, self.make_kernel = spec, call, make_kernel
        self.location = spec.location(call)
        self.written = ast.unparse(call)
        self.read, assigned = names_in_text(_constant_text(spec, call))
        self.results = tuple(sorted(assigned & known))
        self.declared = [
            ast.unparse(node) for node in ast.walk(spec.tree())
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in self.results
        ]  # fmt: skip

    def __call__(self, variables: Mapping[str, object]) -> tuple[object, ...]:
        """Return the values of `results` after the text, for values of variables before it."""
        given = {name: variables[name] for name in sorted(self.read) if name in variables}
        types = {name: self._type(name, value) for name, value in given.items()}
        python = {name: NumberConstant(value) for name, value in given.items() if _is_pythons_own(value)}
        try:
            found = self._made(types, given, {})
        except TypeMismatch:  # a number of Python's own may have to take the type that the text gives it
            if not python:
                raise
            found = self._made(types, given, python)
        return found if len(self.results) != 1 else (found,)

    def _made(self, types: Mapping[str, ScalarType], given: Mapping[str, object], bound: Mapping[str, NumberConstant]) -> Any:
        operands = {name: value for name, value in given.items() if name not in bound}
        if not operands:  # which a ufunc cannot be without
            name = next(name for name in map("operand{}".format, count()) if name not in self.read | types.keys())
            types, operands = {**types, name: bool_}, {name: False}
        return self._kernel(types, bound)(*operands.values())

    def _type(self, name: str, value: object) -> ScalarType:
        kind = as_type(type(value)) if _is_pythons_own(value) else from_dtype(np.asarray(value).dtype)
        if not isinstance(kind, ScalarType) or np.ndim(value):  # type: ignore[arg-type]
            hint = "Run the kernel compiled, without COBRA_DISABLE_JIT."
            what = f"in plain Python a text takes numbers only, and {name!r} is of type {type(value).__name__}"
            raise UnsupportedSyntax(what, self.location, hint)
        return kind

    def _kernel(self, types: Mapping[str, ScalarType], bound: Mapping[str, NumberConstant]) -> np.ufunc:
        head = f"def inline_text({', '.join(types)}):"
        declarations = [line for line in self.declared if line.partition(":")[0] not in types]
        text = "\n    ".join([head, *declarations, self.written, f"return {', '.join(self.results) or '0'}"])
        source = SourceText(text, self.location.filename, self.location.line, 0, tuple(text.split("\n")))
        function = replace(
            self.spec, name="inline_text", qualname="inline_text", source=source, doc=None,
            parameters=tuple(Parameter(name, None, None, False) for name in types),
        )  # fmt: skip
        inputs = tuple(kind for name, kind in types.items() if name not in bound)
        return self.make_kernel(KernelSpec(function, (DeclaredLoop(inputs),), options={"interpreted": False}, bound=bound))


def _constant_text(spec: FunctionSpec, call: ast.Call) -> str:
    argument = call.args[0] if call.args else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    entity = spec.environment.get(ast.unparse(argument)) if argument is not None else None
    if isinstance(entity, TextConstant):
        return entity.value
    raise UnsupportedSyntax("cobra.inline takes a constant string", spec.location(call), "Name the text, or write it here.")
