"""The source of a function is found, exact, mapped back to the file, and never another function's."""

from __future__ import annotations

import ast
import importlib.util
import linecache
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from findable_functions import FOUND, in_call, mapping, second, third

from cobra.compiler.frontend.source import SourceText, find_source, parse
from cobra.errors import SourceUnavailable
from tests.effort import calls_of

IDS = [name for name, _, _ in FOUND]
FILE = Path(sys.modules["findable_functions"].__file__ or "").read_text(encoding="utf-8").split("\n")


@pytest.mark.parametrize(("function", "text"), [(function, text) for _, function, text in FOUND], ids=IDS)
def test_finds_exactly_the_definition(function: FunctionType, text: str) -> None:
    source = find_source(function)
    assert source.text == text
    assert source.filename == function.__code__.co_filename
    assert source.lines == tuple(FILE[source.first_line - 1 : source.first_line - 1 + len(source.lines)])
    assert source.lines[0][source.column :].startswith(text.split("\n")[0])


@pytest.mark.parametrize("function", [function for _, function, _ in FOUND], ids=IDS)
def test_positions_of_the_tree_lead_back_to_the_file(function: FunctionType) -> None:
    source = find_source(function)
    checked = 0
    for node in ast.walk(parse(source)):
        if isinstance(node, (ast.Name, ast.arg, ast.BinOp, ast.Return)) and node.lineno == node.end_lineno:
            place = source.location(node)
            written = ast.unparse(node).replace(" ", "")
            assert place.text == FILE[place.line - 1]
            assert place.text[place.column : place.end_column].replace(" ", "").replace("(", "").replace(")", "") == (
                written.replace("(", "").replace(")", "")
            )
            checked += 1
    assert checked or function.__code__.co_argcount == 0


def test_twins_on_one_line_are_told_apart() -> None:
    assert find_source(second).column < find_source(third).column
    assert find_source(second).lines[0][find_source(second).column - 2] == ","


def test_location_counts_characters_and_points_at_the_first_line() -> None:
    source = find_source(mapping["üü"])
    body = parse(source).body
    assert isinstance(body, ast.BinOp)
    assert source.location(body).render().splitlines()[-2:] == [
        '      mapping = {"é": lambda x: x / 2, "üü": (lambda x: x / 3),',
        "                                                        ^^^^^",
    ]
    over_lines = find_source(in_call)
    assert over_lines.location(parse(over_lines).body).line == over_lines.first_line  # type: ignore[arg-type]
    assert over_lines.location().column == over_lines.column


def test_asserts_rewritten_by_pytest_do_not_hide_a_function() -> None:
    def kernel(x: float) -> float:
        assert x > 0, "no"
        return x + 1

    assert find_source(kernel).text.endswith("return x + 1")
    assert find_source(kernel).lines[1].strip() == 'assert x > 0, "no"'


def test_a_source_given_by_the_caller_is_proved_too() -> None:
    namespace: dict[str, Any] = {}
    text = "one = 1\ndef made(x):\n    return x + 41\n"
    exec(compile(text, "<nowhere>", "exec"), namespace)
    kept, text = text, ""
    assert find_source(namespace["made"], kept).text == "def made(x):\n    return x + 41"
    assert find_source(namespace["made"], kept.replace("one = 1", "# moved\n")).lines == ("def made(x):", "    return x + 41")
    with pytest.raises(SourceUnavailable, match="given as source= does not compile to the same code"):
        find_source(namespace["made"], kept.replace("41", "42"))


Edit = Callable[[str], str]

MODULE = """import math

def before(x):
    return x

def kernel(x, y=2):
    # why
    return math.sin(x) * y + 1.0

chosen = kernel, lambda x: x + 1.5
"""

HARMLESS: dict[str, Edit] = {
    "nothing": lambda text: text,
    "lines before": lambda text: "# one\n# two\n" + text,
    "another function": lambda text: text.replace("return x\n", "return x * 100\n"),
    "its comment": lambda text: text.replace("# why", "# because\n    # of that"),
    "its layout": lambda text: text.replace("math.sin(x) * y", "math.sin(x)*y"),
}
HARMFUL: dict[str, Edit] = {
    "a constant": lambda text: text.replace("1.0", "2.0"),
    "the type of a constant": lambda text: text.replace("1.0", "1"),
    "the sign of zero": lambda text: text.replace("1.0", "-0.0"),
    "an operator": lambda text: text.replace("* y", "/ y"),
    "a name": lambda text: text.replace("math.sin", "math.cos"),
    "gone": lambda text: text.replace("kernel", "colonel"),
    "broken": lambda text: text.replace("kernel(x", "kernel((x"),
    "empty": lambda text: "",
}


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[Callable[[Edit], ModuleType]]:
    """Return a function that imports a module and then edits its file."""
    path = tmp_path / "edited_module.py"

    def load(edit: Edit) -> ModuleType:
        path.write_text(MODULE)
        spec = importlib.util.spec_from_file_location("edited_module", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        path.write_text(edit(MODULE))
        os.utime(path, (1, 1))
        return module

    yield load
    linecache.checkcache(str(path))


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_an_edited_file_serves_while_it_means_the_same(edited: Callable[[Edit], ModuleType], edit: Edit) -> None:
    module = edited(edit)
    assert "math.sin" in find_source(module.kernel).text
    assert find_source(module.chosen[1]).text == "lambda x: x + 1.5"


@pytest.mark.parametrize("edit", HARMFUL.values(), ids=HARMFUL)
def test_an_edited_file_never_gives_another_functions_source(edited: Callable[[Edit], ModuleType], edit: Edit) -> None:
    module = edited(edit)
    with pytest.raises(SourceUnavailable, match="no longer holds what was imported") as raised:
        find_source(module.kernel)
    assert "'kernel'" in str(raised.value) and "source=" in str(raised.value.hint)


def test_lines_cached_before_an_edit_still_serve(edited: Callable[[Edit], ModuleType]) -> None:
    module = edited(HARMLESS["nothing"])
    assert find_source(module.kernel).first_line == 6
    path = Path(module.__file__ or "")
    path.write_text(HARMFUL["a constant"](MODULE))
    assert find_source(module.kernel).text.endswith("+ 1.0")
    linecache.checkcache(str(path))
    with pytest.raises(SourceUnavailable):
        find_source(module.kernel)


def test_notebook_cells_are_found_through_linecache() -> None:
    cell, name = "scale = 3\n\nkernel = lambda x: x * scale\n", "/tmp/ipykernel_1/2.py"
    namespace: dict[str, Any] = {}
    exec(compile(cell, name, "exec"), namespace)
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    try:
        source = find_source(namespace["kernel"])
    finally:
        del linecache.cache[name]
    assert (source.text, source.first_line, source.column) == ("lambda x: x * scale", 3, 9)


def test_parsing_again_needs_the_text_only() -> None:
    source = find_source(in_call)
    alone = SourceText(source.text, "", 1, 0, tuple(source.text.split("\n")))
    assert ast.dump(parse(alone), include_attributes=True) == ast.dump(parse(source), include_attributes=True)


def test_a_function_in_a_long_file_is_found_quickly(tmp_path: Path) -> None:
    filler = "".join(f"def filler_{number}(x):\n    y = x + {number}\n    return y\n\n" for number in range(1250))
    kernel = "def kernel(x, y):\n    total = 0.0\n" + "    total += x * y\n" * 8 + "    return total\n"
    path = tmp_path / "long_module.py"
    path.write_text(filler + kernel + filler.replace("filler", "later"))
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    find_source(namespace["kernel"])
    assert calls_of(lambda: find_source(namespace["kernel"])) < 1_000, "parses more than the function's own statement"
