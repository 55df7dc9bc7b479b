from __future__ import annotations

import json

import pytest
from attrs import evolve

from chatsim.errors import ConfigurationError
from chatsim_clients.load.asserting import read_assertion
from chatsim_clients.load.finding import PROBES_MAX, failures, find_max
from chatsim_clients.load.parts import Closed, Open, Spawn, Stage
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.result import Measure
from chatsim_clients.load.saving import to_json
from tests.loads import histogram, load_result, losing

PLAN = LoadPlan(Open(100.0), users=10, spawn=Spawn(), stages=(Stage(30.0),))
GOALS = (read_assertion("p99<50ms"),)
QUICK, SLOW = histogram(500, 500, 0.3), histogram(500, 400_000, 0.3)


def server_of(limit: float):
    """A server that keeps its promise up to a rate, and asks nobody for time."""

    def play(plan: LoadPlan):
        rate = plan.workload.rate
        seen = QUICK if rate <= limit else SLOW
        return load_result(offered_rate=rate, delivered_rate=0.999 * rate, histograms={Measure.DELIVERY: seen},
                           accounts=evolve(load_result().accounts, sent=100, accepted=100, refused={},
                                           expected=100, delivered=100))  # fmt: skip

    return play


@pytest.mark.parametrize("limit", [1.7, 60.0, 100.0, 730.0, 41_000.0])
def test_the_answer_is_within_five_per_cent_below_the_limit(limit):
    found, best = find_max(PLAN, GOALS, server_of(limit))
    assert limit / 1.05 <= found.rate <= limit < found.failed <= 1.05 * found.rate
    assert len(found.probes) <= PROBES_MAX
    assert best.offered_rate == found.rate
    assert [probe.rate for probe in found.probes][:2] in ([100.0, 200.0], [100.0, 50.0])


def test_a_server_without_a_limit_ends_the_search_by_its_bound():
    found, _ = find_max(PLAN, GOALS, server_of(float("inf")))
    assert len(found.probes) == PROBES_MAX
    assert "no limit was met" in found.sentence


def test_a_server_that_keeps_no_rate_has_no_answer():
    found, best = find_max(PLAN, GOALS, server_of(0.0))
    assert (found.rate, best) == (None, None)
    assert found.sentence == "No rate that was tried keeps p99<50ms (7 probes)."
    assert found.probes[-1].rate == 1.5625


def test_every_probe_is_told_as_it_ends():
    told = []
    find_max(PLAN, GOALS, server_of(150.0), lambda probe: told.append(probe.sentence))
    assert told[0] == "100 a second: p99 1.11 ms, passes"
    assert told[1] == "200 a second: p99 885 ms, fails: p99<50ms does not hold (885 ms)"


def test_probes_keep_everything_of_the_plan_but_the_rate():
    seen = []

    def play(plan):
        seen.append(plan)
        return server_of(100.0)(plan)

    find_max(PLAN, GOALS, play)
    assert all(evolve(plan, workload=PLAN.workload) == PLAN for plan in seen)


def test_an_interrupted_probe_counts_for_nothing_and_ends_the_search():
    def play(plan):
        result = server_of(1_000.0)(plan)
        return result if plan.workload.rate < 200 else evolve(result, measured_seconds=2.0)

    found, _ = find_max(PLAN, GOALS, play)
    assert (found.rate, len(found.probes), found.interrupted) == (100.0, 1, True)
    assert "the search was interrupted" in found.sentence


def test_a_probe_whose_server_was_lost_fails_and_the_search_goes_on():
    def play(plan):
        result = server_of(1_000.0)(plan)
        lost = evolve(result, measured_seconds=2.0, server_lost="it is gone")
        return result if plan.workload.rate < 200 else lost

    found, _ = find_max(PLAN, GOALS, play)
    assert not found.interrupted
    assert 190 < found.rate < found.failed <= 200


def test_only_an_open_workload_has_a_rate_to_find():
    with pytest.raises(ConfigurationError, match="takes an open workload"):
        find_max(evolve(PLAN, workload=Closed(1)), GOALS, server_of(1.0))


KEPT = load_result(offered_rate=667.0, delivered_rate=654.0)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (losing(KEPT, 1), "1 lost"),
        (evolve(KEPT, accounts=evolve(KEPT.accounts, unsent=482)), "482 never sent"),
        (evolve(KEPT, server_lost="it is gone"), "the server was lost"),
        (evolve(KEPT, delivered_rate=600.0), "only 600 of 654 due a second arrived"),
        (
            evolve(KEPT, warnings=("The generator was the bottleneck: it was busy.",)),
            "the generator was the bottleneck, so that the server may carry more",
        ),
    ],
)
def test_a_probe_fails_for_more_than_its_goals(result, why):
    assert failures(KEPT, GOALS) == ()
    assert failures(result, GOALS) == (why,)


def test_a_load_that_sent_nothing_fails():
    nothing = evolve(KEPT, accounts=evolve(KEPT.accounts, sent=0))
    assert failures(nothing, GOALS) == ("only 654 of 0.0 due a second arrived",)


def test_the_answer_is_kept_as_json():
    found, _ = find_max(PLAN, GOALS, server_of(150.0))
    plain = json.loads(to_json(found))
    assert plain["format_version"] == 1
    assert plain["rate"] == found.rate
    assert plain["probes"][1]["failures"] == ["p99<50ms does not hold (885 ms)"]
