"""The relay: who gets which copy, one verdict per act, and what reads like a copy that one never got."""

from __future__ import annotations

import pytest

from chatsim.model import ALLOWED, HOP_MAX, Enforcement, Label, Reason, Verdict
from chatsim.policy import Policy, Tier
from chatsim.policy.presets import resolve
from chatsim.relay.relay import RelaySettings
from chatsim.wire.messages import Act, Copy, Decided, Hello, Welcome
from tests.bench import Bench, Groups, received, stamp_of

OPEN = resolve("uncapped")
LABELS = resolve("label-only")
CAP_2 = resolve("cap-2")
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)

# Delivery.


def test_an_original_reaches_every_contact_and_group_member_but_the_sender_once_per_chat():
    bench = Bench(LABELS, Groups(5, [[0, 1, 3]]))
    sessions = [bench.log_in(user) for user in range(5)]
    assert bench.act(sessions[0], 1, 1, 2, ~0, body=b"hello") == ALLOWED
    original = Copy(
        0, 0, 1, None, 0, Label.NONE, 0, stamp_of(bench, sessions[1]), None, 0, b"hello"
    )
    in_group = original._replace(group=0)
    assert bench.copies(sessions[1]) == [original, in_group]
    assert bench.copies(sessions[2]) == [original]
    assert bench.copies(sessions[3]) == [in_group]
    assert bench.copies(sessions[0]) == bench.copies(sessions[4]) == []
    assert bench.relay.books.copies == bench.relay.books.originals == 4


def test_a_forward_carries_one_hop_more_and_the_label_of_the_copy_made():
    bench = Bench(LABELS)
    sessions = [bench.log_in(user) for user in range(9)]
    bench.act(sessions[0], 1, 1)
    labels = []
    for user in range(1, 8):
        bench.act(sessions[user], 1, user + 1, stamp=stamp_of(bench, sessions[user]))
        copy = received(bench, sessions[user + 1])
        assert copy.hop == user
        labels.append(copy.label)
    assert labels == [1, 1, 1, 1, 2, 2, 2]
    assert bench.relay.books.forwards == 7


def test_a_hop_stops_at_its_largest_value():
    bench = Bench(OPEN)
    ends = [bench.log_in(0), bench.log_in(1)]
    bench.act(ends[0], 1, 1)
    counters = [1, 0]
    for step in range(1, HOP_MAX + 4):
        user = step % 2
        counters[user] += 1
        bench.act(ends[user], counters[user], 1 - user, stamp=stamp_of(bench, ends[user]))
    assert received(bench, ends[0]).hop == HOP_MAX


def test_every_device_of_a_user_gets_the_copy():
    bench = Bench(OPEN)
    sender, phone, laptop = bench.log_in(0), bench.log_in(1, 0), bench.log_in(1, 7)
    bench.act(sender, 1, 1)
    assert bench.copies(phone) == bench.copies(laptop)
    assert bench.relay.books.copies == 1


def test_a_user_who_never_logged_in_finds_the_mail_on_the_first_device():
    bench = Bench(OPEN)
    bench.act(bench.log_in(0), 1, 1)
    late = bench.log_in(1)
    assert len(bench.copies(late)) == 1


# One verdict per act.


def test_an_act_sent_again_gets_the_same_verdict_and_delivers_nothing_more():
    bench = Bench(CAP_2)
    sender, other = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.act(other, 1, 0, 2, 3, stamp=stamp_of(bench, other))
    for _ in range(3):
        assert bench.act(sender, 1, 1) == ALLOWED
        assert bench.act(other, 1, 0) == Verdict(Reason.CHATS_PER_ACTION, 2)
    assert len(bench.copies(other)) == 1
    assert bench.copies(sender) == []


def test_verdicts_outlive_the_session():
    bench = Bench(OPEN)
    sender = bench.log_in(0)
    bench.act(sender, 1, 1)
    bench.close(sender)
    again = bench.open()
    assert bench.say(again, Hello(0, 0)) == [Welcome(0, 1, 0)]
    assert bench.act(again, 1, 1) == ALLOWED
    assert bench.relay.books.acts == 1


@pytest.mark.parametrize("counter", [0, 3])
def test_a_counter_that_is_neither_next_nor_known_ends_the_session(counter):
    bench = Bench(OPEN)
    sender = bench.log_in(0)
    bench.act(sender, 1, 1)
    bench.say(sender, Act(0, counter, (1,)))
    assert "counter" in bench.refusal(sender)


# What cannot be had reads alike.


def test_unknown_user_foreign_group_forged_stamp_and_a_copy_never_received_read_alike():
    bench = Bench(OPEN, Groups(12, [[1, 2, 3], [1, 4, 5], [1, 6]]))
    sender, holder, stranger = (bench.log_in(user) for user in (0, 1, 9))
    bench.act(sender, 1, 1)
    stamp = stamp_of(bench, holder)
    refused = [
        bench.act(stranger, 1, 99),
        bench.act(stranger, 2, ~0),
        bench.act(stranger, 3, ~77),
        bench.act(stranger, 4, 9),
        bench.act(stranger, 5, 2, stamp=stamp),
        bench.act(stranger, 6, 2, stamp=(1 << 40).to_bytes(8, "big")),
        bench.act(stranger, 7, 2, stamp=b"forged"),
        bench.act(stranger, 8, 2, 99),
    ]
    assert refused == [UNAVAILABLE] * 8
    assert bench.copies(stranger) == []
    assert bench.relay.books.copies == 1
    assert bench.relay.books.refused == 8


def test_the_sender_of_a_copy_did_not_receive_it_through_the_group_it_went_to():
    bench = Bench(OPEN, Groups(4, [[0, 1, 2]]))
    sender, member = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, ~0)
    stamp = stamp_of(bench, member)
    assert bench.act(sender, 2, 3, stamp=stamp) == UNAVAILABLE
    assert bench.act(member, 1, 3, stamp=stamp) == ALLOWED


def test_a_copy_can_be_forwarded_until_it_expires():
    bench = Bench(OPEN, settings=RelaySettings(expiry_ticks=100))
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    stamp = stamp_of(bench, holder)
    bench.now = 99
    assert bench.act(sender, 2, 2) == ALLOWED
    assert bench.act(holder, 1, 2, stamp=stamp) == ALLOWED
    bench.now = 100
    bench.act(sender, 3, 2)
    assert bench.act(holder, 2, 2, stamp=stamp) == UNAVAILABLE


def test_in_a_driven_run_a_copy_can_be_forwarded_until_the_run_ends():
    bench = Bench(OPEN, settings=RelaySettings(expiry_ticks=100, drivers=1))
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    stamp = stamp_of(bench, holder)
    bench.now = 1_000_000
    bench.act(sender, 2, 2)
    assert bench.act(holder, 1, 2, stamp=stamp) == ALLOWED


def test_under_client_enforcement_the_relay_stamps_nothing_and_judges_nothing():
    settings = RelaySettings(enforcement=Enforcement.CLIENT)
    bench = Bench(Policy("capped", tiers=(Tier(chats=0),), hop_limit=0), settings=settings)
    sender, holder = bench.log_in(0), bench.log_in(1)
    assert bench.act(sender, 1, 1, 2, 3, 4, body=b"\x00\x07") == ALLOWED
    assert bench.copies(holder) == [Copy(0, 0, 1, None, None, None, 0, None, None, 0, b"\x00\x07")]
    assert bench.act(holder, 1, 2, stamp=bytes(8)) == UNAVAILABLE


def test_the_verdict_comes_after_the_copies_it_stands_for():
    bench = Bench(OPEN, Groups(3, [[0, 1]]))
    sender = bench.log_in(0)
    told = bench.say(sender, Act(0, 1, (~0, 2)))
    assert told == [Decided(1, ALLOWED)]
