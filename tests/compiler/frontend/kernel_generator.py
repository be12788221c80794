"""Random small kernels, and their comparison with plain Python on NumPy scalars.

Two kinds. In a *typed* kernel every variable keeps one type, so that values and dtypes must agree bit for bit; types of
expressions are found by evaluating them. In a *loose* kernel variables change between Python integers, Python floats and
float64, and may have no value on some paths; only operations that give the same number in all these types are used, and
values are compared.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import cobra
from cobra.errors import InvalidConstant, UndefinedName

_INTEGERS = ["int8", "uint8", "int16", "int32", "uint32", "int64"]
_FLOATS = ["float16", "float32", "float64"]
_OPERANDS = [*_INTEGERS, *_FLOATS, "bool"]
_VALUES: dict[str, list[Any]] = {
    "b": [False, True], "i": [-7, -1, 0, 1, 2, 5, 100], "u": [0, 1, 2, 5, 100, 200],
    "f": [-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, 100.0, np.inf, np.nan],
}  # fmt: skip
_FINITE = [-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 10.0]
_ROWS = 12
_DEEPEST = 3


_LOOSE_FORMS = [
    "(A + B)", "(A - B)", "(A * 2)", "(A * -1)", "(A * 0.5)", "min(A, B)", "max(A, B)", "abs(A)", "(A if C else B)", "(-A)",
    "sum((A, B))", "(A, B)[0]", "(A, B)[-1]", "((w := A) + w)", "h(A, B)", "(A if (w := B) > 0 else w)",
]  # fmt: skip
_TYPED_FORMS = [
    "(A + B)", "(A - B)", "(A * B)", "(A / B)", "(A // B)", "(A % B)", "(A & B)", "(A | B)", "(A ^ B)", "(A << 1)", "(A >> 2)",
    "(-A)", "(~A)", "abs(A)", "min(A, B)", "max(A, B)", "np.minimum(A, B)", "np.maximum(A, B)", "np.floor(A)",
    "np.sqrt(np.abs(A))", "np.sign(A)", "np.square(A)", "np.where(C, A, B)[()]", "(A if C else B)", "(A and B)", "(A or B)",
    "divmod(A, B)[0]", "(A < B)", "(A == B)", "(not A)", "(A, B)[1]", "np.float32(A)", "np.int16(B & 15)",
]  # fmt: skip


@dataclass(frozen=True)
class RandomKernel:
    """A kernel: its source, the types of its operands, operands to try, and how results compare."""

    seed: int
    source: str
    types: str
    rows: tuple[tuple[Any, ...], ...]
    loose: bool

    @property
    def function(self) -> Callable[..., Any]:
        """Return the Python function."""
        namespace: dict[str, Any] = {"np": np}
        exec(self.source, namespace)
        found: Callable[..., Any] = namespace["f"]
        return found


@dataclass
class KernelMaker:
    choose: random.Random
    loose: bool
    samples: dict[str, Any] = field(default_factory=dict)
    """A value of the type of each variable, in loose kernels of the widest it may take."""
    outputs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    depth: int = 0
    loops: int = 0
    fixed: set[str] = field(default_factory=set)
    """Counters, which only their loops may change."""

    # -- expressions

    def leaf(self) -> str:
        if self.choose.random() < 0.3:
            return self.choose.choice(["1", "2", "3", "-1", "0"] + (["0.5", "1.5", "-2.0"] if self.loose else ["0.5", "True"]))
        return self.choose.choice(sorted(self.samples))

    def expression(self, depth: int = 0) -> str:
        if depth >= _DEEPEST or self.choose.random() < 0.25:
            return self.leaf()
        form = self.choose.choice(_LOOSE_FORMS if self.loose else _TYPED_FORMS)
        parts = {"A": self.expression, "B": self.expression, "C": self.condition}
        return "".join(parts[piece](depth + 1) if piece in parts else piece for piece in re.split("([ABC])", form))

    def condition(self, depth: int = 0) -> str:
        a, b = self.expression(depth + 1), self.expression(depth + 1)
        simple = f"{a} {self.choose.choice(['<', '<=', '==', '!=', '>', '>='])} {b}"
        if depth >= 1 or self.choose.random() < 0.5:
            return f"({simple})"
        other = self.condition(depth + 1)
        return self.choose.choice([f"({simple} and {other})", f"({simple} or {other})", f"(not {other})", f"({a} < {b} <= 3)"])

    def test(self) -> str:
        """Return a condition that can be evaluated whatever its parts give."""
        while True:
            text = self.condition()
            if self.loose or (self.value_of(text) is not None and self.has_uniform_choices(text)):
                return text

    def value_of(self, text: str) -> Any:
        """Return a value of the type of an expression, or None where it has no one type."""
        try:
            with np.errstate(all="ignore"):
                return eval(text, {"np": np}, dict(self.samples))
        except (TypeError, ValueError, OverflowError, ZeroDivisionError, AttributeError, IndexError):
            return None

    def typed_value(self) -> tuple[str, Any]:
        """Return an expression that has one type whatever path its choices take."""
        while True:
            text = self.expression()
            value = self.value_of(text)
            if value is not None and not isinstance(value, (tuple, complex)) and self.is_uniform(text, type(value)):
                return text, value

    def is_uniform(self, text: str, kind: type) -> bool:
        """Tell whether an expression gives one type for several values of its variables."""
        for value in (0, 1, 3):
            samples = {name: type(sample)(value) for name, sample in self.samples.items()}
            try:
                with np.errstate(all="ignore"):
                    if type(eval(text, {"np": np}, samples)) is not kind:
                        return False
            except (ZeroDivisionError, OverflowError):
                continue
            except (TypeError, ValueError):
                return False
        return self.has_uniform_choices(text)

    def has_uniform_choices(self, text: str) -> bool:
        """Tell whether both sides of every choice have one type: asked of the tree, for a sample takes one side only."""
        for node in ast.walk(ast.parse(text, mode="eval")):
            sides: Sequence[ast.expr] = ()
            if isinstance(node, ast.IfExp):
                sides = (node.body, node.orelse)
            elif isinstance(node, ast.BoolOp):
                sides = node.values
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("min", "max"):
                sides = node.args
            if len({type(self.value_of(ast.unparse(side))) for side in sides}) > 1:
                return False
        return True

    # -- statements

    def write(self, text: str) -> None:
        self.lines.append("    " * (self.depth + 1) + text)

    def assignable(self) -> list[str]:
        return sorted(set(self.samples) - self.fixed)

    def assignment(self) -> None:
        target = self.choose.choice(self.assignable())
        if self.loose:
            text = self.expression(1)
            self.write(self.choose.choice([f"{target} = {text}", f"{target} += {text}", f"{target} = {text}"]))
            return
        text, value = self.typed_value()
        self.write(f"{target} = {self.converted(text, value, type(self.samples[target]))}")

    def converted(self, text: str, value: Any, kind: type) -> str:
        """Return an expression converted to the type of a variable; floats become integers by a comparison only."""
        if type(value) is kind:
            return text
        name = f"np.{kind.__name__}" if issubclass(kind, np.generic) else kind.__name__
        if isinstance(value, (float, np.floating)) and not issubclass(kind, (float, np.floating)):
            return f"{name}({text} > 0)"
        return f"{name}({text})"

    def swap(self) -> None:
        names = self.assignable()
        kinds = {name: None if self.loose else type(self.samples[name]) for name in names}
        alike = [(a, b) for a in names for b in names if a < b and kinds[a] is kinds[b]]
        if alike:
            a, b = self.choose.choice(alike)
            self.write(f"{a}, {b} = {b}, {a}")

    def branch(self, in_loop: bool) -> None:
        self.write(f"if {self.test()}:")
        self.block(in_loop)
        if self.choose.random() < 0.3:
            self.write(f"elif {self.test()}:")
            self.block(in_loop)
        if self.choose.random() < 0.5:
            self.write("else:")
            self.block(in_loop)

    def loop(self) -> None:
        self.loops += 1
        counter = f"i{self.loops}"
        pick = self.choose.random()
        if pick < 0.45:
            self.loop_over(counter, f"range({self.choose.choice(['3', '1, 4', '4, 0, -2', '0', '2', '1'])})", 1)
        elif pick < 0.65:
            name = self.choose.choice(sorted(self.samples))
            items = [n for n in sorted(self.samples) if self.loose or type(self.samples[n]) is type(self.samples[name])]
            count = self.choose.randint(1, 3)
            self.loop_over(counter, f"({', '.join(self.choose.choices(items, k=count))},)", self.samples[name])
        else:
            self.write(f"{counter} = 0")
            self.write(f"while {self.test()} and {counter} < 4:")
            self.depth += 1
            self.write(f"{counter} += 1")
            self.depth -= 1
            self.block(True)
        if self.choose.random() < 0.2:
            self.write("else:")
            self.block(False)

    def loop_over(self, counter: str, items: str, sample: Any) -> None:
        known = dict(self.samples)
        self.write(f"for {counter} in {items}:")
        self.samples[counter] = sample
        self.fixed.add(counter)
        self.block(True)
        self.samples = known

    def leaving(self, in_loop: bool) -> None:
        ways = ["return"] + (["break", "break", "continue"] if in_loop else [])
        way = self.choose.choice(ways)
        self.write(f"return {', '.join(self.outputs)}" if way == "return" else way)

    def block(self, in_loop: bool, size: int = 3) -> None:
        self.depth += 1
        for _ in range(self.choose.randint(1, size)):
            pick = self.choose.random()
            if pick < 0.5 or self.depth > 4:
                self.assignment()
            elif pick < 0.6:
                self.swap()
            elif pick < 0.8:
                self.branch(in_loop)
            elif pick < 0.92 and self.loops < 4:
                self.loop()
            elif self.depth > 1:
                self.leaving(in_loop)
                break
        self.assignment()
        self.depth -= 1


def make(seed: int) -> RandomKernel:
    """Return the kernel of a seed."""
    choose = random.Random(seed)
    loose = seed % 3 == 0
    names = "abc"[: choose.randint(1, 3)]
    kinds = [np.dtype("float64" if loose else choose.choice(_OPERANDS)) for _ in names]
    maker = KernelMaker(choose, loose, {name: kind.type(1) for name, kind in zip(names, kinds, strict=True)}, list(names))
    source = _function(maker, f"def f({', '.join(names)}):", size=6)
    if loose:
        helper = KernelMaker(choose, True, {"x": np.float64(1), "y": np.float64(1)}, ["x"])
        source = _function(helper, "def h(x, y):", size=3).replace("h(", "max(").replace("def max(", "def h(") + source
    return RandomKernel(seed, source, "".join(kind.char for kind in kinds), _rows(choose, kinds, loose), loose)


def _function(maker: KernelMaker, header: str, size: int) -> str:
    for number, start in enumerate(_starts(maker)):
        maker.write(f"v{number} = {start}")
        maker.samples[f"v{number}"] = maker.value_of(start)
        if header.startswith("def f"):
            maker.outputs.append(f"v{number}")
    if maker.loose and maker.choose.random() < 0.5:
        maker.samples["late"] = np.float64(1)
    maker.depth -= 1
    maker.block(False, size)
    maker.depth += 1
    maker.write(f"return {', '.join(maker.outputs)}")
    return "\n".join([header, *maker.lines]) + "\n"


def _starts(maker: KernelMaker) -> list[str]:
    if maker.loose:
        return [maker.choose.choice(["0", "1", "0.5", "-2", min(maker.samples)]) for _ in range(2)]
    kinds = [f"np.{maker.choose.choice(_OPERANDS)}" for _ in range(2)]
    return [*(f"{kind}({maker.choose.choice('01')})" for kind in kinds), maker.choose.choice(["0", "1.5"])]


def _rows(choose: random.Random, kinds: Sequence[np.dtype[Any]], loose: bool) -> tuple[tuple[Any, ...], ...]:
    def value(kind: np.dtype[Any]) -> Any:
        return kind.type(choose.choice(_FINITE if loose else _VALUES[kind.kind]))

    return tuple(tuple(value(kind) for kind in kinds) for _ in range(_ROWS))


# -- comparison


def difference(kernel: RandomKernel, compiled_source: str | None = None) -> str | None:
    """Compile a kernel, or another source in its place, and compare with plain Python.

    Returns what differs; None when nothing does, or when a constant or an unassigned variable keeps it from being compiled.
    """
    function, source = kernel.function, compiled_source or kernel.source
    try:
        compiled = cobra.ufunc(replace(kernel, source=source).function, types=kernel.types, source=source)
    except InvalidConstant:
        return None
    except UndefinedName:
        return None if kernel.loose else "a variable is said to have no value"
    for row in kernel.rows:
        found = _difference_at(kernel, compiled, function, row)
        if found is not None:
            return f"seed {kernel.seed}, operands {row}: {found}\n{kernel.source}"
    return None


def _difference_at(kernel: RandomKernel, compiled: np.ufunc, function: Callable[..., Any], row: Sequence[Any]) -> str | None:
    with np.errstate(all="ignore"):
        try:
            wanted = function(*row)
        except UnboundLocalError as error:
            return f"compiled, although plain Python raises {error}"
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        got = compiled(*row)
    wanted, got = (value if isinstance(value, tuple) else (value,) for value in (wanted, got))
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in wanted):
        return None
    same = same_number if kernel.loose else _same_bits
    if all(same(a, b) for a, b in zip(wanted, got, strict=True)):
        return None
    return f"plain Python gives {wanted}, the kernel {got}"


def same_number(a: Any, b: Any) -> bool:
    return bool(a == b or (a != a and b != b))


def _same_bits(a: Any, b: Any) -> bool:
    kind = np.asarray(a).dtype if isinstance(a, np.generic) else np.dtype(type(a))
    if kind != b.dtype:
        return False
    return same_number(a, b) and (kind.kind != "f" or a != a or bool(np.signbit(a) == np.signbit(b)))
