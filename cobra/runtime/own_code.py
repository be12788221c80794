"""The native code that Cobra itself needs beside kernels, as one object: what is read, checked and mapped once costs less.

In: the name of a function. Out: its address. The texts lie with what they belong to, `lazy_loop` and `chunks`; they are put
together where no object of them is stored, which is once on a host for each version of Cobra.
"""

from __future__ import annotations

from cobra.runtime.errors import LoadError
from cobra.runtime.text_loader import load_own, load_stored

_NAME = "own code"


def own_function(name: str) -> int:
    """Return the address of one of Cobra's own functions."""
    return load_own(_NAME, _text)[name]


def preload() -> None:
    """Load the functions if an object of them is stored, so that the first kernel of a process need not wait for them."""
    try:
        load_stored(_NAME)
    except LoadError:  # which will be said when a kernel needs them
        return


def _text() -> str:
    from cobra.runtime import chunks, lazy_loop, streaming  # their texts are needed here only, and `lazy_loop` calls this module

    return "\n".join((lazy_loop.TEXT, chunks.text(), streaming.text()))
