"""What stands behind one ufunc: its specification, its loops, and the native code of each once it is needed.

Every loop starts as a lazy one. Its first call finds the object in the disk cache or compiles it, loads it and puts its address into
NumPy's loop table, after which NumPy calls native code directly. Kernels are interned by digest: the same content is the same
object, however it was made or unpickled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import FunctionType, MappingProxyType

import numpy as np

from cobra import config
from cobra.cache import disk, keys
from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE
from cobra.compiler.spec import KernelSpec
from cobra.runtime.errors import LoadError
from cobra.runtime.lazy_loop import LazyLoop
from cobra.runtime.loader import load_object
from cobra.ufunc import interpreted
from cobra.ufunc.call_signature import call_signature
from cobra.ufunc.numpy_object import LoopSlot, LoopTable, make_ufunc
from cobra.ufunc.planning import plan
from cobra.ufunc.signature import Signature

_LOGGER = logging.getLogger("cobra")
_LOOP_NAME = "cobra_loop"

_interned: dict[str, np.ufunc] = {}
_intern_lock = threading.Lock()


class Kernel:
    """One kernel: the link between a ufunc and everything Cobra knows of it.

    Parameters
    ----------
    spec
        What the kernel is.
    function
        The Python function it was made from, or None when it was unpickled.
    """

    def __init__(self, spec: KernelSpec, function: FunctionType | None) -> None:
        self.spec = spec
        self.signature = Signature.parse(spec.signature) if spec.signature is not None else None
        self.loops = plan(spec, self.signature)
        self._function = function
        self._table: LoopTable | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the sizes NumPy hands to the loops, in its order."""
        return self.signature.symbols if self.signature is not None else ()

    @property
    def function(self) -> FunctionType:
        """Return the Python function, made from its source when the kernel was unpickled."""
        if self._function is None:
            from cobra.ufunc.python_function import rebuild_function

            self._function = rebuild_function(self.spec.function)
        return self._function

    def make_ufunc(self) -> np.ufunc:
        """Return a new ufunc whose loops are found when they are first called."""
        lazy = [LazyLoop(self._resolver(index)) for index in range(len(self.loops))]
        slots = [LoopSlot(loop.chars, native.function, native.data) for loop, native in zip(self.loops, lazy, strict=True)]
        self._lazy = lazy
        spec = self.spec
        inputs, outputs = len(self.loops[0].inputs), len(self.loops[0].outputs)
        ufunc, self._table = make_ufunc(
            spec.name, slots, inputs, outputs,
            signature=self.signature,
            identity=spec.options.get("identity"),
            doc=spec.doc if spec.doc is not None else spec.function.doc,
            module=spec.function.module,
            qualname=spec.function.qualname if spec.name == spec.function.name else spec.name,
            call_signature=call_signature(spec, self.signature is not None and not self.signature.is_elementwise),
            attributes=MappingProxyType({KERNEL_ATTRIBUTE: self}),
        )  # fmt: skip
        return ufunc

    def _resolver(self, index: int) -> Callable[[int, int, int, int], BaseException | None]:
        def resolve(arguments: int, dimensions: int, steps: int, data: int) -> BaseException | None:
            if self.spec.options.get("interpreted"):
                return interpreted.run_loop(self, index, arguments, dimensions, steps)
            address = self.native_address(index)
            assert self._table is not None
            self._table.patch(index, address)
            self._lazy[index].forward(address)
            return None

        return resolve

    def native_address(self, index: int) -> int:
        """Return the address of a loop's native code, from the disk cache if it is there."""
        store, key = disk.default(), self._object_key(index)
        kept = store.read(key) if store is not None else None
        if kept is not None:
            try:
                return load_object(kept)[_LOOP_NAME]
            except (LoadError, KeyError) as error:
                _LOGGER.debug("cached object %s does not load: %s", key, error)
        from cobra.compiler.pipeline import compile_loop

        made = compile_loop(self.spec, self.loops[index], self.symbols)
        if store is not None:
            store.write(key, made)
        return load_object(made)[_LOOP_NAME]

    def _object_key(self, index: int) -> str:
        source = self.spec.function.source
        place = f"{source.filename}:{source.first_line}" if self.spec.debug else ""
        types = repr((self.loops[index].inputs, self.loops[index].outputs))
        return keys.digest("loop", self.spec.digest, types, place, keys.host_identity(), keys.toolchain_identity(), np.__version__)


def kernel_of(ufunc: object) -> Kernel | None:
    """Return the kernel behind a ufunc, or None when Cobra did not make it."""
    found = getattr(ufunc, "__dict__", {}).get(KERNEL_ATTRIBUTE) if isinstance(ufunc, np.ufunc) else None
    return found if isinstance(found, Kernel) else None


def intern(spec: KernelSpec, function: FunctionType | None = None) -> np.ufunc:
    """Return the ufunc of a specification: the one that exists already, or a new one."""
    with _intern_lock:
        known = _interned.get(spec.digest)
    if known is not None:
        return known
    kernel = Kernel(spec, function)
    made = kernel.make_ufunc()
    if function is not None:
        made.__wrapped__ = function  # type: ignore[attr-defined]
    with _intern_lock:
        return _interned.setdefault(spec.digest, made)


def settings_of_kernel() -> dict[str, object]:
    """Return the options that come from the settings in force: they are part of what a kernel is."""
    settings = config.current()
    chosen: dict[str, object] = {}
    if settings.debug:
        chosen["debug"] = True
    if settings.disable_jit:
        chosen["interpreted"] = True
    return chosen


