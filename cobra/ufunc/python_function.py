"""The Python function behind a kernel: made again from its source after unpickling, and called with a kernel's operands.

In goes a specification; out comes a plain function. Its globals are the frozen environment, so that it computes what the
kernel computes whatever the globals of this process are, and its lines are those of the user's file, for tracebacks and
debuggers.
"""

from __future__ import annotations

import ast
import builtins
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from cobra.compiler.frontend.entities import (
    BuiltinEntity,
    Entity,
    FunctionEntity,
    KernelEntity,
    ModuleEntity,
    NothingConstant,
    NumberConstant,
    RecursiveEntity,
    TextConstant,
    TupleConstant,
    TypeEntity,
    TypeVariable,
)
from cobra.compiler.frontend.source import parse
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.types import ArrayType, CompoundType
from cobra.ufunc.interpreted_texts import replace_texts

MakeKernel = Callable[[KernelSpec], np.ufunc]
"""How a kernel that the function calls becomes a ufunc."""

_ABSENT = object()
_PYTHON_TYPES = {"bool": bool, "int": int, "float": float, "complex": complex}


def rebuild_function(spec: FunctionSpec, make_kernel: MakeKernel) -> FunctionType:
    """Return a function with the source, the defaults and the surroundings that a specification holds."""
    names: dict[str, object] = {"__builtins__": builtins, "__name__": spec.module}
    optional = [parameter for parameter in spec.parameters if parameter.default is not None]
    defaults = tuple(python_value(p.default, make_kernel) for p in optional if not p.keyword_only) or None
    code, texts = _code(spec, make_kernel)
    function = FunctionType(code, names, spec.name, defaults)
    function.__kwdefaults__ = {p.name: python_value(p.default, make_kernel) for p in optional if p.keyword_only} or None
    function.__qualname__, function.__module__, function.__doc__ = spec.qualname, spec.module, spec.doc
    function.__annotations__ = {p.name: p.annotation for p in spec.parameters if p.annotation is not None}
    if spec.outputs is not None:
        function.__annotations__["return"] = spec.outputs[0] if len(spec.outputs) == 1 else tuple[spec.outputs]  # type: ignore[name-defined]
    names.update(_surroundings(spec.environment, function, make_kernel), **texts)
    return function


def _code(spec: FunctionSpec, make_kernel: MakeKernel) -> tuple[CodeType, dict[str, object]]:
    """Compile the definition without annotations and default values: these are known, and their names may not be.

    The second result is what names stand for that take the place of inline texts.
    """
    node = parse(spec.source)
    texts = replace_texts(node, spec, make_kernel) if isinstance(node, ast.FunctionDef) else {}
    arguments = node.args
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        parameter.annotation = None
    arguments.defaults, arguments.kw_defaults = [], [None] * len(arguments.kwonlyargs)
    if isinstance(node, ast.Lambda):
        statement: ast.stmt = ast.copy_location(ast.Expr(node), node)
    else:
        node.returns, statement = None, node
    ast.increment_lineno(statement, spec.source.first_line - 1)
    module = compile(ast.Module([statement], []), spec.source.filename, "exec", dont_inherit=True)
    (code,) = (constant for constant in module.co_consts if isinstance(constant, CodeType))
    return code, texts


# -- what names stand for


def _surroundings(environment: Mapping[str, Entity], function: FunctionType, make_kernel: MakeKernel) -> dict[str, object]:
    """Return the globals: whole values by name, and namespaces where only attributes of a name are known."""
    found: dict[str, object] = {}
    for dotted in sorted(environment, key=lambda name: name.count(".")):
        entity = environment[dotted]
        value = function if isinstance(entity, RecursiveEntity) else python_value(entity, make_kernel)
        if value is not _ABSENT:
            _put(found, dotted.split("."), value)
    return found


def _put(names: dict[str, object], path: Sequence[str], value: object) -> None:
    root, *attributes = path
    if not attributes:
        names[root] = value
        return
    owner = names.setdefault(root, SimpleNamespace())
    for attribute in attributes[:-1]:
        if not hasattr(owner, attribute):
            setattr(owner, attribute, SimpleNamespace())
        owner = getattr(owner, attribute)
    if isinstance(owner, SimpleNamespace):  # anything else is the value itself and has its attributes
        setattr(owner, attributes[-1], value)


def python_value(entity: Entity | None, make_kernel: MakeKernel) -> Any:
    """Return the Python object that an entity was frozen from, or one that does the same in a kernel."""
    match entity:
        case NumberConstant():
            return _number(entity)
        case TextConstant(value=value):
            return value
        case NothingConstant():
            return None
        case TupleConstant():
            return _table(entity)
        case TypeEntity(type=kind, python=of_python):
            return _type_object(kind, of_python)
        case TypeVariable(name=name, choices=choices):
            return TypeVar(name, *choices)
        case BuiltinEntity(name=name) | ModuleEntity(name=name):
            return _found(name)
        case FunctionEntity(spec=spec):
            return rebuild_function(spec, make_kernel)
        case KernelEntity(spec=spec, scalar=scalar):
            return rebuild_function(spec.function, make_kernel) if scalar else make_kernel(spec)
        case _:
            return _ABSENT


def _type_object(kind: Any, of_python: bool) -> object:
    if isinstance(kind, (ArrayType, CompoundType)):
        return kind
    return _PYTHON_TYPES[kind.kind] if of_python else kind.dtype.type


def _number(constant: NumberConstant) -> Any:
    return constant.value if constant.type is None else constant.type(constant.value)


def _table(constant: TupleConstant) -> object:
    """Return a tuple, or an array where every number has a type, as only those of arrays have."""
    items: list[Any] = [_number(item) if isinstance(item, NumberConstant) else _table(item) for item in constant.items]
    if None not in _number_types(constant):
        return np.array(items)
    return namedtuple("Constants", constant.fields)(*items) if constant.fields else tuple(items)


def _number_types(constant: TupleConstant) -> set[object]:
    inner = (_number_types(item) if isinstance(item, TupleConstant) else {item.type} for item in constant.items)
    return set().union(*inner) or {None}


def _found(name: str) -> object:
    """Return the builtin, the module, or the content of a module that goes by a dotted name."""
    if hasattr(builtins, name):
        return getattr(builtins, name)
    owner, _, plain = name.rpartition(".")
    try:
        return getattr(import_module(owner), plain) if owner else import_module(plain)
    except ImportError:
        return _ABSENT
    except AttributeError:  # a module that its package does not offer before it is imported
        return import_module(name)


# -- calling


def call_function(spec: KernelSpec, function: Callable[..., object], operands: Sequence[object]) -> object:
    """Call the function as the kernel is called: operands in order, bound parameters from the specification."""
    given = dict(zip(spec.operand_names, operands, strict=True)) | {name: _number(spec.bound[name]) for name in spec.bound}
    parameters = spec.function.parameters
    positional = [given[p.name] for p in parameters if not p.keyword_only]
    return function(*positional, **{p.name: given[p.name] for p in parameters if p.keyword_only})
