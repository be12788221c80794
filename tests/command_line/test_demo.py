"""``python -m cobra demo``."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from cobra.command_line import airports, demo
from cobra.command_line.great_circle import EARTH_RADIUS_KM, great_circle_km
from cobra.command_line.main import main


def test_it_compares_names_pairs_and_draws(tmp_path, capsys):
    picture = tmp_path / "airports.png"
    assert main(["demo", "--count", "60", "--png", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "60 airports, 3,600 pairs"
    assert [line.split()[0] for line in lines[1:7]] == ["kernel", "Cobra", "NumPy", "difference", "nearest", "farthest"]
    assert picture.exists() == (find_spec("matplotlib") is not None)
    if picture.exists():
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_there_is_no_picture_and_no_complaint(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(airports, "find_spec", lambda name: None)
    picture = tmp_path / "airports.png"
    assert main(["demo", "--count", "3", "--png", str(picture)]) == 0
    assert not picture.exists()
    assert capsys.readouterr().err == ""


def test_a_kernel_that_is_wrong_is_reported(monkeypatch, capsys):
    monkeypatch.setattr(demo, "TOLERANCE_KM", -1.0)
    assert main(["demo", "--count", "3"]) == 2
    assert "Cobra and NumPy differ by" in capsys.readouterr().err


def test_all_airports_are_there():
    everything = airports.load()
    assert len(everything) == 3376
    assert everything.label(0) == "Thigpen (00M)"
    assert np.all(np.abs(everything.latitudes) <= 90)
    assert np.all(np.abs(everything.longitudes) <= 180)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((0.0, 0.0, 0.0, 0.0), 0.0),
        ((0.0, 0.0, 0.0, np.pi), np.pi * EARTH_RADIUS_KM),
        ((np.pi / 2, 0.0, -np.pi / 2, 1.0), np.pi * EARTH_RADIUS_KM),
        ((0.0, 0.0, 0.0, np.pi / 2), np.pi / 2 * EARTH_RADIUS_KM),
    ],
)
def test_great_circles(places, expected):
    assert great_circle_km(*places) == pytest.approx(expected, rel=1e-12)


def test_nearest_pair_is_of_two_places():
    distances = np.array([[0.0, 3.0, 5.0], [3.0, 0.0, 0.5], [5.0, 0.5, 0.0]])
    assert demo.extreme_pairs(distances) == ((1, 2), (0, 2))
