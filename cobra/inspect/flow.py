"""The control flow of a function: blocks of statements, and the ways between them.

Goes in: a function of the representation. Comes out: one block for each stretch of statements without a branch or a loop, with
the edges ``true``, ``false``, ``loop back`` or nothing; values that meet are shown as LLVM shows them, by ``phi``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cobra.compiler.ir.operations import For, Function, If, Operation, Region, While
from cobra.compiler.ir.printing import Printer, type_text
from cobra.compiler.ir.values import Value, Variable


class Edge(NamedTuple):
    """One way from a block to another."""

    start: Block
    end: Block
    label: str = ""


@dataclass(eq=False)
class Block:
    """Statements that run one after another."""

    name: str
    lines: list[str] = field(default_factory=list)


class Flow:
    """The blocks and edges of a function, in program order; the first block is where it begins.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc(types="d->d")
    ... def root(x):
    ...     return x**0.5 if x > 0 else 0.0
    >>> flow = Flow(cobra.inspect.parse(cobra.inspect.ir(root)))
    >>> [(edge.start.name, edge.label, edge.end.name) for edge in flow.edges]
    [('B0', 'true', 'B1'), ('B0', 'false', 'B2'), ('B1', '', 'B3'), ('B2', '', 'B3')]
    """

    def __init__(self, function: Function) -> None:
        self.blocks: list[Block] = []
        self.edges: list[Edge] = []
        self._printer = Printer()
        self._printer.function(function)  # which numbers the values as `ir` shows them
        last = self._region(function.body, self._block())
        if function.body.results:
            last.lines.append(f"return {self._printer.values(function.body.results)}")

    def _block(self) -> Block:
        self.blocks.append(Block(f"B{len(self.blocks)}"))
        return self.blocks[-1]

    def _join(self, start: Block, end: Block, label: str = "") -> None:
        self.edges.append(Edge(start, end, label))

    def _region(self, region: Region, block: Block) -> Block:
        """Put the statements of a region behind a block, and return the block that they end in."""
        for statement in region.statements:
            match statement:
                case Operation():
                    block.lines.append(self._printer.head(statement))
                case If():
                    block = self._branch(statement, block)
                case For():
                    block = self._counted(statement, block)
                case While():
                    block = self._repeated(statement, block)
        return block

    def _branch(self, branch: If, block: Block) -> Block:
        block.lines.append(f"if {self._printer.value(branch.condition)}")
        ends: list[tuple[Block, str]] = []
        for label, region in (("true", branch.then), ("false", branch.orelse)):
            if not region.statements and not region.results:
                ends.append((block, label))
                continue
            inner = self._block()
            self._join(block, inner, label)
            ends.append((self._region(region, inner), ""))
        after = self._block()
        for end, label in ends:
            self._join(end, after, label)
        sides = (branch.then.results, branch.orelse.results)
        after.lines += self._meeting(branch.results, [(end, results) for (end, _), results in zip(ends, sides, strict=True)])
        return after

    def _counted(self, loop: For, block: Block) -> Block:
        head, body = self._block(), self._block()
        self._join(block, head)
        self._join(head, body, "true")
        end = self._region(loop.body, body)
        self._join(end, head, "loop back")
        head.lines += self._meeting(loop.carried, [(block, loop.initial), (end, loop.body.results)])
        head.lines.append(f"for {self._printer.name(loop.index)} below {self._printer.value(loop.count)}")
        return self._after(loop, head)

    def _repeated(self, loop: While, block: Block) -> Block:
        head = self._block()
        self._join(block, head)
        decision = self._region(loop.test, head)
        decision.lines.append(f"test {self._printer.values(loop.test.results)}")
        body = self._block()
        self._join(decision, body, "true")
        end = self._region(loop.body, body)
        self._join(end, head, "loop back")
        head.lines[:0] = self._meeting(loop.carried, [(block, loop.initial), (end, loop.body.results)])
        return self._after(loop, decision)

    def _after(self, loop: For | While, decision: Block) -> Block:
        after = self._block()
        self._join(decision, after, "false")
        pairs = zip(loop.results, loop.carried, strict=True)
        after.lines += [f"{self._typed(result)} = {self._printer.name(carried)}" for result, carried in pairs]
        return after

    def _meeting(self, results: Sequence[Variable], ways: Sequence[tuple[Block, Sequence[Value]]]) -> list[str]:
        """Return the lines of values that depend on the way by which a block is reached."""
        lines = []
        for position, result in enumerate(results):
            sides = ", ".join(f"[{self._printer.value(values[position])}, {block.name}]" for block, values in ways)
            lines.append(f"{self._typed(result)} = phi {sides}")
        return lines

    def _typed(self, variable: Variable) -> str:
        return f"{self._printer.name(variable)}: {type_text(variable.type)}"
