"""LLVM text of functions that copy strided elements to dense memory, ``gather``, and back, ``scatter``.

Both are ``void (i64 size, ptr source, ptr target, i64 step, i64 n)``, with the byte step of the strided side and one element at least.
What occurs most moves whole vectors: a repeated element, backwards, every second one. Nothing beyond the elements is touched.
"""

from __future__ import annotations

from collections.abc import Sequence

VECTOR = 64
"""Bytes moved at once."""
PAIRED_SIZES = (1, 2, 4)
"""Sizes of elements of which every second one costs hardly more to move than all of them, where vectors can be masked."""

_SIZES = (1, 2, 4, 8, 16)
_LARGEST_IN_VECTORS = 8
_IN_A_TURN = 4


def copies_text() -> str:
    """Return the definitions of both."""
    names = ("gather", "scatter")
    return "\n".join([*map(_gather, _SIZES), *map(_scatter, _SIZES), *map(_by_size, names)])


def _by_size(name: str) -> str:
    cases = " ".join(f"i64 {size}, label %size.{size}" for size in _SIZES)
    calls = "\n".join(
        f"size.{size}:\n  call void @{name}.{size}(ptr %source, ptr %target, i64 %step, i64 %n)\n  br label %done" for size in _SIZES
    )
    return f"""
define internal void @{name}(i64 %size, ptr %source, ptr %target, i64 %step, i64 %n) nounwind {{
  switch i64 %size, label %done [ {cases} ]
{calls}
done:
  ret void
}}"""


def _function(name: str, size: int, vectors: dict[int, str], ways: Sequence[str], steps: tuple[str, str]) -> str:
    """Return a function that has ways of its own, by name and in `vectors` by step, before it goes one by one."""
    cases = " ".join(f"i64 {step}, label %{way}" for step, way in zip(vectors, ways, strict=True))
    return f"""
define internal void @{name}.{size}(ptr %source, ptr %target, i64 %step, i64 %n) nounwind {{
entry:
  %hidden = alloca i64
  switch i64 %step, label %remaining [ {cases} ]
{"".join(vectors.values())}
remaining:
{_joined("from", "ptr", "%source", "s.next", ways)}
{_joined("into", "ptr", "%target", "t.next", ways)}
{_joined("rest", "i64", "%n", "rest", ways)}
{_one_by_one(size, *steps)}
done:
  ret void
}}"""


def _joined(name: str, kind: str, first: str, later: str, ways: Sequence[str]) -> str:
    pairs = [f"[{first}, %{block}]" for block in ("entry", *ways)] + [f"[%{way}.{later}, %{way}.done]" for way in ways]
    return f"  %{name} = phi {kind} {', '.join(pairs)}"


def _gather(size: int) -> str:
    if size > _LARGEST_IN_VECTORS:
        return _function("gather", size, {}, (), ("%step", str(size)))
    vectors = {0: _repeated(size), -size: _backwards(size), 2 * size: _every_second(size)}
    return _function("gather", size, vectors, ("same", "back", "pair"), ("%step", str(size)))


def _scatter(size: int) -> str:
    if size not in PAIRED_SIZES:
        return _function("scatter", size, {}, (), (str(size), "%step"))
    text = _function("scatter", size, {2 * size: _to_every_second(size)}, ("pair",), (str(size), "%step"))
    lanes, kind = _vector(size)
    return f"{text}\ndeclare void {_masked_store(size)}({kind}, ptr, <{lanes} x i1>)"


# -- whole vectors


def _vector(size: int) -> tuple[int, str]:
    lanes = VECTOR // size
    return lanes, f"<{lanes} x i{8 * size}>"


def _masked_store(size: int) -> str:
    return f"@llvm.masked.store.v{VECTOR // size}i{8 * size}.p0"


def _lane_list(order: Sequence[int]) -> str:
    return f"<{len(order)} x i32> <{', '.join(f'i32 {lane}' for lane in order)}>"


def _way(name: str, count: str, move: str, read_by: int, write_by: int, lanes: int) -> str:
    """Return the blocks of a way: `count` computes how many vectors there are, `move` moves one."""
    return f"""
{name}:
{count}
  %{name}.any = icmp sgt i64 %{name}.count, 0
  br i1 %{name}.any, label %{name}.turn, label %remaining
{name}.turn:
  %{name}.s = phi ptr [%source, %{name}], [%{name}.s.next, %{name}.turn]
  %{name}.t = phi ptr [%target, %{name}], [%{name}.t.next, %{name}.turn]
  %{name}.left = phi i64 [%{name}.count, %{name}], [%{name}.less, %{name}.turn]
{move}
  %{name}.s.next = getelementptr i8, ptr %{name}.s, i64 {read_by}
  %{name}.t.next = getelementptr i8, ptr %{name}.t, i64 {write_by}
  %{name}.less = add i64 %{name}.left, -1
  %{name}.again = icmp ne i64 %{name}.less, 0
  br i1 %{name}.again, label %{name}.turn, label %{name}.done
{name}.done:
  %{name}.taken = mul i64 %{name}.count, {lanes}
  %{name}.rest = sub i64 %n, %{name}.taken
  br label %remaining"""


def _repeated(size: int) -> str:
    lanes, kind = _vector(size)
    count = f"""  %same.count = sdiv i64 %n, {lanes}
  %same.first = load i{8 * size}, ptr %source, align 1
  %same.one = insertelement {kind} poison, i{8 * size} %same.first, i32 0
  %same.v = shufflevector {kind} %same.one, {kind} poison, <{lanes} x i32> zeroinitializer"""
    return _way("same", count, f"  store {kind} %same.v, ptr %same.t, align 1", 0, VECTOR, lanes)


def _backwards(size: int) -> str:
    lanes, kind = _vector(size)
    move = f"""  %back.low = getelementptr i8, ptr %back.s, i64 {size - VECTOR}
  %back.x = load {kind}, ptr %back.low, align 1
  %back.v = shufflevector {kind} %back.x, {kind} poison, {_lane_list(range(lanes - 1, -1, -1))}
  store {kind} %back.v, ptr %back.t, align 1"""
    return _way("back", f"  %back.count = sdiv i64 %n, {lanes}", move, -VECTOR, VECTOR, lanes)


def _every_second(size: int) -> str:
    lanes, kind = _vector(size)
    # The last vector would reach past the last element, so one element at least is left for later.
    count = f"  %pair.n = sub i64 %n, 1\n  %pair.count = sdiv i64 %pair.n, {lanes}"
    move = f"""  %pair.high = getelementptr i8, ptr %pair.s, i64 {VECTOR}
  %pair.x = load {kind}, ptr %pair.s, align 1
  %pair.y = load {kind}, ptr %pair.high, align 1
  %pair.v = shufflevector {kind} %pair.x, {kind} %pair.y, {_lane_list(range(0, 2 * lanes, 2))}
  store {kind} %pair.v, ptr %pair.t, align 1"""
    return _way("pair", count, move, 2 * VECTOR, VECTOR, lanes)


def _to_every_second(size: int) -> str:
    lanes, kind = _vector(size)
    mask = ", ".join(f"i1 {'false' if lane % 2 else 'true'}" for lane in range(lanes))
    low, high = (_lane_list([first + lane // 2 for lane in range(lanes)]) for first in (0, lanes // 2))
    move = f"""  %pair.x = load {kind}, ptr %pair.s, align 1
  %pair.low = shufflevector {kind} %pair.x, {kind} poison, {low}
  %pair.high = shufflevector {kind} %pair.x, {kind} poison, {high}
  %pair.u = getelementptr i8, ptr %pair.t, i64 {VECTOR}
  call void {_masked_store(size)}({kind} %pair.low, ptr align 1 %pair.t, <{lanes} x i1> <{mask}>)
  call void {_masked_store(size)}({kind} %pair.high, ptr align 1 %pair.u, <{lanes} x i1> <{mask}>)"""
    return _way("pair", f"  %pair.count = sdiv i64 %n, {lanes}", move, VECTOR, 2 * VECTOR, lanes)


# -- one element after another


def _one_by_one(size: int, read_by: str, write_by: str) -> str:
    """Return the blocks that copy `%rest` elements from `%from` to `%into`, several a turn, then the last few."""
    kind = "<2 x i64>" if size == 16 else f"i{8 * size}"
    turn = range(_IN_A_TURN)
    addresses = "\n".join(
        f"  %s{k + 1} = getelementptr i8, ptr %s0, i64 %r{k + 1}\n  %t{k + 1} = getelementptr i8, ptr %t0, i64 %w{k + 1}" for k in turn
    )
    loads = "\n".join(f"  %v{k} = load {kind}, ptr %s{k}, align 1" for k in turn)
    stores = "\n".join(f"  store {kind} %v{k}, ptr %t{k}, align 1" for k in turn)
    return f"""{_multiples("r", read_by)}
{_multiples("w", write_by)}
  %turns = sdiv i64 %rest, {_IN_A_TURN}
  %any = icmp sgt i64 %turns, 0
  br i1 %any, label %turn, label %few
turn:
  %s0 = phi ptr [%from, %remaining], [%s{_IN_A_TURN}, %turn]
  %t0 = phi ptr [%into, %remaining], [%t{_IN_A_TURN}, %turn]
  %left = phi i64 [%turns, %remaining], [%fewer, %turn]
{addresses}
{loads}
{stores}
  %fewer = add i64 %left, -1
  %again = icmp ne i64 %fewer, 0
  br i1 %again, label %turn, label %few
few:
  %s = phi ptr [%from, %remaining], [%s{_IN_A_TURN}, %turn]
  %t = phi ptr [%into, %remaining], [%t{_IN_A_TURN}, %turn]
  %over = srem i64 %rest, {_IN_A_TURN}
  %more = icmp sgt i64 %over, 0
  br i1 %more, label %one, label %done
one:
  %a = phi ptr [%s, %few], [%b, %one]
  %c = phi ptr [%t, %few], [%d, %one]
  %i = phi i64 [%over, %few], [%j, %one]
  %v = load {kind}, ptr %a, align 1
  store {kind} %v, ptr %c, align 1
  %b = getelementptr i8, ptr %a, i64 {read_by}
  %d = getelementptr i8, ptr %c, i64 {write_by}
  %j = add i64 %i, -1
  %go_on = icmp ne i64 %j, 0
  br i1 %go_on, label %one, label %done"""


def _multiples(name: str, by: str) -> str:
    """Return the lines that compute small multiples of a step."""
    turn = range(1, _IN_A_TURN + 1)
    if not by.startswith("%"):
        return "\n".join(f"  %{name}{k} = add i64 0, {k * int(by)}" for k in turn)
    # Volatile: LLVM would see through the product, and add step to step instead, a cycle an element.
    return "\n".join(
        f"  %{name}{k}.product = mul i64 {by}, {k}\n  store volatile i64 %{name}{k}.product, ptr %hidden\n"
        f"  %{name}{k} = load volatile i64, ptr %hidden"
        for k in turn
    )
