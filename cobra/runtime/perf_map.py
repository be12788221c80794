"""Tell Linux ``perf`` the names of loaded functions, in the file it reads for code made at run time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from cobra.runtime.elf import Routine


def describe(routines: Iterable[Routine]) -> None:
    """Append a line for each function; a failure is nobody's business, as the map only helps a profiler."""
    lines = "".join(f"{routine.address:x} {routine.size:x} cobra:{routine.name}\n" for routine in routines)
    # perf looks in this fixed place; not following links keeps others from directing the writes
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(f"/tmp/perf-{os.getpid()}.map", flags, 0o600)
    except OSError:
        return
    with suppress(OSError):
        os.write(descriptor, lines.encode())
    os.close(descriptor)
