"""Freeze what a function refers to, when it becomes a kernel.

In go a function and its syntax node; out comes an `Environment`: for each outside name, with the attributes that lead through
modules and classes, what it stands for at this moment. Later changes of globals do not reach the kernel, which is what
its identity, its cached code and its pickles rest on.
"""

from __future__ import annotations

import builtins
import dataclasses
import enum
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, TypeAlias, cast

import numpy as np

from cobra.compiler.content import FrozenMapping
from cobra.compiler.frontend.annotations import annotation_type
from cobra.compiler.frontend.code_match import LAMBDA
from cobra.compiler.frontend.entities import (
    Entity,
    FunctionEntity,
    KernelEntity,
    MissingEntity,
    ModuleEntity,
    NothingConstant,
    NumberConstant,
    RecursiveEntity,
    TextConstant,
    TupleConstant,
    TypeEntity,
    TypeVariable,
    UnknownEntity,
)
from cobra.compiler.frontend.known_functions import known_function
from cobra.types import as_type, from_dtype

FreezeFunction: TypeAlias = Callable[[FunctionType], FunctionEntity | RecursiveEntity | UnknownEntity]
"""What to make of a plain Python function that a kernel refers to."""

KERNEL_ATTRIBUTE = "_cobra_kernel"
_LARGEST_TABLE = 4096
_PYTHON_NUMBERS = (bool, int, float, complex)
_ABSENT = object()


class Environment(FrozenMapping[Entity]):
    """What the outside names of a function stand for, by dotted text as written: ``"np.exp"``, ``"SCALE"``."""

    __slots__ = ()


def freeze_environment(function: FunctionType, names: Iterable[str], freeze_function: FreezeFunction) -> Environment:
    """Freeze what the outside names of a definition stand for in one function made from it."""
    scope = _Scope(function)
    return Environment(dict(_resolve(dotted, scope, freeze_function) for dotted in names))


def freeze_value(value: object, freeze_function: FreezeFunction) -> Entity:
    """Freeze one value: a number, a tuple of numbers, a type, a function, a kernel; anything else is an `UnknownEntity`."""
    kernel = _attributes(value).get(KERNEL_ATTRIBUTE)
    spec = getattr(kernel, "spec", None)
    if spec is not None:
        return KernelEntity(spec, getattr(kernel, "scalar", False))
    constant = _constant(value)
    if constant is not None:
        return constant
    kind = annotation_type(value)
    if kind is not None:
        of_python = any(value is number for number in _PYTHON_NUMBERS)
        return kind if isinstance(kind, TypeVariable) else TypeEntity(kind, of_python)
    if isinstance(value, ModuleType):
        return ModuleEntity(value.__name__)
    known = known_function(value)
    if known is not None:
        return known
    return freeze_function(value) if isinstance(value, FunctionType) else UnknownEntity(_describe(value))


class _Scope:
    """The outside names of a function as Python looks them up: closure, globals, builtins."""

    def __init__(self, function: FunctionType) -> None:
        code = function.__code__
        self.cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        self.globals = function.__globals__
        self.own_name = code.co_name if code.co_name != LAMBDA else None
        self.qualname = code.co_qualname

    def lookup(self, name: str) -> object:
        if name in self.cells:
            try:
                return self.cells[name].cell_contents
            except ValueError:
                return _ABSENT
        return self.globals[name] if name in self.globals else getattr(builtins, name, _ABSENT)

    def is_itself(self, name: str) -> bool:
        """Tell whether a name will stand for the function once its definition is complete, whatever it stands for now."""
        return name == self.own_name and (
            self.qualname.endswith(f"<locals>.{name}") if name in self.cells else self.qualname == name
        )

    def names(self) -> Iterable[str]:
        return (*self.cells, *self.globals, *vars(builtins))


def _resolve(dotted: str, scope: _Scope, freeze_function: FreezeFunction) -> tuple[str, Entity]:
    """Follow a dotted name as far as it leads; return the part that was followed and what it stands for."""
    root, *attributes = dotted.split(".")
    if scope.is_itself(root):
        return root, RecursiveEntity(root)
    value = scope.lookup(root)
    if value is _ABSENT:
        return root, MissingEntity(root, None, _alike(root, scope.names()))
    followed = root
    for attribute in attributes:
        if not _leads_on(value, attribute):
            break
        owner, followed = value, f"{followed}.{attribute}"
        try:
            value = getattr(owner, attribute)
        except AttributeError:
            return followed, MissingEntity(attribute, _describe(owner), _alike(attribute, dir(owner)))
        except Exception as error:  # lazy attributes of modules run code that may fail in any way
            return followed, UnknownEntity(f"an attribute that cannot be read: {error}")
    return followed, freeze_value(value, freeze_function)


def _leads_on(value: object, attribute: str) -> bool:
    """Tell whether an attribute of a value is a name of its own, rather than something the kernel computes."""
    if isinstance(value, (ModuleType, SimpleNamespace)):
        return True
    if isinstance(value, type):
        return as_type(value) is None and not issubclass(value, np.generic)
    if isinstance(value, enum.Enum):
        return attribute in ("value", "name")
    if isinstance(value, tuple):
        return attribute in getattr(value, "_fields", ())
    return dataclasses.is_dataclass(value) and as_type(value) is None and KERNEL_ATTRIBUTE not in _attributes(value)


def _constant(value: object) -> NumberConstant | TextConstant | NothingConstant | TupleConstant | None:
    match value:
        case None:
            return NothingConstant()
        case enum.Enum():
            return _constant(value.value)
        case np.void() if value.dtype.names:
            return _tuple_constant([value[name] for name in value.dtype.names], value.dtype.names)
        case np.generic():
            scalar = from_dtype(value.dtype)
            return NumberConstant(value.item(), scalar) if scalar is not None else None
        case bool():
            return NumberConstant(value)
        case int() | float() | complex():
            return NumberConstant(_plain(value))
        case str():
            return TextConstant(str(value))
        case tuple() | list() if len(value) <= _LARGEST_TABLE:
            return _tuple_constant(value, getattr(value, "_fields", ()))
        case np.ndarray() if value.size <= _LARGEST_TABLE and from_dtype(value.dtype) is not None:
            return _tuple_constant(value) if value.ndim else _constant(value[()])
    return None


def _plain(value: complex) -> int | float | complex:
    """Return the number without what a subclass adds."""
    return int(value) if isinstance(value, int) else float(value) if isinstance(value, float) else complex(value)


def _tuple_constant(values: Iterable[object], fields: tuple[str, ...] = ()) -> TupleConstant | None:
    items = tuple(_constant(item) for item in values)
    if not all(isinstance(item, (NumberConstant, TupleConstant)) for item in items):
        return None
    return TupleConstant(cast("tuple[NumberConstant | TupleConstant, ...]", items), fields)


def _attributes(value: object) -> Mapping[str, Any]:
    attributes = getattr(value, "__dict__", None)
    return attributes if isinstance(attributes, Mapping) else {}


def _describe(value: object) -> str:
    match value:
        case ModuleType():
            return f"the module '{value.__name__}'"
        case type():
            return f"the class '{value.__qualname__}'"
        case np.ndarray():
            return f"a NumPy array of {value.size} elements of type {value.dtype}"
        case tuple() | list():
            return f"a {type(value).__qualname__} of {len(value)} items that are not all numbers, or too many"
        case np.ufunc():
            return f"the ufunc '{value.__name__}'"
    return f"an object of type '{type(value).__qualname__}'"


def _alike(name: str, names: Iterable[str]) -> tuple[str, ...]:
    import difflib  # names are rarely missing, and every import of Cobra would pay for it

    return tuple(difflib.get_close_matches(name, sorted(set(names)), n=3))
