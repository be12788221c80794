"""The names of PyIR's README: its examples as written, what each gives, and what the names that are still to come say.

``docs/pyir.md`` shows the same examples one by one, and a test runs that page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

import cobra
import cobra.pyir as pyir
from cobra.errors import CobraError, InvalidOption
from cobra.pyir import *  # noqa: F403
from cobra.pyir import complex64, complex128, float32, float64, function, inline, int32, int64, numpy_kernel, struct, vec4d, vec4f, vec4i

point = struct([float32, float32])


@function
def add(a: int32, b: int32) -> int32:
    result: int
    inline("%result = add i32 %a, %b")
    return result


@function
def add_declared(a: int32, b: int32) -> int32:
    result: int32
    inline("%result = add i32 %a, %b")
    return result


@function
def add_indented(a: int32, b: int32) -> int32:
    result: int32
    inline(
        """
        %result = add i32 %a, %b
        """
    )
    return result


@function
def fma(a: float32, b: float32, c: float32) -> float32:
    result: float
    inline("%result = call float @llvm.fmuladd.f32(float %a, float %b, float %c)")
    return result


@function
def sigmoid(x: float32) -> float32:
    result: float
    inline(
        """
        %neg_x = fsub float 0.0, %x
        %exp_neg_x = call float @llvm.exp.f32(float %neg_x)
        %one_plus_exp = fadd float 1.0, %exp_neg_x
        %result = fdiv float 1.0, %one_plus_exp
        """
    )
    return result


@function
def square(x: float32) -> float32:
    result: float
    inline("%result = fmul float %x, %x")
    return result


@function
def cube(x: float32) -> float32:
    result: float
    inline(
        """
        %result = fmul float %x, %x
        %result = fmul float %result, %x
        """
    )
    return result


@function
def sine_squared(x: float32) -> float32:
    result: float
    inline(
        """
        %result = call float @llvm.sin.f32(float %x)
        %result = fmul float %result, %result
        """
    )
    return result


@function
def relu(x: float32) -> float32:
    result: float
    inline(
        """
        %cond = fcmp ogt float %x, 0.0
        %result = select i1 %cond, float %x, float 0.0
        """
    )
    return result


@function
def linear_layer(x: float32, w: float32, b: float32) -> float32:
    result: float
    inline(
        """
        %mul = fmul float %x, %w
        %result = fadd float %mul, %b
        """
    )
    return result


@function
def scaled(x: float32) -> float32:
    result: float
    inline("%result = fmul float %x, 0.1")
    return result


@function
def point_add(a: point, b: point) -> point:  # type: ignore[valid-type]
    result: point  # type: ignore[valid-type]
    inline(
        """
        %a_x = extractvalue {float, float} %a, 0
        %a_y = extractvalue {float, float} %a, 1
        %b_x = extractvalue {float, float} %b, 0
        %b_y = extractvalue {float, float} %b, 1
        %x = fadd float %a_x, %b_x
        %y = fadd float %a_y, %b_y
        %result = insertvalue {float, float} undef, float %x, 0
        %result = insertvalue {float, float} %result, float %y, 1
        """
    )
    return result


@function
def vec_add(a: vec4f, b: vec4f) -> vec4f:  # type: ignore[valid-type]
    result: vec4f  # type: ignore[valid-type]
    inline("%result = fadd <4 x float> %a, %b")
    return result


NUMBERS: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (add, (2, 3), 5), (add_declared, (2, 3), 5), (add_indented, (2, 3), 5), (add, (2**31 - 1, 1), -(2**31)),
    (fma, (2.0, 3.0, 4.0), 10.0), (sigmoid, (0.0,), 0.5), (sigmoid, (-0.0,), 0.5), (sigmoid, (0.5,), 1 / (1 + math.exp(-0.5))),
    (square, (4.0,), 16.0), (cube, (3.0,), 27.0), (sine_squared, (0.5,), math.sin(0.5) ** 2), (relu, (-1.0,), 0.0), (relu, (1.5,), 1.5),
    (linear_layer, (2.0, 3.0, 1.0), 7.0), (scaled, (3.0,), float(np.float32(3) * np.float32(0.1))),
]  # fmt: skip


@pytest.mark.parametrize(("example", "arguments", "wanted"), NUMBERS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_examples_on_numbers(example: Callable[..., Any], arguments: tuple[Any, ...], wanted: Any) -> None:
    got = example(*arguments)
    assert type(got) is type(wanted)
    assert got == wanted if isinstance(wanted, int) else got == pytest.approx(wanted, rel=2e-7)


@pytest.mark.parametrize("policy", ["vectorized", "default", "parallel"])
@pytest.mark.parametrize(("example", "arguments", "wanted"), NUMBERS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_examples_on_arrays(policy: str, example: Callable[..., Any], arguments: tuple[Any, ...], wanted: Any) -> None:
    kernel = numpy_kernel(example, policy=policy)
    assert type(kernel) is np.ufunc
    kind = np.int32 if example.__name__.startswith("add") else np.float32
    columns = [np.full((3, 1) if position % 2 else (1, 5), value, kind) for position, value in enumerate(arguments)]
    got = kernel(*columns)
    assert got.dtype == kind
    assert got.shape == np.broadcast_shapes(*(column.shape for column in columns))
    np.testing.assert_allclose(got, wanted, rtol=3e-7)


def test_structures() -> None:
    assert tuple(point_add((1, 2), (3, 4))) == (4.0, 6.0)
    points = np.zeros(5, point.dtype)
    points["f0"], points["f1"] = np.arange(5), 1
    summed = numpy_kernel(point_add)(points, points)
    assert summed["f0"].tolist() == [0, 2, 4, 6, 8]
    assert summed["f1"].tolist() == [2] * 5


def test_vectors() -> None:
    assert vec_add((1, 2, 3, 4), [1, 1, 1, 1]).tolist() == [2, 3, 4, 5]
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(numpy_kernel(vec_add)(rows, rows[0]), rows + rows[0])


def test_the_invalid_example() -> None:
    with pytest.raises(CobraError, match=r"the operand %b has no type(.|\n)*insertvalue sets one part"):

        @function
        def add_complex(a: complex64, b: complex64) -> complex64:
            result: complex64
            inline("%result = insertvalue {float, float} %a, %b, 0")
            return result

        add_complex(1, 2)


def test_wrong_types_are_refused() -> None:
    with pytest.raises(TypeError):
        add("x", 1)
    with pytest.raises(TypeError):
        add(1)
    with pytest.raises(TypeError):
        numpy_kernel(square)(np.ones(3))


@pytest.mark.parametrize("policy", ["async", "sandboxed", "sandboxed:vectorized"])
def test_policies_to_come(policy: str) -> None:
    with pytest.raises(NotImplementedError, match=rf"no policy '{policy}' yet; its policies are 'vectorized', 'default', 'parallel'"):
        numpy_kernel(add, policy=policy)


@pytest.mark.parametrize("policy", ["spam", None, 3, ""])
def test_what_is_no_policy(policy: Any) -> None:
    with pytest.raises(InvalidOption, match=r"is no policy; the policies are 'vectorized', 'default', 'parallel', and later 'async'"):
        numpy_kernel(add, policy=policy)


@pytest.mark.parametrize("example", [add, square, sigmoid, cube, point_add, vec_add, numpy_kernel(fma)], ids=lambda e: e.__name__)
def test_metadata_and_modules(example: Any) -> None:
    facts = pyir.get_kernel_metadata(example)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["has_ir"] is True
    assert facts["ir_length"] > 20
    module, variables, names = pyir.get_kernel_ir_objects(example)
    llvm.parse_assembly(str(module)).verify()
    assert len(variables) == len(names) == 1
    assert "LLVM module of" in repr(module)


def test_parameters_are_named() -> None:
    facts = pyir.get_kernel_metadata(add)
    assert (facts["name"], facts["parameters"], facts["is_cuda"]) == ("add", {"a": "int32", "b": "int32"}, False)


def test_several_outputs() -> None:
    @function
    def both(x: float64) -> tuple[float64, float64]:
        return x + 1, x - 1

    _, variables, names = pyir.get_kernel_ir_objects(both)
    assert (variables, names) == (("float64", "float64"), ("result0", "result1"))
    assert pyir.get_kernel_metadata(both)["has_ir"] is False


@pytest.mark.parametrize(
    "name",
    ["fuse_kernels", "higher_order_grad", "simd_kernel", "autovectorize_kernel", "autovectorize_kernels", "prefetch_kernel", "grad", "jvp",
     "aot_compile_kernel", "load_aot_kernel", "register_custom_gradient", "register_custom_shape_inference"],
)  # fmt: skip
def test_names_to_come(name: str) -> None:
    assert not hasattr(pyir, name)
    with pytest.raises(AttributeError, match=rf"'cobra.pyir' has no '{name}' yet: .* is still to come in Cobra"):
        getattr(pyir, name)


def test_a_name_that_never_was() -> None:
    with pytest.raises(AttributeError, match=r"'cobra.pyir' has no attribute 'spam'$"):
        pyir.spam  # noqa: B018


@pytest.mark.parametrize("name", pyir.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(pyir, name) is not None


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (pyir.array(float64, 8), cobra.fixed_array(float64, 8)),
        (pyir.array[float64, 8], cobra.fixed_array(float64, 8)),
        (pyir.ptr[float32], cobra.pointer(float32)),
        (pyir.ptr(float32), cobra.pointer(float32)),
        (pyir.opaque["handle"], cobra.opaque("handle")),
        (pyir.vec(int32, 4), vec4i),
        (pyir.struct([int64, vec4d]), cobra.struct([int64, vec4d])),
        (pyir.complex128, complex128),
    ],
)
def test_types(made: object, wanted: object) -> None:
    assert made == wanted
