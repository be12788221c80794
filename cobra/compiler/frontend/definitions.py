"""What is known of a function's definition before anything is translated: its proved text, and the names it takes from outside.

Finding and proving a definition means parsing and compiling it, which takes longer than loading the code of a cached kernel.
The answer is therefore kept on disk, under everything that it depends on: Python's code of the function, and the very lines
that were proved. Lambdas, of which a line may hold several, are looked for each time.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType

from cobra.cache import disk, keys
from cobra.compiler.frontend.code_match import LAMBDA
from cobra.compiler.frontend.locate import statement_lines
from cobra.compiler.frontend.names import outside_names
from cobra.compiler.frontend.source import SourceText, file_lines, locate_source, source_text

_SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class Definition:
    """The text of a definition, the dotted names it takes from outside, and whether it is ``async``."""

    source: SourceText
    names: tuple[str, ...]
    is_async: bool = False


def definition_of(function: FunctionType, source: str | None = None) -> Definition:
    """Return the definition of a function; `source` is a text that holds it, where it cannot be found otherwise."""
    store, code = disk.default(), function.__code__
    lines = statement_lines(file_lines(function), code) if source is None and code.co_name != LAMBDA else ()
    if store is None or not lines:
        return _found(function, source)
    key = keys.digest("definition", keys.toolchain_identity(), sys.version, repr(_content(code)), "".join(lines))
    kept = store.read(key)
    if kept is not None:
        return _decode(kept.decode(), code)
    definition = _found(function, source)
    if _is_among(definition.source, lines, code):
        store.write(key, _encode(definition, code).encode())
    return definition


def _found(function: FunctionType, source: str | None) -> Definition:
    found = locate_source(function, source)
    is_async = isinstance(found.node, ast.AsyncFunctionDef)
    definition = Definition(source_text(found, function.__code__), outside_names(found.node), is_async)
    # in the shape in which it is read back, where no two texts are one object: a pickle shows that, and shall be the same
    return _decode(_encode(definition, function.__code__), function.__code__)


def _is_among(source: SourceText, lines: Sequence[str], code: CodeType) -> bool:
    """Tell whether a definition stands in the lines where the code says, rather than somewhere that was searched besides."""
    start = source.first_line - code.co_firstlineno
    return start >= 0 and [line.rstrip("\r\n") for line in lines[start : start + len(source.lines)]] == list(source.lines)


def _content(code: CodeType) -> tuple[object, ...]:
    """Return all that a code object consists of, as values whose text is the same in every process."""
    return (
        code.co_code, code.co_linetable, code.co_exceptiontable, code.co_qualname, code.co_names, code.co_varnames,
        code.co_freevars, code.co_cellvars, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
        [_constant(constant) for constant in code.co_consts],
    )  # fmt: skip


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return _content(value)
    return sorted(map(repr, value)) if isinstance(value, frozenset) else value


# -- the form on disk: the place relative to the code's first line, the names, the text, the lines


def _encode(definition: Definition, code: CodeType) -> str:
    source = definition.source
    place = f"{source.first_line - code.co_firstlineno} {source.column} {int(definition.is_async)}"
    return _SEPARATOR.join([place, " ".join(definition.names), source.text, *source.lines])


def _decode(kept: str, code: CodeType) -> Definition:
    place, names, text, *lines = kept.split(_SEPARATOR)
    offset, column, is_async = map(int, place.split())
    source = SourceText(text, code.co_filename, code.co_firstlineno + offset, column, tuple(lines))
    return Definition(source, tuple(names.split()), bool(is_async))
