"""Write the instructions on single numbers that take the place of one on several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import CompoundKind
from cobra.compiler.frontend.llvm_text.types import BOOL, VOID, IntegerType, LlvmType
from cobra.compiler.frontend.llvm_text.wholes import Whole, Wholes
from cobra.errors import UnsupportedSyntax

_MOST_CHOICES = 256
"""A part chosen while the kernel runs is chosen by as many comparisons as there are parts."""


class Parts(Wholes):
    """A writer of instructions; names are as in `Wholes`."""

    made: list[Instruction]

    def write(
        self,
        opcode: str,
        name: str,
        kind: LlvmType,
        operands: Iterable[Operand],
        at: int,
        *,
        flags: tuple[str, ...] = (),
        detail: str = "",
        source: LlvmType | None = None,
    ) -> Operand:
        """Append an instruction under a new name made of a known one, and return its result."""
        result = "" if kind is VOID else self.fresh(name)
        self.made.append(Instruction(opcode, result, kind, tuple(operands), at, (), flags, detail, source))
        return Operand(kind, result, at)

    def give(self, name: str, value: Operand, at: int) -> None:
        """Append what makes a name stand for a single number that is known already."""
        self.single[name] = value.type
        self.made.append(Instruction("freeze", name, value.type, (value,), at))

    def each(
        self, like: Instruction, kind: CompoundKind, leaf: LlvmType, rows: Sequence[Sequence[Operand]], detail: str | None = None
    ) -> Whole:
        """Append an instruction for each number of a row, with the flags and the detail of the one on all."""
        text = like.detail if detail is None else detail
        made = [
            self.write(like.opcode, f"{like.result}[{k}]", leaf, operands, like.at, flags=like.flags, detail=text)
            for k, operands in enumerate(zip(*rows, strict=True))
        ]
        return Whole(kind, tuple(made))

    def is_position(self, position: Operand, number: int, at: int) -> Operand:
        """Append the question whether a position is a certain one."""
        operands = (position, Operand(position.type, str(number), at))
        return self.write("icmp", f"%is[{number}]", BOOL, operands, at, detail="eq")

    def choose(self, condition: Operand, yes: Operand, no: Operand, at: int) -> Operand:
        """Append a choice."""
        return self.write("select", "%chosen", yes.type, (condition, yes, no), at)

    def limit_choices(self, count: int, instruction: Instruction) -> None:
        """Raise where a part is chosen of too many."""
        if count > _MOST_CHOICES:
            hint = "Use a constant position, or an array of Python's."
            self.refuse(UnsupportedSyntax, f"a choice between {count} numbers is not understood", instruction, hint)


def integer(value: int, bits: int, at: int) -> Operand:
    """Return a constant."""
    return Operand(IntegerType(bits), str(value), at)


def known_integer(operand: Operand) -> int | None:
    """Return the number of an operand that is a plain one."""
    text = operand.value
    if not isinstance(text, str):
        return None
    if text in ("zeroinitializer", "false"):
        return 0
    return int(text) if text.removeprefix("-").isdecimal() and len(text) <= 20 else None
