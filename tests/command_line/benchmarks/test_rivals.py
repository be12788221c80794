"""Contestants of other packages, by stand-ins with the same names: the packages themselves are large and optional."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from cobra.command_line.benchmarks import rivals
from cobra.command_line.benchmarks.expressions import EXPRESSIONS, write_muladd
from cobra.command_line.benchmarks.timing import check_agreement

A, B, C = np.arange(3.0), np.full(3, 2.0), np.ones(3)
EXPECTED = rivals.call_with(write_muladd(np, None), [A, B, C], "NumPy")


class Ready(np.ndarray):
    """An array that waits for itself, as JAX's do."""

    def block_until_ready(self):
        return np.asarray(self)


def stand_ins(calls: list[object]) -> dict[str, object]:
    return {
        "numexpr": SimpleNamespace(
            set_num_threads=calls.append,
            evaluate=lambda text, names, out: np.copyto(out, eval(text, {"__builtins__": {}}, names)) or out,
        ),
        "jax": SimpleNamespace(
            config=SimpleNamespace(update=lambda *change: calls.append(change)),
            jit=lambda function: lambda *arguments: function(*arguments).view(Ready),
            device_put=np.asarray,
        ),
        "jax.numpy": np,
        "jax.scipy.special": SimpleNamespace(erf=math.erf),
        "torch": SimpleNamespace(set_num_threads=calls.append, erf=math.erf, from_numpy=np.asarray),
        "numba": SimpleNamespace(
            njit=lambda function: function,
            vectorize=lambda signatures, **options: calls.append((signatures, options)) or np.vectorize,
        ),
    }


@pytest.fixture
def calls(monkeypatch):
    made: list[object] = []
    packages = stand_ins(made)
    monkeypatch.setattr(rivals, "find_spec", lambda name: name in packages or None)
    monkeypatch.setattr(rivals, "import_module", packages.__getitem__)
    return made


def test_numexpr_runs_on_one_thread(calls):
    check_agreement([EXPECTED, *rivals.with_numexpr("a*b+c", {"a": A, "b": B, "c": C}, np.empty(3))], 0.0)
    assert calls == [1]


def test_numexpr_without_an_expression_is_left_out(calls):
    assert rivals.with_numexpr(None, {}, None) == []


def test_jax_waits_for_its_result_and_computes_in_double_precision(calls):
    (contestant,) = rivals.with_jax(write_muladd, [A, B, C])
    check_agreement([EXPECTED, contestant], 0.0)
    assert contestant.statement.endswith(".block_until_ready()")
    assert calls == [("jax_enable_x64", True)]


def test_torch_runs_on_one_thread(calls):
    check_agreement([EXPECTED, *rivals.with_torch(write_muladd, [A, B, C])], 0.0)
    assert calls == [1]


def test_numba_gets_its_own_names_of_types(calls):
    check_agreement([EXPECTED, *rivals.with_numba(write_muladd(np, None), "ffd->d", [A, B, C])], 0.0)
    assert calls == [(["float64(float32, float32, float64)"], {})]


def test_a_plain_loop_is_an_anchor(calls):
    def add(a, out):
        for index in range(out.size):
            out[index] = a[index]

    (contestant,) = rivals.with_numba_loop(add, [A, np.empty(3)], "loop")
    assert contestant.is_anchor
    assert contestant.label == "loop"


def test_missing_packages_give_no_contestants(monkeypatch):
    monkeypatch.setattr(rivals, "find_spec", lambda name: None)
    function = write_muladd(np, None)
    assert rivals.with_numba(function, "ddd->d", [A, B, C]) == []
    assert rivals.with_numba_loop(function, [A], "loop") == []
    assert rivals.with_numexpr("a", {}, None) == []
    assert rivals.with_jax(write_muladd, [A]) == []
    assert rivals.with_torch(write_muladd, [A]) == []


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda expression: expression.name)
def test_expressions_are_the_same_for_an_element_and_an_array(expression):
    whole = expression.whole()
    columns = [np.linspace(low, high, 5) for low, high in expression.ranges]
    singles = [expression.scalar()(*row) for row in zip(*columns, strict=True)]
    assert np.all(np.isfinite(singles))
    if whole is not None:
        np.testing.assert_allclose(whole(*columns), singles, rtol=1e-12)
