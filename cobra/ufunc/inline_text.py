"""``cobra.inline`` as Python sees it; kernels are translated and never call it."""

from __future__ import annotations

from cobra.errors import InvalidCall


def inline(text: str) -> None:
    """Put LLVM instructions into a kernel.

    Parameters
    ----------
    text
        A constant string of LLVM instructions. Each parameter and local variable of the kernel is ``%name`` in it, and each
        ``%name`` it assigns that the kernel has as a variable, or declares by ``name: type``, is that variable afterwards.
        A kernel that ends without ``return`` returns its variable ``result``.

    Raises
    ------
    InvalidCall
        When Python itself calls it, outside of a kernel.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc
    ... def difference(a: float, b: float) -> float:
    ...     result: float
    ...     cobra.inline("%result = fsub double %a, %b")
    >>> difference(5, [3, 4])
    array([2., 1.])
    """
    raise InvalidCall("cobra.inline has a meaning in kernels only", hint="Call it in a function under @cobra.ufunc or @cobra.function.")
