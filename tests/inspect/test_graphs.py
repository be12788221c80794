"""Graphs of kernels: a node for each block and each function, edges that say when they are taken, and their display."""

from __future__ import annotations

import html
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

import cobra
from cobra.compiler.pipeline import translate
from cobra.errors import CobraError, InvalidCall
from cobra.inspect.flow import Flow
from cobra.ufunc.kernel import kernel_of
from tests.compiler.golden_kernels import KERNELS, function_of
from tests.inspect.dot_reader import Dot, read_dot


def straight(x):
    return x + 1


def branch(x):
    if x > 0:
        y = x
    else:
        y = -x
    return y * 2


def counted(x):
    total = x
    for k in range(3):
        total += k * x
    return total


def repeated(x):
    while x > 1:
        x = x / 2
    return x


def nested(x):
    total = 0.0
    for k in range(4):
        if x > k:
            total += x
    return total


def graph_of(function, **options) -> Dot:
    return read_dot(cobra.inspect.graph(cobra.ufunc(function, types="d->d", **options)).dot)


def flow_edges(dot: Dot) -> set[tuple[str, str, str]]:
    return {edge for edge in dot.edges if edge[0].startswith("B")}


@pytest.mark.parametrize(
    ("function", "blocks", "edges"),
    [
        (straight, 1, set()),
        (branch, 4, {("B0", "B1", "true"), ("B0", "B2", "false"), ("B1", "B3", ""), ("B2", "B3", "")}),
        (counted, 4, {("B0", "B1", ""), ("B1", "B2", "true"), ("B2", "B1", "loop back"), ("B1", "B3", "false")}),
        (repeated, 4, {("B0", "B1", ""), ("B1", "B2", "true"), ("B2", "B1", "loop back"), ("B1", "B3", "false")}),
    ],
)  # fmt: skip
def test_control_flow(function, blocks: int, edges: set[tuple[str, str, str]]) -> None:
    dot = graph_of(function)
    assert {name for name in dot.nodes if name.startswith("B")} == {f"B{k}" for k in range(blocks)}
    assert flow_edges(dot) == edges


def test_what_blocks_say() -> None:
    dot = graph_of(branch)
    assert dot.nodes["B0"].splitlines()[:2] == ["B0:", "function branch(%x: float64) -> (float64)"]
    assert dot.nodes["B0"].splitlines()[-1].startswith("if %")
    assert "negative" in dot.nodes["B2"]
    assert "phi [%x, B1], [%" in dot.nodes["B3"]
    assert dot.nodes["B3"].splitlines()[-1].startswith("return %")
    assert dot.groups == {"cluster_flow": "branch d->d", "cluster_calls": "calls"}


def test_nested_regions() -> None:
    dot = graph_of(nested)
    back = [edge for edge in dot.edges if edge[2] == "loop back"]
    assert len(back) == 1
    (head,) = {end for _, end, _ in back}
    assert "for %" in dot.nodes[head] and "phi" in dot.nodes[head]
    assert sum(label == "true" for _, _, label in dot.edges) == 2


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("lowered", [False, True])
def test_one_node_per_block(name: str, lowered: bool) -> None:
    golden = KERNELS[name]
    ufunc = cobra.ufunc(function_of(golden), types=golden.types, signature=golden.signature, source=golden.source)
    dot = read_dot(cobra.inspect.graph(ufunc, lowered=lowered).dot)
    if not lowered:
        kernel = kernel_of(ufunc)
        assert kernel is not None
        flow = Flow(translate(kernel.spec, kernel.loops[0], kernel.symbols).function)
        assert [n for n in dot.nodes if n.startswith("B")] == [block.name for block in flow.blocks]
        assert len(flow_edges(dot)) == len(flow.edges)
    reached = {"B0"} | {end for _, end, _ in dot.edges}
    assert {n for n in dot.nodes if n.startswith("B")} <= reached
    assert all(label.startswith(name) for name, label in dot.nodes.items() if name.startswith("B"))


def helper(x):
    return inner(x) + 1


def inner(x):
    return np.sqrt(x)


@cobra.ufunc(types="d->d")
def kernel(x):
    return inner(x) * 2


def test_calls() -> None:
    def outer(x):
        return helper(x) + kernel(x)

    dot = graph_of(outer)
    titles = {name: label.splitlines()[0] for name, label in dot.nodes.items() if name.startswith("F")}
    assert sorted(titles.values()) == ["helper", "inner", "kernel kernel", "test_calls.<locals>.outer"]
    calls = sorted((titles[start], titles[end]) for start, end, _ in dot.edges if start.startswith("F"))
    assert calls == [
        ("helper", "inner"), ("kernel kernel", "inner"),
        ("test_calls.<locals>.outer", "helper"), ("test_calls.<locals>.outer", "kernel kernel"),
    ]  # fmt: skip
    assert all("test_graphs.py:" in label for name, label in dot.nodes.items() if name.startswith("F"))


def test_odd_texts_are_quoted() -> None:
    def speaking(x):
        assert x > 0, 'say "no"; \\ } ->\n\x00 <b>'
        return x

    dot = graph_of(speaking, name='odd "name" \\')
    assert dot.name == 'odd "name" \\'
    assert 'say "no"; \\\\ } ->' in dot.nodes["B0"]


def test_the_loop_that_is_meant() -> None:
    both = cobra.ufunc(straight, types=["f->f", "d->d"])
    assert "float64" in cobra.inspect.graph(both).dot
    assert "float32" in cobra.inspect.graph(both, "f").dot
    with pytest.raises(InvalidCall, match="has no loop 'i'"):
        cobra.inspect.graph(both, "i")


# -- display


def put_dot(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a program ``dot`` that stands for graphviz's."""
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys\ntext = sys.stdin.read()\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dot(tmp_path, "print('<?xml?><!DOCTYPE svg><svg>' + str(text.count('->')) + sys.argv[1] + '</svg>')", monkeypatch)
    graph = cobra.inspect.graph(cobra.ufunc(branch, types="d->d"))
    assert graph.svg == f"<svg>{graph.dot.count('->')}-Tsvg</svg>\n"
    assert graph._repr_svg_() == graph._repr_html_() == graph.svg
    assert graph._repr_mimebundle_() == {"text/plain": graph.dot, "image/svg+xml": graph.svg}


def test_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    graph = cobra.inspect.graph(cobra.ufunc(branch, types="d->d"))
    with pytest.raises(CobraError, match=r"'dot' is not on the PATH(.|\n)*Install graphviz"):
        _ = graph.svg
    assert graph._repr_svg_() is None
    assert html.unescape(graph._repr_html_()) == f"<pre>{graph.dot}</pre>"
    assert graph._repr_mimebundle_() == {"text/plain": graph.dot, "text/html": graph._repr_html_()}
    assert str(graph) == graph.dot


def test_a_graphviz_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dot(tmp_path, "sys.exit('no fonts')", monkeypatch)
    with pytest.raises(CobraError, match="graphviz failed to draw the graph: no fonts"):
        _ = cobra.inspect.graph(cobra.ufunc(branch, types="d->d")).svg
