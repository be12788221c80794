"""``python -m cobra info [--json]``: versions, processor, cache, targets, drivers, settings, and what looks wrong."""

from __future__ import annotations

import ctypes
import json
import os
import platform
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import cobra
import cobra.cache
from cobra import config
from cobra.command_line import machine
from cobra.command_line.arguments import Command
from cobra.compiler.codegen.cpu import host

DISTRIBUTION = "cobra-ufunc"

_PACKAGES = (
    "numpy", "llvmlite", "cffi", "platformdirs", "array-api-compat",
    "numba", "dask", "distributed", "cloudpickle", "matplotlib", "jax", "torch",
)  # fmt: skip
_TARGETS = {
    "x86-64": "x86_64-unknown-linux-gnu",
    "AArch64": "aarch64-unknown-linux-gnu",
    "NVPTX": "nvptx64-nvidia-cuda",
    "AMDGPU": "amdgcn-amd-amdhsa",
}
_DRIVERS = {"CUDA": "libcuda.so.1", "ROCm": "libamdhip64.so"}


def collect() -> dict[str, Mapping[str, object]]:
    """Return everything the command tells, by section."""
    return {
        "versions": {"cobra": cobra.__version__, "python": platform.python_version(), **machine.package_versions(_PACKAGES)},
        "processor": _processor(),
        "llvm": _llvm(),
        "drivers": {name: "found" if _can_load(library) else "not found" for name, library in _DRIVERS.items()},
        "cache": _cache(),
        "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith("COBRA_")},
        "problems": {str(number): text for number, text in enumerate(problems(), 1)},
    }


def _processor() -> dict[str, object]:
    target = host()
    return {
        "name": machine.processor_name(),
        "cores": machine.cores(),
        "caches": machine.cache_sizes(),
        "system": platform.platform(),
        "llvm name": target.cpu,
        "vector bits": 8 * target.machine.vector_bytes,
        "features": sorted(name[1:] for name in target.features.split(",") if name.startswith("+")),
    }


def _llvm() -> dict[str, object]:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    known = {}
    for name, triple in _TARGETS.items():
        try:
            llvm.Target.from_triple(triple)
        except RuntimeError:
            known[name] = False
        else:
            known[name] = True
    return {"version": ".".join(map(str, llvm.llvm_version_info)), "triple": host().triple, "targets": known}


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _cache() -> dict[str, object]:
    found, settings = cobra.cache.stats(), config.current()
    return {
        "enabled": settings.cache_enabled,
        "directory": settings.cache_directory,
        "entries": found.entries,
        "bytes": found.bytes,
        "limit": settings.cache_limit,
    }


def problems() -> list[str]:
    """Return what is wrong with this installation, a sentence each."""
    found = []
    others = sorted(set(packages_distributions().get("cobra", [])) - {DISTRIBUTION})
    if others:
        found.append(
            f"The distribution {', '.join(others)} installs a package named cobra too, over the files of {DISTRIBUTION};"
            f" use another environment, or uninstall both and install {DISTRIBUTION} again."
        )
    directory = config.current().cache_directory
    if directory and Path(directory).exists() and not os.access(directory, os.W_OK):
        found.append(f"The cache directory {directory} cannot be written, so every process compiles anew.")
    return found


def render(sections: Mapping[str, Mapping[str, object]]) -> str:
    """Return the sections as text."""
    lines = []
    for title, entries in sections.items():
        lines.append(title)
        lines += [f"  {name:<18}{_text(value)}" for name, value in entries.items()] or ["  none"]
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(chosen: Namespace) -> int:
    """Print what is known of the installation and the machine."""
    sections = collect()
    print(json.dumps(sections, indent=2) if chosen.json else render(sections))
    return 0


COMMAND = Command("info", "show versions, processor, cache, targets, drivers and settings", add_arguments, run)
