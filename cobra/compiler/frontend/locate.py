"""Find the definition of a function in lines of text, and prove that it is the one.

In go lines and a code object; out comes the syntax node with its true columns. Only the statement at the line that the code
object names is parsed, since a file may be long; the whole text is parsed when that fails, as for lines that moved. Lambdas
are told apart by the positions their code objects carry, so that several may stand on one line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from types import CodeType
from typing import TypeAlias

from cobra.compiler.frontend.code_match import LAMBDA, FunctionNode

Proof: TypeAlias = Callable[[FunctionNode], bool]

_ATTEMPTS = 6
_LONGEST_DECORATION = 8
_HISTORY_ATTEMPTS = 60
_CLOSING_BRACKET = re.compile(r"(?:\s|#[^\n]*\n)*\)")


@dataclass(frozen=True, slots=True)
class Found:
    """A definition among lines: the line of the node is ``lines[node.lineno + shift]``; its columns are those of the lines."""

    node: FunctionNode
    lines: Sequence[str]
    shift: int


def find_definition(lines: Sequence[str], code: CodeType, proof: Proof) -> Found | None:
    """Return the definition of a code object, looking first where it says it stands, or None when it is not there."""
    return definition_at(lines, code.co_firstlineno - 1, code, proof) or _definition_anywhere(lines, code, proof)


def definition_at(lines: Sequence[str], index: int, code: CodeType, proof: Proof) -> Found | None:
    """Return the definition that begins at one line, parsing no more than its statement."""
    if not 0 <= index < len(lines):
        return None
    if code.co_name != LAMBDA:
        return _block_at(lines, index, code, proof)
    return _lambda_in_statement(lines, index, code, proof) or _lambda_by_positions(lines, index, code, proof)


def source_lines(text: str) -> list[str]:
    """Return the lines of a text as the compiler counts them, each with its end."""
    return [line + "\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def statement_lines(lines: Sequence[str], code: CodeType) -> Sequence[str]:
    """Return the lines of the statement that a code object says it comes from, where indentation tells its end."""
    index = code.co_firstlineno - 1
    if index >= len(lines):
        return ()
    return lines[index : next(_block_ends(lines, index, index + _span(code)))]


def word_of(code: CodeType) -> str:
    """Return a word that every source of the function contains."""
    return "lambda" if code.co_name == LAMBDA else code.co_name


def parse_scope(lines: Sequence[str], code: CodeType) -> Sequence[ast.stmt]:
    """Return the statements of a module or of a function's definition, or none where the lines do not hold it."""
    if code.co_name == "<module>":
        return _parse("".join(lines)) or ()
    index = code.co_firstlineno - 1
    if index >= len(lines):
        return ()
    ends = islice(_block_ends(lines, index, index + _span(code)), _ATTEMPTS)
    parsed = next(filter(None, (_parse_lines(lines, index, end) for end in ends)), None)
    return parsed[0] if parsed else ()


def _block_at(lines: Sequence[str], index: int, code: CodeType, proof: Proof) -> Found | None:
    for end in islice(_block_ends(lines, index, index + _span(code)), _ATTEMPTS):
        parsed = _parse_lines(lines, index, end)
        if parsed is not None:
            body, shift = parsed
            return _proved(body[:1], lines, shift, code, proof)
    return None


def _lambda_in_statement(lines: Sequence[str], index: int, code: CodeType, proof: Proof) -> Found | None:
    least = index + _span(code)
    for end in islice(chain((least,), _block_ends(lines, index, least)), _ATTEMPTS):
        parsed = _parse_lines(lines, index, end)
        if parsed is not None:
            body, shift = parsed
            nodes = (node for statement in body for node in ast.walk(statement))
            return _proved((node for node in nodes if getattr(node, "lineno", 0) + shift == index), lines, shift, code, proof)
    return None


def _lambda_by_positions(lines: Sequence[str], index: int, code: CodeType, proof: Proof) -> Found | None:
    """Cut a lambda out of a statement that cannot be parsed from its line on, as inside a call over several lines."""
    ends = [(line, column) for _, line, _, column in code.co_positions() if line and column]
    if not ends or max(ends)[0] - code.co_firstlineno + index >= len(lines):
        return None
    end = index + max(ends)[0] - code.co_firstlineno, max(ends)[1]
    for keyword in re.finditer(r"\blambda\b", lines[index]):
        start = len(lines[index][: keyword.start()].encode())
        for text in _segments(lines, (index, start), end):
            found = _proved(_parse_segment(text, start), lines, index - 2, code, proof)
            if found:
                return found
    return None


def _segments(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> Iterator[str]:
    """Yield the text between two positions, then the same with the brackets that close after it, one by one."""
    whole = "".join(lines[start[0] : end[0]]).encode() + lines[end[0]].encode()[: end[1]]
    text = whole[start[1] :].decode()
    yield text
    rest = lines[end[0]].encode()[end[1] :].decode() + "".join(lines[end[0] + 1 : end[0] + _ATTEMPTS])
    bracket = _CLOSING_BRACKET.match(rest)
    while bracket:
        yield text + rest[: bracket.end()]
        bracket = _CLOSING_BRACKET.match(rest, bracket.end())


def _parse_segment(text: str, column: int) -> list[ast.AST]:
    """Parse a lambda put back at its column, in brackets so that it may go on over lines; its line number is 2."""
    body = _parse("if 1:\n" + " " * (column - 1) + "(" + text + "\n)") if column > 1 else None
    if not body or not isinstance(body[0], ast.If) or not isinstance(body[0].body[0], ast.Expr):
        return []
    return [body[0].body[0].value]


def _definition_anywhere(lines: Sequence[str], code: CodeType, proof: Proof) -> Found | None:
    body = _parse("".join(lines))
    if body is None:
        return _definition_in_history(lines, code, proof)
    nodes = [node for statement in body for node in ast.walk(statement)]
    nodes.sort(key=lambda node: getattr(node, "lineno", 0), reverse=True)
    return _proved(nodes, lines, -1, code, proof)


def _definition_in_history(lines: Sequence[str], code: CodeType, proof: Proof) -> Found | None:
    """Search lines that are no program, as those typed at a prompt, the latest first."""
    named = [index for index, line in enumerate(lines) if word_of(code) in line]
    for last in reversed(named[-_HISTORY_ATTEMPTS:]):
        for index in range(last, max(last - _LONGEST_DECORATION, -1), -1):
            found = definition_at(lines, index, code, proof)
            if found:
                return found
    return None


def _proved(nodes: Iterable[ast.AST], lines: Sequence[str], shift: int, code: CodeType, proof: Proof) -> Found | None:
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and _could_be(node, code) and proof(node):
            return Found(node, lines, shift)
    return None


def _could_be(node: FunctionNode, code: CodeType) -> bool:
    name = LAMBDA if isinstance(node, ast.Lambda) else node.name
    return name == code.co_name and len(node.args.posonlyargs) + len(node.args.args) == code.co_argcount


def _span(code: CodeType) -> int:
    """Return how many lines the code covers at least."""
    return 1 + max((line for _, _, line in code.co_lines() if line), default=code.co_firstlineno) - code.co_firstlineno


def _block_ends(lines: Sequence[str], start: int, least: int) -> Iterator[int]:
    """Yield the indices after which the statement that begins at `start` may end: wherever the indentation falls back."""
    margin = _indentation(lines[start])
    for index in range(least, len(lines)):
        stripped = lines[index].lstrip()
        if stripped and stripped[0] != "#" and _indentation(lines[index]) <= margin:
            yield index
            if stripped[0] in ")]}":
                yield index + 1
    yield len(lines)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parse_lines(lines: Sequence[str], start: int, end: int) -> tuple[list[ast.stmt], int] | None:
    """Parse some lines without moving their columns; return the statements and what to add to their line numbers."""
    text = "".join(lines[start:end])
    if not text[:1].isspace():
        body = _parse(text)
        return (body, start - 1) if body else None
    outer = _parse("if 1:\n" + text)
    return (outer[0].body, start - 2) if outer and isinstance(outer[0], ast.If) else None


def _parse(text: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
