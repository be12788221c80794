"""Parameters fixed by name or by their defaults."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import cobra
from cobra import float32 as f32
from cobra.errors import InvalidCall, InvalidConstant
from cobra.ufunc.kernel import kernel_of

X = np.array([1.0, -2.5, 4.0])


@cobra.ufunc
def affine(x: float, scale: float = 2.0, shift: float = 0.5) -> float:
    """Scale and shift."""
    return x * scale + shift


@cobra.ufunc
def keywords(x: int, *, times: int = 3, plus: int) -> int:
    return x * times + plus


@cobra.ufunc
def untyped(x, y=2):
    return x * y


@cobra.ufunc(types=["ff->f", "dd->d"])
def of_two_types(x, y=0.1):
    return x + y


@cobra.ufunc(signature="(n),(),()->(n)", types="ddd->d")
def scaled(x, scale=2.0, shift=0.0):
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = x[i] * scale + shift
    return out


@cobra.ufunc(signature="(n),()->(n)", types="dd->d")
def scaled_into(x, scale, out):
    for i in range(len(x)):
        out[i] = x[i] * scale


def test_bound_kernels_are_real_ufuncs() -> None:
    double = cobra.bind(affine, scale=2.0, shift=0.0)
    assert type(double) is np.ufunc and (double.nin, double.types) == (1, ["d->d"])
    assert np.array_equal(double(X), 2 * X) and double.reduce is not None
    assert double.__doc__ == "Scale and shift." and double.__name__ == "affine"
    assert list(inspect.signature(double).parameters)[:2] == ["x", "out"]


@pytest.mark.parametrize(
    ("constants", "operands", "result"),
    [
        ({"shift": 1}, (3.0, 10.0), 31.0),
        ({"scale": 10}, (3.0, 1.0), 31.0),
        ({"x": 3.0}, (10.0, 1.0), 31.0),
        ({"x": 3, "shift": np.float32(1)}, (10.0,), 31.0),
        ({"scale": True, "shift": np.int8(-1)}, (3.0,), 2.0),
        ({"scale": math.inf}, (3.0, 0.0), math.inf),
        ({}, (3.0,), 6.5),
    ],
    ids=str,
)
def test_constants(constants: dict[str, complex], operands: tuple[float, ...], result: float) -> None:
    bound = cobra.bind(affine, **constants)
    assert bound(*operands) == result == bound.__wrapped__(*operands)


def test_binding_again() -> None:
    once = cobra.bind(affine, scale=3.0)
    assert cobra.bind(once, shift=1.0) is cobra.bind(affine, shift=1.0, scale=3.0)
    assert cobra.bind(once)(2.0) == 6.5


def test_keyword_only_parameters() -> None:
    assert keywords(2, 5, 1) == 11 and keywords.__wrapped__(2, times=5, plus=1) == 11
    assert cobra.bind(keywords, plus=4)(2, 5) == 14
    assert cobra.bind(keywords)(2, 4) == 10 == cobra.bind(keywords).__wrapped__(2, 4)


def test_inferred_types() -> None:
    twice = cobra.bind(untyped)
    assert twice(np.int8(5)).dtype == np.int8 and twice(np.float32(1.5)).dtype == np.float32
    assert cobra.bind(untyped, y=0.5)(np.int64(5)) == 2.5
    assert cobra.bind(untyped, y=np.float64(0.5))(np.float32(5)).dtype == np.float64


def test_constant_of_loops_of_several_types() -> None:
    shifted = cobra.bind(of_two_types)
    assert shifted.types == ["f->f", "d->d"]
    assert shifted(np.float32(1)) == np.float32(1) + np.float32(0.1) and shifted(1.0) == 1.1


def test_constants_get_the_type_of_their_parameter() -> None:
    @cobra.ufunc
    def root(x: float, y: f32) -> float:
        return x + np.sqrt(y)

    assert cobra.bind(root, y=2)(0.0) == np.sqrt(np.float32(2))
    assert kernel_of(cobra.bind(root, y=2)).spec.bound["y"].type == f32


def test_gufuncs() -> None:
    assert np.array_equal(cobra.bind(scaled)(X), 2 * X)
    assert cobra.bind(scaled).signature == "(n)->(n)"
    assert cobra.bind(scaled, shift=1.0).signature == "(n),()->(n)"
    assert np.array_equal(cobra.bind(scaled_into, scale=3)(X), 3 * X)


@pytest.mark.parametrize(
    ("kernel", "constants", "error", "message"),
    [
        (affine, {"y": 1.0}, InvalidCall, "'affine' has no input 'y'(.|\n)*Its inputs: x, scale, shift"),
        (affine, {"x": 1.0, "scale": 1.0, "shift": 1.0}, InvalidCall, "nothing would be left"),
        (affine, {"x": "1"}, InvalidCall, "x='1' is not a number"),
        (affine, {"x": [1.0]}, InvalidCall, r"is not a number(.|\n)*pass arrays as operands"),
        (affine, {"x": None}, InvalidCall, "x=None is not a number"),
        (affine, {"x": 1j}, InvalidConstant, "1j does not fit the input 'x' of 'affine', which is float64"),
        (keywords, {"x": 1.5}, InvalidConstant, "1.5 does not fit the input 'x'"),
        (keywords, {"x": 2**63}, InvalidConstant, "does not fit"),
        (keywords, {"x": np.float64(1)}, InvalidConstant, "does not fit"),
        (scaled, {"x": 1.0}, InvalidCall, "the input 'x' of 'scaled' is an array"),
        (scaled_into, {"out": 1.0}, InvalidCall, "has no input 'out'"),
        (scaled_into, {}, InvalidCall, "has no defaults to bind"),
        (np.add, {"x": 1}, InvalidCall, "no kernel of Cobra's"),
        (len, {"x": 1}, InvalidCall, "no kernel of Cobra's"),
    ],
    ids=lambda part: str(part) if isinstance(part, dict) else getattr(part, "__name__", None),
)
def test_mistakes(kernel: np.ufunc, constants: dict[str, complex], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cobra.bind(kernel, **constants)


# -- default arguments


def test_arities() -> None:
    assert list(affine.arities) == [1, 2, 3] and len(affine.arities) == 3
    assert affine.arities[3] is affine
    assert affine.arities[2](3.0, 10.0) == 30.5 and affine.arities[1](3.0) == 6.5
    assert affine.arities[1] is cobra.bind(affine) and affine.arities[1].__wrapped__(3.0) == 6.5
    assert [kernel.nin for kernel in affine.arities.values()] == [1, 2, 3]
    assert repr(affine.arities) == "<affine of 1 or 2 or 3 inputs>"


@pytest.mark.parametrize("inputs", [0, 4, -1, "1", 1.5])
def test_no_such_arity(inputs: object) -> None:
    assert inputs not in affine.arities
    with pytest.raises(KeyError):
        affine.arities[inputs]


def test_a_ufunc_has_one_number_of_inputs() -> None:
    with pytest.raises(TypeError, match=r"takes from 3 to 4 positional arguments but 1 (was|were) given"):
        affine(3.0)


def test_arities_of_kernels_without_defaults() -> None:
    assert dict(scaled_into.arities) == {2: scaled_into}
    assert list(keywords.arities) == [3]  # the last parameter has no default


def test_arities_of_gufuncs() -> None:
    assert list(scaled.arities) == [1, 2, 3] and np.array_equal(scaled.arities[1](X), 2 * X)


def test_defaults_that_are_no_numbers() -> None:
    @cobra.ufunc
    def kernel(x: float, how: float = None) -> float:  # noqa: RUF013
        return x + how

    assert list(kernel.arities) == [2] and kernel(1.0, 2.0) == 3.0
