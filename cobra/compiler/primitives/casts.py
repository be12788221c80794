"""Conversions between number types, equal to NumPy's ``astype`` bit for bit.

`cast` is what front ends write. It becomes one of three conversions, which differ in the errors they can raise:
`convert` (none), `narrow` (a float that may not fit a smaller one) and `truncate` (a float to an integer). The target type
stands in the attribute ``to``.
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.ir.builder import Builder, constant, nearest_bfloat16
from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.bitwise import either
from cobra.compiler.primitives.comparison import not_equal
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import like, scalar_of
from cobra.compiler.primitives.lowerings import compare_floats, operand_type
from cobra.compiler.primitives.lowerings import convert as conversion
from cobra.compiler.primitives.type_rules import explicit
from cobra.types import BY_NAME, ScalarType, bfloat16, bool_, float16, float32, float64, int32, int64, uint16, uint32, uint64  # fmt: skip

Registers = tuple[str, ...]


def cast_value(build: Builder, value: Value, to: ScalarType) -> Value:
    """Return a value converted to a type: itself if it has it, a constant if it is one and the conversion is silent."""
    if value.type == to:
        return value
    if isinstance(value, Constant):
        folded = folded_cast(value, to)
        if folded is not None:
            return folded
    (result,) = build.operation(cast, (value,), (to,), to=to.name)
    return result


def narrowed(build: Builder, value: Value, to: ScalarType) -> Value:
    """Append the rounding of a float to a narrower one in one step, which the cast of a float64 to bfloat16 is not."""
    return _made(build, narrow, value, to)


def folded_cast(value: Constant, to: ScalarType, *, once: bool = False) -> Constant | None:
    """Return a constant of another type, or None when the conversion raises an error at run time.

    Rounded `once`, a float64 does not go through float32 on its way to bfloat16.
    """
    if bfloat16 in (value.type, to):
        if not isinstance(value.value, float) or not to.is_floating:
            return None
        return constant(nearest_bfloat16(value.value) if once and to == bfloat16 else value.value, to)
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            converted = np.array([value.value], value.type.dtype).astype(to.dtype)
    except FloatingPointError:
        return None
    return constant(converted[0].item(), to)


def _target(operation: Operation) -> ScalarType:
    return BY_NAME[str(operation.attributes["to"])]


def _made(build: Builder, primitive: Primitive, value: Value, to: ScalarType) -> Value:
    if value.type == to:
        return value
    (result,) = build.operation(primitive, (value,), (to,), to=to.name)
    return result


def _expand_cast(build: Builder, operation: Operation) -> tuple[Value, ...]:
    (value,), to = operation.operands, _target(operation)
    source = scalar_of(value)
    if source == bfloat16:
        return (cast_value(build, _made(build, convert, value, float32), to),)
    if to == bfloat16:
        return (_made(build, narrow, cast_value(build, value, float32), to),)
    if source.is_complex and to == bool_:
        return (either(build, *(build(not_equal, part, like(part, 0)) for part in parts(build, value))),)
    if to.is_complex:
        first, second = parts(build, value) if source.is_complex else (value, constant(0, to.component))
        return (build(make_complex, cast_value(build, first, to.component), cast_value(build, second, to.component)),)
    assert not source.is_complex, "a complex number has no real equivalent"
    return (_cast_real(build, value, source, to),)


def _cast_real(build: Builder, value: Value, source: ScalarType, to: ScalarType) -> Value:
    if source.is_floating and to.is_integer:
        return _made(build, truncate, _made(build, convert, value, float32) if source == float16 else value, to)
    if to == float16 and source.kind != "bool":
        return _made(build, narrow, _made(build, convert, value, float32) if source.is_integer else value, to)
    narrows = source.is_floating and to.is_floating and to.bits < source.bits
    return _made(build, narrow if narrows else convert, value, to)


def _lower_convert(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    source, to = operand_type(operation), _target(operation)
    if source == bfloat16:
        return (_single_of_bfloat16(emitter, registers[0]),)
    if to == bool_:
        return (_nonzero(emitter, source, registers[0]),)
    if source == bool_:
        return (_number_of_bool(emitter, to, registers[0]),)
    if source.is_floating:
        return (_widen_float(emitter, source, to, registers[0]),)
    if to.is_floating:
        return (_float_of_integer(emitter, source, to, registers[0]),)
    return (_resize(emitter, source, to, registers[0]),)


def _nonzero(emitter: Emitter, source: ScalarType, register: str) -> str:
    if source == float16:
        bits = emitter.emit(f"bitcast {emitter.type(source)} {register} to {emitter.type(uint16)}")
        register = emitter.emit(f"shl {emitter.type(uint16)} {bits}, {emitter.constant(1, uint16)}")
        source = uint16
    if source.is_floating:
        return compare_floats(emitter, "une", source, register, emitter.constant(0, source))
    return emitter.emit(f"icmp ne {emitter.type(source)} {register}, {emitter.constant(0, source)}")


def _number_of_bool(emitter: Emitter, to: ScalarType, register: str) -> str:
    if to.is_integer:
        return emitter.emit(f"zext {emitter.type(bool_)} {register} to {emitter.type(to)}")
    return emitter.select(register, to, emitter.constant(1, to), emitter.constant(0, to))


def _widen_float(emitter: Emitter, source: ScalarType, to: ScalarType, register: str) -> str:
    if source == float16 and to == float64:
        register, source = conversion(emitter, "fpext", source, float32, register, rounds=False), float32
    return conversion(emitter, "fpext", source, to, register, rounds=False)


def _float_of_integer(emitter: Emitter, source: ScalarType, to: ScalarType, register: str) -> str:
    # Vector units convert 32 and 64 bits only.
    if source.bits < 32:
        register, source = _resize(emitter, source, int32, register), int32
    return conversion(emitter, "sitofp" if source.kind == "int" else "uitofp", source, to, register, rounds=True)


def _resize(emitter: Emitter, source: ScalarType, to: ScalarType, register: str) -> str:
    if source.bits == to.bits:
        return register
    name = "trunc" if to.bits < source.bits else "sext" if source.kind == "int" else "zext"
    return emitter.emit(f"{name} {emitter.type(source)} {register} to {emitter.type(to)}")


def _lower_narrow(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    source, to, register = operand_type(operation), _target(operation), registers[0]
    if to == bfloat16:
        single = register if source == float32 else _odd_single_anywhere(emitter, register)
        return (_bfloat16_of_single(emitter, single),)
    if (source, to) == (float64, float16):
        register, source = _odd_single(emitter, register), float32
    return (conversion(emitter, "fptrunc", source, to, register, rounds=True),)


def _single_of_bfloat16(emitter: Emitter, register: str) -> str:
    """Return the float32 whose upper half is a bfloat16."""
    bits = emitter.type(uint32)
    wide = emitter.emit(f"zext {emitter.type(bfloat16)} {register} to {bits}")
    moved = emitter.emit(f"shl {bits} {wide}, {emitter.constant(16, uint32)}")
    return emitter.emit(f"bitcast {bits} {moved} to {emitter.type(float32)}")


def _bfloat16_of_single(emitter: Emitter, register: str) -> str:
    """Round a float32 to the nearest bfloat16, and of two to the even one; what is not a number keeps its sign only.

    Integer operations do it on every processor, and raise no floating-point error, as ml_dtypes raises none.
    """
    bits = emitter.type(uint32)

    def with_constant(operation: str, value: str, number: int) -> str:
        return emitter.emit(f"{operation} {bits} {value}, {emitter.constant(number, uint32)}")

    whole = emitter.emit(f"bitcast {emitter.type(float32)} {register} to {bits}")
    upper = with_constant("lshr", whole, 16)
    nudge = with_constant("add", with_constant("and", upper, 1), 0x7FFF)
    rounded = with_constant("lshr", emitter.emit(f"add {bits} {whole}, {nudge}"), 16)
    is_nan = with_constant("icmp ugt", with_constant("and", whole, 0x7FFFFFFF), 0x7F800000)
    kept = emitter.select(is_nan, uint32, with_constant("or", with_constant("and", upper, 0x8000), 0x7FC0), rounded)
    return emitter.emit(f"trunc {bits} {kept} to {emitter.type(bfloat16)}")


def _odd_single(emitter: Emitter, register: str) -> str:
    """Round a float64 to float32 so that a second rounding, to float16, comes out as one rounding of the whole.

    Bits that do not fit are gathered into the last one that does (rounding to odd).
    """
    bits, double = emitter.type(uint64), emitter.type(float64)
    lost, last = emitter.constant((1 << 29) - 1, uint64), emitter.constant(1 << 29, uint64)
    whole = emitter.emit(f"bitcast {double} {register} to {bits}")
    # Adding all ones to the lost bits carries into the last kept one unless they are zero.
    dropped = emitter.emit(f"and {bits} {whole}, {lost}")
    carried = emitter.emit(f"and {bits} {emitter.emit(f'add {bits} {dropped}, {lost}')}, {last}")
    high = emitter.emit(f"xor {bits} {whole}, {dropped}")
    odd = emitter.emit(f"bitcast {bits} {emitter.emit(f'or {bits} {high}, {carried}')} to {double}")
    return conversion(emitter, "fptrunc", float64, float32, odd, rounds=True)


def _odd_single_anywhere(emitter: Emitter, register: str) -> str:
    """Round a float64 to odd as a float32 that may be subnormal or too large, as bfloat16 has the same exponents.

    The nearest float32 is moved to the one nearer to zero where it is too large, and made odd where it is not exact.
    """
    bits, wide, double, single = (emitter.type(kind) for kind in (uint32, uint64, float64, float32))
    near = conversion(emitter, "fptrunc", float64, float32, register, rounds=True)
    back = conversion(emitter, "fpext", float32, float64, near, rounds=False)
    asked, made = (emitter.emit(f"bitcast {double} {each} to {wide}") for each in (register, back))
    magnitude = emitter.constant((1 << 63) - 1, uint64)
    sizes = [emitter.emit(f"and {wide} {each}, {magnitude}") for each in (asked, made)]
    beyond = emitter.emit(f"icmp ugt {wide} {sizes[1]}, {sizes[0]}")
    differs = emitter.emit(f"icmp ne {wide} {asked}, {made}")
    one, none = emitter.constant(1, uint32), emitter.constant(0, uint32)
    whole = emitter.emit(f"bitcast {single} {near} to {bits}")
    below = emitter.emit(f"sub {bits} {whole}, {emitter.select(beyond, uint32, one, none)}")
    odd = emitter.emit(f"or {bits} {below}, {emitter.select(differs, uint32, one, none)}")
    return emitter.emit(f"bitcast {bits} {odd} to {single}")


def _lower_truncate(emitter: Emitter, operation: Operation, registers: Registers) -> Registers:
    source, to = operand_type(operation), _target(operation)
    if to == uint64:
        return (_unsigned_64(emitter, source, registers[0]),)
    through = int64 if to.bits == 64 or to.name == "uint32" else int32
    whole = _signed(emitter, source, through, registers[0])
    return (_resize(emitter, through, to, whole),)


def _signed(emitter: Emitter, source: ScalarType, to: ScalarType, register: str) -> str:
    return conversion(emitter, "fptosi", source, to, register, rounds=False, strict=True)


def _unsigned_64(emitter: Emitter, source: ScalarType, register: str) -> str:
    """Convert as C compilers do without an instruction for it: the upper half of the range moved into the signed one."""
    bits = emitter.type(uint64)
    limit = emitter.constant(2.0**63, source)
    upper = compare_floats(emitter, "oge", source, register, limit)
    moved = emitter.select(upper, source, limit, emitter.constant(0.0, source))
    text = emitter.type(source)
    lower = emitter.constrained("fsub", text, [(text, register), (text, moved)], emitter.suffix(source), rounds=True)
    whole = _signed(emitter, source, int64, lower)
    top = emitter.select(upper, uint64, emitter.constant(1 << 63, uint64), emitter.constant(0, uint64))
    return emitter.emit(f"xor {bits} {whole}, {top}")


cast = Primitive(
    name="cast",
    doc="Convert a number to the type `to`, as NumPy's `astype` does.",
    rule=explicit("cast"),
    expand=_expand_cast,
    plain=True,
    raises=frozenset({"over", "under", "invalid"}),
    takes_half=True,
)

convert = Primitive(
    name="convert",
    doc="Convert where nothing can go wrong: between integers, to bool, from integer to float, to a wider float.",
    rule=explicit("convert"),
    lower=_lower_convert,
    plain=True,
    takes_half=True,
)

narrow = Primitive(
    name="narrow",
    doc="Round a float to a narrower one.",
    rule=explicit("narrow"),
    lower=_lower_narrow,
    plain=True,
    raises=frozenset({"over", "under"}),
    neutral=(0.0,),
    takes_half=True,
)

truncate = Primitive(
    name="truncate",
    doc="Convert a float to an integer, rounding towards zero.",
    rule=explicit("truncate"),
    lower=_lower_truncate,
    raises=frozenset({"invalid"}),
    neutral=(0.0,),
)

RECORDS = (cast, convert, narrow, truncate)
