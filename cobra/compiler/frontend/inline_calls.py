"""``cobra.inline(text)`` in a kernel: Python's variables go into the text as ``%name``, and what it assigns comes out again.

A variable that is declared without a value (``result: cobra.float32``) gets its first one from a text; the declared type
holds for every text of the function. Places in a text are places in the user's file, as far as the text stands there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from typing import TypeGuard

from cobra.compiler.frontend import expressions
from cobra.compiler.frontend.entities import BuiltinEntity, TypeEntity
from cobra.compiler.frontend.exits import HIDDEN
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.llvm_text.insertion import insert
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.tokens import Locate, Tokens
from cobra.compiler.frontend.llvm_text.translate import RESULT
from cobra.compiler.frontend.terms import Binding, Reference, Text, Unusable
from cobra.compiler.spec import FunctionSpec
from cobra.compounds import FixedArrayType, StructType, VectorType
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bool_, complex128, float64, int64

INLINE = BuiltinEntity("cobra.inline")

_CLASSES: dict[ScalarType, Declared] = {bool_: bool, int64: int, float64: float, complex128: complex}


def is_inline(node: ast.AST, spec: FunctionSpec) -> TypeGuard[ast.Call]:
    """Tell whether a node of a function is a call of ``cobra.inline``, whatever name it goes under there."""
    return isinstance(node, ast.Call) and has_inline(spec) and spec.environment.get(ast.unparse(node.func)) == INLINE


def has_inline(spec: FunctionSpec) -> bool:
    """Tell whether a function refers to ``cobra.inline``."""
    return INLINE in spec.environment.values()


def inline_statement(frame: Frame, call: ast.Call) -> None:
    """Translate one call of ``cobra.inline``."""
    insert_text(frame, _text(frame, call), frame.location(call))


def insert_text(frame: Frame, text: str, location: Location) -> None:
    """Append a text of LLVM instructions, and bind every variable of Python's that it assigns."""
    values = {name: binding.term for name, binding in frame.variables.items() if _has_value(name, binding)}
    stated = declarations(frame)
    wanted: dict[str, Declared] = {name: stated.get(name) for name in (*values, *stated)}
    for name, value in insert(frame.builder, text, locator(frame, text, location), values, wanted).items():
        frame.bind(name, value, location)


def _text(frame: Frame, call: ast.Call) -> str:
    hint = 'Write cobra.inline("%result = fadd float %x, %y").'
    if len(call.args) != 1 or call.keywords:
        raise InvalidCall("cobra.inline takes one text", frame.location(call), hint)
    if isinstance(call.args[0], (ast.JoinedStr, ast.BinOp, ast.Call)):
        message = "cobra.inline takes a constant string, not one that is made in the kernel"
        raise UnsupportedSyntax(message, frame.location(call.args[0]), 'Make it outside, TEXT = f"…", and write cobra.inline(TEXT).')
    term = expressions.evaluate(frame, call.args[0])
    if not isinstance(term, Text):
        raise UnsupportedSyntax(f"cobra.inline takes a constant string, not {term}", frame.location(call.args[0]), hint)
    return term.text


def _has_value(name: str, binding: Binding) -> bool:
    return name not in HIDDEN and not isinstance(binding.term, Unusable)


def declare_local(frame: Frame, statement: ast.AnnAssign) -> None:
    """Take note of ``name: type`` without a value: the name has none until a text or a statement assigns it."""
    if not isinstance(statement.target, ast.Name):
        raise UnsupportedSyntax("only a variable can be declared", frame.location(statement), "Write result: cobra.float32.")
    name = statement.target.id
    _declared(frame, statement.annotation)
    if name not in frame.variables:
        hint = f'Assign it in a text, cobra.inline("%{name} = …"), or in Python.'
        frame.bind(name, Unusable(f"{name!r} is declared but has no value yet", hint, True), frame.location(statement))


def declarations(frame: Frame) -> Mapping[str, Declared]:
    """Return the local variables that a function declares with a type, wherever it does; `RESULT` as it is annotated."""
    found = [node for node in ast.walk(frame.spec.tree()) if isinstance(node, ast.AnnAssign)]
    stated = {node.target.id: _declared(frame, node.annotation) for node in found if isinstance(node.target, ast.Name)}
    return stated if RESULT in stated or not _returns_result(frame.spec) else stated | {RESULT: None}


def implicit_return(spec: FunctionSpec, body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a function with the ``return result`` that one with a text need not write."""
    if not body or isinstance(body[-1], ast.Return) or not _returns_result(spec):
        return list(body)
    end = body[-1]
    return [*body, ast.copy_location(ast.Return(ast.copy_location(ast.Name(RESULT, ast.Load()), end)), end)]


def _returns_result(spec: FunctionSpec) -> bool:
    """Tell whether a function has a text, and declares a variable `RESULT` or that it returns something."""
    if not has_inline(spec):
        return False
    nodes = list(ast.walk(spec.tree()))
    declared = any(isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == RESULT for node in nodes)
    return (declared or bool(spec.outputs)) and any(is_inline(node, spec) for node in nodes)


def _declared(frame: Frame, annotation: ast.expr) -> Declared:
    """Return what an annotation declares; Python's classes stand for any width."""
    term = expressions.evaluate(frame, annotation)
    entity = term.entity if isinstance(term, Reference) else None
    kind = entity.type if isinstance(entity, TypeEntity) else None
    if isinstance(kind, (VectorType, StructType, FixedArrayType)):
        return kind
    if not isinstance(entity, TypeEntity) or not isinstance(kind, ScalarType):
        hint = "Use int, float, cobra.float32, np.float64, cobra.vec4f, …"
        raise TypeMismatch("the annotation names no scalar type or compound of such", frame.location(annotation), hint)
    return _CLASSES[kind] if entity.python else kind


# -- for the analysis of loops, which must know what a text does to variables


def names_in_calls(frame: Frame, nodes: Iterable[ast.AST]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that the texts among some nodes may read and those they assign."""
    if not has_inline(frame.spec):
        return frozenset(), frozenset()
    inner = (node for outer in nodes for node in ast.walk(outer))
    found = [names_in_text(_text(frame, node)) for node in inner if is_inline(node, frame.spec)]
    return frozenset(chain.from_iterable(read for read, _ in found)), frozenset(chain.from_iterable(made for _, made in found))


def names_read(frame: Frame) -> frozenset[str]:
    """Return the names that the texts of a function may read, with the one that it returns although it does not say so."""
    if not has_inline(frame.spec):
        return frozenset()
    read, _ = names_in_calls(frame, [frame.spec.tree()])
    return read | ({RESULT} if _returns_result(frame.spec) else set())


def names_in_text(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names a text may read and those it assigns, without their percent signs; it need not be a valid text."""
    texts = Tokens(text, _nowhere).texts
    assigned = {token[1:] for token, following in pairwise(texts) if token[:1] == "%" and following == "="}
    if "ret" in texts:
        assigned.add(RESULT)
    return frozenset(token[1:] for token in texts if token[:1] == "%"), frozenset(assigned)


def _nowhere(line: int, start: int, end: int) -> Location:
    return Location("", line, start, end, "")


# -- places


def locator(frame: Frame, text: str, location: Location) -> Locate:
    """Return what maps the lines of a text to the user's file; a text that does not stand there is shown by itself."""
    lines = text.split("\n")
    source, first = frame.spec.source.lines, location.line - frame.spec.source.first_line
    rows = _rows(lines, source, first)

    def locate(line: int, start: int, end: int) -> Location:
        written = lines[line - 1]
        if rows is None:
            return Location(location.filename, location.line, start, end, written)
        row = rows[line - 1]
        moved = source[row].find(written)
        return Location(location.filename, frame.spec.source.first_line + row, start + moved, end + moved, source[row])

    return locate


def _rows(lines: Sequence[str], source: Sequence[str], first: int) -> Sequence[int] | None:
    """Return the row of the source on which each line of a text stands, or None when it is not written there as it is."""
    for start in range(first, min(first + 3, len(source))):
        for rows in (range(start, start + len(lines)), [start] * len(lines)):
            if rows[-1] < len(source) and all(line in source[row] for line, row in zip(lines, rows, strict=True)):
                return rows
    return None
