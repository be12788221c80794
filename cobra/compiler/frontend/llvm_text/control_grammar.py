"""The grammar of instructions that lead somewhere: phis, branches, returns and calls. Rules are as in `grammar`."""

from __future__ import annotations

from cobra.compiler.frontend.llvm_text.instructions import Instruction, Operand
from cobra.compiler.frontend.llvm_text.reader import Reader, Rule
from cobra.compiler.frontend.llvm_text.tokens import END
from cobra.compiler.frontend.llvm_text.types import LABEL, METADATA, VOID, FunctionType, LlvmType
from cobra.errors import UnsupportedSyntax

_CONVENTIONS = frozenset({"ccc", "fastcc", "coldcc", "tailcc", "swiftcc", "preserve_mostcc", "preserve_allcc"})
_ATTRIBUTES = frozenset(
    """
    align allocalign alwaysinline captures cold convergent dead_on_return dead_on_unwind dereferenceable
    dereferenceable_or_null immarg inreg initializes memory mustprogress noalias nocallback nocapture nocreateundeforpoison
    noext nofpclass nofree noinline nonnull norecurse nosync noundef nounwind range readnone readonly returned signext
    speculatable strictfp willreturn writable writeonly zeroext
    """.split()
)
"""Attributes of functions, parameters and results; none of them changes what a call computes."""


def _label(reader: Reader) -> Operand:
    if not reader.accept("label"):
        reader.missing("'label'", "A branch is written br label %there, or br i1 %condition, label %yes, label %no.")
    return _label_name(reader)


def _label_name(reader: Reader) -> Operand:
    text = reader.texts[reader.at]
    if text[:1] != "%" or len(text) < 2:
        reader.missing("the name of a block", "Blocks are named with a percent sign here: %there.")
    reader.at += 1
    return Operand(LABEL, text, reader.at - 1)


def _phi(reader: Reader, result: str, start: int) -> Instruction:
    flags = reader.flags()
    kind = reader.type()
    operands, labels = [], []
    while True:
        if not reader.accept("["):
            reader.missing("'['", "A phi is written phi float [ %a, %then ], [ %b, %else ].")
        at = reader.at
        operands.append(Operand(kind, reader.value(kind), at))
        reader.expect(",")
        labels.append(_label_name(reader))
        reader.expect("]")
        if reader.texts[reader.at] != "," or reader.metadata_follows():
            break
        reader.at += 1
    return Instruction("phi", result, kind, tuple(operands), start, tuple(labels), flags)


def _branch(reader: Reader, result: str, start: int) -> Instruction:
    del result
    if reader.texts[reader.at] == "label":
        return Instruction("br", "", VOID, (), start, (_label(reader),))
    condition = reader.operand()
    reader.expect(",")
    first = _label(reader)
    reader.expect(",")
    return Instruction("br", "", VOID, (condition,), start, (first, _label(reader)))


def _switch(reader: Reader, result: str, start: int) -> Instruction:
    del result
    operands = [reader.operand()]
    reader.expect(",")
    labels = [_label(reader)]
    reader.expect("[")
    while not reader.accept("]"):
        operands.append(reader.operand())
        reader.expect(",")
        labels.append(_label(reader))
    return Instruction("switch", "", VOID, tuple(operands), start, tuple(labels))


def _return(reader: Reader, result: str, start: int) -> Instruction:
    del result
    if reader.accept("void"):
        return Instruction("ret", "", VOID, (), start)
    return Instruction("ret", "", VOID, (reader.operand(),), start)


def _unreachable(reader: Reader, result: str, start: int) -> Instruction:
    del reader, result
    return Instruction("unreachable", "", VOID, (), start)


# -- calls


def _attributes(reader: Reader) -> None:
    while (text := reader.texts[reader.at]) in _ATTRIBUTES or text[:1] == "#":
        reader.at += 1
        if reader.texts[reader.at] == "(":
            reader.skip_balanced()
        elif text == "align":
            reader.count("an alignment")


def _call(reader: Reader, result: str, start: int) -> Instruction:
    if reader.opcode != "call":
        if not reader.accept("call"):
            reader.missing("'call'")
    flags = reader.flags()
    while reader.texts[reader.at] in _CONVENTIONS:
        reader.at += 1
    _attributes(reader)
    if reader.texts[reader.at][:1] == "@":
        hint = f"A call names the type of its result: call float {reader.texts[reader.at]}(…)."
        reader.fail("the call has no result type", hint)
    kind = reader.type()
    callee, at = reader.texts[reader.at], reader.at
    if callee == "asm":
        reader.fail("inline assembly has no meaning on every device", kind=UnsupportedSyntax)
    if callee[:1] != "@" or len(callee) < 2:
        reader.missing("the name of a function", "Functions are called by name: call float @llvm.sqrt.f32(float %x).")
    reader.at += 1
    arguments = _arguments(reader, callee)
    _attributes(reader)
    if reader.texts[reader.at] == "[":
        reader.fail("operand bundles are not understood", kind=UnsupportedSyntax, at=at)
    returned = kind.result if isinstance(kind, FunctionType) else kind
    return Instruction("call", result, returned, arguments, start, (), flags, callee, kind)


def _arguments(reader: Reader, callee: str) -> tuple[Operand, ...]:
    if reader.texts[reader.at] != "(":
        reader.missing("'('")
    if callee.startswith("@llvm.dbg."):
        reader.skip_balanced()
        return ()
    reader.at += 1
    arguments: list[Operand] = []
    while not reader.accept(")"):
        if arguments:
            reader.expect(",")
        arguments.append(_argument(reader))
    return tuple(arguments)


def _argument(reader: Reader) -> Operand:
    text = reader.texts[reader.at]
    if text == END:
        reader.missing("')'")
    made = reader.plain_operand()
    if made is not None:
        return made
    at = reader.at
    kind = reader.operand_type()
    if kind == METADATA:
        reader.fail("metadata arguments are not understood", kind=UnsupportedSyntax, at=at)
    _attributes(reader)
    return Operand(kind, reader.value(kind), reader.at - 1)


def read_declaration(reader: Reader) -> tuple[str, LlvmType]:
    """Return the name and the type of the function that stands behind ``declare``."""
    reader.opcode = "declare"
    while reader.texts[reader.at] in _CONVENTIONS:
        reader.at += 1
    _attributes(reader)
    result = reader.type()
    name = reader.texts[reader.at]
    if name[:1] != "@" or len(name) < 2:
        reader.missing("the name of a function", "A declaration is written declare float @expf(float).")
    reader.at += 1
    parameters, variadic = _parameters(reader)
    _attributes(reader)
    return name, FunctionType(result, parameters, variadic)


def _parameters(reader: Reader) -> tuple[tuple[LlvmType, ...], bool]:
    if reader.texts[reader.at] != "(":
        reader.missing("'('")
    reader.at += 1
    kinds: list[LlvmType] = []
    variadic = False
    while not reader.accept(")"):
        if kinds or variadic:
            reader.expect(",")
        if reader.accept("..."):
            variadic = True
            continue
        kinds.append(reader.type())
        _attributes(reader)
        if reader.texts[reader.at][:1] == "%":
            reader.at += 1
    return tuple(kinds), variadic


_REFUSED = {
    "invoke": "Exceptions of other languages do not pass through a kernel.",
    "callbr": "Inline assembly has no meaning on every device.",
    "indirectbr": "Use a switch over the possible blocks.",
    "va_arg": "A kernel has a fixed number of arguments.",
    "atomicrmw": "A kernel has its memory for itself: load, compute, store.",
    "cmpxchg": "A kernel has its memory for itself: load, compare, store.",
    "fence": "A kernel has its memory for itself.",
    **dict.fromkeys(
        ("landingpad", "resume", "catchpad", "catchret", "cleanuppad", "cleanupret", "catchswitch"),
        "Exceptions of other languages do not pass through a kernel.",
    ),
}


def _refused(reader: Reader, result: str, start: int) -> Instruction:
    del result
    reader.fail(f"the instruction {reader.opcode} is not understood", _REFUSED[reader.opcode], start, UnsupportedSyntax)


CONTROL_RULES: dict[str, Rule] = {
    **dict.fromkeys(("call", "tail", "musttail", "notail"), _call),
    **dict.fromkeys(_REFUSED, _refused),
    "phi": _phi, "br": _branch, "switch": _switch, "ret": _return, "unreachable": _unreachable,
}  # fmt: skip
