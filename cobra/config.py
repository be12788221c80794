"""Settings: read from the environment once at import, overridden for a block with `options`.

`settings` holds what the environment said; `current()` returns what is in force here and now, an enclosing `options` block
included. Code asks `current()`, never `os.environ`, so that tests and notebooks can change a setting without a new process.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cobra.errors import InvalidOption

LOADERS = ("auto", "llvmlite")
TARGET_CPUS = ("generic", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")


@dataclass(frozen=True)
class Settings:
    """What a user may choose for the whole process or for a block."""

    disable_jit: bool = False
    """Run kernels as plain Python (COBRA_DISABLE_JIT)."""
    debug: bool = False
    """Verify after each pass and keep what is needed to look inside (COBRA_DEBUG)."""
    cache_enabled: bool = True
    """Keep compiled code on disk (COBRA_CACHE)."""
    cache_dir: str | None = None
    """Where, or None for the platform's place (COBRA_CACHE_DIR)."""
    cache_limit: int = 256 << 20
    """Bytes the disk cache may take (COBRA_CACHE_LIMIT)."""
    loader: str = "auto"
    """``"llvmlite"`` loads code through llvmlite where Cobra's own loader would serve (COBRA_LOADER)."""
    target_cpu: str | None = None
    """Make code for this class of processors, or None for the one at hand (COBRA_TARGET_CPU)."""
    perf_map: bool = False
    """Name loaded code for Linux ``perf`` (COBRA_PERF_MAP)."""
    num_threads: int | None = None
    """How many threads run parallel kernels, or None for one on each processor; read at import only (COBRA_NUM_THREADS)."""
    text_seconds: int = 10
    """How long LLVM may work, in a process of its own, on a text that Cobra's parser does not know (COBRA_TEXT_SECONDS)."""
    text_memory: int = 1 << 30
    """Bytes of memory that it may take for that (COBRA_TEXT_MEMORY)."""

    @property
    def cache_directory(self) -> str | None:
        """Return the directory of the disk cache, or None when the system offers none."""
        return self.cache_dir or _platform_cache_directory()


class _Reader(NamedTuple):
    variable: str
    convert: Callable[[object], object]
    right: str


_WORDS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off", ""), False)
_UNITS = {unit: 1 << (10 * power) for power, unit in enumerate(("", "K", "M", "G", "T"))}
_SIZE = r"(\d+) ?([KMGT]?)(?:I?B)?"


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise ValueError


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(_SIZE, value.strip().upper()) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return int(found[1]) * _UNITS[found[2]]


def _directory(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError
    path = os.fspath(value)
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError
    return os.path.abspath(os.path.expanduser(path))


def _loader(value: object) -> str:
    if value not in LOADERS:
        raise ValueError
    return str(value)


def _target_cpu(value: object) -> str | None:
    if value is not None and value not in TARGET_CPUS:
        raise ValueError
    return None if value is None else str(value)


def _seconds(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 3600:
        raise ValueError
    return number


def _threads(value: object) -> int | None:
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 256):
        raise ValueError
    return number


_BOOLEAN = "1, true, yes, on or 0, false, no, off"
_READERS: dict[str, _Reader] = {
    "disable_jit": _Reader("COBRA_DISABLE_JIT", _boolean, _BOOLEAN),
    "debug": _Reader("COBRA_DEBUG", _boolean, _BOOLEAN),
    "cache_enabled": _Reader("COBRA_CACHE", _boolean, _BOOLEAN),
    "cache_dir": _Reader("COBRA_CACHE_DIR", _directory, "a path"),
    "cache_limit": _Reader("COBRA_CACHE_LIMIT", _size, "a number of bytes, or one with K, M, G or T, such as 256M"),
    "loader": _Reader("COBRA_LOADER", _loader, " or ".join(LOADERS)),
    "target_cpu": _Reader("COBRA_TARGET_CPU", _target_cpu, " or ".join(TARGET_CPUS)),
    "perf_map": _Reader("COBRA_PERF_MAP", _boolean, _BOOLEAN),
    "num_threads": _Reader("COBRA_NUM_THREADS", _threads, "a whole number of threads from 1 to 256"),
    "text_seconds": _Reader("COBRA_TEXT_SECONDS", _seconds, "a whole number of seconds from 1 to 3600"),
    "text_memory": _Reader("COBRA_TEXT_MEMORY", _size, "a number of bytes, or one with K, M, G or T, such as 1G"),
}


def _convert(name: str, label: str, value: object) -> Any:
    reader = _READERS[name]
    try:
        return reader.convert(value)
    except ValueError:
        raise InvalidOption(f"{label} cannot be {value!r}", hint=f"Right is {reader.right}.") from None


def read_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings that environment variables ask for; an empty variable counts as unset."""
    chosen = {
        name: _convert(name, reader.variable, environment[reader.variable])
        for name, reader in _READERS.items()
        if environment.get(reader.variable)
    }
    return Settings(**chosen)


def _platform_cache_directory() -> str | None:
    # platformdirs gives the same answer in plain cases on Linux, but its import costs several times a cached kernel
    if sys.platform == "linux" and "ANDROID_ROOT" not in os.environ:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", ""), ".cache")
        if base.startswith("/"):
            return os.path.join(base, "cobra")
    from platformdirs import user_cache_path

    try:
        path = os.fspath(user_cache_path("cobra", appauthor=False))
    except RuntimeError:
        return None
    return path if os.path.isabs(path) else None


settings: Settings = read_environment(os.environ)
"""What the environment said when Cobra was imported."""

_override: ContextVar[Settings | None] = ContextVar("cobra_settings", default=None)


def current() -> Settings:
    """Return the settings in force here.

    Examples
    --------
    >>> from cobra import config
    >>> with config.options(cache_limit="1M"):
    ...     config.current().cache_limit
    1048576
    """
    return _override.get() or settings


@contextmanager
def options(**changes: object) -> Iterator[Settings]:
    """Override settings for a block, in this thread or task only.

    Takes the names of the fields of `Settings`; a value may be written as in the environment variable.
    """
    for name in changes:
        if name not in _READERS:
            raise InvalidOption(f"there is no setting {name!r}", hint=f"Settings are {', '.join(_READERS)}.")
    converted = {name: _convert(name, name, value) for name, value in changes.items()}
    token = _override.set(replace(current(), **converted))
    try:
        yield current()
    finally:
        _override.reset(token)
