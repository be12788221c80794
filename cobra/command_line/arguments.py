"""What commands share: what a command is, and the mistake of a user that ends it with one line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


class UsageError(Exception):
    """What was asked for cannot be done; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Command:
    """One word after ``python -m cobra``.

    Parameters
    ----------
    name, summary
        The word, and one line about it.
    add_arguments
        Adds its options to its parser.
    run
        Does it and returns the exit status.
    """

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
