"""The conversions between float16 and float32 that LLVM calls by name on processors without instructions for them.

They belong into every module with float16 code for such a processor: the C library has no such functions, and the compiler's
run-time library, which has, need not be there. Errors are raised as the instructions raise them.
"""

from __future__ import annotations

HALF_FUNCTIONS = """
define hidden float @__extendhfsf2(half %x) nounwind {
  %short = bitcast half %x to i16
  %bits = zext i16 %short to i32
  %size = and i32 %bits, 32767
  %negative = and i32 %bits, 32768
  %sign = shl i32 %negative, 16
  %moved = shl i32 %size, 13
  %small = bitcast i32 %moved to float
  %scaled = fmul float %small, 0x46F0000000000000
  %usual = bitcast float %scaled to i32
  %special = icmp uge i32 %size, 31744
  %unbounded = or i32 %usual, 2139095040
  %chosen = select i1 %special, i32 %unbounded, i32 %usual
  %signed = or i32 %chosen, %sign
  %result = bitcast i32 %signed to float
  ret float %result
}
define hidden half @__truncsfhf2(float %x) nounwind strictfp {
  %bits = bitcast float %x to i32
  %size = and i32 %bits, 2147483647
  %high = lshr i32 %bits, 16
  %sign = and i32 %high, 32768
  %magnitude = bitcast i32 %size to float
  %kept = lshr i32 %size, 13
  %odd = and i32 %kept, 1
  %half = add i32 %size, 4095
  %rounded = add i32 %half, %odd
  %cut = lshr i32 %rounded, 13
  %usual = sub i32 %cut, 114688
  %aligned = call float @llvm.experimental.constrained.fadd.f32(float %magnitude, float 0.5,
    metadata !"round.tonearest", metadata !"fpexcept.strict") strictfp
  %alignedbits = bitcast float %aligned to i32
  %tiny = sub i32 %alignedbits, 1056964608
  %istiny = icmp ult i32 %size, 947912704
  %finite = select i1 %istiny, i32 %tiny, i32 %usual
  %isbig = icmp uge i32 %size, 1199566848
  %bounded = select i1 %isbig, i32 31744, i32 %finite
  %payload = and i32 %kept, 1023
  %quiet = or i32 %payload, 32256
  %isnan = icmp ugt i32 %size, 2139095040
  %known = select i1 %isnan, i32 %quiet, i32 %bounded
  %isnumber = icmp ult i32 %size, 2139095040
  %over = and i1 %isbig, %isnumber
  %back = call float @llvm.experimental.constrained.fsub.f32(float %aligned, float 0.5,
    metadata !"round.tonearest", metadata !"fpexcept.strict") strictfp
  %backbits = bitcast float %back to i32
  %changed = icmp ne i32 %backbits, %size
  %under = and i1 %istiny, %changed
  %huge = select i1 %over, float 0x4630000000000000, float 1.0
  %factor = select i1 %under, float 0x39B0000000000000, float %huge
  %raised = call float @llvm.experimental.constrained.fmul.f32(float %factor, float %factor,
    metadata !"round.tonearest", metadata !"fpexcept.strict") strictfp
  %signed = or i32 %known, %sign
  %short = trunc i32 %signed to i16
  %result = bitcast i16 %short to half
  ret half %result
}
"""
"""Definitions as LLVM text; the factors square to more than the largest and to less than the smallest float32."""

HALF_DECLARATIONS = frozenset(
    f"declare float @llvm.experimental.constrained.{name}.f32(float, float, metadata, metadata)" for name in ("fadd", "fsub", "fmul")
)
"""The intrinsics they call."""
