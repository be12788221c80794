"""Tables of measured rows."""

from __future__ import annotations

import json

import pytest

from cobra.command_line.benchmarks import report
from cobra.command_line.benchmarks.cases import Bar, MeanBar, Outcome
from cobra.command_line.benchmarks.timing import Timing

TIMINGS = {label: Timing(seconds, seconds) for label, seconds in {"NumPy": 2e-6, "Cobra": 1e-6, "torch": 3e-3}.items()}
BARS = (Bar("call", 1.1, ("NumPy",)), Bar("wait", 1e-9), Bar("rival", 1.0, ("Numba",)))
OUTCOME = Outcome("group", "case", TIMINGS, tuple(bar.judge(TIMINGS) for bar in BARS))
MACHINE = {"processor": "abacus", "cores": 10, "software": "Python 3"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.5, "1.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs"), (123.4e-9, "123 ns"), (1e-3, "1 ms"), (5e-10, "0.5 ns")],
)
def test_seconds(value, text):
    assert report.seconds(value) == text


def test_cells_show_minima_ratios_and_verdicts():
    assert report.cells(OUTCOME) == [
        "group: case", "2 µs", "", "1 µs", "torch 3 ms", "0.50", "",
        "call ≤ 1.1×: 0.50× holds; wait ≤ 1 ns: 1 µs FAILS; rival ≤ 1×: not measured",
    ]  # fmt: skip


def test_summary_counts_measured_bars_and_names_failures():
    assert report.summary([OUTCOME]).splitlines() == ["1 of 2 bars hold", "  group: case: wait ≤ 1 ns: 1 µs FAILS"]


def test_markdown_names_the_machine():
    text = report.markdown([OUTCOME], MACHINE)
    assert "abacus, 10 cores, Python 3" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert len({row.count("|") for row in rows}) == 1
    assert text.endswith("Of the whole run, 1 of 2 bars hold.\n- group: case: wait ≤ 1 ns: 1 µs FAILS")


def test_means_are_told_and_judged():
    means = [MeanBar("mean", ("group",), ("NumPy",), 1.5), MeanBar("more", ("group",), ("NumPy",), 2.5), MeanBar("none", (), (), 1)]
    lines = ["mean ≥ 1.5: 2.00 holds", "more ≥ 2.5: 2.00 FAILS"]
    assert report.mean_lines([OUTCOME], means) == lines
    assert report.markdown([OUTCOME], MACHINE, means=means).endswith("\n\nmean ≥ 1.5: 2.00 holds.\n\nmore ≥ 2.5: 2.00 FAILS.")
    assert report.as_json([OUTCOME], MACHINE, means)["means"] == lines


def test_markdown_of_some_rows_still_counts_all():
    text = report.markdown([OUTCOME], MACHINE, shown=["another: case"])
    assert "| group: case |" not in text
    assert "1 of 2 bars hold" in text


def test_json_keeps_everything():
    kept = json.loads(json.dumps(report.as_json([OUTCOME], MACHINE)))
    assert kept["machine"] == MACHINE
    (case,) = kept["cases"]
    assert case["seconds"]["torch"] == {"minimum": 3e-3, "median": 3e-3}
    assert [bar["holds"] for bar in case["bars"]] == [True, False, None]
