"""The math library's definitions as a wheel brings them: translated when it was built, a file of printed functions.

Finding, proving and translating a definition's source takes 10 to 50 ms on every machine that uses it for the first time. The file
says in its first line which sources it was made of; where these have been edited since, it counts for nothing. A checkout has none.
Run as a program with a path, this module writes the file.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("definitions.txt")
_COBRA = Path(__file__).parents[2]
_ROOMS = (".", "compiler", "compiler/frontend", "compiler/ir", "compiler/math", "compiler/primitives", "compiler/transforms")


def shipped(name: str, file: Path = FILE) -> str | None:
    """Return the printed function of a definition, or None where the file or the definition is missing, or made of other sources.

    Examples
    --------
    >>> shipped("exponential.no_such_function")
    """
    place = _contents(file).get(name)
    if place is None:
        return None
    with open(file, "rb") as opened:
        opened.seek(place[0])
        return opened.read(place[1]).decode()


def write(definitions: Mapping[str, str], file: Path) -> None:
    """Write printed functions by name: a line with what they were made of, one with names and lengths, and one after another."""
    encoded = {name: text.encode() for name, text in definitions.items()}
    lengths = " ".join(f"{name} {len(text)}" for name, text in encoded.items())
    file.write_bytes(b"".join([f"{sources_digest()}\n{lengths}\n".encode(), *encoded.values()]))


@cache
def _contents(file: Path) -> dict[str, tuple[int, int]]:
    """Return where each definition begins in a file and how long it is; nothing where the file does not fit these sources."""
    try:
        with open(file, "rb") as opened:
            if opened.readline().decode().strip() != sources_digest():
                return {}
            words, start = opened.readline().decode().split(), opened.tell()
    except OSError:
        return {}
    places = {}
    for name, length in zip(words[::2], map(int, words[1::2]), strict=True):
        places[name] = start, length
        start += length
    return places


@cache
def sources_digest() -> str:
    """Return a digest of all that decides what a definition is translated to: the sources of these rooms, by content."""
    from hashlib import blake2b

    found = blake2b(digest_size=32)
    for folder in _ROOMS:
        for path in sorted((_COBRA / folder).glob("*.py")):
            content = path.read_bytes()
            found.update(f"{folder}/{path.name} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _main(file: str) -> None:
    from cobra.compiler.ir.printing import print_function
    from cobra.compiler.transforms.define import definition, definition_names

    write({name: print_function(definition(name)) for name in definition_names()}, Path(file))


if __name__ == "__main__":
    _main(*sys.argv[1:])
