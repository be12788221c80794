"""What stands behind one ufunc: its specification, its loops, and the native code of each once it is needed.

Every loop starts as a lazy one. Its first call finds the object in the disk cache or compiles it, loads it and puts its address
into NumPy's loop table, after which NumPy calls native code directly. Kernels are interned: the same content under the same
name of the same module is the same object, however it was made or unpickled.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from types import FunctionType, TracebackType

import numpy as np

from cobra import config
from cobra.cache import disk, keys
from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE
from cobra.compiler.spec import KernelSpec
from cobra.runtime.compile_lock import COMPILING
from cobra.runtime.errors import LoadError
from cobra.runtime.lazy_loop import LazyLoop
from cobra.runtime.loader import load_object
from cobra.ufunc import policies
from cobra.ufunc.binding import Arities
from cobra.ufunc.call_signature import call_signature
from cobra.ufunc.numpy_object import LoopSlot, LoopTable, make_ufunc
from cobra.ufunc.options import options_in_force
from cobra.ufunc.parallel_loops import LoopCode, ParallelLoops
from cobra.ufunc.planning import plan, signature_of_types
from cobra.ufunc.policies import without_policy
from cobra.ufunc.signature import Signature
from cobra.ufunc.ufunc_struct import write_to_inputs

_LOOP_NAME = "cobra_loop"
_RAISING = b"PyErr_SetString"  # the outside name that code has which raises exceptions
_COBRA = os.path.dirname(os.path.dirname(__file__))

_interned: dict[tuple[str, str, str], np.ufunc] = {}


class Kernel:
    """One kernel: the link between a ufunc and everything Cobra knows of it.

    Parameters
    ----------
    spec
        What the kernel is.
    original
        The Python function it was made from, or None while that is not known, as after unpickling.
    """

    def __init__(self, spec: KernelSpec, original: FunctionType | None) -> None:
        self.spec = spec
        # what is compiled and kept on disk: how many threads run it makes no other code
        self._code_spec = replace(spec, options=without_policy(spec.options))
        declared = Signature.parse(spec.signature) if spec.signature is not None else None
        # those of other packages' types stand last: NumPy keeps them apart
        self.loops = tuple(sorted(plan(self._code_spec, declared), key=lambda loop: loop.is_user_defined))
        self.signature = declared or signature_of_types(spec, self.loops)
        self.interpreted = bool(spec.options.get("interpreted"))
        self.original = original
        resolver = self._interpreter if self.interpreted else self._resolver
        self._code: dict[int, LoopCode] = {}
        self._lazy = [LazyLoop(resolver(k), keep_traceback=self.interpreted) for k in range(len(self.loops))]
        self.ufunc, self._table = self._make_ufunc()
        self._parallel = ParallelLoops(spec, self.ufunc, self.loops)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the sizes that the loops take from NumPy, in its order: none where the operands' own types tell them."""
        return self.signature.symbols if self.signature is not None and self.spec.signature is not None else ()

    @cached_property
    def function(self) -> Callable[..., object]:
        """Return the Python function, made from its source when the kernel was unpickled."""
        if self.original is not None:
            return self.original
        from cobra.ufunc.python_function import rebuild_function

        return rebuild_function(self.spec.function, rebuild)

    @cached_property
    def _plain_function(self) -> Callable[..., object]:
        """Return a Python function that does what the kernel does: one with inline texts has to be made again."""
        from cobra.ufunc.interpreted_texts import has_texts
        from cobra.ufunc.python_function import rebuild_function

        return rebuild_function(self.spec.function, rebuild) if has_texts(self.spec.function) else self.function

    def adopt(self, function: FunctionType | None) -> None:
        """Take the Python function a kernel was made from where it is not known yet, and show it as ``__wrapped__``."""
        self.original = self.original or function
        # with parameters bound, only a stand-in takes the operands that the kernel takes
        wrapped = self.original if not self.spec.bound else None
        if wrapped is not None or not hasattr(self.ufunc, "__wrapped__"):
            self.ufunc.__wrapped__ = wrapped or self._stand_in()  # type: ignore[attr-defined]

    def _stand_in(self) -> Callable[..., object]:
        """Return a function of the operands that finds what it calls when it is called: making that takes a while."""

        def kernel(*operands: object) -> object:
            from cobra.ufunc.python_function import call_function

            return call_function(self.spec, self.function, operands)

        of = self.spec.function
        kernel.__name__, kernel.__qualname__, kernel.__module__, kernel.__doc__ = of.name, of.qualname, of.module, of.doc
        return kernel

    def _make_ufunc(self) -> tuple[np.ufunc, LoopTable]:
        spec, loops = self.spec, self.loops
        slots = [LoopSlot(loop.chars, lazy.function, lazy.data, loop.dtypes) for loop, lazy in zip(loops, self._lazy, strict=True)]
        inputs = len(loops[0].inputs)
        ufunc, table = make_ufunc(
            spec.name, slots, inputs, len(loops[0].outputs),
            signature=self.signature,
            identity=spec.options.get("identity"),
            doc=spec.doc if spec.doc is not None else spec.function.doc,
            module=spec.function.module,
            qualname=spec.function.qualname if spec.name == spec.function.name else spec.name,
            call_signature=call_signature(spec, inputs, self.signature is not None and not self.signature.is_elementwise),
            attributes={KERNEL_ATTRIBUTE: self, "arities": Arities(spec, lambda other: intern(other, self.original))},
        )  # fmt: skip
        write_to_inputs(ufunc, (k for k, name in enumerate(spec.operand_names[:inputs]) if name in spec.writable))
        return ufunc, table

    def _resolver(self, index: int) -> Callable[[int, int, int, int], None]:
        def resolve(arguments: int, dimensions: int, steps: int, data: int) -> None:
            with COMPILING:
                code = self._code[index] = self.native_code(index)
                function, data = self._parallel.loop(index, code) if self._parallel.is_wanted else (code.address, 0)
                self._table.patch(index, function, data)
                self._lazy[index].forward(function, data)

        return resolve

    def follow_policies(self) -> None:
        """Let the loops that run in one thread so far ask what `cobra.policy` says; those yet to come will do so anyway."""
        if self.interpreted or self._parallel.is_parallel:
            return
        for index, lazy in enumerate(self._lazy):
            if lazy.is_forwarded and not self.loops[index].is_user_defined:  # NumPy has others in a place of its own
                self._table.patch(index, *self._parallel.loop(index, self._code[index]))

    def seconds_of(self, index: int) -> float | None:
        """Return what one element takes in a loop that has timed itself, or None while that is not known."""
        return self._parallel.seconds_of(index)

    def _interpreter(self, index: int) -> Callable[[int, int, int, int], BaseException | None]:
        def interpret(arguments: int, dimensions: int, steps: int, data: int) -> BaseException | None:
            from cobra.ufunc.interpreted import run_loop

            try:
                run_loop(self.spec, self._plain_function, self.loops[index], self.symbols, (arguments, dimensions, steps))
            except BaseException as error:
                return error.with_traceback(_frames_of_user(error.__traceback__))
            return None

        return interpret

    def native_code(self, index: int) -> LoopCode:
        """Return a loop's native code, loaded anew: from the disk cache if it is there."""
        store, key = disk.default(), self._object_key(index)
        kept = store.read(key) if store is not None else None
        if kept is not None:
            try:
                return _loaded(kept)
            except (LoadError, KeyError) as error:
                disk.report("cached object %s does not load: %s", key, error)
        from cobra.compiler.pipeline import compile_loop

        made = compile_loop(self._code_spec, self.loops[index], self.symbols)
        if store is not None:
            store.write(key, made)
        return _loaded(made)

    def _object_key(self, index: int) -> str:
        source = self.spec.function.source
        place = f"{source.filename}:{source.first_line}" if self.spec.debug else ""
        types = repr((self.loops[index].inputs, self.loops[index].outputs))
        tools = config.current().target_cpu or "", keys.host_identity(), keys.toolchain_identity(), np.__version__
        return keys.digest("loop", self._code_spec.digest, types, place, *tools)


def _loaded(data: bytes) -> LoopCode:
    return LoopCode(load_object(data)[_LOOP_NAME], raises=_RAISING in data)


def _frames_of_user(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of Cobra's that it begins with."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_COBRA):
        traceback = traceback.tb_next
    return traceback


def kernel_of(ufunc: object) -> Kernel | None:
    """Return the kernel behind a ufunc, or None when Cobra did not make it."""
    found = getattr(ufunc, "__dict__", {}).get(KERNEL_ATTRIBUTE) if isinstance(ufunc, np.ufunc) else None
    return found if isinstance(found, Kernel) else None


def intern(spec: KernelSpec, function: FunctionType | None = None) -> np.ufunc:
    """Return the ufunc of a specification: the one that exists already, or a new one."""
    key = spec.digest, spec.function.module, spec.function.qualname
    with COMPILING:
        known = _interned.get(key)
        kernel = kernel_of(known) if known is not None else Kernel(spec, function)
        assert kernel is not None
        kernel.adopt(function)
        return _interned.setdefault(key, kernel.ufunc)


def rebuild(spec: KernelSpec) -> np.ufunc:
    """Return the ufunc of a specification that was made elsewhere, under the settings in force here."""
    options = options_in_force(spec.options)
    return intern(spec if options == spec.options else replace(spec, options=options))


def follow_policies() -> None:
    """Let every kernel of this process, and every one to come, ask what `cobra.policy` says; from the first block on."""
    with COMPILING:
        if not policies.are_followed():
            policies.follow()
            for ufunc in list(_interned.values()):
                kernel = kernel_of(ufunc)
                assert kernel is not None
                kernel.follow_policies()
