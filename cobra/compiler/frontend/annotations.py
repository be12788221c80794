"""Turn the annotations of a function into types.

In go the annotation objects or their texts (``from __future__ import annotations``, forward references); out come types and
type variables, or `InvalidSignature` at the annotation. ``Any`` and ``object`` say nothing. Texts are evaluated where the
function was defined: its closure, the frame around it while that is still running, its globals.
"""

from __future__ import annotations

import ast
import sys
import typing
from collections.abc import Mapping, Sequence
from types import FrameType, FunctionType
from typing import Annotated, Any, TypeAlias, TypeVar

from cobra.compiler.frontend.code_match import FunctionNode
from cobra.compiler.frontend.entities import TypeVariable
from cobra.compiler.frontend.source import SourceText, parse
from cobra.errors import InvalidSignature
from cobra.types import KernelType, as_type

Annotation: TypeAlias = KernelType | TypeVariable

_HINT = 'Write bool, int, float, complex, a NumPy scalar type, a type of Cobra\'s, or an array such as float64["m n"].'


class SignatureTypes(typing.NamedTuple):
    """The types a definition states: of parameters by name, and of its outputs; None for what it leaves open."""

    parameters: Mapping[str, Annotation]
    outputs: tuple[Annotation, ...] | None


def signature_types(function: FunctionType, source: SourceText, *, strict: bool = True) -> SignatureTypes:
    """Resolve all annotations of a function.

    Parameters
    ----------
    strict
        Raise for an annotation that names no type; otherwise it is as good as none, which is all that it is to Python.
    """
    resolver = _Resolver(function, source, strict)
    written = resolver.written()
    outputs = resolver.outputs(written.pop("return")) if "return" in written else None
    types = {name: resolver.one(value, name) for name, value in written.items()}
    return SignatureTypes({name: kind for name, kind in types.items() if kind is not None}, outputs)


def annotation_type(value: object) -> Annotation | None:
    """Return the type or type variable an annotation object names, or None when it names none."""
    if isinstance(value, TypeVar):
        return _type_variable(value)
    if typing.get_origin(value) is Annotated:
        stated = (annotation_type(item) for item in (*value.__metadata__, value.__origin__))  # type: ignore[attr-defined]
        return next((item for item in stated if item is not None), None)
    return as_type(value)


def _type_variable(variable: TypeVar) -> TypeVariable | None:
    bound = variable.__bound__
    written = variable.__constraints__ or typing.get_args(bound) or (bound,)
    choices = [as_type(choice) for choice in written]
    stated = tuple(choice for choice in choices if choice is not None)
    return TypeVariable(variable.__name__, stated) if len(stated) == len(choices) else None


class _Resolver:
    def __init__(self, function: FunctionType, source: SourceText, strict: bool) -> None:
        self.function, self.source, self.strict = function, source, strict

    def written(self) -> dict[str, object]:
        """Return the annotations by parameter, as objects or texts."""
        try:
            return dict(self.function.__annotations__)
        except NameError:  # Python 3.14 evaluates them here, with less in sight than we have
            nodes = _annotation_nodes(parse(self.source))
            return {name: ast.unparse(node) for name, node in nodes.items()}

    def outputs(self, value: object) -> tuple[Annotation, ...] | None:
        value = self.evaluated(value, "return")
        if value is tuple or (typing.get_origin(value) is tuple and not typing.get_args(value)):
            return None
        if value is None or value is type(None):
            return ()
        parts = value if isinstance(value, tuple) else typing.get_args(value) if typing.get_origin(value) is tuple else (value,)
        kinds = tuple(self.one(part, "return") for part in parts)
        stated = tuple(kind for kind in kinds if kind is not None)
        return stated if len(stated) == len(kinds) else None

    def one(self, value: object, name: str) -> Annotation | None:
        value = self.evaluated(value, name)
        found = annotation_type(value)
        if found is None and self.strict and value is not Any and value is not object:
            shown = getattr(value, "__name__", repr(value))
            raise self.invalid(name, f"{_of(name)} is {shown}, which is no type of a kernel")
        return found

    def evaluated(self, value: object, name: str) -> object:
        if isinstance(value, typing.ForwardRef):
            value = value.__forward_arg__
        if not isinstance(value, str):
            return value
        try:
            return self.evaluated(eval(value, self.function.__globals__, _Names(self.function)), name)
        except Exception as error:  # an annotation is any expression, so it may fail in any way
            if not self.strict:
                return Any
            raise self.invalid(name, f"{_of(name)} cannot be evaluated: {error}") from None

    def invalid(self, name: str, message: str) -> InvalidSignature:
        node = _annotation_nodes(parse(self.source)).get(name)
        return InvalidSignature(message, self.source.location(node), _HINT)


class _Names(Mapping[str, Any]):
    """The names in sight of a definition besides globals and builtins."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def __getitem__(self, name: str) -> Any:
        if name in self.cells:
            try:
                return self.cells[name].cell_contents
            except ValueError:
                raise KeyError(name) from None
        around = _frame_around(self.function)
        if around is None:
            raise KeyError(name)
        return around.f_locals[name]

    def __iter__(self) -> Any:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


def _frame_around(function: FunctionType) -> FrameType | None:
    """Return the running frame of the function that holds the definition."""
    outer, _, _ = function.__code__.co_qualname.rpartition(".<locals>.")
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and outer:
        if frame.f_code.co_qualname == outer and frame.f_globals is function.__globals__:
            return frame
        frame = frame.f_back
    return None


def _annotation_nodes(definition: FunctionNode) -> dict[str, ast.expr]:
    arguments = definition.args
    parameters: Sequence[ast.arg] = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    nodes = {parameter.arg: parameter.annotation for parameter in parameters if parameter.annotation is not None}
    if not isinstance(definition, ast.Lambda) and definition.returns is not None:
        nodes["return"] = definition.returns
    return nodes


def _of(name: str) -> str:
    return "the annotation of the result" if name == "return" else f"the annotation of '{name}'"
