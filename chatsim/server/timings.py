"""How long a server's batches, commits and releases take, and how late its loop is: counts in fixed buckets.

Observed once for each batch, never for each message, and read when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from attrs import define, field

BOUNDS: Final = (
    0.000_1,
    0.000_25,
    0.000_5,
    0.001,
    0.002_5,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
"""Upper bounds in seconds; a last bucket takes what is above."""
SLOW_COMMIT_SECONDS = 0.5
LAG_SECONDS = 0.25


@define(eq=False)
class Histogram:
    """Seconds, counted by bucket."""

    counts: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0
    """The sum of all seconds."""

    def add(self, seconds: float, count: int = 1) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += count
        self.total += seconds * count

    def cumulative(self) -> Iterator[tuple[str, int]]:
        """(upper bound, how many up to it), as Prometheus wants them."""
        so_far = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            so_far += count
            yield bound, so_far


@define(eq=False)
class Slowness:
    """What took longer than it should, since somebody last asked."""

    above_seconds: float
    count: int = 0
    seconds_max: float = 0.0

    def look_at(self, seconds: float) -> None:
        if seconds > self.above_seconds:
            self.count += 1
            self.seconds_max = max(self.seconds_max, seconds)

    def take(self) -> tuple[int, float]:
        """(how often, the longest), and begin anew."""
        taken = self.count, self.seconds_max
        self.count, self.seconds_max = 0, 0.0
        return taken


@define(eq=False)
class Timings:
    """The observer of one server's shell."""

    batches: Histogram = field(factory=Histogram)
    commits: Histogram = field(factory=Histogram)
    releases: Histogram = field(factory=Histogram)
    lags: Histogram = field(factory=Histogram)
    slow_commits: Slowness = field(factory=lambda: Slowness(SLOW_COMMIT_SECONDS))
    long_lags: Slowness = field(factory=lambda: Slowness(LAG_SECONDS))

    def batch(self, seconds: float, events: int) -> None:
        self.batches.add(seconds)

    def committed(self, seconds: float) -> None:
        self.commits.add(seconds)
        self.slow_commits.look_at(seconds)

    def released(self, seconds: float, count: int) -> None:
        self.releases.add(seconds, count)

    def loop_lag(self, seconds: float) -> None:
        self.lags.add(seconds)
        self.long_lags.look_at(seconds)
