"""Six people, worked out by hand: whom it reaches when, by whom, and what a cap holds back. The README shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from chatsim.cascade.values import NOBODY, ContentRun
from chatsim.model import ONE_HOUR, ONE_MINUTE
from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.populations import build_population
from chatsim.study.scenario import Scenario
from chatsim.study.scenario_files import load_scenario
from chatsim.study.summary import Estimate
from chatsim.testing import twin
from chatsim_clients.memory import MemoryBackend
from chatsim_clients.tcp import TcpBackend
from tests.runs import conducted

# Ana knows Ben and Cem, both know Dia, Dia knows Eve, Eve knows Fay; Ben, Eve and Fay share a group.
CONTACTS = """\
person,knows
Ana,Ben
Ana,Cem
Ben,Dia
Cem,Dia
Dia,Eve
Eve,Fay
"""
GROUPS = """\
person,group
Ben,family
Eve,family
Fay,family
"""
SCENARIO = """\
title = "Six people"
originators = 1
runs = 2
seed = 22 # Ana starts both runs
duration = "1 d"
policies = ["uncapped", "cap-2", "cap-1"]

[population]
kind = "stored"
contacts = "contacts.csv"
groups = "groups.csv"

[[contents]]
name = "rumour"
share_probability = "100 %"
half_life = "none"

[behaviour]
audience = "each"                             # every chat on a coin of its own, here all certain
chat_delay = { median = "10 min", sigma = 0 } # everybody sends ten minutes after it came
susceptibility_shape = "none"                 # everybody alike
modified_clients = "0 %"
"""
ANA, BEN, CEM, DIA, EVE, FAY = range(6)
FAMILY = 0
NOON = 12 * ONE_HOUR

# Everybody's chats, in order: Ana: Ben, Cem. Ben: Ana, Dia, family. Cem: Ana, Dia. Dia: Ben, Cem, Eve.
# Eve: Dia, Fay, family. Fay: Eve, family.
REACHED = {
    "uncapped": [
        # person, minutes after noon, by whom, through which group, forwards so far
        (ANA, 0, NOBODY, NOBODY, 0),
        (BEN, 10, ANA, NOBODY, 0),
        (CEM, 10, ANA, NOBODY, 0),
        # Ben and Cem send at once; the smaller sender counts. Ben's copy to the family is two.
        (DIA, 20, BEN, NOBODY, 1),
        (EVE, 20, BEN, FAMILY, 1),
        (FAY, 20, BEN, FAMILY, 1),
    ],
    # Ben's two are Ana, from whom it came and to whom nothing goes back, and Dia; Dia's two are Ben and Cem.
    "cap-2": [
        (ANA, 0, NOBODY, NOBODY, 0),
        (BEN, 10, ANA, NOBODY, 0),
        (CEM, 10, ANA, NOBODY, 0),
        (DIA, 20, BEN, NOBODY, 1),
    ],
    # Ben's and Cem's one is Ana.
    "cap-1": [
        (ANA, 0, NOBODY, NOBODY, 0),
        (BEN, 10, ANA, NOBODY, 0),
        (CEM, 10, ANA, NOBODY, 0),
    ],
}
WANTED_HELD_BACK_SENT = {
    "uncapped": {
        ANA: (2, 0, 0),  # an original to two, no forward
        BEN: (3, 0, 2),
        CEM: (2, 0, 1),
        DIA: (3, 0, 2),
        EVE: (3, 0, 2),
        FAY: (2, 0, 1),
    },
    "cap-2": {ANA: (2, 0, 0), BEN: (3, 1, 1), CEM: (2, 0, 1), DIA: (3, 1, 1)},
    "cap-1": {ANA: (2, 0, 0), BEN: (3, 2, 0), CEM: (2, 1, 0)},
}
RECEIVED = {
    # Ben: Ana's, Dia has nothing for him. Cem: Ana's and Dia's. Dia: Ben's, Cem's and Eve's. Eve: Ben's, Dia's and
    # Fay's. Fay: Ben's and Eve's. In all 2 originals and 9 forwards.
    "uncapped": [0, 1, 2, 3, 3, 2],
    "cap-2": [0, 1, 2, 2, 0, 0],
    "cap-1": [0, 1, 1, 0, 0, 0],
}


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    for name, text in (("contacts.csv", CONTACTS), ("groups.csv", GROUPS), ("six.toml", SCENARIO)):
        (tmp_path / name).write_text(text)
    return load_scenario(tmp_path / "six.toml")


def assert_worked_out(run: ContentRun, policy: str) -> None:
    first, deeds = run.first_copies, run.deeds
    minutes = (first.tick - NOON) // ONE_MINUTE
    columns = (first.user, minutes, first.parent, first.group, first.hop)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == REACHED[policy]
    rows = zip(deeds.wanted, deeds.held_back, deeds.forwarded_chats, strict=True)
    assert dict(zip(deeds.user, rows, strict=True)) == WANTED_HELD_BACK_SENT[policy]
    assert run.received.tolist() == RECEIVED[policy]
    assert deeds.refused.sum() == deeds.denied.sum() == 0


@pytest.mark.parametrize("policy", REACHED)
def test_memory_and_the_twin_do_what_was_worked_out(scenario: Scenario, policy: str) -> None:
    population = build_population(scenario.population)
    assert population.names == ("Ana", "Ben", "Cem", "Dia", "Eve", "Fay")
    with MemoryBackend(scenario) as backend:
        (run,) = backend.play(preset(policy), RunPlan(0, 1)).contents
    assert_worked_out(run, policy)
    told = twin.play(
        population,
        scenario.contents,
        scenario.behaviour,
        preset(policy),
        seed=scenario.seed,
        run=0,
        originators=1,
        duration_seconds=scenario.duration_seconds,
        enforcement=scenario.enforcement,
    )
    assert_worked_out(told.contents[0], policy)


def test_so_does_tcp(scenario: Scenario) -> None:
    with TcpBackend(scenario) as backend:
        (run,) = backend.play(preset("cap-2"), RunPlan(0, 1)).contents
    assert_worked_out(run, "cap-2")


def test_the_table_is_the_one_worked_out(scenario: Scenario) -> None:
    policies: list[Policy] = [preset(name) for name in scenario.policies]
    summary = conducted(scenario, policies).summary
    figures = {
        policy.name: (
            result.reach,
            result.copies.value,
            result.held_back_per_100.value if result.held_back_per_100 else None,
            result.busiest_hour.value,
        )
        for policy in summary.policies
        for result in policy.contents
    }
    assert figures == {
        "uncapped": (Estimate(6, 6, 6), 11, 0, 11),
        # 2 originals and 3 forwards; 2 chats held back.
        "cap-2": (Estimate(4, 4, 4), 5, pytest.approx(100 * 2 / 3), 5),
        "cap-1": (Estimate(3, 3, 3), 2, None, 2),
    }
    against = [policy.contents[0].against_uncapped for policy in summary.policies[1:]]
    assert [each and each.relative.value for each in against] == [
        pytest.approx(-1 / 3),
        pytest.approx(-1 / 2),
    ]


def test_whoever_starts_all_hear_of_it_without_a_cap(scenario: Scenario) -> None:
    begun = set()
    for seed in range(1, 12):
        with MemoryBackend(evolve(scenario, seed=seed)) as backend:
            (run,) = backend.play(preset("uncapped"), RunPlan(0, 1)).contents
        begun.add(int(run.first_copies.user[0]))
        assert sorted(run.first_copies.user.tolist()) == list(range(6))
    assert begun == set(range(6))
