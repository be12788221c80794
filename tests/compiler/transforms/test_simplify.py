"""Known results are computed, unused operations dropped, and every error a kernel has to raise is kept."""

from __future__ import annotations

import math

import pytest

from cobra.compiler.ir.builder import Builder, constant, false, true
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Constant, Number, Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.casts import cast
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.simplify import simplify
from cobra.types import ScalarType, bool_, complex128, float16, float32, float64, int8, int32, int64, uint8
from tests.compiler.transforms.ir_cases import function, names


def folded(name: str, kind: ScalarType, *numbers: Number) -> list[Value]:
    """Return the results of an operation on constants after simplification."""
    operands = [constant(number, kind) for number in numbers]
    made = function([kind], lambda build, given: build.many(TABLE[name], *operands))
    return list(verify(simplify(made)).body.results)


@pytest.mark.parametrize(
    ("name", "kind", "numbers", "wanted"),
    [
        ("add", int8, (100, 100), [-56]),
        ("multiply", float32, (0.1, 3.0), [0.30000001192092896]),
        ("add", float16, (1.0, 0.0002), [1.0]),
        ("divmod", int32, (-7, 2), [-4, 1]),
        ("exp", float64, (0.0,), [1.0]),
        ("sqrt", complex128, (-4 + 0j,), [2j]),
        ("less", float64, (math.nan, 1.0), [False]),
        ("power", int64, (3, 4), [81]),
        ("frexp", float64, (8.0,), [0.5, 4]),
        ("multiply", float64, (1e-200, 1e-200), [0.0]),
        ("logical_not", bool_, (False,), [True]),
    ],
)
def test_constants_are_folded(name: str, kind: ScalarType, numbers: tuple[Number, ...], wanted: list[Number]) -> None:
    results = folded(name, kind, *numbers)
    assert [result.value for result in results if isinstance(result, Constant)] == wanted


@pytest.mark.parametrize(
    ("name", "kind", "numbers"),
    [
        ("divide", float64, (1.0, 0.0)),
        ("floor_divide", int32, (1, 0)),
        ("floor_divide", int8, (-128, -1)),
        ("multiply", float64, (1e200, 1e200)),
        ("sqrt", float64, (-1.0,)),
        ("log", float64, (0.0,)),
        ("power", int64, (2, -1)),
        ("erf", float64, (1.0,)),
    ],
)
def test_what_raises_or_is_unknown_is_left(name: str, kind: ScalarType, numbers: tuple[Number, ...]) -> None:
    assert all(isinstance(result, Variable) for result in folded(name, kind, *numbers))


@pytest.mark.parametrize(
    ("number", "source", "to", "wanted"),
    [
        (300, int32, uint8, 44),
        (0.1, float64, float32, 0.10000000149011612),
        (2.9, float64, int32, 2),
        (1e300, float64, float32, None),
    ],
)
def test_casts_of_constants(number: Number, source: ScalarType, to: ScalarType, wanted: Number | None) -> None:
    made = function([source], lambda build, given: build.operation(cast, (constant(number, source),), (to,), to=to.name))
    (result,) = simplify(made).body.results
    assert (result.value if isinstance(result, Constant) else None) == wanted


def test_select_on_a_constant_and_of_equal_sides() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> list[Value]:
        flag, x, y = given
        select = TABLE["select"]
        zero, other = constant(0.0, float64), constant(-0.0, float64)
        nan = [constant(math.nan, float64) for _ in range(2)]
        return [
            build(select, true(), x, y), build(select, false(), x, y), build(select, flag, x, x),
            build(select, flag, *nan), build(select, flag, zero, other),
        ]  # fmt: skip

    made = verify(simplify(function([bool_, float64, float64], write)))
    _, x, y = made.parameters
    assert made.body.results[:3] == (x, y, x)
    assert isinstance(made.body.results[3], Constant)
    assert names(made) == ["select"]


def test_folding_goes_on_and_takes_branches() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        small = build(TABLE["less"], build(TABLE["add"], constant(1, int32), constant(2, int32)), constant(4, int32))
        return build.if_(small, lambda: (given[0],), lambda: (build(TABLE["sin"], given[0]),))

    assert print_function(simplify(function([float64], write))) == "function f(%x: float64) -> (float64) {\n  return %x\n}"


def test_unused_operations_go_unless_they_may_raise() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> list[Value]:
        x, i, flag = given
        build(TABLE["negative"], x)
        build(TABLE["multiply"], i, i)
        build(TABLE["divide"], x, x)
        build(TABLE["floor_divide"], i, i)
        build.many(TABLE["signal"], flag, flag="over")
        build.many(TABLE["signal"], false(), flag="over")
        return [x]

    assert names(simplify(function([float64, int32, bool_], write))) == ["divide", "floor_divide", "signal"]


def test_what_only_unused_operations_use_goes_too() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> list[Value]:
        build(TABLE["fabs"], build(TABLE["negative"], given[0]))
        return [given[0]]

    assert names(simplify(function([float64], write))) == []


def test_statements_with_regions() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> list[Value]:
        x, flag, count = given

        def body(index: Variable, carried: tuple[Variable, ...]) -> tuple[Value, ...]:
            build(TABLE["fabs"], x)
            return (build(TABLE["negative"], carried[0]),)

        build.if_(flag, lambda: (build(TABLE["negative"], x),), lambda: (x,))
        build.for_(count, (x,), body)
        build.while_((flag,), lambda carried: carried[0], lambda carried: (build(TABLE["invert"], carried[0]),))
        kept = build.if_(flag, lambda: (build(TABLE["divide"], x, x),), lambda: (x,))
        del kept
        (used,) = build.for_(count, (x,), body)
        return [used]

    made = verify(simplify(function([float64, bool_, int64], write)))
    # The loop with a test might not end, and the second branch might raise; of the last loop only what counts remains.
    assert names(made) == ["invert", "divide", "negative"]
