"""Tokens decide as records do, act by act, for honest apps; others get no more forwards than copies allow."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from chatsim.model import ALLOWED, ONE_DAY, Reason, Verdict
from chatsim.policy import Policy, Tier
from chatsim.policy.presets import resolve
from chatsim.provenance.purse import Purse
from tests.parties import REFILL, USERS, Party, same
from tests.payers import (
    CLEAR,
    DAYS,
    NAMES,
    POLICIES,
    UNAVAILABLE,
    Payers,
    act_of,
    brought,
    paid,
    something,
    texted,
)


class Recorded(Party):
    """The same people, of whom the relay keeps records."""

    def __init__(self, policy):
        super().__init__(policy, CLEAR, expiry_ticks=DAYS * ONE_DAY)

    def forward(self, user, copy, *chats, device=0):
        return self.send(user, *chats, stamp=copy.stamp, outer=None, device=device)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_tokens_and_records_decide_alike_message_by_message(policy, seed):
    """People pause at least as long between two actions with copies of one act as caps take to be fresh again."""
    drawn = random.Random(seed)
    clear, blind = Recorded(policy), Payers(policy)
    clear.now = blind.now = ONE_DAY - 2_000
    forwarded: dict = {}
    refused = Counter()
    for _ in range(120):
        clear.now = blind.now = clear.now + drawn.choice([0, 0, 0, 1, 3, 14, 15, 16, 60, 900])
        user = drawn.randrange(USERS)
        device = drawn.randrange(1 + user % 2)
        chats = something(drawn, user)
        held = [
            (one, other)
            for one, other in zip(clear.got(user), blind.got(user), strict=True)
            if clear.now - forwarded.get((user, act_of(one)), -REFILL) >= REFILL
        ]
        if held and drawn.random() < 0.85:
            one, other = drawn.choice(held[-6:])
            first = clear.forward(user, one, *chats, device=device)
            second = blind.forward(user, other, *chats, device=device)
            if first.allowed:
                forwarded[user, act_of(one)] = clear.now
        else:
            first, second = (each.send(user, *chats, outer=None, device=device) for each in (clear, blind))  # fmt: skip
        assert first == second
        refused[first.reason] += 1
        if not drawn.randrange(10):
            clear.elapse(0)
            blind.elapse(0)
    for key in clear.sessions:
        for one, other in zip(clear.got(*key), blind.got(*key), strict=True):
            assert same(one, other)
    assert refused[Reason.NONE] > 10
    if policy.name != "uncapped":
        assert sum(refused.values()) - refused[Reason.NONE] - refused[Reason.UNAVAILABLE] > 1


# Apps that are not honest.


@pytest.fixture
def party():
    return texted()


def test_a_token_is_spent_once(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    assert brought(party, 1, payment, 5) == ALLOWED
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert brought(party, 7, payment, 5) == UNAVAILABLE


def test_a_token_is_not_brought_twice_in_one_act(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    twice = payment + payment[1:]
    assert brought(party, 1, twice, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == ALLOWED, "that cost nothing"


def test_a_token_pays_for_the_chats_that_it_is_bound_to_alone(party):
    payment = paid(party, 1, party.got(1)[0], 5, 6)
    assert brought(party, 1, payment, 5, 7) == UNAVAILABLE
    assert brought(party, 1, payment, 6, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5, 6) == ALLOWED


def test_a_payment_says_no_other_number_of_forwards(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    for hop in (1, 2, 127, 255):
        assert brought(party, 1, bytes([hop]) + payment[1:], 5) == UNAVAILABLE
    assert brought(party, 1, payment, 5) == ALLOWED
    passed_on = paid(party, 5, party.last(5), 6)
    assert passed_on[0] == 1
    assert brought(party, 5, bytes([0]) + passed_on[1:], 6) == UNAVAILABLE
    assert brought(party, 5, passed_on, 6) == ALLOWED
    assert party.last(6).hop == 2


@pytest.mark.parametrize("name", ["cap-2", "uncapped"])
def test_whoever_brings_no_token_forwards_nothing(name):
    party = Payers(resolve(name))
    party.send(0, 1, outer=None)
    before = len(party.got(5))
    assert not brought(party, 1, bytes([0]), 5).allowed
    assert not brought(party, 1, bytes([255]), 5).allowed
    for wrong in (b"\0\0", party.got(1)[0].stamp, bytes(38), b"x" * 1_000):
        assert brought(party, 1, wrong, 5) == UNAVAILABLE
    assert len(party.got(5)) == before


def test_too_few_tokens_are_no_forward_and_are_not_lost(party):
    payment = paid(party, 1, party.got(1)[0], 5)
    few = party.purses[1].pay(party.got(1)[0].stamp, 0, (5, 6))
    assert brought(party, 1, few, 5, 6) == Verdict(Reason.CHATS_PER_ACTION, 1)
    assert brought(party, 1, payment, 5) == ALLOWED
    party.purses[1].decided(few, allowed=False)
    assert party.forward(1, party.got(1)[0], 6, fill=False) == ALLOWED


def test_a_token_for_contacts_pays_for_no_group():
    party = Payers(Policy("contacts", tiers=(Tier(chats=3, groups=0),)))
    party.send(0, 1, outer=None)
    assert party.fill(1, party.last(1)) == 3
    verdict = party.forward(1, party.last(1), ~2, fill=False)
    assert verdict == Verdict(Reason.GROUPS_PER_ACTION, 0)
    assert party.forward(1, party.last(1), 2, 3, 5, fill=False) == ALLOWED


@pytest.mark.parametrize("seed", range(4))
def test_whatever_they_do_there_are_no_more_forwards_than_copies_allow(seed):
    """They share one heap of tokens, try every payment again and everybody's tickets, and change what they bring."""
    policy = Policy("caps", tiers=(Tier(chats=2), Tier(1, chats=1)), hop_limit=3)
    caps = {0: 2, 1: 1, 2: 1, 3: 0}
    drawn = random.Random(seed)
    party = Payers(policy, refill_ticks=2 * ONE_DAY)  # one time of refill, for all of it
    heap = Purse()
    for user in range(USERS):
        party.purses[user] = heap
    kept: list[tuple[bytes, tuple[int, ...]]] = []
    admitted = Counter()
    for _ in range(300):
        party.now += drawn.choice([0, 1, 60])
        user = drawn.randrange(USERS)
        whose = range(USERS) if drawn.random() < 0.3 else [user]
        copies = [copy for each in whose for copy in party.got(each)]
        chats = tuple(something(drawn, user)[:2])
        if not party.counters or (copies and drawn.random() < 0.01):
            party.send(user, *chats, outer=None)
            continue
        if not copies:
            continue
        copy = drawn.choice(copies)
        if drawn.random() < 0.7:
            party.fill(user, copy, drawn.randrange(1, 4))
        payment = honest = heap.pay(copy.stamp, copy.hop, chats)
        match drawn.randrange(8):
            case 0 | 1 if kept:
                payment, chats = drawn.choice(kept)
            case 4 if kept:
                payment += drawn.choice(kept)[0][1:]
            case 2:
                payment = bytes([drawn.randrange(5)]) + payment[1:]
            case 3:
                payment += payment[1:]
        allowed = brought(party, user, payment, *chats).allowed
        if allowed:
            admitted[payment[0]] += len(chats)
            kept.append((payment, chats))
        heap.decided(honest, allowed=allowed and payment is honest)
    delivered = Counter(
        hop
        for hop, *_ in {
            (copy.hop, act_of(copy), user) for user in range(USERS) for copy in party.got(user)
        }
    )
    assert admitted[0] > 10
    assert admitted[1] > 3
    for hop, count in admitted.items():
        assert count <= caps[hop] * delivered[hop]
