"""What a server tells Prometheus: counts and gauges read from the books when somebody asks, never kept beside them.

Names begin with `chatsim_`, units come last, and no label is about a user or a chat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from chatsim.server.readings import Readings
from chatsim.server.ruling import Ruling
from chatsim.server.timings import Histogram, Timings

CONTENT_TYPE = CONTENT_TYPE_LATEST


class ServerCollector(Collector):
    """Reads one server."""

    def __init__(
        self, read: Callable[[], Readings], timings: Timings, ruling: Callable[[], Ruling]
    ) -> None:
        self._read = read
        self._timings = timings
        self._ruling = ruling

    def collect(self) -> Iterable[Metric]:
        now = self._read()
        yield from _mail(now)
        yield from _peers(now)
        timings = self._timings
        yield _histogram("batch", "What a batch took.", timings.batches)
        yield _histogram("commit", "What a commit to the store took.", timings.commits)
        yield _histogram(
            "release",
            "From a batch's begin, its commit included, to its output's leaving; by session.",
            timings.releases,
        )
        yield _histogram("loop_lag", "How late the loop woke.", timings.lags)
        ruling = self._ruling()
        words = {"name": ruling.policy.name, "version": ruling.version}
        yield InfoMetricFamily("chatsim_policy", "The policy in force.", value=words)


class Metrics:
    """The text that Prometheus scrapes."""

    def __init__(self, collector: ServerCollector) -> None:
        self._server = CollectorRegistry(auto_describe=False)
        self._server.register(collector)
        self._process = CollectorRegistry(auto_describe=False)
        ProcessCollector(namespace="chatsim", registry=self._process)

    def of_server(self) -> bytes:
        """To be called between batches."""
        return generate_latest(self._server)

    def of_process(self) -> bytes:
        """Processor, memory and files, from /proc: slow with many connections, and as well in a thread."""
        return generate_latest(self._process)


def _mail(now: Readings) -> Iterable[Metric]:
    yield _count("acts_accepted", "Acts that were allowed.", now.acts_accepted)
    refused = CounterMetricFamily(
        "chatsim_acts_refused", "Acts that were refused.", labels=["reason"]
    )
    for reason, count in sorted(now.acts_refused.items()):
        refused.add_metric([reason], count)
    yield refused
    copies = CounterMetricFamily(
        "chatsim_copies_delivered", "Copies put into mailboxes.", labels=["act"]
    )
    copies.add_metric(["original"], now.originals_delivered)
    copies.add_metric(["forward"], now.forwards_delivered)
    yield copies
    yield _count("complaints_accepted", "Complaints that were heard.", now.complaints_accepted)
    yield _count("complaints_refused", "Complaints that were not.", now.complaints_refused)
    yield _gauge("contents_paused", "Paused by a circuit breaker.", now.contents_paused)
    yield _gauge("contents_taken_down", "Taken down after complaints.", now.contents_taken_down)
    yield _count("notices_delivered", "Notices put into mailboxes.", now.notices_delivered)
    yield _count("deliveries_dropped", "They met a full mailbox.", now.deliveries_dropped)
    yield _count("deliveries_expired", "Nobody came for them in time.", now.deliveries_expired)
    yield _gauge("mailbox_deliveries", "Waiting in all mailboxes.", now.deliveries_waiting)


def _peers(now: Readings) -> Iterable[Metric]:
    yield _gauge("connections", "Open connections.", now.connections)
    yield _gauge("sessions", "Connections that are logged in.", now.sessions)
    yield _count("connections_refused", "Turned away at the door.", now.connections_refused)
    yield _count("logins", "Devices that logged in.", now.logins)
    yield _count("logins_refused", "Logins without the right token.", now.logins_refused)
    yield _count("breaches", "Sessions that broke the protocol.", now.breaches)
    ended = CounterMetricFamily(
        "chatsim_sessions_ended", "Connections that ended.", labels=["cause"]
    )
    for cause, count in sorted(now.sessions_ended.items()):
        ended.add_metric([cause], count)
    yield ended
    yield _count("received_bytes", "Read from sockets.", now.received_bytes)
    yield _count("sent_bytes", "Taken by sockets.", now.sent_bytes)
    yield _gauge("backlog_bytes", "Not yet taken by sockets.", now.outbox_bytes)
    yield _count("batches", "Batches of frames handled.", now.batches)


def _count(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(f"chatsim_{name}", text, value=value)


def _gauge(name: str, text: str, value: int) -> Metric:
    return GaugeMetricFamily(f"chatsim_{name}", text, value=value)


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(
        f"chatsim_{name}_seconds",
        text,
        buckets=list(histogram.cumulative()),
        sum_value=histogram.total,
    )
