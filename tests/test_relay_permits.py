"""Receipts decide as records do, act by act; whatever is not genuine reads like a copy that one never got."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from chatsim.model import ALLOWED, Enforcement, Reason, Verdict
from chatsim.policy import Breaker, Policy, Takedown, Tier, compile_row
from chatsim.policy.presets import resolve
from chatsim.provenance.receipt import commitment
from chatsim.relay.changes import LineageCounted, LineageUsed, PermitSpent
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.store.sqlite import SqliteStore
from tests.bench import Groups
from tests.parties import EXPIRY, MEMBERS, REFILL, ROOT, SECRET, TEXT, USERS, C, Party, same

UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
POLICIES = (
    resolve("uncapped"),
    resolve("cap-2"),
    resolve("whatsapp-latest"),
    Policy("groups", tiers=(Tier(chats=4, groups=1), Tier(2, chats=1, groups=1))),
    Policy("person", tiers=(Tier(chats=3),), cap_person=4),
    Policy("total", tiers=(Tier(chats=4),), cap_total=6),
    Policy("hop", hop_limit=2, tiers=(Tier(chats=3),)),
    Policy("hour", cap_hour=5),
    Policy("all", tiers=(Tier(chats=3), Tier(1, chats=2, groups=1)), cap_person=5, cap_total=9,
           hop_limit=4, cap_hour=7),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_receipts_and_records_decide_alike_message_by_message(policy, seed):
    drawn = random.Random(seed)
    clear, receipt = Party(policy, Enforcement.CLEAR), Party(policy)
    refused = Counter()
    for _ in range(250):
        clear.now = receipt.now = clear.now + drawn.choice(
            [0, 0, 0, 0, 1, 3, 14, 15, 16, 59, 60, 150]
        )
        user = drawn.randrange(USERS)
        device = drawn.randrange(1 + user % 2)
        mine = [~group for group, members in enumerate(MEMBERS) if user in members]
        others = [each for each in range(USERS) if each != user]
        chats = drawn.choices([*others, *mine, *mine], k=drawn.choice([1, 1, 2, 3, 5]))
        if not drawn.randrange(20):
            chats.append(~drawn.randrange(len(MEMBERS)))
        whose = drawn.choice([user] * 9 + [drawn.randrange(USERS)])  # or somebody else's stamp
        held = list(zip(clear.got(whose), receipt.got(whose), strict=True))
        if whose != user:  # a record's number is the same for all who got the act
            mine_too = {copy.stamp for copy in clear.got(user)}
            held = [pair for pair in held if pair[0].stamp not in mine_too]
        if held and drawn.random() < 0.85:
            one, other = drawn.choice(held[-6:])
            stamps, outer = (one.stamp, other.stamp), other.outer
        else:
            stamps, outer = (None, None), commitment(drawn.randbytes(32), TEXT)
        first = clear.send(user, *chats, stamp=stamps[0], outer=outer, device=device)
        second = receipt.send(user, *chats, stamp=stamps[1], outer=outer, device=device)
        assert first == second
        refused[first.reason] += 1
        if not drawn.randrange(10):
            clear.elapse(0)
            receipt.elapse(0)
    for key in clear.sessions:
        for one, other in zip(clear.got(*key), receipt.got(*key), strict=True):
            assert same(one, other)
    assert refused[Reason.NONE] > 30
    if policy.name != "uncapped":
        assert sum(refused.values()) - refused[Reason.NONE] - refused[Reason.UNAVAILABLE] > 2


# Attacks: each is refused, and costs nobody anything.


@pytest.fixture
def party():
    """User 0 has sent a text to user 1 and to the first group, and user 1 passed it on to user 6."""
    party = Party(resolve("cap-2"))
    assert party.send(0, 1, ~0) == ALLOWED
    assert party.send(1, 6, stamp=party.got(1)[0].stamp) == ALLOWED
    return party


def changed(stamp: bytes, place: int, value: bytes) -> bytes:
    return stamp[:place] + value + stamp[place + len(value) :]


def test_a_relay_without_a_root_makes_no_permits():
    settings = RelaySettings(enforcement=Enforcement.RECEIPT)
    with pytest.raises(AssertionError, match="anybody could make permits"):
        Relay(Groups(USERS), (compile_row(resolve("cap-2")),), settings)


def test_a_stolen_permit_is_of_no_use(party):
    assert party.send(7, 5, stamp=party.got(1)[0].stamp) == UNAVAILABLE, "a contact's"
    assert party.send(7, 5, stamp=party.permit(2)) == UNAVAILABLE, "a group's, to who is in none"
    assert party.send(0, 5, stamp=party.permit(2)) == UNAVAILABLE, "one's own, sent to a group"


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, b"\0"), (0, b"\2"), (1, bytes(7) + b"\1"), (9, bytes(7) + b"\7"), (17, bytes(8)), (25, bytes(16)), (41, bytes(16))],
    ids=["lowered hop", "raised hop", "tick", "chat", "sender", "nonce", "MAC"],
)  # fmt: skip
def test_a_permit_that_was_changed_is_none(party, place, value):
    party.now = 1
    stamp = party.permit(6)
    forged = changed(stamp, place, value)
    assert forged != stamp
    user = 7 if place == 9 else 6
    assert party.send(user, 5, stamp=forged) == UNAVAILABLE
    assert party.send(6, 5, stamp=stamp) == ALLOWED


def test_a_permit_carries_no_other_lineage(party):
    other = commitment(SECRET, b"another text")
    assert party.send(6, 5, stamp=party.permit(6), outer=other) == UNAVAILABLE


@pytest.mark.parametrize("outer", [None, b"", C[:-1], C + b"!"])
def test_an_act_without_a_commitment_is_refused_and_leaves_nothing(party, outer):
    assert party.send(6, 5, outer=outer) == UNAVAILABLE
    assert party.got(5) == []


def test_splitting_acts_and_getting_one_act_twice_is_one_budget(party):
    contact, group = party.got(1)[:2]
    assert party.send(1, 2, stamp=group.stamp) == ALLOWED, "one of two is left"
    assert party.send(1, 2, stamp=contact.stamp) == Verdict(Reason.CHATS_PER_ACTION, 0)
    party.now = REFILL
    assert party.send(1, 2, 3, stamp=contact.stamp) == ALLOWED


def test_a_friend_who_sends_the_same_again_gives_another_budget_as_under_records(party):
    assert party.send(1, 2, stamp=party.got(1)[0].stamp) == ALLOWED
    party.send(0, 1)
    assert party.send(1, 2, 3, stamp=party.got(1)[-1].stamp) == ALLOWED


def test_a_permit_that_is_too_old_or_from_the_future_is_none(party):
    stamp = party.permit(6)
    party.now = EXPIRY - 1
    assert party.send(6, 5, stamp=stamp) == ALLOWED
    party.now = EXPIRY
    assert party.send(6, 5, stamp=stamp) == UNAVAILABLE
    fresh = party.permit(5)
    party.now = 0
    assert party.send(5, 6, stamp=fresh) == UNAVAILABLE


def test_sending_as_new_is_all_that_is_left_to_a_modified_client(party):
    assert party.send(1, 2, 3, 4, stamp=party.got(1)[0].stamp).reason is Reason.CHATS_PER_ACTION
    own = commitment(b"p" * 32, TEXT)
    assert party.send(1, 2, 3, 4, outer=own) == ALLOWED
    assert party.got(4)[-1].hop == 0
    assert party.got(4)[-1].outer == own, "a lineage of its own: what pasting does"


# What officers see is the lineage.


def test_a_breaker_counts_a_lineage_and_not_a_text():
    party = Party(
        Policy("pausing", breaker=Breaker(copies=3, window_seconds=120, pause_seconds=300))
    )
    party.send(0, 1, 2, 3)
    party.now = 60
    assert party.send(1, 5, stamp=party.permit(1), body=b"anything") == Verdict(
        Reason.CIRCUIT_BREAKER, 300
    )
    assert party.send(1, 5, outer=commitment(b"p" * 32, TEXT)) == ALLOWED


def test_a_complaint_opens_the_commitment_of_a_copy_that_one_got():
    party = Party(Policy("officer", takedown=Takedown(complaints=2, review_seconds=60)))
    party.send(0, 1, 2, 3)
    assert party.complain_of(1, party.permit(1), SECRET + b"another text") == UNAVAILABLE
    assert party.complain_of(7, party.permit(1), SECRET + TEXT) == UNAVAILABLE
    assert party.complain_of(1, party.permit(1), SECRET + TEXT) == ALLOWED
    assert party.complain_of(2, party.permit(2), SECRET + TEXT) == ALLOWED
    party.now = 120
    assert party.send(3, 5, stamp=party.permit(3)) == Verdict(Reason.TAKEN_DOWN, 0)
    assert party.send(3, 5, outer=commitment(b"p" * 32, TEXT)) == ALLOWED, "another lineage"


# What is kept.


def spread(policy, **settings):
    party = Party(policy, journal=True, **settings)
    party.send(0, 1, ~0)
    for user in (1, 2, 3):
        party.send(user, 4, stamp=party.permit(user))
    return party


def test_nothing_is_kept_of_originals_and_of_forwards_until_they_are_fresh():
    party = spread(resolve("cap-2"))
    kept = [change for change in party.relay.take_changes() if isinstance(change, PermitSpent)]
    assert len(kept) == len(party.relay._counting) == 3
    party.elapse(REFILL)
    assert len(party.relay._counting) == 0


def test_lineages_are_counted_only_where_a_row_caps_them_and_until_no_copy_can_go_on():
    party = spread(Policy("person", cap_person=4))
    changes = party.relay.take_changes()
    assert sum(isinstance(change, LineageUsed) for change in changes) == 3
    assert sum(isinstance(change, LineageCounted) for change in changes) == 3
    party.elapse(EXPIRY - 1)
    assert len(party.relay._counting) == 4
    party.elapse()
    assert len(party.relay._counting) == 0


def test_a_lineage_that_was_counted_goes_on_while_no_row_caps_it():
    party = spread(Policy("person", cap_person=4))
    stamp = party.permit(1)
    party.relay.rows = (compile_row(resolve("uncapped")),)
    party.elapse(EXPIRY - 1)
    assert party.send(1, 5, 6, stamp=stamp) == ALLOWED
    party.elapse(1)
    assert len(party.relay._counting) > 0, "a copy of a moment ago can still go on"
    party.relay.rows = (compile_row(Policy("person", cap_person=4)),)
    held = party.got(5)[-1]
    assert party.send(5, 6, stamp=held.stamp) == ALLOWED
    party.elapse(EXPIRY)
    assert len(party.relay._counting) == 0


def test_what_is_kept_holds_no_user_chat_or_text():
    party = spread(Policy("person", cap_person=4))
    for change in party.relay.take_changes():
        if isinstance(change, PermitSpent | LineageUsed | LineageCounted):
            keys = [part for part in change if isinstance(part, bytes)]
            assert all(len(key) == 16 for key in keys)
            assert not any(key in C or key in TEXT for key in keys)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_a_relay_goes_on_after_a_crash_as_if_there_had_been_none(policy, tmp_path):
    store = SqliteStore.open(tmp_path / "store")
    drawn = random.Random(7)
    whole, broken = Party(policy), Party(policy, journal=True)
    broken.relay.restore(store.load())
    for step in range(120):
        whole.now = broken.now = whole.now + drawn.choice([0, 0, 1, 14, 60])
        user = drawn.randrange(USERS)
        chats = drawn.choices(
            [each for each in range(USERS) if each != user], k=drawn.choice([1, 2, 3])
        )
        held = list(zip(whole.got(user), broken.got(user), strict=True))
        if held and drawn.random() < 0.85:
            one, other = drawn.choice(held[-4:])
            pairs, outer = (one.stamp, other.stamp), one.outer
        else:
            pairs, outer = (None, None), commitment(drawn.randbytes(32), TEXT)
        verdicts = [
            party.send(user, *chats, stamp=stamp, outer=outer)
            for party, stamp in zip((whole, broken), pairs, strict=True)
        ]
        assert verdicts[0] == verdicts[1]
        store.commit(broken.relay.take_changes(), broken.now)
        if step % 30 == 29:
            store.close()
            store = SqliteStore.open(tmp_path / "store")
            saved = store.load()
            relay = Relay(broken.roster, broken.relay.rows, broken.relay.settings, root=ROOT)
            relay.restore(saved)
            broken.relay = relay
            for user_, device in [*broken.sessions]:
                copies = broken.got(user_, device)
                session = broken.sessions[user_, device] = broken.log_in(user_, device)
                broken.heard[session] = [*copies]
    store.close()


def restored(path, policy, enforcement):
    """A party at a relay that goes on from a store, and the store."""
    store = SqliteStore.open(path)
    party = Party(policy, enforcement, journal=True)
    party.relay = Relay(party.roster, party.relay.rows, party.relay.settings, root=ROOT)
    saved = store.load()
    party.relay.restore(saved)
    party.sessions = {(user, 0): party.log_in(user, 0) for user in range(USERS)}
    return party, store, saved


@pytest.mark.parametrize("first", [Enforcement.CLEAR, Enforcement.RECEIPT])
def test_what_another_enforcement_left_in_a_store_expires_as_it_would_have(first, tmp_path):
    (other,) = {Enforcement.CLEAR, Enforcement.RECEIPT} - {first}
    policy, path = Policy("person", cap_person=3, cap_hour=9), tmp_path / "store"
    for enforcement, sender, tick in ((first, 0, 0), (other, 2, EXPIRY - 1)):
        party, store, saved = restored(path, policy, enforcement)
        party.now = tick
        party.elapse(0)
        assert party.send(sender, sender + 1, ~0) == ALLOWED
        assert party.send(sender + 1, 4, stamp=party.permit(sender + 1)) == ALLOWED
        party.elapse(tick > 0)
        store.commit(party.relay.take_changes(), party.now)
        store.close()
    store = SqliteStore.open(path)
    saved = store.load()
    store.close()
    records, lineages = len(saved.records), len(saved.lineages) + len(saved.people)
    assert (records, lineages) == ((0, 2) if first is Enforcement.CLEAR else (2, 0))
    assert [each.chats for each in saved.spent] == [1, 1]  # hours count under both
