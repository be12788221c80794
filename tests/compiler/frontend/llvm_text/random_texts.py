"""Random texts whose meaning LLVM leaves nowhere open: straight lines of instructions, and blocks that jump about."""

from __future__ import annotations

import random
from collections.abc import Callable

from cobra.types import ScalarType, bool_, float16, float32, float64, int8, int16, int32, int64
from tests.compiler.frontend.llvm_text.llvm_child import type_name

INTEGERS = [int8, int16, int32, int64]
FLOATS = [float16, float32, float64]
KINDS = [bool_, *INTEGERS, *FLOATS]

_PREDICATES = ["eq", "ne", "ugt", "uge", "ult", "ule", "sgt", "sge", "slt", "sle"]
_RELATIONS = ["false", "oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt", "uge", "ult", "ule", "une", "uno", "true"]


class StraightLine:
    """A text of instructions on values of every type, each on some of those before it."""

    def __init__(self, seed: int, length: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.arguments = tuple((f"{type_name(kind)}_{k}", kind) for kind in KINDS for k in range(2))
        self.known: dict[ScalarType, list[str]] = {kind: [] for kind in KINDS}
        self.numbers: dict[ScalarType, list[str]] = {kind: [] for kind in FLOATS}
        """Floats that are surely no NaN, whose bits are not defined."""
        for name, kind in self.arguments:
            self.known[kind].append(f"%{name}")
        for kind in FLOATS:
            self.numbers[kind] += [self.constant(kind) for _ in range(2)]
        while len(self.lines) < length:
            self.random.choice(_STEPS)(self)
        self.digest()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def constant(self, kind: ScalarType) -> str:
        if kind == bool_:
            return self.random.choice(["true", "false"])
        if kind.is_floating:
            return self.random.choice(["0.0", "1.0", "-0.5", "2.0", "-0.0", "1024.0"])
        return str(self.random.choice([0, 1, -1, 2, 7, 100, (1 << (kind.bits - 1)) - 1, -(1 << (kind.bits - 1))]))

    def operand(self, kind: ScalarType) -> str:
        return self.constant(kind) if self.random.random() < 0.15 else self.random.choice(self.known[kind])

    def add(self, kind: ScalarType, form: str, name: str = "") -> str:
        name = name or f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {form.format(type_name(kind))}")
        self.known[kind].append(name)
        return name

    def digest(self) -> None:
        """Make the result depend on every value, and on whether it is a NaN rather than on which."""
        total = "0"
        everything = [(kind, name) for kind in KINDS for name in self.known[kind][2:]]
        for kind, name in everything:
            shifted = self.add(int64, f"mul {{0}} {total}, 31")
            total = self.add(int64, f"add {{0}} {shifted}, {self.bits(kind, name)}")
        self.add(int64, f"add {{0}} {total}, 0", "%result")

    def bits(self, kind: ScalarType, name: str) -> str:
        if kind.is_floating:
            nan = self.add(bool_, f"fcmp uno {type_name(kind)} {name}, {name}")
            number = self.add(kind, f"select i1 {nan}, {{0}} 42.0, {{0}} {name}")
            whole = {float16: int16, float32: int32, float64: int64}[kind]
            kind, name = whole, self.add(whole, f"bitcast {type_name(kind)} {number} to {{0}}")
        return name if kind == int64 else self.add(int64, f"zext {type_name(kind)} {name} to {{0}}")

    # -- steps

    def integer(self) -> None:
        kind = self.random.choice([bool_, *INTEGERS])
        opcode = self.random.choice(["add", "sub", "mul", "and", "or", "xor"])
        self.add(kind, f"{opcode} {{0}} {self.operand(kind)}, {self.operand(kind)}")

    def division(self) -> None:
        kind = self.random.choice(INTEGERS)
        divisor = self.add(kind, f"or {{0}} {self.operand(kind)}, 1")
        if (opcode := self.random.choice(["udiv", "urem", "sdiv", "srem"]))[0] == "s":
            # Neither zero nor -1, which the least number cannot be divided by.
            divisor = self.add(kind, f"and {{0}} {divisor}, {(1 << (kind.bits - 1)) - 1}")
        self.add(kind, f"{opcode} {{0}} {self.operand(kind)}, {divisor}")

    def shift(self) -> None:
        kind = self.random.choice(INTEGERS)
        count = self.add(kind, f"and {{0}} {self.operand(kind)}, {kind.bits - 1}")
        self.add(kind, f"{self.random.choice(['shl', 'lshr', 'ashr'])} {{0}} {self.operand(kind)}, {count}")

    def floating(self) -> None:
        kind = self.random.choice(FLOATS)
        opcode = self.random.choice(["fadd", "fsub", "fmul", "fdiv", "frem"])
        self.add(kind, f"{opcode} {{0}} {self.operand(kind)}, {self.operand(kind)}")

    def negation(self) -> None:
        kind = self.random.choice(FLOATS)
        self.add(kind, f"fneg {{0}} {self.operand(kind)}")

    def comparison(self) -> None:
        kind = self.random.choice(KINDS)
        head = f"fcmp {self.random.choice(_RELATIONS)}" if kind.is_floating else f"icmp {self.random.choice(_PREDICATES)}"
        self.add(bool_, f"{head} {type_name(kind)} {self.operand(kind)}, {self.operand(kind)}")

    def choice(self) -> None:
        kind = self.random.choice(KINDS)
        self.add(kind, f"select i1 {self.operand(bool_)}, {{0}} {self.operand(kind)}, {{0}} {self.operand(kind)}")

    def resizing(self) -> None:
        narrow, wide = sorted(self.random.sample([bool_, *INTEGERS], 2), key=lambda kind: 1 if kind == bool_ else kind.bits)
        source, to, opcode = self.random.choice([(narrow, wide, "zext"), (narrow, wide, "sext"), (wide, narrow, "trunc")])
        self.add(to, f"{opcode} {type_name(source)} {self.operand(source)} to {{0}}")

    def precision(self) -> None:
        # From double to half LLVM calls a function that need not be there.
        narrow, wide = self.random.choice([(float16, float32), (float32, float64)])
        source, to, opcode = self.random.choice([(narrow, wide, "fpext"), (wide, narrow, "fptrunc")])
        self.add(to, f"{opcode} {type_name(source)} {self.operand(source)} to {{0}}")

    def through_float(self) -> None:
        """Make a float that holds an integer, and take it back."""
        kind, to = self.random.choice([(int8, float32), (int16, float32), (int32, float64), (bool_, float16), (int8, float16)])
        sign = self.random.choice("su")
        made = self.add(to, f"{sign}itofp {type_name(kind)} {self.operand(kind)} to {{0}}")
        self.numbers[to].append(made)
        if kind != bool_:
            self.add(kind, f"fpto{sign}i {type_name(to)} {made} to {{0}}")

    def rounding(self) -> None:
        kind, to = self.random.choice([(int64, float32), (int64, float64), (int32, float32), (int16, float64)])
        sign = self.random.choice("su")
        self.numbers[to].append(self.add(to, f"{sign}itofp {type_name(kind)} {self.operand(kind)} to {{0}}"))

    def reading_bits(self) -> None:
        kind, floating = self.random.choice([(int16, float16), (int32, float32), (int64, float64)])
        self.add(kind, f"bitcast {type_name(floating)} {self.random.choice(self.numbers[floating])} to {{0}}")

    def integer_call(self) -> None:
        kind = self.random.choice(INTEGERS)
        name, count = self.random.choice(_INTEGER_CALLS)
        if name == "bswap" and kind == int8:
            return
        given = [f"{{0}} {self.operand(kind)}" for _ in range(count)] + ["i1 false"] * (name in ("abs", "ctlz", "cttz"))
        self.add(kind, f"call {{0}} @llvm.{name}.i{kind.bits}({', '.join(given)})")

    def float_call(self) -> None:
        kind = self.random.choice([float32, float64])
        name, count = self.random.choice(_FLOAT_CALLS)
        given = ", ".join(f"{{0}} {self.operand(kind)}" for _ in range(count))
        self.add(kind, f"call {{0}} @llvm.{name}.f{kind.bits}({given})")

    def sign_copy(self) -> None:
        kind = self.random.choice(FLOATS)
        sign = self.random.choice(self.numbers[kind])
        self.add(kind, f"call {{0}} @llvm.copysign.f{kind.bits}({{0}} {self.operand(kind)}, {{0}} {sign})")

    def freeze(self) -> None:
        kind = self.random.choice(KINDS)
        self.add(kind, f"freeze {{0}} {self.operand(kind)}")


_INTEGER_CALLS = [
    ("abs", 1), ("smin", 2), ("smax", 2), ("umin", 2), ("umax", 2), ("ctpop", 1), ("ctlz", 1), ("cttz", 1), ("bswap", 1),
    ("bitreverse", 1), ("fshl", 3), ("fshr", 3), ("sadd.sat", 2), ("uadd.sat", 2), ("ssub.sat", 2), ("usub.sat", 2),
]  # fmt: skip
_FLOAT_CALLS = [
    ("sqrt", 1), ("fabs", 1), ("exp", 1), ("log", 1), ("sin", 1), ("cos", 1), ("fma", 3), ("minnum", 2), ("maxnum", 2),
    ("minimum", 2), ("maximum", 2), ("floor", 1), ("ceil", 1), ("trunc", 1), ("rint", 1), ("round", 1), ("nearbyint", 1),
    ("roundeven", 1),
]  # fmt: skip
_STEPS: list[Callable[[StraightLine], None]] = [
    StraightLine.integer, StraightLine.division, StraightLine.shift, StraightLine.floating, StraightLine.negation,
    StraightLine.comparison, StraightLine.choice, StraightLine.resizing, StraightLine.precision, StraightLine.through_float,
    StraightLine.rounding, StraightLine.reading_bits, StraightLine.integer_call, StraightLine.float_call,
    StraightLine.sign_copy, StraightLine.freeze,
]  # fmt: skip


def jumping_text(seed: int) -> str:
    """Return blocks that jump to random others and change three variables; fuel makes sure that it ends.

    Out of fuel every block leads to a later one only. Whether the loops of such a text have one way in is a matter of luck.
    """
    source = random.Random(seed)
    count = source.randint(2, 9)
    lines = [f"  %{name} = alloca i32" for name in ("fuel", "x", "y", "z")]
    lines += ["  store i32 14, ptr %fuel"] + [f"  store i32 %{a}, ptr %{v}" for a, v in ("ax", "by")]
    lines += ["  store i32 0, ptr %z", "  br label %b0"]
    for number in range(count):
        lines += [f"b{number}:", *_changes(source, number), *_fuelled_end(source, number, count)]
    out = "  %xo = load i32, ptr %x\n  %yo = load i32, ptr %y\n  %zo = load i32, ptr %z\n  %so = xor i32 %xo, %yo"
    return "\n".join([*lines, f"b{count}:", out, "  %result = add i32 %so, %zo"])


def _changes(source: random.Random, number: int) -> list[str]:
    lines = []
    for k in range(source.randint(1, 2)):
        target, other = source.choice("xyz"), source.choice("xyz")
        n = f"{number}.{k}"
        lines += [f"  %s{n} = load i32, ptr %{target}", f"  %o{n} = load i32, ptr %{other}"]
        lines += [f"  %m{n} = {source.choice(['add', 'sub', 'mul', 'xor'])} i32 %s{n}, %o{n}"]
        lines += [f"  %t{n} = add i32 %m{n}, {source.randint(-3, 9)}", f"  store i32 %t{n}, ptr %{target}"]
    return lines


def _fuelled_end(source: random.Random, number: int, count: int) -> list[str]:
    later = source.randint(number + 1, count)
    if source.random() < 0.2:
        return [f"  br label %b{later}"]
    lines = [f"  %f{number} = load i32, ptr %fuel", f"  %g{number} = sub i32 %f{number}, 1"]
    lines += [f"  store i32 %g{number}, ptr %fuel", f"  %w{number} = load i32, ptr %{source.choice('xyz')}"]
    lines += [f"  %k{number} = and i32 %w{number}, {source.choice([1, 2, 3])}"]
    if source.random() < 0.15:
        cases = " ".join(f"i32 {k}, label %b{source.randint(number + 1, count)}" for k in range(source.randint(1, 4)))
        return [*lines, f"  switch i32 %k{number}, label %b{later} [ {cases} ]"]
    lines += [f"  %p{number} = icmp {source.choice(['eq', 'ne'])} i32 %k{number}, 0"]
    lines += [f"  %h{number} = icmp sgt i32 %g{number}, 0", f"  %q{number} = and i1 %p{number}, %h{number}"]
    return [*lines, f"  br i1 %q{number}, label %b{source.randint(0, count)}, label %b{later}"]
