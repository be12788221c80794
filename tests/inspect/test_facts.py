"""What metadata says of kernels, and that JSON holds it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cobra

BUMP = 1.0


def helper(x):
    return x + BUMP


@cobra.ufunc(types=["ff->f", "dd->d"], identity=0)
def blend(x: cobra.float64, y: cobra.float64 = 0.5) -> cobra.float64:
    """Mix two numbers."""
    return helper(x) * y + np.sqrt(x)


def test_a_kernel() -> None:
    facts = cobra.inspect.metadata(blend)
    line = Path(__file__).read_text(encoding="utf-8").splitlines().index('@cobra.ufunc(types=["ff->f", "dd->d"], identity=0)') + 1
    assert {key: facts[key] for key in ("name", "qualname", "doc", "loops", "signature", "identity", "has_ir", "ir_length")} == {
        "name": "blend", "qualname": "blend", "doc": "Mix two numbers.", "loops": ["ff->f", "dd->d"], "signature": None,
        "identity": 0, "has_ir": False, "ir_length": 0,
    }  # fmt: skip
    assert facts["parameters"] == [
        {"name": "x", "type": "float64", "default": None},
        {"name": "y", "type": "float64", "default": 0.5},
    ]
    assert facts["returns"] == ["float64"]
    assert facts["file"].endswith("test_facts.py")
    assert facts["line"] in (line, line + 1)
    assert facts["calls"] == ["helper"]
    assert facts["library"] == ["numpy.sqrt"]
    assert facts["loop"]["types"] == "dd->d"
    assert facts["loop"]["operations"] == ["add", "multiply", "sqrt"]
    assert facts["loop"]["lanes"] >= 2
    assert facts["loop"]["has_loops"] is False
    assert len(facts["digest"]) == 64


@cobra.ufunc(signature="(n)->()", types="d->d")
def total(x, out):
    out[0] = 0
    for value in x:
        out[0] += value


def test_a_kernel_with_core_dimensions() -> None:
    facts = cobra.inspect.metadata(total)
    assert (facts["signature"], facts["loop"]["has_loops"], facts["loop"]["lanes"]) == ("(n)->()", True, None)


def test_the_loop_that_is_meant() -> None:
    assert cobra.inspect.metadata(blend, "ff")["loop"]["types"] == "ff->f"


@pytest.mark.parametrize("default", [np.inf, np.nan, 1j, 2**70, True, np.float32(0.1)], ids=repr)
def test_json_holds_it(default: object) -> None:
    def kernel(x, y=default):
        return x

    facts = cobra.inspect.metadata(cobra.ufunc(kernel, types="dd->d"))
    assert facts["parameters"][1]["default"] is not None
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_inline_texts_are_counted() -> None:
    @cobra.ufunc
    def kernel(a: cobra.int32) -> cobra.int32:
        result: cobra.int32
        cobra.inline("%result = add i32 %a, 1")
        cobra.inline(MORE)
        return result

    facts = cobra.inspect.metadata(kernel)
    assert (facts["has_ir"], facts["ir_length"]) == (True, len("%result = add i32 %a, 1") + len(MORE))


def test_texts_of_called_functions_count() -> None:
    @cobra.function
    def inner(a: cobra.int32) -> cobra.int32:
        cobra.inline("%result = add i32 %a, 1")

    @cobra.ufunc
    def outer(a: cobra.int32) -> cobra.int32:
        return inner(a) * 2

    facts = cobra.inspect.metadata(outer)
    assert (facts["has_ir"], facts["ir_length"]) == (True, len("%result = add i32 %a, 1"))


MORE = "%result = mul i32 %result, 3"


def test_a_scalar_function() -> None:
    @cobra.function
    def square(x: cobra.float32) -> cobra.float32:
        return x * x

    facts = cobra.inspect.metadata(square)
    assert (facts["name"], facts["loops"], facts["loop"]["lanes"]) == ("square", ["f->f"], None)
