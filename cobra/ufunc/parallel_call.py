"""One call of a kernel by another policy, shared among threads also where NumPy casts or broadcasts what it hands a loop.

In go a kernel and all that a call of it takes; out comes what the call gives. `call_splitting` says into which parts a call falls; each
part is a call of its own, whose floating-point errors are collected and reported once, as NumPy reports them.
"""

from __future__ import annotations

import contextvars
import ctypes
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np

from cobra.errors import InvalidCall
from cobra.runtime.thread_pool import ANY_NUMBER, the_pool, thread_policy
from cobra.ufunc.call_splitting import SplitCall, split_call
from cobra.ufunc.kernel import Kernel, kernel_of
from cobra.ufunc.policies import PARALLEL
from cobra.ufunc.policy_block import policy as policy_block
from cobra.ufunc.policy_block import thread_number

_JOB = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
# holds the GIL, which the pool gives up while others work, and raises what a signal handler has raised meanwhile
_RUN = ctypes.PYFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 4, ctypes.c_bool)

_PLAIN = (bool, int, float, complex, np.generic, list, tuple)

# as NumPy checks them, by the bits in what it calls flags
_ERRORS = (("divide", 1, "divide by zero"), ("over", 2, "overflow"), ("under", 4, "underflow"), ("invalid", 8, "invalid value"))


class PolicyCall:
    """A kernel, and how one call of it shall run."""

    def __init__(self, kernel: object, policy: str | None, num_threads: int | None) -> None:
        known = kernel_of(kernel)
        if known is None:
            raise InvalidCall(f"{kernel!r} is no kernel of Cobra's", hint="Make one with @cobra.ufunc.")
        self.kernel, self.num_threads = known, num_threads
        self.policy = PARALLEL if policy is None and num_threads is not None else policy
        if self.policy is not None:
            thread_number(self.policy, num_threads)  # complain before anything is done

    def make(self, operands: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Call the kernel; floating-point errors are reported where `cobra.call` was called."""
        ufunc = self.kernel.ufunc
        with policy_block(self.policy, num_threads=self.num_threads) if self.policy is not None else nullcontext():
            threads = threads_of(self.kernel)
            split = split_call(self.kernel, operands, keywords, threads) if threads > 1 else None
            if split is not None:
                flags = _run(split, threads)
                result = split.outputs[0] if ufunc.nout == 1 else tuple(split.outputs)
            elif self.kernel.interpreted or not _is_numpy_alone(operands, keywords.get("out")):
                return ufunc(*operands, **keywords)  # others' code may have its own way with floating-point errors
            else:
                result, flags = _collecting(ufunc, operands, keywords)
        report(flags, ufunc.__name__)
        return result


def threads_of(kernel: Kernel) -> int:
    """Return how many threads may take part in a call that is made here."""
    pool, said = the_pool(), thread_policy.get()
    if pool is None or kernel.interpreted:
        return 1
    own = int(str(kernel.spec.options.get("num_threads", pool.threads)))
    is_parallel = kernel.spec.options.get("policy") == PARALLEL
    wanted = said if said > 0 else own if is_parallel or said == ANY_NUMBER else 1
    return min(wanted, pool.threads)


def _is_numpy_alone(operands: Sequence[Any], out: Any) -> bool:
    """Tell whether a call runs no code of other classes of arrays."""
    given = [*operands, *(out if isinstance(out, tuple) else (out,))]
    return all(each is None or isinstance(each, _PLAIN) or type(each) is np.ndarray for each in given)


def _collecting(ufunc: np.ufunc, operands: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, int]:
    """Make a call as it is; return its result and its floating-point errors, which NumPy would report as this module's."""
    flags = [0]
    with np.errstate(all="call", call=lambda _, raised: flags.append(raised)):
        result = ufunc(*operands, **keywords)
    return result, int(np.bitwise_or.reduce(flags))


def _run(split: SplitCall, threads: int) -> int:
    """Run the parts of a call on the pool; return the floating-point errors of all of them."""
    pool = the_pool()
    assert pool is not None
    errors: list[BaseException] = []
    flags = [0]
    context = contextvars.copy_context()

    def note(_: str, raised: int) -> None:
        flags.append(raised)

    def part(start: int, stop: int) -> None:
        with np.errstate(all="call", call=note):
            split.run(start, stop)

    def job(_: int, start: int, stop: int) -> None:
        try:
            if not errors:
                context.copy().run(part, start, stop)
        except BaseException as error:
            errors.append(error)

    native = _JOB(job)
    address = ctypes.cast(native, ctypes.c_void_p)
    _native_run()(pool.address, address, None, split.length, split.part_length, threads, 1, True)
    if errors:
        raise errors[0]
    return int(np.bitwise_or.reduce(flags))


@cache
def _native_run() -> Any:
    pool = the_pool()
    assert pool is not None
    return _RUN(pool.functions["cobra_pool_run"])


def report(flags: int, name: str) -> None:
    """Do with floating-point errors what `numpy.errstate` asks for, as if in the caller of the caller's caller."""
    if not flags:
        return
    chosen = np.geterr()
    for kind, bit, what in _ERRORS:
        if flags & bit:
            _handle(chosen[kind], what, flags, name)  # type: ignore[literal-required]


def _handle(way: str, what: str, flags: int, name: str) -> None:
    said = f"{what} encountered in {name}"
    if way == "warn":
        warnings.warn(said, RuntimeWarning, stacklevel=5)  # whoever called `cobra.call`
    elif way == "raise":
        raise FloatingPointError(said)
    elif way == "print":
        sys.stdout.write(f"Warning: {said}\n")
    elif way in ("call", "log"):
        handler: Any = np.geterrcall()
        if way == "call":
            handler(what, flags)
        else:
            handler.write(f"Warning: {said}\n")
