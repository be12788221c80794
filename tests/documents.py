"""Documents as programs: the Python blocks of a Markdown file, what they promise to print, and which of them must fail, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)( \w+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Failing:
    """A block that must raise an error with each of some pieces in it, under its line number in the document."""

    line: int
    code: str
    message: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """The blocks of a document that run one after another, and those that fail, each on its own after the first block."""

    running: tuple[str, ...]
    failing: tuple[Failing, ...]

    @property
    def program(self) -> str:
        """Return all that runs, as one program."""
        return "\n\n".join(self.running)

    @property
    def promised(self) -> list[str]:
        """Return what the program says in comments that it prints."""
        return re.findall(r"^ *print.*?  # (.*)$", self.program, re.MULTILINE)


def read_document(path: Path) -> Document:
    """Return the blocks of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    running = tuple(block[3] for block in found if (block[1], block[2]) == ("python", None))
    return Document(running, tuple(_failing(text, found)))


def _failing(text: str, found: list[re.Match[str]]) -> Iterator[Failing]:
    for block, after in zip(found, [*found[1:], None], strict=True):
        if (block[1], block[2]) == ("python", " fails"):
            assert after is not None and after[1] == "text", f"no message follows {block[3]}"
            yield Failing(text.count("\n", 0, block.start()) + 1, block[3], tuple(filter(None, after[3].split("\n"))))
