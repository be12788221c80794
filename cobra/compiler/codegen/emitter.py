"""Write LLVM text for one function body: scalar code, or whole vectors of lanes under a mask.

Goes in: calls of `cobra.compiler.ir.emitter.Emitter` by lowerings and control flow. Comes out: lines, declarations and the
failures the body may report. In lanes an operation that can raise gets harmless operands where a lane is not live, and
floating-point code is constrained, so that exactly the errors of the kernel as written are raised.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING

from cobra.compiler.codegen import table_lookups
from cobra.compiler.ir.values import Constant, Number, Value, Variable
from cobra.types import ArrayType, ScalarType, bfloat16, bool_

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLOAT_NAMES = {16: "half", 32: "float", 64: "double"}
_HALF, _SINGLE, _DOUBLE = struct.Struct("<e"), struct.Struct("<f"), struct.Struct("<d")


RARE, SELDOM_NOT = ", !prof !1", ", !prof !4"
"""The notes on a jump that is seldom taken, and on one that is taken nearly always."""

_ROUNDING = frozenset({"fadd", "fsub", "fmul", "fdiv"})
_LOOSE = "reassoc nsz arcp contract"
"""What fast code need not keep. NaN and infinity keep their meaning: kernels test for them."""


def scalar_name(scalar: ScalarType) -> str:
    """Return the LLVM name of one element in a register; a bool is ``i1``."""
    if scalar.kind == "bool":
        return "i1"
    # numbers of bfloat16 are only moved, never computed with
    return _FLOAT_NAMES[scalar.bits] if scalar.is_floating and scalar != bfloat16 else f"i{scalar.bits}"


@cache
def _register_type(lanes: int | None, scalar: ScalarType) -> str:
    return f"<{lanes} x {scalar_name(scalar)}>" if lanes else scalar_name(scalar)


@cache
def _constrained(name: str, result: str, kinds: tuple[str, ...], mangling: str, rounds: bool, predicate: str) -> tuple[str, str, str]:
    """Return the declaration of an operation's constrained twin, and what stands before and after the operands of its call."""
    notes = [text for text in (predicate, "round.tonearest" if rounds else "", "fpexcept.strict") if text]
    full = f"{result} @llvm.experimental.constrained.{name}.{mangling}"
    tail = "".join(f', metadata !"{note}"' for note in notes)
    return f"declare {full}({', '.join([*kinds, *['metadata'] * len(notes)])})", f"call {full}(", f"{tail}) strictfp"


def memory_name(scalar: ScalarType) -> str:
    """Return the LLVM name of one element in memory; a bool is ``i8``."""
    return "i8" if scalar.kind == "bool" else scalar_name(scalar)


def literal(value: Number, scalar: ScalarType) -> str:
    """Return the LLVM text of a number of a type."""
    if scalar.kind == "bool":
        return "true" if value else "false"
    if scalar.is_integer:
        assert not isinstance(value, complex)
        return str(int(value))
    assert not isinstance(value, complex)
    if scalar == bfloat16:
        return str(int.from_bytes(_SINGLE.pack(value), "little") >> 16)
    if scalar.bits == 16:
        return f"0xH{int.from_bytes(_HALF.pack(value), 'little'):04X}"
    rounded = _SINGLE.unpack(_SINGLE.pack(value))[0] if scalar.bits == 32 else value
    return f"0x{int.from_bytes(_DOUBLE.pack(rounded), 'little'):016X}"


class Failures:
    """The Python exceptions a module may raise, each with the code that native code passes on."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], int] = {}

    def code(self, exception: str, message: str) -> int:
        """Return the code of an exception with its message."""
        return self.codes.setdefault((exception, message), len(self.codes) + 1)


class TextEmitter:
    """The production `Emitter`: LLVM text for one function.

    Parameters
    ----------
    lanes
        Elements computed at once, or None for scalar code.
    strict
        Whether floating-point operations are constrained.
    failures
        The exceptions of the module, shared by all its functions.
    fast
        Whether floating-point operations may be reordered and contracted.
    hopeful
        Whether lanes that have ended a loop compute on with the values they ended with, which may raise errors of their own.
    defers
        Whether the function only tells that it has failed, and leaves the exception to another.
    rare_lanes
        Elements computed at once where few are expected to need it, if fewer.
    permutes
        The bytes of the vectors that the machine permutes by other vectors, or 0.
    """

    def __init__(
        self,
        lanes: int | None,
        strict: bool,
        failures: Failures,
        *,
        fast: bool = False,
        hopeful: bool = False,
        defers: bool = False,
        rare_lanes: int | None = None,
        permutes: int = 0,
    ) -> None:
        self.lanes, self.strict, self.failures, self.fast, self.hopeful = lanes, strict, failures, fast, hopeful
        self.defers, self.rare_lanes, self.permutes = defers, rare_lanes, permutes
        self.rooms: list[str] = []
        """What makes room in memory, at the entry of the function."""
        self.mask: str | None = None
        self.guard: str | None = None
        """The lanes that must compute with their own operands; all others get harmless ones."""
        self.lines: list[str] = []
        self.declarations: set[str] = set()
        self.registers: dict[Variable, str] = {}
        self.flags: list[str] = []
        self.failing: list[tuple[int, str]] = []
        self.element_folds: set[tuple[str, str]] = set()
        """Operations and types, by name, by which elements of arrays are joined."""
        self.matrix_products: set[tuple[str, str]] = set()
        """Gufuncs and types, by name, by which matrices are multiplied."""
        self.strides: dict[tuple[str, int], str] = {}
        """The byte stride of each axis of each array, by address register and axis."""
        self.block = "entry"
        self._count = 0
        self._all_lanes = lanes

    # -- names and types

    def type(self, scalar: ScalarType) -> str:
        """Return the LLVM type of a register."""
        return _register_type(self.lanes, scalar)

    def suffix(self, scalar: ScalarType) -> str:
        """Return the mangling of the register type in intrinsic names."""
        element = f"f{scalar.bits}" if scalar.is_floating else scalar_name(scalar)
        return f"v{self.lanes}{element}" if self.lanes else element

    def constant(self, value: Number, scalar: ScalarType) -> str:
        """Return a constant, repeated for every lane."""
        text = literal(value, scalar)
        return f"splat ({scalar_name(scalar)} {text})" if self.lanes else text

    def fresh(self, hint: str = "t") -> str:
        """Return a name not used yet in this function."""
        self._count += 1
        return f"{hint}.{self._count}"

    def register(self, value: Value) -> str:
        """Return the register or constant text of a value."""
        return self.constant(value.value, value.type) if isinstance(value, Constant) else self.registers[value]

    # -- instructions

    def emit(self, text: str) -> str:
        """Write an instruction and return the register of its result."""
        name = f"%{self.fresh()}"
        operation, _, rest = text.partition(" ")
        loose = f" {_LOOSE}" if self.fast and operation in _ROUNDING else ""
        self.lines.append(f"  {name} = {operation}{loose} {rest}")
        return name

    def write(self, text: str) -> None:
        """Write an instruction without a result."""
        self.lines.append(f"  {text}")

    def start(self, block: str) -> None:
        """Start a basic block."""
        self.lines.append(f"{block}:")
        self.block = block

    def branch(self, condition: str, yes: str, no: str, note: str = "") -> None:
        """End the block with a conditional jump."""
        self.write(f"br i1 {condition}, label %{yes}, label %{no}{note}")

    def jump(self, block: str) -> None:
        """End the block with a jump."""
        self.write(f"br label %{block}")

    def intrinsic(self, name: str, result: str, operands: Sequence[tuple[str, str]]) -> str:
        """Call an LLVM intrinsic by its mangled name."""
        self.declarations.add(f"declare {result} @llvm.{name}({', '.join(kind for kind, _ in operands)})")
        return self.emit(f"call {result} @llvm.{name}({_arguments(operands)}){self._strictness}")

    def constrained(
        self, name: str, result: str, operands: Sequence[tuple[str, str]], mangling: str, *, rounds: bool, predicate: str = ""
    ) -> str:
        """Call the constrained twin of a floating-point operation."""
        declaration, head, tail = _constrained(name, result, tuple([kind for kind, _ in operands]), mangling, rounds, predicate)
        self.declarations.add(declaration)
        return self.emit(f"{head}{_arguments(operands)}{tail}")

    def call_library(self, function: str, result: str, operands: Sequence[tuple[str, str]]) -> str:
        """Call a function of the C library; scalar code only."""
        if self.lanes:
            raise AssertionError(f"{function} has no vector form")
        self.declarations.add(f"declare {result} @{function}({', '.join(kind for kind, _ in operands)})")
        return self.emit(f"call {result} @{function}({_arguments(operands)}) nounwind nobuiltin{self._strictness}")

    @property
    def _strictness(self) -> str:
        return " strictfp" if self.strict else ""

    def select(self, condition: str, scalar: ScalarType, yes: str, no: str) -> str:
        """Choose per lane."""
        if yes == no:
            return yes
        kind = self.type(scalar)
        return self.emit(f"select {self.type(bool_)} {condition}, {kind} {yes}, {kind} {no}")

    def look_up(self, entries: Sequence[Number], scalar: ScalarType, index_type: ScalarType, index: str) -> str:
        """Return the entries of a table of constants at indices, which are taken modulo its size, a power of two."""
        table = table_lookups.Table(scalar_name(scalar), scalar.bits, [literal(entry, scalar) for entry in entries])
        write = table_lookups.in_lanes if self.lanes else table_lookups.in_scalar_code
        return write(self, table, index_type.bits, index)

    # -- masks

    def both(self, mask: str | None, condition: str) -> str:
        """Return the lanes that are live and satisfy the condition."""
        return condition if mask is None else self.emit(f"and {self.type(bool_)} {mask}, {condition}")

    def invert(self, condition: str) -> str:
        """Return the lanes that do not satisfy the condition."""
        return self.emit(f"xor {self.type(bool_)} {condition}, {self.constant(True, bool_)}")

    def any(self, condition: str) -> str:
        """Return one bit: whether any lane satisfies the condition."""
        if not self.lanes:
            return condition
        whole = self.emit(f"bitcast <{self.lanes} x i1> {condition} to i{self.lanes}")
        return self.emit(f"icmp ne i{self.lanes} {whole}, 0")

    @contextmanager
    def under(self, mask: str | None, *, in_loop: bool = False) -> Iterator[None]:
        """Emit under another mask of live lanes; `in_loop` when the other lanes hold what they ended a loop with."""
        saved = self.mask, self.guard
        self.mask, self.guard = mask, self.guard if in_loop and self.hopeful else mask
        try:
            yield
        finally:
            self.mask, self.guard = saved

    @contextmanager
    def group(self, lanes: int) -> Iterator[None]:
        """Emit for some of the lanes only."""
        saved, self.lanes = self.lanes, lanes
        try:
            yield
        finally:
            self.lanes = saved

    # -- effects

    def signal(self, flag: str, condition: str) -> None:
        """Remember to raise a floating-point error at the end of the loop where the condition holds in a live lane."""
        if flag not in self.flags:
            self.flags.append(flag)
        signalling = self._in_all_lanes(self.both(self.mask, condition))
        with self.group(self._all_lanes) if self._all_lanes else nullcontext():
            kind = self.type(bool_)
        before = self.emit(f"load {kind}, ptr %flag.{flag}")
        self.write(f"store {kind} {self.emit(f'or {kind} {before}, {signalling}')}, ptr %flag.{flag}")

    def _in_all_lanes(self, mask: str) -> str:
        """Return the lanes of a group among all lanes: which ones of those does not matter."""
        if self.lanes == self._all_lanes or not self.lanes or not self._all_lanes:
            return mask
        order = ", ".join(f"i32 {min(lane, self.lanes)}" for lane in range(self._all_lanes))
        kind = self.type(bool_)
        return self.emit(f"shufflevector {kind} {mask}, {kind} zeroinitializer, <{self._all_lanes} x i32> <{order}>")

    def fail_if(self, condition: str, exception: str, message: str) -> None:
        """Leave the function with a Python exception when the condition holds in a live lane."""
        code = self.failures.code(exception, message)
        fine = self.fresh("fine")
        failing = self.any(self.both(self.mask, condition))
        self.failing.append((code, self.block))
        self.branch(failing, "failed", fine, RARE)
        self.start(fine)

    # -- array parameters

    def bind_array(self, parameter: Variable, base: str, strides: Sequence[str]) -> None:
        """State where an array parameter lies: its address and its byte strides."""
        self.registers[parameter] = base
        for axis, stride in enumerate(strides):
            self.strides[base, axis] = stride

    def element_address(self, array: str, indices: Sequence[str]) -> str:
        """Return the address of an array parameter's element."""
        address = array
        for axis, index in enumerate(indices):
            offset = self.emit(f"mul nsw i64 {index}, {self.strides[array, axis]}")
            address = self.emit(f"getelementptr inbounds i8, ptr {address}, i64 {offset}")
        return address


    def element_step(self, array: str, axis: int) -> str:
        """Return the bytes from one element of an array parameter to the next along a dimension."""
        return self.strides[array, axis]

    def fold_elements(self, by: str, scalar: ScalarType, operands: Sequence[str]) -> str:
        """Join a start and elements of a type by the operation of that name: start, address, count, bytes between two."""
        self.element_folds.add((by, scalar.name))
        kind = scalar_name(scalar)
        arguments = _arguments(list(zip((kind, "ptr", "i64", "i64"), operands, strict=True)))
        return self.emit(f"call {kind} @elements.{element_fold_name(by, scalar)}({arguments}){self._strictness}")

    def matrix_product(self, by: str, scalar: ScalarType, operands: Sequence[str]) -> None:
        """Multiply matrices of a type as a gufunc does: address and two steps of the result and of both factors, then three sizes."""
        self.matrix_products.add((by, scalar.name))
        arguments = _arguments(list(zip(PRODUCT_OPERANDS, operands, strict=True)))
        self.write(f"call void @{product_name(by, scalar.name)}({arguments}){self._strictness}")

    def local_array(self, array: Variable) -> str:
        """Return the address of an array of the function's own, which whoever writes the function has bound before its body."""
        return self.registers[array]


PRODUCT_OPERANDS = ("ptr", "i64", "i64") * 3 + ("i64",) * 3
"""The types of what a matrix product takes."""


def product_name(by: str, kind: str) -> str:
    """Return the name of the function that multiplies matrices of a type as a gufunc of NumPy does."""
    return f"product.{by}.{kind}"


def element_fold_name(by: str, scalar: ScalarType) -> str:
    """Return the end of the names of the functions that join elements of a type by an operation."""
    return f"{by}.{scalar.name}"


def _arguments(operands: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{kind} {register}" for kind, register in operands)


def element_type(parameter: Variable) -> ScalarType:
    """Return the scalar type of a parameter's elements."""
    return parameter.type.element if isinstance(parameter.type, ArrayType) else parameter.type
