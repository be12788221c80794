"""Golden texts: what the front end makes of kernels, and what each pass makes of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from golden_kernels import KERNELS, Golden, function_of

import cobra
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.verify import verify
from cobra.compiler.pipeline import PASSES, run_passes, translate
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.simplify import simplify
from cobra.compiler.transforms.split_complex import split_complex
from cobra.compiler.transforms.widen_half import widen_half
from cobra.ufunc.kernel import kernel_of

BY_PASS = {
    "simplify": ["promotion", "tuples", "exceptions", "growing_types"],
    "widen_half": ["half"],
    "expand": ["integers", "functions", "complex_numbers"],
    "split_complex": ["complex_numbers", "written_outputs"],
}


def translated(golden: Golden) -> Function:
    kernel = kernel_of(cobra.ufunc(function_of(golden), types=golden.types, signature=golden.signature, source=golden.source))
    assert kernel is not None
    return translate(kernel.spec, kernel.loops[0], kernel.symbols).function


def text(golden: Golden, function: Function) -> str:
    return f"{golden.source}---\n{print_function(verify(function))}\n"


@pytest.mark.parametrize("name", KERNELS)
def test_translation(name: str, golden: Callable[[str, str], None]) -> None:
    kernel = KERNELS[name]
    golden(f"ir/translate/{name}", text(kernel, translated(kernel)))


@pytest.mark.parametrize(("transform", "name"), [(t, n) for t, names in BY_PASS.items() for n in names])
def test_passes(transform: str, name: str, golden: Callable[[str, str], None]) -> None:
    """The function as it reaches the first run of a pass, and what that makes of it."""
    kernel = KERNELS[name]
    function = translated(kernel)
    named = {"simplify": simplify, "widen_half": widen_half, "expand": expand, "split_complex": split_complex}[transform]
    for step in PASSES[: PASSES.index(named)]:
        function = step(function)
    golden(f"ir/{transform}/{name}", text(kernel, named(function)))


@pytest.mark.parametrize("name", KERNELS)
def test_every_pass_makes_a_well_formed_function(name: str) -> None:
    function = translated(KERNELS[name])
    for transform in PASSES:
        function = verify(transform(function))
    assert print_function(run_passes(translated(KERNELS[name]))) == print_function(function)
