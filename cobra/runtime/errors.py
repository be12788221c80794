"""What the runtime raises."""

from __future__ import annotations

from cobra.errors import CobraError


class LoadError(CobraError, RuntimeError):
    """Native code cannot be loaded: its file is damaged or of an unknown kind, or it asks for a forbidden function."""
