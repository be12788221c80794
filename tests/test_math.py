"""`cobra.math`: its functions as ufuncs and in kernels, their loops, names, documentation, pickling, and the same as plain Python."""

from __future__ import annotations

import copy
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.errors import UndefinedName

ROOT = Path(__file__).parent.parent

REAL = ["e->e", "f->f", "d->d"]
COMPLEX = [*REAL, "F->F", "D->D"]
OF_TWO = ["ee->e", "ff->f", "dd->d"]
OF_COMPLEX = "arccos arccosh arcsin arcsinh arctan arctanh cos cosh exp exp2 expm1 log log10 log1p log2 sin sinh tan tanh"
LOOPS = {
    **dict.fromkeys(OF_COMPLEX.split(), COMPLEX),
    **dict.fromkeys("cbrt cospi digamma erf erfc erfinv exp10 gamma lgamma logistic rsqrt sinpi softplus".split(), REAL),
    **dict.fromkeys("arctan2 fmod hypot logaddexp logaddexp2".split(), OF_TWO),
    "power": [*OF_TWO, "FF->F", "DD->D"],
    "sincos": ["e->ee", "f->ff", "d->dd"],
}
EXACT = {
    **dict.fromkeys("ceil floor spacing trunc".split(), REAL),
    **dict.fromkeys("copysign nextafter remainder".split(), OF_TWO),
    **dict.fromkeys(["rint", "sqrt"], COMPLEX),
    "frexp": ["e->ei", "f->fi", "d->di"],
    "ldexp": np.ldexp.types[: np.ldexp.types.index("gi->g")],
    "modf": ["e->ee", "f->ff", "d->dd"],
}
"""Those that are NumPy's to the bit."""
LOOPS |= EXACT

VALUES = {
    "erf": math.erf(0.5), "erfc": math.erfc(0.5), "gamma": math.gamma(0.5), "lgamma": math.log(math.pi) / 2, "exp10": 10**0.5,
    "rsqrt": 2**0.5, "sinpi": 1.0, "cospi": 0.0, "logistic": 1 / (1 + math.exp(-0.5)), "softplus": math.log1p(math.exp(0.5)),
    "erfinv": 0.476936276204469873, "digamma": -1.96351002602142348,
}  # fmt: skip
"""Results for 0.5 of the functions that NumPy does not have."""


def test_names() -> None:
    assert dir(cobra.math) == sorted(LOOPS)
    assert cobra.math.erf is cobra.math.erf


@pytest.mark.parametrize("name", LOOPS)
def test_functions_are_ufuncs(name: str) -> None:
    function = getattr(cobra.math, name)
    assert type(function) is np.ufunc
    assert function.types == LOOPS[name]
    assert function.__name__ in (name, f"cobra.{name}")
    assert function.__doc__.startswith("Return ") and function.__doc__.rstrip().endswith(".")


@pytest.mark.parametrize("name", LOOPS)
def test_functions_pickle_and_copy(name: str) -> None:
    function = getattr(cobra.math, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    got = getattr(cobra.math, name)(np.full(9, 0.5))
    assert np.allclose(got, VALUES[name], rtol=4e-16, atol=0)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("code", "efd")
def test_exact_functions_are_numpys(name: str, code: str) -> None:
    numpys, ours = getattr(np, name), getattr(cobra.math, name)
    kind = np.dtype(code)
    bits = np.arange(0, 1 << 16, dtype=np.uint64) << (kind.itemsize * 8 - 16)
    numbers = (bits | bits >> 7).astype(f"u{kind.itemsize}").view(kind)
    seconds = np.tile(np.arange(-40, 41), 1 + len(numbers) // 81)[: len(numbers)]
    operands = [numbers, seconds if name == "ldexp" else np.roll(numbers, 12_345)][: ours.nin]
    with np.errstate(all="ignore"):
        got, wanted = (results if ours.nout > 1 else (results,) for results in (ours(*operands), numpys(*operands)))
    for each, exact in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(each, exact, strict=True)


@pytest.mark.parametrize("name", ["exp", "power"])
def test_halves_are_singles_rounded(name: str) -> None:
    function = getattr(cobra.math, name)
    numbers = np.linspace(0.01, 9, 300, dtype=np.float16)
    operands = [numbers, numbers[::-1].copy()][: function.nin]
    with np.errstate(over="ignore"):
        wanted = function(*(each.astype(np.float32) for each in operands)).astype(np.float16)
        assert np.array_equal(function(*operands), wanted)


@pytest.mark.parametrize("name", ["log", "power"])
@pytest.mark.parametrize(("kind", "bound"), [(np.complex64, 3e-6), (np.complex128, 1e-14)])
def test_complex_loops(name: str, kind: type, bound: float) -> None:
    function, reference = getattr(cobra.math, name), getattr(np, name)
    numbers = np.array([0.3 + 0.2j, -0.7 + 1.1j, 1.5 - 0.4j, -2.0 - 3.0j])
    operands = [numbers.astype(kind), numbers[::-1].astype(kind)][: function.nin]
    got = function(*operands)
    assert got.dtype == kind
    assert np.allclose(got, reference(*(each.astype(np.complex128) for each in operands)), rtol=bound)


def test_ufunc_protocol() -> None:
    numbers = np.linspace(0.1, 4, 40, dtype=np.float32)
    out = np.zeros(40, np.float32)
    assert cobra.math.rsqrt(numbers, out=out, where=numbers > 1) is out
    assert np.array_equal(out > 0, numbers > 1)
    assert np.array_equal(cobra.math.hypot.outer(numbers, numbers)[3], cobra.math.hypot(numbers[3], numbers))
    assert np.array_equal(cobra.math.erf(numbers[::-3]), cobra.math.erf(numbers)[::-3])
    assert cobra.math.sin(np.arange(3)).dtype == np.float64
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in rsqrt"):
        cobra.math.rsqrt(np.zeros(3))


@cobra.ufunc
def named(x: float, y: float) -> float:
    sine, cosine = cobra.math.sincos(x)
    return cobra.math.erfinv(0.5 * sine) + cobra.math.power(cosine * cosine, y) + cobra.math.sin(x)


@cobra.ufunc
def by_numpy(x: float) -> float:
    return np.exp(x) + math.erf(x)


@cobra.ufunc
def by_library(x: float) -> float:
    return cobra.math.exp(x) + cobra.math.erf(x)


def test_functions_in_kernels() -> None:
    x, y = np.linspace(-3, 3, 50), np.linspace(0.5, 4, 50)
    sine, cosine = cobra.math.sincos(x)
    wanted = cobra.math.erfinv(0.5 * sine) + cobra.math.power(cosine * cosine, y) + cobra.math.sin(x)
    assert np.array_equal(named(x, y), wanted)
    assert np.array_equal(by_numpy(x), by_library(x))
    assert np.array_equal(by_numpy(x), cobra.math.exp(x) + cobra.math.erf(x))
    assert cobra.inspect.metadata(named)["loop"]["lanes"] >= 8


def test_results_do_not_depend_on_the_place_in_an_array() -> None:
    numbers = np.random.default_rng(3).uniform(-30, 30, 77)
    for function in (cobra.math.exp, cobra.math.sin, cobra.math.erf):
        one_by_one = [function(number) for number in numbers]
        assert np.array_equal(function(numbers), one_by_one)
        assert np.array_equal(function(numbers[::2]), one_by_one[::2])


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match=r"module 'cobra\.math' has no attribute 'sine'"):
        cobra.math.sine  # noqa: B018

    def kernel(x: float) -> float:
        return cobra.math.sine(x)

    with pytest.raises(UndefinedName, match=r"the module 'cobra\.math' has no 'sine'"):
        cobra.ufunc(kernel)


PROGRAM = """
import numpy as np
import cobra

@cobra.ufunc
def kernel(x: float) -> float:
    sine, cosine = cobra.math.sincos(x)
    return cobra.math.rsqrt(x) + cobra.math.erfinv(sine) * cosine

numbers = np.linspace(0.01, 1.5, 500)
sine, cosine = cobra.math.sincos(numbers)
plain = cobra.math.rsqrt(numbers) + cobra.math.erfinv(sine) * cosine
print(np.array_equal(plain, kernel(numbers)), plain.tobytes().hex(), cobra.math.logistic(numbers.astype("f4")).tobytes().hex())
"""


def run(tmp_path: Path, **environment: str) -> Any:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, file], capture_output=True, text=True, check=True, env=variables).stdout


def test_results_are_the_same_as_plain_python_and_without_fused_instructions(tmp_path: Path) -> None:
    usual = run(tmp_path)
    assert usual.startswith("True ")
    assert run(tmp_path, COBRA_DISABLE_JIT="1", COBRA_TARGET_CPU="generic") == usual
