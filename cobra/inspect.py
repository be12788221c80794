"""Look inside a kernel: its intermediate representation, its LLVM text, its assembly.

Every function takes a kernel and, when it has several loops, the types of the one meant: ``"ff->f"`` or just ``"ff"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cobra.errors import InvalidCall

if TYPE_CHECKING:
    from cobra.compiler.codegen.module import LoopModule
    from cobra.compiler.loop_types import LoopTypes
    from cobra.ufunc.kernel import Kernel


def ir(kernel: np.ufunc, types: str | None = None, *, lowered: bool = False) -> str:
    """Return the intermediate representation of one loop.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    types
        The loop, in NumPy's codes; the double-precision one when left out.
    lowered
        Show it after all passes instead of as the kernel was written.

    Returns
    -------
    str
        One operation a line, with its source line as a comment.

    Raises
    ------
    InvalidCall
        When the object is no kernel or has no such loop.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> cobra.inspect.ir(double).splitlines()[0]
    'function kernel(%x: float64) -> (float64) {'
    """
    from cobra.compiler.ir.printing import print_function
    from cobra.compiler.pipeline import run_passes, translate

    found, loop = _choose(kernel, types)
    function = translate(found.spec, loop, found.symbols).function
    return print_function(run_passes(function) if lowered else function, locations=True)


def llvm(kernel: np.ufunc, types: str | None = None, *, optimised: bool = False) -> str:
    """Return the LLVM text of one loop, as Cobra writes it or after LLVM's passes.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> "define void @cobra_loop(" in cobra.inspect.llvm(double)
    True
    """
    from cobra.compiler.codegen import cpu

    module = _module(kernel, types)
    return cpu.optimise_text(module.text, quick=not module.has_loops) if optimised else module.text


def asm(kernel: np.ufunc, types: str | None = None) -> str:
    """Return the assembly of one loop for this machine.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> "cobra_loop:" in cobra.inspect.asm(double)
    True
    """
    from cobra.compiler.codegen import cpu

    module = _module(kernel, types)
    return cpu.compile_assembly(module.text, quick=not module.has_loops)


def _module(kernel: np.ufunc, types: str | None) -> LoopModule:
    from cobra.compiler.codegen import cpu
    from cobra.compiler.pipeline import native_module, translate

    found, loop = _choose(kernel, types)
    return native_module(found.spec, translate(found.spec, loop, found.symbols), cpu.target())


def _choose(kernel: np.ufunc, types: str | None) -> tuple[Kernel, LoopTypes]:
    from cobra.ufunc.kernel import kernel_of

    found = kernel_of(kernel)
    if found is None:
        raise InvalidCall(f"{kernel!r} is no kernel of Cobra's", hint="Make one with @cobra.ufunc.")
    if types is None:
        doubles = [loop for loop in found.loops if set(str(loop).partition("->")[0]) == {"d"}]
        return found, (doubles or list(found.loops))[0]
    wanted = types.replace(" ", "")
    for loop in found.loops:
        if wanted in (str(loop), str(loop).partition("->")[0]):
            return found, loop
    raise InvalidCall(f"{found.spec.name!r} has no loop {types!r}", hint=f"It has {', '.join(map(str, found.loops))}.")
