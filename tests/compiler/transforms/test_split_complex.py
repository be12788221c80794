"""Complex values become pairs, through every kind of statement; at the boundary two components take their place."""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.memory import load, store
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.split_complex import split_complex
from cobra.types import ArrayType, bool_, complex64, complex128, float64, int64
from tests.compiler.transforms.ir_cases import function, names


def split(made: Function) -> Function:
    return verify(split_complex(verify(expand(made))))


def test_parameters_and_results() -> None:
    made = split(function([complex128, complex128], lambda build, given: [build(TABLE["add"], *given)]))
    assert print_function(made) == (
        "function f(%x.real: float64, %x.imag: float64, %y.real: float64, %y.imag: float64) -> (float64, float64) {\n"
        "  %0: float64 = add %x.real, %y.real\n"
        "  %1: float64 = add %x.imag, %y.imag\n"
        "  return %0, %1\n"
        "}"
    )


def test_real_parameters_keep_their_place() -> None:
    made = split(function([float64, complex64], lambda build, given: given))
    assert [str(parameter.type) for parameter in made.parameters] == ["float64", "float32", "float32"]
    assert made.body.results == made.parameters


def test_constants() -> None:
    made = split(function([complex128], lambda build, given: [build(TABLE["add"], given[0], constant(1 - 2j, complex128))]))
    assert print_function(made).splitlines()[1:3] == [
        "  %0: float64 = add %x.real, 1.0:float64",
        "  %1: float64 = add %x.imag, -2.0:float64",
    ]


def test_a_constant_result() -> None:
    made = split(function([float64], lambda build, given: [constant(1 - 2j, complex128)]))
    assert print_function(made).splitlines()[1] == "  return 1.0:float64, -2.0:float64"


def test_branches() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        flag, z = given
        return build.if_(flag, lambda: (build(TABLE["conjugate"], z), flag), lambda: (z, flag))

    assert print_function(split(function([bool_, complex128], write))) == (
        "function f(%x: bool, %y.real: float64, %y.imag: float64) -> (float64, float64, bool) {\n"
        "  %0: float64, %1: float64, %2: bool = if %x {\n"
        "    %3: float64 = negative %y.imag\n"
        "    yield %y.real, %3, %x\n"
        "  } else {\n"
        "    yield %y.real, %y.imag, %x\n"
        "  }\n"
        "  return %0, %1, %2\n"
        "}"
    )


def test_loops() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        z, count = given
        (repeated,) = build.for_(count, (z,), lambda index, carried: (build(TABLE["add"], carried[0], z),))

        def small(carried: tuple[Variable, ...]) -> Value:
            return build(TABLE["less"], build(TABLE["real"], carried[0]), constant(9, float64))

        return build.while_((repeated,), small, lambda carried: (build(TABLE["negative"], carried[0]),))

    assert print_function(split(function([complex128, int64], write))) == (
        "function f(%x.real: float64, %x.imag: float64, %y: int64) -> (float64, float64) {\n"
        "  %0: float64, %1: float64 = for %2 below %y carrying (%3: float64 = %x.real, %4: float64 = %x.imag) {\n"
        "    %5: float64 = add %3, %x.real\n"
        "    %6: float64 = add %4, %x.imag\n"
        "    yield %5, %6\n"
        "  }\n"
        "  %7: float64, %8: float64 = while carrying (%9: float64 = %0, %10: float64 = %1) {\n"
        "    %11: bool = less %9, 9.0:float64\n"
        "    test %11\n"
        "  } do {\n"
        "    %12: float64 = negative %9\n"
        "    %13: float64 = negative %10\n"
        "    yield %12, %13\n"
        "  }\n"
        "  return %7, %8\n"
        "}"
    )


def test_elements_of_arrays() -> None:
    kind = ArrayType(complex64, ("n",))
    source, target, index = Variable(kind, "source"), Variable(kind, "target"), Variable(int64, "n")
    build = Builder()
    (element,) = build.operation(load, (source, index), (complex64,))
    build.operation(store, (element, target, index), ())
    made = split(Function("copy", (source, target), build.finish(()), (index,), 1))
    assert made.parameters == (source, target)
    assert print_function(made).splitlines()[1:-1] == [
        "  %0: float32 = load %source, %n {part='real'}",
        "  %1: float32 = load %source, %n {part='imag'}",
        "  store %0, %target, %n {part='real'}",
        "  store %1, %target, %n {part='imag'}",
    ]


def test_nothing_complex_remains_of_a_library_function() -> None:
    made = split(function([complex64], lambda build, given: [build(TABLE["exp"], given[0])]))
    assert names(made) == ["convert", "convert", "cexp", "narrow", "narrow"]
