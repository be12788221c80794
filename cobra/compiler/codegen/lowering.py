"""Lower the statements of a function: real branches and loops in scalar code, masks in lanes.

In lanes both sides of a branch run, each under the lanes that want it, unless no lane does; the two results are blended.
Loops with a constant trip count run as they are, all lanes together, others until the last lane ends (`masked_loops`). In scalar
code too a branch is blended when its sides cost less than a jump the processor may guess wrong (`is_mild`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from cobra.compiler.codegen.emitter import RARE, SELDOM_NOT, TextEmitter, literal
from cobra.compiler.codegen.guessed_choices import NOTHING_RARE, RareOutcomes, repeated_choices
from cobra.compiler.codegen.masked_loops import masked_count, masked_while
from cobra.compiler.codegen.rare_sides import UsualTests, rare_side
from cobra.compiler.ir.operations import IN_ORDER, For, Function, If, Operation, Region, Statement, While, inner_regions
from cobra.compiler.ir.values import Constant, Number, Value, Variable
from cobra.compiler.primitives.machine import divides_integers, fits_vectors
from cobra.types import ArrayType, ScalarType, bool_, int64

_WEIGHTS = {None: "", True: RARE, False: SELDOM_NOT}
"""How a jump is marked, by its rare outcome."""

_FLAT_STATEMENTS = 12
"""A side of a branch of at most this many operations runs without asking first whether any lane wants it."""


_GUESSED_WRONG = 4
"""A side of at most this many mild operations costs less in scalar code than a jump that is guessed wrong."""


def walk(region: Region) -> Iterator[Statement]:
    """Yield every statement of a region, those of inner regions included."""
    for statement in region.statements:
        yield statement
        if not isinstance(statement, Operation):
            for inner in inner_regions(statement):
                yield from walk(inner)


def fits_lanes(function: Function, *, wide: bool) -> bool:
    """Tell whether a function can be computed on vectors of lanes; `wide` where 64-bit integers become floats by an instruction."""
    if not function.is_elementwise:
        return False
    return all(_fits_lanes(statement, wide) for statement in walk(function.body) if isinstance(statement, Operation))


def _fits_lanes(operation: Operation, wide: bool) -> bool:
    primitive = operation.primitive
    return not (primitive.library or primitive.scalar_only) and fits_vectors(operation, wide=wide)


def has_loops(function: Function) -> bool:
    """Tell whether a function loops."""
    return any(isinstance(statement, (For, While)) for statement in walk(function.body))


def ends_by_lane(function: Function) -> bool:
    """Tell whether a function has loops that lanes may end at different times."""
    return any(
        isinstance(statement, While) or (isinstance(statement, For) and not isinstance(statement.count, Constant))
        for statement in walk(function.body)
    )


def values_of(function: Function) -> Iterator[Value]:
    """Yield the parameters, all that is made, and the results of a function."""
    yield from function.parameters
    yield from values_of_region(function.body)


def values_of_region(region: Region) -> Iterator[Value]:
    """Yield all that is made in a region, and its results."""
    for statement in walk(region):
        yield from statement.results
    yield from region.results


def widest_bytes(function: Function) -> int:
    """Return the bytes of the widest scalar in a function."""
    return max(value.type.itemsize for value in values_of(function) if isinstance(value.type, ScalarType))


def is_mild(region: Region) -> bool:
    """Tell whether code that is not asked for may run all the same: no loop, nothing that takes long or touches arrays."""
    return all(
        not (statement.primitive.costly or statement.primitive.library or _touches_arrays(statement))
        if isinstance(statement, Operation)
        else isinstance(statement, If) and is_mild(statement.then) and is_mild(statement.orelse)
        for statement in region.statements
    )


def _touches_arrays(operation: Operation) -> bool:
    return any(isinstance(operand.type, ArrayType) for operand in operation.operands)


def is_flat(region: Region) -> bool:
    """Tell whether a region is so short that it runs without asking whether any lane wants it."""
    return len(region.statements) <= _FLAT_STATEMENTS and all(isinstance(s, Operation) for s in region.statements)


class Lowering:
    """Lower regions with one emitter.

    Parameters
    ----------
    emitter
        What writes the text.
    predicted
        The choices that scalar code makes by jumps which the processor will guess, besides those that branches make anyway.
    """

    def __init__(self, emitter: TextEmitter, predicted: RareOutcomes = NOTHING_RARE) -> None:
        self.emitter = emitter
        self.predicted: RareOutcomes = {} if emitter.lanes else predicted
        self.tests = UsualTests()
        self.made: dict[Hashable, tuple[str, ...]] = {}
        """What lanes hold already, by how it is made: LLVM never takes two constrained operations for one."""

    @contextmanager
    def reusing(self) -> Iterator[None]:
        """Keep what is made from now on to be used again up to the end of this context only."""
        outside, self.made = self.made, dict(self.made)
        try:
            yield
        finally:
            self.made = outside

    def region(self, region: Region) -> list[str]:
        """Lower a region and return the registers of its results."""
        if not self.emitter.lanes:
            jumps = [statement for statement in region.statements if isinstance(statement, If) and not _costs_less_than_a_jump(statement)]
            self.predicted = {**repeated_choices(region, jumps), **self.predicted} if jumps else self.predicted
        for statement in region.statements:
            match statement:
                case Operation():
                    self.operation(statement)
                case If():
                    self.branch(statement)
                case For():
                    self.counted(statement)
                case While():
                    self.loop(statement)
        return [self.emitter.register(value) for value in region.results]

    def operation(self, operation: Operation) -> None:
        """Lower one primitive, with harmless operands in lanes that are not live."""
        emitter, primitive = self.emitter, operation.primitive
        self.tests.note(operation)
        operands = [emitter.register(operand) for operand in operation.operands]
        recipe = _recipe(operation, operands) if emitter.lanes and not primitive.effect else None
        known = self.made.get(recipe) if recipe is not None else None
        if known is not None:
            emitter.registers.update(zip(operation.results, known, strict=True))
            return
        guard = self.guard(operation)
        for index, neutral in enumerate(primitive.neutral):
            if neutral is not None and guard is not None:
                operands[index] = self.harmless(_scalar(operation.operands[index]), operands[index], neutral, guard)
        if primitive.lower is None:
            raise AssertionError(f"{primitive.name} should have been expanded")
        if operation in self.predicted:
            results: tuple[str, ...] = (self.guessed(operation, *operands),)
        else:
            reordered, emitter.fast = emitter.fast, emitter.fast and IN_ORDER not in operation.attributes
            results = primitive.lower(emitter, operation, tuple(operands))
            emitter.fast = reordered
            if recipe is not None:
                self.made[recipe] = results
        emitter.registers.update(zip(operation.results, results, strict=True))

    def guard(self, operation: Operation) -> str | None:
        """Return the lanes that need their own operands, or None where no operands do harm."""
        if divides_integers(operation):
            return None if isinstance(operation.operands[1], Constant) else self.emitter.mask
        raising = self.emitter.strict and any(getattr(operand.type, "is_floating", False) for operand in operation.operands)
        return self.emitter.guard if raising else None

    def harmless(self, kind: ScalarType, register: str, neutral: Number, guard: str) -> str:
        """Return the operand with a harmless value in the lanes outside of the guard."""
        recipe = (guard, register, kind, neutral)
        if recipe not in self.made:
            self.made[recipe] = (self.emitter.select(guard, kind, register, self.emitter.constant(neutral, kind)),)
        return self.made[recipe][0]

    # -- branches

    def branch(self, branch: If) -> None:
        """Lower a branch."""
        condition = self.emitter.register(branch.condition)
        if self.emitter.lanes or (branch not in self.predicted and _costs_less_than_a_jump(branch)):
            self.blend(branch, condition)
        else:
            self.jump_around(branch, condition)

    def guessed(self, operation: Operation, condition: str, yes: str, no: str) -> str:
        """Choose by a jump."""
        emitter, before = self.emitter, self.emitter.block
        if not self.predicted[operation]:
            condition, yes, no = emitter.invert(condition), no, yes
        changed, after = emitter.fresh("changed"), emitter.fresh("after")
        emitter.branch(condition, changed, after, RARE)
        emitter.start(changed)
        emitter.jump(after)
        emitter.start(after)
        return self.phi(_scalar(operation.result), (yes, changed), (no, before))

    def blend(self, branch: If, condition: str) -> None:
        """Run both sides under their lanes and choose per lane."""
        emitter = self.emitter
        if emitter.lanes and not branch.orelse.statements and not is_flat(branch.then):
            kept = [emitter.register(value) for value in branch.orelse.results]
            wanted = emitter.both(emitter.mask, condition)
            is_rare = self.tests.are_failed_by(branch, emitter)
            changed = rare_side(self, branch.then, wanted, kept) if is_rare else self.side(branch.then, wanted, kept)
            emitter.registers.update(zip(branch.results, changed, strict=True))
            return
        yes = self.side(branch.then, emitter.both(emitter.mask, condition))
        no = self.side(branch.orelse, emitter.both(emitter.mask, emitter.invert(condition)))
        for result, first, second in zip(branch.results, yes, no, strict=True):
            emitter.registers[result] = emitter.select(condition, _scalar(result), first, second)

    def side(self, region: Region, mask: str, kept: list[str] | None = None) -> list[str]:
        """Run a region under a mask; skip a large one when no lane wants it.

        Where `kept` holds what other lanes have, that is blended in at the end of the region: the way past it has nothing to do.
        """
        emitter = self.emitter
        if is_flat(region) or not emitter.lanes:
            with emitter.under(mask), self.reusing():
                return self.region(region)
        inside, after, before = emitter.fresh("side"), emitter.fresh("after"), emitter.block
        emitter.branch(emitter.any(mask), inside, after)
        emitter.start(inside)
        with emitter.under(mask), self.reusing():
            results = self.region(region)
        kinds = [_scalar(value) for value in region.results]
        if kept is None:
            kept = [emitter.constant(0, kind) for kind in kinds]
        else:
            results = [emitter.select(mask, k, r, other) for k, r, other in zip(kinds, results, kept, strict=True)]
        end = emitter.block
        emitter.jump(after)
        emitter.start(after)
        return [self.phi(k, (r, end), (other, before)) for k, r, other in zip(kinds, results, kept, strict=True)]

    def jump_around(self, branch: If, condition: str) -> None:
        """Lower a branch as a jump."""
        emitter = self.emitter
        then, orelse, after = emitter.fresh("then"), emitter.fresh("else"), emitter.fresh("after")
        emitter.branch(condition, then, orelse, _WEIGHTS[self.predicted.get(branch)])
        ends: list[tuple[list[str], str]] = []
        for name, region in ((then, branch.then), (orelse, branch.orelse)):
            emitter.start(name)
            registers = self.region(region)
            ends.append((registers, emitter.block))
            emitter.jump(after)
        emitter.start(after)
        (first, first_end), (second, second_end) = ends
        for result, yes, no in zip(branch.results, first, second, strict=True):
            emitter.registers[result] = self.phi(_scalar(result), (yes, first_end), (no, second_end))

    def phi(self, kind: ScalarType, *incoming: tuple[str, str]) -> str:
        """Join registers of several blocks."""
        pairs = ", ".join(f"[{register}, %{block}]" for register, block in incoming)
        return self.emitter.emit(f"phi {self.emitter.type(kind)} {pairs}")

    # -- loops

    def counted(self, loop: For) -> None:
        """Lower a counted loop; in lanes the index is the same in all of them."""
        emitter = self.emitter
        if emitter.lanes and not isinstance(loop.count, Constant):
            masked_count(self, loop)
            return
        count = literal(loop.count.value, int64) if isinstance(loop.count, Constant) else emitter.register(loop.count)
        initial = [emitter.register(value) for value in loop.initial]
        before, body, after = emitter.block, emitter.fresh("body"), emitter.fresh("after")
        emitter.branch(emitter.emit(f"icmp sgt i64 {count}, 0"), body, after)
        emitter.start(body)
        index, carried, place = f"%{emitter.fresh('i')}", self.names(loop.carried), len(emitter.lines)
        emitter.registers[loop.index] = self.spread(index)
        with self.reusing():
            results = self.region(loop.body)
        following = emitter.emit(f"add nuw nsw i64 {index}, 1")
        again, end = emitter.emit(f"icmp slt i64 {following}, {count}"), emitter.block
        emitter.branch(again, body, after)
        header = [f"  {index} = phi i64 [0, %{before}], [{following}, %{end}]"]
        header += self.headers(loop.carried, carried, (initial, before), (results, end))
        emitter.lines[place:place] = header
        emitter.start(after)
        for result, first, last in zip(loop.results, initial, results, strict=True):
            emitter.registers[result] = self.phi(_scalar(result), (first, before), (last, end))

    def loop(self, loop: While) -> None:
        """Lower a loop with a test."""
        emitter = self.emitter
        if emitter.lanes:
            masked_while(self, loop)
            return
        initial = [emitter.register(value) for value in loop.initial]
        before, head, body, after = emitter.block, emitter.fresh("head"), emitter.fresh("body"), emitter.fresh("after")
        emitter.jump(head)
        emitter.start(head)
        carried, place = self.names(loop.carried), len(emitter.lines)
        (go_on,) = self.region(loop.test)
        emitter.branch(go_on, body, after)
        emitter.start(body)
        results = self.region(loop.body)
        end = emitter.block
        emitter.jump(head)
        emitter.lines[place:place] = self.headers(loop.carried, carried, (initial, before), (results, end))
        emitter.start(after)
        emitter.registers.update(zip(loop.results, carried, strict=True))

    def test(self, test: Region) -> str:
        """Lower a loop's test on lanes; return the lanes that go on.

        Lanes that a branch at its end turns away end the loop like any other: they need no operands of their own in what follows.
        """
        emitter, last = self.emitter, test.statements[-1] if test.statements else None
        sides = asking_on(last) if isinstance(last, If) and last.results[0] is test.results[0] else None
        if not isinstance(last, If) or sides is None:
            return self.region(test)[0]
        self.region(Region(test.statements[:-1], ()))
        condition = emitter.register(last.condition)
        goes_on = condition if sides is last.then else emitter.invert(condition)
        with emitter.under(emitter.both(emitter.mask, goes_on), in_loop=True):
            further = self.test(sides)
        return emitter.select(goes_on, bool_, further, emitter.constant(False, bool_))

    def names(self, variables: Sequence[Variable]) -> list[str]:
        """Reserve a register for each carried value."""
        registers = [f"%{self.emitter.fresh('c')}" for _ in variables]
        self.emitter.registers.update(zip(variables, registers, strict=True))
        return registers

    def headers(
        self, variables: Sequence[Variable], names: Sequence[str], first: tuple[list[str], str], again: tuple[list[str], str]
    ) -> list[str]:
        """Return the joins at the head of a loop: from before it, and from the end of its body."""
        (start, before), (update, end) = first, again
        return [
            f"  {name} = phi {self.emitter.type(_scalar(v))} [{s}, %{before}], [{u}, %{end}]"
            for v, name, s, u in zip(variables, names, start, update, strict=True)
        ]

    def spread(self, index: str) -> str:
        """Return the index for every lane."""
        lanes = self.emitter.lanes
        if not lanes:
            return index
        # The index must be usable before the joins are written, so it is spread where it stands in the body.
        single = self.emitter.emit(f"insertelement <{lanes} x i64> poison, i64 {index}, i32 0")
        return self.emitter.emit(f"shufflevector <{lanes} x i64> {single}, <{lanes} x i64> poison, <{lanes} x i32> zeroinitializer")


def _recipe(operation: Operation, operands: Sequence[str]) -> Hashable:
    """Return all that decides what an operation gives: registers alone do not tell signed from unsigned numbers."""
    types = [value.type for value in operation.operands]
    return (operation.primitive, *operands, *types, operation.results[0].type, *operation.attributes.items())


def asking_on(branch: If) -> Region | None:
    """Return the side of a branch in a test that asks for more, when the other one says no."""
    for side, other in ((branch.then, branch.orelse), (branch.orelse, branch.then)):
        (answer,) = other.results
        says_no = isinstance(answer, Constant) and answer.value is False
        if not other.statements and (says_no or (answer is branch.condition and other is branch.orelse)):
            return side
    return None


def _costs_less_than_a_jump(branch: If) -> bool:
    return all(is_mild(side) and len(side.statements) <= _GUESSED_WRONG for side in (branch.then, branch.orelse))


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
