"""The grammar of instructions that make values: one rule each, from the token behind its name to an `Instruction`.

A rule gets the reader, the name of the result and the instruction's first token. What LLVM allows to be ignored is ignored
(flags, attributes, alignments) and what changes the meaning is not: ``volatile`` and atomic accesses are refused.
"""

from __future__ import annotations

from typing import NoReturn

from cobra.compiler.frontend.llvm_text.instructions import (
    BINARY,
    CONVERSIONS,
    FLOAT_PREDICATES,
    INTEGER_PREDICATES,
    Instruction,
    Operand,
    operand_of,
)  # fmt: skip
from cobra.compiler.frontend.llvm_text.reader import Reader, Rule
from cobra.compiler.frontend.llvm_text.types import (
    BOOL,
    VOID,
    LlvmType,
    NamedType,
    PointerType,
    SequenceType,
    StructType,
    VectorType,
    resolve,
)  # fmt: skip
from cobra.errors import UnsupportedSyntax

# -- arithmetic


def _binary(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    kind = reader.binary_type()
    operands = _pair(reader, kind)
    return Instruction(reader.opcode, result, kind, operands, start, (), flags)


def _pair(reader: Reader, kind: LlvmType) -> tuple[Operand, Operand]:
    """Return two values, the type of both given."""
    at = reader.at
    left = operand_of((kind, reader.value(kind), at))
    reader.expect(",")
    at = reader.at
    return left, operand_of((kind, reader.value(kind), at))


def _unary(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    operand = reader.operand()
    return Instruction(reader.opcode, result, operand.type, (operand,), start, (), flags)


def _conversion(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    operand = reader.operand()
    if not reader.accept("to"):
        reader.missing("'to'", f"A conversion is written {reader.opcode} <type> %value to <type>.")
    return Instruction(reader.opcode, result, reader.type(), (operand,), start, (), flags)


def _comparison(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    predicates = INTEGER_PREDICATES if reader.opcode == "icmp" else FLOAT_PREDICATES
    predicate = reader.texts[reader.at]
    if predicate not in predicates:
        reader.missing("a comparison", f"{reader.opcode} knows {', '.join(predicates)}.")
    reader.at += 1
    kind = reader.binary_type()
    operands = _pair(reader, kind)
    shape = resolve(kind, reader.named)
    made = VectorType(shape.count, BOOL, shape.scalable) if isinstance(shape, VectorType) else BOOL
    return Instruction(reader.opcode, result, made, operands, start, (), flags, predicate)


def _select(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    operands = _operands(reader, 3)
    return Instruction("select", result, operands[1].type, operands, start, (), flags)


def _operands(reader: Reader, count: int) -> tuple[Operand, ...]:
    operands = [reader.operand()]
    for _ in range(count - 1):
        reader.expect(",")
        operands.append(reader.operand())
    return tuple(operands)


# -- parts of vectors and aggregates


def _extract_element(reader: Reader, result: str, start: int) -> Instruction:
    vector, position = _operands(reader, 2)
    return Instruction("extractelement", result, _vector(reader, vector).element, (vector, position), start)


def _insert_element(reader: Reader, result: str, start: int) -> Instruction:
    operands = _operands(reader, 3)
    return Instruction("insertelement", result, _vector(reader, operands[0]), operands, start)


def _shuffle(reader: Reader, result: str, start: int) -> Instruction:
    operands = _operands(reader, 3)
    mask, given = _vector(reader, operands[2]), _vector(reader, operands[0])
    return Instruction("shufflevector", result, VectorType(mask.count, given.element, mask.scalable), operands, start)


def _vector(reader: Reader, operand: Operand) -> VectorType:
    kind = resolve(operand.type, reader.named)
    if not isinstance(kind, VectorType):
        reader.fail(f"{reader.opcode} takes a vector, not {operand.type}", at=operand.at)
    return kind


def _extract_value(reader: Reader, result: str, start: int) -> Instruction:
    whole = reader.operand()
    indices = _indices(reader)
    return Instruction("extractvalue", result, _field_type(reader, whole, indices), (whole,), start, indices=indices)


def _insert_value(reader: Reader, result: str, start: int) -> Instruction:
    whole = reader.operand()
    reader.expect(",")
    if reader.texts[reader.at + 1] == ",":
        _teach_insert_value(reader, whole)
    part = reader.operand()
    return Instruction("insertvalue", result, whole.type, (whole, part), start, indices=_indices(reader))


def _teach_insert_value(reader: Reader, whole: Operand) -> NoReturn:
    text, index = reader.texts[reader.at], reader.texts[reader.at + 2]
    fields = whole.type.fields if isinstance(whole.type, StructType) else ()
    part = fields[int(index)] if index.isdecimal() and int(index[:4]) < len(fields) else "<type>"
    reader.missing_type(
        f"insertvalue sets one part, and writes its type: insertvalue {whole.type} {whole.value}, {part} {text}, {index}. "
        "Add two structures part by part: extractvalue both, add the parts, insertvalue each sum."
    )


def _indices(reader: Reader) -> tuple[int, ...]:
    indices = []
    while reader.texts[reader.at] == "," and reader.texts[reader.at + 1][:1] != "!":
        reader.at += 1
        indices.append(reader.count("a position"))
    if not indices:
        reader.missing("',' and a position", f"{reader.opcode} ends with the number of a part: …, 0.")
    return tuple(indices)


def _field_type(reader: Reader, whole: Operand, indices: tuple[int, ...]) -> LlvmType:
    kind = whole.type
    for index in indices:
        kind = resolve(kind, reader.named)
        if isinstance(kind, NamedType):
            # Python may define it, or a later line: whoever knows these finds the part.
            return kind
        if isinstance(kind, SequenceType) and index < kind.count:
            kind = kind.element
        elif isinstance(kind, StructType) and index < len(kind.fields):
            kind = kind.fields[index]
        else:
            reader.fail(f"{kind} has no part {index}", at=whole.at)
    return kind


# -- memory


def _alignment(reader: Reader) -> None:
    while reader.texts[reader.at] == "," and reader.texts[reader.at + 1] in ("align", "addrspace"):
        reader.at += 2
        if reader.texts[reader.at] == "(":
            reader.skip_balanced()
        else:
            reader.count("an alignment")


def _plain_access(reader: Reader) -> None:
    if reader.texts[reader.at] in ("volatile", "atomic"):
        hint = "Leave the word out: a kernel has its memory for itself."
        reader.fail(f"{reader.texts[reader.at]} accesses are not understood", hint, kind=UnsupportedSyntax)


def _alloca(reader: Reader, result: str, start: int) -> Instruction:
    reader.accept("inalloca")
    kind = reader.type()
    count: tuple[Operand, ...] = ()
    following = reader.texts[reader.at + 1]
    if reader.texts[reader.at] == "," and following not in ("align", "addrspace") and following[:1] != "!":
        reader.at += 1
        count = (reader.operand(),)
    _alignment(reader)
    return Instruction("alloca", result, PointerType(), count, start, source=kind)


def _load(reader: Reader, result: str, start: int) -> Instruction:
    _plain_access(reader)
    kind = reader.type()
    if not reader.accept(","):
        reader.missing("','", "A load names the type of the value first: load float, ptr %p.")
    pointer = reader.operand()
    _alignment(reader)
    return Instruction("load", result, kind, (pointer,), start)


def _store(reader: Reader, result: str, start: int) -> Instruction:
    del result
    _plain_access(reader)
    value = reader.operand()
    reader.expect(",")
    text = reader.texts[reader.at]
    if text[:1] == "%" and reader.texts[reader.at + 1][:1] not in ("%", "*"):
        reader.missing_type(f"A store writes the type of both: store {value.type} {value.value}, ptr {text}.")
    pointer = reader.operand()
    _alignment(reader)
    return Instruction("store", "", VOID, (value, pointer), start)


def _element_pointer(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    source = reader.type()
    if reader.texts[reader.at] != ",":
        hint = f"getelementptr names the type of an element first: getelementptr float, ptr %p, i64 %i, not {source} %p."
        reader.missing("','", hint)
    operands: list[Operand] = []
    while reader.texts[reader.at] == "," and not reader.metadata_follows():
        reader.at += 1
        operands.append(reader.operand())
    return Instruction("getelementptr", result, PointerType(), tuple(operands), start, flags=flags, source=source)


VALUE_RULES: dict[str, Rule] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CONVERSIONS, _conversion),
    **dict.fromkeys(("fneg", "freeze"), _unary),
    **dict.fromkeys(("icmp", "fcmp"), _comparison),
    "select": _select, "extractelement": _extract_element, "insertelement": _insert_element, "shufflevector": _shuffle,
    "extractvalue": _extract_value, "insertvalue": _insert_value, "alloca": _alloca, "load": _load, "store": _store,
    "getelementptr": _element_pointer,
}  # fmt: skip
