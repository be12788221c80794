"""The README's code runs and prints what it says; its commands and sections are where tools look for them."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_tour_prints_what_it_says(tmp_path, capsys):
    (tour,) = blocks("python")
    promised = re.findall(r"^print.*?  # (.*)$", tour, re.MULTILINE)
    file = tmp_path / "tour.py"
    file.write_text(tour)
    runpy.run_path(str(file))
    assert capsys.readouterr().out.splitlines() == promised


def test_there_are_two_commands():
    first, second = blocks("bash")
    assert "-m venv .venv" in first
    assert first.rstrip().endswith("-m cobra demo")
    assert ".[test]" in second
    assert second.rstrip().endswith("-m pytest")


def test_the_measured_table_is_filled():
    (table,) = re.findall(r"<!-- bench: .*? -->\n(.*?)<!-- /bench -->", README, re.DOTALL)
    assert "| case |" in table


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []
