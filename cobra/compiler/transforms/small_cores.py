"""A kernel with core dimensions for one choice of small sizes, written out: no loops, each element loaded once, all stores last.

In: a function after all passes, and the sizes. Out: the same without control flow, or None where that is not possible or would be long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, While
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.matrices import local_array, matrix_product
from cobra.compiler.primitives.memory import fold_elements, load, store
from cobra.compiler.transforms.simplify import simplified, simplify
from cobra.compiler.transforms.small_products import small_product
from cobra.types import ArrayType, int64


def written_out(function: Function, sizes: Mapping[str, int], most: int) -> Function | None:
    """Return the function for arrays whose named dimensions have the given sizes, if it is no more than `most` operations."""
    unrolling = _Unrolling(function, sizes, most)
    try:
        body = unrolling.finish()
    except _NotPossible:
        return None
    return simplify(replace(function, body=body))


def shape_of(kind: ArrayType, sizes: Mapping[str, int]) -> tuple[int, ...] | None:
    """Return the shape of an array parameter, or None when it is not known."""
    known = [int(name) if name.isdigit() else sizes.get(name) for name in kind.dimensions]
    return None if None in known else tuple(size for size in known if size is not None)


def _array_type(array: Variable) -> ArrayType:
    assert isinstance(array.type, ArrayType)
    return array.type


class _NotPossible(Exception):
    """The function has something that cannot be written out."""


_Element = tuple[Variable, tuple[int, ...], object]


class _Unrolling:
    """Writes each statement as often as it runs, with what is known then."""

    def __init__(self, function: Function, sizes: Mapping[str, int], most: int) -> None:
        self.function, self.builder, self.left, self.sizes = function, Builder(), most, sizes
        self.outputs = function.parameters[len(function.parameters) - function.outputs :]
        self.values: dict[Variable, Value] = {
            dimension: constant(sizes[dimension.name], int64) for dimension in function.dimensions if dimension.name in sizes
        }
        self.shapes = {p: shape_of(p.type, sizes) for p in function.parameters if isinstance(p.type, ArrayType)}
        self.local: set[Variable] = set()
        self.known: dict[_Element, Value] = {}
        self.stores: dict[_Element, Operation] = {}

    def finish(self) -> Region:
        """Return the whole body."""
        self.region(self.function.body)
        for operation in self.stores.values():
            self.builder.append(operation)
        return self.builder.finish(())

    def value(self, value: Value) -> Value:
        return value if isinstance(value, Constant) else self.values.get(value, value)

    def region(self, region: Region) -> list[Value]:
        for statement in region.statements:
            match statement:
                case Operation():
                    self.operation(statement)
                case For():
                    self.loop(statement)
                case If():
                    self.branch(statement)
                case While():
                    raise _NotPossible
        return [self.value(value) for value in region.results]

    def loop(self, loop: For) -> None:
        count = self.value(loop.count)
        if not isinstance(count, Constant):
            raise _NotPossible
        carried: Sequence[Value] = [self.value(value) for value in loop.initial]
        for index in range(int(count.value.real)):
            self.values[loop.index] = constant(index, int64)
            self.values.update(zip(loop.carried, carried, strict=True))
            carried = self.region(loop.body)
        self.values.update(zip(loop.results, carried, strict=True))

    def branch(self, branch: If) -> None:
        condition = self.value(branch.condition)
        if not isinstance(condition, Constant):
            raise _NotPossible
        taken = self.region(branch.then if condition.value else branch.orelse)
        self.values.update(zip(branch.results, taken, strict=True))

    def operation(self, operation: Operation) -> None:
        self.left -= 1
        if self.left < 0:
            raise _NotPossible
        if operation.primitive is local_array:
            self.shapes[operation.result] = shape_of(_array_type(operation.result), self.sizes)
            self.local.add(operation.result)
            return
        results = tuple(Variable(result.type, result.name) for result in operation.results)
        current = replace(operation, operands=tuple(map(self.value, operation.operands)), results=results)
        if operation.primitive is matrix_product:
            self.product(current)
            return
        made = self.memory(current) if operation.primitive in (load, store) else simplified(self.builder, current)
        if made is None:
            if operation.primitive.effect or operation.primitive is fold_elements:
                raise _NotPossible
            self.builder.append(current)
            made = results
        self.values.update(zip(operation.results, made, strict=True))

    def product(self, operation: Operation) -> None:
        region = small_product(operation)
        if region is None:
            raise _NotPossible
        self.region(region)

    def memory(self, operation: Operation) -> Sequence[Value] | None:
        """Keep elements in registers; None for the first load of an element that is to be written."""
        split = 1 if operation.primitive is store else 0
        stored, (array, *indices) = operation.operands[:split], operation.operands[split:]
        assert isinstance(array, Variable)
        element = (array, self.place(array, indices), operation.attributes.get("part"))
        if stored:
            self.known[element] = stored[0]
            if array in self.outputs:
                self.stores[element] = operation
            elif array not in self.local:
                raise _NotPossible
            return ()
        if element not in self.known:
            if array in self.local:
                raise _NotPossible
            self.known[element] = operation.results[0]
            return None
        return (self.known[element],)

    def place(self, array: Variable, indices: Sequence[Value]) -> tuple[int, ...]:
        """Return the indices as numbers inside the array."""
        shape = self.shapes.get(array)
        found = [int(index.value.real) for index in indices if isinstance(index, Constant)]
        if shape is None or len(found) != len(indices) or not all(0 <= k < size for k, size in zip(found, shape, strict=True)):
            raise _NotPossible
        return tuple(found)
