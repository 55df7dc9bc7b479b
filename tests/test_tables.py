"""Probabilities as integers: thresholds, factors, quantiles, and the share that people really have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.randomness import tables


def test_certainty_is_above_every_word_and_impossibility_above_none() -> None:
    assert tables.threshold(1.0) == tables.CERTAIN == 1 << 32
    assert tables.threshold(0.0) == 0
    assert tables.threshold(0.5) == 1 << 31


def test_certainty_times_one_fits_a_signed_64_bit_integer() -> None:
    assert tables.CERTAIN * tables.factor(1.0) < 2**63


def test_a_table_is_read_at_the_middle_of_each_step() -> None:
    assert tables.middles(4).tolist() == [0.125, 0.375, 0.625, 0.875]


def test_lomax_quantiles_leave_the_tail_that_the_law_has() -> None:
    sizes = tables.integers(tables.lomax(1.5)) + 1
    for k in (1, 2, 5, 20):
        assert (sizes > k).mean() == pytest.approx((1 + k) ** -1.5, abs=2e-5)


def test_a_lognormal_law_has_its_median_and_spread() -> None:
    law = tables.lognormal(900.0, 1.5)
    assert np.median(law) == pytest.approx(900.0, rel=1e-4)
    assert np.log(law).std() == pytest.approx(1.5, rel=1e-3)


def test_a_gamma_law_has_mean_one_and_a_tenth_of_the_people_much_of_it() -> None:
    law = tables.gamma(0.5)
    assert law.mean() == pytest.approx(1.0, rel=1e-3)
    assert law[-len(law) // 10 :].sum() / law.sum() == pytest.approx(0.44, abs=0.02)


def test_an_exponential_law_has_its_mean() -> None:
    assert tables.exponential(4.7).mean() == pytest.approx(4.7, rel=1e-3)


@given(st.floats(0.01, 0.99), st.lists(st.integers(0, 5), min_size=16, max_size=16))
def test_the_people_drawn_have_the_share_probability_on_average(
    share: float, drawn: list[int]
) -> None:
    people = np.array(drawn, dtype=np.int64)
    thresholds = tables.share_thresholds(share, tables.gamma(0.5, 16), people)
    if not people.sum():
        assert not thresholds.any()
        return
    mean = (thresholds * people).sum() / people.sum() / tables.CERTAIN
    assert mean == pytest.approx(share, abs=1e-8)
    assert thresholds.max() <= tables.CERTAIN
    assert (np.diff(thresholds) >= 0).all()


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (1.0, tables.CERTAIN)])
def test_nobody_and_everybody_need_no_search(share: float, expected: int) -> None:
    people = np.ones(4, dtype=np.int64)
    assert set(tables.share_thresholds(share, tables.gamma(0.5, 4), people)) == {expected}


def test_staleness_halves_every_half_life_and_never_without_one() -> None:
    factors = tables.staleness(7_200.0, 4)
    assert factors.tolist() == [
        math.floor(tables.FACTOR_ONE * 2 ** (-hours / 2)) for hours in range(5)
    ]
    assert set(tables.staleness(None, 4)) == {tables.FACTOR_ONE}


def test_the_fingerprint_sees_every_entry() -> None:
    table = np.arange(10, dtype=np.int64)
    other = table.copy()
    other[3] += 1
    assert tables.fingerprint(table) != tables.fingerprint(other)
    assert tables.fingerprint(table) == tables.fingerprint(table.copy())
