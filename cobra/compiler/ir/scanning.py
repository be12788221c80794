"""One line of printed representation, taken apart from left to right: the words of the grammar, and complaints with a caret.

Goes in: a line, its number. Comes out: names, numbers and types as the rest of the reader asks for them.
"""

from __future__ import annotations

import ast
import re
import struct
from typing import NoReturn

from cobra.compiler.ir.operations import Attribute
from cobra.compiler.ir.values import Constant, Number
from cobra.errors import InvalidText, Location
from cobra.types import BY_NAME, ArrayType, ScalarType, Type

_CODE = re.compile(r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^;'"])*""")
# each of these goes past the space that follows
_NAME = re.compile(r"(%[\w.]+)\s*")
_WORD = re.compile(r"([^\W\d]\w*)\s*")
_NUMBER = re.compile(r"(\((?:[^()]|\([^()]*\))*\)|[-+.\w]+(?:\([^()]*\))?(?=\s*:))\s*")
_STRING = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\")\s*""")
_INTEGER = re.compile(r"(-?\d+)\s*")
_NAN = re.compile(r"nan\((0x[0-9a-f]{1,16})\)")
_MARK = re.compile(r"""[;'"]""")
_SPACE = re.compile(r"\s*")
_MOST_DIGITS = 40
_FORMATS = {"float16": "<e", "float32": "<f", "float64": "<d"}


class Line:
    """A line without its comment, and how far it has been read."""

    def __init__(self, text: str, number: int, filename: str) -> None:
        self.text, self.number, self.filename = text, number, filename
        code = _CODE.match(text) if _MARK.search(text) else None
        self.code = (code.group() if code else text).rstrip()
        self.at = 0
        self._skip()

    def fail(self, message: str, hint: str | None = None, start: int | None = None) -> NoReturn:
        """Raise an error that points at what stands here, or at what has been read since `start`."""
        first, last = (self.at, len(self.code)) if start is None else (start, self.at)
        raise InvalidText(message, Location(self.filename, self.number, first, max(last, first + 1), self.text), hint)

    def _skip(self) -> None:
        space = _SPACE.match(self.code, self.at)
        self.at = space.end() if space else self.at

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """Return what a pattern matches here and go past it, or None."""
        found = pattern.match(self.code, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[1]

    def accept(self, sign: str) -> bool:
        """Go past a sign if it stands here, and tell so."""
        if not self.code.startswith(sign, self.at):
            return False
        self.at += len(sign)
        if self.code[self.at : self.at + 1].isspace():
            self._skip()
        return True

    def expect(self, sign: str) -> None:
        """Go past a sign that must stand here."""
        if not self.accept(sign):
            self.fail(f"'{sign}' is missing here" if not self.ended else f"the line ends where '{sign}' should follow")

    def accept_word(self, word: str) -> bool:
        """Go past a whole word if it stands here, and tell so."""
        found = _WORD.match(self.code, self.at)
        if found is None or found[1] != word:
            return False
        self.at = found.end()
        return True

    @property
    def ended(self) -> bool:
        """Tell whether all of the line has been read."""
        return self.at >= len(self.code)

    def end(self) -> None:
        """Demand that all of the line has been read."""
        if not self.ended:
            self.fail("nothing more can follow here")

    def word(self, what: str) -> str:
        """Return the word that stands here."""
        return self.take(_WORD) or self.fail(f"{what} is missing here")

    def variable_name(self) -> str | None:
        """Return the name after the percent sign that stands here, or None."""
        found = self.take(_NAME)
        return found[1:] if found else None

    def string(self) -> str | None:
        """Return the string that stands here, or None."""
        start, found = self.at, self.take(_STRING)
        if found is None:
            return None
        try:
            return str(ast.literal_eval(found))
        except (SyntaxError, ValueError):
            self.fail("this string is malformed", start=start)

    def attribute(self) -> Attribute:
        """Return the string or whole number that stands here."""
        text = self.string()
        if text is not None:
            return text
        digits = self.take(_INTEGER)
        if digits is None or len(digits) > _MOST_DIGITS:
            self.fail("an attribute is a string or a whole number")
        return int(digits)

    def scalar(self) -> ScalarType:
        """Return the scalar type whose name stands here."""
        start, name = self.at, self.word("a type")
        return BY_NAME.get(name) or self.fail(f"{name!r} is no type", f"Types are {', '.join(BY_NAME)}.", start)

    def type(self) -> Type:
        """Return the type that stands here: of a number, or of an array."""
        element = self.scalar()
        if not self.accept("["):
            return element
        names = self.string()
        if names is None:
            self.fail("the dimensions of an array are a string", "Write float64['m n'].")
        self.expect("]")
        return ArrayType(element, tuple("" if name == ":" else name for name in names.split()))

    def constant(self) -> Constant:
        """Return the number that stands here, with its type after a colon."""
        start, text = self.at, self.take(_NUMBER)
        if text is None:
            self.fail("a value is missing here", "Values are %names, and constants with a type: 1.5:float64.")
        self.expect(":")
        scalar = self.scalar()
        try:
            value = _number(text, scalar)
        except (ValueError, OverflowError):
            value = None
        if value is None or not _fits(value, scalar):
            self.fail(f"{text} is no constant of type {scalar}", start=start)
        return Constant(scalar, value)


def _number(text: str, scalar: ScalarType) -> Number | None:
    if scalar.kind == "bool":
        return {"True": True, "False": False}.get(text)
    if scalar.is_integer:
        return int(text) if len(text) <= _MOST_DIGITS and _INTEGER.fullmatch(text) else None
    if scalar.is_floating:
        return _float(text)
    real, comma, imaginary = text.removeprefix("(").removesuffix(")").partition(", ")
    return complex(_float(real), _float(imaginary)) if comma else complex(text)


def _float(text: str) -> float:
    bits = _NAN.fullmatch(text)
    if bits is None:
        return float(text)
    (value,) = struct.unpack("<d", struct.pack("<Q", int(bits[1], 16)))
    return float(value)


def _fits(value: Number, scalar: ScalarType) -> bool:
    """Tell whether a value is in the range of a type, and a floating-point one that it is exactly one of its numbers."""
    if isinstance(value, bool):
        return scalar.kind == "bool"
    if isinstance(value, complex):
        return _fits(value.real, scalar.component) and _fits(value.imag, scalar.component)
    if isinstance(value, float):
        return value != value or _is_exact(value, scalar)
    lowest = -(1 << (scalar.bits - 1)) if scalar.kind == "int" else 0
    return lowest <= value < lowest + (1 << scalar.bits)


def _is_exact(value: float, scalar: ScalarType) -> bool:
    code = _FORMATS.get(scalar.name)
    if code is None:
        return True
    try:
        (rounded,) = struct.unpack(code, struct.pack(code, value))
    except OverflowError:
        return False
    return bool(rounded == value)
