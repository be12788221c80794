"""DOT text, graphviz's language, and the drawing that graphviz makes of it.

Goes in: nodes with lines of text, edges with labels, in groups. Comes out: a text that any DOT reader takes, or an SVG picture
where the program ``dot`` is installed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence

from cobra.errors import CobraError

_TIME_LIMIT = 60


def quoted(text: str) -> str:
    r"""Return a text as a DOT string.

    Examples
    --------
    >>> print(quoted('say "no"'))
    "say \"no\""
    """
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return "".join(sign if sign.isprintable() else "?" for sign in safe)


def node(name: str, lines: Sequence[str], **attributes: str) -> str:
    """Return a node that shows lines of text, each flush left."""
    label = '"' + "".join(f"{_escaped(line)}\\l" for line in lines) + '"'
    return f"{quoted(name)} [{_listed({'label': label} | {key: quoted(value) for key, value in attributes.items()})}];"


def edge(start: str, end: str, label: str = "") -> str:
    """Return an edge between two nodes."""
    note = f" [label={quoted(label)}]" if label else ""
    return f"{quoted(start)} -> {quoted(end)}{note};"


def group(name: str, title: str, statements: Iterable[str]) -> list[str]:
    """Return the lines of nodes and edges that are drawn in one frame."""
    return [f"subgraph {quoted(f'cluster_{name}')} {{", f"  label={quoted(title)};", *(f"  {s}" for s in statements), "}"]


def graph(name: str, statements: Iterable[str]) -> str:
    """Return the text of a directed graph."""
    looks = 'node [shape="box", fontname="monospace", fontsize="10"];'
    return "\n".join([f"digraph {quoted(name)} {{", f"  {looks}", *(f"  {statement}" for statement in statements), "}", ""])


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in attributes.items())


def can_draw() -> bool:
    """Tell whether graphviz's program is there."""
    return shutil.which("dot") is not None


def draw(text: str) -> str:
    """Return the picture of a graph as SVG.

    Raises
    ------
    CobraError
        When graphviz is not installed, or fails.
    """
    program = shutil.which("dot")
    if program is None:
        raise CobraError("a graph is drawn by graphviz, whose program 'dot' is not on the PATH", hint="Install graphviz, or use .dot.")
    try:
        done = subprocess.run([program, "-Tsvg"], input=text, capture_output=True, encoding="utf-8", timeout=_TIME_LIMIT, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        raise CobraError(f"graphviz failed to draw the graph: {str(said).strip()}", hint="Its text is .dot.") from None
    return done.stdout[max(done.stdout.find("<svg"), 0) :]
