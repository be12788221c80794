"""Complex numbers and their two parts.

`real`, `imag` and `make_complex` are what all other complex operations are expanded into. They are never lowered: a pass
splits every complex value into two real ones.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import ArgumentType, Loop, Operation, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.type_rules import complex_of, concrete, expect_count, names, promoted
from cobra.types import float32, float64

Parts = tuple[Value, Value]


def parts(build: Builder, value: Value) -> Parts:
    """Return the real and imaginary part of a complex value."""
    if isinstance(value, Constant):
        number, component = complex(value.value), value.type.component
        return constant(number.real, component), constant(number.imag, component)
    return build(real, value), build(imag, value)


def _part_rule(arguments: tuple[ArgumentType, ...]) -> Loop:
    expect_count("a part of a number", arguments, 1)
    kind = concrete(arguments[0])
    return Loop((kind,), (kind.component,))


def _make_rule(arguments: tuple[ArgumentType, ...]) -> Loop:
    expect_count("make_complex", arguments, 2)
    kind = promoted(arguments)
    if kind.is_complex:
        raise TypeError(f"make_complex wants two real numbers, not {names(arguments)}")
    component = kind if kind == float32 else float64
    return Loop((component, component), (complex_of(component),))


def _expand_real(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    del build
    (value,) = operation.operands
    return None if scalar_of(value).is_complex else (value,)


def _expand_imag(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    del build
    (value,) = operation.operands
    return None if scalar_of(value).is_complex else (like(value, 0),)


real = Primitive(
    name="real",
    doc="Return the real part; a real number itself.",
    rule=_part_rule,
    expand=_expand_real,
    array_api="real",
    plain=True,
    takes_half=True,
)

imag = Primitive(
    name="imag",
    doc="Return the imaginary part; 0 of a real number.",
    rule=_part_rule,
    expand=_expand_imag,
    array_api="imag",
    plain=True,
    takes_half=True,
)

make_complex = Primitive(
    name="make_complex",
    doc="Make a complex number of its real and its imaginary part.",
    rule=_make_rule,
    plain=True,
)

RECORDS = (real, imag, make_complex)
