"""Which functions and kernels a kernel calls, and those in turn.

Goes in: a frozen function. Comes out: a graph of all the functions that its names stand for, each once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cobra.compiler.frontend.entities import BuiltinEntity, Entity, FunctionEntity, KernelEntity
from cobra.compiler.spec import FunctionSpec


@dataclass(frozen=True)
class Called:
    """A function or kernel of the user's."""

    key: str
    title: str
    place: str
    function: FunctionSpec = field(compare=False, repr=False)


@dataclass
class CallGraph:
    """Functions and kernels, the one asked about first, and who refers to whom."""

    nodes: list[Called] = field(default_factory=list)
    edges: list[tuple[Called, Called]] = field(default_factory=list)


def call_graph(function: FunctionSpec) -> CallGraph:
    """Return a function with all the functions and kernels that it refers to, directly or through others."""
    graph = CallGraph()
    known: dict[tuple[str, str], Called] = {}

    def visit(kind: str, spec: FunctionSpec) -> Called:
        identity = kind, spec.digest
        if identity not in known:
            source = spec.source
            known[identity] = Called(f"F{len(known)}", f"{kind}{spec.qualname}", f"{source.filename}:{source.first_line}", spec)
            graph.nodes.append(known[identity])
            for inner in dict.fromkeys(spec.environment.values()):
                called = _called(inner)
                if called is not None:
                    graph.edges.append((known[identity], visit(*called)))
        return known[identity]

    visit("", function)
    return graph


def _called(entity: Entity) -> tuple[str, FunctionSpec] | None:
    if isinstance(entity, FunctionEntity):
        return "", entity.spec
    return ("kernel ", entity.spec.function) if isinstance(entity, KernelEntity) else None


def library_calls(function: FunctionSpec) -> list[str]:
    """Return the functions of Python, NumPy, SciPy and Cobra that a function refers to, by their public names."""
    return sorted({entity.name for entity in function.environment.values() if isinstance(entity, BuiltinEntity)})
