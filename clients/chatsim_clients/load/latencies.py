"""Latencies of many messages as counts, before they reach a histogram.

Making a histogram's index in Python costs more than carrying the message. So latencies are listed, rounded together as
the histogram would (three significant figures) and counted; a second's worth is small and merges by addition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hdrh.histogram import HdrHistogram

from chatsim_clients.load.result import LATENCY_MAX_MICROSECONDS, LATENCY_MIN_MICROSECONDS

EXACT_BITS = 11
"""Of a histogram with three significant figures: below 2^11 every microsecond is a bucket."""

Counted = dict[int, int]
"""How often, by microseconds."""


def count(nanoseconds: Sequence[int]) -> Counted:
    """Latencies in whole microseconds, rounded to the histogram's buckets."""
    if not nanoseconds:
        return {}
    values = np.array(nanoseconds, dtype=np.int64) // 1_000
    values = np.clip(values, LATENCY_MIN_MICROSECONDS, LATENCY_MAX_MICROSECONDS)
    shift = np.maximum(np.frexp(values)[1] - EXACT_BITS, 0)
    rounded, counts = np.unique(values >> shift << shift, return_counts=True)
    return dict(zip(rounded.tolist(), counts.tolist(), strict=True))


def add(total: Counted, more: Mapping[int, int]) -> None:
    for value, times in more.items():
        total[value] = total.get(value, 0) + times


def record(histogram: HdrHistogram, counted: Mapping[int, int]) -> None:
    for value, times in counted.items():
        histogram.record_value(value, times)


def percentile(counted: Mapping[int, int], percent: float) -> int:
    """The value that so many percent do not exceed; 0 of nothing."""
    values = sorted(counted)
    if not values:
        return 0
    sums = np.cumsum([counted[value] for value in values])
    at = int(np.searchsorted(sums, percent / 100 * sums[-1]))
    return values[min(at, len(values) - 1)]
