"""Compare every primitive on every dtype with its NumPy ufunc, on every class of processors: values, types and errors.

Run ``python tests/campaigns/primitives_on_all_dtypes.py`` from the root of the repository; with ``--record`` the result is kept in
the text file beside this one. Each processor has a process of its own, since LLVM ends the process where it cannot go on.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
SEEDS = 4

# NumPy multiplies complex numbers with fused operations where the machine has them, which older processors have not.
FUSED = {"multiply", "square", "absolute"}
WITHOUT_FUSED = ("generic", "x86-64", "x86-64-v2")


def differences_on(target: str) -> Iterator[str]:
    """Yield all differences on a processor, after the number of cases."""
    from against_numpy import Case, Listener, cases, differences, in_layouts, kernel, ordinary_columns

    def comparable(case: Case) -> bool:
        return target not in WITHOUT_FUSED or case.record.name not in FUSED or not case.types[0].is_complex

    chosen = [case for case in cases() if comparable(case)]
    yield f"{target}: {len(chosen)} loops of {len({case.record.name for case in chosen})} operations"
    listener = Listener()
    for case in chosen:
        yield from differences(case, target)
        for seed in range(1, SEEDS):
            columns = ordinary_columns(case, 3000, seed)
            yield from in_layouts(case, listener, kernel(case, target), columns, listener.run(case.numpy, *columns))


def run_all() -> Iterator[str]:
    """Yield the report line by line."""
    import llvmlite
    import numpy as np
    from native_kernels import runnable

    yield f"Python {platform.python_version()}, NumPy {np.__version__}, llvmlite {llvmlite.__version__}, {platform.machine()}"
    failed = False
    for target in runnable():
        started = time.perf_counter()
        done = subprocess.run([sys.executable, str(HERE), target], capture_output=True, text=True, cwd=ROOT)
        lines = done.stdout.splitlines()
        wrong = len(lines) - 1 if done.returncode == 0 else -1
        failed |= wrong != 0
        outcome = f"{wrong} differences" if wrong >= 0 else f"ended with {done.returncode}: {done.stderr[-500:]}"
        yield f"{lines[0] if lines else target}: {outcome}, {time.perf_counter() - started:.0f} s"
        yield from (f"    {line}" for line in lines[1:21])
    yield "FAILED" if failed else "all agree"


def main(arguments: list[str]) -> None:
    """Run the campaign, or the part of one processor when it is named."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "compiler" / "codegen")]
    warnings.simplefilter("error")
    named = [argument for argument in arguments if argument != "--record"]
    if named:
        for line in differences_on(named[0]):
            print(line, flush=True)
        return
    report = []
    for line in run_all():
        print(line, flush=True)
        report.append(line)
    if "--record" in arguments:
        HERE.with_suffix(".txt").write_text("\n".join(report) + "\n", encoding="utf-8")
    sys.exit(report[-1] == "FAILED")


if __name__ == "__main__":
    main(sys.argv[1:])
