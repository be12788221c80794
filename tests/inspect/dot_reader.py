"""A reader of DOT texts for tests: the tokens and the grammar of statements, and what nodes and edges there are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(->)|([{}\[\];,=]))', re.DOTALL)


@dataclass
class Dot:
    """What a text holds: labels by node, edges with their labels, groups with their titles."""

    name: str = ""
    nodes: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            assert found, f"no token of DOT: {text[at : at + 30]!r}"
            self.tokens.append(found.group().strip())
            at = found.end()
        self.at = 0
        self.read = Dot()

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, token: str) -> None:
        assert self.next() == token, f"{token} is missing before {self.tokens[self.at - 1 :][:5]}"

    def peek(self) -> str:
        return self.tokens[self.at]

    def identifier(self) -> str:
        token = self.next()
        if token.startswith('"'):
            return re.sub(r"\\(.)", lambda sign: {"l": "\n", "n": "\n"}.get(sign[1], sign[1]), token[1:-1])
        assert token.isidentifier(), token
        return token

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.peek() != "[":
            return found
        self.next()
        while self.peek() != "]":
            key = self.identifier()
            self.expect("=")
            found[key] = self.identifier()
            if self.peek() == ",":
                self.next()
        self.next()
        return found

    def statements(self, group: str) -> None:
        self.expect("{")
        while self.peek() != "}":
            self.statement(group)
        self.next()

    def statement(self, group: str) -> None:
        first = self.identifier()
        if first == "subgraph":
            self.statements(self.identifier())
            return
        if self.peek() == "=":
            self.next()
            self.read.groups[group] = self.identifier()
        elif self.peek() == "->":
            self.next()
            end = self.identifier()
            self.read.edges.append((first, end, self.attributes().get("label", "")))
        elif first in ("node", "edge", "graph"):
            self.attributes()
        else:
            assert first not in self.read.nodes, f"{first} is there twice"
            self.read.nodes[first] = self.attributes()["label"]
        self.expect(";")


def read_dot(text: str) -> Dot:
    """Return what a text holds; fail where it is no DOT or an edge leads nowhere."""
    reader = _Reader(text)
    reader.expect("digraph")
    reader.read.name = reader.identifier()
    reader.statements("")
    assert reader.at == len(reader.tokens)
    assert {end for edge in reader.read.edges for end in edge[:2]} <= set(reader.read.nodes)
    return reader.read
