"""``python -m cobra info``."""

from __future__ import annotations

import json
import os
import platform

import numpy as np
import pytest

import cobra
from cobra.command_line import info
from cobra.command_line.main import main


def test_json_tells_versions_processor_cache_and_environment(monkeypatch, capsys):
    monkeypatch.setenv("COBRA_EXAMPLE", "seen")
    assert main(["info", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["versions"]["cobra"] == cobra.__version__
    assert told["versions"]["numpy"] == np.__version__
    assert told["versions"]["python"] == platform.python_version()
    assert told["processor"]["cores"] >= 1
    assert told["processor"]["vector bits"] in (128, 256, 512)
    assert told["llvm"]["targets"]["NVPTX"] is True
    assert set(told["drivers"].values()) <= {"found", "not found"}
    assert told["cache"]["directory"] == os.environ["COBRA_CACHE_DIR"]
    assert told["environment"]["COBRA_EXAMPLE"] == "seen"


def test_text_has_the_same_sections(capsys):
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if not line.startswith(" ")] == list(info.collect())
    assert f"cobra             {cobra.__version__}" in text


@pytest.mark.parametrize(
    ("providers", "named"),
    [
        ({"cobra": ["cobra-ufunc"]}, None),
        ({}, None),
        ({"cobra": ["cobra-ufunc", "cobra"]}, "distribution cobra "),
        ({"cobra": ["cobra"]}, "distribution cobra "),
    ],
)
def test_a_package_of_the_same_name_is_a_problem(providers, named, monkeypatch):
    monkeypatch.setattr(info, "packages_distributions", lambda: providers)
    found = info.problems()
    assert len(found) == (named is not None)
    assert named is None or named in found[0]


def test_a_driver_that_is_not_there():
    assert info._can_load("libno-such-driver.so.1") is False
