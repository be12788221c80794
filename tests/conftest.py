"""What every test shares: a cache directory of the run's own, and expected texts on file.

Tests live in folders that mirror `cobra/`; material that several tests of one folder share is a module beside them, imported by
its bare name.
"""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden"

# Before anything imports cobra, which reads the environment once. Workers of pytest-xdist inherit the directory.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _cache_directory = tempfile.TemporaryDirectory(prefix="cobra-tests-", ignore_cleanup_errors=True)
    os.environ["COBRA_CACHE_DIR"] = _cache_directory.name

sys.path += [str(folder) for folder in sorted(TESTS.rglob("*")) if folder.is_dir() and any(folder.glob("*.py"))]

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected texts in tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a function that compares a text with ``tests/golden/<name>.txt``."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        actual = text.rstrip("\n") + "\n"
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if actual != expected:
            pytest.fail(_difference(name, expected, actual), pytrace=False)

    return compare


def _difference(name: str, expected: str, actual: str) -> str:
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), f"golden/{name}.txt", "now", lineterm="")
    return "\n".join([*lines, "If the new text is right, run: pytest --update-golden"])


def pytest_sessionstart() -> None:
    """Have each kernel that a test of this process compiles printed and read again, before and after the passes."""
    if not (TESTS / "compiler").is_dir():  # a copy of this file alone
        return
    from cobra.compiler import pipeline
    from tests.compiler.ir.same_functions import checking

    pipeline.run_passes = checking(pipeline.run_passes)
