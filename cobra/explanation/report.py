"""An explanation as text, as HTML for notebooks, and as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a call of a kernel does on this machine.

    Parameters
    ----------
    kernel, loop
        The kernel's name, and the types of the loop that serves the call, in NumPy's codes.
    shape, elements
        What it loops over.
    inner, steps
        The elements NumPy hands over at once, and the bytes from one to the next by operand.
    converted
        The operands, counted from 0, that NumPy converts or copies first.
    version
        The way through the inner loop.
    lanes, vector_bits
        How many elements are computed at once and the width of the machine's vectors; ``lanes`` is None in scalar code.
    reason
        Why it is this version.
    threads
        How many threads may work on it.
    bytes, flops
        What is read and written, and floating-point operations; ``flops_are_exact`` unless the data can make them more.
    seconds
        The least that moving the bytes, computing, and calling take here, by ``memory``, ``arithmetic``, ``call``.
    measured
        Seconds of the call, the shortest of many, where that was asked for.
    advice
        What would be faster.
    """

    kernel: str
    loop: str
    shape: tuple[int, ...]
    elements: int
    inner: int
    steps: tuple[int, ...]
    converted: tuple[int, ...]
    version: str
    lanes: int | None
    vector_bits: int
    reason: str
    threads: int
    bytes: int
    flops: int
    flops_are_exact: bool
    bandwidth: float
    seconds: dict[str, float]
    measured: float | None = None
    advice: tuple[str, ...] = ()

    @property
    def roofline(self) -> float:
        """Return the least time of the call in seconds: moving and computing overlap, calling does not."""
        return max(self.seconds["memory"], self.seconds["arithmetic"]) + self.seconds["call"]

    @property
    def limit(self) -> str:
        """Return what takes longest: ``memory``, ``arithmetic`` or ``call``."""
        return max(self.seconds, key=lambda name: self.seconds[name])

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data that JSON can hold."""
        plain = asdict(self) | {"roofline": self.roofline, "limit": self.limit}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    def rows(self) -> list[tuple[str, str]]:
        """Return what is shown, as pairs of a heading and a text."""
        rows = [
            ("loop", f"{self.loop} over {_shape_text(self.shape)}" + (f", {self.elements:,} elements" if self.shape else "")),
            ("handed over", self._handed_text()),
            ("version", self.version),
            ("code", f"{self._code_text()}: {self.reason}"),
            ("threads", f"up to {self.threads}, where that pays" if self.threads > 1 else "1"),
            ("moves", f"{_quantity(self.bytes, 'B')}, at most {_quantity(self.bandwidth, 'B/s')} for data of this size"),
            ("computes", f"{'' if self.flops_are_exact else 'at least '}{_quantity(self.flops, 'flop')}"),
            ("least time", ", ".join(f"{name} {_time(value)}" for name, value in self.seconds.items())),
            ("roofline", f"{'' if self.flops_are_exact else 'at least '}{_time(self.roofline)}, limited by {_LIMITS[self.limit]}"),
        ]
        if self.measured is not None:
            share = f", {self.roofline / self.measured:.0%} of what the machine allows" if self.flops_are_exact else ""
            rows.append(("measured", f"{_time(self.measured)}{share}"))
        return rows + [("advice", text) for text in self.advice]

    def _handed_text(self) -> str:
        steps = ", ".join(map(str, self.steps))
        plural = "s" if len(self.converted) > 1 else ""
        converted = f"; NumPy converts operand{plural} {', '.join(map(str, self.converted))}" if self.converted else ""
        many = "1 element" if self.inner == 1 else f"{self.inner:,} elements"
        return f"{many} at a time, in steps of {steps} bytes{converted}"

    def _code_text(self) -> str:
        return "one element at a time" if self.lanes is None else f"{self.lanes} elements at once in vectors of {self.vector_bits} bits"

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(heading) for heading, _ in rows)
        return "\n".join([self.kernel, *(f"  {heading.ljust(width)}  {text}" for heading, text in rows)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape(heading)}</th><td style='text-align:left'>{escape(text)}</td></tr>"
            for heading, text in self.rows()
        )
        return f"<table><caption>{escape(self.kernel)}</caption>{cells}</table>"


_LIMITS = {"memory": "the memory", "arithmetic": "the arithmetic", "call": "the cost of a call"}


def _shape_text(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "one element"


def _quantity(value: float, unit: str) -> str:
    for prefix, scale in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
