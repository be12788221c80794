"""Code for other processors than the one at hand, and what happens to bad text."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from native_kernels import PROCESSORS, processor

import cobra
from cobra import config
from cobra.compiler.codegen import cpu
from cobra.errors import CompilationFailed, InvalidOption
from cobra.ufunc.kernel import kernel_of


def test_what_processors_can_do() -> None:
    widths = {name: processor(name).machine.vector_bytes for name in PROCESSORS if name != "host"}
    assert all(widths[name] == width for name, width in (("x86-64", 16), ("x86-64-v3", 32), ("x86-64-v4", 64)) if name in widths)
    assert cpu.host().machine.vector_bytes in (16, 32, 64)
    assert cpu.target() == cpu.host()


def test_the_processor_can_be_chosen() -> None:
    with config.options(target_cpu="generic"):
        assert cpu.target().cpu == "generic"
    with pytest.raises(InvalidOption, match="target_cpu"), config.options(target_cpu="pentium"):
        pass
    assert config.read_environment({"COBRA_TARGET_CPU": "x86-64-v3"}).target_cpu == "x86-64-v3"


def test_each_processor_has_cache_entries_of_its_own() -> None:
    known = kernel_of(cobra.ufunc(types="d->d")(lambda x: x * 2))
    assert known is not None
    keys = {known._object_key(0)}
    for name in config.TARGET_CPUS:
        with config.options(target_cpu=name):
            keys.add(known._object_key(0))
    assert len(keys) == 1 + len(config.TARGET_CPUS)


def test_a_kernel_made_for_another_processor_runs() -> None:
    with config.options(target_cpu="generic"):
        kernel = cobra.ufunc(types="dd->d", name="for_generic")(lambda x, y: x * 3 - y)
        assert np.array_equal(kernel(np.arange(100.0), 1.0), np.arange(100.0) * 3 - 1)


@pytest.mark.parametrize("text", ["define void @f( {", "define i32 @f() {\n  ret float 1.0\n}"])
def test_bad_text_is_an_error(text: str) -> None:
    with pytest.raises(CompilationFailed, match="invalid code"):
        cpu.compile_object(text, quick=True)


CROSS = """
import sys
sys.path[:0] = {paths!r}
import llvmlite.binding as llvm
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
from against_numpy import cases
from native_kernels import function_of
from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.loop_parts import Machine
from cobra.compiler.codegen.module import loop_module
from cobra.compiler.pipeline import run_passes
machine = cpu.Processor("{triple}", "generic", "", Machine(16))
made = []
for case in cases()[::{step}]:
    function = function_of(lambda build, x: build.many(case.record, *x), case.types)
    outputs = [value.type for value in function.body.results]
    module = loop_module(run_passes(function), (*case.types, *outputs), len(outputs), machine.machine)
    made.append(cpu.compile_object(module.text, quick=module.is_quick, processor=machine))
assert all(made), made
"""


@pytest.mark.parametrize("triple", ["aarch64-unknown-linux-gnu", "arm64-apple-darwin"])
def test_arm_code_can_be_made(triple: str) -> None:
    # In a process of its own: LLVM ends the process over what it cannot do, and other targets stay registered.
    script = CROSS.format(paths=[path for path in sys.path if path], triple=triple, step=31)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
