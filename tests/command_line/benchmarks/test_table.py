"""The table of cases as a whole, and the command around it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cobra.command_line.benchmarks import latency, rivals, table, threads
from cobra.command_line.benchmarks.cases import COBRA, NUMBA, NUMPY, run
from cobra.command_line.benchmarks.inline_texts import IN_PYTHON
from cobra.command_line.benchmarks.timing import FULL, QUICK
from cobra.command_line.main import main
from cobra.runtime.thread_pool import processors

BRIEF = replace(QUICK, case_seconds=1e-6, fewest_rounds=1, processes=1, slice_seconds=1e-6)
BESIDE = {"inline text": {IN_PYTHON}, threads.GROUP: set()}
ONCE_A_PROCESS = {case.title for case in latency.cases()}
SMALL = [case for case in table.all_cases() if case.size <= 1_000 and case.title not in ONCE_A_PROCESS]


@pytest.fixture
def no_numba(monkeypatch):
    """Numba's compilation takes longer than all the rest."""
    monkeypatch.setattr(rivals, "find_spec", lambda name: None)
    monkeypatch.setattr("cobra.command_line.benchmarks.folding.find_spec", lambda name: None)
    monkeypatch.setattr("cobra.command_line.benchmarks.matrices.find_spec", lambda name: None)


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.title)
def test_contestants_agree_and_are_timed(case, no_numba):
    outcome = run(case, BRIEF)
    assert {COBRA, *BESIDE.get(case.group, {NUMPY})} <= outcome.timings.keys()
    assert all(verdict.value is None or verdict.value > 0 for verdict in outcome.verdicts)


def test_titles_are_unique_and_every_bar_is_measured_somewhere():
    titles = [case.title for case in table.all_cases()]
    assert len(titles) == len(set(titles))
    assert {bar.text for case in table.all_cases() for bar in case.bars} == {
        "call", "call of a function", "not slower than Numba", "fastest single pass", "import beyond NumPy's", "cold kernel",
        "not slower than NumPy",
        "cold kernel with elementary functions",
        "cached kernel, without llvmlite", "unpickle",
        "inline text as fast as Python", "not slower than the fastest rival", "a tenth of Numba's time", "fastest", "three times as fast",
        "as fast as BLAS", "into out=",
    } | {bar.text for case in threads.cases() for bar in case.bars}  # fmt: skip


def test_parallel_kernels_are_measured_where_there_are_processors():
    texts = {bar.text for case in threads.cases() for bar in case.bars}
    assert texts == ({bar.text for bar in (threads.DISPATCH, threads.FASTER, threads.NEVER_SLOWER)} if processors() > 1 else set())


def test_means_are_over_cases():
    groups = {case.group for case in table.all_cases()}
    assert table.MEANS and all(groups.issuperset(mean.groups) for mean in table.MEANS)


def test_headlines_are_cases():
    assert set(table.HEADLINES) <= {case.title for case in table.all_cases()}


@pytest.mark.parametrize(
    ("pattern", "effort", "titles"),
    [
        ("import", FULL, ["import: beyond NumPy"]),
        ("c: f32, n=1e7", FULL, ["a*b+c: f32, n=1e7"]),
        ("c: f32, n=1e7", QUICK, []),
        ("SIN: F64", QUICK, ["sin: f64, n=1e5", "sin: f64, n=1e6"]),
        ("unpickle*call", QUICK, ["unpickle, warm host: load and first call"]),
    ],
)
def test_choosing_cases(pattern, effort, titles):
    assert [case.title for case in table.chosen_cases(pattern, effort)] == titles


def test_the_command_writes_what_it_prints(tmp_path, no_numba, monkeypatch, capsys):
    monkeypatch.setattr("cobra.command_line.benchmarks.timing.QUICK", BRIEF)
    file, readme = tmp_path / "result.json", tmp_path / "README.md"
    readme.write_text("before\n<!-- bench: command -->\nold\n<!-- /bench -->\nafter\n")
    written = ["--json", str(file), "--readme", str(readme)]
    assert main(["bench", "--quick", "--only", "2 arrays, out", "--markdown", *written]) == 0
    printed = capsys.readouterr()
    kept = json.loads(file.read_text())
    assert [case["name"] for case in kept["cases"]] == ["2 arrays, out", "2 arrays, out, types inferred"]
    assert printed.out.startswith("Minima on ")
    assert "1-element call: 2 arrays, out" in printed.out
    assert "bars hold" in printed.err
    assert readme.read_text() == f"before\n<!-- bench: command -->\n{printed.out}<!-- /bench -->\nafter\n"


def test_a_file_without_marks_is_refused_before_anything_is_timed(tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text("nothing")
    assert main(["bench", "--only", "1-element", "--readme", str(readme)]) == 2
    assert "has no marks" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["first", "load"])
def test_cached_kernels_come_without_llvmlite(task, monkeypatch):
    timings = latency._warm(task, "annotated", {})(BRIEF)
    assert 0 < timings[COBRA].minimum < 1


def test_a_failing_child_shows_its_error(tmp_path):
    with pytest.raises(RuntimeError, match="No such kernel"):
        latency._python(["-c", "raise SystemExit('No such kernel')"], str(tmp_path))


def test_import_time_is_measured_in_fresh_processes(monkeypatch):
    monkeypatch.setattr(latency, "find_spec", lambda name: None)
    (case,) = [case for case in latency.cases() if case.group == "import"]
    timings = case.measure(BRIEF)
    assert set(timings) == {COBRA}
    assert NUMBA not in timings
    assert 0 < timings[COBRA].minimum < 5
