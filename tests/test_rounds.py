"""The `repeat` law: round after round at a fixed pace, until a coin or the end of the run ends it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from attrs import evolve

from chatsim.behaviour.originators import originators
from chatsim.behaviour.values import Audience, Behaviour, Content, DelayLaw, FirstSend
from chatsim.cascade.values import ContentRun
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement
from chatsim.policy.values import Policy, Tier
from chatsim.population.values import Population
from chatsim.study.backend import RunPlan
from chatsim_clients.memory import RelayedPeople
from chatsim_clients.world import Rules, Setting
from tests.cases import population_of

NOON = 12 * ONE_HOUR
UNCAPPED = Policy("uncapped")
CERTAIN = Content("rumour", share_probability=1.0, half_life_seconds=None)
REPEAT = Behaviour(
    audience=Audience.REPEAT,
    audience_shape=0.02,  # nearly everybody wants all their chats
    interval_seconds=6 * ONE_HOUR,
    modified_clients=0.0,
    reading_delay=DelayLaw(600, 0),
    susceptibility_shape=None,
    label_factor_many_times=1.0,
)
# 0 tells 1, who knows 0 and three more: what 1 does is all that happens.
FAN = population_of([[1], [0, 2, 3, 4], [], [], []])


def capped(chats: int, **more: int) -> Policy:
    return Policy("capped", tiers=(Tier(chats=chats),), **more)


def starting_at_0(population: Population) -> int:
    """A seed whose first originator is user 0."""
    users = population.users
    return next(seed for seed in itertools.count() if originators(seed, 0, 0, users, 1) == [0])


def played(
    population: Population,
    behaviour: Behaviour,
    policy: Policy = UNCAPPED,
    *,
    days: int = 3,
) -> ContentRun:
    seed = starting_at_0(population)
    rules = Rules(behaviour, (CERTAIN,), days * ONE_DAY, Enforcement.CLEAR, seed)
    people = RelayedPeople(Setting.of(rules, population))
    return people.play(policy, RunPlan(0, 1)).contents[0]


def deed(run: ContentRun, user: int) -> dict[str, int]:
    (at,) = np.flatnonzero(run.deeds.user == user)
    names = ("tick", "wanted", "held_back", "denied", "actions", "refused")
    more = ("forwarded_chats", "original_chats", "original_copies")
    return {name: int(getattr(run.deeds, name)[at]) for name in (*names, *more)}


def test_rounds_come_at_the_same_pace_by_day_and_by_night():
    run = played(population_of([[1], []]), REPEAT)
    assert np.flatnonzero(run.copies_by_hour).tolist() == list(range(12, 72, 6))
    zero = deed(run, 0)
    assert (zero["tick"], zero["actions"], zero["wanted"]) == (NOON, 10, 10)
    assert (zero["original_chats"], zero["original_copies"]) == (10, 10)


@pytest.mark.parametrize(
    "change", [{"interval_seconds": 3 * ONE_DAY}, {"round_recovery": 1.0}], ids=str
)
def test_a_long_interval_and_a_certain_recovery_leave_one_round(change):
    run = played(FAN, evolve(REPEAT, **change))
    one = deed(run, 1)
    assert one["tick"] == NOON + 600
    assert (one["actions"], one["wanted"], one["forwarded_chats"]) == (1, 4, 3)
    assert run.received.sum() == 4


def test_a_round_starts_before_the_end_or_not_at_all():
    evenly = evolve(REPEAT, interval_seconds=ONE_DAY + NOON)
    assert deed(played(FAN, evenly, days=2), 0)["actions"] == 1
    one_sooner = evolve(evenly, interval_seconds=ONE_DAY + NOON - 1)
    assert deed(played(FAN, one_sooner, days=2), 0)["actions"] == 2


def test_recovery_after_each_round_gives_its_mean_number_of_rounds():
    alone = population_of([[(user + 1) % 400] for user in range(400)])
    rules = Rules(
        evolve(REPEAT, round_recovery=0.25), (CERTAIN,), 60 * ONE_DAY, Enforcement.CLEAR, 1
    )
    people = RelayedPeople(Setting.of(rules, alone))
    (run,) = people.play(capped(0), RunPlan(0, 400)).contents
    assert run.deeds.actions.mean() == pytest.approx(4, abs=0.7)
    assert run.deeds.actions.max() > 8


def test_what_the_app_holds_back_in_a_round_is_dropped_and_adds_up():
    one = deed(played(FAN, REPEAT, capped(2)), 1)
    rounds = one["actions"]
    assert rounds == 10
    assert one["wanted"] == 4 * rounds
    assert one["held_back"] == 2 * rounds
    # The chat that it came from takes its place in a round in which it is among the first two.
    assert rounds < one["forwarded_chats"] < 2 * rounds
    assert one["original_chats"] == one["refused"] == one["denied"] == 0


def test_a_round_in_which_the_app_offers_nothing_is_no_action_and_ends_nothing():
    one = deed(played(FAN, REPEAT, Policy("capped", cap_person=3)), 1)
    assert one["forwarded_chats"] == 3
    assert one["wanted"] == 40
    # Three places of which the chat that it came from takes one, then the last place, then none.
    assert one["held_back"] == 40 - 3 - 1
    assert one["actions"] == 2


def test_the_posts_of_all_rounds_are_originals_and_capped_only_where_the_first_is():
    star = population_of([[1, 2, 3], [], [], []])
    free = deed(played(star, REPEAT, capped(1)), 0)
    assert (free["original_chats"], free["held_back"]) == (30, 0)
    restricted = evolve(REPEAT, first_send=FirstSend.CAPPED)
    once_each = deed(played(star, restricted, Policy("capped", cap_person=1)), 0)
    assert (once_each["original_chats"], once_each["held_back"]) == (10, 20)


def test_a_modified_client_asks_for_everything_in_every_round_and_is_denied_in_every_round():
    cheats = evolve(REPEAT, modified_clients=1.0)
    one = deed(played(FAN, cheats, capped(2)), 1)
    assert (one["actions"], one["refused"], one["wanted"], one["denied"]) == (10, 10, 40, 40)
    assert (one["held_back"], one["forwarded_chats"]) == (0, 0)
    assert deed(played(FAN, cheats, capped(4)), 1)["forwarded_chats"] == 40


def test_a_round_that_the_relay_refuses_is_dropped_and_the_next_one_comes():
    one = deed(played(FAN, REPEAT, Policy("capped", cap_total=4)), 1)
    assert (one["forwarded_chats"], one["actions"], one["refused"]) == (3, 10, 9)
    assert (one["denied"], one["held_back"]) == (27, 0)


def test_somebody_without_chats_has_a_deed_and_no_rounds():
    two = deed(played(FAN, REPEAT), 2)
    assert (two["wanted"], two["actions"]) == (0, 0)


RING = population_of([[(user - 1) % 20, (user + 1) % 20] for user in range(20)])


def test_without_recovery_everybody_connected_hears_of_it_even_one_chat_at_a_time():
    patient = evolve(REPEAT, audience_shape=1.5)
    # Longer than a server keeps copies otherwise: everybody goes on forwarding the one that they read first.
    run = played(RING, patient, capped(1), days=60)
    assert sorted(run.first_copies.user) == list(range(20))
    assert run.deeds.forwarded_chats[1:].min() > 50
    assert run.deeds.refused.sum() == 0
    once = played(RING, evolve(patient, round_recovery=1.0), capped(1), days=60)
    assert len(once.first_copies.user) < 20
