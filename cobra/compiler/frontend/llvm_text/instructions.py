"""The syntax tree of a text: instructions in blocks, names and numbers as they are written.

All instructions are of one form, as in LLVM itself, so that a pass which renames or moves them need not know them one by
one. The small nodes are named tuples because these take a third of the time of a frozen dataclass to make. Every node holds
the number of its first token, from which `Body.location` finds its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

from cobra.compiler.frontend.llvm_text.tokens import Tokens
from cobra.compiler.frontend.llvm_text.types import VOID, LlvmType
from cobra.errors import Location

ENTRY = "%entry"
"""The name of the first block where the text gives it none."""

INTEGER_BINARY = frozenset({"add", "sub", "mul", "udiv", "sdiv", "urem", "srem", "shl", "lshr", "ashr", "and", "or", "xor"})
FLOAT_BINARY = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem"})
BINARY = INTEGER_BINARY | FLOAT_BINARY
CONVERSIONS = frozenset({
    "trunc", "zext", "sext", "fptrunc", "fpext", "fptoui", "fptosi", "uitofp", "sitofp", "ptrtoint", "inttoptr", "bitcast",
    "addrspacecast",
})  # fmt: skip
INTEGER_PREDICATES = ("eq", "ne", "ugt", "uge", "ult", "ule", "sgt", "sge", "slt", "sle")
FLOAT_PREDICATES = (
    "false", "oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt", "uge", "ult", "ule", "une", "uno", "true",
)  # fmt: skip
TERMINATORS = frozenset({"br", "switch", "ret", "unreachable"})
KEYWORDS = frozenset({"true", "false", "null", "none", "undef", "poison", "zeroinitializer"})
"""Words that are constants."""
FAST_MATH = frozenset({"fast", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc"})
INTEGER_FLAGS = frozenset({"nuw", "nsw", "exact", "disjoint", "nneg", "samesign", "inbounds", "nusw"})


class Aggregate(NamedTuple):
    """A constant of several numbers; `form` is what it opens with: ``<``, ``[``, ``{``, ``<{``, ``splat`` or ``c``."""

    form: str
    elements: tuple[Operand, ...]
    text: str = ""


Written: TypeAlias = str | Aggregate
"""A value as written: the name of a local one (``%x``) or of a global one (``@f``), a number, or a word."""


class Operand(NamedTuple):
    """A value with the type the text gives it. ``at`` is the number of its token; a type is nearby."""

    type: LlvmType
    value: Written
    at: int

    @property
    def name(self) -> str | None:
        """Return the name of a local value, or None for anything else."""
        return self.value if isinstance(self.value, str) and self.value[:1] == "%" else None


operand_of: Callable[[tuple[LlvmType, Written, int]], Operand] = partial(tuple.__new__, Operand)
"""Make an operand of its type, its value and its place, in half the time that the class takes."""


class Instruction(NamedTuple):
    """One instruction.

    Parameters
    ----------
    opcode
        What it does.
    result
        The name it gives its result, with the percent sign; empty when it gives none.
    type
        The type of its result, as written.
    operands
        Values, in the order of the text: of a phi those that come in, of a branch its condition, of a switch its value and
        the cases.
    at
        Its first token.
    labels
        Blocks, named like values: where a phi's values come from, where a branch leads (for a switch, the default first).
    flags
        ``nsw``, ``fast`` and their kin: allowed to be ignored, and they are.
    detail
        The predicate of a comparison, the callee of a call.
    source
        The type an ``alloca`` makes, a ``getelementptr`` steps through, a call states of its callee.
    indices
        Constant positions in an aggregate.
    """

    opcode: str
    result: str
    type: LlvmType
    operands: tuple[Operand, ...]
    at: int
    labels: tuple[Operand, ...] = ()
    flags: tuple[str, ...] = ()
    detail: str = ""
    source: LlvmType | None = None
    indices: tuple[int, ...] = ()


class Block(NamedTuple):
    """A named stretch of instructions. The last block may go without a terminator: the text ends there."""

    label: str
    instructions: tuple[Instruction, ...]
    terminator: Instruction | None
    at: int


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed text. ``types`` are the named ones by name, ``declared`` the functions it declares with their types."""

    blocks: tuple[Block, ...]
    types: Mapping[str, LlvmType]
    declared: Mapping[str, LlvmType]
    tokens: Tokens

    def location(self, at: int) -> Location:
        """Return the place of one token."""
        return self.tokens.location(at)

    def line(self, at: int) -> Location:
        """Return the place of a token and of all that follows it on its line: that of an instruction by its first token."""
        return self.tokens.rest_of_line(at)


def jump(label: Operand, at: int) -> Instruction:
    """Return the instruction that goes to a block."""
    return Instruction("br", "", VOID, (), at, (label,))
