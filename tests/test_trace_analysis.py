"""From single reports to figures over runs."""

from __future__ import annotations

import random

import pytest

from chatsim.study.trace.analysis import Report, answered, survivals
from chatsim.study.trace.blame import Answer, PathFit, Who


def report(who: Who = Who.ORIGINATOR, run: int = 0, content: int = 0, **changes) -> Report:
    blamed = None if who is Who.NOBODY else 1
    values = {
        "depth": 2,
        "who": who,
        "originator": 1,
        "blamed": blamed,
        "distance": 0 if who is Who.ORIGINATOR else None,
        "exposed": 0 if who is Who.NOBODY else 1,
        "path": PathFit.NONE,
        **changes,
    }
    return Report("tag", "as it is", run, content, 7, 0, 0, Answer(**values))


def test_precision_is_of_answers_and_who_is_blamed_of_all_reports():
    run = [report(), report(Who.BYSTANDER, blamed=5), report(Who.NOBODY), report(Who.NOBODY)]
    found = answered("tag", "as it is", [run, run])
    assert found.precision is not None
    assert found.precision.value == 0.5
    assert found.outside is not None
    assert found.outside.value == 0.5
    assert found.share(Who.ORIGINATOR).value == 0.25
    assert found.share(Who.NOBODY).value == 0.5
    assert found.reports == 8


def test_where_nobody_is_ever_blamed_there_is_no_precision():
    found = answered("none", "as it is", [[report(Who.NOBODY)]])
    assert found.precision is None
    assert found.distance is None
    assert found.path_exact is None


def test_people_blamed_are_distinct_within_a_content():
    run = [
        report(),
        report(),
        report(Who.PASTED, blamed=2, distance=1),
        report(content=1),
    ]
    found = answered("tag", "as it is", [run])
    assert found.named.value == 1.5
    assert found.originators.value == 1.0


def test_the_distance_is_a_mean_over_those_in_the_chain():
    run = [report(), report(Who.PASTED, blamed=2, distance=3), report(Who.BYSTANDER)]
    found = answered("tag", "as it is", [run])
    assert found.distance is not None
    assert found.distance.value == 1.5


def test_people_shown_have_a_mean_and_a_most():
    found = answered("traceback", "as it is", [[report(exposed=2)], [report(exposed=6)]])
    assert (found.exposed.value, found.exposed_max) == (4.0, 6)


@pytest.mark.parametrize(("framing", "expected"), [(False, 0.8**3), (True, 1 - 0.8**4)])
def test_names_lost_with_a_chance_at_every_forward_follow_the_formula(framing, expected):
    coins = random.Random(5)

    def one(run: int) -> Report:
        kept = all(coins.random() >= 0.2 for _ in range(4 if framing else 3))
        return report(Who.ORIGINATOR if kept else Who.BYSTANDER, run, depth=4)

    runs = [[one(run) for _ in range(100)] for run in range(20)]
    (found,) = survivals("tag", "20 % paste", 0.2, runs, framing=framing)
    assert found.forwards == 3
    assert found.reports == 2_000
    assert found.predicted == pytest.approx(expected)
    assert found.measured.low is not None
    assert found.measured.high is not None
    assert found.measured.low <= expected <= found.measured.high
    assert found.measured.value == pytest.approx(expected, abs=0.04)


def test_lengths_with_few_reports_are_left_out():
    assert survivals("tag", "20 % paste", 0.2, [[report()] * 19]) == []
