"""Products of matrices of integers, for which no BLAS has a routine: loops whose innermost one runs along rows, in vectors.

NumPy's own loop adds up one element after another, which takes 5 to 40 times as long. Integers wrap around, so the order of additions
cannot be seen. Matrices whose rows are not dense are left to NumPy.
"""

from __future__ import annotations

from cobra.types import BY_NAME

_FEWEST_COLUMNS = 4

_LOOPS = """
define internal void @{name}(ptr noalias %c, i64 %c.m, ptr %a, i64 %a.m, i64 %a.k, ptr %b, i64 %b.k,
                             i64 %m, i64 %k, i64 %n) noinline nounwind {{
entry:
  %width = mul i64 %n, {size}
  %rows = icmp sgt i64 %m, 0
  %terms = icmp sgt i64 %k, 0
  br i1 %rows, label %row, label %done
row:
  %i = phi i64 [0, %entry], [%i.next, %row.end]
  %c.at = mul i64 %i, %c.m
  %c.row = getelementptr i8, ptr %c, i64 %c.at
  %a.at = mul i64 %i, %a.m
  %a.row = getelementptr i8, ptr %a, i64 %a.at
  call void @llvm.memset.p0.i64(ptr %c.row, i8 0, i64 %width, i1 false)
  br i1 %terms, label %term, label %row.end
term:
  %t = phi i64 [0, %row], [%t.next, %term.end]
  %x.at = mul i64 %t, %a.k
  %x.place = getelementptr i8, ptr %a.row, i64 %x.at
  %x = load {number}, ptr %x.place
  %b.at = mul i64 %t, %b.k
  %b.row = getelementptr i8, ptr %b, i64 %b.at
  br label %column
column:
  %j = phi i64 [0, %term], [%j.next, %column]
  %b.place = getelementptr {number}, ptr %b.row, i64 %j
  %y = load {number}, ptr %b.place
  %product = mul {number} %x, %y
  %c.place = getelementptr {number}, ptr %c.row, i64 %j
  %before = load {number}, ptr %c.place
  %after = add {number} %before, %product
  store {number} %after, ptr %c.place
  %j.next = add nuw nsw i64 %j, 1
  %more.columns = icmp slt i64 %j.next, %n
  br i1 %more.columns, label %column, label %term.end
term.end:
  %t.next = add nuw nsw i64 %t, 1
  %more.terms = icmp slt i64 %t.next, %k
  br i1 %more.terms, label %term, label %row.end
row.end:
  %i.next = add nuw nsw i64 %i, 1
  %more.rows = icmp slt i64 %i.next, %m
  br i1 %more.rows, label %row, label %done
done:
  ret void
}}"""


def has_own_loops(by: str, kind: str) -> bool:
    """Tell whether there are loops for a gufunc and the name of a type."""
    return by == "matmul" and BY_NAME[kind].is_integer


def dense_test(kind: str) -> list[str]:
    """Return the lines that decide, in ``%dense``, whether the rows of the second factor and of the result are dense, and long enough."""
    size = BY_NAME[kind].itemsize
    return [
        f"%b.dense = icmp eq i64 %b.n, {size}",
        f"%c.dense = icmp eq i64 %c.n, {size}",
        f"%long = icmp sge i64 %n, {_FEWEST_COLUMNS}",
        "%both = and i1 %b.dense, %c.dense",
        "%dense = and i1 %both, %long",
    ]


def loops_name(kind: str) -> str:
    """Return the name of the function that multiplies matrices with dense rows."""
    return f"rows.{kind}"


def loops_text(kind: str, declarations: set[str]) -> str:
    """Return that function: ``(result, row step, left, row step, column step, right, row step, rows, inner, columns)``."""
    declarations.add("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
    scalar = BY_NAME[kind]
    return _LOOPS.format(name=loops_name(kind), number=f"i{scalar.bits}", size=scalar.itemsize)
