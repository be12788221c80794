"""Quotients of integers on lanes, which no vector unit computes: by way of floats, exactly.

In go registers of dividends and of divisors that are not zero; out come quotients rounded towards zero, which must fit. Up to 32 bits
the float nearest to the quotient is never on the other side of a whole number. For 64 bits a product with a reciprocal that is a
little too small gives most of the quotient, another one all but one of what is left, and a comparison the rest. Nothing is raised
besides that results are rounded.
"""

from __future__ import annotations

from fractions import Fraction

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.primitives.lowerings import convert
from cobra.types import ScalarType, bool_, float32, float64, int32, int64, uint32, uint64

_BELOW_ONE = 1 - 2.0**-50
"""Makes up for all roundings: of both numbers, of the reciprocal and of the product."""


def quotient_of_lanes(emitter: Emitter, kind: ScalarType, left: str, right: str, divisor: int | None) -> str:
    """Return the quotients; `divisor` is that of all lanes, where it is known."""
    if kind.bits == 64:
        return _wide_quotient(emitter, kind, left, right, divisor)
    whole = uint32 if kind == uint32 else int32
    wide = float64 if kind.bits == 32 else float32
    up, down = ("uitofp", "fptoui") if kind == uint32 else ("sitofp", "fptosi")
    a, b = (convert(emitter, up, whole, wide, _as_word(emitter, kind, x), rounds=True) for x in (left, right))
    quotient = convert(emitter, down, wide, whole, _rounded(emitter, "fdiv", wide, a, b), rounds=False)
    return quotient if kind.bits == 32 else emitter.emit(f"trunc {emitter.type(whole)} {quotient} to {emitter.type(kind)}")


def _as_word(emitter: Emitter, kind: ScalarType, register: str) -> str:
    if kind.bits == 32:
        return register
    name = "sext" if kind.kind == "int" else "zext"
    return emitter.emit(f"{name} {emitter.type(kind)} {register} to {emitter.type(int32)}")


def _rounded(emitter: Emitter, name: str, kind: ScalarType, left: str, right: str) -> str:
    text = emitter.type(kind)
    if emitter.strict:
        return emitter.constrained(name, text, [(text, left), (text, right)], emitter.suffix(kind), rounds=True)
    return emitter.emit(f"{name} {text} {left}, {right}")


def _wide_quotient(emitter: Emitter, kind: ScalarType, left: str, right: str, divisor: int | None) -> str:
    text, signed = emitter.type(kind), kind.kind == "int"
    above, below = (_size(emitter, x) for x in (left, right)) if signed else (left, right)
    reciprocal = _reciprocal(emitter, below, divisor)
    total, rest = "zeroinitializer", above
    for _ in range(2):
        number = convert(emitter, "uitofp", uint64, float64, rest, rounds=True)
        some = convert(emitter, "fptoui", float64, uint64, _rounded(emitter, "fmul", float64, number, reciprocal), rounds=False)
        total = emitter.emit(f"add {text} {total}, {some}")
        rest = emitter.emit(f"sub {text} {rest}, {emitter.emit(f'mul {text} {some}, {below}')}")
    one_more = emitter.emit(f"icmp uge {text} {rest}, {below}")
    total = emitter.emit(f"add {text} {total}, {emitter.emit(f'zext {emitter.type(bool_)} {one_more} to {text}')}")
    if not signed:
        return total
    sign = emitter.emit(f"ashr {text} {emitter.emit(f'xor {text} {left}, {right}')}, {emitter.constant(63, kind)}")
    return emitter.emit(f"sub {text} {emitter.emit(f'xor {text} {total}, {sign}')}, {sign}")


def _size(emitter: Emitter, register: str) -> str:
    text = emitter.type(int64)
    return emitter.intrinsic(f"abs.{emitter.suffix(int64)}", text, [(text, register), ("i1", "false")])


def _reciprocal(emitter: Emitter, divisors: str, divisor: int | None) -> str:
    if divisor is not None:
        return emitter.constant(float(Fraction(_BELOW_ONE) / abs(divisor)), float64)
    number = convert(emitter, "uitofp", uint64, float64, divisors, rounds=True)
    return _rounded(emitter, "fdiv", float64, emitter.constant(_BELOW_ONE, float64), number)
