"""Running results in lanes for `folds`: what joins two vectors of them, and the function that takes in dense elements.

``@fold`` takes what is dense into several vectors of running results. Those of extremes of floats stay in memory from call to call, since
the signs of their zeros are compared in the end; others are joined to one vector, which it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.codegen.emitter import Failures, TextEmitter
from cobra.compiler.codegen.loop_parts import ElementwiseLoop, Machine, ModuleParts, lower_body
from cobra.compiler.codegen.native_text import SEQUENTIAL, Operand, lane_list
from cobra.compiler.transforms.folding import Folding
from cobra.types import ScalarType, bool_

RUNNING = 8
"""Vectors of running results: as many additions as are under way at once."""
_TURNS = 16
"""Elements that a lane takes one after another before its sum joins others; NumPy's blocks are as deep."""
_BUFFER_BYTES = 16384
_INSTRUCTIONS = {16: "sse{0}.{1}.{2}", 32: "avx.{1}.{2}.256", 64: "avx512.{1}.{2}.512"}


@dataclass(frozen=True, slots=True)
class Fold:
    """A kernel that is folded on a machine."""

    loop: ElementwiseLoop
    folding: Folding
    machine: Machine

    @property
    def width(self) -> int:
        """Return the bytes of a vector."""
        return self.machine.vector_bytes

    @property
    def operand(self) -> Operand:
        """Return the operand that is folded."""
        return self.loop.inputs[1]

    @property
    def part(self) -> ScalarType:
        """Return the type of a lane; complex numbers take two."""
        return self.operand.scalar.component

    @property
    def lanes(self) -> int:
        """Return the lanes of a vector."""
        return self.width // self.part.itemsize

    @property
    def block(self) -> int:
        """Return how many elements one call of ``@fold`` gets at most."""
        if self.folding.is_extreme:
            return _BUFFER_BYTES // self.operand.size
        return _TURNS * RUNNING * self.lanes // self.operand.parts

    def emitter(self) -> TextEmitter:
        """Return an emitter of vectors, constrained so that no error is raised before or after its place."""
        return TextEmitter(self.lanes, True, Failures())

    def vector(self, emitter: TextEmitter) -> str:
        """Return the type of a vector of results."""
        return emitter.type(self.part)

    def start(self, emitter: TextEmitter) -> str:
        """Return the vector to start from."""
        return emitter.constant(self.folding.start.value, self.part)

    def slot(self, emitter: TextEmitter, index: int) -> str:
        """Write the address of a vector of the state."""
        return emitter.emit(f"getelementptr i8, ptr %state, i64 {index * self.width}")

    def state(self, emitter: TextEmitter) -> list[str]:
        """Write the loads of the state."""
        kind = self.vector(emitter)
        return [emitter.emit(f"load {kind}, ptr {self.slot(emitter, k)}, align {self.width}") for k in range(RUNNING)]

    def keep(self, emitter: TextEmitter, vectors: Sequence[str]) -> None:
        """Write the stores of the state."""
        for k, vector in enumerate(vectors):
            emitter.write(f"store {self.vector(emitter)} {vector}, ptr {self.slot(emitter, k)}, align {self.width}")

    def join(self, emitter: TextEmitter, earlier: str, later: str) -> str:
        """Write the joining of two vectors of results."""
        if self.folding.is_extreme:
            return self._extreme(emitter, earlier, later)
        if self.folding.kind == "exact":
            return lower_body(self.loop, emitter, [earlier, later])[0][0]
        operation = self.folding.operation
        assert operation.primitive.lower is not None
        return operation.primitive.lower(emitter, operation, (earlier, later))[0]

    def _extreme(self, emitter: TextEmitter, earlier: str, later: str) -> str:
        """Write the instruction, which yields its second operand for two zeros and raises an error on any NaN."""
        kind, single = self.vector(emitter), self.part.bits == 32
        which = "max" if self.folding.kind == "largest" else "min"
        name = _INSTRUCTIONS[self.width].format("" if single else "2", which, "ps" if single else "pd")
        first, second = (earlier, later) if self.folding.last_zero else (later, earlier)
        rounding = ("", "") if self.width < 64 else (", i32", ", i32 4")
        emitter.declarations.add(f"declare {kind} @llvm.x86.{name}({kind}, {kind}{rounding[0]})")
        return emitter.emit(f"call {kind} @llvm.x86.{name}({kind} {first}, {kind} {second}{rounding[1]})")

    def joined(self, emitter: TextEmitter, vectors: Sequence[str]) -> str:
        """Write the joining of several vectors to one."""
        while len(vectors) > 1:
            half = len(vectors) // 2
            vectors = [self.join(emitter, vectors[k], vectors[half + k]) for k in range(half)]
        return vectors[0]

    def across(self, emitter: TextEmitter, total: str) -> str:
        """Write the joining of the lanes; every lane computes it, so that none raises an error of its own."""
        kind, half = self.vector(emitter), self.lanes // 2
        while half >= self.operand.parts:
            order = lane_list([(lane + half) % self.lanes for lane in range(self.lanes)])
            total = self.join(emitter, total, emitter.emit(f"shufflevector {kind} {total}, {kind} poison, {order}"))
            half //= 2
        return total


def close(emitter: TextEmitter, parts: ModuleParts, head: str, result: str) -> str:
    """Return a function of what was written."""
    emitter.write(f"ret {result}")
    parts.absorb(emitter)
    return "\n".join([f"define internal {head} noinline nounwind strictfp {{", "entry:", *emitter.lines, "}"])


def fold_text(fold: Fold, parts: ModuleParts) -> str:
    """Return ``@fold``."""
    emitter = fold.emitter()
    kind, in_memory = fold.vector(emitter), fold.folding.is_extreme
    emitter.lines.append(f"  %n = mul i64 %elements, {fold.operand.parts}")
    running = fold.state(emitter) if in_memory else [fold.start(emitter)] * RUNNING
    running, at = _groups(fold, emitter, running)
    running = _rest(fold, emitter, running, at)
    if in_memory:
        fold.keep(emitter, running)
        return close(emitter, parts, "void @fold(ptr %state, ptr %p, i64 %elements)", "void")
    return close(emitter, parts, f"{kind} @fold(ptr %p, i64 %elements)", f"{kind} {fold.joined(emitter, running)}")


def _groups(fold: Fold, emitter: TextEmitter, running: Sequence[str]) -> tuple[list[str], str]:
    """Write the loop over whole groups of vectors; return the running results and where it stopped."""
    kind, shift = fold.vector(emitter), (fold.lanes * RUNNING).bit_length() - 1
    emitter.lines.append(f"  %groups = lshr i64 %n, {shift}\n  %some = icmp ne i64 %groups, 0")
    emitter.branch("%some", "group", "grouped")
    emitter.start("group")
    place, state = len(emitter.lines), [f"%running.{k}" for k in range(RUNNING)]
    taken = [fold.join(emitter, state[k], _load(fold, emitter, "%q", k)) for k in range(RUNNING)]
    end = emitter.block
    emitter.lines.append(f"  %q.next = getelementptr i8, ptr %q, i64 {RUNNING * fold.width}")
    emitter.lines.append("  %left.next = add i64 %left, -1\n  %more = icmp ne i64 %left.next, 0")
    emitter.branch("%more", "group", "grouped", SEQUENTIAL)
    head = [f"  {state[k]} = phi {kind} [{running[k]}, %entry], [{taken[k]}, %{end}]" for k in range(RUNNING)]
    head.append(f"  %q = phi ptr [%p, %entry], [%q.next, %{end}]\n  %left = phi i64 [%groups, %entry], [%left.next, %{end}]")
    emitter.lines[place:place] = head
    emitter.start("grouped")
    joined = [emitter.emit(f"phi {kind} [{a}, %entry], [{b}, %{end}]") for a, b in zip(running, taken, strict=True)]
    return joined, emitter.emit(f"phi ptr [%p, %entry], [%q.next, %{end}]")


def _load(fold: Fold, emitter: TextEmitter, address: str, index: int) -> str:
    """Write the load of a vector of numbers, the halves of complex ones side by side."""
    at = emitter.emit(f"getelementptr i8, ptr {address}, i64 {index * fold.width}")
    return Operand(1, fold.part).load(emitter, at)[0]


def _rest(fold: Fold, emitter: TextEmitter, running: list[str], at: str) -> list[str]:
    """Take what a whole group does not hold: halves of a group, down to a part of a vector, each lane one element at a time."""
    kind, first, count = fold.vector(emitter), 0, RUNNING // 2
    while count:
        bit = emitter.emit(f"and i64 %n, {count * fold.lanes}")
        take, after, before = emitter.fresh("take"), emitter.fresh("after"), emitter.block
        emitter.branch(emitter.emit(f"icmp ne i64 {bit}, 0"), take, after)
        emitter.start(take)
        taken = [fold.join(emitter, running[first + k], _load(fold, emitter, at, k)) for k in range(count)]
        moved = emitter.emit(f"getelementptr i8, ptr {at}, i64 {count * fold.width}")
        end = emitter.block
        emitter.jump(after)
        emitter.start(after)
        joined = [emitter.emit(f"phi {kind} [{running[first + k]}, %{before}], [{taken[k]}, %{end}]") for k in range(count)]
        at = emitter.emit(f"phi ptr [{at}, %{before}], [{moved}, %{end}]")
        running = [*running[:first], *joined, *running[first + count :]]
        first, count = first + count, count // 2
    return [*running[:-1], _last_vector(fold, emitter, running[-1], at)]


def _last_vector(fold: Fold, emitter: TextEmitter, running: str, at: str) -> str:
    """Take the part of a vector that is left, if any."""
    kind = fold.vector(emitter)
    emitter.lines.append(f"  %over = and i64 %n, {fold.lanes - 1}\n  %some.over = icmp ne i64 %over, 0")
    before = emitter.block
    emitter.branch("%some.over", "last", "done")
    emitter.start("last")
    if fold.machine.masks_memory:
        loaded = masked_load(fold, emitter, at, lanes_below(emitter, "%over"))
    else:
        loaded = _padded(fold, emitter, at)
    if fold.part == bool_:
        loaded = emitter.emit(f"icmp ne <{fold.lanes} x i8> {loaded}, zeroinitializer")
    taken, end = fold.join(emitter, running, loaded), emitter.block
    emitter.jump("done")
    emitter.start("done")
    return emitter.emit(f"phi {kind} [{running}, %{before}], [{taken}, %{end}]")


def _fill(fold: Fold, emitter: TextEmitter) -> str:
    """Return a vector in memory of the number that changes nothing."""
    value = fold.folding.start.value
    return f"splat (i8 {1 if value else 0})" if fold.part == bool_ else emitter.constant(value, fold.part)


def _padded(fold: Fold, emitter: TextEmitter, at: str) -> str:
    """Write the load of what is left by way of a vector filled with numbers that change nothing."""
    memory = Operand(1, fold.part).memory(fold.lanes)
    emitter.lines.insert(0, f"  %padded = alloca {memory}, align 64")
    emitter.write(f"store {memory} {_fill(fold, emitter)}, ptr %padded, align 64")
    emitter.declarations.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
    count = emitter.emit(f"mul i64 %over, {fold.part.itemsize}")
    emitter.write(f"call void @llvm.memcpy.p0.p0.i64(ptr %padded, ptr {at}, i64 {count}, i1 false)")
    return emitter.emit(f"load {memory}, ptr %padded, align 64")


def lanes_below(emitter: TextEmitter, limit: str, first: int = 0) -> str:
    """Write the mask of the lanes whose numbers, counted from `first`, are below a register of less than 256."""
    count = emitter.lanes
    assert count is not None
    one = emitter.emit(f"insertelement <{count} x i8> poison, i8 {emitter.emit(f'trunc i64 {limit} to i8')}, i32 0")
    there = emitter.emit(f"shufflevector <{count} x i8> {one}, <{count} x i8> poison, <{count} x i32> zeroinitializer")
    lanes = ", ".join(f"i8 {first + lane}" for lane in range(count))
    return emitter.emit(f"icmp ult <{count} x i8> <{lanes}>, {there}")


def masked_load(fold: Fold, emitter: TextEmitter, at: str, mask: str) -> str:
    """Write the load of the lanes that there are, with the number that changes nothing in the others."""
    count, memory = fold.lanes, Operand(1, fold.part).memory(fold.lanes)
    mangled = f"f{fold.part.bits}" if fold.part.is_floating else f"i{8 * fold.part.itemsize}"
    name = f"@llvm.masked.load.v{count}{mangled}.p0"
    emitter.declarations.add(f"declare {memory} {name}(ptr, <{count} x i1>, {memory})")
    arguments = f"ptr align {fold.operand.align} {at}, <{count} x i1> {mask}, {memory} {_fill(fold, emitter)}"
    return emitter.emit(f"call {memory} {name}({arguments})")
