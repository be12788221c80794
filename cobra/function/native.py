"""What stands behind a scalar function: its specification, its types, and its native code once it is needed."""

from __future__ import annotations

from functools import cached_property
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from cobra import config
from cobra.cache import disk, keys
from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE
from cobra.compiler.loop_types import LoopTypes
from cobra.compiler.spec import KernelSpec
from cobra.compounds import void
from cobra.errors import CobraError, CompilationFailed
from cobra.function.planning import function_types
from cobra.runtime.builtin_function import TYPE_OFFSET
from cobra.runtime.compile_lock import COMPILING
from cobra.runtime.errors import LoadError
from cobra.runtime.loader import load_object
from cobra.types import KernelType

if TYPE_CHECKING:
    from cobra.compiler.codegen.cpu import Processor
    from cobra.compiler.codegen.function_module import FunctionModule


class NativeFunction:
    """One scalar function: the link between its callable object and everything Cobra knows of it.

    Parameters
    ----------
    spec
        What it is; one loop, its types.
    original
        The Python function it was made from, or None while that is not known, as after unpickling.

    Attributes
    ----------
    loops, symbols
        As those of a kernel: the only loop, and no sizes of core dimensions.
    scalar
        Tells other kernels that this is no ufunc.
    """

    symbols: tuple[str, ...] = ()
    scalar = True

    def __init__(self, spec: KernelSpec, original: FunctionType | None) -> None:
        self.spec = spec
        self.loops: tuple[LoopTypes, ...] = (function_types(spec),)
        self.original = original

    @property
    def loop(self) -> LoopTypes:
        """Return the types."""
        return self.loops[0]

    @property
    def results(self) -> tuple[KernelType, ...]:
        """Return the types of the results, none when it returns nothing."""
        return tuple(kind for kind in self.loop.outputs if kind != void)

    @property
    def interpreted(self) -> bool:
        """Tell whether it runs as plain Python."""
        return bool(self.spec.options.get("interpreted"))

    @cached_property
    def addresses(self) -> dict[str, int]:
        """Return the address of each entry, from the disk cache if its code is there."""
        with COMPILING:
            store, key = disk.default(), self._object_key()
            kept = store.read(key) if store is not None else None
            if kept is not None:
                try:
                    return load_object(kept)
                except LoadError as error:
                    disk.report("cached object %s does not load: %s", key, error)
            made = self._compiled()
            if store is not None:
                store.write(key, made)
            return load_object(made)

    def _object_key(self) -> str:
        source = self.spec.function.source
        place = f"{source.filename}:{source.first_line}" if self.spec.debug else ""
        types = repr((self.loop.inputs, self.loop.outputs))
        tools = config.current().target_cpu or "", keys.host_identity(), keys.toolchain_identity(), np.__version__
        return keys.digest("function", self.spec.digest, types, place, str(TYPE_OFFSET), *tools)

    def _compiled(self) -> bytes:
        from cobra.compiler.codegen import cpu

        try:
            processor = cpu.target()
            module = self.module(processor)
            return cpu.compile_object(module.text, quick=module.is_quick, processor=processor)
        except CobraError:
            raise
        except Exception as error:
            hint = "This is a defect of Cobra: please report it with the function."
            what = f"{self.spec.name!r} cannot be compiled: {error}"
            raise CompilationFailed(what, self.spec.function.location(), hint) from error

    def module(self, processor: Processor) -> FunctionModule:
        """Return the LLVM module for a processor."""
        from cobra.compiler.codegen.function_module import function_module
        from cobra.compiler.codegen.loop_parts import Style
        from cobra.compiler.pipeline import run_passes, translate
        from cobra.function.operands import passed

        translation = translate(self.spec, self.loop, ())
        inputs, results = ([passed(kind) for kind in side] for side in (self.loop.inputs, self.results))
        style = Style(processor.machine, self.spec.fast_math)
        function = run_passes(translation.function, math=self.spec.math, fast_math=self.spec.fast_math)
        return function_module(function, inputs, results, style, type_offset=TYPE_OFFSET)


def native_of(thing: object) -> NativeFunction | None:
    """Return what stands behind a scalar function of Cobra's, or None for anything else."""
    found = getattr(thing, "__dict__", {}).get(KERNEL_ATTRIBUTE)
    return found if isinstance(found, NativeFunction) else None
