"""``python -m cobra inspect TARGET``: a kernel's representation, LLVM text, assembly, graph or metadata.

The target is ``file.py:name`` or ``package.module:name``; the file or module is run to find the kernel.
"""

from __future__ import annotations

import json
import sys
import traceback
from argparse import ArgumentParser, Namespace
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import cobra
from cobra.command_line.arguments import Command, UsageError
from cobra.errors import InvalidCall
from cobra.inspect.choice import behind

STAGES = ("ir", "llvm", "asm", "graph", "metadata")


def find(target: str) -> object:
    """Return the kernel or function a target names."""
    place, separator, name = target.rpartition(":")
    if not separator or not place or not name:
        raise UsageError(f"{target!r} names no kernel; write file.py:name or package.module:name")
    found: Any = _module(place)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise UsageError(f"{place} has no {name!r}; its kernels are {_kernels(found)}") from None
    if not _is_kernel(found):
        raise UsageError(f"{target} is {found!r}, not a kernel")
    return found


def _kernels(place: object) -> str:
    return ", ".join(name for name, value in vars(place).items() if _is_kernel(value)) or "none"


def _is_kernel(thing: object) -> bool:
    try:
        behind(thing)
    except InvalidCall:
        return False
    return True


def _module(place: str) -> ModuleType:
    is_file = place.endswith(".py")
    if is_file and not Path(place).is_file():
        raise UsageError(f"there is no file {place}")
    sys.path.insert(0, str(Path(place).resolve().parent if is_file else Path.cwd()))
    try:
        return _run_file(place) if is_file else import_module(place)
    except cobra.CobraError:
        raise
    except Exception as failure:
        place_of_failure = traceback.extract_tb(failure.__traceback__)[-1]
        where = f"{place_of_failure.filename}:{place_of_failure.lineno}"
        raise UsageError(f"{place} cannot be run: {type(failure).__name__}: {failure} ({where})") from None


def _run_file(place: str) -> ModuleType:
    name = Path(place).stem
    specification = spec_from_file_location(name, place, loader=SourceFileLoader(name, place))
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules.setdefault(name, module)
    specification.loader.exec_module(module)
    return module


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("target", help="file.py:name or package.module:name")
    parser.add_argument("--stage", choices=STAGES, default="ir", help="what to show (default: %(default)s)")
    parser.add_argument("--types", help="which loop, as in the ufunc's .types (default: double precision)")


def run(chosen: Namespace) -> int:
    """Print one stage of a kernel."""
    print(_STAGE_TEXTS[chosen.stage](find(chosen.target), chosen.types))
    return 0


def _source_and_ir(kernel: object, types: str | None) -> str:
    return cobra.inspect.ir(kernel, types, source=True)


def _graph(kernel: object, types: str | None) -> str:
    return cobra.inspect.graph(kernel, types).dot


def _metadata(kernel: object, types: str | None) -> str:
    return json.dumps(cobra.inspect.metadata(kernel, types), indent=2, ensure_ascii=False)


_STAGE_TEXTS = dict(zip(STAGES, (_source_and_ir, cobra.inspect.llvm, cobra.inspect.asm, _graph, _metadata), strict=True))
COMMAND = Command("inspect", "show a kernel's representation, LLVM text, assembly, graph or metadata", add_arguments, run)
