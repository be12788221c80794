"""Modules of scalar functions: LLVM accepts them for every processor, and they ask for nothing that is not allowed."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import llvmlite.binding as llvm
import pytest

import cobra
from cobra.compiler.codegen import cpu
from cobra.function.native import native_of
from cobra.runtime import symbols

point = cobra.struct(x=cobra.float16, ok=bool, z=cobra.complex64)


def root(x):
    if x < 0:
        raise ValueError("negative")
    return x**0.5


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


FUNCTIONS = {
    "floats": cobra.function(lambda a, b: a * b, types="fd->d"),
    "half": cobra.function(lambda a: (a * 2, a > 1), types="e->e?"),
    "brain": cobra.function(lambda a: a * 2, types=(cobra.bfloat16, cobra.bfloat16)),
    "integers": cobra.function(lambda a, b, c: (a // b, b - c), types="bHQ->lQ"),
    "complex": cobra.function(lambda z, w: z / w, types="FD->D"),
    "structure": cobra.function(lambda p: (p, p.x), types=(point, (point, cobra.float16))),
    "failing": cobra.function(root, types="d->d"),
    "looping": cobra.function(collatz, types="q->q"),
    "pointer": cobra.function(lambda p: p[0], types=(cobra.pointer(float), cobra.float64)),
}


@pytest.mark.parametrize("processor", ["x86-64", "x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_llvm_accepts_the_module_and_its_outside_names_are_allowed(name, processor):
    module = native_of(FUNCTIONS[name]).module(cpu._named(processor))
    parsed = llvm.parse_assembly(module.text)
    parsed.verify()
    defined = {function.name for function in parsed.functions if not function.is_declaration}
    assert {"cobra_function", "cobra_call", "body"} <= defined
    assert ("cobra_integrand" in defined) == (name in ("failing",))
    assert module.has_loops == (name == "looping")
    outside = [value.name for value in (*parsed.functions, *parsed.global_variables) if value.is_declaration]
    for wanted in (wanted for wanted in outside if not wanted.startswith("llvm.")):
        assert symbols.resolve(wanted)
    assert cpu.compile_object(module.text, quick=module.is_quick, processor=cpu._named(processor))


def test_the_body_reports_no_floating_point_errors():
    text = cobra.inspect.llvm(cobra.function(lambda a, b: a // b, types="ll->l"))
    assert "raise." not in text and not re.search(r"%flag\.", text)


@pytest.mark.parametrize("settings", [{"COBRA_TARGET_CPU": "x86-64"}, {"COBRA_LOADER": "llvmlite"}, {"COBRA_DEBUG": "1"}], ids=str)
def test_code_for_other_processors_and_loaders_runs(settings, tmp_path):
    program = """
import cobra, math
half = cobra.function(lambda a, b: a * b, types="ee->e")
@cobra.function
def root(x: float) -> float:
    if x < 0:
        raise ValueError("negative")
    return math.sin(x) ** 2 + math.cos(x) ** 2
try:
    root(-1)
except ValueError as error:
    print(half(1 + 2.0**-11 + 2.0**-30, 3), round(root(2), 12), error)
"""
    environment = os.environ | settings | {"COBRA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3.00390625 1.0 negative", done.stderr
