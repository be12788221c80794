"""Compile and run texts with LLVM itself, in a process of its own: this module run by itself, through `run_in_llvm`.

LLVM ends a process over some inputs, so none of its work is done in the process of the tests. Cases go in and results come out
as pickled lists of plain values.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cobra.types import ScalarType

ROOT = Path(__file__).parents[4]
Data = np.ndarray[Any, Any]
_NAMES = {"bool": "i1", "float16": "half", "float32": "float", "float64": "double"}


@dataclass(frozen=True)
class Case:
    """A text that assigns ``%result``, with its arguments (names with types), its result and columns of values."""

    text: str
    arguments: tuple[tuple[str, ScalarType], ...]
    result: ScalarType
    columns: tuple[Data, ...]


@dataclass(frozen=True)
class Answer:
    """What LLVM computes, and the text of the body after its ``mem2reg``, ``simplifycfg`` and ``instcombine``."""

    values: Data
    simplified: str


def run_in_llvm(cases: Sequence[Case], *, simplify: bool = False, definitions: str = "") -> list[Answer]:
    """Return LLVM's answers to cases, computed in one child process."""
    plain = [definitions + _module(case) for case in cases]
    data = [([column.tobytes() for column in case.columns], len(case.columns[0]), case.result.itemsize) for case in cases]
    done = subprocess.run(
        [sys.executable, "-m", "tests.compiler.frontend.llvm_text.llvm_child"],
        input=pickle.dumps((plain, data, simplify)), capture_output=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    answers = pickle.loads(done.stdout)
    return [Answer(np.frombuffer(raw, case.result.dtype), text) for case, (raw, text) in zip(cases, answers, strict=True)]


def type_name(scalar: ScalarType) -> str:
    """Return the type that a scalar has in a text."""
    return _NAMES.get(scalar.name, f"i{scalar.bits}")


def _module(case: Case) -> str:
    """Return a function of the text, and a loop over dense arrays that calls it; a bool is a byte there."""
    result = type_name(case.result)
    parameters = ", ".join(f"{type_name(kind)} %{name}" for name, kind in case.arguments)
    lines = [f"define {result} @body({parameters}) noinline {{\nentry:\n{case.text}\n  ret {result} %result\n}}"]
    pointers = ", ".join(f"ptr %p{k}" for k in range(len(case.arguments) + 1))
    lines += [f"define void @case({pointers}, i64 %n) {{\nentry:\n  br label %loop\nloop:"]
    lines += ["  %i = phi i64 [0, %entry], [%j, %loop]"]
    for k, (_, kind) in enumerate(case.arguments):
        memory = "i8" if kind.kind == "bool" else type_name(kind)
        lines += [f"  %q{k} = getelementptr {memory}, ptr %p{k}, i64 %i\n  %l{k} = load {memory}, ptr %q{k}"]
        as_value = "trunc" if kind.kind == "bool" else "bitcast"
        lines += [f"  %v{k} = {as_value} {memory} %l{k} to {type_name(kind)}"]
    values = ", ".join(f"{type_name(kind)} %v{k}" for k, (_, kind) in enumerate(case.arguments))
    last, memory = len(case.arguments), "i8" if result == "i1" else result
    lines += [f"  %r = call {result} @body({values})"]
    lines += [f"  %s = {'zext' if result == 'i1' else 'bitcast'} {result} %r to {memory}"]
    lines += [f"  %q{last} = getelementptr {memory}, ptr %p{last}, i64 %i\n  store {memory} %s, ptr %q{last}"]
    lines += ["  %j = add i64 %i, 1\n  %c = icmp slt i64 %j, %n\n  br i1 %c, label %loop, label %done\ndone:\n  ret void\n}"]
    return "\n".join(lines)


def _answer(text: str, columns: Sequence[bytes], count: int, size: int, simplify: bool) -> tuple[bytes, str]:
    import ctypes

    from cobra.compiler.codegen.half_text import HALF_DECLARATIONS, HALF_FUNCTIONS
    from tests.compiler.primitives import native_code

    if " half " in text and not native_code._has_half_instructions():
        text = "\n".join([text, HALF_FUNCTIONS, *HALF_DECLARATIONS])
    engine = native_code.compile_text(text, optimise=False)
    buffers = [ctypes.create_string_buffer(column, len(column)) for column in columns]
    result = ctypes.create_string_buffer(count * size)
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (len(columns) + 1), ctypes.c_int64)
    prototype(engine.get_function_address("case"))(*map(ctypes.addressof, buffers), ctypes.addressof(result), count)
    return result.raw, _simplified(text) if simplify else ""


def _simplified(text: str) -> str:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    target = llvm.Target.from_triple(llvm.get_process_triple())
    passes = llvm.create_pass_builder(target.create_target_machine(), llvm.create_pipeline_tuning_options(speed_level=2))
    manager = llvm.create_new_function_pass_manager()
    manager.add_sroa_pass()
    manager.add_simplify_cfg_pass()
    manager.add_instruction_combine_pass()
    function = module.get_function("body")
    manager.run(function, passes)
    printed = str(function)
    return printed[printed.index("{\n") + 2 : printed.rindex("}")]


def _main() -> None:
    modules, data, simplify = pickle.load(sys.stdin.buffer)
    pairs = zip(modules, data, strict=True)
    answers = [_answer(text, columns, count, size, simplify) for text, (columns, count, size) in pairs]
    sys.stdout.buffer.write(pickle.dumps(answers))


if __name__ == "__main__":
    _main()
