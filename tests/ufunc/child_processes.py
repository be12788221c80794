"""Run programs in fresh processes that import this Cobra."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(cache: Path | None = None, **variables: str) -> dict[str, str]:
    """Return the environment of a child: this one's, with another cache directory where one is given."""
    chosen = {"PYTHONPATH": str(ROOT), **variables}
    if cache is not None:
        chosen["COBRA_CACHE_DIR"] = str(cache)
    return os.environ | chosen


def run(program: str | Path, *arguments: object, cache: Path | None = None, stdin: str | None = None, **variables: str) -> str:
    """Return what a program prints: a file, or a text for ``-c``."""
    start = [program] if isinstance(program, Path) else ["-c", program]
    return run_python(*start, *arguments, cache=cache, stdin=stdin, **variables)


def run_python(*arguments: object, cache: Path | None = None, stdin: str | None = None, **variables: str) -> str:
    """Return what the interpreter prints when it is started with some arguments."""
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=60, env=environment(cache, **variables)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
