"""What is raised where LLVM makes no code of a text: internal, turned into an error with a place where the text is known."""

from __future__ import annotations


class Refusal(Exception):
    """Why there is no object: LLVM's words, or what became of the process."""

    @property
    def reason(self) -> str:
        """Return it as text."""
        return str(self.args[0])
