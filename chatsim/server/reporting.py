"""What peers do, as a few lines an interval: how many sessions ended why, how many acts were refused and so on.

Counts are compared with those of the interval before, so that a message costs nothing and a flood is one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Never

import trio

from chatsim.server.logs import INTERVAL_SECONDS, Log
from chatsim.server.readings import Readings
from chatsim.server.timings import Timings

ORDERLY = ("left", "lost", "replaced", "idle", "stopping")
"""Causes that are everyday life."""


class Reporter:
    """Writes what changed since it last did."""

    def __init__(self, log: Log, read: Callable[[], Readings], timings: Timings) -> None:
        self._log = log
        self._read = read
        self._timings = timings
        self._before = read()

    async def report_forever(self) -> Never:
        """Report once an interval, until cancelled."""
        while True:
            await trio.sleep(INTERVAL_SECONDS)
            self.report()

    def report(self) -> None:
        log, before, now = self._log, self._before, self._read()
        self._before = now
        for cause, count in _risen(before.sessions_ended, now.sessions_ended):
            if cause in ORDERLY:
                log.info("sessions_ended", cause=cause, count=count)
            else:
                log.warning("sessions_ended", cause=cause, count=count)
        for reason, count in _risen(before.acts_refused, now.acts_refused):
            log.info("acts_refused", reason=reason, count=count)
        if rise := now.logins_refused - before.logins_refused:
            log.warning("logins_refused", count=rise)
        if rise := now.connections_refused - before.connections_refused:
            log.warning("connections_refused", count=rise)
        if rise := now.deliveries_dropped - before.deliveries_dropped:
            log.warning("deliveries_dropped", count=rise)
        if rise := now.deliveries_expired - before.deliveries_expired:
            log.info("deliveries_expired", count=rise)
        self._report_slowness()
        log.sum_up()

    def _report_slowness(self) -> None:
        count, seconds = self._timings.slow_commits.take()
        if count:
            self._log.warning("store_committed_slowly", count=count, seconds_max=round(seconds, 3))
        count, seconds = self._timings.long_lags.take()
        if count:
            self._log.warning("loop_lagged", count=count, seconds_max=round(seconds, 3))


def _risen(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """What is counted higher than before, and by how much."""
    for name, count in now.items():
        rise = count - before.get(name, 0)
        if rise:
            yield name, rise
