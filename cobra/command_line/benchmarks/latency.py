"""How long one waits: for the import, for a kernel never seen, for one in the disk cache, for a pickle.

Everything runs in child processes with a cache directory of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import cobra
from cobra.command_line.benchmarks.cases import COBRA, NUMBA, Bar, Case
from cobra.command_line.benchmarks.timing import Effort, Timing

IMPORT = Bar("import beyond NumPy's", 40e-3)
COLD = Bar("cold kernel", 60e-3)
COLD_MATH = Bar("cold kernel with elementary functions", 100e-3)
CACHED = Bar("cached kernel, without llvmlite", 2e-3)
UNPICKLE = Bar("unpickle", 1e-3)

KINDS = {"annotated": "a*b+c*k", "inferred": "types inferred", "loop": "loop in the element", "gufunc": "gufunc"}
_CHILD = ["-m", "cobra.command_line.benchmarks.fresh_process"]
_IMPORT = "import time, numpy; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


class Heavy(AssertionError):
    """A cached kernel made llvmlite load, so its time is not what the row says."""


def _python(arguments: Sequence[str], folder: str) -> str:
    own = Path(cobra.__file__).parent.parent
    paths = [str(own), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {
        "COBRA_CACHE_DIR": os.path.join(folder, "cobra"),
        "NUMBA_CACHE_DIR": os.path.join(folder, "numba"),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    # Otherwise every child would compile all of Python's sources it imports, as no user's process does twice.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def _child(folder: str, task: str, kind: str) -> list[float]:
    """Run a task in a fresh process; those that read a cache must not load llvmlite."""
    printed = _python([*_CHILD, task, kind, os.path.join(folder, f"{kind}.pickle")], folder)
    if not printed:
        return []
    found = json.loads(printed)
    if task != "cold" and "numba" not in kind and os.path.exists(os.path.join(folder, "filled")) and not found["light"]:
        raise Heavy(f"{task} {kind} imported llvmlite")
    return [float(value) for value in found["seconds"]]


def _rivals(numba_kind: str) -> dict[str, str]:
    return {NUMBA: numba_kind} if find_spec("numba") else {}


def _import(effort: Effort) -> Mapping[str, Timing]:
    packages = {COBRA: "cobra"} | {label: label.lower() for label in _rivals("numba")}
    with tempfile.TemporaryDirectory() as folder:
        for package in packages.values():
            _python(["-c", _IMPORT.format(package)], folder)
        return {
            label: Timing.of([float(_python(["-c", _IMPORT.format(package)], folder)) for _ in range(effort.processes)])
            for label, package in packages.items()
        }


def _cold(kind: str, rivals: Mapping[str, str]) -> Callable[[Effort], Mapping[str, Timing]]:
    def measure(effort: Effort) -> Mapping[str, Timing]:
        runs = max(1, effort.processes // 4)
        timings = {}
        for label, task_kind in {COBRA: kind, **rivals}.items():
            seconds: list[float] = []
            for _ in range(runs):
                with tempfile.TemporaryDirectory() as folder:
                    seconds += _child(folder, "cold", task_kind)
            timings[label] = Timing.of(seconds)
        return timings

    return measure


def _warm(task: str, kind: str, rivals: Mapping[str, str]) -> Callable[[Effort], Mapping[str, Timing]]:
    """Return the measuring of a task in new processes that find the kernel in the disk cache."""

    def measure(effort: Effort) -> Mapping[str, Timing]:
        timings = {}
        for label, task_kind in {COBRA: kind, **rivals}.items():
            runs = effort.processes if label == COBRA else max(1, effort.processes // 4)
            with tempfile.TemporaryDirectory() as folder:
                _child(folder, "first" if task == "first" else "dump", task_kind)
                Path(folder, "filled").touch()
                timings[label] = Timing.of([value for _ in range(runs) for value in _child(folder, task, task_kind)])
        return timings

    return measure


def cases() -> list[Case]:
    """Return the cases of waiting."""
    rows = [Case("import", "beyond NumPy", _import, (IMPORT,))]
    for kind, name in KINDS.items():
        rivals = _rivals("numba") if kind == "annotated" else {}
        rows.append(Case("cold kernel, warm process", name, _cold(kind, rivals), (COLD,)))
    rows.append(Case("cold kernel, warm process", "sin, exp and log", _cold("math", {}), (COLD_MATH,)))
    for kind, name in KINDS.items():
        rivals = _rivals("cached-numba") if kind == "annotated" else {}
        rows.append(Case("cached kernel, new process", name, _warm("first", kind, rivals), (CACHED,)))
    rivals = _rivals("numba")
    rows.append(Case("unpickle, warm host", "load", _warm("load", "annotated", rivals), (UNPICKLE,)))
    rows.append(Case("unpickle, warm host", "load and first call", _warm("load-and-call", "annotated", rivals)))
    return rows
