"""Settings from environment variables and from `options` blocks."""

from __future__ import annotations

import doctest
import os
import sys
import threading
from pathlib import Path

import platformdirs
import pytest

from cobra import config
from cobra.errors import InvalidOption

GOOD = [
    ("COBRA_DISABLE_JIT", "1", "disable_jit", True),
    ("COBRA_DISABLE_JIT", " Yes ", "disable_jit", True),
    ("COBRA_DISABLE_JIT", "off", "disable_jit", False),
    ("COBRA_DEBUG", "TRUE", "debug", True),
    ("COBRA_DEBUG", "no", "debug", False),
    ("COBRA_CACHE", "0", "cache_enabled", False),
    ("COBRA_CACHE", "on", "cache_enabled", True),
    ("COBRA_CACHE_DIR", "/a/../b", "cache_dir", "/b"),
    ("COBRA_CACHE_LIMIT", "1000", "cache_limit", 1000),
    ("COBRA_CACHE_LIMIT", "0", "cache_limit", 0),
    ("COBRA_CACHE_LIMIT", "256M", "cache_limit", 256 << 20),
    ("COBRA_CACHE_LIMIT", "3 kb", "cache_limit", 3 << 10),
    ("COBRA_CACHE_LIMIT", "2GiB", "cache_limit", 2 << 30),
    ("COBRA_LOADER", "llvmlite", "loader", "llvmlite"),
    ("COBRA_PERF_MAP", "1", "perf_map", True),
    ("COBRA_TEXT_SECONDS", "3", "text_seconds", 3),
    ("COBRA_NUM_THREADS", "4", "num_threads", 4),
    ("COBRA_TEXT_MEMORY", "512M", "text_memory", 512 << 20),
]
BAD = [
    ("COBRA_DISABLE_JIT", "maybe"),
    ("COBRA_DEBUG", "2"),
    ("COBRA_CACHE", "enabled"),
    ("COBRA_CACHE_LIMIT", "-1"),
    ("COBRA_CACHE_LIMIT", "1.5G"),
    ("COBRA_CACHE_LIMIT", "12 parrots"),
    ("COBRA_CACHE_LIMIT", "M"),
    ("COBRA_LOADER", "mcjit"),
    ("COBRA_PERF_MAP", "x"),
    ("COBRA_TEXT_SECONDS", "0"),
    ("COBRA_TEXT_SECONDS", "soon"),
    ("COBRA_TEXT_MEMORY", "much"),
    ("COBRA_NUM_THREADS", "0"),
    ("COBRA_NUM_THREADS", "257"),
    ("COBRA_NUM_THREADS", "all"),
]


@pytest.mark.parametrize(("variable", "text", "field", "value"), GOOD)
def test_reads_variable(variable: str, text: str, field: str, value: object) -> None:
    assert getattr(config.read_environment({variable: text}), field) == value


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_refuses_bad_value_by_name(variable: str, text: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        config.read_environment({variable: text})
    assert variable in str(caught.value) and repr(text) in str(caught.value)
    assert "Right is" in str(caught.value)


@pytest.mark.parametrize("variable", sorted({row[0] for row in GOOD}))
def test_empty_variable_counts_as_unset(variable: str) -> None:
    assert config.read_environment({variable: ""}) == config.Settings()


def test_defaults() -> None:
    settings = config.read_environment({})
    assert settings == config.Settings()
    assert settings.cache_enabled and not settings.disable_jit and settings.cache_limit == 256 << 20


def test_relative_directory_does_not_follow_later_changes_of_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.read_environment({"COBRA_CACHE_DIR": "kernels"})
    monkeypatch.chdir("/")
    assert settings.cache_directory == str(tmp_path / "kernels")


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert config.read_environment({"COBRA_CACHE_DIR": "~/kernels"}).cache_dir == "/somewhere/kernels"


@pytest.mark.skipif(sys.platform == "win32", reason="other variables on Windows")
@pytest.mark.parametrize("home", ["/home/someone", "/", "relative", "", None])
@pytest.mark.parametrize("xdg", ["/caches", "", None, "relative"])
def test_platform_directory_agrees_with_platformdirs(
    home: str | None, xdg: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", home), ("XDG_CACHE_HOME", xdg)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert config.Settings().cache_directory == os.fspath(platformdirs.user_cache_path("cobra", appauthor=False))


def test_options_override_for_the_block_only() -> None:
    before = config.current()
    with config.options(debug=True, cache_limit="1M") as inside:
        assert inside == config.current()
        assert (inside.debug, inside.cache_limit) == (True, 1 << 20)
        with config.options(debug=False):
            assert (config.current().debug, config.current().cache_limit) == (False, 1 << 20)
        assert config.current() == inside
    assert config.current() == before


def test_options_end_with_an_exception() -> None:
    before = config.current()
    with pytest.raises(KeyError), config.options(debug=True):
        raise KeyError
    assert config.current() == before


def test_options_do_not_reach_other_threads() -> None:
    seen: list[bool] = []
    with config.options(perf_map=not config.settings.perf_map):
        thread = threading.Thread(target=lambda: seen.append(config.current().perf_map))
        thread.start()
        thread.join()
    assert seen == [config.settings.perf_map]


@pytest.mark.parametrize(
    ("name", "value"),
    [("debug", 1), ("cache_limit", True), ("cache_limit", -1), ("cache_dir", ""), ("cache_dir", 3), ("cache_dir", b"x"),
     ("cache_dir", "a\0b"), ("loader", None)],
)  # fmt: skip
def test_options_refuse_bad_values(name: str, value: object) -> None:
    with pytest.raises(InvalidOption, match=name), config.options(**{name: value}):
        pass


def test_options_refuse_unknown_names() -> None:
    with pytest.raises(InvalidOption, match="cache_directoy") as caught, config.options(cache_directoy="x"):
        pass
    assert "cache_dir" in str(caught.value.hint)


def test_cache_dir_takes_paths(tmp_path: Path) -> None:
    with config.options(cache_dir=tmp_path):
        assert config.current().cache_directory == str(tmp_path)
    with config.options(cache_dir=None):
        assert config.current().cache_dir is None


def test_examples_run() -> None:
    assert doctest.testmod(config).failed == 0
