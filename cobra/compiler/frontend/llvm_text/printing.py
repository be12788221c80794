"""Write a syntax tree as text again, in LLVM's own layout: one instruction a line.

Flags, labels and types come out as they went in; comments, metadata, alignments and attributes do not. Reading the text
gives the same tree but for the places.
"""

from __future__ import annotations

from cobra.compiler.frontend.llvm_text.instructions import BINARY, CONVERSIONS, Aggregate, Body, Instruction, Operand, Written
from cobra.compiler.frontend.llvm_text.tokens import written
from cobra.compiler.frontend.llvm_text.types import VOID, FunctionType, LlvmType

_CLOSING = {"<": ">", "[": "]", "{": "}", "<{": "}>", "splat": ")"}


def print_body(body: Body) -> str:
    """Return the text of a whole body."""
    lines = [f"{written(name)} = type {kind}" for name, kind in body.types.items()]
    lines += [_declaration(name, kind) for name, kind in body.declared.items()]
    for block in body.blocks:
        lines.append(f"{written(block.label)[1:]}:")
        lines += [f"  {print_instruction(instruction)}" for instruction in block.instructions]
        if block.terminator is not None:
            lines.append(f"  {print_instruction(block.terminator)}")
    return "\n".join(lines) + "\n"


def print_instruction(instruction: Instruction) -> str:
    """Return the line of one instruction."""
    result = f"{written(instruction.result)} = " if instruction.result else ""
    head = " ".join([instruction.opcode, *instruction.flags])
    return f"{result}{head}{_rest(instruction)}"


def _declaration(name: str, kind: LlvmType) -> str:
    assert isinstance(kind, FunctionType)
    parameters = ", ".join([*map(str, kind.parameters), *["..."] * kind.variadic])
    return f"declare {kind.result} {written(name)}({parameters})"


def _rest(instruction: Instruction) -> str:
    operands, opcode = instruction.operands, instruction.opcode
    if opcode in BINARY or opcode in ("icmp", "fcmp"):
        predicate = f" {instruction.detail}" if instruction.detail else ""
        return f"{predicate} {_operand(operands[0])}, {_value(operands[1].value)}"
    if opcode in CONVERSIONS:
        return f" {_operand(operands[0])} to {instruction.type}"
    if opcode == "phi":
        pairs = zip(operands, instruction.labels, strict=True)
        return f" {instruction.type} " + ", ".join(f"[ {_value(o.value)}, {_value(label.value)} ]" for o, label in pairs)
    if opcode == "switch":
        return _switch(instruction)
    if opcode == "call":
        kind = instruction.source or instruction.type
        return f" {kind} {written(instruction.detail)}({', '.join(map(_operand, operands))})"
    return _listed(instruction)


def _switch(instruction: Instruction) -> str:
    value, *cases = instruction.operands
    default, *labels = instruction.labels
    pairs = " ".join(f"{_operand(case)}, {_operand(label)}" for case, label in zip(cases, labels, strict=True))
    return f" {_operand(value)}, {_operand(default)} [ {pairs} ]"


def _listed(instruction: Instruction) -> str:
    """Return operands, labels and positions in a row, which is how all other instructions are written."""
    parts = [_operand(operand) for operand in (*instruction.operands, *instruction.labels)]
    parts += [str(index) for index in instruction.indices]
    if instruction.opcode == "load":
        parts.insert(0, str(instruction.type))
    elif instruction.source is not None:
        parts.insert(0, str(instruction.source))
    if instruction.opcode == "ret" and not parts:
        parts = [str(VOID)]
    return f" {', '.join(parts)}" if parts else ""


def _operand(operand: Operand) -> str:
    return f"{operand.type} {_value(operand.value)}"


def _value(value: Written) -> str:
    if isinstance(value, Aggregate):
        return _aggregate(value)
    return written(value) if value[:1] in ("%", "@") else value


def _aggregate(value: Aggregate) -> str:
    if value.form == "c":
        return f"c{value.text}"
    opening = "splat (" if value.form == "splat" else value.form
    return f"{opening}{', '.join(map(_operand, value.elements))}{_CLOSING[value.form]}"
