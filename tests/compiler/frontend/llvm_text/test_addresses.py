"""Elements of arrays through pointers: which element, of which type, and what is refused."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import numpy as np
import pytest

from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.module import loop_module
from cobra.compiler.frontend.llvm_text.parser import parse_body
from cobra.compiler.frontend.llvm_text.translate import inline
from cobra.compiler.frontend.terms import Array, Number, Term
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.errors import CobraError, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax
from cobra.types import ArrayType, ScalarType, Type, bool_, complex64, float32, float64, int64, uint8, uint32
from tests.compiler.frontend.llvm_text.inline_texts import Data, complaint, locate_in, pointed, translated
from tests.compiler.primitives.native_code import compile_text, lowered


def core(text: str, arguments: Mapping[str, Type], given: Mapping[str, Term] | None = None) -> Function:
    """Return a text as a kernel on arrays, whose last argument is its output."""
    build = Builder()
    parameters = [Variable(kind, name) for name, kind in arguments.items()]
    sizes: dict[str, Variable] = {}
    terms: dict[str, Term] = {}
    for parameter in parameters:
        if isinstance(parameter.type, ScalarType):
            terms[parameter.name] = Number(parameter)
            continue
        shape: list[Value] = []
        for name in parameter.type.dimensions:
            shape.append(constant(int(name), int64) if name.isdigit() else sizes.setdefault(name, Variable(int64, name)))
        terms[parameter.name] = Array(parameter, tuple(shape), writable=parameter.name == "out")
    terms |= {name: Number(size) for name, size in sizes.items()}
    inline(build, parse_body(text, locate_in(text)), terms | dict(given or {}))
    return verify(Function("case", tuple(parameters), build.finish(()), tuple(sizes.values()), 1))


def run_on_arrays(text: str, arguments: Mapping[str, ArrayType], *arrays: Data) -> None:
    """Run a text once on the memory of arrays, whatever their strides."""
    function = core(text, arguments)
    engine = compile_text(loop_module(lowered(function), list(arguments.values()), 1, Machine(16)).text)
    loop = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(engine.get_function_address("cobra_loop"))
    extents: dict[str, int] = {}
    for kind, array in zip(arguments.values(), arrays, strict=True):
        extents |= zip(kind.dimensions, array.shape, strict=True)
    addresses = np.array([array.ctypes.data for array in arrays])
    sizes = np.array([1, *(extents[size.name] for size in function.dimensions)])
    steps = np.array([0] * len(arrays) + [stride for array in arrays for stride in array.strides])
    loop(addresses.ctypes.data, sizes.ctypes.data, steps.ctypes.data, None)


VECTOR, MATRIX = ArrayType(float64, ("n",)), ArrayType(float64, ("m", "n"))

DOUBLED = """
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = getelementptr inbounds double, ptr %a, i64 %i
  %v = load double, ptr %p, align 8
  %w = fmul double %v, 2.0
  %q = getelementptr inbounds double, double* %out, i64 %i
  store double %w, double* %q, align 8
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
"""


def test_strides_are_no_matter() -> None:
    given, made = np.arange(12.0)[::-2], np.zeros(12)[::2]
    run_on_arrays(DOUBLED, {"a": VECTOR, "out": VECTOR}, given, made)
    assert made.tolist() == (given * 2).tolist()


def test_a_pointer_that_walks() -> None:
    text = """
      %end = getelementptr double, ptr %a, i64 %n
      br label %loop
    loop:
      %p = phi ptr [ %a, %entry ], [ %p1, %loop ]
      %s = phi double [ 0.0, %entry ], [ %t, %loop ]
      %v = load double, ptr %p
      %t = fadd double %s, %v
      %p1 = getelementptr double, ptr %p, i64 1
      %more = icmp ne ptr %p1, %end
      br i1 %more, label %loop, label %done
    done:
      store double %t, ptr %out
    """
    made = np.zeros(())
    run_on_arrays(text, {"a": VECTOR, "out": ArrayType(float64, ())}, np.arange(5.0), made)
    assert made == 10


@pytest.mark.parametrize("order", ["C", "F"])
def test_elements_count_row_by_row_whatever_the_memory(order: str) -> None:
    text = "%all = mul i64 %m, %n" + DOUBLED.replace("%next, %n", "%next, %all")
    given, made = np.array(np.arange(12.0).reshape(3, 4), order=order), np.zeros((3, 4))  # type: ignore[call-overload]
    run_on_arrays(text, {"a": MATRIX, "out": MATRIX}, given, made)
    assert made.tolist() == (given * 2).tolist()


def test_steps_of_whole_rows() -> None:
    text = """
      %p = getelementptr [4 x double], ptr %a, i64 2, i32 1
      %v = load double, ptr %p
      %q = getelementptr [4 x double], [4 x double]* %out, i64 1
      %r = bitcast [4 x double]* %q to double*
      %s = getelementptr double, double* %r, i8 3
      store double %v, double* %s
    """
    given, made = np.arange(12.0).reshape(3, 4), np.zeros((3, 4))
    run_on_arrays(text, {"a": MATRIX, "out": MATRIX}, given, made)
    assert made[1, 3] == given[2, 1] and made.sum() == given[2, 1]


def test_bools_and_unsigned_numbers() -> None:
    kinds = {"flags": ArrayType(bool_, ("n",)), "small": ArrayType(uint8, ("n",)), "out": ArrayType(uint32, ("n",))}
    text = """
      %f0 = load i1, ptr %flags
      %p = getelementptr i1, ptr %flags, i64 1
      %f1 = load i8, ptr %p
      %q = getelementptr i8, ptr %small, i64 1
      %s = load i8, ptr %q
      %big = icmp ugt i8 %s, 127
      %a = zext i1 %f0 to i32
      %b = zext i8 %f1 to i32
      %c = zext i8 %s to i32
      %ab = add i32 %a, %b
      %abc = add i32 %ab, %c
      %r = select i1 %big, i32 %abc, i32 -1
      store i32 %r, ptr %out
    """
    made = np.zeros(2, np.uint32)
    run_on_arrays(text, kinds, np.array([True, True]), np.array([0, 200], np.uint8), made)
    assert made.tolist() == [202, 0]


def test_a_view_of_a_matrix_is_an_array_too() -> None:
    matrix, row = Variable(MATRIX, "a"), Variable(int64, "row")
    size = Variable(int64, "n")
    build = Builder()
    text = "%p = getelementptr double, ptr %view, i64 3\n%v = load double, ptr %p"
    inline(build, parse_body(text, locate_in(text)), {"view": Array(matrix, (size,), (row,))})
    printed = print_function(Function("case", (matrix, row, size), build.finish(())))
    assert "load %a, %row, 3:int64" in printed


def test_constant_steps_are_added_up() -> None:
    text = "%p = getelementptr float, ptr %a, i64 2\n%q = getelementptr float, ptr %p, i64 0\n%v = load float, ptr %q"
    function = translated(text, {"a": ArrayType(float32, ("n",))})
    assert [statement.primitive.name for statement in function.body.statements] == ["load"]  # type: ignore[union-attr]


TYPES: dict[str, Type] = {
    "a": ArrayType(float32, ("n",)), "b": ArrayType(float32, ("n",)), "z": ArrayType(complex64, ("n",)),
    "point": ArrayType(float32, ()), "out": ArrayType(float32, ("n",)), "i": int64, "x": float32,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "message", "where", "hint"),
    [
        ("%v = load double, ptr %a", TypeMismatch, "the array 'a' of float32, not double", "%a", "load float, ptr %a"),
        ("%v = load float, double* %a", TypeMismatch, "the array 'a' of float32, not double", "%a", None),
        ("%v = load float, ptr %z", TypeMismatch, "the array 'z' of complex64", "%z", None),
        ("store float 1.0, ptr %a", ReadOnlyArgument, "writes to the input 'a'", "%a", 'writable=("a",)'),
        ("store double 1.0, ptr %out", TypeMismatch, "not double", "%out", None),
        ("%v = load float, ptr %x", TypeMismatch, "%x is float32 in Python, not an array", "%x", "no load"),
        ("%v = load float, float %x", TypeMismatch, "load takes a pointer, not a float", "%x", "ptr %x"),
        ("%v = fadd float %a, 1.0", TypeMismatch, "%a is an array of float32", "%a", "load float, ptr %a"),
        ("%v = load float, ptr null", UnsupportedSyntax, "the pointer null", "null", "Arrays come from Python"),
        ("%v = load float, ptr @table", UnsupportedSyntax, "the pointer @table", "@table", None),
        ("%p = getelementptr i8, ptr %a, i64 4",
         TypeMismatch, "a step of i8 through the array 'a'", None, "getelementptr float"),
        ("%p = getelementptr {float, float}, ptr %a, i64 4", TypeMismatch, "a step of { float, float }", None, None),
        ("%p = getelementptr float, ptr %a, i64 0, i64 1", UnsupportedSyntax, "no elements inside a float", None, None),
        ("%p = getelementptr float, ptr %a, float %x", TypeMismatch, "an index is an integer", "%x", None),
        ("%p = getelementptr float, float %x, i64 1", TypeMismatch, "takes a pointer, not a float", "%x", None),
        ("%p = getelementptr float, ptr %point, i64 %i\n%v = load float, ptr %p",
         TypeMismatch, "a single element", None, "Leave"),
        ("%c = icmp eq ptr %a, %b", UnsupportedSyntax, "pointers into two arrays are compared", None, "indices"),
        ("%c = icmp eq ptr %a, null", UnsupportedSyntax, "the pointer null", "null", None),
        ("%p = select i1 true, ptr %a, ptr %b", UnsupportedSyntax, "pointers into two arrays", None, "loaded values"),
        ("%c = fcmp olt float %x, 1.0\nbr i1 %c, label %l, label %r\nl: br label %r\n"
         "r:\n%p = phi ptr [ %a, %l ], [ %b, %entry ]",
         UnsupportedSyntax, "pointers into two arrays meet", None, "loaded values"),
        ("%p = load ptr, ptr %a", TypeMismatch, "not ptr", "%a", None),
        ("%p = bitcast float %x to ptr", TypeMismatch, "a pointer to make another", "%x", None),
        ("%p = inttoptr i64 %i to ptr", UnsupportedSyntax, "inttoptr", None, "getelementptr"),
        ("%a = getelementptr float, ptr %a, i64 1", TypeMismatch, "%a is a pointer", None, "Python has not"),
    ],
)  # fmt: skip
def test_complaints(text: str, kind: type[CobraError], message: str, where: str | None, hint: str | None) -> None:
    error = complaint(text, TYPES, {"a": None, "r": None})
    assert type(error) is kind
    assert message in error.message
    assert where is None or pointed(error) == where
    assert hint is None or hint in str(error.hint)


def test_vectors_in_arrays() -> None:
    text = """
      %p = getelementptr <4 x double>, ptr %a, i64 1
      %v = load <4 x double>, ptr %p, align 8
      %w = fmul <4 x double> %v, <double 1.0, double 2.0, double 3.0, double 4.0>
      %q = getelementptr double, ptr %out, i64 2
      store <4 x double> %w, <4 x double>* %q
      %r = load { double, double }, ptr %a
      store { double, double } %r, ptr %out
    """
    given, made = np.arange(10.0, 28.0)[::2], np.zeros(18)[::3]
    run_on_arrays(text, {"a": VECTOR, "out": VECTOR}, given, made)
    assert made.tolist() == [10, 12, 18, 40, 66, 96]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("%v = load <4 x float>, ptr %a", "points into the array 'a' of float64, not float"),
        ("%v = load { double, i64 }, ptr %a", "in an array of numbers is not understood"),
        ("%v = load { i8, [2 x i64] }, ptr %a", "in an array of numbers is not understood"),
        ("store <2 x double> zeroinitializer, ptr %a", "the text writes to the input 'a'"),
        ("%v = load <4 x double>, <2 x double>* %a", "%a is a <2 x double>* here, and <4 x double> is moved"),
    ],
)
def test_vectors_of_other_numbers(text: str, message: str) -> None:
    assert message in complaint(text, {"a": VECTOR}).message
