"""Measured rows as text for a terminal, as Markdown for the README, and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from cobra.command_line.benchmarks.cases import COBRA, NUMBA, NUMPY, MeanBar, Outcome, Verdict
from cobra.command_line.benchmarks.timing import Timing

COLUMNS = (NUMPY, NUMBA, COBRA)
HEADINGS = ("case", *COLUMNS, "others", f"/{NUMPY}", f"/{NUMBA}", "bar")


def seconds(value: float) -> str:
    """Return a time in the unit in which it has one to three digits before the point."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def _ratio(timings: Mapping[str, Timing], rival: str) -> str:
    if COBRA not in timings or rival not in timings:
        return ""
    return f"{timings[COBRA].minimum / timings[rival].minimum:.2f}"


def _verdict(verdict: Verdict) -> str:
    bar, value = verdict.bar, verdict.value
    limit = f"{bar.limit:g}×" if bar.against else seconds(bar.limit)
    if value is None:
        return f"{bar.text} ≤ {limit}: not measured"
    measured = f"{value:.2f}×" if bar.against else seconds(value)
    return f"{bar.text} ≤ {limit}: {measured} {'holds' if verdict.holds else 'FAILS'}"


def cells(outcome: Outcome) -> list[str]:
    """Return the cells of one row."""
    timings = outcome.timings
    others = [f"{label} {seconds(timing.minimum)}" for label, timing in timings.items() if label not in COLUMNS]
    return [
        f"{outcome.group}: {outcome.name}",
        *(seconds(timings[label].minimum) if label in timings else "" for label in COLUMNS),
        ", ".join(others),
        _ratio(timings, NUMPY),
        _ratio(timings, NUMBA),
        "; ".join(_verdict(verdict) for verdict in outcome.verdicts),
    ]


def text_row(row: Sequence[str]) -> str:
    """Return a row for the terminal; what may be long comes last."""
    case, numpy, numba, cobra, others, *ratios, bar = row
    return "  ".join([case.ljust(48), *(cell.rjust(9) for cell in (numpy, numba, cobra, *ratios)), bar, others]).rstrip()


def mean_lines(outcomes: Sequence[Outcome], means: Sequence[MeanBar]) -> list[str]:
    """Return a line for each geometric mean that was measured."""
    measured = [(mean, mean.value(outcomes)) for mean in means]
    return [
        f"{mean.text} ≥ {mean.at_least:g}: {value:.2f} {'holds' if value >= mean.at_least else 'FAILS'}"
        for mean, value in measured
        if value is not None
    ]


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return how many bars hold, and name those that do not."""
    verdicts = [(outcome, verdict) for outcome in outcomes for verdict in outcome.verdicts if verdict.value is not None]
    failed = [f"  {outcome.group}: {outcome.name}: {_verdict(verdict)}" for outcome, verdict in verdicts if not verdict.holds]
    return "\n".join([f"{len(verdicts) - len(failed)} of {len(verdicts)} bars hold", *failed])


def markdown(
    outcomes: Sequence[Outcome], machine: Mapping[str, object], shown: Collection[str] = (), means: Sequence[MeanBar] = ()
) -> str:
    """Return a table in Markdown with the machine above it and the verdict below: of some rows by title, or of all."""
    rows = [row for row in map(cells, outcomes) if not shown or row[0] in shown]
    lines = [f"Minima on {machine['processor']}, {machine['cores']} cores, {machine['software']}.", ""]
    lines += [_markdown_row(HEADINGS), _markdown_row(["---", *["---:"] * 3, "---", "---:", "---:", "---"])]
    verdict, *failed = summary(outcomes).splitlines()
    lines += [*map(_markdown_row, rows), "", f"Of the whole run, {verdict}."]
    return "\n".join([*lines, *(f"-{line[1:]}" for line in failed), *(f"\n{line}." for line in mean_lines(outcomes, means))])


def _markdown_row(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def as_json(
    outcomes: Sequence[Outcome], machine: Mapping[str, object], means: Sequence[MeanBar] = ()
) -> dict[str, object]:
    """Return everything measured, times in seconds."""
    cases = [_json_case(outcome) for outcome in outcomes]
    return {"machine": dict(machine), "cases": cases, "means": mean_lines(outcomes, means)}


def _json_case(outcome: Outcome) -> dict[str, object]:
    bars = [
        {"text": v.bar.text, "limit": v.bar.limit, "against": list(v.bar.against), "value": v.value, "holds": v.holds}
        for v in outcome.verdicts
    ]
    timings = {label: asdict(timing) for label, timing in outcome.timings.items()}
    return {"group": outcome.group, "name": outcome.name, "seconds": timings, "bars": bars}
