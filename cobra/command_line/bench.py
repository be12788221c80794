"""``python -m cobra bench``: Cobra, NumPy, Numba and others side by side, with the bars that must hold."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cobra.command_line import machine
from cobra.command_line.arguments import Command, UsageError

if TYPE_CHECKING:
    from cobra.command_line.benchmarks.cases import Case, Outcome
    from cobra.command_line.benchmarks.timing import Effort

_TABLE = re.compile(r"(<!-- bench:[^\n]* -->\n).*?(<!-- /bench -->)", re.DOTALL)
"""The marks in a Markdown file between which the table stands."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--quick", action="store_true", help="shorter and without the largest arrays")
    parser.add_argument("--only", metavar="PATTERN", help="only cases whose title contains this; * stands for anything")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write everything measured to a file")
    parser.add_argument("--markdown", action="store_true", help="print the README's table; progress goes to standard error")
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the table between the marks in this file")


def run(chosen: Namespace) -> int:
    """Measure, print and write."""
    # The cases bring kernels with them, which other commands need not wait for.
    from cobra.command_line.benchmarks import report, table, timing

    effort = timing.QUICK if chosen.quick else timing.FULL
    cases = table.chosen_cases(chosen.only, effort)
    if not cases:
        raise UsageError(f"no case has {chosen.only!r} in its title")
    _check_files(chosen)
    described = machine.describe()
    outcomes = _measure(cases, effort, sys.stderr if chosen.markdown else sys.stdout)
    if chosen.json:
        chosen.json.write_text(json.dumps(report.as_json(outcomes, described, table.MEANS), indent=1) + "\n", encoding="utf-8")
    text = report.markdown(outcomes, described, () if chosen.only else table.HEADLINES, table.MEANS)
    if chosen.readme:
        _put_between_marks(chosen.readme, text)
    if chosen.markdown:
        print(text)
    return 0


def _check_files(chosen: Namespace) -> None:
    """Refuse files that cannot take the result, before minutes are spent on it."""
    if chosen.json and not chosen.json.parent.is_dir():
        raise UsageError(f"there is no folder {chosen.json.parent}")
    if chosen.readme and not chosen.readme.is_file():
        raise UsageError(f"there is no file {chosen.readme}")
    if chosen.readme and not _TABLE.search(chosen.readme.read_text(encoding="utf-8")):
        raise UsageError(f"{chosen.readme} has no marks for the table")


def _measure(cases: Sequence[Case], effort: Effort, progress: TextIO) -> list[Outcome]:
    from cobra.command_line.benchmarks import report, table
    from cobra.command_line.benchmarks.cases import run as run_case

    outcomes = []
    print(report.text_row(report.HEADINGS), file=progress)
    for case in cases:
        outcomes.append(run_case(case, effort))
        print(report.text_row(report.cells(outcomes[-1])), file=progress, flush=True)
    print("\n".join([report.summary(outcomes), *report.mean_lines(outcomes, table.MEANS)]), file=progress)
    return outcomes


def _put_between_marks(file: Path, text: str) -> None:
    whole = file.read_text(encoding="utf-8")
    file.write_text(_TABLE.sub(lambda marks: f"{marks[1]}{text}\n{marks[2]}", whole), encoding="utf-8")


COMMAND = Command("bench", "time Cobra beside NumPy and Numba", add_arguments, run)
