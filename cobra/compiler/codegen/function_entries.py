"""The ways into a scalar function from C: a plain C function, and the form that integrators call.

A real number is passed and returned by value (a float16 as the 16-bit integer of its bits). Everything else, a complex number, a
vector, a structure, a fixed array, is passed by a pointer to it. What is not one real number is returned through pointers that
come after the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import Failures, TextEmitter, memory_name, scalar_name
from cobra.compiler.codegen.function_body import result_type
from cobra.types import ScalarType, bool_, float64


@dataclass(frozen=True, slots=True)
class Place:
    """One number in the memory of an operand: its type and how many bytes from the start it stands."""

    type: ScalarType
    offset: int


@dataclass(frozen=True, slots=True)
class Passed:
    """One parameter or result: the numbers it consists of, and whether C passes it by value."""

    numbers: tuple[Place, ...]
    by_value: bool

    @property
    def registers(self) -> tuple[Place, ...]:
        """Return the real numbers it consists of: two for a complex one."""
        found: list[Place] = []
        for number in self.numbers:
            half = number.type.component
            offsets = (0, half.itemsize) if number.type.is_complex else (0,)
            found += [Place(half, number.offset + offset) for offset in offsets]
        return tuple(found)


def registers_of(operands: Sequence[Passed]) -> tuple[ScalarType, ...]:
    """Return the types of all real numbers of some operands."""
    return tuple(place.type for operand in operands for place in operand.registers)


def returns_value(results: Sequence[Passed]) -> bool:
    """Tell whether C gets the result by value: it is one real number."""
    return len(results) == 1 and results[0].by_value


def c_entry(name: str, inputs: Sequence[Passed], results: Sequence[Passed]) -> str:
    """Return the plain C function."""
    emitter = TextEmitter(None, False, Failures())
    taken, registers = [], []
    for k, operand in enumerate(inputs):
        if operand.by_value:
            taken.append(f"{_by_value(operand.numbers[0].type)} %a{k}")
            registers.append(_from_c(emitter, operand.numbers[0].type, f"%a{k}"))
        else:
            taken.append(f"ptr %a{k}")
            registers += [_load(emitter, f"%a{k}", place) for place in operand.registers]
    made = call_body(emitter, registers_of(inputs), registers, registers_of(results))
    if returns_value(results):
        kind = results[0].numbers[0].type
        emitter.write(f"ret {_c_type(kind)} {_to_c(emitter, kind, made[0])}")
        return _function(emitter, f"{_by_value(kind, after=False)} @{name}", taken)
    values = iter(made)
    for k, operand in enumerate(results):
        taken.append(f"ptr %r{k}")
        for place in operand.registers:
            _store(emitter, f"%r{k}", place, next(values))
    emitter.write("ret void")
    return _function(emitter, f"void @{name}", taken)


def is_integrand(inputs: Sequence[Passed], results: Sequence[Passed]) -> bool:
    """Tell whether a function takes doubles, at least one, and returns a double."""
    kinds = [operand.numbers[0].type if operand.by_value else None for operand in (*inputs, *results)]
    return bool(inputs) and len(results) == 1 and set(kinds) == {float64}


def integrand_entry(name: str, inputs: Sequence[Passed]) -> str:
    """Return ``double name(int n, double *x)``, the form of a function of several variables."""
    emitter = TextEmitter(None, False, Failures())
    registers = [_load(emitter, "%x", Place(float64, 8 * k)) for k in range(len(inputs))]
    (result,) = call_body(emitter, registers_of(inputs), registers, (float64,))
    emitter.write(f"ret double {result}")
    return _function(emitter, f"double @{name}", ["i32 %n", "ptr %x"])


def call_body(emitter: TextEmitter, kinds: Sequence[ScalarType], registers: Sequence[str], made: Sequence[ScalarType]) -> list[str]:
    """Write the call of the body; return the registers of its results (which end with whether it failed in `%failed`)."""
    given = ", ".join(f"{scalar_name(kind)} {register}" for kind, register in zip(kinds, registers, strict=True))
    structure = result_type(made)
    emitter.lines.append(f"  %made = call {structure} @body({given})\n  %failed = extractvalue {structure} %made, {len(made)}")
    return [emitter.emit(f"extractvalue {structure} %made, {k}") for k in range(len(made))]


def _function(emitter: TextEmitter, head: str, taken: Sequence[str]) -> str:
    return "\n".join([f"define {head}({', '.join(taken)}) nounwind {{", "entry:", *emitter.lines, "}"])


# -- values as C passes them


def _c_type(kind: ScalarType) -> str:
    return "i16" if kind.is_floating and kind.bits == 16 else scalar_name(kind)


def _by_value(kind: ScalarType, *, after: bool = True) -> str:
    """Return the type with the extension that C promises for small integers, which stands before the type of a result."""
    if (kind.is_floating and kind.bits != 16) or kind.bits > 16:
        return _c_type(kind)
    extension = "signext" if kind.kind == "int" else "zeroext"
    return f"{_c_type(kind)} {extension}" if after else f"{extension} {_c_type(kind)}"


def _from_c(emitter: TextEmitter, kind: ScalarType, register: str) -> str:
    return emitter.emit(f"bitcast i16 {register} to half") if _c_type(kind) != scalar_name(kind) else register


def _to_c(emitter: TextEmitter, kind: ScalarType, register: str) -> str:
    return emitter.emit(f"bitcast half {register} to i16") if _c_type(kind) != scalar_name(kind) else register


def _address(emitter: TextEmitter, base: str, place: Place) -> str:
    return emitter.emit(f"getelementptr i8, ptr {base}, i64 {place.offset}")


def _load(emitter: TextEmitter, base: str, place: Place) -> str:
    # the memory may be a record's, packed
    loaded = emitter.emit(f"load {memory_name(place.type)}, ptr {_address(emitter, base, place)}, align 1")
    return emitter.emit(f"icmp ne i8 {loaded}, 0") if place.type == bool_ else loaded


def _store(emitter: TextEmitter, base: str, place: Place, register: str) -> None:
    if place.type == bool_:
        register = emitter.emit(f"zext i1 {register} to i8")
    emitter.write(f"store {memory_name(place.type)} {register}, ptr {_address(emitter, base, place)}, align 1")
