"""Everybody runs a modified client and asks for everything at once: under `clear` the relay alone holds every cap."""

from __future__ import annotations

import numpy as np

from chatsim.behaviour.values import Behaviour, Content
from chatsim.cascade.values import ContentRun
from chatsim.model import ONE_DAY, ONE_MINUTE, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.study.backend import RunPlan
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.world import Rules, Setting
from tests.cases import random_population

PEOPLE = random_population(200, 16.0, 2.0, seed=3)


def played(
    policy: Policy, enforcement: Enforcement = Enforcement.CLEAR, *, persistence: float = 1.0
) -> ContentRun:
    behaviour = Behaviour(
        modified_clients=1.0,
        persistence=persistence,
        paste_probability=0.0,
        susceptibility_shape=None,
        audience_shape=0.7,
    )
    contents = (Content("rumour", share_probability=0.9, half_life_seconds=None),)
    rules = Rules(behaviour, contents, 14 * ONE_DAY, enforcement, seed=5)
    people = RelayedPeople(Setting.of(rules, PEOPLE))
    return people.play(policy, RunPlan(0, 3)).contents[0]


def forwarding(run: ContentRun) -> np.ndarray:
    """The deeds of people who forwarded, by number; originators post originals."""
    return np.flatnonzero(run.deeds.original_chats == 0)


def test_nobody_gets_more_chats_at_a_time_than_the_cap():
    run = played(Policy("capped", tiers=(Tier(chats=2),)))
    deeds, people = run.deeds, forwarding(run)
    assert (deeds.refused[people] > 0).sum() >= 50
    # What was refused is whole: every act that went out is one honest action.
    went_out = deeds.actions[people] - deeds.refused[people]
    assert (deeds.forwarded_chats[people] <= 2 * went_out).all()


def test_nobody_gets_more_chats_in_a_lifetime_than_the_cap():
    run = played(Policy("capped", cap_person=3))
    people = forwarding(run)
    assert (run.deeds.refused[people] > 0).sum() >= 50
    assert run.deeds.forwarded_chats[people].max() == 3


def test_no_copy_goes_beyond_the_hop_limit():
    run = played(Policy("capped", hop_limit=2))
    assert run.deeds.refused.sum() >= 10
    assert run.first_copies.hop.max() == 2


def test_a_lineage_stops_at_its_total_cap_when_the_minute_closes():
    run = played(Policy("capped", cap_total=20))
    deeds, people = run.deeds, forwarding(run)
    late = people[deeds.tick[people] // ONE_MINUTE > deeds.tick[people].min() // ONE_MINUTE]
    assert deeds.refused[late].sum() > 0
    # Three originals are three lineages, and acts of one minute do not see each other.
    largest_minute = np.bincount(
        deeds.tick[people] // ONE_MINUTE, weights=deeds.forwarded_chats[people]
    ).max()
    assert deeds.forwarded_chats[people].sum() <= 3 * (20 + largest_minute)


def test_where_the_counter_is_the_clients_word_nothing_holds_them():
    policy = Policy("capped", tiers=(Tier(chats=1),))
    held = played(policy, persistence=0.0)
    free = played(policy, Enforcement.CLIENT, persistence=0.0)
    assert free.deeds.refused.sum() == 0
    assert free.received.sum() > 2 * held.received.sum()
