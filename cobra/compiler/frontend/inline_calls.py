"""``cobra.inline(text)`` in a kernel: Python's variables go into the text as ``%name``, and what it assigns comes out again.

A variable that is declared without a value (``result: cobra.float32``) gets its first one from a text; the declared type
holds for every text of the function. Places in a text are places in the user's file, as far as the text stands there.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cobra.compiler.frontend import expressions
from cobra.compiler.frontend.entities import TypeEntity
from cobra.compiler.frontend.exits import HIDDEN
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.tokens import Locate, Tokens
from cobra.compiler.frontend.llvm_text.translate import RESULT, inline
from cobra.compiler.frontend.terms import Binding, Number, Reference, Term, Text, Unusable
from cobra.errors import Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bool_, complex128, float64, int64

_CLASSES: dict[ScalarType, Declared] = {bool_: bool, int64: int, float64: float, complex128: complex}


def inline_statement(frame: Frame, text_term: Term, location: Location) -> None:
    """Append a text of LLVM instructions, and bind every variable of Python's that it assigns."""
    if not isinstance(text_term, Text):
        hint = 'Write cobra.inline("%result = fadd float %x, %y").'
        raise UnsupportedSyntax(f"cobra.inline takes a constant string, not {text_term}", location, hint)
    body = parse_body(text_term.text, locator(frame, text_term.text, location))
    values = {name: binding.term for name, binding in frame.variables.items() if _has_value(name, binding)}
    stated = declarations(frame)
    wanted: dict[str, Declared] = {name: stated.get(name) for name in (*values, *stated)}
    for name, value in inline(frame.builder, body, values, wanted).items():
        frame.bind(name, Number(value), location)


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
    """Return the local variables that a function declares with a type, wherever it does."""
    found = [node for node in ast.walk(frame.spec.tree()) if isinstance(node, ast.AnnAssign)]
    return {node.target.id: _declared(frame, node.annotation) for node in found if isinstance(node.target, ast.Name)}


def _declared(frame: Frame, annotation: ast.expr) -> Declared:
    """Return what an annotation declares; Python's classes stand for any width."""
    term = expressions.evaluate(frame, annotation)
    entity = term.entity if isinstance(term, Reference) else None
    if not isinstance(entity, TypeEntity) or not isinstance(entity.type, ScalarType):
        hint = "Use int, float, cobra.float32, np.float64, …"
        raise TypeMismatch("the annotation names no scalar type", frame.location(annotation), hint)
    return _CLASSES[entity.type] if entity.python else entity.type


# -- for the analysis of loops, which must know what a text does to variables


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
