"""Parts of LLVM text shared by all drivers: operands in memory, floating-point errors, Python exceptions, loop notes.

A driver is a NumPy inner loop around a kernel's body. An operand is one NumPy argument; a complex one reaches the body as
two registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import Failures, TextEmitter, memory_name, scalar_name
from cobra.types import ScalarType, bool_

# A loop note that keeps LLVM's vectoriser away, and branch weights of exceptional paths.
NOTES = """!0 = distinct !{!0, !2}
!1 = !{!"branch_weights", i32 1, i32 100000}
!2 = !{!"llvm.loop.vectorize.enable", i1 false}
"""
SEQUENTIAL = ", !llvm.loop !0"
RARE = ", !prof !1"

_RAISING = {
    "divide": ("1.0", "fdiv", "0.0"),
    "invalid": ("0.0", "fdiv", "0.0"),
    "over": ("1.0e300", "fmul", "1.0e300"),
    "under": ("1.0e-300", "fmul", "1.0e-300"),
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One NumPy argument of an elementwise loop."""

    index: int
    scalar: ScalarType

    @property
    def size(self) -> int:
        """Return the bytes of one element."""
        return self.scalar.itemsize

    @property
    def align(self) -> int:
        """Return the alignment NumPy guarantees."""
        return self.scalar.component.itemsize

    @property
    def parts(self) -> int:
        """Return the registers of one element: two when complex."""
        return 2 if self.scalar.is_complex else 1

    def memory(self, lanes: int | None = None) -> str:
        """Return the type of one element, or of a block of lanes, in memory."""
        count = (lanes or 1) * self.parts
        name = memory_name(self.scalar.component)
        return name if count == 1 else f"<{count} x {name}>"

    def load(self, emitter: TextEmitter, address: str) -> list[str]:
        """Write the load of an element, or of a block of lanes; return its registers."""
        kind = self.memory(emitter.lanes)
        whole = emitter.emit(f"load {kind}, ptr {address}, align {self.align}")
        if self.scalar == bool_:
            zero = "zeroinitializer" if emitter.lanes else "0"
            return [emitter.emit(f"icmp ne {kind} {whole}, {zero}")]
        return [whole] if self.parts == 1 else [self._part(emitter, whole, part) for part in (0, 1)]

    def _part(self, emitter: TextEmitter, whole: str, part: int) -> str:
        kind, lanes = self.memory(emitter.lanes), emitter.lanes
        if not lanes:
            return emitter.emit(f"extractelement {kind} {whole}, i32 {part}")
        return emitter.emit(f"shufflevector {kind} {whole}, {kind} poison, {_indices(range(part, 2 * lanes, 2))}")

    def store(self, emitter: TextEmitter, registers: Sequence[str], address: str) -> None:
        """Write the store of an element, or of a block of lanes."""
        kind, lanes = self.memory(emitter.lanes), emitter.lanes
        whole = registers[0]
        if self.scalar == bool_:
            whole = emitter.emit(f"zext {emitter.type(bool_)} {whole} to {kind}")
        elif self.parts == 2 and lanes:
            order = [i // 2 + lanes * (i % 2) for i in range(2 * lanes)]
            part = emitter.type(self.scalar.component)
            whole = emitter.emit(f"shufflevector {part} {registers[0]}, {part} {registers[1]}, {_indices(order)}")
        elif self.parts == 2:
            element = scalar_name(self.scalar.component)
            half = emitter.emit(f"insertelement {kind} poison, {element} {registers[0]}, i32 0")
            whole = emitter.emit(f"insertelement {kind} {half}, {element} {registers[1]}, i32 1")
        emitter.write(f"store {kind} {whole}, ptr {address}, align {self.align}")


def _indices(order: Sequence[int]) -> str:
    return f"<{len(order)} x i32> <{', '.join(f'i32 {i}' for i in order)}>"


# -- copying strided elements

_UNROLLED = 4


def call_copy(emitter: TextEmitter, operand: Operand, source: tuple[str, str], target: tuple[str, str], count: str) -> None:
    """Write a call that copies elements; source and target are (address, byte step)."""
    arguments = f"ptr {source[0]}, i64 {source[1]}, ptr {target[0]}, i64 {target[1]}, i64 {count}"
    emitter.write(f"call void @copy.{operand.size}({arguments})")


def copy_functions(sizes: Sequence[int]) -> str:
    """Return one copying function for each element size, four elements a turn and the rest one by one."""
    return "\n".join(_copy_function(size) for size in sizes)


def _copy_function(size: int) -> str:
    kind, align = ("<2 x i64>", 8) if size == 16 else (f"i{8 * size}", min(size, 4))
    lines = [f"define internal void @copy.{size}(ptr %source, i64 %by, ptr %target, i64 %to, i64 %n) noinline nounwind {{", "entry:"]
    # Each address from the first one: a chain of additions would cost a cycle an element.
    lines += [f"  %by{k} = mul i64 %by, {k}\n  %to{k} = mul i64 %to, {k}" for k in range(1, _UNROLLED + 1)]
    lines += [f"  %turns = lshr i64 %n, 2\n  %some = icmp ne i64 %turns, 0\n  br i1 %some, label %turn, label %rest", "turn:"]
    lines += ["  %s0 = phi ptr [%source, %entry], [%s4, %turn]\n  %t0 = phi ptr [%target, %entry], [%t4, %turn]"]
    lines += ["  %left = phi i64 [%turns, %entry], [%fewer, %turn]"]
    lines += [f"  %s{k + 1} = getelementptr i8, ptr %s0, i64 %by{k + 1}\n  %t{k + 1} = getelementptr i8, ptr %t0, i64 %to{k + 1}" for k in range(_UNROLLED)]
    lines += [f"  %v{k} = load {kind}, ptr %s{k}, align {align}" for k in range(_UNROLLED)]
    lines += [f"  store {kind} %v{k}, ptr %t{k}, align {align}" for k in range(_UNROLLED)]
    lines += [f"  %fewer = add i64 %left, -1\n  %again = icmp ne i64 %fewer, 0\n  br i1 %again, label %turn, label %rest{SEQUENTIAL}", "rest:"]
    lines += ["  %s = phi ptr [%source, %entry], [%s4, %turn]\n  %t = phi ptr [%target, %entry], [%t4, %turn]"]
    lines += ["  %over = and i64 %n, 3\n  %more = icmp ne i64 %over, 0\n  br i1 %more, label %one, label %done", "one:"]
    lines += ["  %a = phi ptr [%s, %rest], [%b, %one]\n  %c = phi ptr [%t, %rest], [%d, %one]"]
    lines += ["  %k = phi i64 [%over, %rest], [%l, %one]"]
    lines += [f"  %v = load {kind}, ptr %a, align {align}\n  store {kind} %v, ptr %c, align {align}"]
    lines += ["  %b = getelementptr i8, ptr %a, i64 %by\n  %d = getelementptr i8, ptr %c, i64 %to"]
    lines += [f"  %l = add i64 %k, -1\n  %e = icmp ne i64 %l, 0\n  br i1 %e, label %one, label %done{SEQUENTIAL}", "done:", "  ret void\n}"]
    return "\n".join(lines)


# -- floating-point errors set by rule


def flag_storage(emitter: TextEmitter) -> list[str]:
    """Return the lines that make room for the errors a body collects."""
    kind = emitter.type(bool_)
    zero = "zeroinitializer" if emitter.lanes else "false"
    return [f"  %flag.{flag} = alloca {kind}\n  store {kind} {zero}, ptr %flag.{flag}" for flag in emitter.flags]


def raise_collected(emitter: TextEmitter) -> None:
    """Raise the errors a body collected, by operations that raise them; ends in a new block."""
    for flag in list(emitter.flags):
        kind = emitter.type(bool_)
        wanted = emitter.any(emitter.emit(f"load {kind}, ptr %flag.{flag}"))
        raising, after = emitter.fresh("raising"), emitter.fresh("raised")
        emitter.branch(wanted, raising, after, RARE)
        emitter.start(raising)
        emitter.write(f"call void @raise.{flag}(){' strictfp' if emitter.strict else ''}")
        emitter.jump(after)
        emitter.start(after)


def raising_functions(flags: Sequence[str]) -> str:
    """Return functions that raise each floating-point error; volatile, so that nothing is computed ahead."""
    text = []
    for flag in flags:
        left, operation, right = _RAISING[flag]
        text.append(
            f"define internal void @raise.{flag}() noinline cold nounwind {{\n"
            f"  %a = alloca double\n  %b = alloca double\n"
            f"  store volatile double {left}, ptr %a\n  store volatile double {right}, ptr %b\n"
            f"  %x = load volatile double, ptr %a\n  %y = load volatile double, ptr %b\n"
            f"  %z = {operation} double %x, %y\n  store volatile double %z, ptr %a\n  ret void\n}}"
        )
    return "\n".join(text)


# -- Python exceptions


def failure_exit(emitter: TextEmitter) -> None:
    """Write the block that every failing operation of the body jumps to."""
    if emitter.failing:
        pairs = ", ".join(f"[{code}, %{block}]" for code, block in emitter.failing)
        emitter.lines += ["failed:", f"  %failure = phi i32 {pairs}"]
        emitter.lines += ["  call void @fail(i32 %failure)", "  ret void"]


def failure_functions(failures: Failures) -> str:
    """Return the function that sets a Python exception by its code, unless one is already set."""
    if not failures.codes:
        return ""
    declarations = ["declare i32 @PyGILState_Ensure()", "declare void @PyGILState_Release(i32)"]
    declarations += ["declare ptr @PyErr_Occurred()", "declare void @PyErr_SetString(ptr, ptr)"]
    declarations += [f"@PyExc_{name} = external global ptr" for name in sorted({name for name, _ in failures.codes})]
    cases, blocks = [], []
    for (exception, message), code in failures.codes.items():
        encoded = message.encode() + b"\0"
        text = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:02X}" for b in encoded)
        declarations.append(f'@message.{code} = private unnamed_addr constant [{len(encoded)} x i8] c"{text}"')
        cases.append(f"i32 {code}, label %set.{code}")
        blocks.append(
            f"set.{code}:\n  %kind.{code} = load ptr, ptr @PyExc_{exception}\n"
            f"  call void @PyErr_SetString(ptr %kind.{code}, ptr @message.{code})\n  br label %done"
        )
    return "\n".join([
        *declarations,
        "define internal void @fail(i32 %code) noinline cold nounwind {",
        "  %state = call i32 @PyGILState_Ensure()\n  %pending = call ptr @PyErr_Occurred()",
        "  %free = icmp eq ptr %pending, null\n  br i1 %free, label %set, label %done",
        f"set:\n  switch i32 %code, label %done [ {' '.join(cases)} ]",
        *blocks,
        "done:\n  call void @PyGILState_Release(i32 %state)\n  ret void\n}",
    ])  # fmt: skip
