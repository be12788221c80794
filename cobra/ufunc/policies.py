"""The policies by which kernels run, and whether blocks of `cobra.policy` are to be asked for theirs.

In go names and numbers of threads as users write them; out come options of a kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import index

from cobra.errors import InvalidOption

PARALLEL, VECTORIZED = "parallel", "vectorized"
POLICIES = (VECTORIZED, PARALLEL)
TO_COME = ("async", "sandboxed")

_MOST_THREADS = 1 << 16
_state = {"followed": False}


def chosen_policy(policy: str | None, num_threads: int | None) -> dict[str, object]:
    """Return the options that say how a kernel runs, of those that were given; an empty policy is the usual one."""
    chosen: dict[str, object] = {}
    if policy is not None:
        is_parallel = check_policy(policy) == PARALLEL
        chosen |= {"policy": PARALLEL} if is_parallel else {"policy": "", "num_threads": 0}
    if num_threads is not None:
        chosen["num_threads"] = check_number(num_threads)
    return chosen


def check_policy(policy: str) -> str:
    """Return the name of a policy; raise `InvalidOption` for anything else."""
    if policy in POLICIES:
        return policy
    valid = " or ".join(f'"{name}"' for name in POLICIES)
    if isinstance(policy, str) and policy.partition(":")[0] in TO_COME:
        raise InvalidOption(f"there are no kernels with policy={policy!r} yet", hint=f"Right is {valid}.")
    raise InvalidOption(f"policy cannot be {policy!r}", hint=f"Right is {valid}.")


def check_number(num_threads: int) -> int:
    """Return a number of threads; raise `InvalidOption` for anything else."""
    try:
        number = index(num_threads)
    except TypeError:
        number = 0
    if isinstance(num_threads, bool) or not 1 <= number <= _MOST_THREADS:
        raise InvalidOption(f"num_threads cannot be {num_threads!r}", hint=f"Right is a whole number from 1 to {_MOST_THREADS}.")
    return number


def without_policy(options: Mapping[str, object]) -> dict[str, object]:
    """Return the options that a kernel's code depends on."""
    return {name: value for name, value in options.items() if name not in ("policy", "num_threads")}


def follow() -> None:
    """Let loops that are made from now on ask what blocks say."""
    _state["followed"] = True


def are_followed() -> bool:
    """Tell whether there has been a block in this process."""
    return _state["followed"]
