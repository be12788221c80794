"""The command line as a user meets it: what is printed where, and exit statuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cobra import __version__
from cobra.command_line.main import COMMANDS, main

ROOT = Path(__file__).parent.parent.parent

MISTAKES = [
    (["inspect", "nowhere.py:kernel"], "there is no file nowhere.py"),
    (["inspect", "kernel"], "names no kernel"),
    (["inspect", "json:dumps"], "not a kernel"),
    (["inspect", "cobra.command_line.great_circle:nothing"], "its kernels are great_circle_km"),
    (["inspect", "no_such_module:kernel"], "No module named 'no_such_module'"),
    (["inspect", "cobra.command_line.great_circle:great_circle_km", "--types", "F"], "no loop 'F'"),
    (["demo", "--count", "1"], "at least 2 airports"),
    (["bench", "--only", "no such case"], "no case has"),
    (["bench", "--json", "no/such/folder/result.json"], "there is no folder no/such/folder"),
    (["bench", "--readme", "no-such-README.md"], "there is no file no-such-README.md"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_gives_a_message_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"cobra {arguments[0]}: ")
    assert message in printed.err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["cache", "nonsense"], ["inspect"]])
def test_wrong_usage_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_every_command_has_a_page_of_help(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([command.name, "--help"])
        assert ended.value.code == 0
        assert command.summary in capsys.readouterr().out


def test_the_package_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "cobra", "--version"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == f"cobra {__version__}\n"


def test_a_reader_that_goes_away_is_no_error():
    code = f"{sys.executable} -m cobra info | true"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr
