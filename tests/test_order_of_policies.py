"""Which policies slow a rumour more than which others, where caps cannot be told apart, and where they do not help."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from attrs import evolve

from chatsim.behaviour.values import Behaviour, Content
from chatsim.policy.presets import preset
from chatsim.study.analysis import outbreak_reach
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.statistics import equivalent, mean
from tests.runs import assert_large_enough, conducted, played, reach, with_behaviour

UNCAPPED = preset("uncapped")
USERS, RUNS = 5_000, 8
DEFAULT_STUDY = Scenario(
    population=Generated(users=USERS),
    contents=(Content("rumour", share_probability=0.4),),
    behaviour=Behaviour(paste_probability=0.0, modified_clients=0.0),
    originators=5,
)
"""Its parameters, and how often it is played, were fixed before anything was."""
FROM_LOOSE_TO_TIGHT = (
    "uncapped",
    "cap-20",
    "cap-5",
    "whatsapp-2020-04",
    "whatsapp-latest",
    "cap-1",
)
WITHIN = 0.05
"""Five points of a hundred people."""


@functools.cache
def shares_reached(policy: str) -> list[float]:
    return [each / USERS for each in reach(played(DEFAULT_STUDY, preset(policy), RUNS))]


def test_tighter_caps_reach_fewer_in_the_mean() -> None:
    means = [float(np.mean(shares_reached(name))) for name in FROM_LOOSE_TO_TIGHT]
    assert means[0] >= means[1]
    assert all(loose > tight for loose, tight in itertools.pairwise(means[1:]))
    assert outbreaks_happen()


def test_a_cap_of_20_is_equivalent_to_one_of_256() -> None:
    twenty, many = (shares_reached(name) for name in ("cap-20", "cap-256"))
    assert equivalent(twenty, many, WITHIN)
    assert outbreaks_happen()


def outbreaks_happen() -> bool:
    big = [each * USERS >= outbreak_reach(USERS) for each in shares_reached("uncapped")]
    return sum(big) > RUNS / 2


def test_caps_do_not_help_where_everybody_held_back_pastes_instead() -> None:
    people = Generated(users=1_000)
    scenario = evolve(DEFAULT_STUDY, population=people)
    pasting = with_behaviour(scenario, paste_probability=1.0)
    uncapped = [each / people.users for each in reach(played(pasting, UNCAPPED, 8))]
    assert mean(uncapped).value > 0.3
    for name in ("cap-5", "cap-1"):
        outcomes = played(pasting, preset(name), 8)
        assert_large_enough([outcome.contents[0] for outcome in outcomes])
        assert equivalent([each / people.users for each in reach(outcomes)], uncapped, 0.01)
    without = [each / people.users for each in reach(played(scenario, preset("cap-1"), 8))]
    assert not equivalent(without, uncapped, WITHIN)


def test_where_nothing_spreads_no_cap_can_be_seen_to_help() -> None:
    rare = Content("rumour", share_probability=0.05)
    scenario = Scenario(population=Generated(users=600), contents=(rare,), runs=4)
    summary = conducted(scenario, (UNCAPPED, preset("cap-5"))).summary
    assert all(policy.content("rumour").reach.value < 60 for policy in summary.policies)
    assert summary.weakness
