"""What a worker counts: each second for the live view, and over the whole load."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from attrs import define, field

from chatsim_clients.load.latencies import Counted, add, count
from chatsim_clients.load.result import Measure


class SecondPart(NamedTuple):
    """One worker's share of a second."""

    second: int
    sessions: int
    offered: int
    sent: int
    accepted: int
    refused: int
    delivered: int
    burst_delivered: int
    acknowledgement: Counted
    delivery: Counted
    lag_ns: int
    """The most that was sent later than intended."""
    cpu: float
    """Processor seconds of the worker."""
    wall: float
    progress: Progress


class Progress(NamedTuple):
    """How far the load has come, so that a drain knows when everything arrived."""

    expected: int
    """Deliveries of the acts that were accepted."""
    distinct: int
    """Copies received, without duplicates."""
    unanswered: int
    """Acts without a verdict, and messages that wait for their device."""
    notices_expected: int = 0
    notices: int = 0
    sessions: int = 0

    @property
    def complete(self) -> bool:
        return (
            self.distinct >= self.expected
            and not self.unanswered
            and self.notices >= self.notices_expected
        )

    def __add__(self, other: object) -> Progress:
        assert isinstance(other, Progress)
        return Progress(*(one + two for one, two in zip(self, other, strict=True)))


@define(eq=False)
class Counts:
    """What a worker's users sent and received in the whole load."""

    offered_measured: int = 0
    """Messages intended within the stages."""
    delivered_measured: int = 0
    """Deliveries within the stages."""
    sent: int = 0
    accepted: int = 0
    refused: Counter[str] = field(factory=Counter)
    """Acts by the relay's reason."""
    unanswered: int = 0
    """Acts without a verdict, and messages that wait for their device."""
    expected: int = 0
    distinct: int = 0
    streams_expected: int = 0
    """Deliveries of acts in a burst, which have no conversations of their own."""
    notices_expected: int = 0
    notices: int = 0
    strays: int = 0
    """Copies of another load, or of no load."""
    endings: Counter[str] = field(factory=Counter)
    """Why sessions ended that should not have."""

    @property
    def progress(self) -> Progress:
        return Progress(
            self.expected, self.distinct, self.unanswered, self.notices_expected, self.notices
        )


@define(eq=False)
class Tally:
    """Counts of the running second, and histograms of all that was measured."""

    offered: int = 0
    sent: int = 0
    accepted: int = 0
    refused: int = 0
    delivered: int = 0
    burst_delivered: int = 0
    lags: list[int] = field(factory=list)
    measured: dict[Measure, list[int]] = field(factory=lambda: {each: [] for each in Measure})
    """Nanoseconds of messages that were intended within the stages."""
    unmeasured: dict[Measure, list[int]] = field(factory=lambda: {each: [] for each in Measure})
    """Of the warm-up's messages."""
    totals: dict[Measure, Counted] = field(factory=lambda: {each: {} for each in Measure})
    lag_total: Counted = field(factory=dict)

    def close(
        self, second: int, sessions: int, cpu: float, wall: float, progress: Progress
    ) -> SecondPart:
        """The second is over; the next one counts from nothing."""
        seen: dict[Measure, Counted] = {}
        for measure, latencies in self.measured.items():
            seen[measure] = count(latencies)
            add(self.totals[measure], seen[measure])
            add(seen[measure], count(self.unmeasured[measure]))
            latencies.clear()
            self.unmeasured[measure].clear()
        add(self.lag_total, count(self.lags))
        part = SecondPart(
            second,
            sessions,
            self.offered,
            self.sent,
            self.accepted,
            self.refused,
            self.delivered,
            self.burst_delivered,
            seen[Measure.ACKNOWLEDGEMENT],
            seen[Measure.DELIVERY],
            max(self.lags, default=0),
            cpu,
            wall,
            progress,
        )
        self.offered = self.sent = self.accepted = self.refused = 0
        self.delivered = self.burst_delivered = 0
        self.lags.clear()
        return part
