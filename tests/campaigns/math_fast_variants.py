"""Measure the quicker variants of the math library: their largest errors, and their time beside that of the usual definitions.

Run ``python tests/campaigns/math_fast_variants.py --record`` from the root of the repository. Errors are found as in `math_accuracy.py`, of
float32 against Cobra's own float64 functions. Times are the shortest of many calls of both, taken in turns, over usual arguments;
``--record`` puts the table into docs/math.md.
"""

from __future__ import annotations

import argparse
import importlib
import os
import time
from typing import Any

import numpy as np
from math_accuracy import PUBLISHED, TYPES, Test, survey
from math_references import REFERENCES, Function

import cobra
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.define import fast_name

BEGIN, END = "<!-- fast -->", "<!-- /fast -->"
SIZE, TURNS = 8192, 600
HEAD = ["| function | float32 | points | time | float64 | points | time |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]


def kernel(name: str) -> np.ufunc:
    """Return a definition such as ``power.power_f32`` as a ufunc."""
    module, _, function = name.rpartition(".")
    made: np.ufunc = cobra.ufunc(getattr(importlib.import_module(f"cobra.compiler.math.{module}"), function))
    return made


def variants() -> dict[str, str]:
    """Return the definitions that have a quicker variant for some type, by the names of their functions."""
    defined = {record.definition for record in TABLE.values() if record.definition}
    found = {name.rpartition(".")[2]: name for name in defined if any(_is_fast(name, kind) for kind in ("f32", "f64"))}
    return {name: found[name] for name in REFERENCES if name in found}


def _is_fast(definition: str, kind: str) -> bool:
    return fast_name(f"{definition}_{kind}").startswith("fast_")


def time_beside(fast: Function, usual: Function, operands: list[Any]) -> float:
    """Return the time of one function divided by that of another."""
    best, out = [np.inf, np.inf], np.empty_like(operands[0])
    for _ in range(TURNS):
        for which, each in enumerate((fast, usual)):
            start = time.perf_counter()
            each(*operands, out=out)
            best[which] = min(best[which], time.perf_counter() - start)
    return best[0] / best[1]


def cells(name: str, definition: str, kind: str, options: argparse.Namespace) -> str:
    """Return what the table says about one type."""
    if not _is_fast(definition, kind):
        return " | | "
    fast, usual = (kernel(each) for each in (fast_name(f"{definition}_{kind}"), f"{definition}_{kind}"))
    tally, _ = survey(Test(name, kind, fast), options, np.inf)
    assert not tally.wrong, f"{name} {kind}: wrong special values, {tally.first_wrong}"
    random = np.random.default_rng(2)
    low, high = REFERENCES[name].usual
    operands = [random.uniform(max(low, -80), min(high, 80), SIZE).astype(TYPES[kind]) for _ in range(fast.nin)]
    points = "all" if tally.points == 1 << 32 else f"{tally.points:.2g}"
    return f"{tally.worst[0][0]:.2f} | {points} | {time_beside(fast, usual, operands):.2f}"


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", help="names as in cobra.math; all that have variants unless given")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth float32; choose an odd number")
    parser.add_argument("--pairs", type=int, default=10**8, help="of float32 numbers, for functions of two")
    parser.add_argument("--points", type=int, default=10**7, help="of float64 against long doubles")
    parser.add_argument("--exact-points", type=int, default=10**6, help="of float64 against MPFR")
    parser.add_argument("--record", action="store_true", help="put the table into docs/math.md")
    options = parser.parse_args()
    options.own = True
    os.nice(10)
    np.seterr(all="ignore")
    rows = [*HEAD]
    for name, definition in variants().items():
        if name in (options.functions or variants()):
            rows.append(f"| `{name}` | {cells(name, definition, 'f32', options)} | {cells(name, definition, 'f64', options)} |")
            print(rows[-1], flush=True)
    if options.record:
        text = PUBLISHED.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        PUBLISHED.write_text("\n".join([before + BEGIN, *rows, END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
