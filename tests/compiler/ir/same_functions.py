"""Whether two functions are the same but for the names of their values, and the way through text that must keep them so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cobra.compiler.content import number_bits
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, inner_regions, operands_of
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.reading import read_function
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.table import TABLE


class _Comparison:
    def __init__(self) -> None:
        self.paired: dict[Variable, Variable] = {}

    def pair(self, left: Sequence[Variable], right: Sequence[Variable]) -> bool:
        self.paired.update(zip(left, right, strict=False))
        return [v.type for v in left] == [v.type for v in right]

    def values(self, left: Sequence[Value], right: Sequence[Value]) -> bool:
        return len(left) == len(right) and all(map(self.value, left, right))

    def value(self, left: Value, right: Value) -> bool:
        if isinstance(left, Constant) and isinstance(right, Constant):
            return left.type == right.type and number_bits(left.value) == number_bits(right.value)
        return isinstance(left, Variable) and self.paired.get(left) is right

    def regions(self, left: Region, right: Region) -> bool:
        if len(left.statements) != len(right.statements) or not all(map(self.statements, left.statements, right.statements)):
            return False
        return self.values(left.results, right.results)

    def statements(self, left: Statement, right: Statement) -> bool:
        if type(left) is not type(right) or not self.values(operands_of(left), operands_of(right)):
            return False
        if isinstance(left, Operation) and isinstance(right, Operation):
            same = left.primitive is right.primitive and dict(left.attributes) == dict(right.attributes)
        else:
            same = self.inside(left, right) and all(map(self.regions, inner_regions(left), inner_regions(right)))
        return same and self.pair(left.results, right.results)

    def inside(self, left: Statement, right: Statement) -> bool:
        if isinstance(left, If):
            return True
        assert isinstance(left, (For, While)) and isinstance(right, (For, While))
        indices = self.pair([left.index], [right.index]) if isinstance(left, For) and isinstance(right, For) else True
        return indices and self.pair(left.carried, right.carried)


def same(left: Function, right: Function) -> bool:
    """Tell whether two functions are the same but for the names of their values and the places of their statements."""
    comparison = _Comparison()
    heads = [(f.name, f.outputs, dict(f.attributes)) for f in (left, right)]
    pairs = comparison.pair(left.parameters, right.parameters) and comparison.pair(left.dimensions, right.dimensions)
    return heads[0] == heads[1] and pairs and comparison.regions(left.body, right.body)


def check_round_trip(function: Function) -> None:
    """Assert that a function, printed with its source, is read as what it was, and prints alike again."""
    text = print_function(function)
    again = verify(read_function(print_function(function, notes="sources"), TABLE))
    assert same(function, again), text
    assert print_function(again) == text


def checking(run: Callable[..., Function]) -> Callable[..., Function]:
    """Return the pipeline's passes with a check of what goes in and of what comes out."""

    def checked(function: Function, **options: bool) -> Function:
        check_round_trip(function)
        made = run(function, **options)
        check_round_trip(made)
        return made

    return checked
