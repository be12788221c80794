"""What the thread pool's native code needs of each kind of processor: a clock, a pause, and the floating-point environment.

In: the name of a machine. Out: LLVM definitions of ``@ticks``, ``@relax`` and of four functions that hand the caller's rounding to
a worker and its status flags back. They are written with the processor's own instructions because the C library's
functions for it take fifty times longer.
"""

from __future__ import annotations

import platform

_X86_64 = """
declare i64 @llvm.readcyclecounter()
declare void @llvm.x86.sse2.pause()
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)

define internal i64 @ticks() nounwind {
  %now = call i64 @llvm.readcyclecounter()
  ret i64 %now
}

define internal void @relax() nounwind {
  call void @llvm.x86.sse2.pause()
  ret void
}

; Rounding, denormals and masks of this thread, and its flags.
define internal i64 @fp_state() nounwind {
  %place = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %place)
  %state = load i32, ptr %place
  %wide = zext i32 %state to i64
  ret i64 %wide
}

define internal void @fp_set(i64 %state) nounwind {
  %place = alloca i32
  %narrow = trunc i64 %state to i32
  store i32 %narrow, ptr %place
  call void @llvm.x86.sse.ldmxcsr(ptr %place)
  ret void
}

define internal i64 @fp_without_flags(i64 %state) nounwind {
  %clean = and i64 %state, -64
  ret i64 %clean
}

define internal i64 @fp_flags(i64 %state) nounwind {
  %flags = and i64 %state, 63
  ret i64 %flags
}
"""

# The state is the control register in the low word and the status register in the high one.
_AARCH64 = """
declare i64 @llvm.readsteadycounter()
declare void @llvm.aarch64.hint(i32)
declare i64 @llvm.aarch64.get.fpcr()
declare i64 @llvm.aarch64.get.fpsr()
declare void @llvm.aarch64.set.fpcr(i64)
declare void @llvm.aarch64.set.fpsr(i64)

define internal i64 @ticks() nounwind {
  %now = call i64 @llvm.readsteadycounter()       ; programs may not read the cycle counter here
  ret i64 %now
}

define internal void @relax() nounwind {
  call void @llvm.aarch64.hint(i32 1)
  ret void
}

define internal i64 @fp_state() nounwind {
  %control = call i64 @llvm.aarch64.get.fpcr()
  %status = call i64 @llvm.aarch64.get.fpsr()
  %low = and i64 %control, 4294967295
  %high = shl i64 %status, 32
  %state = or i64 %low, %high
  ret i64 %state
}

define internal void @fp_set(i64 %state) nounwind {
  %control = and i64 %state, 4294967295
  %status = lshr i64 %state, 32
  call void @llvm.aarch64.set.fpcr(i64 %control)
  call void @llvm.aarch64.set.fpsr(i64 %status)
  ret void
}

define internal i64 @fp_without_flags(i64 %state) nounwind {
  %clean = and i64 %state, 4294967295
  ret i64 %clean
}

define internal i64 @fp_flags(i64 %state) nounwind {
  %flags = and i64 %state, -4294967296
  ret i64 %flags
}
"""

_TEXTS = {"x86_64": _X86_64, "amd64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}


def machine_text(machine: str | None = None) -> str | None:
    """Return the definitions for a machine, this one by default, or None where they are not known."""
    return _TEXTS.get((machine or platform.machine()).lower())
