"""Texts with vectors, structures and arrays on the arguments ``i32 %a, %b`` and ``float %x, %y``, each with a result."""

from __future__ import annotations

from cobra.types import ScalarType, float32, int32, int64

ARGUMENTS: dict[str, ScalarType] = {"a": int32, "b": int32, "x": float32, "y": float32}

_FLOATS = """
  %v0 = insertelement <4 x float> poison, float %x, i32 0
  %v1 = insertelement <4 x float> %v0, float %y, i64 1
  %v2 = insertelement <4 x float> %v1, float 2.5, i32 2
  %v = insertelement <4 x float> %v2, float -1.0, i32 3
"""
_INTEGERS = """
  %w0 = insertelement <4 x i32> zeroinitializer, i32 %a, i32 0
  %w1 = insertelement <4 x i32> %w0, i32 %b, i32 1
  %w2 = insertelement <4 x i32> %w1, i32 7, i32 2
  %w = insertelement <4 x i32> %w2, i32 -3, i32 3
"""
_SUM = "  %result = call float @llvm.vector.reduce.fadd.v4f32(float 0.0, <4 x float> %r)\n"
_TOTAL = "  %result = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %r)\n"

COMPOUND_TEXTS: dict[str, tuple[str, ScalarType]] = {
    "arithmetic": (
        f"{_FLOATS}  %s = fadd fast <4 x float> %v, <float 1.0, float 2.0, float 3.0, float 4.0>\n"
        f"  %t = fmul <4 x float> %s, splat (float 0.5)\n  %n = fneg <4 x float> %t\n"
        f"  %r = fdiv <4 x float> %n, splat (float 4.0)\n{_SUM}",
        float32,
    ),
    "bits": (
        f"{_INTEGERS}  %s = add nsw <4 x i32> %w, splat (i32 3)\n  %t = xor <4 x i32> %s, <i32 1, i32 2, i32 -1, i32 0>\n"
        f"  %u = shl <4 x i32> %t, <i32 1, i32 2, i32 3, i32 0>\n  %r = lshr <4 x i32> %u, splat (i32 1)\n{_TOTAL}",
        int32,
    ),
    "compare and select": (
        f"{_FLOATS}  %c = fcmp olt <4 x float> %v, splat (float 1.0)\n"
        f"  %r = select <4 x i1> %c, <4 x float> %v, <4 x float> zeroinitializer\n{_SUM}",
        float32,
    ),
    "select one of two": (
        f"{_INTEGERS}  %c = icmp slt i32 %a, %b\n  %r = select i1 %c, <4 x i32> %w, <4 x i32> <i32 1, i32 2, i32 3, i32 4>\n{_TOTAL}",
        int32,
    ),
    "mask": (
        f"{_INTEGERS}  %c = icmp ugt <4 x i32> %w, splat (i32 6)\n"
        "  %s = sext <4 x i1> %c to <4 x i32>\n  %result = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %s)\n",
        int32,
    ),
    "conversions": (
        f"{_INTEGERS}  %f = sitofp <4 x i32> %w to <4 x double>\n  %h = fmul <4 x double> %f, splat (double 0.25)\n"
        f"  %i = fptosi <4 x double> %h to <4 x i64>\n  %r = trunc <4 x i64> %i to <4 x i32>\n{_TOTAL}",
        int32,
    ),
    "shuffle": (
        f"{_INTEGERS}  %s = shufflevector <4 x i32> %w, <4 x i32> <i32 10, i32 20, i32 30, i32 40>, "
        "<6 x i32> <i32 3, i32 0, i32 5, i32 1, i32 7, i32 2>\n"
        "  %p = extractelement <6 x i32> %s, i32 1\n  %q = extractelement <6 x i32> %s, i8 4\n  %m = mul i32 %p, 3\n"
        "  %result = add i32 %m, %q\n",
        int32,
    ),
    "dynamic positions": (
        f"{_INTEGERS}  %k = and i32 %a, 3\n  %l = and i32 %b, 3\n  %s = insertelement <4 x i32> %w, i32 99, i32 %k\n"
        "  %e = extractelement <4 x i32> %s, i32 %l\n  %m = mul i32 %e, 5\n  %r = add <4 x i32> %s, splat (i32 1)\n"
        "  %t = call i32 @llvm.vector.reduce.xor.v4i32(<4 x i32> %r)\n  %result = add i32 %m, %t\n",
        int32,
    ),
    "bitcast to wider": (
        f"{_INTEGERS}  %d = bitcast <4 x i32> %w to <2 x i64>\n  %p = extractelement <2 x i64> %d, i32 0\n"
        "  %q = extractelement <2 x i64> %d, i32 1\n  %result = sub i64 %p, %q\n",
        int64,
    ),
    "bitcast to narrower": (
        f"{_INTEGERS}  %d = bitcast <4 x i32> %w to <8 x i16>\n  %e = bitcast <8 x i16> %d to <16 x i8>\n"
        "  %k = extractelement <8 x i16> %d, i32 1\n  %l = extractelement <16 x i8> %e, i32 2\n  %m = sext i16 %k to i32\n"
        "  %n = sext i8 %l to i32\n  %f = bitcast i32 %a to <2 x half>\n  %g = bitcast <2 x half> %f to i32\n"
        "  %o = add i32 %m, %g\n  %result = xor i32 %n, %o\n",
        int32,
    ),
    "intrinsics": (
        f"{_FLOATS}  %s = call <4 x float> @llvm.fabs.v4f32(<4 x float> %v)\n"
        "  %q = call nnan <4 x float> @llvm.sqrt.v4f32(<4 x float> %s)\n"
        "  %r = call <4 x float> @llvm.fma.v4f32(<4 x float> %q, <4 x float> splat (float 2.0), <4 x float> %s)\n" + _SUM,
        float32,
    ),
    "integer intrinsics": (
        f"{_INTEGERS}  %s = call <4 x i32> @llvm.abs.v4i32(<4 x i32> %w, i1 false)\n"
        "  %t = call <4 x i32> @llvm.umin.v4i32(<4 x i32> %s, <4 x i32> <i32 4, i32 5, i32 6, i32 7>)\n"
        "  %u = call <4 x i32> @llvm.ctlz.v4i32(<4 x i32> %t, i1 false)\n  %r = add <4 x i32> %t, %u\n" + _TOTAL,
        int32,
    ),
    "reductions": (
        f"{_INTEGERS}  %p = call i32 @llvm.vector.reduce.smax.v4i32(<4 x i32> %w)\n"
        "  %q = call i32 @llvm.vector.reduce.umin.v4i32(<4 x i32> %w)\n"
        "  %r = call i32 @llvm.vector.reduce.mul.v4i32(<4 x i32> %w)\n  %s = call i32 @llvm.vector.reduce.or.v4i32(<4 x i32> %w)\n"
        "  %t = call i32 @llvm.vector.reduce.and.v4i32(<4 x i32> %w)\n  %u = xor i32 %p, %q\n  %v = xor i32 %r, %s\n"
        "  %x1 = add i32 %u, %v\n  %result = sub i32 %x1, %t\n",
        int32,
    ),
    "float reductions": (
        f"{_FLOATS}  %p = call float @llvm.vector.reduce.fmax.v4f32(<4 x float> %v)\n"
        "  %q = call float @llvm.vector.reduce.fmul.v4f32(float 2.0, <4 x float> %v)\n"
        "  %r = call float @llvm.vector.reduce.fminimum.v4f32(<4 x float> %v)\n  %s = fadd float %p, %q\n"
        "  %result = fsub float %s, %r\n",
        float32,
    ),
    "overflow": (
        "  %s = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %t = call { i32, i1 } @llvm.umul.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %u = call { i32, i1 } @llvm.ssub.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %v = call { i32, i1 } @llvm.smul.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %w = call { i32, i1 } @llvm.uadd.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %x1 = call { i32, i1 } @llvm.usub.with.overflow.i32(i32 %a, i32 %b)\n"
        "  %s0 = extractvalue { i32, i1 } %s, 1\n  %t0 = extractvalue { i32, i1 } %t, 1\n  %u0 = extractvalue { i32, i1 } %u, 1\n"
        "  %v0 = extractvalue { i32, i1 } %v, 1\n  %w0 = extractvalue { i32, i1 } %w, 1\n  %x0 = extractvalue { i32, i1 } %x1, 1\n"
        "  %m0 = insertelement <8 x i1> zeroinitializer, i1 %s0, i32 0\n  %m1 = insertelement <8 x i1> %m0, i1 %t0, i32 1\n"
        "  %m2 = insertelement <8 x i1> %m1, i1 %u0, i32 2\n  %m3 = insertelement <8 x i1> %m2, i1 %v0, i32 3\n"
        "  %m4 = insertelement <8 x i1> %m3, i1 %w0, i32 4\n  %m5 = insertelement <8 x i1> %m4, i1 %x0, i32 5\n"
        "  %bits = bitcast <8 x i1> %m5 to i8\n  %wide = zext i8 %bits to i32\n  %product = extractvalue { i32, i1 } %v, 0\n"
        "  %result = xor i32 %wide, %product\n",
        int32,
    ),
    "structures": (
        "  %p = insertvalue { float, { i32, [2 x i32] } } poison, float %x, 0\n"
        "  %q = insertvalue { float, { i32, [2 x i32] } } %p, i32 %a, 1, 0\n"
        "  %r = insertvalue { float, { i32, [2 x i32] } } %q, [2 x i32] [ i32 5, i32 6 ], 1, 1\n"
        "  %s = insertvalue { float, { i32, [2 x i32] } } %r, i32 %b, 1, 1, 0\n"
        "  %t = extractvalue { float, { i32, [2 x i32] } } %s, 1\n  %u = extractvalue { i32, [2 x i32] } %t, 1, 0\n"
        "  %v = extractvalue { i32, [2 x i32] } %t, 1, 1\n  %w = extractvalue { float, { i32, [2 x i32] } } %s, 1, 0\n"
        "  %m = mul i32 %u, %w\n  %result = sub i32 %m, %v\n",
        int32,
    ),
    "constants": (
        "  %p = extractvalue { float, [3 x i8], <2 x i32> } { float 1.0, [3 x i8] c\"a\\00\\FF\", <2 x i32> <i32 -4, i32 9> }, 1\n"
        "  %q = extractvalue [3 x i8] %p, 2\n  %r = zext i8 %q to i32\n"
        "  %s = extractvalue { <2 x i32>, i1 } { <2 x i32> splat (i32 8), i1 true }, 0\n"
        "  %t = extractelement <2 x i32> %s, i32 1\n  %u = add i32 %r, %t\n  %result = add i32 %u, %a\n",
        int32,
    ),
    "loop": (
        f"{_INTEGERS}  br label %head\nhead:\n  %i = phi i32 [ 0, %entry ], [ %next, %head ]\n"
        "  %s = phi <4 x i32> [ zeroinitializer, %entry ], [ %t, %head ]\n"
        "  %p = phi { i32, float } [ { i32 1, float 0.5 }, %entry ], [ %q1, %head ]\n"
        "  %t0 = add <4 x i32> %s, %w\n  %t = shufflevector <4 x i32> %t0, <4 x i32> poison, <4 x i32> <i32 1, i32 2, i32 3, i32 0>\n"
        "  %f = extractvalue { i32, float } %p, 0\n  %g = mul i32 %f, 3\n  %q1 = insertvalue { i32, float } %p, i32 %g, 0\n"
        "  %next = add i32 %i, 1\n  %c = icmp slt i32 %next, 6\n  br i1 %c, label %head, label %done\ndone:\n"
        "  %e = extractelement <4 x i32> %t, i32 2\n  %h = extractvalue { i32, float } %q1, 0\n  %result = add i32 %e, %h\n",
        int32,
    ),
    "branch": (
        f"{_FLOATS}  %c = icmp sgt i32 %a, 0\n  br i1 %c, label %yes, label %end\nyes:\n"
        "  %d = fmul <4 x float> %v, splat (float 3.0)\n  br label %end\nend:\n"
        f"  %r = phi <4 x float> [ %d, %yes ], [ %v, %entry ]\n{_SUM}",
        float32,
    ),
    "alloca of an array": (
        "  %p = alloca [4 x i32], align 16\n  store [4 x i32] [ i32 1, i32 2, i32 3, i32 4 ], ptr %p\n"
        "  %q = getelementptr inbounds [4 x i32], ptr %p, i64 0, i64 2\n  store i32 %a, ptr %q\n"
        "  %k = and i32 %b, 3\n  %d = getelementptr [4 x i32], ptr %p, i32 0, i32 %k\n  %e = load i32, ptr %d\n"
        "  %s = add i32 %e, 100\n  store i32 %s, ptr %d\n  %w = load <4 x i32>, ptr %p\n"
        "  %x1 = getelementptr i8, ptr %p, i64 4\n  %f = load i32, ptr %x1\n"
        "  %r = mul <4 x i32> %w, <i32 1, i32 10, i32 100, i32 1000>\n"
        "  %t = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %r)\n  %result = add i32 %t, %f\n",
        int32,
    ),
    "alloca of a structure": (
        "  %p = alloca { i8, double, { i32, i32 } }\n  %q = getelementptr { i8, double, { i32, i32 } }, ptr %p, i32 0, i32 2, i32 1\n"
        "  store i32 %b, ptr %q\n  %r = getelementptr { i8, double, { i32, i32 } }, ptr %p, i32 0, i32 2\n"
        "  store i32 %a, ptr %r\n  %s = load { i32, i32 }, ptr %r\n  %t = extractvalue { i32, i32 } %s, 0\n"
        "  %u = extractvalue { i32, i32 } %s, 1\n  %v = getelementptr i8, ptr %p, i64 20\n  %w = load i32, ptr %v\n"
        "  %x1 = sub i32 %t, %u\n  %result = xor i32 %x1, %w\n",
        int32,
    ),
    "several elements": (
        "  %p = alloca i32, i32 8\n  br label %loop\nloop:\n  %i = phi i64 [ 0, %entry ], [ %j, %loop ]\n"
        "  %q = getelementptr i32, ptr %p, i64 %i\n  %n = trunc i64 %i to i32\n  %m = mul i32 %n, %a\n  store i32 %m, ptr %q\n"
        "  %j = add i64 %i, 1\n  %c = icmp slt i64 %j, 8\n  br i1 %c, label %loop, label %done\ndone:\n"
        "  %k = and i32 %b, 7\n  %r = getelementptr i32, ptr %p, i32 %k\n  %result = load i32, ptr %r\n",
        int32,
    ),
    "blocks of bytes": (
        "  %p = alloca [4 x i32]\n  %q = alloca { i32, i32, [2 x i32] }\n  call void @llvm.lifetime.start.p0(ptr %p)\n"
        "  store i32 %a, ptr %p\n  call void @llvm.memset.p0.i64(ptr align 4 %q, i8 0, i64 16, i1 false)\n"
        "  store [4 x i32] [ i32 1, i32 2, i32 3, i32 4 ], ptr %p\n  %r = getelementptr i8, ptr %p, i64 4\n  store i32 %b, ptr %r\n"
        "  call void @llvm.memcpy.p0.p0.i64(ptr %q, ptr %r, i64 12, i1 false)\n  call void @llvm.lifetime.end.p0(ptr %p)\n"
        "  %s = load <4 x i32>, ptr %q\n  %m = mul <4 x i32> %s, <i32 1, i32 10, i32 100, i32 1000>\n"
        "  %k = alloca i32\n  call void @llvm.lifetime.start.p0(ptr %k)\n  store i32 %a, ptr %k\n  %o = load i32, ptr %k\n"
        "  %t = call i32 @llvm.vector.reduce.add.v4i32(<4 x i32> %m)\n  %result = add i32 %t, %o\n",
        int32,
    ),
    "floats read as integers": (
        "  %p = alloca { float, float }\n  store float %x, ptr %p\n  %q = getelementptr float, ptr %p, i64 1\n  store float 1.0, ptr %q\n"
        "  %r = load <2 x i32>, ptr %p\n  %result = call i32 @llvm.vector.reduce.xor.v2i32(<2 x i32> %r)\n",
        int32,
    ),
    "named types": (
        "  %p = insertvalue %pair poison, i32 %a, 0\n  %q = insertvalue %pair %p, i32 %b, 1\n  %r = freeze %pair %q\n"
        "  %s = extractvalue %pair %r, 1\n  %result = sub i32 %s, 4\n",
        int32,
    ),
}  # fmt: skip
DEFINITIONS = "%pair = type { i32, i32 }\n"
"""Types that the texts use; LLVM wants them outside of the function."""
