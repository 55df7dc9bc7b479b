"""The numbers of a load by name: what tables show, comparisons divide and assertions ask for."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

from attrs import frozen

from chatsim.report.words import byte_count, decimals
from chatsim.units import latency_text
from chatsim_clients.load.percentiles import percentile
from chatsim_clients.load.result import LoadResult, Measure, Second

OUTSIDE = ("warm-up", "drain")
"""Stages that nothing is measured in."""
MEASURES = {
    "acknowledgement": Measure.ACKNOWLEDGEMENT,
    "delivery": Measure.DELIVERY,
    "read_notice": Measure.READ_NOTICE,
    "offline": Measure.OFFLINE,
}
"""By the name that an assertion gives them."""


class Unit(enum.Enum):
    """What a number counts."""

    COUNT = "count"
    RATE = "a second"
    LATENCY = "microseconds"
    BYTES = "bytes"


@frozen
class Quantity:
    """One number of a load."""

    name: str
    """For assertions."""
    title: str
    """For tables."""
    meaning: str
    unit: Unit
    of: Callable[[LoadResult], float | None]
    """None where it is not known."""

    def text(self, value: float | None) -> str:
        """The number with its unit; "-" where it is not known."""
        return "-" if value is None else number_text(value, self.unit)


def number_text(value: float, unit: Unit) -> str:
    """A number as tables show it."""
    match unit:
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.RATE:
            return rate_text(value)
        case Unit.LATENCY:
            return latency_text(value)
        case Unit.BYTES:
            return byte_count(value)


def rate_text(value: float) -> str:
    """A rate in three figures or all of its digits before the point: 0.5, 12.3, 498, 12,345."""
    return f"{value:,.0f}" if value >= 99.95 else decimals(value, 1)


def measured(result: LoadResult) -> Iterator[Second]:
    """The seconds of the stages, without login, warm-up and drain."""
    return (each for each in result.seconds if each.second >= 0 and each.stage not in OUTSIDE)


def refused(result: LoadResult) -> int:
    """Acts that the relay refused, for any reason."""
    return sum(result.accounts.refused.values())


def peak(result: LoadResult) -> Second | None:
    """The second of the stages in which most was delivered; None where nothing was measured."""
    return max(measured(result), key=lambda each: each.delivered, default=None)


def worst_p99(result: LoadResult) -> Second | None:
    """The second of the stages with the slowest p99 of delivery."""
    return max(measured(result), key=lambda each: each.delivery_p99, default=None)


def _peak_rate(result: LoadResult) -> float | None:
    second = peak(result)
    return None if second is None else second.delivered


def _worst(result: LoadResult) -> float | None:
    second = worst_p99(result)
    return None if second is None else second.delivery_p99


RATES = (
    Quantity("offered_rate", "Offered a second", "messages intended, on average over the stages",
             Unit.RATE, lambda r: r.offered_rate),
    Quantity("delivered_rate", "Delivered a second", "copies received, on average over the stages",
             Unit.RATE, lambda r: r.delivered_rate),
    Quantity("peak_rate", "Most in one second", "copies received in the busiest second",
             Unit.RATE, _peak_rate),
    Quantity("worst_p99", "Worst second's p99", "delivery's p99 in the slowest second",
             Unit.LATENCY, _worst),
)  # fmt: skip
ACCOUNTS = (
    Quantity("sent", "Sent", "messages put on the wire", Unit.COUNT, lambda r: r.accounts.sent),
    Quantity("accepted", "Accepted", "messages that the relay took", Unit.COUNT,
             lambda r: r.accounts.accepted),
    Quantity("refused", "Refused", "messages that the relay turned down, with a reason",
             Unit.COUNT, refused),
    Quantity("unsent", "Unsent", "messages that never left their devices", Unit.COUNT,
             lambda r: r.accounts.unsent),
    Quantity("unanswered", "Unanswered", "messages without a verdict when the drain ended",
             Unit.COUNT, lambda r: r.accounts.unanswered),
    Quantity("expected", "Due", "copies to deliver, one for each recipient's device",
             Unit.COUNT, lambda r: r.accounts.expected),
    Quantity("delivered", "Delivered", "copies that arrived", Unit.COUNT,
             lambda r: r.accounts.delivered),
    Quantity("lost", "Lost", "copies that had not arrived when the drain ended", Unit.COUNT,
             lambda r: r.accounts.lost),
    Quantity("duplicated", "Duplicated", "copies that arrived again", Unit.COUNT,
             lambda r: r.accounts.duplicated),
    Quantity("reordered", "Reordered", "copies that arrived before an earlier one of the conversation",
             Unit.COUNT, lambda r: r.accounts.reordered),
    Quantity("notices_expected", "Notices due", "reads that a sender asked to hear of",
             Unit.COUNT, lambda r: r.accounts.notices_expected),
    Quantity("notices", "Notices", "reads that a sender heard of", Unit.COUNT,
             lambda r: r.accounts.notices),
)  # fmt: skip
SERVER = (
    Quantity("cpu_per_delivery", "Server CPU per delivery", "processor time over copies received",
             Unit.LATENCY, lambda r: r.server_cpu_per_delivery),
    Quantity("memory_peak", "Server memory", "resident, at most", Unit.BYTES,
             lambda r: r.server_bytes_peak),
    Quantity("warnings", "Warnings", "doubts about the measurement", Unit.COUNT,
             lambda r: len(r.warnings)),
)  # fmt: skip
QUANTITIES = {each.name: each for each in (*RATES, *ACCOUNTS, *SERVER)}


def latency(measure: Measure, what: str) -> Callable[[LoadResult], float | None]:
    """A percentile ("p99.9"), "max" or "mean" of a measure; None where nothing was recorded."""

    def of(result: LoadResult) -> float | None:
        histogram = result.histograms.get(measure)
        if histogram is None or not histogram.get_total_count():
            return None
        match what:
            case "max":
                return float(histogram.get_max_value())
            case "mean":
                return float(histogram.get_mean_value())
            case _:
                return float(percentile(histogram, float(what[1:])))

    return of


SHOWN = ("p50", "p90", "p99", "p99.9", "p99.99", "max", "mean")


def latencies(measure: Measure) -> tuple[Quantity, ...]:
    """What tables show of one measure."""
    return tuple(
        Quantity(
            f"{measure}.{what}",
            _latency_title(measure, what),
            "",
            Unit.LATENCY,
            latency(measure, what),
        )
        for what in SHOWN
    )


def _latency_title(measure: Measure, what: str) -> str:
    return f"{measure.value.capitalize()} {what}"


def recorded(result: LoadResult) -> tuple[Measure, ...]:
    """The measures of which there is at least one latency."""
    return tuple(
        each
        for each in Measure
        if each in result.histograms and result.histograms[each].get_total_count()
    )
