"""LLVM in a process of its own: whatever it does there, here comes an answer, and the process is gone."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cobra import config
from cobra.compiler.foreign import child, process
from cobra.compiler.foreign.process import compile_in_child
from cobra.compiler.foreign.refusal import Refusal
from cobra.runtime import elf
from cobra.runtime.elf_format import parse_object
from cobra.runtime.errors import LoadError
from cobra.runtime.opaque_code import check
from cobra.runtime.symbols import resolve
from tests.compiler.foreign.killers import DYING, HANGING, module

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")


def children() -> set[str]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {each for task in tasks for each in (task / "children").read_text().split()}


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before, files = children(), len(os.listdir("/proc/self/fd"))
    yield
    assert children() == before
    assert len(os.listdir("/proc/self/fd")) == files


def test_an_object_comes_back() -> None:
    made = compile_in_child(module("  %v = add i32 %a, 1\n  ret i32 %v"), ["f"])
    assert parse_object(made).functions == ("f",)


@pytest.mark.parametrize("name", DYING)
def test_what_llvm_does_not_survive_is_refused(name: str) -> None:
    with config.options(text_seconds=5), pytest.raises(Refusal) as caught:
        compile_in_child(DYING[name], ["f"])
    assert caught.value.reason


def test_an_alias_beside_it_is_no_code_of_ours() -> None:
    text = "@g = alias i32 (i32, ptr), ptr @cobra_opaque_1\n" + module("  ret i32 %a").replace("@f", "@cobra_opaque_1")
    with pytest.raises(LoadError, match="does not define what it should"):
        check("1", compile_in_child(text, ["cobra_opaque_1"]))


@pytest.mark.parametrize("name", HANGING)
def test_what_takes_llvm_too_long_is_stopped(name: str) -> None:
    start = time.monotonic()
    with config.options(text_seconds=1, text_memory="300M"), pytest.raises(Refusal) as caught:
        compile_in_child(HANGING[name], ["f"])
    assert caught.value.reason and time.monotonic() - start < 4


# -- a child that is no compiler at all


CHILDREN = {
    "dies": "os.kill(os.getpid(), 9)",
    "leaves": "sys.exit(3)",
    "says nothing": "pass",
    "sleeps": "time.sleep(60)",
    "closes its output and sleeps": "os.close(1); os.close(2); time.sleep(60)",
    "says nonsense": "os.write(1, b'x' * 1000)",
    "says too little": "os.write(1, b'cobra\\0\\1\\nO' + (100).to_bytes(8, 'little') + b'x')",
    "says too much": "os.write(1, b'cobra\\0\\1\\nO' + (1).to_bytes(8, 'little') + b'xx')",
    "claims a giant": "os.write(1, b'cobra\\0\\1\\nO' + b'\\xff' * 8 + b'xx')",
    "is of no known kind": "os.write(1, b'cobra\\0\\1\\nZ' + (1).to_bytes(8, 'little') + b'x')",
    "answers and fails": "os.write(1, b'cobra\\0\\1\\nO' + (1).to_bytes(8, 'little') + b'x'); sys.exit(1)",
    "talks for ever": "\nwhile True: os.write(1, b'y' * 65536)",
    "complains for ever": "\nwhile True: os.write(2, b'y' * 65536)",
    "has a child that sleeps": "\nif os.fork() == 0: time.sleep(60)",
}


@pytest.mark.parametrize("name", CHILDREN)
def test_any_child_is_answered(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"import os, sys, time\n{CHILDREN[name]}\n")
    monkeypatch.setattr(child, "__file__", str(script))
    start = time.monotonic()
    with config.options(text_seconds=1), pytest.raises(Refusal):
        compile_in_child(module("  ret i32 %a") + ";" * 300_000, ["f"])
    assert time.monotonic() - start < 3


def test_garbage_for_an_object_is_not_loaded() -> None:
    source = random.Random(5)
    good = compile_in_child(module("  %v = add i32 %a, 1\n  ret i32 %v").replace("@f", "@cobra_opaque_1"), ["cobra_opaque_1"])
    check("1", good)
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(source.choice([1, 2, 8])):
            bad[source.randrange(len(bad))] = source.randrange(256)
        for data in (bytes(bad), bytes(bad[: source.randrange(len(bad))])):
            try:
                check("1", data)
                elf.load(data, resolve)
            except LoadError:
                pass


def test_where_pipes_cannot_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WATCHES_PIPES", False)
    test_an_object_comes_back()
    with config.options(text_seconds=1), pytest.raises(Refusal, match="more than 1 s"):
        compile_in_child(HANGING["wide product"], ["f"])


def test_llvmlite_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal, match="not installed"):
        compile_in_child("", ["f"])
