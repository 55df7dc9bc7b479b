"""The naive twin under rules beyond caps, worked out by hand."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, Behaviour, Content, DelayForm, DelayLaw
from chatsim.model import ONE_DAY, ONE_HOUR, Enforcement
from chatsim.policy.rules import Breaker, Education, Friction, Takedown
from chatsim.policy.values import Local, Policy, Tier
from chatsim.population.parts import NO_PARTS, Partition, Parts, Region, Rollout, divide
from chatsim.testing import twin
from tests.cases import population_of

NOON = ONE_DAY // 2
CERTAIN = Content("rumour", share_probability=1.0, half_life_seconds=None)
PLAIN = Behaviour(
    audience_shape=0.02,  # almost everybody wants all their chats
    persistence=1.0,
    paste_probability=0.0,
    modified_clients=0.0,
    reading_delay=DelayLaw(600.0, 0.0, DelayForm.LOGNORMAL),
    night=False,
    susceptibility_shape=None,
    group_chance=0.0,
)


def chain(users: int, *, seed: int = 1):
    """Each knows the next; who starts is one of them, and nobody before them is reached."""
    return population_of([[user + 1] for user in range(users - 1)] + [[]], seed=seed)


def star(leaves: int):
    """Everybody knows everybody: whoever starts has all others as contacts."""
    return population_of([[v for v in range(leaves + 1) if v != u] for u in range(leaves + 1)])


def play(people, policy, behaviour=PLAIN, contents=(CERTAIN,), parts: Parts = NO_PARTS, **changes):
    case = {"seed": 2, "run": 0, "originators": 1, "duration_seconds": 3 * ONE_DAY, **changes}
    outcome = twin.play(
        people, contents, behaviour, policy, enforcement=Enforcement.CLEAR, parts=parts, **case
    )
    return outcome.contents if len(contents) > 1 else outcome.contents[0]


def ticks(run) -> list[int]:
    return sorted(run.first_copies.tick.tolist())


def test_an_hour_that_is_used_up_refuses_whole_and_is_waited_for_once():
    people = star(6)
    # All seven know each other: the originator's six copies arrive at noon, everybody forwards at 12:10 to five.
    free = play(people, Policy("free"))
    assert free.deeds.refused.sum() == 0
    one = play(people, Policy("hour", tiers=(Tier(chats=3),), cap_hour=4))
    forwarders = one.deeds.original_chats == 0
    # Three of the six chats wanted at 12:10, among them perhaps the one it came from, where nothing is sent; the other
    # three a moment later would be 5 in the hour: refused whole, and sent an hour later.
    assert one.deeds.refused[forwarders].tolist() == [1] * 6
    assert one.deeds.actions[forwarders].tolist() == [3] * 6
    assert one.deeds.forwarded_chats[forwarders].tolist() == [5] * 6
    assert one.copies_by_hour[12:14].sum() == 6 + 6 * 5
    assert one.copies_by_hour[13] >= 6 * 2


def test_the_app_offers_no_more_than_a_whole_hour_and_who_gives_up_waits_for_none():
    run = play(star(6), Policy("hour", cap_hour=2), evolve(PLAIN, persistence=0.0))
    forwarders = run.deeds.original_chats == 0
    assert run.deeds.held_back[forwarders].tolist() == [4] * 6
    assert run.deeds.forwarded_chats.sum() <= 12


def test_contents_share_the_hour_of_a_person():
    people = star(4)
    both = play(people, Policy("hour", cap_hour=3), contents=(CERTAIN, evolve(CERTAIN, name="b")))
    refused = [int(run.deeds.refused.sum()) for run in both]
    alone = play(people, Policy("hour", cap_hour=3))
    assert alone.deeds.refused.sum() == 0 or refused[0] >= alone.deeds.refused.sum()
    assert refused[1] > 0


def test_a_prompt_delays_forwards_and_no_original():
    quick, slow = (
        play(chain(6), Policy("prompt", friction=friction))
        for friction in (None, Friction(delay_seconds=100))
    )
    steps = range(len(ticks(quick)))
    assert len(steps) > 2
    assert [b - a for a, b in zip(ticks(quick), ticks(slow), strict=True)] == [
        max(0, step - 1) * 100 for step in steps
    ]


def test_who_gives_up_at_a_prompt_wanted_it_and_sends_nothing():
    run = play(star(4), Policy("prompt", friction=Friction(1.0, 60)))
    assert run.deeds.abandoned.tolist() == [
        0 if original else 4 for original in run.deeds.original_chats
    ]
    assert run.deeds.forwarded_chats.sum() == 0
    assert run.deeds.tick.max() == NOON + 600 + 60


def test_a_prompt_from_hop_one_leaves_the_first_forward_alone():
    run = play(chain(8), Policy("prompt", friction=Friction(1.0, 0, from_hop=1)), seed=5)
    assert len(ticks(run)) <= 3


@pytest.mark.parametrize(("harmful", "reached"), [(True, 2), (False, 20)])
def test_education_holds_back_harm_and_leaves_the_rest(harmful, reached):
    taught = Policy("taught", education=Education(1.0, 0.0, 1.0))
    run = play(star(24), taught, contents=(evolve(CERTAIN, harmful=harmful),))
    assert run.deeds.forwarded_chats.any() != harmful
    assert len(ticks(run)) >= reached


def test_a_breaker_pauses_a_content_and_says_how_long():
    # Six originals at noon: at 12:01 the breaker pauses for two hours; the forwards of 12:10 wait until 14:01 + 10 min.
    run = play(star(6), Policy("breaker", breaker=Breaker(6, 3_600, 2 * ONE_HOUR)))
    forwarders = run.deeds.original_chats == 0
    assert run.deeds.refused[forwarders].tolist() == [1] * 6
    assert run.copies_by_hour[12:15].tolist() == [6, 0, 6 * 5]


def test_a_breaker_that_is_never_met_changes_nothing():
    assert not play(star(6), Policy("free")).differences(
        play(star(6), Policy("breaker", breaker=Breaker(1_000, 60, 60)))
    )


def test_complaints_take_a_content_down_after_the_review():
    everybody = evolve(PLAIN, complaint_probability=1.0)
    run = play(star(6), Policy("officer", takedown=Takedown(3, 3_600)), everybody)
    assert (run.complaints, run.deeds.forwarded_chats.sum()) == (6, 0)
    nobody = evolve(PLAIN, complaint_probability=0.0)
    free = play(star(6), Policy("officer", takedown=Takedown(3, 3_600)), nobody)
    assert not free.differences(play(star(6), Policy("free")))


def test_what_was_taken_down_is_refused_pasted_or_not():
    # Half complain at 12:10 and close at 12:11; with no review the others' second actions come too late.
    half = evolve(PLAIN, complaint_probability=0.5, redo_seconds=120, paste_probability=1.0)
    run = play(star(9), Policy("officer", tiers=(Tier(chats=2),), takedown=Takedown(2, 0)), half)
    assert run.complaints >= 2
    forwarders = run.deeds.original_chats == 0
    assert (run.deeds.refused[forwarders] == 1).all()
    assert (run.deeds.forwarded_chats[forwarders] == 2).all()


def test_the_rules_of_whoever_sends_decide_and_their_sky():
    people = star(9)
    parts = divide(
        Partition((Region("east", 0.5, 6 * ONE_HOUR), Region("home", 0.5))),
        people.users,
        1,
        communities=True,
    )
    policy = Policy("local", regions=(Local("east", Policy("none", tiers=(Tier(chats=0),))),))
    run = play(people, policy, parts=parts)
    for user, chats in zip(run.deeds.user, run.deeds.forwarded_chats, strict=True):
        assert (chats == 0) == (user < 5 or run.deeds.original_chats[run.deeds.user == user][0] > 0)
    assert ticks(run)[0] in {NOON, NOON - 6 * ONE_HOUR}


def test_whom_a_rollout_has_not_reached_lives_under_the_control():
    people = star(9)
    parts = divide(Partition(rollout=Rollout()), people.users, 1, communities=False)
    policy = Policy("treated", tiers=(Tier(chats=0),), untreated=Policy("free"))
    run = play(people, policy, parts=parts)
    for user, chats in zip(run.deeds.user, run.deeds.forwarded_chats, strict=True):
        if run.deeds.original_chats[run.deeds.user == user][0] == 0:
            assert (chats == 0) == (parts.part_of(user) == 1)


def test_each_is_paused_too():
    behaviour = evolve(
        PLAIN, audience=Audience.EACH, chat_delay=DelayLaw(600.0, 0.0, DelayForm.LOGNORMAL)
    )
    run = play(star(6), Policy("breaker", breaker=Breaker(6, 3_600, ONE_HOUR)), behaviour)
    assert run.deeds.denied.sum() == run.deeds.refused.sum() * 5 > 0
