"""Rounding to a number of decimals."""

from __future__ import annotations

from functools import partial

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import ArgumentType, Loop, Operation, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.arithmetic import divide, multiply
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.comparison import greater_equal
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.magnitude import absolute
from cobra.compiler.primitives.power import power
from cobra.compiler.primitives.rounding import rint
from cobra.compiler.primitives.type_rules import concrete, expect_count, names
from cobra.types import float16, float32, float64, int64


def _round_rule(arguments: tuple[ArgumentType, ...]) -> Loop:
    expect_count("round", arguments, 1, 2)
    kinds = tuple(concrete(argument) for argument in arguments)
    if len(kinds) == 2 and not kinds[1].is_integer:
        raise TypeError(f"round takes a whole number of decimals, not {names(arguments[1:])}")
    return Loop((kinds[0], int64)[: len(kinds)], (kinds[0],))


def _expand_round(build: Builder, operation: Operation) -> tuple[Value, ...]:
    value, *decimals = operation.operands
    kind = scalar_of(value)
    if not decimals or (isinstance(decimals[0], Constant) and not decimals[0].value):
        return (value if kind.is_integer or kind.kind == "bool" else _step(build, rint, value),)
    if kind.is_complex:
        return (build(make_complex, *(_round_float(build, part, decimals[0]) for part in parts(build, value))),)
    if kind.is_floating:
        return (_round_float(build, value, decimals[0]),)
    whole = build(greater_equal, decimals[0], like(decimals[0], 0))
    rounded = build.if_(
        whole,
        lambda: (value,),
        lambda: (cast_value(build, _round_float(build, cast_value(build, value, float64), decimals[0]), kind),),
    )
    return rounded


def _step(build: Builder, primitive: Primitive, *operands: Value) -> Value:
    """Append an operation on floats and round its result to their type; float16 is computed in float32."""
    if operands[0].type != float16:
        return build(primitive, *operands)
    return cast_value(build, build(primitive, *(cast_value(build, operand, float32) for operand in operands)), float16)


def _round_float(build: Builder, value: Value, decimals: Value) -> Value:
    """Scale by a power of ten, round, scale back, as NumPy does: in three steps, each rounded to float16 if the value is."""
    scale = _power_of_ten(build, value, decimals)
    step = partial(_step, build)

    def right_of_point() -> tuple[Value, ...]:
        return (step(divide, step(rint, step(multiply, value, scale)), scale),)

    def left_of_point() -> tuple[Value, ...]:
        return (step(multiply, step(rint, step(divide, value, scale)), scale),)

    (rounded,) = build.if_(build(greater_equal, decimals, like(decimals, 0)), right_of_point, left_of_point)
    return rounded


def _power_of_ten(build: Builder, value: Value, decimals: Value) -> Value:
    if isinstance(decimals, Constant) and isinstance(decimals.value, int):
        return like(value, float(f"1e{abs(decimals.value)}"))
    size = cast_value(build, build(absolute, decimals), float64)
    return cast_value(build, build(power, constant(10, float64), size), scalar_of(value))


round_decimals = Primitive(
    name="round",
    doc="Round to the given number of decimals, or to a whole number.",
    rule=_round_rule,
    expand=_expand_round,
    python=("round",),
    array_api="round",
    raises=frozenset({"over", "under", "invalid"}),
    takes_half=True,
)

RECORDS = (round_decimals,)
