"""The `golden` fixture itself: what it says when a text differs, and that the flag rewrites it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent / "conftest.py"
TEST = "def test_text(golden):\n    golden('folder/case', {text!r})\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def run(folder: Path, text: str, *options: str) -> tuple[int, str]:
    (folder / "test_one.py").write_text(TEST.format(text=text))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_text_is_written_compared_and_rewritten(folder):
    status, printed = run(folder, "one\ntwo")
    assert status == 1
    assert "pytest --update-golden" in printed
    assert run(folder, "one\ntwo", "--update-golden")[0] == 0
    assert (folder / "golden" / "folder" / "case.txt").read_text() == "one\ntwo\n"
    assert run(folder, "one\ntwo\n")[0] == 0
    status, printed = run(folder, "one\nthree")
    assert status == 1
    assert "-two" in printed
    assert "+three" in printed
