from __future__ import annotations

import pytest

from chatsim_clients.load.percentiles import curve, percentile, percentiles
from chatsim_clients.load.result import new_histogram


@pytest.fixture
def thousand():
    made = new_histogram()
    for value in range(1, 1_001):
        made.record_value(value)
    return made


def test_percentiles_of_a_thousand_are_their_ranks(thousand):
    found = percentiles(thousand)
    assert (found.count, found.p50, found.p90, found.p99, found.p99_9) == (
        1_000,
        500,
        900,
        990,
        999,
    )
    assert (found.p99_99, found.max) == (1_000, 1_000)
    assert found.mean == pytest.approx(500.5)
    assert percentile(thousand, 25.0) == 250


def test_nothing_recorded_is_all_zero_and_no_curve():
    assert percentiles(new_histogram()).max == 0
    assert curve(new_histogram()) == ()


def test_no_percentile_is_above_the_largest_latency():
    made = new_histogram()
    made.record_value(1_234_567)
    found = percentiles(made)
    assert found.p50 == found.p99_99 == found.max == percentile(made, 50.0)


def test_the_curve_rises_to_as_many_nines_as_the_count_can_show(thousand):
    points = curve(thousand)
    assert points[0][0] == 0.0
    assert points[-1] == (3.0, 999)
    assert [value for _, value in points] == sorted(value for _, value in points)
    assert dict(points)[1.0] == 900
