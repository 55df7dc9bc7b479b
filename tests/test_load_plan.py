from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability
from chatsim.study.scenario import Scenario
from chatsim_clients.load.plan import (
    Burst,
    Closed,
    FixedBody,
    GroupShare,
    ListedBody,
    LoadPlan,
    LognormalBody,
    Mix,
    Open,
    Replay,
    Spawn,
    Stage,
    Storm,
    plan_as_json,
)

TRACED = Scenario(traceability=Traceability.FRANK)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Open(0), "rate is 0; it takes messages a second above 0"),
        (lambda: Open(1, 0.99), "burstiness is 0.99; it takes a number from 0"),
        (lambda: Closed(0), "window is 0; it takes a whole number from 1 to 200"),
        (lambda: Replay(Path("x"), 0), "speed is 0"),
        (lambda: Stage(0), "a stage's seconds is 0"),
        (lambda: Stage(1, -1), "a stage's factor is -1"),
        (lambda: GroupShare(2.0), "a group share is 2.0; it takes a share from 0 to 1"),
        (lambda: GroupShare(0.1, 5, 4), "a group size is 5 to 4"),
        (lambda: Mix((GroupShare(0.6), GroupShare(0.6))), "the sum of all group shares"),
        (lambda: Mix(offline=1.0), "offline is 1.0; it takes a share below 1"),
        (lambda: FixedBody(3), "a body's size is 3; it takes bytes from 25"),
        (lambda: LognormalBody(200, 9), "sigma of the sizes is 9"),
        (lambda: ListedBody(()), "the list of sizes is empty"),
        (lambda: ListedBody((200, 1)), "a body's size is 1"),
        (lambda: Storm(-1, 0.5), "a storm's time is -1"),
        (lambda: Burst(0, originators=0), "the burst's originators is 0"),
    ],
)
def test_a_part_that_cannot_be_meant_is_refused_in_one_sentence(make, says):
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"spawn": None}, "exactly one of them"),
        ({"address": ("127.0.0.1", 1)}, "exactly one of them"),
        ({"users": None}, "nobody says who the users are"),
        ({"scenario": Scenario()}, "give one"),
        ({"users": 1}, "users is 1"),
        ({"workers": 0}, "workers is 0"),
        ({"ramp": 0}, "ramp is 0"),
        ({"churn": -1}, "churn is -1"),
        ({"stages": ()}, "sends nothing"),
        ({"mix": Mix((GroupShare(0.5),))}, "only the people of a scenario have groups"),
        ({"burst": Burst(1)}, "a burst needs people"),
        ({"users": None, "scenario": TRACED}, "whose traceability is none"),
        ({"storms": (Storm(99, 0.5),)}, "comes at 99 s, and the load ends at 12 s"),
        ({"workload": Replay(Path("x")), "churn": 1.0}, "a replay keeps every message"),
        ({"tls_authority": Path("ca.pem")}, "give tls as well"),
        ({"ticks_per_second": 0.0}, "ticks a second is 0"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_in_one_sentence(given, says):
    with pytest.raises(ConfigurationError) as caught:
        LoadPlan(**{"users": 10, "spawn": Spawn(), **given})
    assert says in str(caught.value)


def test_a_plan_is_written_down_as_json_with_the_kinds_of_its_parts():
    plan = LoadPlan(users=10, spawn=Spawn(), workload=Closed(3), body=ListedBody((50, 60)))
    written = json.loads(json.dumps(plan_as_json(plan)))
    assert written["workload"] == {"kind": "closed", "window": 3}
    assert written["body"] == {"kind": "listedbody", "sizes": [50, 60]}
    assert written["stages"] == [
        {"kind": "stage", "seconds": 10.0, "factor": 1.0, "name": "steady"}
    ]


def test_a_burst_runs_at_an_hour_a_second_unless_the_plan_says_otherwise():
    plan = LoadPlan(scenario=Scenario(), spawn=Spawn(), burst=Burst(1))
    assert plan.scale == 3_600
    assert LoadPlan(users=2, spawn=Spawn()).scale == 1


@pytest.mark.parametrize("told", [None, *Enforcement])
@pytest.mark.parametrize("said", [None, *Enforcement])
def test_who_counts_is_as_told_or_as_the_scenario_says_and_else_the_relay(told, said):
    who = {"users": 5} if said is None else {"scenario": Scenario(enforcement=said)}
    plan = LoadPlan(**who, spawn=Spawn(), enforcement=told)
    assert plan.enforced is (told or said or Enforcement.CLEAR)
