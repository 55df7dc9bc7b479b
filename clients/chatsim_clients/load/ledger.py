"""The ledger of one worker: every message is entered when it is meant, sent, answered and delivered."""

from __future__ import annotations

from attrs import define, field

from chatsim.model import Verdict
from chatsim_clients.load.bodies import BURST_SLOT
from chatsim_clients.load.client import Pending
from chatsim_clients.load.result import Measure
from chatsim_clients.load.tally import Counts, Tally


@define(eq=False)
class Ledger:
    """Of the running second and of the whole load; all times are CLOCK_MONOTONIC in ns."""

    measured: tuple[int, int] = (0, 0)
    """Intended times that count in the histograms."""
    tally: Tally = field(factory=Tally)
    counts: Counts = field(factory=Counts)

    def offered(self, intended: int) -> None:
        """A user means to send."""
        self.tally.offered += 1
        begin, end = self.measured
        self.counts.offered_measured += begin <= intended < end

    def posted(self) -> None:
        """An act is on its way, the first time; its verdict is waited for."""
        self.counts.unanswered += 1
        self.counts.sent += 1
        self.tally.sent += 1

    def decided(self, act: Pending, verdict: Verdict, now: int) -> None:
        """An act has its verdict."""
        tally, counts = self.tally, self.counts
        counts.unanswered -= 1
        self._latency(Measure.ACKNOWLEDGEMENT, act.intended, now - act.intended)
        if not verdict.allowed:
            tally.refused += 1
            counts.refused[verdict.reason.name.lower().replace("_", " ")] += 1
            return
        tally.accepted += 1
        counts.accepted += 1
        counts.expected += act.recipients
        if act.slot == BURST_SLOT:
            counts.streams_expected += act.recipients
        if act.notices:
            counts.notices_expected += act.recipients

    def delivered(self, intended: int, back_at: int, now: int) -> None:
        """A copy came that is no duplicate, in a session that began at `back_at`."""
        self.tally.delivered += 1
        self.counts.distinct += 1
        begin, end = self.measured
        self.counts.delivered_measured += begin <= now < end
        if intended < back_at:
            self._latency(Measure.OFFLINE, intended, now - back_at)
        else:
            self._latency(Measure.DELIVERY, intended, now - intended)

    def noticed(self, intended: int, now: int) -> None:
        """A sender knows that a copy was read."""
        self.counts.notices += 1
        self._latency(Measure.READ_NOTICE, intended, now - intended)

    def _latency(self, measure: Measure, intended: int, latency: int) -> None:
        begin, end = self.measured
        tally = self.tally
        counts = tally.measured if begin <= intended < end else tally.unmeasured
        counts[measure].append(latency)
