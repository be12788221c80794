"""Random sources, most of them wrong: whatever a user may write must end in a kernel or in an error of Cobra's."""

from __future__ import annotations

import random
import re

_NUMBERS = ["x", "y", "x", "y", "1", "2.5", "-1", "0", "True", "1j", "300", "2**70"]
_ARRAYS = ["a", "a[0]", "a[x]", "len(a)", "a.shape", "a[-1]"]
_OTHERS = ["np", "math", "helper", "kernel", "pair", "None", "'text'", "...", "b'raw'", "unheard_of", "math.pi", "()"]
_ONES = """
abs min max round int float bool complex len sum any all range enumerate zip reversed print list type np.sin np.real np.angle
np.sinc np.fix np.round np.float32 np.int8 np.zeros np.empty np.isposinf math.sin math.floor math.hypot math.gcd math.prod
math.fsum math.frexp math.factorial math.log cmath.sqrt cmath.polar helper kernel
""".split()
_TWOS = """
min max pow divmod round range np.add np.divmod np.clip np.round np.isclose np.full np.full_like math.dist math.isclose
math.ldexp math.comb math.perm math.log math.atan2 cmath.rect complex helper kernel isinstance zip
""".split()
_OPERATORS = """
(E + E)|(E - E)|(E * E)|(E / E)|(E // E)|(E % E)|(E ** E)|(E & E)|(E << E)|(-E)|(~E)|(not E)|(E < E)|(E == E)|(E < E <= E)
(E and E)|(E or E)|(E if E else E)|(E, E)[E]
"""
_OTHER_FORMS = """
(E @ E)|(E in E)|(E is E)|(E, E)|(E,)|(*E, E)|E.real|E.shape|E.dtype|E.value|E[E]|E[E, E]|E[E:E]|(V := E)|ONE(E)|ONE(E)|ONE()
TWO(E, E)|TWO(E, E)|np.where(E, E, E)|np.clip(E, min=E)|round(E, ndigits=E)|helper(E, b=E)|helper(E, k=E)|E(E)|E.item()
E.astype(np.int16)|helper(*E)|[E]|[E for V in E]|(lambda V: E)|(E == E == E)
"""
_USUAL = "V = E|V = E|V = E|V = V = E|V, V = E|T = E|V += E|V -= E|T *= E|V: float = E|return E|E"
_LEAVING = "break|continue"
_UNUSUAL = """
V, *V = E|V: np.int8 = E|V: E = E|return E, E|raise ValueError('told')|raise E|raise|assert E, 'told'|assert E|pass
del V|import os|global K|V: float
"""
_HEADERS = "if E:|if E:|if E and E:|while E:|while (V := E) > E:|for V in range(3):|for V in E:|for V, V in E:"


def _forms(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


class _Maker:
    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.array = self.choose.random() < 0.4
        self.names = ["a", "x", "y", "t"] if self.array else ["x", "y", "t", "z"]

    def fill(self, form: str, depth: int) -> str:
        """Replace the capitals of a form: E an expression, V a variable, T a place, ONE and TWO a function."""
        places = [*self.names, "a[0]", "a[x]", "x.y", "(x, y)[0]"]
        choices = {"V": self.names, "T": places, "ONE": _ONES, "TWO": _TWOS}

        def made(piece: str) -> str:
            if piece == "E":
                return self.expression(depth + 1)
            return self.choose.choice(choices[piece]) if piece in choices else piece

        return "".join(made(piece) for piece in re.split(r"\b(E|V|T|ONE|TWO)\b", form))

    def expression(self, depth: int) -> str:
        pick = self.choose.random()
        if depth > 3 or pick < 0.3:
            leaves = _OTHERS if pick < 0.02 else _ARRAYS if self.array and pick < 0.12 else _NUMBERS
            return self.choose.choice(leaves)
        return self.fill(self.choose.choice(_forms(_OPERATORS if pick < 0.7 else _OTHER_FORMS)), depth)

    def block(self, depth: int, in_loop: bool = False) -> list[str]:
        lines: list[str] = []
        for _ in range(self.choose.choice([1, 1, 2, 3])):
            if depth < 3 and self.choose.random() < 0.35:
                header = self.fill(self.choose.choice(_forms(_HEADERS)), 1)
                lines += [header, *self.block(depth + 1, in_loop or not header.startswith("if"))]
                if self.choose.random() < 0.4:
                    lines += ["else:", *self.block(depth + 1, in_loop)]
            else:
                pick = self.choose.random()
                statements = _LEAVING if in_loop and pick < 0.1 else _UNUSUAL if pick > 0.9 else _USUAL
                lines.append(self.fill(self.choose.choice(_forms(statements)), 1))
        return ["    " + line for line in lines]


def make_source(seed: int) -> tuple[str, str | None]:
    """Return the source of a function ``f``, and the signature it is meant for; not every source is valid Python."""
    maker = _Maker(seed)
    header = "def f(a, x):" if maker.array else "def f(x, y):"
    signature = maker.choose.choice(["(n),()->(n)", "(n),()->()", "(n),(n)->()", "(3),()->()"]) if maker.array else None
    lines = [header, *maker.block(0)]
    if maker.choose.random() < 0.8:
        lines.append(f"    return {maker.expression(1)}")
    return "\n".join(lines) + "\n", signature
