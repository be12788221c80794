"""The register in which x86 processors keep the floating-point errors raised so far."""

from __future__ import annotations

from cobra.compiler.codegen.emitter import TextEmitter

INVALID, OVERFLOW, UNDERFLOW = 1, 8, 16
_ROOM = "  %status = alloca i32"


def read_status(emitter: TextEmitter) -> str:
    """Write the reading of the register."""
    if _ROOM not in emitter.lines:
        emitter.lines.insert(0, _ROOM)
    emitter.declarations.add("declare void @llvm.x86.sse.stmxcsr(ptr)")
    emitter.write("call void @llvm.x86.sse.stmxcsr(ptr %status) strictfp")
    return emitter.emit("load i32, ptr %status")


def write_status(emitter: TextEmitter, status: str) -> None:
    """Write the setting of the register, which has been read before."""
    emitter.declarations.add("declare void @llvm.x86.sse.ldmxcsr(ptr)")
    emitter.write(f"store i32 {status}, ptr %status")
    emitter.write("call void @llvm.x86.sse.ldmxcsr(ptr %status) strictfp")
