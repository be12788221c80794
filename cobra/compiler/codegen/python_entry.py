"""The way into a scalar function from Python: the code of a builtin that unboxes its arguments and boxes the result.

It takes positional arguments that are a `float`, or exactly `bool`, `int` or `complex`, and fit the parameters. Any other call it hands
over, as it came, to the Python callable that is the builtin's ``self``. Only functions of Python's C API touch objects; the one
exception is an object's type, the last word of the header every object begins with, whose size the interpreter tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter
from cobra.compiler.codegen.function_entries import call_body
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.ir.values import Variable
from cobra.compiler.primitives.casts import convert, narrow
from cobra.types import ScalarType, bfloat16, float32, float64

_EXACT_WHOLE = 1 << 53
"""All integers up to this one are floats as well."""

_DECLARATIONS = """declare double @PyFloat_AsDouble(ptr)
declare i32 @PyType_IsSubtype(ptr, ptr)
declare i64 @PyLong_AsLongLongAndOverflow(ptr, ptr)
declare i64 @PyLong_AsUnsignedLongLong(ptr)
declare double @PyComplex_RealAsDouble(ptr)
declare double @PyComplex_ImagAsDouble(ptr)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyLong_FromUnsignedLongLong(i64)
declare ptr @PyBool_FromLong(i64)
declare ptr @PyComplex_FromDoubles(double, double)
declare ptr @PyTuple_New(i64)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare void @Py_DecRef(ptr)
declare void @Py_IncRef(ptr)
declare void @PyErr_Clear()
declare ptr @PyErr_Occurred()
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)"""
_TYPES = "PyFloat_Type PyLong_Type PyComplex_Type _Py_TrueStruct _Py_FalseStruct _Py_NoneStruct".split()


def python_entry(name: str, inputs: Sequence[ScalarType], results: Sequence[ScalarType], type_offset: int, declared: set[str]) -> str:
    """Return the function ``PyObject *name(PyObject *self, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)``.

    Parameters
    ----------
    inputs, results
        The numbers it takes and returns; several results make a tuple, none makes None.
    type_offset
        Where in an object the pointer to its type stands.
    declared
        Where the declarations of outside names go.
    """
    declared.update(_DECLARATIONS.split("\n"), (f"@{kind} = external global i8" for kind in _TYPES))
    entry = _Entry(type_offset)
    text = entry.text(name, inputs, results)
    declared |= entry.emitter.declarations
    return text


class _Entry:
    """The text of one entry under way; every refused argument jumps to the block ``slow``."""

    def __init__(self, type_offset: int) -> None:
        self.emitter = TextEmitter(None, False, Failures())
        self.type_offset = type_offset

    def text(self, name: str, inputs: Sequence[ScalarType], results: Sequence[ScalarType]) -> str:
        emitter = self.emitter
        emitter.lines.append(f"  %overflow = alloca i32\n  %enough = icmp eq i64 %count, {len(inputs)}")
        plain = emitter.emit("icmp eq ptr %keywords, null")
        self.expect(emitter.emit(f"and i1 %enough, {plain}"))
        registers = [register for k, kind in enumerate(inputs) for register in self.unboxed(k, kind)]
        made = call_body(emitter, _parts(inputs), registers, _parts(results))
        emitter.branch("%failed", "raised", "boxing", RARE)
        emitter.start("boxing")
        emitter.write(f"ret ptr {self.boxed(results, made)}")
        emitter.start("raised")
        emitter.write("ret ptr null")
        emitter.start("slow")
        emitter.write(f"ret ptr {emitter.emit('call ptr @PyObject_Vectorcall(ptr %self, ptr %arguments, i64 %count, ptr %keywords)')}")
        head = f"define ptr @{name}(ptr %self, ptr %arguments, i64 %count, ptr %keywords) nounwind {{"
        return "\n".join([head, "entry:", *emitter.lines, "}"])

    def expect(self, condition: str) -> None:
        """Go on only where a condition holds."""
        fits = self.emitter.fresh("fits")
        self.emitter.branch(condition, fits, "slow")
        self.emitter.start(fits)

    # -- from objects to numbers

    def unboxed(self, position: int, kind: ScalarType) -> list[str]:
        """Write the reading of an argument; return its registers."""
        emitter = self.emitter
        place = emitter.emit(f"getelementptr ptr, ptr %arguments, i64 {position}")
        given = emitter.emit(f"load ptr, ptr {place}")
        if kind.kind == "bool":
            return [self.truth(given)]
        header = emitter.emit(f"getelementptr i8, ptr {given}, i64 {self.type_offset}")
        of = emitter.emit(f"load ptr, ptr {header}")
        if kind.is_integer:
            return [self.whole(given, of, kind)]
        if kind.is_complex:
            return [self.rounded(part, kind.component) for part in self.pair(given, of)]
        return [self.rounded(self.real(given, of), kind)]

    def truth(self, given: str) -> str:
        is_true = self.emitter.emit(f"icmp eq ptr {given}, @_Py_TrueStruct")
        is_false = self.emitter.emit(f"icmp eq ptr {given}, @_Py_FalseStruct")
        self.expect(self.emitter.emit(f"or i1 {is_true}, {is_false}"))
        return is_true

    def whole(self, given: str, of: str, kind: ScalarType) -> str:
        """Read an `int` that the type holds."""
        emitter = self.emitter
        self.expect(emitter.emit(f"icmp eq ptr {of}, @PyLong_Type"))
        if kind.kind == "uint" and kind.bits == 64:
            return self.longest(given)
        value = self.small(given)
        if kind.bits == 64:
            return value
        short = emitter.emit(f"trunc i64 {value} to i{kind.bits}")
        extend = "sext" if kind.kind == "int" else "zext"
        again = emitter.emit(f"{extend} i{kind.bits} {short} to i64")
        self.expect(emitter.emit(f"icmp eq i64 {again}, {value}"))
        return short

    def small(self, given: str) -> str:
        """Read an `int` of 64 bits with a sign."""
        value = self.emitter.emit(f"call i64 @PyLong_AsLongLongAndOverflow(ptr {given}, ptr %overflow)")
        overflow = self.emitter.emit("load i32, ptr %overflow")
        self.expect(self.emitter.emit(f"icmp eq i32 {overflow}, 0"))
        return value

    def longest(self, given: str) -> str:
        """Read an `int` of 64 bits without a sign: one that does not fit sets an exception, which the slow path tells better."""
        emitter = self.emitter
        value = emitter.emit(f"call i64 @PyLong_AsUnsignedLongLong(ptr {given})")
        odd, wrong, fine = emitter.fresh("odd"), emitter.fresh("wrong"), emitter.fresh("fine")
        emitter.branch(emitter.emit(f"icmp eq i64 {value}, -1"), odd, fine, RARE)
        emitter.start(odd)
        error = emitter.emit("call ptr @PyErr_Occurred()")  # else it is the largest number
        emitter.branch(emitter.emit(f"icmp eq ptr {error}, null"), fine, wrong)
        emitter.start(wrong)
        emitter.write("call void @PyErr_Clear()")
        emitter.jump("slow")
        emitter.start(fine)
        return value

    def real(self, given: str, of: str) -> str:
        """Read a `float`, of a subclass too, or an `int` that is a float as well."""
        emitter = self.emitter
        floating, other, whole, derived, joined = (emitter.fresh(hint) for hint in ("float", "other", "int", "derived", "joined"))
        emitter.branch(emitter.emit(f"icmp eq ptr {of}, @PyFloat_Type"), floating, other)
        emitter.start(other)
        emitter.branch(emitter.emit(f"icmp eq ptr {of}, @PyLong_Type"), whole, derived)
        emitter.start(derived)
        is_float = emitter.emit(f"call i32 @PyType_IsSubtype(ptr {of}, ptr @PyFloat_Type)")
        emitter.branch(emitter.emit(f"icmp ne i32 {is_float}, 0"), floating, "slow")
        emitter.start(whole)
        value = self.small(given)
        shifted = emitter.emit(f"add i64 {value}, {_EXACT_WHOLE}")
        self.expect(emitter.emit(f"icmp ule i64 {shifted}, {2 * _EXACT_WHOLE}"))
        rounded, before = emitter.emit(f"sitofp i64 {value} to double"), emitter.block
        emitter.jump(joined)
        emitter.start(floating)
        read = emitter.emit(f"call double @PyFloat_AsDouble(ptr {given})")
        emitter.jump(joined)
        emitter.start(joined)
        return emitter.emit(f"phi double [{rounded}, %{before}], [{read}, %{floating}]")

    def pair(self, given: str, of: str) -> list[str]:
        """Read the parts of a `complex`."""
        self.expect(self.emitter.emit(f"icmp eq ptr {of}, @PyComplex_Type"))
        return [self.emitter.emit(f"call double @PyComplex_{part}AsDouble(ptr {given})") for part in ("Real", "Imag")]

    def rounded(self, register: str, kind: ScalarType) -> str:
        if kind == bfloat16:
            return self.converted(narrow, float32, kind, self.rounded(register, float32))
        return register if kind == float64 else self.converted(narrow, float64, kind, register)

    # -- from numbers to objects

    def boxed(self, kinds: Sequence[ScalarType], registers: Sequence[str]) -> str:
        """Write the making of the result; return it, a null pointer where there is no memory."""
        values = iter(registers)
        whole = [[next(values) for _ in _parts([kind])] for kind in kinds]
        if not kinds:
            self.emitter.write("call void @Py_IncRef(ptr @_Py_NoneStruct)")
            return "@_Py_NoneStruct"
        if len(kinds) == 1:
            return self.box(kinds[0], whole[0])
        return self.tuple(kinds, whole)

    def tuple(self, kinds: Sequence[ScalarType], registers: Sequence[Sequence[str]]) -> str:
        emitter = self.emitter
        made = emitter.emit(f"call ptr @PyTuple_New(i64 {len(kinds)})")
        self.expect_memory(made, "raised")
        for position, (kind, parts) in enumerate(zip(kinds, registers, strict=True)):
            item = self.box(kind, parts)
            self.expect_memory(item, "unmade")
            emitter.emit(f"call i32 @PyTuple_SetItem(ptr {made}, i64 {position}, ptr {item})")
        emitter.write(f"ret ptr {made}")
        emitter.start("unmade")
        emitter.write(f"call void @Py_DecRef(ptr {made})")
        emitter.jump("raised")
        emitter.start("unreachable.end")
        return "null"

    def expect_memory(self, made: str, otherwise: str) -> None:
        there = self.emitter.fresh("there")
        self.emitter.branch(self.emitter.emit(f"icmp eq ptr {made}, null"), otherwise, there, RARE)
        self.emitter.start(there)

    def box(self, kind: ScalarType, registers: Sequence[str]) -> str:
        """Write the making of one Python number."""
        emitter = self.emitter
        if kind.kind == "bool":
            return emitter.emit(f"call ptr @PyBool_FromLong(i64 {emitter.emit(f'zext i1 {registers[0]} to i64')})")
        if kind.is_integer:
            signed = kind.kind == "int"
            extend = f"{'sext' if signed else 'zext'} i{kind.bits} {registers[0]} to i64"
            wide = registers[0] if kind.bits == 64 else emitter.emit(extend)
            return emitter.emit(f"call ptr @PyLong_From{'' if signed else 'Unsigned'}LongLong(i64 {wide})")
        wide_parts = [self.widened(register, kind.component) for register in registers]
        maker = "PyComplex_FromDoubles" if kind.is_complex else "PyFloat_FromDouble"
        return emitter.emit(f"call ptr @{maker}({', '.join(f'double {part}' for part in wide_parts)})")

    def widened(self, register: str, kind: ScalarType) -> str:
        if kind == bfloat16:
            return self.widened(self.converted(convert, kind, float32, register), float32)
        return register if kind == float64 else self.converted(convert, kind, float64, register)

    def converted(self, primitive: Primitive, source: ScalarType, to: ScalarType, register: str) -> str:
        """Convert between floats by the table's own code."""
        assert primitive.lower is not None
        operation = Operation(primitive, (Variable(source),), (Variable(to),), {"to": to.name})
        return primitive.lower(self.emitter, operation, (register,))[0]


def _parts(kinds: Sequence[ScalarType]) -> tuple[ScalarType, ...]:
    """Return the real numbers that some numbers consist of."""
    return tuple(kind.component for kind in kinds for _ in range(2 if kind.is_complex else 1))
