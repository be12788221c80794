"""Kernels and the cache on disk: nothing is compiled twice, nothing is ever stale, nothing that can go wrong there shows."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from child_processes import environment, run

PROGRAM = """
import sys, numpy as np, cobra
sys.path.insert(0, sys.argv[1])
import settings, functions

@cobra.ufunc
def annotated(x: float, y: float) -> float:
    return functions.helper(x) * settings.SCALE + y

@cobra.ufunc
def inferred(x):
    return np.sqrt(x) + functions.helper(x)

@cobra.ufunc(signature="(n)->(n+1)", types="d->d")
def with_core(x, out):
    out[len(x)] = 0
    for i in range(len(x)):
        out[i] = functions.helper(x[i])
        out[len(x)] += out[i]

@cobra.ufunc(types="dd->d")
def may_fail(x, y):
    if y == 0:
        raise ValueError("y is zero")
    return x / y

closures = [cobra.ufunc(lambda x: x + k, types="d->d") for k in (1, 2)]
X = np.arange(3.0)
print(annotated(X, 1), inferred(4.0), inferred(np.int8(4)), with_core(X), may_fail(1, 2), [c(0.0) for c in closures])
print("llvmlite" in sys.modules)
"""
RESULT = "[1. 3. 5.] 6.0 6.0 [0. 1. 2. 3.] 0.5 [np.float64(1.0), np.float64(2.0)]"


class Project:
    """A program of three files, run in fresh processes with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder, folder / "cache"
        self.write("program", PROGRAM)
        self.write("settings", "SCALE = 2.0\n")
        self.write("functions", "def helper(x):\n    return x\n")

    def write(self, module: str, text: str) -> None:
        (self.folder / f"{module}.py").write_text(text)

    def run(self, **variables: str) -> tuple[str, bool]:
        """Return what the program prints, and whether it compiled anything."""
        result, compiled = run(self.folder / "program.py", self.folder, cache=self.cache, **variables).splitlines()
        return result, compiled == "True"

    def entries(self) -> list[Path]:
        return sorted(self.cache.glob("*.cobra"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_second_process_compiles_nothing(project: Project) -> None:
    assert project.run() == (RESULT, True)
    kept = {path: path.stat().st_mtime_ns for path in project.entries()}
    assert project.run() == (RESULT, False)
    assert {path: path.stat().st_mtime_ns for path in project.entries()} == kept
    assert project.run(PYTHONHASHSEED="7", COBRA_LOADER="llvmlite")[0] == RESULT


def test_edits_give_new_results(project: Project) -> None:
    assert project.run() == (RESULT, True)
    project.write("settings", "SCALE = 3.0\n")
    assert project.run() == (RESULT.replace("[1. 3. 5.]", "[1. 4. 7.]"), True)
    project.write("settings", "SCALE = 2.0  # as before\n")
    project.write("functions", "import math\n\ndef helper(x):\n    return again(x)\n\ndef again(x):\n    return x + 1\n")
    changed = "[3. 5. 7.] 7.0 7.0 [1. 2. 3. 6.] 0.5 [np.float64(1.0), np.float64(2.0)]"
    assert project.run() == (changed, True)
    project.write("functions", "def helper(x):\n    return x  # a comment\n")
    assert project.run() == (RESULT, False)


def test_options_are_part_of_a_kernel(project: Project) -> None:
    assert project.run() == (RESULT, True)
    project.write("program", PROGRAM.replace('types="dd->d"', 'types="dd->d", fast_math=True'))
    assert project.run()[1] and not project.run()[1]
    assert project.run(COBRA_DEBUG="1") == (RESULT, True)
    assert project.run(COBRA_DEBUG="1") == (RESULT, False)


def test_damaged_entries(project: Project) -> None:
    assert project.run() == (RESULT, True)
    count = len(project.entries())
    for number, path in enumerate(project.entries()):
        content = path.read_bytes()
        place = len(content) * number // count  # somewhere else in each
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) * (number % 3 != 0) + content[place + 1 :] * (number % 2))
    assert project.run() == (RESULT, True)
    assert project.run() == (RESULT, False) and len(project.entries()) == count


def test_entries_in_the_place_of_others(project: Project) -> None:
    assert project.run() == (RESULT, True)
    contents = [path.read_bytes() for path in project.entries()]
    for path, other in zip(project.entries(), contents[1:] + contents[:1], strict=True):
        path.write_bytes(other)
    assert project.run() == (RESULT, True)


def test_entries_that_anybody_may_write(project: Project) -> None:
    assert project.run() == (RESULT, True)
    for path in project.entries():
        path.chmod(0o666)
    assert project.run() == (RESULT, True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_entries_of_somebody_else(project: Project) -> None:
    assert project.run() == (RESULT, True)
    for path in project.entries():
        os.chown(path, 12345, 12345)
    assert project.run() == (RESULT, True)


@pytest.mark.parametrize("place", ["a file", "read-only", "writable by all", "no such place"])
def test_directories_that_cannot_be_used(project: Project, place: str) -> None:
    match place:
        case "a file":
            project.cache.write_text("not a directory")
        case "read-only":
            project.cache.mkdir(mode=0o500)
        case "writable by all":
            project.cache.mkdir()
            project.cache.chmod(0o777)
        case "no such place":
            project.cache = Path(os.devnull) / "cache"
    result, compiled = project.run()
    assert result == RESULT and compiled


def test_a_directory_that_vanishes(project: Project) -> None:
    text = PROGRAM.replace("closures =", "import shutil; shutil.rmtree(cobra.config.current().cache_directory)\nclosures =")
    project.write("program", text)
    assert project.run() == (RESULT, True)
    assert project.entries()


def test_no_cache(project: Project) -> None:
    assert project.run(COBRA_CACHE="0") == (RESULT, True)
    assert not project.cache.exists()


def test_entries_are_for_their_owner_only(project: Project) -> None:
    project.run()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in project.entries()}
    assert modes == {0o600} and stat.S_IMODE(project.cache.stat().st_mode) == 0o700


def test_several_processes_at_once(project: Project) -> None:
    command = [sys.executable, project.folder / "program.py", project.folder]
    several = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(project.cache))
        for _ in range(4)
    ]
    for process in several:
        printed, errors = process.communicate(timeout=60)
        assert printed.splitlines()[0] == RESULT, errors
    assert project.run() == (RESULT, False)
    assert not [path for path in project.entries() if path.suffix == ".tmp"]
