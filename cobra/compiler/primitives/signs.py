"""Operations on the sign of a number, none of which raises an error. On float16 they work on the bits."""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or, bitwise_xor
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import like, lowest, scalar_of, unchanged
from cobra.compiler.primitives.layout import bits_of, magnitude_bits
from cobra.compiler.primitives.lowerings import operand_type, quiet_intrinsic
from cobra.compiler.primitives.machine import reinterpret_bits
from cobra.compiler.primitives.type_rules import numpy_rule
from cobra.types import float16


def _lower_negative(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    kind = operand_type(operation)
    if kind.is_floating:
        return (emitter.emit(f"fneg {emitter.type(kind)} {registers[0]}"),)
    return (emitter.emit(f"sub {emitter.type(kind)} {emitter.constant(0, kind)}, {registers[0]}"),)


def _expand_negative(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    (value,) = operation.operands
    kind = scalar_of(value)
    if kind.is_complex:
        return (build(make_complex, *(build(negative, part) for part in parts(build, value))),)
    if kind != float16:
        return None
    bits = bits_of(build, value)
    return (reinterpret_bits(build, build(bitwise_xor, bits, like(bits, lowest(scalar_of(bits)))), kind),)


def _expand_conjugate(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,) = operation.operands
    if not scalar_of(value).is_complex:
        return (value,)
    first, second = parts(build, value)
    return (build(make_complex, first, build(negative, second)),)


def _expand_fabs(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    (value,) = operation.operands
    kind = scalar_of(value)
    return (reinterpret_bits(build, magnitude_bits(build, value), kind),) if kind == float16 else None


def _expand_copysign(build: Builder, operation: Operation) -> tuple[Value, ...] | None:
    value, sign_of = operation.operands
    kind = scalar_of(value)
    if kind != float16:
        return None
    other = bits_of(build, sign_of)
    sign_bit = build(bitwise_and, other, like(other, lowest(scalar_of(other))))
    return (reinterpret_bits(build, build(bitwise_or, magnitude_bits(build, value), sign_bit), kind),)


negative = Primitive(
    name="negative",
    doc="Return a number with the opposite sign.",
    rule=numpy_rule(np.negative),
    lower=_lower_negative,
    expand=_expand_negative,
    numpy=np.negative,
    python=("-x",),
    array_api="negative",
    plain=True,
    takes_half=True,
)

positive = Primitive(
    name="positive",
    doc="Return the number itself.",
    rule=numpy_rule(np.positive),
    expand=unchanged,
    numpy=np.positive,
    python=("+x",),
    array_api="positive",
    plain=True,
    takes_half=True,
)

conjugate = Primitive(
    name="conjugate",
    doc="Return the complex conjugate; a real number itself.",
    rule=numpy_rule(np.conjugate),
    expand=_expand_conjugate,
    numpy=np.conjugate,
    array_api="conj",
    plain=True,
    takes_half=True,
)

fabs = Primitive(
    name="fabs",
    doc="Return the magnitude of a float.",
    rule=numpy_rule(np.fabs),
    lower=quiet_intrinsic("fabs"),
    expand=_expand_fabs,
    numpy=np.fabs,
    python=("math.fabs",),
    llvm=("fabs.f", "fabs"),
    plain=True,
    takes_half=True,
)

copysign = Primitive(
    name="copysign",
    doc="Return the magnitude of the first float with the sign of the second.",
    rule=numpy_rule(np.copysign),
    lower=quiet_intrinsic("copysign"),
    expand=_expand_copysign,
    numpy=np.copysign,
    python=("math.copysign",),
    array_api="copysign",
    llvm=("copysign.f", "copysign"),
    plain=True,
    takes_half=True,
)

RECORDS = (negative, positive, conjugate, fabs, copysign)
