"""What is told about the machine."""

from __future__ import annotations

import json

import numpy as np

from cobra.command_line import machine


def test_description_is_json_and_names_the_software():
    told = json.loads(json.dumps(machine.describe()))
    assert told["processor"]
    assert told["cores"] >= 1
    assert f"numpy {np.__version__}" in told["software"]


def test_missing_packages_are_left_out():
    assert set(machine.package_versions(("numpy", "no-such-distribution-here"))) == {"numpy"}
