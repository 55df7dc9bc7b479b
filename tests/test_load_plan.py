from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability
from chatsim.study.scenario import Scenario
from chatsim_clients.load.parts import (
    Burst,
    Closed,
    GroupShare,
    ListedBody,
    Mix,
    Replay,
    Spawn,
    Storm,
)
from chatsim_clients.load.plan import LoadPlan, plan_as_json

BLIND = Scenario(enforcement=Enforcement.BLIND)
TAKEN = [way for way in Enforcement if way is not Enforcement.BLIND]
TRACED = Scenario(traceability=Traceability.FRANK)


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
        ({"enforcement": Enforcement.BLIND}, "--enforcement is blind, and nobody in a load asks"),
        ({"users": None, "scenario": BLIND}, "the scenario's enforcement is blind, and nobody"),
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


@pytest.mark.parametrize("told", [None, *TAKEN])
@pytest.mark.parametrize("said", [None, *TAKEN])
def test_who_counts_is_as_told_or_as_the_scenario_says_and_else_the_relay(told, said):
    who = {"users": 5} if said is None else {"scenario": Scenario(enforcement=said)}
    plan = LoadPlan(**who, spawn=Spawn(), enforcement=told)
    assert plan.enforced is (told or said or Enforcement.CLEAR)
