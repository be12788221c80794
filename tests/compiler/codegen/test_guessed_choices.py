"""Which choices scalar code makes by jumps, and that both ways of making them compute the same."""

from __future__ import annotations

import numpy as np

import cobra
from cobra.compiler.codegen.guessed_choices import repeated_choices
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import If, Operation
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.table import TABLE
from cobra.types import bool_, float64
from tests.compiler.transforms.ir_cases import function


def _guarded(negate: bool) -> tuple[list[str], list[bool]]:
    """Return the guessed statements and the rare outcomes of a choice with a branch on its condition or the opposite."""

    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        condition, other, x = given
        safe = build(TABLE["select"], condition, x, x)
        kept = build(TABLE["select"], other, x, safe)
        tested = build(TABLE["invert"], condition) if negate else condition
        return build.if_(tested, lambda: (build(TABLE["multiply"], kept, x),), lambda: (kept,))

    body = function([bool_, bool_, float64], write).body
    found = repeated_choices(body, [statement for statement in body.statements if isinstance(statement, If)])
    return [s.primitive.name if isinstance(s, Operation) else "if" for s in found], list(found.values())


def test_a_choice_on_the_condition_of_a_branch() -> None:
    assert _guarded(negate=False) == (["select", "if"], [True, True])


def test_a_choice_on_the_opposite_of_the_condition_of_a_branch() -> None:
    assert _guarded(negate=True) == (["select", "if"], [False, True])


def test_a_branch_without_such_a_choice_is_not_guessed() -> None:
    def write(build: Builder, given: tuple[Variable, ...]) -> tuple[Value, ...]:
        return build.if_(given[0], lambda: (build(TABLE["multiply"], given[1], given[1]),), lambda: (given[1],))

    body = function([bool_, float64], write).body
    assert repeated_choices(body, [statement for statement in body.statements if isinstance(statement, If)]) == {}


@cobra.ufunc(signature="(n)->(n)")
def each(x: cobra.float64["n"], out: cobra.float64["n"]):
    for i in range(len(x)):
        out[i] = np.exp(x[i])


@cobra.ufunc
def whole(x: cobra.float64) -> cobra.float64:
    return np.exp(x)


def test_scalar_code_and_lanes_agree_to_the_bit() -> None:
    x = np.concatenate([np.linspace(-760, 720, 2000), [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324]])
    with np.errstate(over="ignore", under="ignore"):
        np.testing.assert_array_equal(each(x).view(np.int64), whole(x).view(np.int64))


def test_scalar_code_raises_the_errors_of_rare_arguments() -> None:
    with np.errstate(over="raise"):
        assert each(np.array([709.0])).size == 1
        try:
            each(np.array([1.0, 710.0]))
        except FloatingPointError as error:
            assert "overflow" in str(error)
        else:
            raise AssertionError("no overflow was reported")
