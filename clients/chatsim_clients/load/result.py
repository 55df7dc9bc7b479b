"""What a load run found, as frozen values: counts, seconds and histograms of latency."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from attrs import frozen
from hdrh.histogram import HdrHistogram

LATENCY_MIN_MICROSECONDS = 1
LATENCY_MAX_MICROSECONDS = 3_600_000_000
SIGNIFICANT_FIGURES = 3

GENERATOR_CPU_MAX = 0.9
"""Of one core; a worker that uses more has no time left."""
GENERATOR_LAG_MS_MAX = 10.0
BOTTLENECK = "The generator was the bottleneck"
"""How a warning of that kind begins."""


class Measure(enum.StrEnum):
    """A latency, always from the intended send time, but for `OFFLINE`."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """Until the sender has the verdict."""
    DELIVERY = "delivery"
    """Until a connected recipient has the copy."""
    READ_NOTICE = "read notice"
    """Until the sender knows that it was read."""
    OFFLINE = "offline delivery"
    """From a recipient's reconnection until they have a copy that was sent while they were away."""


def new_histogram() -> HdrHistogram:
    """Microseconds from 1 to an hour, to three significant figures: about 200 KB, whatever is recorded."""
    return HdrHistogram(LATENCY_MIN_MICROSECONDS, LATENCY_MAX_MICROSECONDS, SIGNIFICANT_FIGURES)


@frozen
class Accounts:
    """What became of every message between the first and the end of the drain.

    Expected deliveries = delivered + lost, recipient device by recipient device. A reordered one is delivered.
    """

    sent: int
    """Acts that were put on the wire."""
    accepted: int
    refused: Mapping[str, int]
    """Acts by the relay's reason."""
    unanswered: int
    """Acts that had no verdict when the drain ended."""
    expected: int
    delivered: int
    lost: int
    duplicated: int
    reordered: int
    notices_expected: int = 0
    notices: int = 0
    unsent: int = 0
    """Messages that never left their devices: their sessions were over, or an earlier message had no verdict."""


@frozen
class Second:
    """One second of the run; latencies are those of what arrived in it, in microseconds, 0 where nothing did."""

    second: int
    """From the start of the load; negative while sessions log in."""
    stage: str
    """warm-up, the stage's name, burst, drain."""
    sessions: int
    offered: int
    """Sends that were intended for this second."""
    sent: int
    accepted: int
    refused: int
    delivered: int
    unanswered: int
    acknowledgement_p50: int
    acknowledgement_p99: int
    delivery_p50: int
    delivery_p99: int
    server_cpu: float
    """Processor seconds used in this second; 0 where the server's process is not known."""
    server_bytes: int
    """Resident memory."""
    generator_cpu: float
    """Of the busiest worker."""
    generator_lag_ms: float
    """The most that a worker sent later than intended."""
    burst_delivered: int = 0
    """How many of `delivered` belong to a burst."""


@frozen
class LoadResult:
    """A whole run. Warm-up seconds are in `seconds` and not in the histograms."""

    plan: Mapping[str, object]
    """Everything asked for, as plain JSON values."""
    machine: str
    began: str
    """UTC, ISO 8601."""
    measured_seconds: float
    """Stages without warm-up and drain."""
    offered_rate: float
    """Sends intended a second."""
    delivered_rate: float
    """Deliveries a second."""
    seconds: tuple[Second, ...]
    histograms: Mapping[Measure, HdrHistogram]
    accounts: Accounts
    server_cpu_per_delivery: float | None
    """Microseconds; None where the server's process is not known."""
    server_bytes_peak: int | None
    warnings: tuple[str, ...]
    """Sentences: the generator was the bottleneck, sessions could not log in, and so on."""
    server_lost: str = ""
    """Why the server was gone early, as a clause that `warnings` has as a sentence; empty: it was not."""
