"""A kernel as a graph: its control flow, block by block, and the functions and kernels that it calls."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cobra.inspect.choice import choose

if TYPE_CHECKING:
    from cobra.compiler.ir.operations import Function
    from cobra.compiler.spec import FunctionSpec


@dataclass(frozen=True)
class Graph:
    """A graph as DOT text, which shows itself as a picture in notebooks where graphviz is installed.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> print(cobra.inspect.graph(double).dot.splitlines()[0])
    digraph "kernel" {
    """

    dot: str

    @cached_property
    def svg(self) -> str:
        """Return the picture as SVG text; raise `CobraError` when graphviz is not installed."""
        from cobra.inspect.dot import draw

        return draw(self.dot)

    def __str__(self) -> str:
        return self.dot

    def _repr_svg_(self) -> str | None:
        from cobra.inspect.dot import can_draw

        return self.svg if can_draw() else None

    def _repr_html_(self) -> str:
        return self._repr_svg_() or f"<pre>{html.escape(self.dot)}</pre>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        picture = self._repr_svg_()
        shown = {"image/svg+xml": picture} if picture else {"text/html": self._repr_html_()}
        return {"text/plain": self.dot, **shown}


def graph(kernel: object, types: str | None = None, *, lowered: bool = False) -> Graph:
    """Return the control flow of one loop of a kernel, and what the kernel calls, as a graph.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    types
        The loop, in NumPy's codes; the double-precision one when left out.
    lowered
        Show the control flow after all passes instead of as the kernel was written.

    Returns
    -------
    Graph
        DOT text as ``.dot``, a picture as ``.svg`` where graphviz is installed. One node stands for each stretch of statements
        without a branch or a loop, and one for each function and kernel.

    Raises
    ------
    InvalidCall
        When the object is no kernel or has no such loop.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc(types="d->d")
    ... def positive(x):
    ...     return x**0.5 if x > 0 else 0.0
    >>> '"B0" -> "B1" [label="true"];' in cobra.inspect.graph(positive).dot
    True
    """
    from cobra.compiler.pipeline import run_passes
    from cobra.inspect import dot

    chosen = choose(kernel, types)
    function = chosen.translation().function
    if lowered:
        function = run_passes(function, math=chosen.spec.math, fast_math=chosen.spec.fast_math)
    flow = _flow_statements(function)
    calls = _call_statements(chosen.spec.function)
    name = chosen.spec.name
    statements = dot.group("flow", f"{name} {chosen.loop}", flow) + dot.group("calls", "calls", calls)
    return Graph(dot.graph(name, statements))


def _flow_statements(function: Function) -> Iterator[str]:
    from cobra.compiler.ir.printing import Printer
    from cobra.inspect.dot import edge, node
    from cobra.inspect.flow import Flow

    flow = Flow(function)
    for block in flow.blocks:
        entry = [Printer().function_head(function)] if block is flow.blocks[0] else []
        yield node(block.name, [f"{block.name}:", *entry, *block.lines])
    for way in flow.edges:
        yield edge(way.start.name, way.end.name, way.label)


def _call_statements(function: FunctionSpec) -> Iterator[str]:
    from cobra.inspect.calls import call_graph
    from cobra.inspect.dot import edge, node

    calls = call_graph(function)
    for called in calls.nodes:
        yield node(called.key, [called.title, called.place], style="rounded")
    for start, end in calls.edges:
        yield edge(start.key, end.key)
