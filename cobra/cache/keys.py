"""What the key of a cache entry is made of: the host, the tools, and whatever the caller adds.

Object code is valid for one processor and one version of everything that made it. Both identities are found without importing
llvmlite, since a cached kernel must not pay for it, and are computed once per process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache

import numpy as np

from cobra.cache.checksum import sha256

FORMAT = 1
"""Raise it when entries of older Cobras must no longer be used."""

_MODALIAS = "/sys/devices/system/cpu/modalias"
_CPUINFO = "/proc/cpuinfo"
_CPUINFO_FIELDS = frozenset(
    """vendor_id|cpu family|model|flags|CPU implementer|CPU architecture|CPU variant|CPU part|Features|cpu|isa|uarch|features|
    machine""".replace("\n    ", "").split("|")
)


def digest(*parts: str | bytes) -> str:
    """Return the SHA-256 of several parts as 64 hexadecimal digits; no two lists of parts run together."""
    framed = bytearray()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        framed += b"s" if isinstance(part, str) else b"b"
        framed += len(content).to_bytes(8, "little")
        framed += content
    return sha256(bytes(framed)).hex()


@cache
def host_identity() -> str:
    """Return a text that is equal on two hosts only if they run the same object code."""
    if sys.platform == "win32":
        import platform

        return "\n".join((sys.platform, platform.machine(), platform.processor()))
    system = os.uname()
    # Darwin names the chip's family in the version of its kernel; Linux tells the processor in files
    processor = _processor() if sys.platform == "linux" else system.version
    return "\n".join((sys.platform, system.machine, processor, _c_library()))


def _processor() -> str:
    # some kernels take 10 ms to measure clock rates when cpuinfo is opened; modalias has model and features on x86 only
    alias = _read(_MODALIAS, 1 << 14)
    return alias if ":type:x86" in alias else describe_processor(_read(_CPUINFO, 1 << 13))


def describe_processor(cpuinfo: str) -> str:
    """Return model and features of the first processor, less what changes from moment to moment."""
    first = cpuinfo.lstrip().partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return "\n".join(f"{name.strip()}:{value.strip()}" for name, _, value in pairs if name.strip() in _CPUINFO_FIELDS)


def _c_library() -> str:
    name = "CS_GNU_LIBC_VERSION"
    return (os.confstr(name) or "") if name in os.confstr_names else ""


def _read(path: str, size: int) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(descriptor, size).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)


@cache
def toolchain_identity() -> str:
    """Return a text that changes with Cobra, llvmlite, NumPy's ABI, Python and the format of entries."""
    python = f"{sys.implementation.cache_tag}{getattr(sys, 'abiflags', '')}"
    numpy_abi = np.__version__.partition(".")[0]
    return "\n".join((f"cobra {_cobra()}", f"format {FORMAT}", f"llvmlite {_llvmlite()}", f"numpy {numpy_abi}", python))


def _cobra() -> str:
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    version = getattr(sys.modules["cobra"], "__version__", None)
    # in a checkout the code changes without the version
    if version is not None and not os.path.exists(os.path.join(os.path.dirname(package), "pyproject.toml")):
        return str(version)
    return f"{version} {digest(*sorted(_sources(package)))}"


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
            elif entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                yield from _sources(entry.path)


def _llvmlite() -> str:
    folder = _folder_of("llvmlite")
    if folder is None:
        return "missing"
    # one version is built against several LLVMs by several distributors, which the library's size tells apart
    return f"{digest(_read(os.path.join(folder, '_version.py'), 1 << 13))[:16]} {_library_size(folder)}"


def _folder_of(package: str) -> str | None:
    # what importlib.util.find_spec does, without the 1 ms of importing that
    for finder in sys.meta_path:
        spec = finder.find_spec(package, None)
        if spec is not None:
            return os.path.dirname(spec.origin) if spec.origin else None
    return None


def _library_size(folder: str) -> int:
    name = {"win32": "llvmlite.dll", "darwin": "libllvmlite.dylib"}.get(sys.platform, "libllvmlite.so")
    try:
        return os.stat(os.path.join(folder, "binding", name)).st_size
    except OSError:
        return 0
