"""Find the source of a function, wherever it was written, and map syntax nodes back to the user's lines.

In goes a function; out comes the text of its ``def`` (decorators left out) or ``lambda``, proved by compiling it to be what the
function runs. The text alone is enough to parse it again, as after pickling; lines and columns serve messages only.
Python makes no code of the annotations of local variables: a file in which only those were edited after it was imported, and
to others of the same length, is the one change that the proof cannot see.
"""

from __future__ import annotations

import ast
import linecache
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import CodeType, FunctionType

from cobra.compiler.frontend.code_match import FunctionNode, Rewriting, compiles_to, first_line_of
from cobra.compiler.frontend.locate import Found, find_definition, source_lines
from cobra.errors import Location, SourceUnavailable

_HINT = (
    "Define the kernel in a file or a notebook cell, keep the text given to exec in a variable while the kernel is made, "
    "or pass it as source=."
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """The source of one function.

    ``text`` is the definition itself, dedented; ``lines`` are the lines it stands on, as they are in the file, the first of
    which is number ``first_line``. The definition begins at ``column`` of it.
    """

    text: str
    filename: str
    first_line: int
    column: int
    lines: tuple[str, ...]

    def location(self, node: ast.AST | None = None) -> Location:
        """Return where a node of `parse` stands in the user's file; without a node, where the definition begins."""
        text = _rows(self.text)
        row = getattr(node, "lineno", 1) - 1
        start = _characters(text[row], getattr(node, "col_offset", 0))
        ends_here = getattr(node, "end_lineno", None) == row + 1
        end = _characters(text[row], getattr(node, "end_col_offset", 0)) if ends_here else len(text[row])
        moved = self._moved(row, text[row])
        return Location(self.filename, self.first_line + row, start + moved, end + moved, self.lines[row])

    def _moved(self, row: int, text: str) -> int:
        """Return by how many columns dedenting moved a line: lines inside strings stay as they are."""
        return 0 if row > 0 and self.lines[row].startswith(text) else self.column


@lru_cache(64)
def _rows(text: str) -> list[str]:
    return text.split("\n")


def find_source(function: FunctionType, source: str | None = None) -> SourceText:
    """Return the source of a function, or raise `SourceUnavailable`.

    Parameters
    ----------
    source
        A text that holds the definition, for functions whose source cannot be found otherwise.
    """
    return source_text(locate_source(function, source), function.__code__)


def parse(source: SourceText) -> FunctionNode:
    """Return the syntax tree of a definition; its positions are those of ``source.text``."""
    if not source.text.startswith("lambda"):
        statement = ast.parse(source.text).body[0]
        assert isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        return statement
    expression = ast.parse("(\n" + source.text + "\n)", mode="eval").body
    assert isinstance(expression, ast.Lambda)
    ast.increment_lineno(expression, -1)
    return expression


def locate_source(function: FunctionType, source: str | None = None) -> Found:
    """Return the proved definition of a function among the lines of its file, cell or other text."""
    code = function.__code__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for positions in (True, False):
            found = _search(function, source, positions)
            if found is not None and (positions or not _annotates_locals(found.node)):
                return found
    raise _unavailable(code, _reason(code, source))


def source_text(found: Found, code: CodeType) -> SourceText:
    """Cut a definition out of the lines it was found in."""
    node, first = found.node, found.node.lineno + found.shift
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = tuple(line.rstrip("\r\n") for line in found.lines[first : node.end_lineno + found.shift + 1])
    column = _characters(lines[0], node.col_offset)
    cut = [*lines[:-1], lines[-1][: _characters(lines[-1], node.end_col_offset)]]
    cut[0] = cut[0][column:]
    if column and not isinstance(node, ast.Lambda):
        inside = _rows_inside_strings(node) if len(cut) > 1 else frozenset()
        margin = lines[0][:column]
        cut[1:] = [line if row in inside else line.removeprefix(margin) for row, line in enumerate(cut) if row]
    first_line = code.co_firstlineno + node.lineno - first_line_of(node)
    return SourceText("\n".join(cut), code.co_filename, first_line, column, lines)


def _search(function: FunctionType, source: str | None, positions: bool) -> Found | None:
    for lines in _named_texts(function, source):
        found = _find_in(lines, function, positions)
        if found is not None:
            return found
    return None if source is not None else _search_candidates(function, positions)


def _search_candidates(function: FunctionType, positions: bool) -> Found | None:
    from cobra.compiler.frontend.lost_sources import candidate_lines  # most functions stand in a file

    first: Found | None = None
    for lines in candidate_lines(function.__code__):
        found = _find_in(lines, function, positions)
        if found is not None and not _annotates_locals(found.node):
            return found
        if found is not None and first is not None and ast.dump(found.node) != ast.dump(first.node):
            raise _unavailable(function.__code__, "several texts hold it, and differ in the types of local variables")
        first = first or found
    return first


def _find_in(lines: Sequence[str], function: FunctionType, positions: bool) -> Found | None:
    code, rewriting = function.__code__, _rewriting_of(function)
    found = find_definition(lines, code, partial(compiles_to, code=code, positions=positions))
    if found is None and rewriting is not None:
        return find_definition(lines, code, partial(compiles_to, code=code, positions=positions, rewriting=rewriting))
    return found


def _named_texts(function: FunctionType, source: str | None) -> Iterator[Sequence[str]]:
    """Yield the texts that are known to belong to the function: what the caller gave, else its file, as cached and as it is."""
    if source is not None:
        yield source_lines(source)
        return
    cached = file_lines(function)
    yield cached
    linecache.checkcache(function.__code__.co_filename)
    current = file_lines(function)
    if current is not cached:
        yield current


def file_lines(function: FunctionType) -> Sequence[str]:
    """Return the lines of the file that a function says it comes from, as they were when they were last read."""
    code = function.__code__
    by_code = getattr(linecache, "_getlines_from_code", None)  # Python 3.13 and later keep typed lines there
    return (by_code(code) if by_code else None) or linecache.getlines(code.co_filename, function.__globals__)


def _rewriting_of(function: FunctionType) -> Rewriting | None:
    """Return what pytest did to the tree of a test module, so that kernels with assertions can be proved there as well."""
    if "@pytest_ar" not in function.__code__.co_names:
        return None
    rewrite = getattr(function.__globals__.get("@pytest_ar"), "rewrite_asserts", None)
    return (lambda module: rewrite(module, b"")) if rewrite else None


def _annotates_locals(node: FunctionNode) -> bool:
    """Tell whether something in a definition has a meaning for Cobra that leaves no trace in Python's code."""
    return any(isinstance(inner, ast.AnnAssign) for inner in ast.walk(node))


def _rows_inside_strings(node: FunctionNode) -> frozenset[int]:
    strings = [inner for inner in ast.walk(node) if isinstance(inner, (ast.Constant, ast.JoinedStr))]
    return frozenset(
        row - node.lineno for inner in strings for row in range(inner.lineno + 1, (inner.end_lineno or inner.lineno) + 1)
    )


def _characters(line: str, octets: int) -> int:
    """Turn a column of the syntax tree, which counts UTF-8 bytes, into one of characters."""
    return octets if line.isascii() else len(line.encode()[:octets].decode("utf-8", "ignore"))


def _unavailable(code: CodeType, reason: str) -> SourceUnavailable:
    place = f"{code.co_filename}:{code.co_firstlineno}"
    return SourceUnavailable(f"the source of '{code.co_name}' ({place}) is not available: {reason}", hint=_HINT)


def _reason(code: CodeType, source: str | None) -> str:
    if source is not None:
        return "the text given as source= does not compile to the same code"
    if os.path.exists(code.co_filename):
        return "the file no longer holds what was imported; it was edited since, or an import hook rewrites it"
    return "no file, notebook cell or reachable text holds it"
