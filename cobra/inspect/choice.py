"""Which loop of which kernel is meant.

Goes in: what a user hands over, and the types of a loop as text. Comes out: the specification and the loop, or an `InvalidCall`
that lists what there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cobra.errors import InvalidCall

if TYPE_CHECKING:
    from cobra.compiler.frontend.translate import Translation
    from cobra.compiler.loop_types import LoopTypes
    from cobra.compiler.spec import KernelSpec


class Inspectable(Protocol):
    """What stands behind a kernel or a function, as the attribute that marks it as Cobra's."""

    spec: KernelSpec

    @property
    def loops(self) -> Sequence[LoopTypes]:
        """Return the operand types of each loop."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the sizes that loops are handed."""


class Chosen(NamedTuple):
    """One loop of a kernel."""

    kernel: Inspectable
    loop: LoopTypes

    @property
    def spec(self) -> KernelSpec:
        """Return what the kernel is."""
        return self.kernel.spec

    def translation(self) -> Translation:
        """Return the function of the loop, as the user wrote it."""
        from cobra.compiler.pipeline import translate

        return translate(self.spec, self.loop, self.kernel.symbols)


def behind(kernel: object) -> Inspectable:
    """Return what stands behind a kernel or a function, or raise `InvalidCall` when Cobra did not make it."""
    from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE

    found: Inspectable | None = getattr(kernel, "__dict__", {}).get(KERNEL_ATTRIBUTE) if not isinstance(kernel, type) else None
    if found is None:
        raise InvalidCall(f"{kernel!r} is no kernel of Cobra's", hint="Make one with @cobra.ufunc or @cobra.function.")
    return found


def choose(kernel: object, types: str | None) -> Chosen:
    """Return the loop of the given types; without types the one of double precision, or else the first."""
    found = behind(kernel)
    if types is None:
        doubles = [loop for loop in found.loops if set(str(loop).partition("->")[0]) == {"d"}]
        return Chosen(found, (doubles or list(found.loops))[0])
    wanted = types.replace(" ", "")
    for loop in found.loops:
        if wanted in (str(loop), str(loop).partition("->")[0]):
            return Chosen(found, loop)
    raise InvalidCall(f"{found.spec.name!r} has no loop {types!r}", hint=f"It has {', '.join(map(str, found.loops))}.")
