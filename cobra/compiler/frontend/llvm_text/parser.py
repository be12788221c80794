"""From a text of LLVM instructions to its syntax tree.

The text is what stands between the braces of a function: instructions in blocks, besides them definitions of named types,
declarations of functions and metadata, of which only the first two are kept. Line ends have no meaning, as in LLVM.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import NoReturn

from cobra.compiler.frontend.llvm_text.control_grammar import CONTROL_RULES, read_declaration
from cobra.compiler.frontend.llvm_text.grammar import VALUE_RULES
from cobra.compiler.frontend.llvm_text.instructions import ENTRY, TERMINATORS, Block, Body, Instruction
from cobra.compiler.frontend.llvm_text.reader import Reader
from cobra.compiler.frontend.llvm_text.tokens import END, Locate, Tokens, check_quotes, label_name
from cobra.compiler.frontend.llvm_text.types import VOID, LlvmType

_RULES = {**VALUE_RULES, **CONTROL_RULES}
_OF_A_MODULE = frozenset({"define", "target", "source_filename", "module", "comdat", "global", "constant", "uselistorder"})


def parse_body(text: str, locate: Locate) -> Body:
    """Return the syntax tree of a text; `locate` maps its lines to the user's file."""
    tokens = Tokens(text, locate)
    check_quotes(tokens)
    return _Parser(tokens).body()


@dataclass(slots=True)
class _OpenBlock:
    label: str
    at: int
    instructions: list[Instruction] = field(default_factory=list)
    terminator: Instruction | None = None

    def closed(self) -> Block:
        return Block(self.label, tuple(self.instructions), self.terminator, self.at)


class _Parser:
    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.reader = Reader(tokens)
        self.blocks: list[_OpenBlock] = [_OpenBlock(ENTRY, 0)]
        self.declared: dict[str, LlvmType] = {}

    def body(self) -> Body:
        reader, texts = self.reader, self.tokens.texts
        while texts[reader.at] != END:
            start = reader.at
            if texts[start + 1] == "=" and texts[start][:1] == "%":
                reader.at = start + 2
                self.assignment(start)
            elif texts[start + 1] == ":":
                self.label(start)
            else:
                self.statement(start)
        blocks = tuple(block.closed() for block in self.blocks)
        return Body(blocks, self.reader.named, self.declared, self.tokens)

    # -- instructions

    def assignment(self, start: int) -> None:
        """Read what stands behind ``%name =``."""
        reader = self.reader
        name = self.tokens.texts[start]
        if self.tokens.texts[reader.at] == "type":
            reader.at += 1
            self.named_type(name, start)
            return
        made = self.instruction(name, start)
        if made.type is VOID:
            reader.fail(f"{made.opcode} has no result to name", f"Write it without '{name} ='.", start)

    def statement(self, start: int) -> None:
        """Read what begins with a word."""
        text = self.tokens.texts[start]
        if text in _RULES:
            made = self.instruction("", start)
            if made.type is not VOID and made.opcode != "call":
                self.reader.fail(f"the result of {made.opcode} has no name", f"Write %name = {made.opcode} ….", start)
        elif text == "declare":
            self.reader.at += 1
            name, kind = read_declaration(self.reader)
            self.declared[name] = kind
        elif text == "attributes" or text[:1] in ("!", "#"):
            self.skip_note(start)
        else:
            self.unknown(start)

    def instruction(self, result: str, start: int) -> Instruction:
        """Read an instruction from its own name on and add it to the block."""
        reader, block = self.reader, self.blocks[-1]
        opcode = reader.texts[reader.at]
        rule = _RULES.get(opcode)
        if rule is None:
            self.unknown(reader.at)
        if block.terminator is not None:
            hint = f"A block ends with {block.terminator.opcode}; begin the next one with a name of its own, such as next:"
            reader.fail(f"a label is missing after {block.terminator.opcode}", hint, start)
        reader.opcode = opcode
        reader.at += 1
        made = rule(reader, result, start)
        if reader.texts[reader.at] == ",":
            self.skip_metadata()
        if opcode in TERMINATORS:
            block.terminator = made
        else:
            block.instructions.append(made)
        return made

    def skip_metadata(self) -> None:
        """Move past ``, !dbg !5`` and its kin."""
        reader = self.reader
        while reader.texts[reader.at] == "," and reader.metadata_follows():
            reader.at += 1
            if reader.texts[reader.at] != "!":
                reader.at += 1
            self.skip_node()
        if reader.texts[reader.at] == ",":
            reader.fail(f"{reader.opcode} has no further operand")

    def skip_node(self) -> None:
        reader = self.reader
        text = reader.texts[reader.at]
        if text == "!" and reader.texts[reader.at + 1] == "{":
            reader.at += 1
            reader.skip_balanced()
        elif text[:1] == "!":
            reader.at += 1
            if reader.texts[reader.at] == "(":
                reader.skip_balanced()
        else:
            reader.missing("metadata")

    # -- blocks

    def label(self, start: int) -> None:
        """Read ``name:``."""
        reader, text = self.reader, self.tokens.texts[start]
        name = label_name(text)
        if name is None:
            hint = f"Write {text[1:]}: at the block, and label {text} where it is named." if text[:1] == "%" else None
            reader.fail(f"{text} cannot name a block", hint, start)
        reader.at += 2
        last = self.blocks[-1]
        if len(self.blocks) == 1 and not last.instructions and last.terminator is None and last.label == ENTRY and last.at == 0:
            self.blocks[-1] = _OpenBlock(name, start)
            return
        if last.terminator is None:
            hint = f"LLVM never falls through: end the block with br label {name}."
            reader.fail(f"the block {last.label} has no terminator", hint, start)
        if any(block.label == name for block in self.blocks):
            reader.fail(f"there are two blocks called {name}", at=start)
        self.blocks.append(_OpenBlock(name, start))

    # -- what is no instruction

    def named_type(self, name: str, start: int) -> None:
        """Read ``%pair = type { float, float }``."""
        reader = self.reader
        if name in reader.named:
            reader.fail(f"the type {name} is defined twice", at=start)
        reader.named[name] = reader.type()

    def skip_note(self, start: int) -> None:
        """Move past a definition of metadata or of attributes, or past a debug record."""
        reader = self.reader
        if self.tokens.texts[start].startswith("#dbg_"):
            reader.at += 1
            reader.skip_balanced()
            return
        reader.at += 1 if self.tokens.texts[start] != "attributes" else 2
        reader.expect("=")
        reader.accept("distinct")
        if reader.texts[reader.at] == "{":
            reader.skip_balanced()
        else:
            self.skip_node()

    def unknown(self, at: int) -> NoReturn:
        """Raise for something that is no instruction."""
        text = self.tokens.texts[at]
        if text == "=" and at > 1:
            self.reader.at = at - 1
            self.reader.missing("an operand", f"{self.tokens.texts[at - 1]} is assigned in the next instruction.")
        if at and self.tokens.same_line(at - 1, at) and self.tokens.texts[at - 1] != "=":
            self.reader.fail(f"{text!r} is not understood behind this instruction", "Write one instruction a line.", at)
        self.reader.fail(f"{text!r} is no instruction", _advice(text), at)


def _advice(text: str) -> str | None:
    if text in _OF_A_MODULE:
        return "The text is the inside of a function only: Cobra makes its head from the Python function."
    if text[:1] in ("%", "@") or text[:1].isdigit():
        return "LLVM has no copy: use the value itself where you mean it."
    close = difflib.get_close_matches(text, _RULES, 1)
    return f"Did you mean {close[0]}?" if close else None
