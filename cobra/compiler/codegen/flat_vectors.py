"""Kernels that do the same with every place of their vectors, as kernels of plain numbers.

In goes the loop of a kernel after all passes; out comes the loop of the function for one place, or None when places meet or
differ. On vectors that lie one behind another the two compute the same, and the second is the one NumPy's own ufuncs run.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

from cobra.compiler.codegen.compound_operands import Argument, CompoundLoop
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, make_loop
from cobra.compiler.content import number_bits
from cobra.compiler.ir.operations import Function, Operation, Region
from cobra.compiler.ir.values import Constant, Value

_Value = TypeVar("_Value", bound=Value)


def flat_loop(loop: CompoundLoop) -> ElementwiseLoop | None:
    """Return the loop over single numbers that does the same on dense vectors, if there is one."""
    shapes = {argument.shape for argument in loop.outputs}
    if len(shapes) != 1 or () in shapes or not all(map(_is_flat, loop.arguments)):
        return None
    if any(argument.shape not in shapes for argument in loop.inputs if argument.shape):
        return None
    body = loop.function.body
    operations = [s for s in body.statements if isinstance(s, Operation) and not s.primitive.effect]
    if len(operations) != len(body.statements) or len(_needed(operations, body.results)) != len(operations):
        return None
    if not _Places(loop, operations).are_alike():
        return None
    results = tuple(_of_first_place(loop.outputs, body.results))
    parameters = tuple(_of_first_place(loop.inputs, loop.function.parameters))
    function = Function(loop.function.name, parameters, Region(_needed(operations, results), results))
    inputs, outputs = ([a.places[0].operand.scalar for a in side] for side in (loop.inputs, loop.outputs))
    return make_loop(function, inputs, outputs)


def _is_flat(argument: Argument) -> bool:
    """Tell whether an argument is a vector, or one number that is the same for all places."""
    return bool(argument.shape) or (len(argument.places) == 1 and not argument.places[0].operand.packed)


def _needed(operations: Sequence[Operation], results: Sequence[Value]) -> tuple[Operation, ...]:
    """Return the operations that results are made from, in order."""
    inside, backwards = set(results), []
    for operation in reversed(operations):
        if not inside.isdisjoint(operation.results):
            backwards.append(operation)
            inside.update(operation.operands)
    return tuple(reversed(backwards))


def _of_first_place(arguments: Sequence[Argument], values: Sequence[_Value]) -> Iterator[_Value]:
    """Yield the values of the first place of each argument, two where they are complex."""
    return (value for (_, place, _), value in _numbered(arguments, values) if place in (0, None))


def _numbered(arguments: Sequence[Argument], values: Sequence[_Value]) -> Iterator[tuple[tuple[int, int | None, int], _Value]]:
    """Yield values with their argument, their place in it (None where all places share it), and their part if complex."""
    rest = iter(values)
    for argument in arguments:
        for place, own in enumerate(argument.places):
            for part in range(own.operand.parts):
                yield (argument.index, place if argument.shape else None, part), next(rest)


class _Places:
    """For each value of a kernel the place it belongs to, and a number that is equal for equal work on different places."""

    def __init__(self, loop: CompoundLoop, operations: Sequence[Operation]) -> None:
        self.loop, self.operations = loop, operations
        self.place: dict[Value, int | None] = {}
        self.work: dict[Value, int] = {}
        self.known: dict[Hashable, int] = {}

    def are_alike(self) -> bool:
        """Tell whether each place of the results needs its own place only, and the same is done with all of them."""
        for (argument, place, part), parameter in _numbered(self.loop.inputs, self.loop.function.parameters):
            self.note(parameter, place, ("parameter", argument, part))
        if not all(map(self.follow, self.operations)):
            return False
        results = list(_numbered(self.loop.outputs, self.loop.function.body.results))
        work = {(argument, part): self.number(result) for (argument, _, part), result in results}
        return all(
            self.place.get(result) in (place, None) and self.number(result) == work[argument, part]
            for (argument, place, part), result in results
        )

    def follow(self, operation: Operation) -> bool:
        """Note what an operation makes; tell whether it needs one place at most."""
        places = {place for operand in operation.operands if (place := self.place.get(operand)) is not None}
        work = operation.primitive, tuple(sorted(operation.attributes.items())), tuple(map(self.number, operation.operands))
        for position, result in enumerate(operation.results):
            self.note(result, next(iter(places), None), (work, position, result.type))
        return len(places) <= 1

    def note(self, value: Value, place: int | None, work: Hashable) -> None:
        self.place[value], self.work[value] = place, self.known.setdefault(work, len(self.known))

    def number(self, value: Value) -> int:
        if isinstance(value, Constant):
            return self.known.setdefault((value.type, number_bits(value.value)), len(self.known))
        return self.work[value]
