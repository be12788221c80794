"""``python -m cobra inspect``."""

from __future__ import annotations

import json
import sys

import pytest

from cobra.command_line.main import main

KERNELS = """
import cobra

@cobra.ufunc(types=["ff->f", "dd->d"])
def hypotenuse_squared(a, b):
    return a * a + b * b

class Namespace:
    kernel = hypotenuse_squared
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "inspected_kernels.py"
    path.write_text(KERNELS)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield path
    sys.modules.pop("inspected_kernels", None)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "multiply %a, %a"),
        (["--stage", "ir"], "float64"),
        (["--stage", "ir", "--types", "ff->f"], "float32"),
        (["--stage", "llvm"], "define void @"),
        (["--stage", "asm"], ".globl"),
        (["--stage", "graph"], 'digraph "hypotenuse_squared" {'),
        (["--stage", "metadata", "--types", "ff->f"], '"types": "ff->f"'),
        (["--stage", "ir"], "  return a * a + b * b"),
    ],
)
def test_stages_of_a_kernel_in_a_file(file, arguments, expected, capsys):
    assert main(["inspect", f"{file}:hypotenuse_squared", *arguments]) == 0
    assert expected in capsys.readouterr().out


def test_metadata_is_json(file, capsys):
    assert main(["inspect", f"{file}:hypotenuse_squared", "--stage", "metadata"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "hypotenuse_squared"


def test_a_scalar_function(file, capsys):
    file.write_text("import cobra\n\n@cobra.function\ndef triple(x: float) -> float:\n    return 3 * x\n")
    assert main(["inspect", f"{file}:triple"]) == 0
    assert "multiply 3.0:float64, %x" in capsys.readouterr().out
    assert main(["inspect", f"{file}:spam"]) == 2
    assert "its kernels are triple" in capsys.readouterr().err


def test_a_kernel_inside_a_class(file, capsys):
    assert main(["inspect", f"{file}:Namespace.kernel"]) == 0
    assert "function hypotenuse_squared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("1 / 0\n", ["ZeroDivisionError: division by zero", "inspected_kernels.py:1)"]),
        ("def f(:\n", ["SyntaxError"]),
        ("import cobra\n@cobra.ufunc\ndef kernel(x: float) -> float:\n    return [x]\n", ["inspected_kernels.py:4", "^"]),
    ],
)
def test_a_file_that_fails(file, source, messages, capsys):
    file.write_text(source)
    assert main(["inspect", f"{file}:kernel"]) == 2
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert [message for message in messages if message not in printed] == []
