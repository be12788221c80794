"""Random texts mean to Cobra what they mean to LLVM, which compiles them in a process of its own."""

from __future__ import annotations

import numpy as np

from cobra.errors import UnsupportedSyntax
from cobra.types import int32, int64
from tests.compiler.frontend.llvm_text.inline_texts import kernel
from tests.compiler.frontend.llvm_text.llvm_child import Case, run_in_llvm
from tests.compiler.frontend.llvm_text.random_texts import StraightLine, jumping_text
from tests.compiler.primitives.native_code import Module
from tests.compiler.primitives.special_values import identical, scattered, special

ROWS = 48


def test_straight_lines() -> None:
    texts = [StraightLine(seed, 40) for seed in range(40)]
    cases = []
    for seed, text in enumerate(texts):
        columns = []
        for k, (_, kind) in enumerate(text.arguments):
            values = np.concatenate([special(kind), scattered(kind, ROWS, seed * 31 + k)])
            columns.append(np.random.default_rng(seed * 17 + k).permutation(values)[:ROWS] if kind.bits > 8 else values[:ROWS])
        columns = [np.resize(column, ROWS) for column in columns]
        cases.append(Case(text.text, text.arguments, int64, tuple(columns)))
    module = Module([kernel(case.text, dict(case.arguments), {"result": None}) for case in cases], strict=False, optimise=False)
    for index, (case, answer) in enumerate(zip(cases, run_in_llvm(cases), strict=True)):
        (got,) = module.run(index, *case.columns).results
        assert identical(got, answer.values).all(), f"{case.text}\n{got}\n{answer.values}"


def test_blocks_that_jump_about() -> None:
    given = np.arange(-8, 24, dtype=np.int32)
    columns = (given, np.roll(given, 5))
    arguments = {"a": int32, "b": int32}
    kernels, cases, refused = [], [], 0
    for seed in range(160):
        text = jumping_text(seed)
        try:
            kernels.append(kernel(text, arguments, {"result": int32}))
        except UnsupportedSyntax as error:
            assert "two ways in" in error.message
            refused += 1
        else:
            cases.append(Case(text, tuple(arguments.items()), int32, columns))
    assert len(cases) > 2 * refused
    answers = run_in_llvm(cases, simplify=True)
    simplified = [kernel(answer.simplified, arguments, {"result": int32}) for answer in answers]
    module = Module([*kernels, *simplified], optimise=False)
    for index, (case, answer) in enumerate(zip(cases, answers, strict=True)):
        for number in (index, index + len(cases)):
            assert np.array_equal(module.run(number, *columns).results[0], answer.values), f"{case.text}\n{answer.simplified}"
