from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsim_clients.load.latencies import add, count, percentile, record
from chatsim_clients.load.result import new_histogram

LATENCIES = st.lists(st.integers(0, 4_000_000_000_000), max_size=60)


@given(LATENCIES, LATENCIES)
def test_counted_and_merged_latencies_make_the_histogram_of_each_one_recorded(some, others):
    one_by_one, counted = new_histogram(), new_histogram()
    for nanoseconds in some + others:
        one_by_one.record_value(min(max(nanoseconds // 1_000, 1), 3_600_000_000))
    total = count(some)
    add(total, count(others))
    record(counted, total)
    assert counted.get_total_count() == len(some) + len(others)
    for percent in (0, 50, 90, 99, 99.9, 100):
        assert counted.get_value_at_percentile(percent) == one_by_one.get_value_at_percentile(
            percent
        )


def test_percentiles_are_values_that_so_many_do_not_exceed():
    counted = count([n * 1_000 for n in range(1, 101)])
    assert [percentile(counted, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile({}, 99) == 0
