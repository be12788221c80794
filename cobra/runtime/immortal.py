"""Objects that native code points into and that must therefore never be freed, not even when the interpreter ends."""

from __future__ import annotations

import ctypes


def keep_for_ever(thing: object) -> None:
    """Give an object a reference that nobody owns.

    A list in a module would not do: module globals die with the interpreter, under the feet of daemon threads that may still
    be inside native code.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
