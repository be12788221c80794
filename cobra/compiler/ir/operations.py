"""Operations, structured control flow, regions and functions: a small, typed, immutable SSA form.

Control flow is `If`, `For` (counted) and `While`, each holding regions. A region sees every value of the regions around
it and hands values out through its results only. Nothing is compared by content: by-value equality of nodes that
share sub-expressions takes exponential time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cobra.compiler.ir.values import Constant, Number, Value, Variable
from cobra.errors import Location
from cobra.types import ScalarType, Type

if TYPE_CHECKING:
    from cobra.compiler.ir.builder import Builder
    from cobra.compiler.ir.emitter import Emitter

Attribute: TypeAlias = str | int
NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})
IN_ORDER = "in_order"
"""The attribute of an operation on floats that stays as it is written where others may be reordered."""

ArgumentType: TypeAlias = ScalarType | type[int] | type[float] | type[complex]
"""What a type rule is asked about: a typed operand, or a Python number, whose type is weak (NEP 50)."""


class Loop(NamedTuple):
    """The types one operation runs with: operands after conversion, and results."""

    operands: tuple[ScalarType, ...]
    results: tuple[ScalarType, ...]


TypeRule: TypeAlias = Callable[[tuple[ArgumentType, ...]], Loop]
"""From argument types to the loop that serves them; raises `TypeError` when there is none."""

Lowering: TypeAlias = "Callable[[Emitter, Operation, tuple[str, ...]], tuple[str, ...]]"
"""Write target code for an operation whose operands stand in the given registers; return its result registers."""

Expansion: TypeAlias = "Callable[[Builder, Operation], tuple[Value, ...]]"
"""Write an operation as simpler ones with a builder; return the values that take the place of its results."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Primitive:
    """All that Cobra knows of one operation, and the only place that knows it.

    Exactly one of `lower` (the machine has it) and `expand` (it is made of others) is set for each operand type:
    `expand` goes first and may return None to say "lower me as I am".
    """

    name: str
    doc: str
    rule: TypeRule
    lower: Lowering | None = None
    expand: Callable[[Builder, Operation], tuple[Value, ...] | None] | None = None
    numpy: np.ufunc | None = None
    """The NumPy ufunc of the same meaning, used as oracle, for promotion and for dispatch."""
    python: tuple[str, ...] = ()
    """Spellings in Python: operators (``"+"``, ``"-x"``), builtins (``"abs"``) and dotted names (``"math.sin"``)."""
    array_api: str | None = None
    llvm: tuple[str, ...] = ()
    """Names in LLVM text: ``"sqrt.f"`` is the intrinsic ``llvm.sqrt`` of floats, ``"smin.i"`` one of (signed) integers, ``"sqrt"``
    the function of the C library on doubles, in addition to those of `library`."""
    raises: frozenset[str] = frozenset()
    """Floating-point errors it can raise: ``divide over under invalid``."""
    neutral: tuple[Number | None, ...] = ()
    """Per operand, the value that makes the operation raise nothing and trap never, or None to leave it alone."""
    library: tuple[str, ...] = ()
    """Functions of the C library the lowering may call."""
    definition: str | None = None
    """Where the math library defines it for real numbers: ``"exponential.exp"`` stands for ``exp_f32`` and ``exp_f64`` there."""
    plain: bool = False
    """Unconditional plain (not constrained) code of it raises no floating-point error that NumPy's would not, even where
    the compiler pads vectors with zeros."""
    costly: bool = False
    """Takes so long that asking whether it is wanted costs less."""
    takes_half: bool = False
    """Takes float16 operands as they stand, moving bits only; for any other operation a pass widens them to float32."""
    keeps_sign: bool = False
    """Integers that are not negative give a result that is not negative."""
    scalar_only: bool = False
    """Has no form on lanes: a kernel with it is scalar code."""
    fold_start: Number | None = None
    """Set for an associative operation: the number that leaves every other one as it is; an infinity stands for the greatest or
    least number that a type has."""
    effect: bool = False
    """Does something besides making results: it is never dropped, doubled or moved."""

    @property
    def cheap(self) -> bool:
        """Tell whether it may run although the kernel does not ask for it: it raises nothing and is one instruction."""
        return not self.raises and not self.effect and not self.library and self.lower is not None

    @property
    def silent(self) -> bool:
        """Tell whether plain code of it may even run where the kernel does not ask for it."""
        return self.plain and not self.raises

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


@dataclass(frozen=True, eq=False, slots=True)
class Operation:
    """One primitive applied to operands that already have the types of its loop."""

    primitive: Primitive
    operands: tuple[Value, ...]
    results: tuple[Variable, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)
    location: Location | None = None

    @property
    def result(self) -> Variable:
        """Return the only result."""
        (only,) = self.results
        return only


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """A straight list of statements and the values it hands out."""

    statements: tuple[Statement, ...]
    results: tuple[Value, ...]


@dataclass(frozen=True, eq=False, slots=True)
class If:
    """Run one of two regions; both hand out values of the types of `results`."""

    condition: Value
    then: Region
    orelse: Region
    results: tuple[Variable, ...]
    location: Location | None = None


@dataclass(frozen=True, eq=False, slots=True)
class For:
    """Run `body` for `index` = 0, 1, … `count` - 1 (int64; none when `count` <= 0), carrying values along."""

    count: Value
    index: Variable
    initial: tuple[Value, ...]
    carried: tuple[Variable, ...]
    body: Region
    results: tuple[Variable, ...]
    location: Location | None = None


@dataclass(frozen=True, eq=False, slots=True)
class While:
    """Run `body` as long as the one result of `test`, a bool, holds. Both see the carried values."""

    initial: tuple[Value, ...]
    carried: tuple[Variable, ...]
    test: Region
    body: Region
    results: tuple[Variable, ...]
    location: Location | None = None


Statement: TypeAlias = Operation | If | For | While


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A kernel for one choice of types.

    An elementwise kernel has scalar parameters and hands its outputs out as results of the body. A kernel with core
    dimensions has no results: its outputs are the last `outputs` parameters, arrays it stores to (of rank 0
    for an output without dimensions), and `dimensions` are the sizes (int64, named like the symbols of the signature).
    """

    name: str
    parameters: tuple[Variable, ...]
    body: Region
    dimensions: tuple[Variable, ...] = ()
    outputs: int = 0
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)

    @property
    def is_elementwise(self) -> bool:
        """Tell whether every parameter is a scalar and every output a result."""
        return self.outputs == 0

    @property
    def result_types(self) -> tuple[Type, ...]:
        """Return the types of the outputs."""
        if self.is_elementwise:
            return tuple(value.type for value in self.body.results)
        return tuple(parameter.type for parameter in self.parameters[-self.outputs :])


def inner_regions(statement: Statement) -> tuple[Region, ...]:
    """Return the regions a statement holds, in order of execution."""
    match statement:
        case If():
            return (statement.then, statement.orelse)
        case For():
            return (statement.body,)
        case While():
            return (statement.test, statement.body)
        case _:
            return ()


def operands_of(statement: Statement) -> tuple[Value, ...]:
    """Return the values a statement itself uses, those used inside its regions left out."""
    match statement:
        case If():
            return (statement.condition,)
        case For():
            return (statement.count, *statement.initial)
        case While():
            return statement.initial
        case _:
            return statement.operands


def with_operands(operation: Operation, operands: tuple[Value, ...]) -> Operation:
    """Return an operation on other operands; quicker than `dataclasses.replace`, of which passes would do little else."""
    return Operation(operation.primitive, operands, operation.results, operation.attributes, operation.location)
def used_in(region: Region) -> Iterator[Value]:
    """Yield the values that a region and the regions inside it use or hand out."""
    yield from region.results
    for statement in region.statements:
        yield from operands_of(statement)
        for inner in inner_regions(statement):
            yield from used_in(inner)


__all__ = [
    "IN_ORDER", "NO_ATTRIBUTES", "ArgumentType", "Attribute", "Constant", "Expansion", "For", "Function", "If", "Loop", "Lowering",
    "Operation", "Primitive", "Region", "Statement", "TypeRule", "Value", "Variable", "While", "inner_regions", "operands_of",
    "used_in", "with_operands",
]  # fmt: skip
