"""Code of a text by its content: compiled once on this host, and found again afterwards."""

from __future__ import annotations

from cobra import config
from cobra.cache import keys
from cobra.compiler.foreign.module_text import INSIDE, OpaqueText
from cobra.compiler.foreign.refusal import Refusal
from cobra.runtime import opaque_code
from cobra.runtime.errors import LoadError

_refused: dict[tuple[str, int, int], str] = {}
"""Why texts have no code, by digest and limits: a kernel is translated several times, which must not take as many time limits."""


def symbol_for(text: OpaqueText) -> str:
    """Return the name of the function that is the code of a text, compiling it in a child process where it has none yet.

    Raises
    ------
    Refusal
        When LLVM makes no code of it, or none that may be called.
    """
    settings = config.current()
    parts = (repr(text), settings.target_cpu or "", keys.host_identity(), keys.toolchain_identity())
    digest = keys.digest("opaque text", *parts)
    if opaque_code.is_known(digest):
        return opaque_code.symbol_of(digest)
    attempt = digest, settings.text_seconds, settings.text_memory
    if attempt not in _refused:
        try:
            _compile(text, digest)
        except Refusal as refusal:
            _refused[attempt] = refusal.reason
    if attempt in _refused:
        raise Refusal(_refused[attempt])
    return opaque_code.symbol_of(digest)


def _compile(text: OpaqueText, digest: str) -> None:
    from cobra.compiler.foreign.process import compile_in_child  # which few kernels need, and whose imports take a while

    symbol = opaque_code.symbol_of(digest)
    made = compile_in_child(text.module(symbol), [symbol, INSIDE])
    try:
        opaque_code.provide(digest, made)
        opaque_code.address(symbol)
    except LoadError as error:
        raise Refusal(error.message) from None
