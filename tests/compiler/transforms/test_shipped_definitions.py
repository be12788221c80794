"""The file of translated definitions in a wheel: what it holds is what translating gives, and edited sources make it count for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobra import config
from cobra.compiler.ir.printing import print_function
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms import define as define_module
from cobra.compiler.transforms import shipped_definitions
from cobra.compiler.transforms.define import definition, definition_names
from cobra.compiler.transforms.shipped_definitions import shipped, sources_digest, write

NAMES = ["exponential.exp2_f64", "fast_hyperbolic.cosh_f32", "roots.cbrt_f32"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "definitions.txt"
    write({name: print_function(definition(name)) for name in NAMES}, made)
    return made


def test_what_is_written_is_read(file: Path) -> None:
    for name in NAMES:
        assert shipped(name, file) == print_function(definition(name))
    assert shipped("exponential.exp_f64", file) is None


def test_no_file_and_no_such_file() -> None:
    assert not shipped_definitions.FILE.exists(), "a checkout has none: its sources change"
    assert shipped(NAMES[0]) is None
    assert shipped(NAMES[0], Path("nowhere")) is None


def test_a_file_of_other_sources_counts_for_nothing(file: Path) -> None:
    other = file.with_name("other.txt")
    other.write_bytes(file.read_bytes().replace(sources_digest().encode(), b"0" * 64, 1))
    assert shipped(NAMES[0], other) is None


def test_the_digest_follows_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {sources_digest()}
    monkeypatch.setattr(shipped_definitions, "_COBRA", tmp_path)
    source = tmp_path / "compiler" / "math" / "roots.py"
    source.parent.mkdir(parents=True)
    for text in ("x = 1", "x = 2", "x = 1 "):
        source.write_text(text)
        found.add(sources_digest.__wrapped__())
    source.rename(source.with_name("other.py"))
    found.add(sources_digest.__wrapped__())
    assert len(found) == 5


def test_shipped_definitions_are_not_translated(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = print_function(definition(NAMES[0]))
    monkeypatch.setattr(define_module, "shipped", lambda name: shipped(name, file))
    monkeypatch.setattr(define_module, "_translated", None)
    with config.options(cache_enabled=False):
        assert print_function(definition.__wrapped__(NAMES[0])) == expected


def test_every_definition_is_named() -> None:
    names = definition_names()
    for record in TABLE.values():
        if record.definition is not None:
            assert f"{record.definition}_f64" in names
    assert "fast_hyperbolic.cosh_f32" in names and "fast_exponential.exp_f32" not in names and len(set(names)) == len(names)
