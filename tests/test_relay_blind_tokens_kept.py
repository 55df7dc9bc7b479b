"""What a relay keeps of tokens: what it says, how long, and over a crash or another enforcement."""

from __future__ import annotations

import random

import pytest

from chatsim.model import ALLOWED, ONE_DAY, Enforcement
from chatsim.policy import Policy, Tier
from chatsim.policy.presets import resolve
from chatsim.relay.changes import DayOver, PermitFresh, PermitSpent, Spent, TokenSpent
from chatsim.relay.relay import Relay
from chatsim.store.sqlite import SqliteStore
from tests.parties import REFILL, ROOT, USERS, Party
from tests.payers import (
    BLIND,
    CLEAR,
    DAYS,
    NAMES,
    POLICIES,
    UNAVAILABLE,
    Payers,
    brought,
    nothing,
    paid,
    points,
    something,
    texted,
)


@pytest.fixture
def party():
    return texted()


def test_what_is_kept_is_by_copy_and_person_and_says_nothing_of_lineages():
    party = Payers(Policy("hour", tiers=(Tier(chats=2),), cap_hour=9), journal=True)
    party.send(0, 1, ~0, outer=None)
    for user in (1, 2, 3):
        party.forward(user, party.last(user), 4)
    kept = [
        change
        for change in party.relay.take_changes()
        if isinstance(change, PermitSpent | TokenSpent | Spent)
    ]
    issued = [change for change in kept if isinstance(change, PermitSpent)]
    spent = [change for change in kept if isinstance(change, TokenSpent)]
    assert len(issued) == len({each.key for each in issued}) == 3
    assert [each.day for each in spent] == [0, 0, 0]
    assert len({each.seed for each in spent}) == 3
    assert len(party.relay._counting) == 6
    tickets = b"".join(copy.stamp for user in range(USERS) for copy in party.got(user))
    for each in (*(each.key for each in issued), *(each.seed for each in spent)):
        assert len(each) == 16
        assert each not in tickets


def test_what_is_kept_is_gone_in_its_time():
    party = Payers(resolve("cap-2"), journal=True)
    party.send(0, 1, outer=None)
    party.forward(1, party.last(1), 4)
    party.relay.take_changes()
    party.elapse(REFILL)
    assert [*map(type, party.relay.take_changes())] == [PermitFresh]
    party.elapse(DAYS * ONE_DAY - 1 - REFILL)
    assert len(party.relay._counting) == 1
    party.relay.take_changes()
    party.elapse(1)
    assert DayOver(0) in party.relay.take_changes()
    assert len(party.relay._counting) == 0


def relay_from(party, saved):
    relay = Relay(party.roster, party.relay.rows, party.relay.settings, root=ROOT)
    relay.restore(saved)
    return relay


def log_in_again(party):
    for user, device in [*party.sessions]:
        copies = party.got(user, device)
        session = party.sessions[user, device] = party.log_in(user, device)
        party.heard[session] = [*copies]


def test_a_token_that_was_spent_stays_so_when_a_relay_goes_on_from_a_store(tmp_path):
    with_store = SqliteStore.open(tmp_path / "store")
    party = Payers(resolve("cap-2"), journal=True)
    party.relay.restore(with_store.load())
    party.send(0, 1, outer=None)
    copy = party.last(1)
    spent, unspent = paid(party, 1, copy, 5), paid(party, 1, copy, 6)
    assert brought(party, 1, spent, 5) == ALLOWED
    with_store.commit(party.relay.take_changes(), party.now)
    with_store.close()
    again = SqliteStore.open(tmp_path / "store")
    saved = again.load()
    again.close()
    assert len(saved.tokens) == len(saved.permits) == 1
    party.relay = relay_from(party, saved)
    log_in_again(party)
    assert brought(party, 1, spent, 5) == UNAVAILABLE
    assert party.fill(1, copy, 2) == 0, "what was asked for is known as well"
    assert brought(party, 1, unspent, 6) == ALLOWED


@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_a_relay_goes_on_after_a_crash_as_if_there_had_been_none(policy, tmp_path):
    store = SqliteStore.open(tmp_path / "store")
    drawn = random.Random(7)
    whole, broken = Payers(policy), Payers(policy, journal=True)
    broken.relay.restore(store.load())
    for step in range(60):
        whole.now = broken.now = whole.now + drawn.choice([0, 0, 1, 14, 60, 20_000])
        user = drawn.randrange(USERS)
        chats = something(drawn, user)
        held = list(zip(whole.got(user), broken.got(user), strict=True))
        if held and drawn.random() < 0.85:
            pair = drawn.choice(held[-4:])
            verdicts = [
                party.forward(user, copy, *chats)
                for party, copy in zip((whole, broken), pair, strict=True)
            ]
        else:
            verdicts = [party.send(user, *chats, outer=None) for party in (whole, broken)]
        assert verdicts[0] == verdicts[1]
        whole.elapse(0)
        broken.elapse(0)
        store.commit(broken.relay.take_changes(), broken.now)
        if step % 20 == 19:
            assert len(whole.relay._counting) == len(broken.relay._counting)
            store.close()
            store = SqliteStore.open(tmp_path / "store")
            broken.relay = relay_from(broken, store.load())
            assert len(whole.relay._counting) == len(broken.relay._counting)
            log_in_again(broken)
    store.close()


@pytest.mark.parametrize("other", [CLEAR, Enforcement.CLIENT, Enforcement.RECEIPT])
def test_what_tokens_left_in_a_store_expires_under_another_enforcement_and_back(other, tmp_path):
    path, policy = tmp_path / "store", Policy("capped", tiers=(Tier(chats=3),))
    counts = []
    late = DAYS * ONE_DAY
    for enforcement, tick in ((BLIND, 0), (other, 10), (other, late), (BLIND, late + 10)):
        store = SqliteStore.open(path)
        made = Payers(policy, journal=True) if enforcement is BLIND else Party(
            policy, enforcement, journal=True, expiry_ticks=late
        )  # fmt: skip
        made.relay = relay_from(made, store.load())
        made.sessions = {(user, 0): made.log_in(user, 0) for user in range(USERS)}
        made.now = tick
        made.elapse(0)
        if tick == 0:
            made.send(0, 1, outer=None)
            made.forward(1, made.last(1), 4)
        elif tick == 10:
            outer = bytes(32) if other is Enforcement.RECEIPT else None
            made.send(2, 3, outer=outer)
            assert made.send(3, 5, stamp=made.permit(3), outer=outer) == ALLOWED
        store.commit(made.relay.take_changes(), made.now)
        store.close()
        store = SqliteStore.open(path)
        saved = store.load()
        store.close()
        counts.append((len(saved.tokens), len(saved.permits)))
    others = int(other is Enforcement.RECEIPT)
    assert counts == [(1, 1), (1, 1 + others), (0, 0), (0, 0)]
    assert not saved.records


def test_another_run_takes_no_token_and_no_ticket_of_before(party):
    payment, ticket = paid(party, 1, party.got(1)[0], 5), party.got(1)[0].stamp
    party.relay._counting.clear()
    assert len(party.relay._counting) == 0
    assert brought(party, 1, payment, 5) == UNAVAILABLE
    assert nothing(party.request(1, ticket, points()))
