"""Calls of intrinsics on vectors, of those that make a number of a vector, and of those that say whether they overflow."""

from __future__ import annotations

import re
from typing import NoReturn

from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS
from cobra.compiler.frontend.llvm_text.split_text import Parts, integer
from cobra.compiler.frontend.llvm_text.types import BOOL, IntegerType, LlvmType, StructType, VectorType, with_article
from cobra.compiler.frontend.llvm_text.wholes import Whole
from cobra.errors import InvalidCall, TypeMismatch, UnsupportedSyntax

_VECTOR_SUFFIX = re.compile(r"v(\d{1,6})([fip]\d+)", re.ASCII)
_REDUCE = "@llvm.vector.reduce."
_REDUCTIONS = frozenset("add mul and or xor smax smin umax umin fadd fmul fmax fmin fmaximum fminimum".split())
_STEPS = {"fmax": "maxnum", "fmin": "minnum", "fmaximum": "maximum", "fminimum": "minimum"}
_OVERFLOW = re.compile(r"@llvm\.([su])(add|sub|mul)\.with\.overflow\.(\w+)", re.ASCII)


def split_call(text: Parts, instruction: Instruction) -> Whole | None:
    """Append a call with vectors or structures among its operands or as its result."""
    name = instruction.detail
    if name.startswith(_REDUCE):
        _reduce(text, instruction, name.removeprefix(_REDUCE).split(".")[0])
        return None
    if _OVERFLOW.fullmatch(name):
        return _with_overflow(text, instruction)
    return _elementwise(text, instruction)


def _elementwise(text: Parts, instruction: Instruction) -> Whole:
    name, result = instruction.detail, text.settled(instruction.type, instruction.at)
    if not isinstance(result, VectorType) or not name.startswith("@llvm."):
        hint = "Call it for each number, taken out with extractelement or extractvalue."
        kind = UnsupportedSyntax if name.startswith("@llvm.") else InvalidCall
        text.refuse(kind, f"{name} is not known for vectors and structures", instruction, hint)
    rows = [_row(text, instruction, operand, result.count) for operand in instruction.operands]
    single = _of_single_numbers(text, instruction, result.count)
    if not rows:
        text.refuse(InvalidCall, f"{name} takes at least one number", instruction)
    return text.each(instruction, result, result.element, rows, single)


def _row(text: Parts, instruction: Instruction, operand: Operand, count: int) -> tuple[Operand, ...]:
    """Return an operand for each element; a single number is the same for all."""
    kind = text.settled(operand.type, operand.at)
    if not isinstance(kind, COMPOUNDS):
        text.check_single(operand)
        return (operand,) * count
    if not isinstance(kind, VectorType) or kind.count != count:
        text.fail(TypeMismatch, f"{instruction.detail} takes vectors of {count}, not {with_article(kind)}", operand.at)
    return text.whole(operand).row


def _of_single_numbers(text: Parts, instruction: Instruction, count: int) -> str:
    """Return the name of the intrinsic that does for a number what one does for a vector."""
    words = instruction.detail.split(".")
    for position, word in enumerate(words):
        found = _VECTOR_SUFFIX.fullmatch(word)
        if found is None:
            continue
        if int(found[1]) != count:
            text.refuse(InvalidCall, f"{instruction.detail} is for vectors of {found[1]}, not of {count}", instruction)
        words[position] = found[2]
    return ".".join(words)


# -- one number of many


def _reduce(text: Parts, instruction: Instruction, what: str) -> None:
    if what not in _REDUCTIONS:
        text.refuse(InvalidCall, f"{instruction.detail} is not known", instruction, f"Known are {', '.join(sorted(_REDUCTIONS))}.")
    operands, starts = instruction.operands, what in ("fadd", "fmul")
    kinds = [text.settled(operand.type, operand.at) for operand in operands]
    kind = kinds[-1] if kinds else None
    if not isinstance(kind, VectorType) or kinds[:-1] != [kind.element] * starts:
        _refuse_reduction(text, instruction, starts)
    if text.settled(instruction.type, instruction.at) != kind.element:
        text.refuse(TypeMismatch, f"{instruction.detail} makes {with_article(kind.element)} of {kind}", instruction)
    _of_single_numbers(text, instruction, kind.count)
    row = text.whole(operands[-1]).row
    if starts:
        text.check_single(operands[0])
        row = (operands[0], *row)
    total = row[0]
    for leaf in row[1:]:
        total = _step(text, instruction, what, kind.element, (total, leaf))
    text.give(instruction.result, total, instruction.at)


def _refuse_reduction(text: Parts, instruction: Instruction, starts: bool) -> NoReturn:
    takes = "the number to begin with and a vector" if starts else "one vector"
    text.refuse(InvalidCall, f"{instruction.detail} takes {takes}", instruction)


def _step(text: Parts, instruction: Instruction, what: str, kind: LlvmType, pair: tuple[Operand, Operand]) -> Operand:
    at, name = instruction.at, f"{instruction.result}.part"
    if what in _STEPS or what in ("smax", "smin", "umax", "umin"):
        # Its name is the intrinsic's on two numbers.
        suffix = instruction.detail.split(".")[-1].partition("f" if what in _STEPS else "i")
        callee = f"@llvm.{_STEPS.get(what, what)}.{suffix[1]}{suffix[2]}"
        return text.write("call", name, kind, pair, at, detail=callee, source=kind)
    return text.write(what, name, kind, pair, at, flags=instruction.flags)


# -- whether it overflows


def _with_overflow(text: Parts, instruction: Instruction) -> Whole:
    found = _OVERFLOW.fullmatch(instruction.detail)
    kind = text.settled(instruction.type, instruction.at)
    assert found is not None
    operands = instruction.operands
    element = kind.fields[0] if isinstance(kind, StructType) and kind.fields else None
    fits = isinstance(element, IntegerType) and str(element) == found[3] and element.bits > 1 and len(operands) == 2
    if not isinstance(kind, StructType) or kind.fields != (element, BOOL) or not fits or not isinstance(element, IntegerType):
        hint = f"Write call {{ {found[3]}, i1 }} {instruction.detail}({found[3]} %a, {found[3]} %b)."
        text.refuse(InvalidCall, f"{instruction.detail} takes two {found[3]} and makes a structure of one and an i1", instruction, hint)
    for operand in operands:
        if operand.type != element:
            text.fail(TypeMismatch, f"{instruction.detail} takes two {element}, not {with_article(operand.type)}", operand.at)
        text.check_single(operand)
    made = text.write(found[2], f"{instruction.result}[0]", element, operands, instruction.at)
    lost = _Overflow(text, instruction, element, made).ask(found[1], found[2])
    return Whole(kind, (made, lost))


class _Overflow:
    """The question whether the exact result of an operation differs from the one that was made."""

    def __init__(self, text: Parts, instruction: Instruction, kind: IntegerType, made: Operand) -> None:
        self.text, self.kind, self.at, self.made = text, kind, instruction.at, made
        self.first, self.second = instruction.operands

    def ask(self, sign: str, what: str) -> Operand:
        if what == "mul":
            return self.product(sign)
        if sign == "u":
            pair = (self.made, self.first) if what == "add" else (self.first, self.second)
            return self.compare("ult", *pair)
        # The sign of the result is wrong: it differs from the first operand's, and from what the second one's asks for.
        other = self.second if what == "add" else self.write("xor", self.second, integer(-1, self.kind.bits, self.at))
        differs = self.write("and", self.write("xor", self.first, self.made), self.write("xor", other, self.made))
        return self.compare("slt", differs, integer(0, self.kind.bits, self.at))

    def product(self, sign: str) -> Operand:
        divide = "sdiv" if sign == "s" else "udiv"
        zero, one = integer(0, self.kind.bits, self.at), integer(1, self.kind.bits, self.at)
        nothing = self.compare("eq", self.second, zero)
        divisor = self.text.choose(nothing, one, self.second, self.at)
        lost = self.compare("ne", self.write(divide, self.made, divisor), self.first)
        if sign == "s":
            # The least number times -1 is itself, and so is its quotient.
            minus = self.compare("eq", self.second, integer(-1, self.kind.bits, self.at))
            least = self.compare("eq", self.first, integer(-(1 << (self.kind.bits - 1)), self.kind.bits, self.at))
            lost = self.logic("or", lost, self.logic("and", minus, least))
        return self.text.choose(nothing, Operand(BOOL, "false", self.at), lost, self.at)

    def write(self, opcode: str, first: Operand, second: Operand) -> Operand:
        return self.text.write(opcode, "%lost", self.kind, (first, second), self.at)

    def logic(self, opcode: str, first: Operand, second: Operand) -> Operand:
        return self.text.write(opcode, "%lost", BOOL, (first, second), self.at)

    def compare(self, predicate: str, first: Operand, second: Operand) -> Operand:
        return self.text.write("icmp", "%lost", BOOL, (first, second), self.at, detail=predicate)
