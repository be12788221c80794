"""The stages of a kernel as text: representation, LLVM, assembly; and the way back from a text of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cobra.errors import InvalidCall
from cobra.inspect.choice import Chosen, choose

if TYPE_CHECKING:
    from cobra.compiler.codegen.function_module import FunctionModule
    from cobra.compiler.codegen.module import LoopModule
    from cobra.compiler.ir.operations import Function


def ir(kernel: object, types: str | None = None, *, lowered: bool = False, source: bool = False) -> str:
    """Return the intermediate representation of one loop.

    Parameters
    ----------
    kernel
        A kernel of Cobra's, or what `parse` returned.
    types
        The loop, in NumPy's codes; the double-precision one when left out.
    lowered
        Show it after all passes instead of as the kernel was written.
    source
        Show the source line of each operation as well as its number.

    Returns
    -------
    str
        One operation a line, with the place of its source as a comment. `parse` reads it.

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
    from cobra.compiler.ir.operations import Function
    from cobra.compiler.ir.printing import print_function
    from cobra.compiler.pipeline import run_passes

    if isinstance(kernel, Function):
        function = run_passes(kernel) if lowered else kernel
    else:
        chosen = choose(kernel, types)
        function, spec = chosen.translation().function, chosen.spec
        function = run_passes(function, math=spec.math, fast_math=spec.fast_math) if lowered else function
    return print_function(function, notes="sources" if source else "locations")


def parse(text: str) -> Function:
    """Return the function that a text of `ir` is of; comments are passed over.

    Parameters
    ----------
    text
        What `ir` returned, or a text by the same grammar.

    Returns
    -------
    Function
        The representation that the compiler's passes work on, its operations checked against the table of operations. `ir` prints it.

    Raises
    ------
    InvalidCall
        When it is no text.
    InvalidText
        When the text breaks the grammar or an operation does not take its operands; with the line.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> [operation.primitive.name for operation in cobra.inspect.parse(cobra.inspect.ir(double)).body.statements]
    ['add']
    """
    from cobra.compiler.ir.reading import read_function
    from cobra.compiler.primitives.table import TABLE

    if not isinstance(text, str):
        hint = "Pass the text that cobra.inspect.ir returned."
        raise InvalidCall(f"a representation is read from a text, not from the {type(text).__name__} {text!r}", hint=hint)
    return read_function(text, TABLE)


def llvm(kernel: object, types: str | None = None, *, optimised: bool = False) -> str:
    """Return the LLVM text of one loop, as Cobra writes it or after LLVM's passes.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> "define void @cobra_loop(" in cobra.inspect.llvm(double)
    True
    """
    from cobra.compiler.codegen import cpu

    module = module_of(choose(kernel, types))
    return cpu.optimise_text(module.text, quick=module.is_quick) if optimised else module.text


def asm(kernel: object, types: str | None = None) -> str:
    """Return the assembly of one loop for this machine.

    Examples
    --------
    >>> import cobra
    >>> double = cobra.ufunc(lambda x: x + x, types="d->d")
    >>> "cobra_loop:" in cobra.inspect.asm(double)
    True
    """
    from cobra.compiler.codegen import cpu

    module = module_of(choose(kernel, types))
    return cpu.compile_assembly(module.text, quick=module.is_quick)


def module_of(chosen: Chosen) -> LoopModule | FunctionModule:
    """Return the LLVM module of a loop, or of a scalar function, for this machine."""
    from cobra.compiler.codegen import cpu
    from cobra.compiler.pipeline import native_module
    from cobra.function.native import NativeFunction

    if isinstance(chosen.kernel, NativeFunction):
        return chosen.kernel.module(cpu.target())
    return native_module(chosen.spec, chosen.translation(), cpu.target())
