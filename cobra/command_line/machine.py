"""What this machine is: processor, cores, caches, and the versions of what runs on it. Nothing heavy is imported."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CPU_FOLDER = Path("/sys/devices/system/cpu/cpu0/cache")


def processor_name() -> str:
    """Return the name the processor gives itself."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    fields = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text.partition("\n\n")[0], re.MULTILINE))
    name = fields.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in fields:
        name += f" (family {fields['cpu family']} model {fields.get('model', '?')})"
    return name


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cache_sizes() -> dict[str, str]:
    """Return the sizes of the processor's caches for data, as far as the system tells."""
    sizes = {}
    for folder in sorted(_CPU_FOLDER.glob("index*")):
        level, kind, size = ((folder / name).read_text(encoding="ascii").strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            sizes[f"L{level}"] = size
    return sizes


def package_versions(names: Sequence[str]) -> dict[str, str]:
    """Return the versions of those distributions that are installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def describe() -> dict[str, object]:
    """Return what a measurement needs beside its numbers."""
    packages = package_versions(("numpy", "llvmlite", "numba", "numexpr", "scipy", "jax", "torch"))
    software = [f"Python {platform.python_version()}", *(f"{name} {number}" for name, number in packages.items())]
    return {
        "processor": processor_name(),
        "cores": cores(),
        "caches": cache_sizes(),
        "system": platform.platform(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "software": ", ".join(software),
    }
