"""Tell from a function's code which names its module imports, as far as the compiler let that show.

CPython calls ``name.attribute(...)`` in another way when the module imports ``name``. Source compiled without its module comes
out the same only if those names are imported there too. In goes a code object; out come the names.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from types import CodeType

_ATTRIBUTE, _GLOBAL, _NAME = (dis.opmap[name] for name in ("LOAD_ATTR", "LOAD_GLOBAL", "LOAD_NAME"))
_METHOD = dis.opmap.get("LOAD_METHOD", -1)
_LOCALS = frozenset(code for name, code in dis.opmap.items() if name.startswith(("LOAD_FAST", "LOAD_DEREF")))
_PAIRS = frozenset(code for name, code in dis.opmap.items() if name.count("_FAST") == 2 and not name.endswith("STORE_FAST"))
_ATTRIBUTE_SAYS_METHOD = sys.version_info >= (3, 12)


def imported_names(code: CodeType) -> frozenset[str]:
    """Return names whose attributes are read and whose methods are not called as methods, in a function and inner ones."""
    read: set[str] = set()
    called: set[str] = set()
    for inner in _with_inner(code):
        _scan(inner, read, called)
    return frozenset(read - called)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _scan(code: CodeType, read: set[str], called: set[str]) -> None:
    owner: str | None = None
    for operation, argument in _instructions(code.co_code):
        if owner is not None and operation == _METHOD:
            called.add(owner)
        elif owner is not None and operation == _ATTRIBUTE:
            (called if _ATTRIBUTE_SAYS_METHOD and argument & 1 else read).add(owner)
        owner = _loaded_name(code, operation, argument)


def _instructions(octets: bytes) -> Iterator[tuple[int, int]]:
    extension = 0
    for operation, low in zip(octets[::2], octets[1::2], strict=True):
        if operation == dis.EXTENDED_ARG:
            extension = (extension | low) << 8
        elif operation:  # 0 marks room for the interpreter's caches
            yield operation, extension | low
            extension = 0


def _loaded_name(code: CodeType, operation: int, argument: int) -> str | None:
    if operation == _GLOBAL:
        return code.co_names[argument >> 1]
    if operation == _NAME:
        return code.co_names[argument]
    if operation in _PAIRS:
        return code._varname_from_oparg(argument & 15)  # type: ignore[attr-defined, no-any-return]
    if operation in _LOCALS:
        return code._varname_from_oparg(argument)  # type: ignore[attr-defined, no-any-return]
    return None
