"""Look inside a kernel: its intermediate representation, its LLVM text, its assembly, its graph, and facts about it.

Every function takes a kernel and, when it has several loops, the types of the one meant: ``"ff->f"`` or just ``"ff"``.
"""

from cobra.inspect.facts import metadata
from cobra.inspect.graphs import Graph, graph
from cobra.inspect.views import asm, ir, llvm, parse

__all__ = ["Graph", "asm", "graph", "ir", "llvm", "metadata", "parse"]
