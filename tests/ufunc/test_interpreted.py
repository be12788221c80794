"""Kernels run as plain Python: the ufunc is as real as before, and gives the same results."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import test_features
import test_gufuncs
from numpy_twins import BINARY, WITH_CORE, check_twins, outcome, plus, quotient_and_rest

import cobra
from cobra import config
from cobra import float32 as f32
from cobra import float64 as f64
from cobra.ufunc.kernel import kernel_of

ROOT = Path(__file__).parents[2]


def interpreted(thing: object, **options: object) -> np.ufunc:
    with config.options(disable_jit=True):
        return cobra.ufunc(thing, **options)


@pytest.mark.parametrize(
    ("kernel", "name"),
    [pair for pair in product(BINARY, test_features.CALLS) if pair not in test_features.ONLY_OF_NUMPYS_OWN],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_elementwise(kernel: np.ufunc, name: str) -> None:
    check_twins(test_features.CALLS[name], interpreted(kernel), BINARY[kernel])


@pytest.mark.parametrize("name", test_features.SEVERAL_OUTPUTS)
def test_several_outputs(name: str) -> None:
    call = test_features.SEVERAL_OUTPUTS[name]
    assert outcome(call, interpreted(quotient_and_rest))[0] == outcome(call, np.divmod)[0]


@pytest.mark.parametrize(
    ("kernel", "name"),
    [(kernel, name) for kernel, calls in test_gufuncs.CALLS.items() for name in calls],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_core_dimensions(kernel: np.ufunc, name: str) -> None:
    check_twins(test_gufuncs.CALLS[kernel][name], interpreted(kernel), WITH_CORE[kernel])


@pytest.mark.parametrize(
    "kernel", [test_gufuncs.cross, test_gufuncs.edges, test_gufuncs.convolve], ids=lambda kernel: kernel.__name__
)
def test_fixed_and_computed_sizes(kernel: np.ufunc) -> None:
    operands = [np.arange(6.0).reshape(2, 3) + k for k in range(kernel.nin)]
    assert np.array_equal(interpreted(kernel)(*operands), kernel(*operands))


@pytest.mark.parametrize("code", "?bBhHiIlLefdFD")
def test_every_type(code: str) -> None:
    values = np.arange(5).astype(code)
    assert interpreted(plus)(values, values).tobytes() == plus(values, values).tobytes()


def test_it_is_another_kernel() -> None:
    assert interpreted(plus) is not plus and interpreted(plus) is interpreted(plus)
    assert type(interpreted(plus)) is np.ufunc and interpreted(plus).types == plus.types


def test_the_python_function_runs_with_numpy_scalars() -> None:
    seen: list[object] = []

    def kernel(x: f32, y: int) -> float:
        seen.append((type(x), type(y)))
        return x * y

    assert interpreted(kernel)(np.array([1.5, 2.5], "f4"), 2).tolist() == [3.0, 5.0]
    assert seen == [(np.float32, np.int64)] * 2


def test_what_cannot_be_compiled_runs(capsys: pytest.CaptureFixture[str]) -> None:
    def kernel(x: float) -> float:
        print(f"called with {x}")
        return sum([x, 1.0])

    assert interpreted(kernel)(2.0) == 3.0
    assert capsys.readouterr().out == "called with 2.0\n"


def test_outputs_written_or_returned() -> None:
    def written(x: f64["n"], low: float, high: f64["1"]):
        low[()], high[0] = min(x), max(x)

    def returned(x: f64["n"]) -> tuple[f64["n"], float]:
        return x[::-1], x[0]

    values = np.arange(6.0).reshape(2, 3)
    low, high = interpreted(written)(values)
    assert low.tolist() == [0, 3] and high.tolist() == [[2], [5]]
    backwards, first = interpreted(returned)(values)
    assert np.array_equal(backwards, values[:, ::-1]) and first.tolist() == [0, 3]


def test_a_scalar_operand_taken_as_an_array() -> None:
    def scaled(x, factor, shift, out):
        for i in range(len(x)):
            out[i] = x[i] * factor[0] + shift[()] + shift

    kernel = interpreted(scaled, signature="(n),(),()->(n)", types="ddd->d")
    assert kernel([1.0, 2.0], 3.0, 0.5).tolist() == [4.0, 7.0]


def test_inputs_are_read_only_unless_named() -> None:
    def clear(x, out):
        out[0], x[0] = x[0], 0

    values = np.ones(3)
    with pytest.raises(ValueError, match="read-only"):
        interpreted(clear, signature="(n)->()", types="d->d")(values)
    interpreted(clear, signature="(n)->()", types="d->d", writable="x")(values)
    assert values.tolist() == [0, 1, 1]


def test_bound_parameters() -> None:
    def kernel(x, /, y: float = 2.0, *, z: float = 0.5) -> float:
        return x * y + z

    kernel.__annotations__["x"] = float
    whole = interpreted(kernel)
    assert whole(3.0, 4.0, 1.0) == 13.0 and cobra.bind(whole, y=5)(3.0, 1.0) == 16.0 and whole.arities[1](3.0) == 6.5


def test_exceptions_keep_the_users_frames_only() -> None:
    def kernel(x: float) -> float:
        if x > 1:
            raise ValueError(f"{x} is too large")
        return x

    with pytest.raises(ValueError, match="is too large") as caught:
        interpreted(kernel)([1.0, 2.0, 3.0])
    frames = traceback.extract_tb(caught.tb)
    assert [frame.name for frame in frames][-1] == "kernel" and not any("cobra/ufunc" in frame.filename for frame in frames)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, StopIteration, ZeroDivisionError])
def test_any_exception_comes_through(error: type[BaseException]) -> None:
    def kernel(x: float, y: float) -> float:
        raise error

    failing = interpreted(kernel)
    for call in (lambda: failing(1.0, 2.0), lambda: failing.reduce([1.0, 2.0]), lambda: failing.at(np.ones(2), [0], 1.0)):
        with pytest.raises(error):
            call()


def test_results_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="zip"):
        interpreted(lambda x: (x, x), types="d->d")(1.0)
    with pytest.raises((TypeError, ValueError)):
        interpreted(lambda x: "text", types="d->d")(1.0)


def test_warnings_are_those_of_scalars() -> None:
    inverse = interpreted(lambda x: 1 / x, types="d->d")
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        inverse(0.0)
    with np.errstate(divide="ignore"):
        assert inverse(0.0) == np.inf


def test_kernels_calling_kernels() -> None:
    def kernel(x: float) -> float:
        return plus(x, 1.0) * 2

    assert interpreted(kernel)(2.0) == 6.0


def test_pickles_follow_the_settings_of_where_they_are_read() -> None:
    data = pickle.dumps(plus)
    assert pickle.loads(pickle.dumps(interpreted(plus))) is interpreted(plus)
    with config.options(disable_jit=True):
        assert pickle.loads(data) is interpreted(plus)
    assert pickle.loads(data) is plus


def test_the_environment_variable(tmp_path: Path) -> None:
    program = """
import sys, numpy as np, cobra
from cobra import float64 as f64
calls = []
@cobra.ufunc
def kernel(x: float, y: float) -> tuple[float, bool]:
    calls.append(x)
    return x + y, x < y
@cobra.ufunc
def total(x: f64["n"]) -> float:
    return np.sum(x)
@cobra.ufunc
def inferred(x):
    return np.exp(x) - 1
print(kernel([1.0, 2.0], 1.5), calls, total(np.arange(4.0)), inferred(0), type(kernel) is np.ufunc, "llvmlite" in sys.modules)
"""
    path = tmp_path / "program.py"
    path.write_text(program)
    environment = os.environ | {"COBRA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, check=True)
    expected = "(array([2.5, 3.5]), array([ True, False])) [np.float64(1.0), np.float64(2.0)] 6.0 0.0 True False"
    assert done.stdout.strip() == expected


def test_unpickled_functions_run_from_their_source() -> None:
    kernel = interpreted(lambda x: x * 41, types="d->d")
    assert kernel_of(kernel).interpreted and kernel(2.0) == 82.0
