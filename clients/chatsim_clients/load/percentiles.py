"""What a histogram of latencies says: the few percentiles that are quoted, and the whole curve."""

from __future__ import annotations

import math

from attrs import frozen
from hdrh.histogram import HdrHistogram

CURVE_STEPS = 12
"""Points of a curve for each power of ten of 1 / (1 - share)."""


@frozen
class Percentiles:
    """The latencies of one measure, in microseconds."""

    count: int
    """How many latencies; where it is 0, so is everything else."""
    p50: int
    p90: int
    p99: int
    p99_9: int
    p99_99: int
    max: int
    mean: float


def percentiles(histogram: HdrHistogram) -> Percentiles:
    """The percentiles that every table and file quotes."""
    count = histogram.get_total_count()
    if not count:
        return Percentiles(0, 0, 0, 0, 0, 0, 0, 0.0)
    found = histogram.get_percentile_to_value_dict([50.0, 90.0, 99.0, 99.9, 99.99])
    highest = histogram.get_max_value()
    # The last bucket's upper end may lie beyond the largest latency.
    at = {share: min(value, highest) for share, value in found.items()}
    mean = histogram.get_mean_value()
    return Percentiles(count, at[50.0], at[90.0], at[99.0], at[99.9], at[99.99], highest, mean)


def percentile(histogram: HdrHistogram, share: float) -> int:
    """Microseconds within which `share` per cent lie."""
    return int(min(histogram.get_value_at_percentile(share), histogram.get_max_value()))


def curve(histogram: HdrHistogram) -> tuple[tuple[float, int], ...]:
    """(nines, microseconds) from 0 nines (the fastest) to the last that so many latencies can show.

    Nines are -log10(1 - share): half is 0.3, 90 % is 1, 99.9 % is 3.
    """
    count = histogram.get_total_count()
    if not count:
        return ()
    steps = int(CURVE_STEPS * math.log10(max(count, 10)))
    nines = {100.0 * (1.0 - 10.0 ** (-i / CURVE_STEPS)): i / CURVE_STEPS for i in range(steps + 1)}
    found = histogram.get_percentile_to_value_dict(list(nines))
    highest = histogram.get_max_value()
    return tuple((nines[share], min(found[share], highest)) for share in sorted(found))
