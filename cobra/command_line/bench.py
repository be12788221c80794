"""``python -m cobra bench``: Cobra, NumPy, Numba and others side by side, with the bars that must hold."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from cobra.command_line import machine
from cobra.command_line.arguments import Command, UsageError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--quick", action="store_true", help="shorter and without the largest arrays")
    parser.add_argument("--only", metavar="PATTERN", help="only cases whose title contains this; * stands for anything")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write everything measured to a file")
    parser.add_argument("--markdown", action="store_true", help="print the README's table; progress goes to standard error")


def run(chosen: Namespace) -> int:
    """Measure and print."""
    # The cases bring kernels with them, which other commands need not wait for.
    from cobra.command_line.benchmarks import report, table, timing
    from cobra.command_line.benchmarks.cases import Case, Outcome
    from cobra.command_line.benchmarks.cases import run as run_case

    effort = timing.QUICK if chosen.quick else timing.FULL
    cases = table.chosen_cases(chosen.only, effort)
    if not cases:
        raise UsageError(f"no case has {chosen.only!r} in its title")
    progress = sys.stderr if chosen.markdown else sys.stdout

    def measured(case: Case) -> Outcome:
        outcome = run_case(case, effort)
        print(report.text_row(report.cells(outcome)), file=progress, flush=True)
        return outcome

    def all_measured() -> Iterator[Outcome]:
        print(report.text_row(report.HEADINGS), file=progress)
        for case in cases:
            yield measured(case)

    described = machine.describe()
    outcomes = list(all_measured())
    print(report.summary(outcomes), file=progress)
    if chosen.json:
        chosen.json.write_text(json.dumps(report.as_json(outcomes, described), indent=1) + "\n", encoding="utf-8")
    if chosen.markdown:
        print(report.markdown(outcomes, described))
    return 0


COMMAND = Command("bench", "time Cobra beside NumPy and Numba", add_arguments, run)
