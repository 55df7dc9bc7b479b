"""What peers do, as counts of an interval."""

from __future__ import annotations

import io
import json

import trio
from attrs import evolve

from chatsim.server.logs import INTERVAL_SECONDS, Log, LogFormat, LogLevel
from chatsim.server.readings import Readings
from chatsim.server.reporting import Reporter
from chatsim.server.timings import LAG_SECONDS, SLOW_COMMIT_SECONDS, Timings
from tests.readings import NOTHING


class Desk:
    """A reporter, what it reads and what it has written."""

    def __init__(self) -> None:
        self.readings: Readings = NOTHING
        self.timings = Timings()
        self.file = io.StringIO()
        log = Log(self.file, LogFormat.JSON, LogLevel.DEBUG)
        self.reporter = Reporter(log, lambda: self.readings, self.timings)

    def reported(self) -> list[dict]:
        """What one more report says."""
        already = len(self.file.getvalue())
        self.reporter.report()
        lines = [json.loads(line) for line in self.file.getvalue()[already:].splitlines()]
        return [{k: v for k, v in line.items() if k != "time"} for line in lines]


def test_nothing_new_is_no_line():
    assert Desk().reported() == []


def test_a_rise_is_one_line_however_large_and_is_said_once():
    desk = Desk()
    desk.readings = evolve(NOTHING, acts_refused={"unavailable": 9_000, "hop_limit": 0})
    assert desk.reported() == [
        {"event": "acts_refused", "level": "info", "reason": "unavailable", "count": 9_000}
    ]
    assert desk.reported() == []
    desk.readings = evolve(NOTHING, acts_refused={"unavailable": 9_002})
    assert [line["count"] for line in desk.reported()] == [2]


def test_ends_that_are_everyday_life_are_told_apart_from_those_that_are_not():
    desk = Desk()
    desk.readings = evolve(NOTHING, sessions_ended={"left": 2, "slow": 1})
    told = {line["cause"]: (line["level"], line["count"]) for line in desk.reported()}
    assert told == {"left": ("info", 2), "slow": ("warning", 1)}


def test_everything_that_goes_wrong_has_a_line_of_its_own():
    desk = Desk()
    desk.readings = evolve(
        NOTHING,
        logins_refused=1,
        connections_refused=2,
        deliveries_dropped=3,
        deliveries_expired=4,
    )
    assert {line["event"]: line["count"] for line in desk.reported()} == {
        "logins_refused": 1,
        "connections_refused": 2,
        "deliveries_dropped": 3,
        "deliveries_expired": 4,
    }


def test_slow_commits_and_a_late_loop_are_counted_with_their_worst():
    desk = Desk()
    desk.timings.committed(SLOW_COMMIT_SECONDS)
    desk.timings.committed(2.0)
    desk.timings.committed(3.0)
    desk.timings.loop_lag(LAG_SECONDS + 1)
    slow, late = desk.reported()
    assert (slow["event"], slow["count"], slow["seconds_max"]) == ("store_committed_slowly", 2, 3.0)
    assert (late["event"], late["count"]) == ("loop_lagged", 1)
    assert desk.reported() == []


async def test_a_report_comes_once_an_interval(nursery, autojump_clock):
    desk = Desk()
    nursery.start_soon(desk.reporter.report_forever)
    await trio.sleep(INTERVAL_SECONDS / 2)
    desk.readings = evolve(NOTHING, logins_refused=5)
    assert desk.file.getvalue() == ""
    await trio.sleep(INTERVAL_SECONDS)
    assert desk.file.getvalue().count("logins_refused") == 1
    nursery.cancel_scope.cancel()
