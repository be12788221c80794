"""No source makes the compiler fail with anything but an error that says what is wrong and where."""

from __future__ import annotations

import cmath
import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from source_generator import make_source

import cobra
from cobra.compiler.codegen import cpu
from cobra.compiler.pipeline import native_module, translate
from cobra.errors import CobraError, CompilationFailed
from cobra.ufunc.kernel import kernel_of


def helper(a: Any, b: Any = 2, *, k: Any = None) -> Any:
    return a if k is None else a + b


kernel = cobra.ufunc(lambda p, q: p + q, types=["ff->f", "dd->d"])
GLOBALS: dict[str, Any] = {
    "np": np, "math": math, "cmath": cmath, "helper": helper, "kernel": kernel, "pair": (1, 2.5), "K": 3,
}  # fmt: skip
TYPES = ["dd", "ll", "bb", "DD", "fl", None]


def outcome(seed: int) -> str:
    """Return how the compilation of a random source ends: the name of an error, or that it went well."""
    source, signature = make_source(seed)
    namespace = dict(GLOBALS)
    try:
        exec(compile(source, "any_source", "exec"), namespace)
    except (SyntaxError, ValueError):
        return "not Python"
    types = TYPES[seed % len(TYPES)] if signature is None else None
    try:
        found = kernel_of(cobra.ufunc(namespace["f"], types=types, signature=signature, source=source))
        assert found is not None
        native_module(found.spec, translate(found.spec, found.loops[0], found.symbols), cpu.target())
    except CompilationFailed as error:
        raise AssertionError(f"seed {seed}\n{source}") from error
    except CobraError as error:
        assert error.location is not None and error.hint, f"seed {seed}: {error}\n{source}"
        return type(error).__name__
    return "compiled"


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_wrong_sources_give_errors_of_cobra() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = Counter(outcome(seed) for seed in range(400))
    assert counted["compiled"] >= 8
    assert len(counted) >= 6
