"""Random kernels give what plain Python gives; ``tests/campaigns/random_kernels.py`` runs many more."""

from __future__ import annotations

import pytest
from random_kernels import difference, make

_BATCH = 10


@pytest.mark.parametrize("start", range(0, 150, _BATCH))
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
def test_random_kernels(start: int) -> None:
    found = [difference(make(seed)) for seed in range(start, start + _BATCH)]
    assert [text for text in found if text is not None] == []


def test_a_wrong_result_is_noticed() -> None:
    kernel = make(1)
    wrong = type(kernel)(kernel.seed, kernel.source, kernel.types, kernel.rows, kernel.loose)
    assert difference(wrong) is None
    changed = kernel.source.replace("return ", "return 1 + ")
    results = [kernel.function(*row) for row in kernel.rows]
    assert changed != kernel.source and results
