from __future__ import annotations

import pytest

from chatsim_clients.load.report_axes import (
    byte_axis,
    core_axis,
    latency_axis,
    nines_ticks,
    rate_axis,
    second_ticks,
)


def names(ticks) -> list[str]:
    return [name for _, name in ticks]


@pytest.mark.parametrize(
    ("high", "most", "found"),
    [
        (8.0, 10, ["0", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s"]),
        (130.0, 5, ["0", "30 s", "1 min", "90 s", "2 min"]),
        (7_300.0, 4, ["0", "1 h", "2 h"]),
        (400_000.0, 5, ["0", "24 h", "48 h", "72 h", "96 h"]),
    ],
)
def test_seconds_are_named_in_the_largest_unit_that_leaves_no_rest(high, most, found):
    assert names(second_ticks(0.0, high, most)) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([800.0, 62_000.0], ["1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms"]),
        ([100.0, 2_000_000.0], ["0.1 ms", "1 ms", "10 ms", "100 ms", "1,000 ms"]),
        ([], ["0.1 ms", "0.2 ms", "0.5 ms", "1 ms"]),
        ([5_000.0], ["0.5 ms", "1 ms", "2 ms", "5 ms"]),
    ],
)
def test_latencies_are_named_in_milliseconds(values, found):
    (low, high), ticks = latency_axis(values)
    assert names(ticks) == found
    assert all(low <= value <= high for value, _ in ticks)


def test_axes_of_counts_begin_at_nothing_and_hold_every_value():
    for axis in (rate_axis, core_axis, byte_axis):
        (low, high), ticks = axis([3.0, 2.5e9])
        assert low == 0.0
        assert high > 2.5e9
        assert ticks[0][0] == 0.0


def test_a_processor_is_shown_against_a_whole_core_and_memory_in_its_unit():
    assert names(core_axis([3.0])[1]) == ["0 %", "50 %", "100 %"]
    assert names(byte_axis([72e6])[1]) == ["0", "20 MB", "40 MB", "60 MB"]
    assert names(byte_axis([2.5e9])[1]) == ["0", "1 GB", "2 GB"]


def test_percentiles_are_named_as_far_as_the_curve_goes():
    assert names(nines_ticks(3.5, narrow=False)) == ["0 %", "50 %", "90 %", "99 %", "99.9 %"]
    assert names(nines_ticks(4.0, narrow=True)) == ["90 %", "99.9 %"]
