"""The shape of the house: who may import whom, how long things may be, what `import cobra` may cost.

Imports inside functions count, and so do those under ``if TYPE_CHECKING``: a room that must name a type of a room above it
knows too much already.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "cobra").rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

ROOMS = [
    ["cobra.__main__", "cobra.command_line"],
    ["cobra.pyir"],
    ["cobra"],
    ["cobra.explanation", "cobra.math"],
    ["cobra.inspect"],
    ["cobra.function"],
    ["cobra.ufunc", "cobra.memory"],
    ["cobra.compiler.pipeline"],
    ["cobra.compiler.codegen"],
    ["cobra.compiler.transforms"],
    ["cobra.compiler.math"],
    ["cobra.compiler.frontend", "cobra.compiler.spec", "cobra.compiler.loop_types", "cobra.compiler.content"],
    ["cobra.compiler.foreign"],
    ["cobra.compiler.primitives"],
    ["cobra.compiler.ir"],
    ["cobra.runtime"],
    ["cobra.cache"],
    ["cobra.compounds"],
    ["cobra.config", "cobra.types", "cobra.errors"],
]
"""From top to bottom: a room imports itself and rooms below it. ``cobra`` alone is the package's own file of names."""

ONLY_IN = {
    "llvmlite": ("cobra.compiler.codegen", "cobra.compiler.foreign.child", "cobra.runtime", "cobra.command_line.info"),
    "numba": ("cobra.command_line.benchmarks",),
    "matplotlib": ("cobra.command_line",),
}
"""Packages that only these rooms may import."""

NEVER_IN = {"numpy": "cobra.compiler.ir"}
NEVER_EXCEPT = {"cobra.compiler.ir.operations", "cobra.compiler.ir.builder"}
"""The representation holds no arrays; a `Primitive` names the NumPy ufunc of its meaning, the builder rounds constants."""

FLOORS = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
PACKAGES = {"cobra.compiler"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in FILES}


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{room}.") for room in rooms)


def room_of(module: str) -> str | None:
    fitting = [room for room in FLOORS if room == module or (room != "cobra" and module.startswith(f"{room}."))]
    return max(fitting, key=len, default=None)


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield node.lineno, whole if whole in MODULES else str(node.module)


def complaints(module: str, tree: ast.Module) -> Iterator[str]:
    own = room_of(module)
    for line, target in imports(tree):
        package = target.partition(".")[0]
        if package == "cobra" and target not in PACKAGES:
            other = room_of(target)
            if own is None or other is None or FLOORS[other] < FLOORS[own]:
                yield f"{module}:{line} imports {target}, which is above it"
        if package in ONLY_IN and not within(module, ONLY_IN[package]):
            yield f"{module}:{line} imports {package}, which only {ONLY_IN[package]} may"
        if package in NEVER_IN and within(module, (NEVER_IN[package],)) and module not in NEVER_EXCEPT:
            yield f"{module}:{line} imports {package}"


def test_rooms_import_only_rooms_below():
    assert [text for path, tree in TREES.items() for text in complaints(module_name(path), tree)] == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("cobra.cache.disk", "def f():\n    from cobra.runtime import loader", "above"),
        ("cobra.types", "if TYPE_CHECKING:\n    import cobra.ufunc.decorator", "above"),
        ("cobra.runtime.elf", "import cobra", "above"),
        ("cobra.ufunc.signature", "import llvmlite.binding", "llvmlite"),
        ("cobra.compiler.ir.values", "import numpy as np", "numpy"),
        ("cobra.novelty", "import cobra.types", "above"),
    ],
)
def test_a_wrong_import_is_seen(module, source, fault):
    assert any(fault in text for text in complaints(module, ast.parse(source)))


def test_every_module_has_a_room():
    assert [name for name in sorted(MODULES) if room_of(name) is None and name not in PACKAGES] == []


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how long a function is without its docstring."""
    first, last = function.body[0], function.body[-1]
    docstring = last_line(first) - first.lineno + 1 if ast.get_docstring(function, clean=False) is not None else 0
    return last_line(last) - function.lineno + 1 - docstring


def last_line(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno


def test_files_are_short():
    assert [path.name for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 500] == []


def test_functions_are_short():
    functions = [
        (module_name(path), node)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    assert [f"{module}:{node.lineno} {node.name}" for module, node in functions if lines_of_code(node) > 50] == []


def test_modules_are_named_for_what_they_hold():
    assert {"utils", "util", "helpers", "misc", "common"}.isdisjoint(part for name in MODULES for part in name.split("."))


def test_every_module_says_what_it_is_for():
    silent = [module_name(path) for path, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_import_is_light():
    heavy = {"llvmlite", "platformdirs", "cffi", "array_api_compat", "numba"}
    code = f"import sys, cobra; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_decorator_keeps_its_name():
    code = (
        "import importlib, pkgutil, cobra\n"
        "for found in pkgutil.walk_packages(cobra.__path__, 'cobra.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
        "print(type(cobra.ufunc).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "function"
