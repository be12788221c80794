"""Texts that may hold a function which no file holds: given to ``exec`` or ``-c``, typed at a prompt, piped in.

In goes a code object; out come candidate lines, likely ones first. Nothing here is trusted: the caller proves each candidate by
compiling it, so a wrong one costs time only.
"""

from __future__ import annotations

import ast
import ctypes
import linecache
import os
import stat
import sys
import textwrap
import threading
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType

from cobra.compiler.frontend.locate import parse_scope, source_lines, word_of

_FRONT_END = os.path.dirname(__file__)
_LARGEST = 1 << 20
_LARGEST_CONTAINER = 64
_MOST_LINES = 5000
_LATEST_HISTORY = 2000
_GLIBC_STREAM_MAGIC = 0xFBAD
_EXECUTING = frozenset({"compile", "eval", "exec"})
_PURE_METHODS = frozenset({
    "cleandoc", "decode", "dedent", "format", "getvalue", "join", "lstrip", "read_text", "replace", "strip",
})  # fmt: skip
_PURE = (
    ast.Attribute, ast.BinOp, ast.Constant, ast.FormattedValue, ast.JoinedStr, ast.List, ast.Name, ast.Starred, ast.Subscript,
    ast.Tuple, ast.expr_context, ast.operator, ast.keyword, ast.Slice,
)  # fmt: skip


def candidate_lines(code: CodeType) -> Iterator[list[str]]:
    """Yield the lines of every reachable text that mentions the function."""
    word, seen = word_of(code), set()
    for text in _texts(code):
        if word in text and len(text) <= _LARGEST and text not in seen:
            seen.add(text)
            yield source_lines(text)
            dedented = textwrap.dedent(text)
            if dedented != text:
                yield source_lines(dedented)


def _texts(code: CodeType) -> Iterator[str]:
    yield from sys.orig_argv
    for frame in _frames():
        yield from _texts_in(frame.f_locals.values())
        yield from _texts_in(frame.f_code.co_consts)
    yield from _executed_texts()
    if code.co_filename.startswith("<stdin"):
        yield from _standard_input()
        yield from _typed_lines()
    yield from _files_named_in_frames()


def _frames() -> Iterator[FrameType]:
    """Yield the frames of this thread, then those of the others: a prompt may read in one thread and run in another."""
    threads = sys._current_frames()
    own = threads.pop(threading.get_ident())
    for innermost in (own, *threads.values()):
        frame: FrameType | None = innermost
        while frame is not None:
            if not frame.f_code.co_filename.startswith(_FRONT_END):
                yield frame
            frame = frame.f_back


def _texts_in(values: Iterable[object]) -> Iterator[str]:
    for value in list(values):
        if type(value) is dict and len(value) <= _LARGEST_CONTAINER:
            yield from (item for item in list(value.values()) if isinstance(item, str))
        elif type(value) is list or type(value) is tuple:
            yield from _texts_of_lines([item for item in value[:_MOST_LINES] if isinstance(item, str)])
        else:
            yield from _as_text(value)


def _texts_of_lines(items: list[str]) -> Iterator[str]:
    yield from items[:_LARGEST_CONTAINER]
    yield "\n".join(items)
    yield "".join(items)


def _as_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (bytes, bytearray)) and len(value) <= _LARGEST:
        yield bytes(value).decode("utf-8", "replace")
    elif isinstance(value, ast.Module):
        yield ast.unparse(value)


def _executed_texts() -> Iterator[str]:
    """Compute again what frames gave to ``exec``, where that has no side effect: such a text may live nowhere else."""
    for frame in _frames():
        if _EXECUTING.isdisjoint(frame.f_code.co_names):
            continue
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        for call in _executing_calls(parse_scope(lines, frame.f_code)):
            if _is_pure(call.args[0]):
                yield from _as_text(_evaluate(call.args[0], frame))


def _executing_calls(body: Iterable[ast.stmt]) -> Iterator[ast.Call]:
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in _EXECUTING:
            yield node


def _is_pure(expression: ast.expr) -> bool:
    return all(isinstance(node, _PURE) or (isinstance(node, ast.Call) and _is_pure_call(node)) for node in ast.walk(expression))


def _is_pure_call(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    return name in _PURE_METHODS


def _evaluate(expression: ast.expr, frame: FrameType) -> object:
    try:
        return eval(compile(ast.Expression(expression), "<cobra>", "eval"), frame.f_globals, dict(frame.f_locals))
    except Exception:  # a second evaluation may fail in any way; then there is no candidate
        return None


def _standard_input() -> Iterator[str]:
    """Yield what a script redirected to standard input says, without moving the position in it."""
    try:
        status = os.fstat(0)
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST:
            yield os.pread(0, status.st_size, 0).decode("utf-8", "replace")
        elif stat.S_ISFIFO(status.st_mode):
            yield from _piped_block()
    except OSError:
        return


def _piped_block() -> Iterator[str]:
    """Yield the last block of a script piped in: glibc's buffer of ``stdin`` still holds it, a short script entirely."""
    if "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()):
        return
    stream = ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stdin").value
    if stream is None or ctypes.c_uint32.from_address(stream).value >> 16 != _GLIBC_STREAM_MAGIC:
        return
    words = (ctypes.c_void_p * 9).from_address(stream)
    start, end = words[7], words[8]
    if start and end and 0 < end - start <= _LARGEST:
        yield ctypes.string_at(start, end - start).rstrip(b"\0").decode("utf-8", "replace")


def _typed_lines() -> Iterator[str]:
    """Yield what readline remembers of an interactive session."""
    readline = sys.modules.get("readline")
    if readline is None:
        return
    last = readline.get_current_history_length()
    items = [readline.get_history_item(index) for index in range(max(1, last - _LATEST_HISTORY), last + 1)]
    yield "\n".join(item for item in items if item is not None)


def _files_named_in_frames() -> Iterator[str]:
    """Yield the files that frames name, for ``exec(open(path).read())``."""
    for frame in _frames():
        for value in (*frame.f_locals.values(), *frame.f_code.co_consts):
            path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
            if isinstance(path, str) and path.endswith(".py") and "\n" not in path:
                yield from _file_text(path)


def _file_text(path: str) -> Iterator[str]:
    try:
        if os.path.isfile(path) and os.path.getsize(path) <= _LARGEST:
            with open(path, encoding="utf-8") as file:
                yield file.read()
    except (OSError, ValueError):
        return
