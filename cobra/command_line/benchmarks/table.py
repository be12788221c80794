"""All benchmarks, in the order in which they run and are shown."""

from __future__ import annotations

from fnmatch import fnmatch

from cobra.command_line.benchmarks import folding, functions, latency, overhead, streaming
from cobra.command_line.benchmarks.cases import Case
from cobra.command_line.benchmarks.timing import Effort


def all_cases() -> list[Case]:
    """Return every case."""
    return [case for part in (overhead, streaming, functions, folding, latency) for case in part.cases()]


def chosen_cases(pattern: str | None, effort: Effort) -> list[Case]:
    """Return the cases whose title contains the pattern, or matches it with ``*``, and which are not too large."""
    wanted = f"*{(pattern or '').lower()}*"
    return [case for case in all_cases() if case.size <= effort.largest and fnmatch(case.title.lower(), wanted)]
