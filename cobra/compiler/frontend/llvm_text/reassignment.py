"""Names that a text assigns again, where only LLVM understands it: in goes the text, out comes one that assigns each name once.

Without a syntax tree this is done by tokens, for texts of a single block, in which the order of the lines is that of control: a
use means the last assignment before its instruction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from typing import NamedTuple

from cobra.compiler.frontend.llvm_text.control_grammar import CONTROL_RULES
from cobra.compiler.frontend.llvm_text.tokens import Tokens, written


class Renamed(NamedTuple):
    """A text, and what the names that it assigned again are called at its end."""

    text: str
    last: dict[str, str]


_WITHOUT_RESULT = frozenset({"store", *CONTROL_RULES})


def assigned_once(tokens: Tokens, given: Collection[str]) -> Renamed:
    """Return a text with a name for every value; `given` are Python's variables, named as in the text."""
    texts = tokens.texts
    labels = texts.count(":")
    if labels > (texts[1] == ":"):
        return Renamed(tokens.text, {})
    last: dict[str, str] = {}
    seen, taken, waiting = set(given), set(texts) | set(given), ("", "")
    pieces, end = [], 0
    for at, (start, stop) in enumerate(tokens.spans):
        name, begins = texts[at], _begins_instruction(tokens, at)
        if begins and waiting[0]:
            last[waiting[0]] = waiting[1]
            waiting = ("", "")
        meant = last.get(name, name)
        if begins and name[:1] == "%" and texts[at + 2] != "type":
            meant = next(each for each in _versions(name) if each not in taken) if name in seen else name
            seen.add(name)
            taken.add(meant)
            waiting = (name, meant)
        pieces += [tokens.text[end:start], tokens.text[start:stop] if meant == name else written(meant)]
        end = stop
    if waiting[0]:
        last[waiting[0]] = waiting[1]
    changed = {name: meant for name, meant in last.items() if name != meant}
    return Renamed("".join([*pieces, tokens.text[end:]]) if changed else tokens.text, changed)


def _begins_instruction(tokens: Tokens, at: int) -> bool:
    text = tokens.texts[at]
    if text[:1] == "%":
        return tokens.texts[at + 1] == "="
    return text in _WITHOUT_RESULT and not (at and tokens.same_line(at - 1, at))


def _versions(name: str) -> Iterator[str]:
    return (f"{name}.{number}" for number in count(2))
