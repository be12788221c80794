"""What Cobra raises: one class per kind of mistake, each with its place in the user's source.

Every message says what is wrong, where (``file:line`` with the source line and a caret) and what would be right. Classes
also derive from the Python exception a reader would expect (``TypeMismatch`` is a ``TypeError``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of one source line: lines from 1, columns from 0, the end excluded."""

    filename: str
    line: int
    column: int
    end_column: int
    text: str

    def render(self) -> str:
        """Return ``file:line``, the source line and a caret under the stretch."""
        stripped = self.text.lstrip()
        indent = len(self.text) - len(stripped)
        start = max(self.column - indent, 0)
        width = max(min(self.end_column, len(self.text.rstrip())) - self.column, 1)
        return f"  {self.filename}:{self.line}\n      {stripped.rstrip()}\n      {' ' * start}{'^' * width}"

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"


class CobraError(Exception):
    """The base of all errors Cobra raises on its own account.

    Parameters
    ----------
    message
        What is wrong, as one sentence without a full stop.
    location
        Where, or None when no source belongs to it.
    hint
        What would be right.
    """

    def __init__(self, message: str, location: Location | None = None, hint: str | None = None) -> None:
        super().__init__(message, location, hint)
        self.message, self.location, self.hint = message, location, hint

    def __str__(self) -> str:
        parts = [self.message]
        if self.location is not None:
            parts.append(self.location.render())
        if self.hint:
            parts.append(f"  {self.hint}")
        return "\n".join(parts)


class UnsupportedSyntax(CobraError):
    """A kernel uses a statement or expression that has no meaning in native code."""


class TypeMismatch(CobraError, TypeError):
    """Types do not go together: an operation without a loop, a lossy conversion, two types for one variable."""


class UndefinedName(CobraError, NameError):
    """A name has no value: never defined, perhaps not assigned on this path, or unknown in a module."""


class InvalidCall(CobraError, TypeError):
    """A call inside a kernel has the wrong arguments or calls what a kernel cannot call."""


class InvalidSignature(CobraError, ValueError):
    """A loop type, gufunc signature or annotation is malformed or does not fit the kernel's parameters."""


class InvalidOption(CobraError, ValueError):
    """An option of a decorator or a setting has a value it cannot have."""


class InvalidConstant(CobraError, OverflowError):
    """A constant does not fit the type it must take."""


class InvalidText(CobraError, ValueError):
    """A text of LLVM instructions breaks their grammar: a missing type, an undefined label, a block without an end."""


class ReadOnlyArgument(CobraError):
    """A kernel writes to an input array that is not named in ``writable=``."""


class RecursiveKernel(CobraError):
    """A kernel calls itself, directly or through others."""


class SourceUnavailable(CobraError, OSError):
    """The Python source of a function cannot be found, so it cannot be compiled."""


class MissingPackage(CobraError, ImportError):
    """A package that Cobra does not require is needed for what was asked."""


class CompilationFailed(CobraError, RuntimeError):
    """The back end could not make code of a kernel that the front end accepted: a defect of Cobra."""
