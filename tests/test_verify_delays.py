"""Check (e): delays change when people hear of it, and never who."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from attrs import evolve

from chatsim.cascade.values import RunOutcome
from chatsim.testing.verify import delays
from chatsim.testing.verify.engine_way import ByEngine
from chatsim.testing.verify.values import Experiment, Row, Way
from chatsim.testing.verify.ways import by_twin
from tests.wrong_ways import altered, without_the_last_person


def delay_rows(way: Way, count: int) -> Sequence[Row]:
    return list(itertools.islice(delays.when_and_never_who(way), count))


def test_delays_change_when_and_who_only_in_time() -> None:
    rows = list(delays.when_and_never_who(ByEngine()))
    assert [row.name for row in rows if not row.passed] == []
    assert [row.expected for row in rows] == ["the same people"] + ["others"] * (len(rows) - 1)


def test_somebody_lost_to_slow_reading_is_caught() -> None:
    def slow(experiment: Experiment) -> bool:
        return experiment.behaviour.reading_delay == delays.SLOW

    (row,) = delay_rows(altered(by_twin, without_the_last_person, slow), 1)
    assert not row.passed
    assert row.found == "2 people apart"


def test_a_delay_that_changes_nothing_is_caught() -> None:
    def deaf(experiment: Experiment) -> RunOutcome:
        behaviour = evolve(experiment.behaviour, reading_delay=delays.QUICK)
        return by_twin(evolve(experiment, behaviour=behaviour))

    (row,) = delay_rows(deaf, 1)
    assert (row.passed, row.found) == (False, "the same times")


def test_staleness_that_has_no_effect_is_caught() -> None:
    def ever_fresh(experiment: Experiment) -> RunOutcome:
        return by_twin(evolve(experiment, contents=(delays.FRESH,)))

    plain, stale = delay_rows(ever_fresh, 2)
    assert plain.passed
    assert (stale.passed, stale.found) == (False, "the same people")
