"""The options of a kernel, checked: plain values that become part of what the kernel is.

In go the arguments of the decorator, None where an argument was not given; out comes a mapping with what was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cobra import config
from cobra.compiler.spec import MATH_SOURCES, FunctionSpec
from cobra.errors import InvalidOption
from cobra.ufunc.policies import chosen_policy

REORDERABLE = "reorderable"


def chosen_options(
    identity: object,
    fast_math: bool | None,
    writable: str | Sequence[str] | None,
    math: str | None,
    policy: str | None = None,
    num_threads: int | None = None,
) -> dict[str, object]:
    """Return the options that were given; raise `InvalidOption` for one that cannot be."""
    chosen = chosen_policy(policy, num_threads)
    if identity is not None:
        chosen["identity"] = _identity(identity)
    if fast_math is not None:
        chosen["fast_math"] = bool(fast_math)
    if writable is not None:
        chosen["writable"] = (writable,) if isinstance(writable, str) else tuple(writable)
    if math is not None:
        chosen["math"] = _math_source(math)
    return chosen


def _identity(identity: object) -> object:
    plain = identity.item() if isinstance(identity, np.generic) else identity
    if isinstance(plain, (bool, int, float, complex)) or plain == REORDERABLE:
        return plain
    raise InvalidOption(f"the identity {identity!r} is not a number", hint=f'Give a number, None or "{REORDERABLE}".')


def _math_source(math: str) -> str:
    """Return where elementary functions come from; the usual source says nothing."""
    if math not in MATH_SOURCES:
        hint = f"Choose one of {', '.join(map(repr, MATH_SOURCES))}."
        raise InvalidOption(f"math={math!r} is no source of elementary functions", hint=hint)
    return "" if math == MATH_SOURCES[0] else math


def options_in_force(options: Mapping[str, object]) -> dict[str, object]:
    """Return options with what the settings add: kernels made while they hold are checked or interpreted for good."""
    settings = config.current()
    added = {"debug": settings.debug or options.get("debug"), "interpreted": options.get("interpreted", settings.disable_jit)}
    # an option at its default says nothing, so that giving it makes no other kernel; one that is never interpreted says so
    said = {"identity", *options.keys() & {"interpreted"}}
    return {key: value for key, value in {**options, **added}.items() if value or key in said}


def check_threads(name: str, options: Mapping[str, object]) -> None:
    """Raise `InvalidOption` when a number of threads is given to a kernel that runs in one."""
    if options.get("num_threads") and not options.get("policy"):
        what = f"num_threads={options['num_threads']} says nothing to {name!r}, which runs in the thread that calls it"
        raise InvalidOption(what, hint='Add policy="parallel".')


def check_names(function: FunctionSpec, options: Mapping[str, object]) -> None:
    """Raise `InvalidOption` when an option names a parameter that the function does not have."""
    writable = options.get("writable", ())
    assert isinstance(writable, tuple)
    for name in writable:
        if name not in function.parameter_names:
            hint = f"Its parameters: {', '.join(function.parameter_names)}."
            raise InvalidOption(f"writable={name!r} names no parameter of {function.name!r}", function.location(), hint)
