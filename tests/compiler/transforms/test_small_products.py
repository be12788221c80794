"""Small matrix products are written out: no call, and the numbers of NumPy's gufuncs; others are left to NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.operations import Operation
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.primitives.matrices import local_array, matrix_product
from cobra.compiler.transforms.small_cores import written_out
from cobra.ufunc.kernel import kernel_of


def chain(a, b, x):
    return a @ b @ x


def conjugated(a, b, x):
    return np.vecdot(a[0], b[0]) + x @ x


def names(signature: str, sizes: dict[str, int], code: str) -> set[str] | None:
    """Return the operations of the written-out kernel, None where it cannot be written out."""
    known = kernel_of(cobra.ufunc(types=[f"{code * 3}->{code}"], signature=signature)(chain))
    assert known is not None
    function = run_passes(translate(known.spec, known.loops[0], known.symbols).function)
    small = written_out(function, sizes, 100_000)
    if small is None:
        return None
    assert all(isinstance(statement, Operation) for statement in small.body.statements)
    return {statement.primitive.name for statement in small.body.statements if isinstance(statement, Operation)}


@pytest.mark.parametrize("code", "dlFD")
def test_no_call_and_no_memory_are_left(code):
    found = names("(n,n),(n,n),(n)->(n)", {"n": 8}, code)
    assert found is not None and {"load", "store", "multiply", "add"} <= found
    assert not found & {matrix_product.name, local_array.name}


@pytest.mark.parametrize(("sizes", "code"), [({"n": 9}, "d"), ({}, "d"), ({"n": 4}, "e")])
def test_the_rest_is_left_to_numpy(sizes, code):
    assert names("(n,n),(n,n),(n)->(n)", sizes, code) is None


@pytest.mark.parametrize("code", "?bQlfdFD")
@pytest.mark.parametrize("function", [chain, conjugated])
def test_results(function, code):
    output = "(n)" if function is chain else "()"
    kernel = cobra.ufunc(types=[f"{code * 3}->{code}"], signature=f"(n,n),(n,n),(n)->{output}")(function)
    random = np.random.default_rng(3)
    numbers = [random.integers(-5, 6, shape) + 1j * random.integers(-5, 6, shape) for shape in ((3, 3), (3, 3), (3,))]
    a, b, x = ((n if code in "FD" else n.real).astype(code) for n in numbers)  # whole numbers: every order of additions is exact
    np.testing.assert_array_equal(kernel(a, b, x), function(a, b, x))
