"""Recognise the functions of Python and NumPy that a kernel may call, by identity rather than by the name they go under.

In goes any object; out comes the operation of the table it stands for, or the name under which the front end knows it.
``from math import sin as s`` is as good as ``math.sin``.
"""

from __future__ import annotations

import sys

import numpy as np

from cobra.compiler.frontend.entities import BuiltinEntity, PrimitiveEntity
from cobra.compiler.primitives.table import by_numpy, by_spelling

_HOMES = frozenset({"builtins", "math", "cmath", "operator", "numpy", "cobra"})
_PUBLIC = {"_operator": "operator"}


def known_function(value: object) -> PrimitiveEntity | BuiltinEntity | None:
    """Return what a function or class of Python, NumPy or Cobra stands for in a kernel, or None for anything else."""
    if isinstance(value, np.ufunc):
        return _known_ufunc(value)
    name = _public_name(value)
    if name is None:
        return None
    module, _, plain = name.rpartition(".")
    if module == "builtins":
        return BuiltinEntity(plain)
    primitive = by_spelling(name)
    return PrimitiveEntity(primitive.name, name) if primitive is not None else BuiltinEntity(name)


def _known_ufunc(ufunc: np.ufunc) -> PrimitiveEntity | BuiltinEntity | None:
    primitive, name = by_numpy(ufunc), ufunc.__name__
    if primitive is not None:
        return PrimitiveEntity(primitive.name, f"numpy.{name}")
    if getattr(np, name, None) is ufunc:
        return BuiltinEntity(f"numpy.{name}")
    special = by_spelling(f"scipy.special.{name}")
    if special is not None and getattr(sys.modules.get("scipy.special"), name, None) is ufunc:
        return PrimitiveEntity(special.name, f"scipy.special.{name}")
    return None


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
    is_internal = owner.startswith("cobra.")
    return not is_internal and getattr(sys.modules.get(owner), name, None) is value
