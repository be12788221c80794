"""Interleaved timing, on statements whose costs are known to differ."""

from __future__ import annotations

from dataclasses import replace
from time import sleep

import numpy as np
import pytest

from cobra.command_line.benchmarks.timing import QUICK, Contestant, Disagreement, Timing, check_agreement, interleave

BRIEF = replace(QUICK, case_seconds=0.01, fewest_rounds=3)


def test_slow_and_fast_are_told_apart():
    made = [Contestant("fast", "x + 1", {"x": 1}), Contestant("slow", "sleep(0.002)", {"sleep": sleep})]
    timings = interleave(made, BRIEF)
    assert list(timings) == ["fast", "slow"]
    assert timings["slow"].minimum >= 0.002 > 1000 * timings["fast"].minimum
    assert all(timing.minimum <= timing.median for timing in timings.values())


def test_every_contestant_gets_its_rounds():
    counts = {"a": 0, "b": 0}

    def work(which):
        counts[which] += 1
        sleep(0.001)

    interleave([Contestant(name, "work(name)", {"work": work, "name": name}) for name in counts], BRIEF)
    assert min(counts.values()) >= BRIEF.fewest_rounds


def test_names_with_equal_spelling_do_not_meet():
    one = Contestant("one", "kernel(x)", {"kernel": len, "x": "ab"})
    two = Contestant("two", "kernel(x)", {"kernel": sum, "x": [1, 1]})
    check_agreement([one, two], 0.0)
    assert set(interleave([one, two], BRIEF)) == {"one", "two"}


@pytest.mark.parametrize(("is_anchor", "fails"), [(False, True), (True, False)])
def test_different_results_are_not_compared(is_anchor, fails):
    made = [Contestant("one", "x", {"x": np.ones(3)}), Contestant("two", "x", {"x": np.zeros(3)}, is_anchor=is_anchor)]
    if fails:
        with pytest.raises(Disagreement, match="two and one disagree"):
            check_agreement(made, 1e-6)
    else:
        check_agreement(made, 1e-6)


def test_timing_of_samples():
    assert Timing.of([3.0, 1.0, 2.0]) == Timing(minimum=1.0, median=2.0)
