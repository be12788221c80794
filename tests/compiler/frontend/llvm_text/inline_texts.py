"""Texts of LLVM instructions, and short ways to translate and run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.tokens import Locate
from cobra.compiler.frontend.llvm_text.translate import inline
from cobra.compiler.frontend.terms import Array, Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.errors import CobraError, Location
from cobra.types import ArrayType, ScalarType, Type, float32, float64, int8, int16, int32, int64, uint8, uint32
from tests.compiler.primitives.native_code import Kernel, Module

Data = np.ndarray[Any, Any]


def locate_in(text: str) -> Locate:
    """Return places as if the text were the file ``text.ll``."""
    lines = text.split("\n")
    return lambda line, start, end: Location("text.ll", line, start, end, lines[line - 1])


def translated(text: str, arguments: Mapping[str, Type], declared: Mapping[str, Declared] | None = None) -> Function:
    """Return the verified function of a text, with one output for each value that it hands out."""
    build = Builder()
    parameters = [Variable(kind, name) for name, kind in arguments.items()]
    sizes: dict[str, Variable] = {}
    values = {p.name: _term(p, sizes) for p in parameters}
    results = inline(build, parse_body(text, locate_in(text)), values, declared)
    body = build.finish([value for term in results.values() for value in numbers_of(term)])
    return verify(Function("case", (*parameters, *sizes.values()), body))


def numbers_of(term: Number | Compound) -> list[Value]:
    """Return the numbers that a value handed out consists of."""
    return [term.value] if isinstance(term, Number) else [value for item in term.items for value in numbers_of(item)]


def _term(parameter: Variable, sizes: dict[str, Variable]) -> Term:
    if isinstance(parameter.type, ScalarType):
        return Number(parameter)
    shape = tuple(sizes.setdefault(name, Variable(int64, name)) for name in parameter.type.dimensions)
    return Array(parameter, shape, writable=parameter.name.startswith("out"))


def kernel(text: str, arguments: Mapping[str, ScalarType], declared: Mapping[str, Declared] | None = None) -> Kernel:
    """Return a text as a kernel of the harness for native code."""
    function = translated(text, arguments, declared)
    outputs = tuple(kind for kind in function.result_types if isinstance(kind, ScalarType))
    return Kernel(function, tuple(arguments.values()), outputs)


def run(text: str, arguments: Mapping[str, ScalarType], *columns: Any) -> list[Any]:
    """Run a text on columns of values and return what its ``result`` is."""
    module = Module([kernel(text, arguments, {"result": None})], optimise=False)
    given = [np.array(column, kind.dtype) for column, kind in zip(columns, arguments.values(), strict=True)]
    return list(module.run(0, *given).results[0].tolist())


def complaint(text: str, arguments: Mapping[str, Type], declared: Mapping[str, Declared] | None = None) -> CobraError:
    """Return the error that a text raises."""
    try:
        translated(text, arguments, declared)
    except CobraError as error:
        return error
    raise AssertionError(f"no error: {text}")


def pointed(error: CobraError) -> str:
    """Return the stretch of the text that an error points to."""
    assert error.location is not None
    return error.location.text[error.location.column : error.location.end_column]


@dataclass(frozen=True)
class Sample:
    """A valid text with the arguments it takes."""

    text: str
    arguments: Mapping[str, Type] = field(default_factory=dict)


_FLOATS: dict[str, Type] = {"x": float32, "y": float32}
_INTEGERS: dict[str, Type] = {"a": int32, "b": int32}
_ARRAYS: dict[str, Type] = {"p": ArrayType(float32, ("n",)), "out": ArrayType(float32, ("n",)), "i": int64}

SAMPLES: dict[str, Sample] = {
    "add": Sample("%result = add i32 %a, %b", _INTEGERS),
    "flags": Sample("%c = add nuw nsw i32 %a, 7\n%result = sdiv exact i32 %c, 3", _INTEGERS),
    "cube": Sample("%result = fmul fast float %x, %x\n%result = fmul nnan ninf float %result, %x", _FLOATS),
    "fma": Sample("%result = call float @llvm.fmuladd.f32(float %x, float %y, float 1.5)", _FLOATS),
    "relu": Sample("%c = fcmp ogt float %x, 0.0\n%result = select i1 %c, float %x, float 0.0", _FLOATS),
    "sigmoid": Sample(
        "%n = fsub float 0.0, %x\n%e = call float @llvm.exp.f32(float %n)\n%d = fadd float 1.0, %e\n"
        "%result = fdiv float 1.0, %d ; a comment",
        _FLOATS,
    ),
    "bits": Sample(
        "%s = shl i32 %a, 3\n%t = lshr i32 %s, 5\n%u = ashr i32 %t, 1\n%v = xor i32 %u, -1\n%w = and i32 %v, 255\n"
        "%result = or disjoint i32 %w, %b",
        _INTEGERS,
    ),
    "conversions": Sample(
        "%d = fpext float %x to double\n%w = fptosi double %d to i64\n%n = trunc i64 %w to i16\n%z = zext nneg i16 %n to i32\n"
        "%f = uitofp i32 %z to float\n%b = bitcast float %f to i32\n%result = sitofp i32 %b to half",
        _FLOATS,
    ),
    "constants": Sample(
        "%p = fadd float %x, 0x3FB99999A0000000\n%q = fadd float %p, 1e-3\n%r = fmul float %q, 3\n"
        "%s = fadd float %r, undef\n%result = fadd float %s, -inf",
        _FLOATS,
    ),
    "intrinsics": Sample(
        "declare i32 @llvm.smax.i32(i32, i32)\n%m = call i32 @llvm.smax.i32(i32 %a, i32 %b)\n"
        "%n = tail call noundef i32 @llvm.ctlz.i32(i32 %m, i1 false) #0, !dbg !7\n%result = call i32 @llvm.bswap.i32(i32 %n)",
        _INTEGERS,
    ),
    "branch": Sample(
        "  %c = icmp slt i32 %a, %b\n  br i1 %c, label %less, label %more\nless:\n  %l = add i32 %a, 1\n  br label %end\n"
        "more:                          ; preds = %entry\n  %m = mul i32 %b, %a\n  br label %end\nend:\n"
        "  %result = phi i32 [ %l, %less ], [ %m, %more ]",
        _INTEGERS,
    ),
    "while": Sample(
        "  br label %head\nhead:\n  %i = phi i32 [ 0, %entry ], [ %next, %body ]\n"
        "  %s = phi i32 [ %a, %entry ], [ %t, %body ]\n"
        "  %c = icmp ult i32 %i, %b\n  br i1 %c, label %body, label %done, !prof !1\nbody:\n  %t = add i32 %s, %i\n"
        "  %next = add i32 %i, 1\n  br label %head\ndone:\n  ret i32 %s",
        _INTEGERS,
    ),
    "do while": Sample(
        "  br label %loop\nloop:\n  %i = phi i32 [ 0, %entry ], [ %next, %loop ]\n  %next = add nsw i32 %i, 1\n"
        "  %c = icmp slt i32 %next, %a\n  br i1 %c, label %loop, label %done\ndone:\n  %result = add i32 %next, %b",
        _INTEGERS,
    ),
    "switch": Sample(
        "  switch i32 %a, label %other [ i32 0, label %zero\n    i32 1, label %one\n    i32 -5, label %zero ]\n"
        "zero:\n  ret i32 10\none:\n  ret i32 %b\nother:\n  %c = icmp eq i32 %b, 0\n  br i1 %c, label %never, label %zero\n"
        "never:\n  unreachable",
        _INTEGERS,
    ),
    "alloca": Sample(
        "  %s = alloca i32, align 4\n  store i32 0, ptr %s\n  br label %loop\nloop:\n  %v = load i32, ptr %s, align 4\n"
        "  %w = add i32 %v, %a\n  store i32 %w, i32* %s\n  %c = icmp slt i32 %w, %b\n  br i1 %c, label %loop, label %done\n"
        "done:\n  %result = load i32, ptr %s",
        _INTEGERS,
    ),
    "array": Sample(
        "%q = getelementptr inbounds float, ptr %p, i64 %i\n%v = load float, ptr %q, align 4\n%w = fmul float %v, 2.0\n"
        "%o = getelementptr float, float* %out, i64 %i\nstore float %w, float* %o, align 4\n%result = fadd float %w, 0.0",
        _ARRAYS,
    ),
    "pointer loop": Sample(
        "  br label %loop\nloop:\n  %q = phi ptr [ %p, %entry ], [ %r, %loop ]\n"
        "  %s = phi float [ 0.0, %entry ], [ %t, %loop ]\n"
        "  %v = load float, ptr %q\n  %t = fadd float %s, %v\n  %r = getelementptr float, ptr %q, i32 1\n"
        "  %e = getelementptr float, ptr %p, i64 %i\n  %c = icmp ne ptr %r, %e\n  br i1 %c, label %loop, label %done\ndone:\n"
        "  ret float %t",
        _ARRAYS,
    ),
    "named type": Sample("%number = type i32\n%result = add %number %a, %b", _INTEGERS),
    "quoted": Sample('%"odd name" = add i32 %a, 1\n%result = add i32 %"odd name", %"b"', _INTEGERS),
    "numbered": Sample("%0 = add i32 %a, 1\n%1 = add i32 %0, 2\n%result = freeze i32 %1", _INTEGERS),
    "notes": Sample(
        "#dbg_value(i32 %a, !1, !DIExpression(), !2)\n%result = add i32 %a, %b, !tbaa !{!3, i64 0}\n"
        "attributes #0 = { nounwind }\n"
        '!1 = distinct !{!1, !"text"}',
        _INTEGERS,
    ),
    "small": Sample(
        "%s = sext i8 %h to i16\n%m = mul i16 %s, %k\n%u = urem i16 %m, 7\n%b = icmp sge i16 %u, 3\n%z = zext i1 %b to i8\n"
        "%result = call i8 @llvm.umin.i8(i8 %z, i8 %u8)",
        {"h": int8, "k": int16, "u8": uint8},
    ),
    "unsigned": Sample("%q = udiv i32 %u, 10\n%r = urem i32 %u, 10\n%result = sub i32 %q, %r", {"u": uint32}),
    "library": Sample(
        "%e = call double @exp(double %x)\n%p = call double @pow(double %e, double 0.5)\n%result = fneg nsz double %p",
        {"x": float64},
    ),
}
"""Valid texts that together use the whole grammar that is understood."""

GRAMMAR_ONLY: dict[str, str] = {
    "vectors": "%a = fadd <4 x float> %x, <float 1.0, float 2.0, float 3.0, float 4.0>\n"
    "%b = shufflevector <4 x float> %a, <4 x float> poison, <2 x i32> <i32 0, i32 3>\n"
    "%c = insertelement <2 x float> %b, float 1.0, i32 0\n%d = extractelement <2 x float> %c, i64 1\n"
    "%e = icmp eq <2 x i32> %y, splat (i32 7)\n%f = add <vscale x 4 x i32> zeroinitializer, undef",
    "aggregates": "%a = insertvalue { float, i32 } poison, float %x, 0\n%b = extractvalue { float, i32 } %a, 1\n"
    "%c = insertvalue [2 x { i8, half }] zeroinitializer, half 1.0, 1, 1\n%d = extractvalue <{ i8, i64 }> <{ i8 1, i64 2 }>, 1",
    "wide": "%a = add i128 %x, 170141183460469231731687303715884105727\n"
    "%b = fadd fp128 %y, 0xL00000000000000003FFF000000000000\n"
    "%c = fadd bfloat %z, 0xR3F80\n%d = trunc i24 %w to i7",
    "pointers": "%a = inttoptr i64 %x to ptr addrspace(3)\n%b = load float*, float** %y, align 8, !nonnull !0\n"
    "%c = ptrtoint { i32, [4 x i8] }* %z to i64\n%d = alloca [16 x i8], i32 4, align 16\n"
    "%e = addrspacecast ptr %x to float addrspace(1)*",
    "calls": "declare fastcc noundef i32 @printf(ptr nocapture readonly, ...) #1\n"
    '%a = musttail call fastcc i32 (ptr, ...) @printf(ptr nonnull align 8 %f, i32 signext %x)\ncall void @"odd one"()\n'
    "%b = call range(i32 0, 5) i32 @g({ i8 } { i8 1 }, [2 x i8] c\"a\\00\")",
}
"""Texts that the parser reads although nothing can be made of them yet."""
