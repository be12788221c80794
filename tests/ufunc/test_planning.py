"""Which loops a kernel gets, and that the answer is kept."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import cobra
from cobra import config
from cobra.compiler import pipeline
from cobra.compiler.loop_types import LoopTypes
from cobra.compiler.spec import KernelSpec, spec_of
from cobra.types import BY_NAME, SCALAR_TYPES, ArrayType
from cobra.ufunc import planning
from cobra.ufunc.declaration import declare
from cobra.ufunc.planning import plan

numbers = itertools.count(1000)


def spec(function, signature: str | None = None, types: str | None = None, **options: object) -> KernelSpec:
    frozen = spec_of(function)
    loops, core = declare(frozen, signature, types)
    return KernelSpec(frozen, loops, None if core is None else str(core), options, name=f"kernel{next(numbers)}")


def planned(function, **declared: str) -> list[str]:
    made = spec(function, **declared)
    return [str(loop) for loop in plan(made, _signature(made))]


def _signature(made: KernelSpec):
    return None if made.signature is None else planning.Signature.parse(made.signature)


@pytest.fixture
def translations(monkeypatch: pytest.MonkeyPatch) -> list[LoopTypes]:
    """Return the list of loops that are translated from now on."""
    done: list[LoopTypes] = []
    translate = pipeline.translate

    def spy(made, loop, symbols):
        done.append(loop)
        return translate(made, loop, symbols)

    monkeypatch.setattr(pipeline, "translate", spy)
    return done


def test_the_family_in_numpys_order() -> None:
    assert planned(lambda x: x) == [f"{code}->{code}" for code in "?bBhHiIlLefdFD"]


def test_outputs_follow_from_inputs() -> None:
    assert planned(lambda x: (x < 1, x * 0.5), types="l") == ["l->?d"]
    assert planned(lambda x: np.float32(x), types="d") == ["d->f"]


def test_all_types_wrong_is_an_error_of_the_kernel() -> None:
    with pytest.raises(cobra.errors.UndefinedName, match="missing_name"):
        planned(lambda x: x + missing_name)


def test_inputs_without_a_common_type() -> None:
    def kernel(x, y, out):
        out[0] = x + y

    assert planned(kernel, signature="(),()->()", types="lL") == ["lL->d"]


def test_plans_are_kept_on_disk(translations: list[LoopTypes]) -> None:
    made = spec(lambda x: x * 1.5)
    first = plan(made, None)
    count = len(translations)
    assert count == len(SCALAR_TYPES) and plan(made, None) == first and len(translations) == count


def test_plans_without_a_cache(translations: list[LoopTypes]) -> None:
    made = spec(lambda x: x * 2.5, types="d->d")
    with config.options(cache_enabled=False):
        assert plan(made, None) == plan(made, None)
    assert len(translations) == 2


def test_errors_are_not_kept(translations: list[LoopTypes]) -> None:
    made = spec(lambda x: x + missing_name, types="d->d")
    for _ in range(2):
        with pytest.raises(cobra.errors.UndefinedName):
            plan(made, None)
    assert len(translations) == 2


def test_a_spoilt_plan_is_made_again(tmp_path: Path, translations: list[LoopTypes]) -> None:
    with config.options(cache_dir=tmp_path):
        made = spec(lambda x: x * 3.5, types="d->d")
        first = plan(made, None)
        for entry in tmp_path.iterdir():
            if entry.is_file():
                entry.write_bytes(entry.read_bytes()[:-1])
        assert plan(made, None) == first and len(translations) == 2
        assert plan(made, None) == first and len(translations) == 2


def test_interpreted_kernels_with_all_types_are_not_translated(translations: list[LoopTypes]) -> None:
    made = spec(lambda x: print(x) or x, types="d->d", interpreted=True)
    assert [str(loop) for loop in plan(made, None)] == ["d->d"] and translations == []


@pytest.mark.parametrize(
    "loop",
    [
        LoopTypes((BY_NAME["float64"], BY_NAME["int8"]), (BY_NAME["float64"],)),
        LoopTypes((ArrayType(BY_NAME["float32"], ("m?", "n")), BY_NAME["bool"]), (ArrayType(BY_NAME["complex64"], ()),)),
        LoopTypes((ArrayType(BY_NAME["uint8"], ("3",)),), (ArrayType(BY_NAME["uint8"], ("n_plus_1", "3")), BY_NAME["int64"])),
        LoopTypes((cobra.vec4f, BY_NAME["float64"]), (cobra.fixed_array(cobra.vec2d, 3),)),
        LoopTypes((ArrayType(BY_NAME["float32"], ("m?", "n")), cobra.vec8i), (ArrayType(BY_NAME["int8"], ()),)),
        LoopTypes((cobra.struct({"a > b\n": float, "'": cobra.vec2d}, name="x y"),), (cobra.struct([int]),)),
        LoopTypes((cobra.struct(p=cobra.struct(q=cobra.fixed_array(cobra.struct(z=bool, name="[]"), 2))),), (BY_NAME["bool"],)),
    ],
    ids=repr,
)
def test_the_form_on_disk(loop: LoopTypes) -> None:
    assert planning._decode(planning._encode((loop, loop))) == (loop, loop)
