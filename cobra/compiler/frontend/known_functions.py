"""Recognise the functions of Python and NumPy that a kernel may call, by identity rather than by the name they go under.

In goes any object; out comes the name under which Python, NumPy, SciPy or Cobra offers it. ``from math import sin as s`` is as
good as ``math.sin``.
"""

from __future__ import annotations

import sys

import numpy as np

from cobra.compiler.frontend.entities import BuiltinEntity

_HOMES = frozenset({"builtins", "math", "cmath", "operator", "numpy", "cobra"})
_HOMES_OF_UFUNCS = ("numpy", "scipy.special")
_ELEMENTARY = "cobra.math"
_PUBLIC = {"_operator": "operator"}


def known_function(value: object) -> BuiltinEntity | None:
    """Return what a function or class of Python, NumPy, SciPy or Cobra is called, or None for anything else."""
    if isinstance(value, np.ufunc):
        homes = (home for home in _HOMES_OF_UFUNCS if _offers(home, value.__name__, value))
        return next((BuiltinEntity(f"{home}.{value.__name__}") for home in homes), None)
    name = _public_name(value)
    return None if name is None else BuiltinEntity(name.removeprefix("builtins."))


def _public_name(value: object) -> str | None:
    """Return the dotted name under which a known module offers the object itself."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    home = module.partition(".")[0]
    for owner in (_PUBLIC.get(module, module), home):
        if owner.partition(".")[0] in _HOMES and _offers(owner, name, value):
            return f"{owner}.{name}"
    return None


def _offers(owner: str, name: str, value: object) -> bool:
    is_internal = owner.startswith("cobra.") and owner != _ELEMENTARY
    return not is_internal and getattr(sys.modules.get(owner), name, None) is value
