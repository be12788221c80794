"""Bars and verdicts."""

from __future__ import annotations

import pytest

from cobra.command_line.benchmarks.cases import Bar, MeanBar, Outcome, race, run
from cobra.command_line.benchmarks.timing import QUICK, Contestant, Timing


def timings(**seconds: float) -> dict[str, Timing]:
    return {label: Timing(value, 2 * value) for label, value in seconds.items()}


@pytest.mark.parametrize(
    ("bar", "measured", "value", "holds"),
    [
        (Bar("ratio", 1.1, ("NumPy",)), timings(Cobra=1.0, NumPy=1.0), 1.0, True),
        (Bar("ratio", 1.1, ("NumPy",)), timings(Cobra=1.2, NumPy=1.0), 1.2, False),
        (Bar("best of", 1.0, ("NumPy", "Numba")), timings(Cobra=2.0, NumPy=4.0, Numba=1.0), 2.0, False),
        (Bar("allowance", 1.0, ("Numba",), allowance=0.03), timings(Cobra=1.02, Numba=1.0), 1.02, True),
        (Bar("seconds", 0.5), timings(Cobra=0.4, Numba=9.0), 0.4, True),
        (Bar("seconds", 0.5), timings(Cobra=0.6), 0.6, False),
        (Bar("no rival", 1.0, ("Numba",)), timings(Cobra=1.0), None, None),
        (Bar("no Cobra", 1.0), timings(NumPy=1.0), None, None),
    ],
)
def test_verdicts(bar, measured, value, holds):
    verdict = bar.judge(measured)
    assert (verdict.value, verdict.holds) == (value, holds)


def test_a_mean_bar_takes_the_fastest_rival_of_each_case_of_its_groups():
    mean = MeanBar("mean", ("exp", "log"), ("NumPy", "torch"), 1.5)
    outcomes = [
        Outcome("exp", "f32", timings(Cobra=1.0, NumPy=8.0, torch=2.0, Numba=0.1), ()),
        Outcome("log", "f32", timings(Cobra=1.0, NumPy=8.0), ()),
        Outcome("log", "f64", timings(Cobra=1.0, Numba=0.1), ()),
        Outcome("sum", "f32", timings(Cobra=1.0, NumPy=0.1), ()),
    ]
    assert mean.value(outcomes) == pytest.approx(4.0)
    assert mean.value(outcomes[-2:]) is None


def test_a_race_is_made_when_it_is_run():
    made = []

    def contestants():
        made.append(True)
        return [Contestant("NumPy", "x", {"x": 1}), Contestant("Cobra", "x", {"x": 1})]

    case = race("group", "name", contestants, [Bar("far away", 1e9, ("NumPy",))])
    assert (made, case.title) == ([], "group: name")
    outcome = run(case, QUICK)
    assert made == [True]
    assert [verdict.holds for verdict in outcome.verdicts] == [True]
