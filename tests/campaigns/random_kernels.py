"""Compare random kernels with plain Python, and try random sources, for as long as one likes.

Run ``python tests/campaigns/random_kernels.py --minutes 10`` from the root of the repository; with ``--record`` the result is
kept in the text file beside this one. Kernels are compiled in batches, each in a process of its own, since a wrong loop may
never end.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
BATCH = 300
LONGEST_BATCH = 300


def run_batch(start: int, count: int) -> None:
    """Print what differs for some seeds, and how many kernels were compared."""
    from array_kernel_generator import array_difference, make_array_kernel
    from kernel_generator import difference, make
    from test_any_source import outcome

    tries: list[Callable[[int], str | None]] = [
        lambda seed: difference(make(seed)),
        lambda seed: array_difference(make_array_kernel(seed)) if seed % 3 == 0 else None,
        lambda seed: "" if outcome(seed) else None,
    ]
    warnings.simplefilter("ignore")
    for seed in range(start, start + count):
        for attempt in tries:
            try:
                found = attempt(seed)
            except Exception as error:
                found = f"seed {seed}: {type(error).__name__}: {error}"
            if found:
                print(found, flush=True)


def batches(start: int, minutes: float) -> Iterator[tuple[int, str]]:
    """Run batches until the time is over; yield where each began and what it found."""
    until = time.monotonic() + minutes * 60
    while time.monotonic() < until:
        command = [sys.executable, str(HERE), "--start", str(start), "--batch", str(BATCH)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=ROOT, timeout=LONGEST_BATCH, env={**os.environ, "COBRA_CACHE": "0"}
            )
            yield start, done.stdout + (f"ended with {done.returncode}: {done.stderr[-800:]}" if done.returncode else "")
        except subprocess.TimeoutExpired as expired:
            yield start, f"seeds {start} to {start + BATCH - 1} did not end: {expired.stdout!r}"
        start += BATCH


def run(start: int, minutes: float) -> Iterator[str]:
    """Yield the report line by line."""
    import llvmlite
    import numpy as np

    yield f"Python {platform.python_version()}, NumPy {np.__version__}, llvmlite {llvmlite.__version__}, {platform.machine()}"
    failed, last = False, start
    for first, found in batches(start, minutes):
        failed |= bool(found)
        last = first + BATCH
        if found:
            yield f"seeds {first} to {last - 1}:\n{found}"
    yield f"seeds {start} to {last - 1}, {minutes:g} minutes"
    yield "FAILED" if failed else "all agree"


def main() -> None:
    """Run the campaign, or one batch of it."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "compiler" / "frontend")]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if options.batch:
        run_batch(options.start, options.batch)
        return
    report = []
    for line in run(options.start, options.minutes):
        print(line, flush=True)
        report.append(line)
    if options.record:
        HERE.with_suffix(".txt").write_text("\n".join(report) + "\n", encoding="utf-8")
    sys.exit(report[-1] == "FAILED")


if __name__ == "__main__":
    main()
