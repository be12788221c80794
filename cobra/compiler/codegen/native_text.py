"""Parts of LLVM text shared by all drivers: operands in memory, floating-point errors, Python exceptions, loop notes.

A driver is a NumPy inner loop around a kernel's body. An operand is one NumPy argument; a complex one reaches the body as
two registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import RARE, Failures, TextEmitter, memory_name
from cobra.runtime.streaming import VECTOR as ALIGNED
from cobra.types import ScalarType, bool_

# A loop note that keeps LLVM's vectoriser away, branch weights of exceptional paths, and the mark of stores past the caches.
NOTES = """!0 = distinct !{!0, !2}
!1 = !{!"branch_weights", i32 1, i32 100000}
!2 = !{!"llvm.loop.vectorize.enable", i1 false}
!3 = !{i32 1}
!4 = !{!"branch_weights", i32 100000, i32 1}
"""
SEQUENTIAL = ", !llvm.loop !0"

_RAISING = {
    "divide": ("1.0", "fdiv", "0.0"),
    "invalid": ("0.0", "fdiv", "0.0"),
    "over": ("1.0e300", "fmul", "1.0e300"),
    "under": ("1.0e-300", "fmul", "1.0e-300"),
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One NumPy argument of an elementwise loop, or one number in it.

    Parameters
    ----------
    packed
        Whether it may lie anywhere in memory, as the fields of structures do.
    """

    index: int
    scalar: ScalarType
    packed: bool = False

    @property
    def size(self) -> int:
        """Return the bytes of one element."""
        return self.scalar.itemsize

    @property
    def align(self) -> int:
        """Return the alignment NumPy guarantees."""
        return 1 if self.packed else self.part_size

    @property
    def part_size(self) -> int:
        """Return the bytes of one element, or of each half of a complex one."""
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
        """Write the load of a block of lanes, or of one element where there are none; return its registers."""
        if not emitter.lanes:
            return self.load_one(emitter, address)
        kind = self.memory(emitter.lanes)
        whole = emitter.emit(f"load {kind}, ptr {address}, align {self.align}")
        if self.parts == 1:
            return [self._as_bit(emitter, whole)]
        orders = [lane_list(range(part, 2 * emitter.lanes, 2)) for part in (0, 1)]
        return [emitter.emit(f"shufflevector {kind} {whole}, {kind} poison, {order}") for order in orders]

    def load_one(self, emitter: TextEmitter, address: str) -> list[str]:
        """Write the load of one element, into every lane if there are lanes; return its registers."""
        return [self._as_bit(emitter, self._load_part(emitter, address, part)) for part in range(self.parts)]

    def _load_part(self, emitter: TextEmitter, address: str, part: int) -> str:
        kind, lanes = memory_name(self.scalar.component), emitter.lanes
        one = emitter.emit(f"load {kind}, ptr {self._part(emitter, address, part)}, align {self.align}")
        if not lanes:
            return one
        first = emitter.emit(f"insertelement <{lanes} x {kind}> poison, {kind} {one}, i32 0")
        return emitter.emit(f"shufflevector <{lanes} x {kind}> {first}, <{lanes} x {kind}> poison, <{lanes} x i32> zeroinitializer")

    def _part(self, emitter: TextEmitter, address: str, part: int) -> str:
        return emitter.emit(f"getelementptr i8, ptr {address}, i64 {part * self.part_size}") if part else address

    def _as_bit(self, emitter: TextEmitter, loaded: str) -> str:
        if self.scalar != bool_:
            return loaded
        kind = f"<{emitter.lanes} x i8>" if emitter.lanes else "i8"
        return emitter.emit(f"icmp ne {kind} {loaded}, {'zeroinitializer' if emitter.lanes else '0'}")

    def _as_byte(self, emitter: TextEmitter, register: str) -> str:
        if self.scalar != bool_:
            return register
        kind = f"<{emitter.lanes} x i8>" if emitter.lanes else "i8"
        return emitter.emit(f"zext {emitter.type(bool_)} {register} to {kind}")

    def store(self, emitter: TextEmitter, registers: Sequence[str], address: str, *, streams: bool = False) -> None:
        """Write the store of a block of lanes, or of one element where there are none; `streams` past the caches."""
        if not emitter.lanes:
            self.store_one(emitter, registers, address)
            return
        kind, lanes = self.memory(emitter.lanes), emitter.lanes
        whole = self._as_byte(emitter, registers[0])
        if self.parts == 2:
            order = lane_list([lane // 2 + lanes * (lane % 2) for lane in range(2 * lanes)])
            part = emitter.type(self.scalar.component)
            whole = emitter.emit(f"shufflevector {part} {registers[0]}, {part} {registers[1]}, {order}")
        notes = f"align {ALIGNED}, !nontemporal !3" if streams else f"align {self.align}"
        emitter.write(f"store {kind} {whole}, ptr {address}, {notes}")

    def store_one(self, emitter: TextEmitter, registers: Sequence[str], address: str) -> None:
        """Write the store of one element, of the first lane if there are lanes."""
        kind, lanes = memory_name(self.scalar.component), emitter.lanes
        for part, register in enumerate(registers):
            one = self._as_byte(emitter, register)
            if lanes:
                one = emitter.emit(f"extractelement <{lanes} x {kind}> {one}, i32 0")
            emitter.write(f"store {kind} {one}, ptr {self._part(emitter, address, part)}, align {self.align}")


def lane_list(order: Sequence[int]) -> str:
    """Return the order of lanes as a shuffle wants it."""
    return f"<{len(order)} x i32> <{', '.join(f'i32 {i}' for i in order)}>"


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


def quiet_loop(name: str, inner: str, declarations: set[str]) -> str:
    """Return an inner loop that runs another one and forgets the floating-point errors it raises."""
    declarations |= {"declare void @llvm.x86.sse.stmxcsr(ptr)", "declare void @llvm.x86.sse.ldmxcsr(ptr)"}
    return f"""
define void @{name}(ptr %args, ptr %dimensions, ptr %steps, ptr %data) nounwind strictfp {{
  %status = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %status) strictfp
  call void @{inner}(ptr %args, ptr %dimensions, ptr %steps, ptr %data) strictfp
  call void @llvm.x86.sse.ldmxcsr(ptr %status) strictfp
  ret void
}}"""


# -- Python exceptions


def failure_exit(emitter: TextEmitter, result: str = "void", before: Sequence[str] = ()) -> None:
    """Write the block that every failing operation of the body jumps to: what comes before the end, and what is then returned."""
    if emitter.failing:
        pairs = ", ".join(f"[{code}, %{block}]" for code, block in emitter.failing)
        emitter.lines += ["failed:", f"  %failure = phi i32 {pairs}"]
        report = [] if emitter.defers else ["  call void @fail(i32 %failure)"]
        emitter.lines += [*report, *(f"  {line}" for line in before), f"  ret {result}"]


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
