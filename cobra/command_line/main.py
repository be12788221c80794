"""The command line: ``python -m cobra COMMAND``.

A user's mistake gives one message on standard error and exit status 2, never a traceback.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

import cobra
from cobra.command_line import bench, cache, demo, info, inspection
from cobra.command_line.arguments import Command, UsageError

COMMANDS: tuple[Command, ...] = (demo.COMMAND, info.COMMAND, inspection.COMMAND, cache.COMMAND, bench.COMMAND)


def parser() -> ArgumentParser:
    """Return the parser of all commands."""
    whole = ArgumentParser(prog="python -m cobra", description="Typed Python kernels as real NumPy ufuncs.", allow_abbrev=False)
    whole.add_argument("--version", action="version", version=f"cobra {cobra.__version__}")
    choices = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = choices.add_parser(command.name, help=command.summary, description=command.summary, allow_abbrev=False)
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (UsageError, cobra.CobraError) as mistake:
        print(f"cobra {chosen.command}: {mistake}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has gone; without this, closing standard output complains at exit.
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
