"""Random kernels give what plain Python gives; ``tests/campaigns/random_kernels.py`` runs many more."""

from __future__ import annotations

import pytest
from array_kernel_generator import array_difference, make_array_kernel
from kernel_generator import difference, make

_BATCH = 10


@pytest.mark.parametrize("start", range(0, 150, _BATCH))
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
def test_random_kernels(start: int) -> None:
    found = [difference(make(seed)) for seed in range(start, start + _BATCH)]
    assert [text for text in found if text is not None] == []


@pytest.mark.parametrize("start", range(0, 30, _BATCH))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_kernels_on_arrays(start: int) -> None:
    found = [array_difference(make_array_kernel(seed)) for seed in range(start, start + _BATCH)]
    assert [text for text in found if text is not None] == []


@pytest.mark.parametrize("seed", [1, 6, 15, 21])
def test_a_wrong_result_is_noticed(seed: int) -> None:
    kernel = make(seed)
    last = kernel.source.rindex("return ")
    changed = kernel.source[:last] + kernel.source[last:].replace("return a", "return a == a")
    assert "differ" not in (difference(kernel) or "")
    assert "plain Python gives" in (difference(kernel, changed) or "")
