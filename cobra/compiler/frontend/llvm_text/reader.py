"""Read types and values: what every instruction is made of.

A `Reader` stands at one token and moves on as it understands. It knows the commonest slip of all, an operand without its
type, and says what is missing rather than what it could not make of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import repeat
from typing import NoReturn, TypeAlias

from cobra.compiler.frontend.llvm_text.instructions import (
    BINARY,
    FAST_MATH,
    INTEGER_FLAGS,
    KEYWORDS,
    Aggregate,
    Instruction,
    Operand,
    Written,
    operand_of,
)  # fmt: skip
from cobra.compiler.frontend.llvm_text.tokens import END, Tokens
from cobra.compiler.frontend.llvm_text.types import (
    LABEL,
    METADATA,
    SINGLE_WORDS,
    WIDEST_INTEGER,
    FunctionType,
    IntegerType,
    LlvmType,
    NamedType,
    PointerType,
    SequenceType,
    StructType,
    VectorType,
    text_type,
)  # fmt: skip
from cobra.errors import CobraError, InvalidText, UnsupportedSyntax
from cobra.types import BY_NAME

_INTEGER = re.compile(r"i(\d{1,8})", re.ASCII)
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:[.\d]|inf$|nan$|[us]?0x)[-+.\w]*", re.ASCII)
_EXPRESSIONS = frozenset({
    "getelementptr", "bitcast", "inttoptr", "ptrtoint", "addrspacecast", "trunc", "add", "sub", "mul", "xor", "blockaddress",
    "dso_local_equivalent", "no_cfi", "ptrauth", "icmp", "fcmp", "select", "extractelement", "insertelement", "shufflevector",
})  # fmt: skip
_VALUE_STARTS = frozenset("%@*{[<")
_FLAGS = FAST_MATH | INTEGER_FLAGS
_BRACKETS = {"<": ">", "[": "]", "{": "}", "(": ")"}
_SUFFIXES = frozenset({"*", "(", "addrspace"})
_DEEPEST = 32
_LONGEST_ROW = 200
"""How many tokens are searched for the end of a constant."""


class Reader:
    """A place in a text, moving forward."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.texts = tokens, tokens.texts
        self.at = 0
        self.depth = 0
        self.start = 0
        """The first token of the current instruction."""
        self.opcode = ""
        self.named: dict[str, LlvmType] = {}
        """What the named types defined so far stand for."""
        self.vectors: dict[tuple[str, ...], VectorType] = {}
        """The vector types read so far, by their tokens."""
        self.plain: set[str] = set(KEYWORDS)
        """Tokens known to be values on their own: words and the numbers met so far."""

    # -- complaints

    def fail(
        self, message: str, hint: str | None = None, at: int | None = None, kind: type[CobraError] = InvalidText
    ) -> NoReturn:
        """Raise an error at a token: by default the current one."""
        raise kind(message, self.tokens.location(self.at if at is None else at), hint)

    def missing(self, what: str, hint: str | None = None) -> NoReturn:
        """Raise because something else is needed here: behind the previous token if the line ends there."""
        if self.at and not self.tokens.same_line(self.at - 1, self.at):
            raise InvalidText(f"{what} is missing", self.tokens.after(self.at - 1), hint)
        self.fail(f"{what} is needed here, not {self.texts[self.at]!r}", hint)

    # -- tokens

    def take(self) -> str:
        """Return the current token and move on."""
        text = self.texts[self.at]
        self.at += 1
        return text

    def accept(self, text: str) -> bool:
        """Move on if the current token is this one; tell whether it was."""
        if self.texts[self.at] != text:
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        """Move past a token that must be here."""
        if self.texts[self.at] != text:
            self.missing(repr(text), self._second_type() if text == "," else None)
        self.at += 1

    def count(self, what: str) -> int:
        """Return a number that is no value: a size or a position."""
        text = self.texts[self.at]
        if not _COUNT.fullmatch(text):
            self.missing(what)
        self.at += 1
        return int(text)

    def skip_balanced(self) -> None:
        """Move past a bracket with all that it holds."""
        depth = 0
        while True:
            text = self.texts[self.at]
            if text == END:
                self.missing("a closing bracket")
            depth += (text in _BRACKETS) - (text in _BRACKETS.values())
            self.at += 1
            if depth <= 0:
                return

    def flags(self) -> tuple[str, ...]:
        """Return the flags that stand here, such as ``nsw`` and ``fast``."""
        if self.texts[self.at] not in _FLAGS:
            return ()
        found = []
        while self.texts[self.at] in _FLAGS:
            found.append(self.take())
        return tuple(found)

    def metadata_follows(self) -> bool:
        """Tell whether the comma that stands here is one before metadata."""
        return self.texts[self.at + 1][:1] == "!"

    def _second_type(self) -> str | None:
        return "Separate operands by commas." if self.texts[self.at][:1] == "%" else None

    # -- types

    def type(self) -> LlvmType:
        """Return the type that stands here."""
        text = self.texts[self.at]
        found = SINGLE_WORDS.get(text)
        if found is not None:
            self.at += 1
        elif text == "<":
            found = self._known_vector()
        else:
            found = self._compound(text)
        while self.texts[self.at] in _SUFFIXES:
            found = self._suffixed(found)
        return found

    def _known_vector(self) -> LlvmType:
        """Return the type that stands here; the same few stand in every line of a text, so that nothing is read twice."""
        at = self.at
        written = tuple(self.texts[at + 1 : at + 5])
        known = self.vectors.get(written)
        if known is not None:
            self.at += 5
            return known
        found = self._compound("<")
        if self.at == at + 5 and isinstance(found, VectorType):
            self.vectors[written] = found
        return found

    def _compound(self, text: str) -> LlvmType:
        if self.depth >= _DEEPEST:
            self.fail("types are nested too deeply here", kind=UnsupportedSyntax)
        self.depth += 1
        try:
            return self._inner_type(text)
        finally:
            self.depth -= 1

    def _inner_type(self, text: str) -> LlvmType:
        if text == "<":
            return self._vector_or_packed()
        if text == "[":
            self.at += 1
            count, element = self._repeated()
            self.expect("]")
            return SequenceType(count, element)
        if text == "{":
            return StructType(self._fields())
        if text[:1] == "%" and len(text) > 1:
            self.at += 1
            return NamedType(text)
        return self._integer(text)

    def _integer(self, text: str) -> LlvmType:
        found = _INTEGER.fullmatch(text)
        if found is None:
            self.missing("a type", _type_hint(text))
        bits = int(found[1])
        if not 1 <= bits <= WIDEST_INTEGER:
            self.fail(f"an integer has 1 to {WIDEST_INTEGER} bits, not {bits}")
        self.at += 1
        return IntegerType(bits)

    def _repeated(self) -> tuple[int, LlvmType]:
        count = self.count("a number of elements")
        if not self.accept("x"):
            self.missing("'x'", "Write a size and a type, such as <4 x float> or [8 x i32].")
        return count, self.type()

    def _vector_or_packed(self) -> LlvmType:
        self.at += 1
        if self.texts[self.at] == "{":
            packed = StructType(self._fields(), packed=True)
            self.expect(">")
            return packed
        scalable = self.accept("vscale")
        if scalable and not self.accept("x"):
            self.missing("'x'")
        at = self.at
        count, element = self._repeated()
        self.expect(">")
        if count == 0:
            self.fail("a vector has at least one element", at=at)
        return VectorType(count, element, scalable)

    def _fields(self) -> tuple[LlvmType, ...]:
        self.at += 1
        fields: list[LlvmType] = []
        while not self.accept("}"):
            if fields:
                self.expect(",")
            fields.append(self.type())
        return tuple(fields)

    def _suffixed(self, kind: LlvmType) -> LlvmType:
        """Return the type with a star, an address space or the parameters of a function behind it."""
        if self.depth >= _DEEPEST:
            self.fail("types are nested too deeply here", kind=UnsupportedSyntax)
        self.depth += 1
        try:
            if self.texts[self.at] == "(":
                return self._function(kind)
            space = 0
            if self.accept("addrspace"):
                self.expect("(")
                space = self.count("the number of an address space")
                self.expect(")")
                if kind == PointerType():
                    return PointerType(None, space)
                if self.texts[self.at] != "*":
                    self.missing("'*'")
            self.at += 1
            return self._pointer(kind, space)
        finally:
            self.depth -= 1

    def _pointer(self, kind: LlvmType, space: int) -> LlvmType:
        if kind == PointerType() or kind in (SINGLE_WORDS["void"], LABEL, SINGLE_WORDS["metadata"]):
            self.fail(f"there is no pointer type '{kind}*'", "An opaque pointer is written ptr.", self.at - 1)
        levels, inner = 0, kind
        while isinstance(inner, PointerType) and inner.target is not None:
            levels, inner = levels + 1, inner.target
        if levels >= _DEEPEST:
            self.fail("types are nested too deeply here", kind=UnsupportedSyntax)
        return PointerType(kind, space)

    def _function(self, result: LlvmType) -> LlvmType:
        self.at += 1
        parameters: list[LlvmType] = []
        variadic = False
        while not self.accept(")"):
            if parameters or variadic:
                self.expect(",")
            if self.accept("..."):
                variadic = True
            else:
                parameters.append(self.type())
        return FunctionType(result, tuple(parameters), variadic)

    # -- values

    def operand_type(self) -> LlvmType:
        """Return the type before a value."""
        text = self.texts[self.at]
        if text not in SINGLE_WORDS and text != "<" and self._lacks_type(text):
            self.missing_type()
        return self.type()

    def operand(self) -> Operand:
        """Return a value with the type before it."""
        made = self.plain_operand()
        if made is not None:
            return made
        kind, at = self.operand_type(), self.at
        return operand_of((kind, self.value(kind), at))

    def plain_operand(self) -> Operand | None:
        """Return the operand that stands here if it is a number or vector in a form that was met before, as most are."""
        texts, at = self.texts, self.at
        kind: LlvmType | None
        if texts[at] == "<":
            kind, at = self.vectors.get(tuple(texts[at + 1 : at + 5])), at + 5
        else:
            kind, at = SINGLE_WORDS.get(texts[at]), at + 1
        if kind is None or texts[at] not in self.plain or kind is METADATA:
            return None
        self.at = at + 1
        return operand_of((kind, texts[at], at))

    def value(self, kind: LlvmType) -> Written:
        """Return the value that stands here, which has the given type."""
        text = self.texts[self.at]
        if text in self.plain:
            self.at += 1
            return text
        if (text[:1] == "%" and len(text) > 1) or _NUMBER.fullmatch(text):
            self.plain.add(text)
            self.at += 1
            return text
        return self._unusual_value(text, kind)

    def _unusual_value(self, text: str, kind: LlvmType) -> Written:
        if text[:1] == "@" and len(text) > 1:
            self.at += 1
            return text
        if text in ("<", "[", "{") or (text == "splat" and self.texts[self.at + 1] == "("):
            return self._aggregate(text)
        if text == "c" and self.texts[self.at + 1][:1] == '"':
            self.at += 2
            return Aggregate("c", (), self.texts[self.at - 1])
        if text in _EXPRESSIONS:
            hint = "Compute it with an instruction of its own, and use that instruction's name."
            self.fail("constant expressions are not understood", hint, kind=UnsupportedSyntax)
        if text == "asm":
            self.fail("inline assembly has no meaning on every device", kind=UnsupportedSyntax)
        if text in SINGLE_WORDS or _INTEGER.fullmatch(text):
            self.fail(f"a value is needed here, not the type {text}", self._one_type())
        self.missing(f"a value of type {kind}")

    def _one_type(self) -> str | None:
        opcode, text = self.opcode, self.texts[self.at]
        return f"{opcode} writes one type for both operands: {opcode} {text} %a, %b." if opcode in BINARY else None

    def _aggregate(self, text: str) -> Aggregate:
        if self.depth >= _DEEPEST:
            self.fail("constants are nested too deeply here", kind=UnsupportedSyntax)
        self.depth += 1
        try:
            form, closing = self._opening(text)
            plain = self._plain_elements(closing)
            if plain:
                return Aggregate(form, plain)
            elements = [] if self.texts[self.at] == closing[0] else [self.operand()]
            while self.texts[self.at] != closing[0]:
                self.expect(",")
                elements.append(self.operand())
            for bracket in closing:
                self.expect(bracket)
            return Aggregate(form, tuple(elements))
        finally:
            self.depth -= 1

    def _plain_elements(self, closing: str) -> tuple[Operand, ...]:
        """Return the elements up to a bracket if they are numbers of one type, all met before; else nothing."""
        texts, at, kind = self.texts, self.at, SINGLE_WORDS.get(self.texts[self.at])
        if kind is None or len(closing) > 1:
            return ()
        try:
            end = texts.index(closing, at, at + _LONGEST_ROW)
        except ValueError:
            return ()
        count, values = (end - at + 1) // 3, texts[at + 1 : end : 3]
        alike = texts[at:end:3] == [texts[at]] * count and texts[at + 2 : end : 3] == [","] * (count - 1)
        if not alike or len(values) != count or not self.plain.issuperset(values):
            return ()
        self.at = end + 1
        return tuple(map(operand_of, zip(repeat(kind), values, range(at + 1, end, 3))))

    def _opening(self, text: str) -> tuple[str, str]:
        self.at += 1
        if text == "splat":
            self.at += 1
            return "splat", ")"
        if text == "<" and self.accept("{"):
            return "<{", "}>"
        return text, _BRACKETS[text]

    # -- an operand without its type

    def _lacks_type(self, text: str) -> bool:
        """Tell whether a value stands where a type should; a name is that of a type if a value or a star follows it."""
        if text[:1] == "%":
            following = self.texts[self.at + 1]
            may_be_type = following[:1] in _VALUE_STARTS or following in KEYWORDS or _NUMBER.fullmatch(following)
            return not may_be_type or not self.tokens.same_line(self.at, self.at + 1)
        return text in KEYWORDS or text[:1] == "@" or bool(_NUMBER.fullmatch(text))

    def missing_type(self, hint: str | None = None) -> NoReturn:
        """Raise because the operand that stands here has no type before it."""
        text = self.texts[self.at]
        hint = hint or f"{self.opcode} writes the type of every operand, for example float {text}."
        self.fail(f"the operand {text} has no type", hint)

    def binary_type(self) -> LlvmType:
        """Return the one type before two operands."""
        text = self.texts[self.at]
        if text not in SINGLE_WORDS and text != "<" and self._lacks_type(text):
            sample = "i32" if self.opcode[:1] != "f" else "float"
            hint = f"Write it before the first one: {self.opcode} {sample} {text}, …."
            self.fail(f"{self.opcode} needs the type of its operands", hint)
        return self.type()


def _type_hint(text: str) -> str | None:
    scalar = BY_NAME.get({"int": "int32", "f16": "float16", "f32": "float32", "f64": "float64"}.get(text, text))
    kind = None if scalar is None else text_type(scalar)
    return None if kind is None else f"LLVM calls it {kind}."


Rule: TypeAlias = Callable[[Reader, str, int], Instruction]
"""How to read one kind of instruction: from the name of its result and its first token."""
