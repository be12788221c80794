"""Texts that only LLVM understands become one operation; those that it does not understand either, one exception."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

import cobra
from cobra import config
from cobra.cache import disk
from cobra.compiler.foreign import process
from cobra.compiler.frontend.llvm_text.insertion import insert
from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.python_values import Declared
from cobra.compiler.frontend.llvm_text.translate import inline
from cobra.compiler.frontend.terms import Array, Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function, Operation
from cobra.compiler.ir.values import Constant, Variable
from cobra.compiler.primitives import complex_parts
from cobra.compiler.primitives.complex_parts import make_complex
from cobra.compounds import fixed_array, struct, vec, vec4f
from cobra.errors import CobraError, InvalidCall, InvalidText, UnsupportedSyntax
from cobra.runtime import opaque_code, symbols
from cobra.types import ArrayType, ScalarType, bool_, complex128, float16, float32, float64, int8, int32, int64
from tests.compiler.frontend.llvm_text.compound_texts import ARGUMENTS, COMPOUND_TEXTS
from tests.compiler.frontend.llvm_text.inline_texts import GRAMMAR_ONLY, SAMPLES, locate_in, numbers_of, pointed
from tests.compiler.frontend.llvm_text.test_fuzz import MUTATIONS
from tests.compiler.primitives.native_code import Kernel, Module

ROOT = Path(__file__).parents[4]
OPAQUE = "fence seq_cst\n"
"""Nothing that matters, and nothing that Cobra understands."""


def outcome(text: str, values: dict[str, Term], declared: dict[str, Declared]) -> tuple[dict[str, Number | Compound], list[Operation]]:
    """Return what comes out of a text, and the operations that it became."""
    build = Builder()
    made: list[dict[str, Number | Compound]] = []
    statements = build.collect(lambda: made.append(insert(build, text, locate_in(text), values, declared)))
    return made[0], [statement for statement in statements if isinstance(statement, Operation)]


def complaint(text: str, declared: dict[str, Declared] | None = None) -> CobraError:
    values: dict[str, Term] = {"a": Number(Variable(int32)), "b": Number(Variable(int32)), "x": Number(Variable(float32))}
    values["p"] = Array(Variable(ArrayType(float32, ("n",)), "p"), (Variable(int64),))
    with pytest.raises(CobraError) as caught:
        outcome(text, values, {"result": int32} if declared is None else declared)
    assert caught.value.location is not None and caught.value.location.filename == "text.ll"
    return caught.value


# -- real kernels


@cobra.ufunc
def two_ways_in(a: cobra.int32, b: cobra.int32) -> cobra.int32:
    result: cobra.int32
    cobra.inline("""
      %c = icmp slt i32 %a, %b
      br i1 %c, label %one, label %two
    one:
      %x = phi i32 [ %a, %entry ], [ %y, %two ]
      %x1 = add i32 %x, 3
      %d = icmp sgt i32 %x1, 20
      br i1 %d, label %done, label %two
    two:
      %w = phi i32 [ %b, %entry ], [ %x1, %one ]
      %y = add i32 %w, 1
      br label %one
    done:
      %result = mul i32 %x1, 2
    """)
    return result


INTRINSICS: dict[str, tuple[str, list[float]]] = {
    "arithmetic.fence": ("%result = call double @llvm.arithmetic.fence.f64(double %x)", [8.0, -3.0]),
    "frexp": (
        "%pair = call { double, i32 } @llvm.frexp.f64.i32(double %x)\n%result = extractvalue { double, i32 } %pair, 0", [0.5, -0.75]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INTRINSICS)
def test_intrinsics_that_only_llvm_knows(name: str) -> None:
    text, wanted = INTRINSICS[name]
    names: dict[str, object] = {"cobra": cobra, "TEXT": text}
    source = "def kernel(x: float) -> float:\n    result: cobra.float64\n    cobra.inline(TEXT)\n    return result\n"
    exec(compile(source, "<a kernel>", "exec", dont_inherit=True), names)
    kernel = cobra.ufunc(names["kernel"], source=source)  # type: ignore[call-overload]
    assert kernel([8.0, -3.0]).tolist() == wanted


@cobra.ufunc
def wide_division(a: cobra.int64, b: cobra.int64) -> tuple[cobra.int64, cobra.int64, cobra.int64, cobra.int64]:
    quotient: cobra.int64
    rest: cobra.int64
    unsigned: cobra.int64
    of_two: cobra.int64
    cobra.inline("""
        %c = sext i64 %a to i128
        %d = sext i64 %b to i128
        %q = sdiv i128 %c, %d
        %r = srem i128 %c, %d
        %u = udiv i128 %c, %d
        %"a, b" = insertelement <2 x i64> <i64 5, i64 6>, i64 %b, i64 1
        %v = srem <2 x i64> <i64 7, i64 -7>, %"a, b"
        %of_two = extractelement <2 x i64> %v, i64 1
        %quotient = trunc i128 %q to i64
        %rest = trunc i128 %r to i64
        %unsigned = trunc i128 %u to i64
    """)
    return quotient, rest, unsigned, of_two


def test_divisions_that_only_llvm_knows_end_no_process() -> None:
    least = -(2**63)
    assert [part.tolist() for part in wide_division([7, -7, 7, least, 0], [2, 0, -2, -1, 0])] == [
        [3, 0, -3, least, 0], [1, 0, 1, 0, 0], [3, 0, 0, 0, 0], [-1, 0, -1, 0, 0]
    ]  # fmt: skip


def test_a_loop_with_two_ways_in() -> None:
    def expected(a: int, b: int) -> int:
        x = (a if a < b else b + 1) + 3
        while x <= 20:
            x += 4
        return 2 * x

    a, b = np.arange(-20, 40, dtype=np.int32), np.arange(39, -21, -1, dtype=np.int32)
    assert two_ways_in(a, b).tolist() == [expected(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]


@cobra.ufunc
def branching(x: cobra.float64, h: cobra.float16) -> cobra.float64:
    result: cobra.float64
    half: cobra.float16
    positive: cobra.bool_
    if x > 1.0:
        cobra.inline("""
          fence seq_cst
          %half = fadd half %h, 1.0
          %positive = fcmp ogt double %x, 2.0
          %result = fmul double %x, %x
        """)
        return result + half if positive else result
    return x


def test_in_a_branch_with_halves_and_bools() -> None:
    x = np.array([0.5, 1.5, 3.0, -1.0])
    assert branching(x, np.float16(1.5)).tolist() == [0.5, 2.25, 11.5, -1.0]


def test_kernels_with_it_reduce_and_pickle() -> None:
    import pickle

    assert pickle.loads(pickle.dumps(two_ways_in)) is two_ways_in
    values = np.array([3, 8, -2, 5], np.int32)
    total = values[0]
    for value in values[1:]:
        total = two_ways_in(total, value)
    assert two_ways_in.reduce(values) == total


_PROGRAM = """
import sys, cobra, numpy as np
from cobra.compiler.foreign import child
if {broken}: child.__file__ = "/nowhere"
@cobra.ufunc
def kernel(a: cobra.int32) -> cobra.int32:
    result: cobra.int32
    cobra.inline("%v = alloca i32\\nstore volatile i32 %a, ptr %v\\n%w = load volatile i32, ptr %v\\n%result = add i32 %w, 7")
    return result
print(kernel(np.int32(5)), "llvmlite" in sys.modules)
"""


def _run(tmp_path: Path, broken: bool) -> str:
    script = tmp_path / "program.py"
    script.write_text(_PROGRAM.format(broken=broken))
    environment = {**os.environ, "COBRA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_code_is_kept_on_disk_and_made_again_when_it_is_gone(tmp_path: Path) -> None:
    assert _run(tmp_path, broken=False) == "12 True"
    # No compiler is needed any more: neither a child nor llvmlite.
    assert _run(tmp_path, broken=True) == "12 False"
    entries = sorted((tmp_path / "cache").iterdir())
    texts = [entry for entry in entries if b"cobra_opaque_" in entry.read_bytes() and b"cobra_loop" not in entry.read_bytes()]
    assert len(texts) == 1
    texts[0].unlink()
    assert _run(tmp_path, broken=False) == "12 True"


def test_without_a_disk_cache() -> None:
    with config.options(cache_enabled=False):
        assert disk.default() is None
        text = f"{OPAQUE}%result = add i32 %a, 12345"
        made, (call,) = outcome(text, {"a": Number(Variable(int32))}, {"result": int32})
        assert made.keys() == {"result"}
        assert opaque_code.address(str(call.attributes["symbol"])) == symbols.resolve(str(call.attributes["symbol"]))


# -- what goes in and comes out


def test_compounds_go_in_and_come_out() -> None:
    point = struct(x=float32, v=vec(float16, 2), z=complex128, a=fixed_array(int8, 3), name="point")
    text = (
        f"{OPAQUE}%result = insertvalue %point %p, float 2.0, 0\n%r = extractvalue %point %p, 2, 1\n%w = fadd <4 x float> %v, %v\n"
        "%e = extractvalue %point %p, 1\n%h = extractelement <2 x half> %e, i32 1\n%ok = xor i1 %flag, true"
    )
    leaves = [float32, float16, float16, float64, float64, int8, int8, int8, *[float32] * 4, bool_]
    parameters = [Variable(kind) for kind in leaves]
    build = Builder()
    z = build(make_complex, parameters[3], parameters[4])
    terms = [Number(parameter) for parameter in parameters]
    pair, row = Compound(vec(float16, 2), tuple(terms[1:3])), Compound(fixed_array(int8, 3), tuple(terms[5:8]))
    values: dict[str, Term] = {
        "p": Compound(point, (terms[0], pair, Number(z), row)), "v": Compound(vec4f, tuple(terms[8:12])), "flag": terms[12],
    }  # fmt: skip
    declared: dict[str, Declared] = {"result": point, "r": float64, "w": vec4f, "h": float16, "ok": bool_}
    made = insert(build, text, locate_in(text), values, declared)
    assert {name: term.type for name, term in made.items()} == declared
    result = made["result"]
    assert isinstance(result, Compound) and isinstance(result.items[2], Number)
    real, imaginary = (build(part, result.items[2].value) for part in (complex_parts.real, complex_parts.imag))
    numbers = [value for term in made.values() for value in numbers_of(term) if value is not result.items[2].value]
    outputs = [value.type for value in (*numbers, real, imaginary) if isinstance(value.type, ScalarType)]
    function = Function("case", tuple(parameters), build.finish([*numbers, real, imaginary]))
    (call,) = [s for s in function.body.statements if isinstance(s, Operation) and s.primitive.name == "opaque_call"]
    symbol = str(call.attributes["symbol"])
    llvm.add_symbol(symbol, opaque_code.address(symbol))
    module = Module([Kernel(function, tuple(leaves), tuple(outputs))], optimise=False)
    given = [1.5, 0.25, 4.0, 7.0, -8.0, 1, 2, 3, 10, 20, 30, 40, False]
    answers = module.run(0, *(np.array([value], kind.dtype) for value, kind in zip(given, leaves, strict=True))).results
    expected = [2.0, 0.25, 4.0, 1, 2, 3, -8.0, 20, 40, 60, 80, 4.0, True, 7.0, -8.0]
    assert [answer.item() for answer in answers] == expected


def test_ret_and_weak_numbers() -> None:
    values: dict[str, Term] = {"n": Number(Constant(int64, 3), weak=True), "y": Number(Constant(float64, 0.5), weak=True)}
    text = f"%t = type {{ i64 }}\ndeclare double @llvm.sqrt.f64(double)\n{OPAQUE}%s = sitofp i64 %n to double\n"
    text += "%r = fmul double %s, %y\nret double %r"
    made, (call,) = outcome(text, values, {"result": float64})
    assert [operand.type for operand in call.operands] == [int64, float64]
    assert made["result"].type == float64


def test_what_is_understood_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> None:
        raise AssertionError("a process is started")

    monkeypatch.setattr(process, "_start", start)
    outcome("%result = add i32 %a, 1", {"a": Number(Variable(int32))}, {"result": int32})
    assert isinstance(complaint("%result = add i32 %a, %nothing"), CobraError)
    with pytest.raises(AssertionError, match="a process is started"):
        outcome(f"{OPAQUE}%result = add i32 %a, 54321", {"a": Number(Variable(int32))}, {"result": int32})


# -- complaints


@pytest.mark.parametrize(
    ("text", "kind", "message", "line", "where"),
    [
        ("fence seq_cst\n%result = add i32 %a, %nothing", InvalidText, "LLVM says: use of undefined value '%nothing'", 2, "%"),
        ("%result = add i32 %a, 1\nfence sometimes", InvalidText, "LLVM says: Expected ordering", 2, None),
        ("fence seq_cst\n\n%result = fadd float %x, 1.0", InvalidText, "LLVM says: '%result' defined with type 'float'", 3, "%result"),
        ("fence seq_cst\n%t = type { i32, %\n%result = add i32 %a, 1", InvalidText, "LLVM says", 2, None),
        ('call void asm sideeffect "nop", ""()\n%result = add i32 %a, 1', InvalidText, "Inline asm not supported", 1, None),
        ("%result = call i32 @llvm.amdgcn.workitem.id.x()", InvalidText, "LLVM makes no code of this text", 1, None),
        ("%result = call i32 @llvm.sadd.satt.i32(i32 %a, i32 %b)", InvalidCall, "@llvm.sadd.satt is not known", 1, None),
        ("call void @llvm.trap()\n%result = add i32 %a, 1", InvalidText, "@llvm.trap can end the process", 1, None),
        ("%result = call i32 @llvm.sdiv.fix.i32(i32 %a, i32 %b, i32 2)", InvalidText, "@llvm.sdiv.fix.i32 can end", 1, None),
        ("%result = va_arg ptr %b, i32", InvalidText, "LLVM", 1, None),
        ("%v = insertelement <vscale x 4 x i32> zeroinitializer, i32 %a, i32 %b\n"
         "%result = call i32 @llvm.vector.reduce.add.nxv4i32(<vscale x 4 x i32> %v)",
         InvalidText, "LLVM makes no code", 1, None),
        ("fence seq_cst\n%result = call i32 @getpid()", InvalidText, "LLVM says: use of undefined value '@getpid'", 2, None),
        ("declare i32 @getpid()\nfence seq_cst\n%result = call i32 @getpid()", InvalidText, "the function @getpid, which is not", 2, None),
        ("declare ptr @Py_IncRef()\nfence seq_cst\n%c = call ptr @Py_IncRef()\n%result = add i32 %a, 1", InvalidText, "@Py_IncRef",
         None, None),
        ("fence seq_cst\n%result = add i32 %a, 1\nret i32 1\n}\ndefine i32 @more() {", InvalidText, "LLVM", None, None),
        ("fence seq_cst\nret i32 1\n}\ndefine i32 @more() {\nret i32 1", InvalidText, "defines more than the inside", 1, None),
        ("fence seq_cst\n%v = load float, ptr %p\n%result = fptosi float %v to i32", UnsupportedSyntax, "left to LLVM alone", 1, None),
        ("fence seq_cst\n%unwanted = add i32 %a, 1", UnsupportedSyntax, "left to LLVM alone", 1, None),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, line: int | None, where: str | None) -> None:
    error = complaint(text)
    assert isinstance(error, kind) and message in error.message
    assert error.location is not None and (line is None or error.location.line == line)
    assert where is None or pointed(error) == where
    assert str(error)


def test_a_type_that_is_not_exact_cannot_come_out() -> None:
    error = complaint("fence seq_cst\n%result = add i32 %a, 1", {"result": int})
    assert isinstance(error, UnsupportedSyntax) and "exact type, such as result: cobra.float32" in str(error.hint)


@pytest.mark.parametrize(
    "text",
    [
        "%z = zext i32 %b to i64\n%w = insertelement <65536 x i64> zeroinitializer, i64 %z, i32 %a\n%r = mul <65536 x i64> %w, %w\n"
        "%e = extractelement <65536 x i64> %r, i32 %a\n%result = trunc i64 %e to i32",
        "%w = zext i32 %a to i8388607\n%m = mul i8388607 %w, %w\n%n = sdiv i8388607 %m, %w\n%result = trunc i8388607 %n to i32",
    ],
    ids=["wide vector", "wide numbers"],
)
def test_hanging_texts_are_stopped_once(text: str) -> None:
    calls: list[float] = []
    with config.options(text_seconds=1, text_memory="300M"):
        for _ in range(2):
            before = os.times().elapsed
            assert complaint(text).location is not None
            calls.append(os.times().elapsed - before)
    assert calls[0] < 4 and calls[1] < 1




# -- mutations: most of them no parser knows


def test_mutations_that_only_llvm_might_understand() -> None:
    source, tried = random.Random(11), 0
    kinds: dict[str, Declared] = {"result": int32}
    values: dict[str, Term] = {name: Number(Variable(kind)) for name, kind in ARGUMENTS.items()}
    texts = [*(sample.text for sample in SAMPLES.values()), *GRAMMAR_ONLY.values(), *(text for text, _ in COMPOUND_TEXTS.values())]
    with config.options(text_seconds=2):
        for _ in range(900):
            text = source.choice(texts)
            for _ in range(source.choice([1, 2])):
                text = source.choice(MUTATIONS)(source, text) or "ret void"
            try:
                inline(Builder(), parse_body(text, locate_in(text)), values, kinds)
            except UnsupportedSyntax:
                tried += 1
            except CobraError:
                continue
            try:
                outcome(text, values, kinds)
            except CobraError as error:
                assert error.location is not None and str(error)
            if tried == 20:
                return
    raise AssertionError(f"only {tried} texts came to LLVM")
