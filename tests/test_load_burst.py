"""People of a burst, played by hand: everything arrives at once."""

from __future__ import annotations

import pytest

from chatsim.behaviour.values import Content
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.policy.presets import resolve
from chatsim.study.scenario import Generated, Scenario
from chatsim.wire.messages import Copy
from chatsim_clients.load.bodies import HEADER_BYTES
from chatsim_clients.load.burst import Spreading
from chatsim_clients.load.conversations import people_of
from chatsim_clients.load.parts import Burst

SCENARIO = Scenario(
    population=Generated(users=300),
    contents=(Content(name="rumour", share_probability=0.6),),
    originators=3,
)
HEADER = bytes(HEADER_BYTES)


def spread(policy, shares=1, verdict=ALLOWED, ticks=200_000):
    """(copies, people reached, deeds) of a burst whose people are played by so many shares."""
    people = people_of(SCENARIO, policy)
    parts = [
        Spreading.of(SCENARIO, people, resolve(policy), Burst(0), range(n, 300, shares))
        for n in range(shares)
    ]
    copies, reached, deeds, counter = 0, set(), [], 0
    while (due := [t for part in parts if (t := part.next_tick()) is not None]) and min(
        due
    ) < ticks:
        tick = min(due)
        for deed in sorted((d for part in parts for d in part.act(tick)), key=lambda d: d.user):
            counter += 1
            deeds.append((deed.user, deed.chats))
            parts[deed.user % shares].sent(deed, counter)
            parts[deed.user % shares].decided(deed.user, counter, verdict, tick)
            if not verdict.allowed:
                continue
            hop = 0 if deed.written.stamp is None else deed.written.stamp[0] + 1
            for chat in deed.chats:
                group = None if chat >= 0 else ~chat
                members = [chat] if chat >= 0 else people.members_of(~chat).tolist()
                body = HEADER + deed.written.body
                copy = Copy(
                    deed.user, 0, counter, group, hop, None, tick, bytes([hop]), None, 0, body
                )
                for member in members:
                    if member != deed.user:
                        copies += 1
                        reached.add(member)
                        parts[member % shares].receive(member, copy, tick)
        for part in parts:
            part.settle()
    return copies, reached, deeds


def test_originators_post_first_and_many_are_reached():
    copies, reached, deeds = spread("uncapped")
    assert len(reached) > 100
    assert copies > len(reached)
    assert len(deeds) > 30


def test_a_cap_of_one_reaches_fewer():
    assert len(spread("cap-1")[1]) < len(spread("uncapped")[1])


@pytest.mark.parametrize("shares", [2, 3])
def test_it_is_the_same_burst_however_many_workers_share_the_people(shares):
    assert spread("uncapped", shares) == spread("uncapped")


def test_no_act_names_a_chat_twice_and_none_is_for_oneself():
    for user, chats in spread("uncapped")[2]:
        assert len(set(chats)) == len(chats)
        assert user not in chats


@pytest.mark.parametrize("reason", [Reason.MAILBOX_FULL, Reason.TOO_MANY_COPIES])
def test_people_who_are_refused_for_what_is_no_policy_give_up(reason):
    copies, reached, deeds = spread("uncapped", verdict=Verdict(reason))
    assert (copies, reached) == (0, set())
    assert len(deeds) == 3
