"""ARCHITECTURE.md, "What holds, and what does not": what delays and looser caps change, and what they never do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.values import Behaviour, Content, DelayLaw
from chatsim.cascade.values import NOBODY
from chatsim.model import ONE_DAY
from chatsim.policy.values import Policy, Tier
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.statistics import difference, mean
from tests.lively import PEOPLE, RUMOUR, STUDY, flat
from tests.runs import assert_large_enough, played, reach, with_behaviour

FRESH = Content("rumour", share_probability=0.7, half_life_seconds=None)
TIMELESS = evolve(
    STUDY,
    population=Generated(users=600, contacts_mean=10.0, groups_mean=1.0),
    contents=(FRESH,),
    behaviour=Behaviour(
        audience_shape=1.0,
        persistence=0.2,
        modified_clients=0.1,
        paste_probability=0.0,
        label_factor_many_times=1.0,
    ),
    duration_seconds=120 * ONE_DAY,
)
"""Long enough to end by itself, and nothing in it depends on time or hops."""


def by_quick_and_slow_readers(scenario: Scenario, policy: Policy) -> list[list[set[int]]]:
    """Who is reached in each run, when people read at once, and when they take hours."""
    people = []
    for delay in (DelayLaw(60, 0.3), DelayLaw(9_000, 1.5)):
        behaviour = evolve(scenario.behaviour, reading_delay=delay)
        outcomes = played(evolve(scenario, behaviour=behaviour), policy, 4)
        runs = [outcome.contents[0] for outcome in outcomes]
        assert_large_enough(runs)
        people.append([set(run.first_copies.user.tolist()) for run in runs])
    return people


PASTING = evolve(TIMELESS, behaviour=evolve(TIMELESS.behaviour, paste_probability=0.5))


@pytest.mark.parametrize("scenario", [TIMELESS, PASTING], ids=["nobody pastes", "half paste"])
def test_delays_change_when_and_never_who(scenario: Scenario) -> None:
    quick, slow = by_quick_and_slow_readers(scenario, flat(2))
    assert quick == slow


STALE = evolve(TIMELESS, contents=(evolve(RUMOUR, share_probability=0.9),))
FIVE_THEN_ONE = evolve(flat(5), tiers=(Tier(chats=5), Tier(4, chats=1)))


@pytest.mark.parametrize(
    ("scenario", "policy"),
    [
        pytest.param(STALE, flat(2), id="staleness"),
        pytest.param(TIMELESS, FIVE_THEN_ONE, id="hop tiers"),
        pytest.param(PASTING, FIVE_THEN_ONE, id="hop tiers and pasting"),
        pytest.param(
            with_behaviour(TIMELESS, label_factor_many_times=0.3), flat(2), id="label factor"
        ),
        pytest.param(TIMELESS, flat(2, cap_total=150), id="total cap"),
        # The chat that a copy came from takes room in an action and none of a lifetime.
        pytest.param(
            with_behaviour(TIMELESS, persistence=1.0), flat(2, cap_person=3), id="person cap"
        ),
        pytest.param(TIMELESS, flat(2, hop_limit=6), id="hop limit"),
    ],
)
def test_delays_change_who_where_time_people_or_hops_count(
    scenario: Scenario, policy: Policy
) -> None:
    quick, slow = by_quick_and_slow_readers(scenario, policy)
    assert quick != slow


# Looser and tighter.

CAPS = (0, 1, 2, 5, 20, None)


@pytest.mark.parametrize("scenario", [TIMELESS, PASTING], ids=["nobody pastes", "half paste"])
def test_a_looser_flat_cap_never_loses_anybody_seed_by_seed(scenario: Scenario) -> None:
    by_cap = [played(scenario, flat(cap), 3) for cap in CAPS]
    assert_large_enough([outcome.contents[0] for outcome in by_cap[2]])
    for tight, loose in itertools.pairwise(by_cap):
        for one, other in zip(tight, loose, strict=True):
            people = set(one.contents[0].first_copies.user.tolist())
            assert people <= set(other.contents[0].first_copies.user.tolist())
    assert sum(reach(by_cap[0])) < sum(reach(by_cap[1])) < sum(reach(by_cap[-1]))


def test_a_looser_cap_reaches_more_in_the_mean_where_rumours_go_stale_and_labels_deter() -> None:
    scenario = evolve(STUDY, contents=(RUMOUR,), population=evolve(PEOPLE, users=600))
    by_cap = [reach(played(scenario, flat(cap), 8)) for cap in (1, 2, 5, None)]
    for tight, loose in itertools.pairwise(by_cap):
        assert mean(np.subtract(loose, tight)).value > 0
    least_to_most = difference(by_cap[-1], by_cap[0])
    assert least_to_most is not None
    assert least_to_most.seen


def test_a_cap_of_0_without_pasting_reaches_the_first_audience_only() -> None:
    scenario = with_behaviour(STUDY, paste_probability=0.0)
    wanted_in_vain = 0
    for outcome in played(scenario, flat(0), 4):
        for run in outcome.contents:
            wanted_in_vain += int(run.deeds.held_back.sum() + run.deeds.denied.sum())
            first = run.first_copies
            began = set(first.user[first.parent == NOBODY].tolist())
            assert set(first.parent.tolist()) <= {NOBODY, *began}
            assert (first.tick == ONE_DAY // 2).all()
            assert (first.hop == 0).all()
            assert run.deeds.forwarded_chats.sum() == 0
            assert 3 < len(first.user) < PEOPLE.users * 2 / 3
    assert wanted_in_vain > 0
