"""Signatures of generalised ufuncs: which dimensions of each operand a kernel works on.

In: NumPy's syntax, ``(m,n),(n)->(m)``, with fixed sizes ``(3)``, optional names ``(n?,k)`` and, for outputs, arithmetic on the
names of the inputs, ``(n)->(2*n-1)``; or the dimension names of annotations. Out: a frozen `Signature`. NumPy knows no
arithmetic, so it is given a fresh symbol for each formula, whose size native code fills in at every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from cobra.errors import InvalidSignature, Location
from cobra.runtime.size_formula import Arithmetic, Formula, Name, Number, Operator, evaluate, names_of, spelled_out

_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9]+)|(?P<name>[A-Za-z_]\w*)|(?P<mark>//|->|[-+*(),?/|])|(?P<end>$))", re.ASCII)
_MOST_DIGITS = 18  # every such number fits 64 bits
_LONGEST_FORMULA = 50  # names, numbers and parentheses: every walk over a formula is recursive


@dataclass(frozen=True, slots=True)
class Dimension:
    """One core dimension: a name, a fixed size, or (outputs only) a formula of names.

    Parameters
    ----------
    size
        The formula of its size; a plain name or number in most cases.
    optional
        Whether operands may lack the dimension (``n?``).
    """

    size: Formula
    optional: bool = False

    @property
    def name(self) -> str | None:
        """Return the name, or None when the dimension is fixed or computed."""
        return self.size.text if isinstance(self.size, Name) else None

    @property
    def fixed(self) -> int | None:
        """Return the fixed size, or None when the dimension is named or computed."""
        return self.size.value if isinstance(self.size, Number) else None

    @property
    def is_computed(self) -> bool:
        """Tell whether the size is computed from others."""
        return isinstance(self.size, Arithmetic)


Operand = tuple[Dimension, ...]


@dataclass(frozen=True)
class Signature:
    """The core dimensions of the inputs and outputs of a kernel.

    Examples
    --------
    >>> signature = Signature.parse("(n), (m) -> (n + m - 1)")
    >>> str(signature), signature.numpy_text, signature.symbols
    ('(n),(m)->(n+m-1)', '(n),(m)->(n_plus_m_minus_1)', ('n', 'm', 'n_plus_m_minus_1'))
    """

    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Return the signature a text describes; raise `InvalidSignature` with the place of the mistake."""
        return _parsed(text)

    @classmethod
    def from_dimensions(cls, inputs: Sequence[tuple[str, ...]], outputs: Sequence[tuple[str, ...]]) -> Signature:
        """Return the signature of operands whose dimensions annotations name; ``()`` stands for a scalar."""
        for dimensions in (*inputs, *outputs):
            if "" in dimensions:
                raise InvalidSignature(
                    f"a dimension of {_operand_text(dimensions)} has no name",
                    hint='A kernel over array parameters needs every dimension named: float64["m n"], not float64[:, :].',
                )
        return cls.parse(f"{_operands_text(inputs)}->{_operands_text(outputs)}")

    @property
    def is_elementwise(self) -> bool:
        """Tell whether no operand has a core dimension."""
        return not any(self._dimensions())

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the distinct symbols in the order in which NumPy keeps their sizes, fixed sizes such as ``3`` among them."""
        return tuple(self._symbol_of.values())

    @property
    def formulas(self) -> Mapping[int, Formula]:
        """Return the formula of each computed size by its index in `symbols`."""
        return {index: size for index, size in enumerate(self._symbol_of) if isinstance(size, Arithmetic)}

    @property
    def operand_symbols(self) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """Return the symbols of each input and of each output; an optional dimension keeps its question mark."""
        symbol_of = self._symbol_of

        def spelled(side: tuple[Operand, ...]) -> tuple[tuple[str, ...], ...]:
            return tuple(tuple(symbol_of[d.size] + "?" * d.optional for d in operand) for operand in side)

        return spelled(self.inputs), spelled(self.outputs)

    @property
    def numpy_text(self) -> str:
        """Return the text NumPy understands: formulas are replaced by fresh symbols."""
        symbol_of = self._symbol_of
        return self._text(lambda dimension: symbol_of[dimension.size])

    def output_shapes(self, sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
        """Return the core shape of each output for given sizes of the names; raise ValueError for an impossible size."""
        return tuple(tuple(evaluate(d.size, sizes) for d in operand) for operand in self.outputs)

    @property
    def _symbol_of(self) -> dict[Formula, str]:
        sizes = dict.fromkeys(dimension.size for dimension in self._dimensions())
        taken = {str(size) for size in sizes}
        return {size: _fresh(size, taken) if isinstance(size, Arithmetic) else str(size) for size in sizes}

    def _dimensions(self) -> Iterator[Dimension]:
        for operand in (*self.inputs, *self.outputs):
            yield from operand

    def _text(self, spell: Callable[[Dimension], str]) -> str:
        def operands(side: tuple[Operand, ...]) -> list[list[str]]:
            return [[f"{spell(dimension)}{'?' if dimension.optional else ''}" for dimension in operand] for operand in side]

        return f"{_operands_text(operands(self.inputs))}->{_operands_text(operands(self.outputs))}"

    def __str__(self) -> str:
        return self._text(lambda dimension: str(dimension.size))


@lru_cache(256)
def _parsed(text: str) -> Signature:
    return _Parser(text).signature()


def _operand_text(dimensions: Sequence[str]) -> str:
    return f"({','.join(dimensions)})"


def _operands_text(operands: Sequence[Sequence[str]]) -> str:
    return ",".join(_operand_text(operand) for operand in operands)


def _fresh(formula: Formula, taken: set[str]) -> str:
    wanted = spelled_out(formula)
    name = wanted if wanted[0].isalpha() else f"_{wanted}"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


class _Parser:
    """Read a signature from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.in_outputs = False
        self.known: set[str] = set()
        self.optional: dict[Formula, bool] = {}
        self.advance(0)

    def advance(self, position: int) -> None:
        match = _TOKEN.match(self.text, position)
        if match is None:
            self.start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
            self.stop = self.start + 1
            self.fail(f"{self.text[self.start]!r} has no meaning in a signature", "A signature looks like (m,n),(n)->(m).")
        self.kind = match.lastgroup
        self.token = match.group(self.kind or 0)
        self.start, self.stop = match.span(self.kind or 0)

    def fail(self, what: str, hint: str, span: tuple[int, int] | None = None) -> NoReturn:
        start, stop = span or (self.start, self.stop)
        where = Location("<signature>", 1, start, stop, self.text.replace("\n", " ") + " ")
        raise InvalidSignature(f"signature {self.text!r}: {what}", where, hint)

    def at(self, *marks: str) -> bool:
        return self.kind == "mark" and self.token in marks

    def skip(self, mark: str) -> bool:
        found = self.at(mark)
        if found:
            self.advance(self.stop)
        return found

    def expect(self, mark: str, hint: str) -> None:
        if not self.skip(mark):
            found = f"not {self.token!r}" if self.token else "but the text ends"
            self.fail(f"{mark!r} is expected here, {found}", hint)

    def signature(self) -> Signature:
        inputs = () if self.at("->") else self.operands()
        self.expect("->", "Inputs and outputs are separated by an arrow: (m,n),(n)->(m).")
        self.in_outputs = True
        outputs = self.operands()
        if self.kind != "end":
            self.fail(f"{self.token!r} stands after the outputs", "Operands are separated by commas: (n),(m).")
        return Signature(inputs, outputs)

    def operands(self) -> tuple[Operand, ...]:
        operands = [self.operand()]
        while self.skip(","):
            operands.append(self.operand())
        return tuple(operands)

    def operand(self) -> Operand:
        self.expect("(", "Each operand is a list of dimensions in parentheses: (m,n), or () for a scalar.")
        dimensions: list[Dimension] = []
        if not self.at(")"):
            dimensions.append(self.dimension())
            while self.skip(","):
                dimensions.append(self.dimension())
        self.expect(")", "Dimensions are separated by commas: (m,n). Each is a name, a size, or a formula of + - * //.")
        return tuple(dimensions)

    def dimension(self) -> Dimension:
        start = self.start
        self.atoms = 0
        size = self.sum()
        span = (start, len(self.text[: self.start].rstrip()))
        optional = self.at("?")
        if isinstance(size, Arithmetic):
            size = self.computed(size, span, optional)
        elif isinstance(size, Name) and not self.in_outputs:
            self.known.add(size.text)
        if isinstance(size, Number) and not 1 <= size.value < 10**_MOST_DIGITS:  # NumPy knows no fixed size 0
            self.fail(f"a fixed size cannot be {size}", "A fixed size is a whole number from 1 up.", span)
        if self.optional.setdefault(size, optional) != optional:
            self.fail(f"{size} is optional in one place only", f"Write {size}? everywhere or nowhere.", span)
        if optional:
            self.advance(self.stop)
        return Dimension(size, optional)

    def computed(self, size: Arithmetic, span: tuple[int, int], optional: bool) -> Formula:
        if not self.in_outputs:
            self.fail(f"an input dimension cannot be computed: {size}", "Only outputs may use + - * //.", span)
        if optional:
            self.fail(f"a computed dimension cannot be optional: {size}?", "Leave the question mark out.", span)
        for name in names_of(size):
            if name not in self.known:
                known = ", ".join(sorted(self.known)) or "none at all"
                self.fail(f"the formula {size} uses {name!r}, which no input has", f"Names of the inputs are: {known}.", span)
        if any(names_of(size)):
            return size
        try:
            return Number(evaluate(size, {}))
        except ValueError as error:
            self.fail(str(error), "A fixed size is a whole number from 1 up.", span)

    def sum(self) -> Formula:
        formula = self.product()
        while operator := self.operator("+", "-"):
            formula = Arithmetic(operator, formula, self.product())
        return formula

    def product(self) -> Formula:
        formula = self.atom()
        while operator := self.operator("*", "//"):
            formula = Arithmetic(operator, formula, self.atom())
        if self.at("/"):
            self.fail("a size is a whole number, so '/' does not apply", "Write // for division that rounds down.")
        return formula

    def operator(self, *operators: Operator) -> Operator | None:
        return next((operator for operator in operators if self.skip(operator)), None)

    def atom(self) -> Formula:
        self.atoms += 1
        if self.atoms > _LONGEST_FORMULA:
            self.fail("this formula is too long", f"A formula has at most {_LONGEST_FORMULA} names, numbers and parentheses.")
        if self.skip("("):
            formula = self.sum()
            self.expect(")", "A parenthesis in a formula is not closed.")
            return formula
        if self.kind not in ("name", "number"):
            self.fail(_missing_dimension(self.token), "A dimension is a name, a size, or (outputs) a formula such as n+1.")
        token = self.token
        is_number = self.kind == "number"
        if is_number and len(token) > _MOST_DIGITS:
            self.fail(f"the size {token} is too large", f"A size has at most {_MOST_DIGITS} digits.")
        self.advance(self.stop)
        return Number(int(token)) if is_number else Name(token)


def _missing_dimension(token: str) -> str:
    return f"a dimension is expected here, not {token!r}" if token else "a dimension is missing at the end"
