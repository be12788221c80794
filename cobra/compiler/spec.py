"""What makes a kernel the kernel it is: source, everything the source refers to, types and options, all frozen.

In goes a Python function; out come values that hash and pickle by content, need no file to be loaded again, and name
themselves by a digest, under which caches keep native code and processes share kernels. Where the source stood is kept for
messages and is no part of the identity; neither are comments.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType
from typing import Any, Literal, NamedTuple, TypeAlias, cast, get_args

from cobra.compiler.content import FrozenMapping, content_digest
from cobra.compiler.frontend.annotations import Annotation, SignatureTypes, signature_types
from cobra.compiler.frontend.definitions import definition_of
from cobra.compiler.frontend.entities import Entity, FunctionEntity, NumberConstant, RecursiveEntity, UnknownEntity
from cobra.compiler.frontend.environment import Environment, freeze_environment, freeze_value
from cobra.compiler.frontend.source import SourceText, parse
from cobra.errors import CobraError, InvalidCall, InvalidSignature, Location, UnsupportedSyntax
from cobra.types import KernelType

MathSource: TypeAlias = Literal["library", "libm", "fast"]
MATH_SOURCES: tuple[MathSource, ...] = get_args(MathSource)

_FORMAT = "cobra function 1"
_MOST_FUNCTIONS = 256


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its type where annotated, its frozen default where it has one."""

    name: str
    annotation: Annotation | None = None
    default: Entity | None = None
    keyword_only: bool = False


class _Digested:
    """Equality, hashing and pickling by a digest of the content; what is derived is not pickled."""

    digest: cached_property[str]

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __getstate__(self) -> dict[str, Any]:
        assert self.digest
        return {name: value for name, value in vars(self).items() if name != "_tree"}


@dataclass(frozen=True, eq=False)
class FunctionSpec(_Digested):
    """A Python function with all that it refers to.

    ``outputs`` are the annotated types of what it returns, None when it does not say.
    """

    name: str
    qualname: str
    module: str
    source: SourceText
    parameters: tuple[Parameter, ...]
    outputs: tuple[Annotation, ...] | None
    doc: str | None
    environment: Environment

    @cached_property
    def digest(self) -> str:  # type: ignore[override]
        """Return the identity: a SHA-256 in hexadecimal, the same in every process."""
        text = _without_comments(self.source.text, self.tree)
        return content_digest(_FORMAT, text, self.parameters, self.outputs, self.environment)

    @cached_property
    def _tree(self) -> ast.FunctionDef | ast.Lambda:
        tree = parse(self.source)
        assert not isinstance(tree, ast.AsyncFunctionDef)
        return tree

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Return the names of the parameters in order."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def defaults(self) -> dict[str, Entity]:
        """Return the frozen default values by parameter."""
        return {parameter.name: parameter.default for parameter in self.parameters if parameter.default is not None}

    def tree(self) -> ast.FunctionDef | ast.Lambda:
        """Return the syntax tree, made once; nobody may change it."""
        return self._tree

    @property
    def positional_only(self) -> frozenset[str]:
        """Return the parameters that no keyword reaches."""
        return frozenset(argument.arg for argument in self._tree.args.posonlyargs)

    def location(self, node: ast.AST | None = None) -> Location:
        """Return where a node of the tree stands in the user's file; without a node, where the definition begins."""
        return self.source.location(node)


class DeclaredLoop(NamedTuple):
    """The types a user asked one loop to have; None where the outputs follow from the inputs."""

    inputs: tuple[KernelType, ...]
    outputs: tuple[KernelType, ...] | None = None


@dataclass(frozen=True, eq=False)
class KernelSpec(_Digested):
    """A kernel: a function, the loops and the signature it was declared with, its options.

    ``bound`` maps parameters to the constants `cobra.bind` gave them. Option values are plain: numbers, texts, None, tuples.
    """

    function: FunctionSpec
    loops: tuple[DeclaredLoop, ...] = ()
    signature: str | None = None
    options: Mapping[str, object] = field(default_factory=FrozenMapping)
    name: str = ""
    doc: str | None = None
    bound: Mapping[str, NumberConstant] = field(default_factory=FrozenMapping)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", FrozenMapping(self.options))
        object.__setattr__(self, "bound", FrozenMapping(self.bound))
        object.__setattr__(self, "name", self.name or self.function.name)

    @cached_property
    def digest(self) -> str:  # type: ignore[override]
        """Return the identity: a SHA-256 in hexadecimal, the same in every process."""
        return content_digest(
            "cobra kernel 1", self.function, self.loops, self.signature, self.options, self.name, self.doc, self.bound
        )

    @property
    def operand_names(self) -> tuple[str, ...]:
        """Return the parameters that NumPy passes operands for: those not bound."""
        return tuple(name for name in self.function.parameter_names if name not in self.bound)

    @property
    def debug(self) -> bool:
        """Tell whether indices of arrays are checked."""
        return bool(self.options.get("debug", False))

    @property
    def fast_math(self) -> bool:
        """Tell whether floating-point results may be reordered and their errors go unreported."""
        return bool(self.options.get("fast_math", False))

    @property
    def math(self) -> MathSource:
        """Tell where elementary functions come from."""
        return cast(MathSource, self.options.get("math", MATH_SOURCES[0]))

    @property
    def writable(self) -> tuple[str, ...]:
        """Return the input arrays the kernel may write to."""
        return tuple(self.options.get("writable", ()))  # type: ignore[arg-type]


def spec_of(function: FunctionType, source: str | None = None) -> FunctionSpec:
    """Freeze a Python function and all that it refers to.

    Parameters
    ----------
    source
        A text that holds the definition, for functions whose source cannot be found otherwise.
    """
    if not isinstance(function, FunctionType):
        raise InvalidCall(
            f"a kernel is made from a Python function, not from {type(function).__name__} {function!r}",
            hint="Define it with def or lambda.",
        )
    return _Freezing().spec(function, source)


class _Freezing:
    """One function on its way to a spec, with the functions it refers to, each frozen once."""

    def __init__(self) -> None:
        self.done: dict[FunctionType, FunctionEntity | UnknownEntity] = {}
        self.under_way: list[FunctionType] = []

    def spec(self, function: FunctionType, source: str | None = None) -> FunctionSpec:
        self.under_way.append(function)
        try:
            return self.freeze(function, source)
        finally:
            self.under_way.pop()

    def freeze(self, function: FunctionType, source: str | None) -> FunctionSpec:
        definition = definition_of(function, source)
        text = definition.source
        if definition.is_async:
            raise UnsupportedSyntax("a kernel cannot be async", text.location(), "Write def.")
        types = signature_types(function, text, strict=len(self.under_way) == 1)
        return FunctionSpec(
            name=function.__name__,
            qualname=function.__qualname__,
            module=function.__module__ or "",
            source=text,
            parameters=self.parameters(function, types, text),
            outputs=types.outputs,
            doc=inspect.cleandoc(function.__doc__) if function.__doc__ else None,
            environment=freeze_environment(function, definition.names, self.entity),
        )

    def parameters(self, function: FunctionType, types: SignatureTypes, source: SourceText) -> tuple[Parameter, ...]:
        code = function.__code__
        if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
            raise InvalidSignature(
                f"'{function.__name__}' takes any number of arguments", source.location(), "Name every parameter of a kernel."
            )
        positional = code.co_varnames[: code.co_argcount]
        keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
        defaults.update(function.__kwdefaults__ or {})
        frozen = {name: freeze_value(value, self.entity) for name, value in defaults.items()}
        return tuple(
            Parameter(name, types.parameters.get(name), frozen.get(name), name in keyword) for name in (*positional, *keyword)
        )

    def entity(self, function: FunctionType) -> FunctionEntity | RecursiveEntity | UnknownEntity:
        if function in self.under_way:
            return RecursiveEntity(function.__name__)
        if function not in self.done:
            self.done[function] = self.called(function)
        return self.done[function]

    def called(self, function: FunctionType) -> FunctionEntity | UnknownEntity:
        """Freeze a function that is referred to; what is wrong with it matters only where it is called."""
        if len(self.done) >= _MOST_FUNCTIONS:
            return UnknownEntity(f"the function '{function.__name__}', beyond the {_MOST_FUNCTIONS} a kernel may refer to")
        try:
            return FunctionEntity(self.spec(function))
        except CobraError as error:
            return UnknownEntity(f"the function '{function.__name__}', which a kernel cannot call: {error.message}")


def _without_comments(text: str, tree: Callable[[], ast.AST]) -> str:
    """Return a definition without its comments, so that rewording them leaves its identity alone."""
    if "#" not in text:
        return text
    # parsing takes a while, and without a quotation mark there is nothing to find
    nodes = ast.walk(tree()) if "'" in text or '"' in text else ()
    strings = [_place(node) for node in nodes if isinstance(node, (ast.Constant, ast.JoinedStr))]
    kept: list[str] = []
    for row, line in enumerate(text.split("\n"), 1):
        start = _comment_in(line, row, strings)
        code = line[:start].rstrip() if start is not None else line
        if code or start is None:
            kept.append(code)
    return "\n".join(kept)


def _place(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _comment_in(line: str, row: int, strings: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> int | None:
    """Return where the comment of a line begins: at the first sign that stands in no string."""
    column = line.find("#")
    while column >= 0:
        at = row, len(line[:column].encode())  # the columns of a syntax tree count bytes
        if not any(first <= at < last for first, last in strings):
            return column
        column = line.find("#", column + 1)
    return None
