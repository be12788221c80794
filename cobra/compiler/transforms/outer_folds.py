"""Take folds out of the body of a kernel with core dimensions, so that they can be computed for many outer elements at once.

In: a function after all passes. Out: the function without these folds, whose results are parameters then, and the folds. Only what joins
all elements of an input that the kernel does not use otherwise is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cobra.compiler.ir.operations import Function, Operation, Region, Statement, inner_regions, operands_of
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.memory import fold_elements, load
from cobra.compiler.primitives.table import TABLE
from cobra.types import ArrayType, ScalarType


@dataclass(frozen=True, slots=True)
class OuterFold:
    """A fold of all elements of an operand.

    Parameters
    ----------
    by
        The operation that joins two elements, by name.
    operand
        Which parameter of the function holds the elements.
    count
        How many they are: a dimension.
    result
        The total.
    """

    by: str
    operand: int
    count: Variable
    result: Variable

    @property
    def element(self) -> ScalarType:
        """Return the type of the elements and of the total."""
        kind = self.result.type
        assert isinstance(kind, ScalarType)
        return kind


def take_out_folds(function: Function) -> tuple[Function, tuple[OuterFold, ...]]:
    """Return the rest of a function, with one more parameter for each fold, and the folds."""
    makers = {result: statement for statement in function.body.statements for result in statement.results}
    found = {s: fold for s in function.body.statements if (fold := _fold_of(function, s, makers)) is not None}
    used_otherwise = set(_operands_used(function.body, set(found)))
    folds = {s: fold for s, fold in found.items() if function.parameters[fold.operand] not in used_otherwise}
    if not folds:
        return function, ()
    statements = tuple(statement for statement in function.body.statements if statement not in folds)
    parameters = (*function.parameters, *(fold.result for fold in folds.values()))
    rest = replace(function, parameters=parameters, body=replace(function.body, statements=statements))
    return rest, tuple(folds.values())


def _fold_of(function: Function, statement: Statement, makers: dict[Variable, Statement]) -> OuterFold | None:
    """Return what a statement folds, if that is a whole operand."""
    if not isinstance(statement, Operation) or statement.primitive is not fold_elements or "part" in statement.attributes:
        return None
    start, array, count, *indices = statement.operands
    if array not in function.parameters or count not in function.dimensions or [_number(index) for index in indices] != [0]:
        return None
    if not _is_neutral(start, str(statement.attributes["by"])) and not _is_first(makers.get(start), array):  # type: ignore[arg-type]
        return None
    assert isinstance(count, Variable) and isinstance(array, Variable)
    return OuterFold(str(statement.attributes["by"]), function.parameters.index(array), count, statement.result)


def _is_neutral(start: Value, by: str) -> bool:
    return isinstance(start, Constant) and start.value == TABLE[by].fold_start


def _number(value: Value) -> object:
    return value.value if isinstance(value, Constant) else None


def _is_first(maker: Statement | None, array: Value) -> bool:
    """Tell whether a statement loads the first element of an array."""
    if not isinstance(maker, Operation) or maker.primitive is not load or maker.operands[0] is not array:
        return False
    return [_number(index) for index in maker.operands[1:]] == [0]


def _operands_used(region: Region, folds: set[Statement]) -> Iterator[Value]:
    """Yield the arrays that a body uses, but for folds and loads of the first element."""
    for statement in region.statements:
        if statement not in folds:
            arrays = [value for value in operands_of(statement) if isinstance(value.type, ArrayType)]
            yield from (array for array in arrays if not _is_first(statement, array))
        for inner in inner_regions(statement):
            yield from _operands_used(inner, folds)
