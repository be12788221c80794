"""Explanations say what the generated code does, and hold together as numbers."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import cobra
from cobra.compiler.codegen.cpu import host
from cobra.errors import InvalidCall
from cobra.explanation import limits
from cobra.explanation.limits import Limits, machine_limits
from cobra.runtime.thread_pool import thread_policy

muladd = cobra.ufunc(types=["fff->f", "ddd->d"])(lambda a, b, c: a * b + c)
x = np.ones(4000)


@pytest.fixture(autouse=True)
def known_machine(monkeypatch):
    """Limits that no other program's work changes; the real ones take seconds to measure."""
    known = Limits({1 << 14: 4e11, 1 << 20: 1e11}, {"float32": 2e11, "float64": 1e11}, {"float32": 2e10, "float64": 1e10}, 2e-7)
    monkeypatch.setattr("cobra.explanation.explaining.machine_limits", lambda: known)
    return known


def halved(x):
    while x > 1:
        x = x * 0.5
    return x


def checked(x):
    while x > 1:
        x = x * 0.5
        if x > 1e300:
            raise ValueError("large")
    return x


DIVIDED = ("blocks of dense", True, "") if host().machine.converts_wide else ("scalar code", False, "of integers")
VERSIONS = {
    "dense": (muladd, (x, x, x), "blocks of dense", True, "nothing in the kernel hinders"),
    "number": (muladd, (x, x, 2.0), "buffers", True, "nothing in the kernel hinders"),
    "spread steps": (cobra.ufunc(types="dd->d")(lambda a, b: a + b), (x[::3], x[::3]), "strided elements", True, ""),
    "loop": (cobra.ufunc(types="d->d")(halved), (x,), "blocks of dense", True, "take the next elements"),
    "exception": (cobra.ufunc(types="d->d")(checked), (x,), "blocks of dense", True, "take the next elements"),
    "library": (cobra.ufunc(types="d->d", math="libm")(lambda x: np.exp(x)), (x,), "scalar code", False, "calls exp of the C library"),
    "integers": (cobra.ufunc(types="ll->l")(lambda a, b: a // b), (x.astype(int),) * 2, *DIVIDED),
}


@pytest.mark.parametrize(
    ("count", "out", "is_streamed"),
    [(9_000_000, None, True), (9_000_000, 2, False), (3_000_000, None, False)],
)
def test_results_of_large_calls_are_written_past_the_caches(count, out, is_streamed):
    spread = np.broadcast_to(np.float64(1), (count,))
    given = {} if out is None else {"out": np.empty(count * out)[::out]}
    told = cobra.explain(muladd, spread, spread, 2.0, **given)
    assert "buffers" in told.version and ("past the caches" in told.version) == is_streamed


@pytest.mark.parametrize("name", VERSIONS)
def test_versions(name):
    kernel, arguments, version, has_lanes, reason = VERSIONS[name]
    told = cobra.explain(kernel, *arguments)
    assert version in told.version and reason in told.reason
    assert (told.lanes is not None) == has_lanes
    assert told.lanes == cobra.inspect.metadata(kernel, told.loop)["loop"]["lanes"]


def test_numbers_of_a_bandwidth_bound_kernel(known_machine):
    a, b, c, out = (np.ones(100_000) for _ in range(4))
    told = cobra.explain(muladd, a, b, c, out=out)
    assert (told.elements, told.bytes, told.flops, told.flops_are_exact) == (100_000, 3_200_000, 200_000, True)
    assert told.seconds["memory"] == pytest.approx(3_200_000 / known_machine.bandwidth(3_200_000))
    assert told.seconds["arithmetic"] == pytest.approx(200_000 / 1e11)
    assert told.limit == "memory" and told.roofline == pytest.approx(told.seconds["memory"] + 2e-7)


def test_what_limits():
    deep = cobra.ufunc(types="d->d")(lambda x: x**31 + x**30 + x**29 + x**28 + np.sin(x) * np.cos(x) * np.exp(x))
    assert cobra.explain(deep, x, out=x.copy()).limit == "arithmetic"
    assert cobra.explain(muladd, 1.0, 2.0, 3.0).limit == "call"


def test_operations_of_different_units_overlap(known_machine):
    kernel = cobra.ufunc(types="d->d")(lambda v: cobra.fma(cobra.fma(v, v, 3.0), v, 1.0 if v > 1 else 2.0))
    told = cobra.explain(kernel, x)
    # four operations of two fused multiply-adds hide a comparison and a choice
    assert told.flops == 4 * x.size
    assert told.seconds["arithmetic"] == pytest.approx(4 * x.size / known_machine.operations["float64"])


def test_the_same_array_counts_once():
    assert cobra.explain(muladd, x, x, x, out=x).bytes == x.nbytes


def test_core_dimensions():
    @cobra.ufunc(signature="(n)->()")
    def total(v: cobra.float64["n"]) -> cobra.float64:
        s = 0.0
        for i in range(len(v)):
            s += v[i]
        return s

    told = cobra.explain(total, np.ones((10, 7)))
    assert (told.elements, told.flops, told.lanes, told.bytes) == (10, 70, None, 10 * 7 * 8 + 80)
    assert "core dimensions" in told.version


def test_threads():
    parallel = cobra.ufunc(muladd, policy="parallel", num_threads=1)
    assert cobra.explain(parallel, x, x, x).threads == 1
    assert cobra.explain(muladd, x, x, x).threads == 1


def test_threads_follow_blocks_and_few_elements_are_not_shared(monkeypatch):
    class TwoThreads:
        threads = 2

    monkeypatch.setattr(sys.modules["cobra.ufunc.parallel_call"], "the_pool", TwoThreads)
    parallel = cobra.ufunc(muladd, policy="parallel")
    assert cobra.explain(parallel, x, x, x).threads == 2 and cobra.explain(parallel, x[:100], x[:100], x[:100]).threads == 1
    with cobra.policy("parallel"):
        told = cobra.explain(muladd, x, x, x)
        assert told.threads == 2 and "up to 2" in str(told)
    with cobra.policy("vectorized"):
        assert cobra.explain(parallel, x, x, x).threads == 1


def test_text_table_and_data():
    told = cobra.explain(muladd, x.astype("f"), x, x[::2].repeat(2), measure=True)
    text = str(told)
    assert text.startswith("<lambda>" if told.kernel == "<lambda>" else told.kernel) and repr(told) == text
    assert "NumPy converts operand 0" in text and "hand over arrays of float64" in text
    assert told.measured is not None and told.measured > 0 and "measured" in text
    data = json.loads(json.dumps(told.as_dict()))
    assert data["bytes"] == told.bytes and data["limit"] == told.limit and data["roofline"] == told.roofline
    html = told._repr_html_()
    assert html.startswith("<table>") and html.count("<tr>") == len(told.rows()) and "->" not in html


def test_outputs_among_the_arguments():
    out = x.copy()
    assert cobra.explain(muladd, x, x, x, out=...).bytes == cobra.explain(muladd, x, x, x).bytes == 2 * x.nbytes
    assert cobra.explain(muladd, x, x, x, out).bytes == cobra.explain(muladd, x, x, x, out=out).bytes == 2 * x.nbytes


def test_code_that_cobra_does_not_know_takes_at_least_no_time():
    @cobra.ufunc
    def high_half(a: cobra.int64) -> cobra.int64:
        result: cobra.int64
        cobra.inline("""
            %wide = sext i64 %a to i128
            %square = mul i128 %wide, %wide
            %high = lshr i128 %square, 64
            %result = trunc i128 %high to i64
        """)
        return result

    told = cobra.explain(high_half, np.arange(4000))
    assert not told.flops_are_exact and "at least" in str(told)


def test_what_cannot_be_explained():
    with pytest.raises(InvalidCall, match="no ufunc of Cobra's"):
        cobra.explain(np.add, 1, 2)
    with pytest.raises(InvalidCall, match="takes 3 operands, not 1"):
        cobra.explain(muladd, x)


def test_bandwidths_lie_between_those_measured():
    known = Limits({1 << 10: 4e11, 1 << 20: 1e11}, {}, {}, 0.0)
    assert known.bandwidth(1) == pytest.approx(4e11) and known.bandwidth(1 << 30) == pytest.approx(1e11)
    assert known.bandwidth(1 << 15) == pytest.approx(2e11)


def test_plain_python_is_not_explained():
    with cobra.config.options(disable_jit=True):
        plain = cobra.ufunc(types="d->d")(lambda x: x + 1)
    with pytest.raises(InvalidCall, match="runs as plain Python"):
        cobra.explain(plain, x)


def test_one_thread_of_native_code_is_measured_whatever_is_in_force(monkeypatch):
    def look():
        return thread_policy.get(), cobra.config.current().disable_jit

    monkeypatch.setattr(limits, "_measured", look)
    with cobra.policy("parallel"), cobra.config.options(disable_jit=True):
        assert limits._measure() == (0, False)


def test_the_machine_is_measured_once_and_kept(monkeypatch):
    monkeypatch.setattr(limits, "_SECONDS", 1e-4)
    monkeypatch.setattr(limits, "_WORKING_SETS", (1 << 14, 1 << 16))
    monkeypatch.setattr(limits.keys, "host_identity", lambda: "a host of this test's own")
    machine_limits.cache_clear()
    try:
        measured = machine_limits()
        assert all(rate > 1e6 for rate in (*measured.bandwidths.values(), *measured.operations.values(), *measured.divisions.values()))
        machine_limits.cache_clear()
        monkeypatch.setattr(limits, "_measure", None)
        assert machine_limits() == measured
    finally:
        machine_limits.cache_clear()
