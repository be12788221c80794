"""``python -m cobra cache stats|clear|path``: what lies in the disk cache, and how to empty it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import cobra.cache
from cobra import config
from cobra.command_line.arguments import Command, UsageError


def stats() -> str:
    """Return what lies in the cache, in one line."""
    found, limit = cobra.cache.stats(), config.current().cache_limit
    return f"{found.entries} entries, {found.bytes:,} of at most {limit:,} bytes in {found.directory}"


def clear() -> str:
    """Empty the cache and say so."""
    return f"removed {cobra.cache.clear()} entries"


def path() -> str:
    """Return where the cache is."""
    return config.current().cache_directory or ""


ACTIONS = {"stats": stats, "clear": clear, "path": path}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("action", choices=ACTIONS, nargs="?", default="stats")


def run(chosen: Namespace) -> int:
    """Do what is asked to the cache."""
    settings = config.current()
    if not settings.cache_enabled:
        raise UsageError("there is no disk cache, because COBRA_CACHE switches it off")
    if settings.cache_directory is None:
        raise UsageError("there is no disk cache, because this system names no place for it; set COBRA_CACHE_DIR")
    print(ACTIONS[chosen.action]())
    return 0


COMMAND = Command("cache", "show or empty the disk cache of compiled kernels", add_arguments, run)
