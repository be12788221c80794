"""Functions of the math library are written out wherever they stand; other operations stay."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.cache import disk
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.primitives.complex_functions import FUNCTIONS
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms import define as module
from cobra.compiler.transforms.define import define, define_missing, definition, fast_name
from cobra.errors import InvalidOption
from cobra.types import float32, float64, int64
from tests.compiler.transforms.ir_cases import function, names, operations

DEFINED = {name: record for name, record in TABLE.items() if record.definition is not None and name not in FUNCTIONS}
OF_PARTS = {name: record for name, record in FUNCTIONS.items() if record.definition is not None}


@pytest.mark.parametrize("kind", [float32, float64], ids=str)
@pytest.mark.parametrize("name", DEFINED)
def test_every_definition_is_there_and_calls_no_library(name: str, kind: cobra.ScalarType) -> None:
    record = DEFINED[name]
    inputs = [kind] * (record.numpy.nin if record.numpy is not None else 1)
    made = verify(define(function(inputs, lambda build, given: build.many(record, *given))))
    assert name not in names(made) and len(names(made)) > 3
    assert not any(operation.primitive.library for operation in operations(made.body))
    assert made.result_types == record.rule(tuple(inputs)).results


@pytest.mark.parametrize("name", OF_PARTS)
def test_every_definition_of_complex_functions_is_there_and_calls_no_library(name: str) -> None:
    record = OF_PARTS[name]
    assert record.definition is not None
    made = verify(definition(f"{record.definition}_f64"))
    assert len(made.parameters) == (4 if name == "cpow" else 2) and all(parameter.type == float64 for parameter in made.parameters)
    assert not any(operation.primitive.library for operation in operations(made.body))
    assert made.result_types == (float64, float64)


def test_a_definition_inserted_twice_makes_its_values_twice() -> None:
    made = verify(define(function([float64], lambda build, given: [build(TABLE["exp"], build(TABLE["exp"], given[0]))])))
    once = names(define(function([float64], lambda build, given: [build(TABLE["exp"], given[0])])))
    assert names(made) == once * 2


def test_inside_loops_and_branches() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        x, n, wanted = given
        looped = build.for_(n, [x], lambda index, carried: [build(TABLE["log"], carried[0])])
        return build.if_(wanted, lambda: (build(TABLE["expm1"], looped[0]),), lambda: (x,))

    made = verify(define(function([float32, int64, cobra.bool_], write)))
    assert {"log", "expm1"}.isdisjoint(names(made))


def test_what_the_library_does_not_define_stays() -> None:
    made = function([float64], lambda build, given: [build(TABLE["sqrt"], given[0])])
    assert print_function(define(made)) == print_function(made)


def test_a_definition_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk.default() is not None
    first = definition("exponential.exp2_f64")
    monkeypatch.setattr(module, "_translated", None)
    again = definition.__wrapped__("exponential.exp2_f64")
    assert again is not first and print_function(again) == print_function(first)


def test_the_c_library_instead() -> None:
    def grown(x: float) -> float:
        return np.exp(x) * 2

    own, libm = cobra.ufunc(grown), cobra.ufunc(grown, math="libm")
    assert own is not libm and cobra.ufunc(grown, math="library") is own is cobra.ufunc(libm, math="library")
    assert "call double @exp(" in cobra.inspect.llvm(libm) and "@exp(" not in cobra.inspect.llvm(own)
    np.testing.assert_array_max_ulp(own([0.5, 700.0, -745.0]), libm([0.5, 700.0, -745.0]), 1)


def test_quicker_variants_instead() -> None:
    def bent(x: float) -> float:
        return np.tanh(x) * 2

    usual, quick = cobra.ufunc(bent), cobra.ufunc(bent, math="fast")
    assert usual is not quick and cobra.ufunc(bent, math="fast") is quick and quick is cobra.ufunc(usual, math="fast")
    assert cobra.inspect.ir(usual, lowered=True) != cobra.inspect.ir(quick, lowered=True)
    np.testing.assert_array_max_ulp(quick([0.5, -7.0, 1e-300]), usual([0.5, -7.0, 1e-300]), 5)


def test_what_has_no_quicker_variant_is_as_usual() -> None:
    made = function([float32, float64], lambda build, given: [build(TABLE["exp"], x) for x in given])
    assert print_function(define(made, fast=True)) == print_function(define(made))
    usual, quick = (cobra.function(lambda x: np.exp(x), types="d->d", math=source) for source in ("library", "fast"))
    assert usual(1.5) == quick(1.5)


@pytest.mark.parametrize("name", DEFINED)
@pytest.mark.parametrize("ending", ["f32", "f64"])
def test_quicker_variants_have_the_types_of_the_usual(name: str, ending: str) -> None:
    usual = f"{DEFINED[name].definition}_{ending}"
    variant = definition(fast_name(usual))
    assert variant.result_types == definition(usual).result_types
    assert [given.type for given in variant.parameters] == [given.type for given in definition(usual).parameters]
    assert fast_name(usual) in (usual, f"fast_{usual}")


def test_a_quicker_variant_of_what_the_c_library_lacks() -> None:
    made = function([float32], lambda build, given: [build(TABLE["tanh"], build(TABLE["logistic"], *given))])
    assert names(define_missing(made, fast=True))[-1] == "tanh" and "logistic" not in names(define_missing(made, fast=True))


def test_another_source_of_functions() -> None:
    with pytest.raises(InvalidOption, match=r"math='svml' is no source of elementary functions.*\n.*'library', 'libm', 'fast'"):
        cobra.ufunc(lambda x: x, types="d->d", math="svml")


@pytest.mark.parametrize("compute", [np.sin, np.exp, np.log1p, np.power, cobra.math.erfc, cobra.math.lgamma], ids=str)
@pytest.mark.parametrize("code", ["f", "d"])
def test_functions_stay_as_exact_in_kernels_whose_operations_may_be_reordered(compute: np.ufunc, code: str) -> None:
    usual, reordered = (cobra.ufunc(types=[code * compute.nin + "->" + code], fast_math=fast)(_calling(compute)) for fast in (False, True))
    numbers = np.concatenate([np.logspace(-30, 30, 601), np.linspace(0.5, 12, 100), [np.inf, np.nan, 0.0]]).astype(code)
    operands = [numbers, np.full_like(numbers, 1.7)][: compute.nin]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(reordered(*operands), usual(*operands))


def _calling(compute: np.ufunc) -> object:
    return (lambda x: compute(x)) if compute.nin == 1 else (lambda x, y: compute(x, y))
