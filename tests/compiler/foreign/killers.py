"""LLVM text over which LLVM ends, aborts or hangs the process it runs in, and some that it merely refuses."""

from __future__ import annotations

from cobra.compiler.foreign.module_text import STACK_LIMIT


def module(body: str, head: str = "define i32 @f(i32 %a, ptr %p) {") -> str:
    return f"{head}\n{body}\n}}\n"


def _returning(body: str) -> str:
    return module(f"{body}\n  ret i32 {'%v' if '%v = call i32' in body else '%a'}")


_CHAIN = "\n".join(f"  %m{k + 1} = mul i4096 %m{k}, %m{k}" for k in range(20_000))

DYING: dict[str, str] = {
    "upgrade sse": _returning("  %v = call <4 x float> @llvm.x86.sse.add.ss(<4 x float> undef)")
    + "declare <4 x float> @llvm.x86.sse.add.ss(<4 x float>)",
    "upgrade avx512": _returning("  %v = call i8 @llvm.x86.avx512.mask.pcmpeq.d.256()") + "declare i8 @llvm.x86.avx512.mask.pcmpeq.d.256()",
    "upgrade nvvm": _returning("  %v = call i32 @llvm.nvvm.abs.i()") + "declare i32 @llvm.nvvm.abs.i()",
    "upgrade objectsize": _returning("  %v = call i64 @llvm.objectsize.i64.p0()") + "declare i64 @llvm.objectsize.i64.p0()",
    "deep types": _returning("  %v = freeze " + "[1 x " * 100_000 + "i8" + "]" * 100_000 + " undef"),
    "deep constants": _returning("  %v = freeze ptr " + "getelementptr (i8, ptr " * 50_000 + "null" + ", i64 1)" * 50_000),
    "deep metadata": "!0 = " + "!{" * 100_000 + "}" * 100_000,
    "nvvm": _returning("  %v = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()") + "declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()",
    "amdgcn": _returning("  %v = call i32 @llvm.amdgcn.workitem.id.x()") + "declare i32 @llvm.amdgcn.workitem.id.x()",
    "neon": module("  %v = call <4 x i32> @llvm.aarch64.neon.addp.v4i32(<4 x i32> %a, <4 x i32> %a)\n  ret <4 x i32> %v",
                   "define <4 x i32> @f(<4 x i32> %a) {") + "declare <4 x i32> @llvm.aarch64.neon.addp.v4i32(<4 x i32>, <4 x i32>)",
    "wasm": module("  %v = call i32 @llvm.wasm.memory.size.i32(i32 0)\n  ret i32 %v", "define i32 @f() {")
    + "declare i32 @llvm.wasm.memory.size.i32(i32)",
    "scalable": module("  %v = add <vscale x 4 x i32> %a, %a\n  ret <vscale x 4 x i32> %v",
                       "define <vscale x 4 x i32> @f(<vscale x 4 x i32> %a) {"),
    "vscale": module("  %v = call i32 @llvm.vscale.i32()\n  ret i32 %v", "define i32 @f() {") + "declare i32 @llvm.vscale.i32()",
    "wide saturation": module("  %v = call i1000 @llvm.fptosi.sat.i1000.f64(double %a)\n  ret i1000 %v", "define i1000 @f(double %a) {")
    + "declare i1000 @llvm.fptosi.sat.i1000.f64(double)",
    "gc": module("  ret i32 %a", 'define i32 @f(i32 %a) gc "x" {'),
    "ppc_fp128": module("  %v = fadd ppc_fp128 %a, %a\n  ret ppc_fp128 %v", "define ppc_fp128 @f(ppc_fp128 %a) {"),
    "register": module('  %v = call i64 @llvm.read_register.i64(metadata !0)\n  ret i64 %v', "define i64 @f() {")
    + 'declare i64 @llvm.read_register.i64(metadata)\n!0 = !{!"nonsense"}',
    "inline assembly": _returning('  call void asm sideeffect "nonsense", ""()'),
    "no sse": module("  %v = fadd double %a, %a\n  ret double %v", 'define double @f(double %a) "target-features"="-sse,-sse2" {'),
    "stack probe": module("  %v = alloca [9999999 x i8]\n  store volatile i8 0, ptr %v\n  ret void",
                          'define void @f() "probe-stack"="inline-asm" "stack-probe-size"="abc" {'),
    "huge alloca": module("  %v = alloca [99999999999999 x i64]\n  %q = getelementptr i64, ptr %v, i64 %a\n  store volatile i64 1, ptr %q\n"
                          "  ret void", f"define void @f(i64 %a) {STACK_LIMIT} {{"),
    "large aggregate": module("  ret [100000 x i32] undef", "define [100000 x i32] @f() {"),
    "module assembly": 'module asm ".incbin \\22/etc/hostname\\22"\n' + _returning(""),
    "two functions": _returning("") + module("  ret void", "define void @g() {"),
    "a variable": "@v = global i32 0\n" + _returning("  store i32 1, ptr @v"),
    "a constructor": "@llvm.global_ctors = appending global [0 x { i32, ptr, ptr }] []\n" + _returning(""),
    "nothing": "",
    "nonsense": "\0\x01 define define",
    "malformed": module("  %v = add i32 %a, %nothing\n  ret i32 %v"),
    "unverified": module("  br label %l\nl:\n  %w = add i32 %v, 1\n  %v = add i32 %w, 1\n  br label %l"),
}  # fmt: skip
"""Modules of which no function ``f`` alone comes out, whatever else happens."""

HANGING: dict[str, str] = {
    "wide product": module("  %v = mul i8388607 %a, %a\n  ret i8388607 %v", "define i8388607 @f(i8388607 %a) {"),
    "many products": module(f"{_CHAIN}\n  ret i4096 %m20000", "define i4096 @f(i4096 %m0) {"),
}
"""Modules that LLVM takes minutes or all memory for."""
