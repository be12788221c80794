"""Cut a text of LLVM instructions into tokens, and say where each stands in the user's file.

In goes the text; out come the token texts in order, comments left out. A parser of thousands of instructions asks for the
place of a token only when it has something to complain of, so places are found on the first question.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

from cobra.errors import InvalidText, Location

Locate: TypeAlias = Callable[[int, int, int], Location]
"""From a line of the text (the first is 1), a first column (from 0) and an end column to the place in the user's file."""

END = ""
"""The token after the last one."""

_TOKEN_FORM = r"""
    [-+\w.$]+                              # words and numbers
  | [<>,()=*\[\]{}]                       # the commonest punctuation
  | [%@!#^](?:[-+\w.$]+ | "[^"\n]*")?     # names
  | "[^"\n]*"                             # quoted texts
  | ;[^\n]*                               # comments
  | [^\s\x1c-\x1f]                        # other punctuation
"""
_TOKEN = re.compile(_TOKEN_FORM, re.VERBOSE)
_ASCII_TOKEN = re.compile(_TOKEN_FORM, re.VERBOSE | re.ASCII)
_PUNCTUATION = "<>,()=*[]{}:"
_WORD = re.compile(r"[%@!#^]?[-+\w.$]+|[<>,()=*\[\]{}:]", re.ASCII)
_PLAIN_NAME = re.compile(r"[-\w.$]+")
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2})")
_LOOKAHEAD = 4


class Tokens:
    """The tokens of one text.

    ``texts`` ends with a few empty ones, so that a parser may look ahead freely. Names stand in it as they are meant:
    ``%x`` for ``%"x"`` too.
    """

    def __init__(self, text: str, locate: Locate) -> None:
        self.text, self.locate = text, locate
        self._form = _ASCII_TOKEN if text.isascii() else _TOKEN
        self.texts: list[str] = _split(text) or self._form.findall(text)
        if ";" in text:
            self.texts = [token for token in self.texts if token[0] != ";"]
        if '"' in text or not text.isascii():
            self.texts = [_name(token) if token[0] in "%@" else token for token in self.texts]
        self.count = len(self.texts)
        self.texts += [END] * _LOOKAHEAD

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each token starts and ends in the text."""
        return [found.span() for found in self._form.finditer(self.text) if found[0][0] != ";"]

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line starts in the text."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def location(self, first: int, last: int | None = None) -> Location:
        """Return the place of a token, or of several up to `last` as far as they share the first one's line."""
        if not self.spans:
            return self.locate(1, 0, 1)
        if first >= self.count:
            return self.after(self.count - 1)
        start, end = self.spans[first]
        line = bisect_right(self.line_starts, start)
        origin = self.line_starts[line - 1]
        following = self.line_starts[line] if line < len(self.line_starts) else len(self.text) + 1
        if last is not None:
            end = max([end, *(stop for begin, stop in self.spans[first : last + 1] if begin < following)])
        return self.locate(line, start - origin, end - origin)

    def rest_of_line(self, first: int) -> Location:
        """Return the place of a token and of all that follows it on its line but a comment."""
        if first >= self.count:
            return self.location(first)
        start = self.spans[first][0]
        line = bisect_right(self.line_starts, start)
        origin = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        shown = self.text[start : len(self.text) if end < 0 else end].partition(";")[0].rstrip()
        return self.locate(line, start - origin, start - origin + max(len(shown), 1))

    def after(self, last: int) -> Location:
        """Return the place just behind a token, where something is missing."""
        found = self.location(last)
        return Location(found.filename, found.line, found.end_column, found.end_column + 1, found.text)

    def same_line(self, first: int, second: int) -> bool:
        """Tell whether two tokens stand on one line."""
        if max(first, second) >= self.count:
            return False
        begin, end = sorted((self.spans[first][0], self.spans[second][0]))
        return "\n" not in self.text[begin:end]


def _split(text: str) -> list[str]:
    """Return the tokens of a text where spaces and the commonest punctuation separate them, in half the time; else nothing."""
    if not text.isascii() or '"' in text or ";" in text:
        return []
    for mark in _PUNCTUATION:
        if mark in text:
            text = text.replace(mark, f" {mark} ")
    texts = text.split()
    return texts if all(map(_WORD.fullmatch, set(texts))) else []


def label_name(token: str) -> str | None:
    """Return the name of the block that a token in front of a colon names, or None when it cannot name one."""
    return _name("%" + token) if _PLAIN_NAME.fullmatch(token) or (len(token) > 2 and token[0] == token[-1] == '"') else None


def _name(token: str) -> str:
    sign, rest = token[0], token[1:]
    if rest.startswith('"'):
        rest = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), rest[1:-1])
    # As Python does with its own names, which these must meet.
    return sign + unicodedata.normalize("NFKC", rest)


def written(name: str) -> str:
    """Return a name as it is written in a text: quoted where it must be."""
    if _PLAIN_NAME.fullmatch(name[1:]):
        return name
    quoted = "".join(c if c.isprintable() and c not in '"\\' else f"\\{ord(c) & 0xFF:02X}" for c in name[1:])
    return f'{name[0]}"{quoted}"'


def check_quotes(tokens: Tokens) -> None:
    """Raise for a quotation mark that has no second one on its line."""
    if '"' in tokens.texts:
        at = tokens.texts.index('"')
        raise InvalidText("this quoted name or text has no end", tokens.location(at), 'Close it with " on the same line.')
