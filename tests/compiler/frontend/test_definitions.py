"""What is kept of a function's definition, and what it is kept under."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

import cobra
from cobra.compiler.frontend import definitions
from cobra.compiler.frontend.definitions import Definition, definition_of

SOURCES = {
    "plain": "def f(x):\n    return x + 1\n",
    "decorated": "\n\n@keep\n@keep\ndef f(x: float) -> float:\n    # why\n    return np.exp(x) + np.pi\n",
    "nested": "def outer(k):\n    def f(x):\n        '''Say.\n    Much.'''\n        return k * x\n    return f\nf = outer(2)\n",
    "async": "async def f(x):\n    return x\n",
    "sets": "def f(x):\n    return x in {'a', 'b', 'c'} or x == 1e400 or (lambda y: y + 2j)(x)\n",
    "declared": "def f(x):\n    y: int\n    return x\n",
    "last line": "def f(x): return x",
}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], FunctionType]]:
    """Return what writes a file and runs it; the file is the same each time."""
    path = tmp_path / "module.py"

    def run(source: str) -> FunctionType:
        path.write_text(source)
        linecache.checkcache()
        names: dict[str, object] = {"np": np, "keep": lambda function: function, "__name__": "module"}
        exec(compile(source, str(path), "exec", dont_inherit=True), names)
        found = names["f"]
        assert isinstance(found, FunctionType)
        return found

    yield run
    linecache.checkcache()


@pytest.fixture
def kept_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[FunctionType], Definition]:
    """Return what gets a definition without looking for it."""

    def get(function: FunctionType) -> Definition:
        with monkeypatch.context() as patch:
            patch.setattr(definitions, "locate_source", lambda *_: pytest.fail("it was not kept"))
            return definition_of(function)

    return get


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_kept_is_what_was_found(
    name: str, make: Callable[[str], FunctionType], kept_only: Callable[[FunctionType], Definition]
) -> None:
    function = make(SOURCES[name])
    found = definition_of(function)
    assert found == definitions._found(function, None)
    assert kept_only(function) == found and found.is_async is (name == "async")


def test_a_definition_may_move(
    make: Callable[[str], FunctionType], kept_only: Callable[[FunctionType], Definition]
) -> None:
    first = definition_of(make(SOURCES["decorated"])).source
    moved = kept_only(make("# one line more\n" + SOURCES["decorated"])).source
    assert (moved.text, moved.first_line) == (first.text, first.first_line + 1)


@pytest.mark.parametrize(
    ("before", "after"), [("y: int", "y: float"), ("    return x", "    # so\n    return x"), ("return x", "return -x")]
)
def test_other_lines_are_another_definition(before: str, after: str, make: Callable[[str], FunctionType]) -> None:
    definition_of(make(SOURCES["declared"]))
    changed = make(SOURCES["declared"].replace(before, after))
    assert after in definition_of(changed).source.text


def test_lambdas_and_given_texts_are_looked_for(make: Callable[[str], FunctionType]) -> None:
    function = make("f = lambda x: x + 1; g = lambda x: x + 2\n")
    assert definition_of(function).source.text == definition_of(function).source.text == "lambda x: x + 1"
    plain = make(SOURCES["plain"])
    assert definition_of(plain, "# first\n" + SOURCES["plain"]).source == definition_of(plain).source


def test_without_a_cache(make: Callable[[str], FunctionType], monkeypatch: pytest.MonkeyPatch) -> None:
    function = make(SOURCES["nested"])
    kept = definition_of(function)
    monkeypatch.setattr(definitions.disk, "default", lambda: None)
    assert definition_of(function) == kept


def test_kernels_of_a_kept_definition_have_the_same_identity(make: Callable[[str], FunctionType]) -> None:
    source = "def f(x):\n    return x * 2.5\n"
    assert cobra.ufunc(make(source)) is cobra.ufunc(make(source))
