"""How much fits into a mailbox, for whom, and for how long."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve

from chatsim.model import ALLOWED, NoticeKind, Reason, Verdict
from chatsim.policy.presets import resolve
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Hello, Leave, Notify, Resume, Welcome
from tests.bench import Bench, Groups

OPEN = resolve("uncapped")
FULL = Verdict(Reason.MAILBOX_FULL)
SMALL = RelaySettings(mailbox_max=4, per_sender_max=2)


def small(members: Sequence[Sequence[int]] = (), **fields: int) -> Bench:
    return Bench(OPEN, Groups(10, members), evolve(SMALL, **fields))


# Quotas.


def test_a_stranger_who_fills_his_quota_leaves_room_for_others():
    bench = small()
    stranger, friend = bench.log_in(9), bench.log_in(2)
    verdicts = [bench.act(stranger, counter, 1) for counter in range(1, 5)]
    assert verdicts == [ALLOWED, ALLOWED, FULL, FULL]
    assert bench.act(friend, 1, 1) == ALLOWED
    assert bench.relay.books.refused_by_reason == {Reason.MAILBOX_FULL: 2}
    assert bench.act(stranger, 5, 2) == ALLOWED


def test_a_full_mailbox_refuses_everybody_until_its_device_acknowledges():
    bench = small()
    senders = [bench.log_in(user) for user in (2, 3, 4)]
    for counter in (1, 2):
        for sender in senders[:2]:
            assert bench.act(sender, counter, 1) == ALLOWED
    assert bench.act(senders[2], 1, 1) == FULL
    holder = bench.log_in(1)
    bench.acknowledge(holder, 1)
    assert bench.act(senders[2], 1, 1) == FULL
    assert bench.act(senders[2], 2, 1) == ALLOWED
    bench.acknowledge(holder, 5)
    assert [bench.act(senders[0], counter, 1) for counter in (3, 4, 5)] == [ALLOWED, ALLOWED, FULL]


def test_what_a_sender_has_acknowledged_no_longer_counts():
    bench = small(per_sender_max=3, mailbox_max=20)
    first, second, holder = bench.log_in(2), bench.log_in(3), bench.log_in(1)
    for counter in range(1, 4):
        bench.act(first, counter, 1)
        bench.act(second, counter, 1)
    assert bench.act(first, 4, 1) == FULL
    bench.acknowledge(holder, 1)
    assert bench.act(first, 5, 1) == ALLOWED
    assert bench.act(first, 6, 1) == FULL
    assert bench.act(second, 4, 1) == FULL


def test_an_act_is_refused_whole_when_one_contact_has_no_room():
    bench = small()
    sender, other = bench.log_in(0), bench.log_in(2)
    assert bench.act(sender, 1, 1, 1) == ALLOWED
    assert bench.act(sender, 2, 2, 1, 3) == FULL
    assert bench.copies(other) == []
    assert bench.relay.waiting == 2


def test_several_chats_of_an_act_to_the_same_contact_count_together():
    bench = small()
    sender = bench.log_in(0)
    assert bench.act(sender, 1, 1, 2, 1, 1) == FULL
    assert bench.act(sender, 2, 1, 2, 1) == ALLOWED
    assert bench.relay.waiting == 3


def test_every_device_of_a_contact_needs_room():
    bench = small()
    bench.log_in(1, 0)
    laptop = bench.log_in(1, 1)
    sender = bench.log_in(0)
    bench.act(sender, 1, 1, 1)
    bench.acknowledge(laptop, 2)
    assert bench.act(sender, 2, 1) == FULL


def test_in_a_group_a_full_mailbox_drops_that_members_copy_and_nobody_is_told():
    bench = small([[0, 1, 2]])
    sender, holder = bench.log_in(0), bench.log_in(2)
    bench.act(sender, 1, 1, 1)
    assert bench.act(sender, 2, ~0) == ALLOWED
    assert len(bench.copies(holder)) == 1
    assert bench.relay.books.dropped == 1
    assert bench.relay.books.originals == 3


@pytest.mark.parametrize("chats", [(~0, 1, 1), (1, ~0, 1), (1, 1, ~0)])
def test_a_groups_copy_does_not_take_the_room_of_a_contacts_copy(chats):
    bench = small([[0, 1]])
    assert bench.act(bench.log_in(0), 1, *chats) == ALLOWED
    copies = bench.copies(bench.log_in(1))
    assert [copy.group for copy in copies] == [None, None]
    assert bench.relay.books.dropped == 1


@pytest.mark.parametrize("chats", [(~0, 1), (1, ~0)])
def test_a_groups_copy_has_what_room_is_left(chats):
    bench = small([[0, 1]])
    bench.act(bench.log_in(2), 1, 1)
    assert bench.act(bench.log_in(0), 1, *chats) == ALLOWED
    assert len(bench.copies(bench.log_in(1))) == 3


def test_an_act_that_finds_no_room_uses_up_no_cap():
    bench = Bench(resolve("cap-2"), settings=RelaySettings(mailbox_max=1))
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1, 2)
    stamp = bench.copies(holder)[-1].stamp
    assert bench.act(holder, 1, 2, 3, stamp=stamp) == FULL
    assert bench.act(holder, 2, 3, 4, stamp=stamp) == ALLOWED


# Copies of one act.


@pytest.mark.parametrize("chats", [(~0,) * 4, (~0,) * 3 + (1, 2, 3), (1,) * 11])
def test_an_act_that_would_make_too_many_copies_is_refused_before_anything_is_posted(chats):
    settings = RelaySettings(copies_per_act_max=10)
    bench = Bench(resolve("cap-2"), Groups(10, [[0, 1, 2, 3]]), settings)
    sender, holder = bench.log_in(0), bench.log_in(1)
    over = Verdict(Reason.TOO_MANY_COPIES, 10)
    assert bench.act(sender, 1, *chats) == over
    assert bench.act(sender, 2, *chats[:3], 5) == ALLOWED
    assert bench.relay.books.refused_by_reason == {Reason.TOO_MANY_COPIES: 1}
    assert bench.act(sender, 1, *chats) == over
    stamp = bench.copies(holder)[0].stamp
    assert bench.act(holder, 1, *[2] * 11, stamp=stamp) == over
    assert bench.act(holder, 2, 2, 3, stamp=stamp) == ALLOWED
    assert bench.act(sender, 3, *chats, 99) == Verdict(Reason.UNAVAILABLE)


def test_without_a_bound_an_act_makes_as_many_copies_as_it_names():
    bench = Bench(OPEN, Groups(10, [range(10)]))
    assert bench.act(bench.log_in(0), 1, *[~0] * 2_000) == ALLOWED
    assert bench.relay.books.originals == 18_000


# Expiry.


def lasting(ticks: int) -> tuple[Bench, int]:
    bench = Bench(OPEN, settings=RelaySettings(expiry_ticks=ticks))
    return bench, bench.log_in(0)


def test_mail_for_an_absent_device_goes_when_it_is_too_old_and_the_device_goes_on_from_there():
    bench, sender = lasting(100)
    bench.log_in(1)
    for counter, body in enumerate([b"old", b"older", b"young"], 1):
        bench.now = 50 * (counter // 3)
        bench.act(sender, counter, 2, body=body)
    bench.elapse(49)
    assert bench.relay.waiting == 3
    bench.elapse(1)
    assert (bench.relay.waiting, bench.relay.books.expired) == (1, 2)
    holder = bench.open()
    assert bench.say(holder, Resume(2, 0, None, 0))[0] == Welcome(2, 0, 100)
    assert [copy.body for copy in bench.copies(holder)] == [b"young"]


def test_mail_on_its_way_to_a_device_that_is_here_stays_until_it_is_absent():
    bench, sender = lasting(100)
    holder = bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.elapse(500)
    assert bench.relay.waiting == 1
    bench.say(holder, Leave(0))
    bench.elapse(1)
    assert bench.relay.waiting == 0
    assert bench.say(bench.open(), Hello(1, 0))[0] == Welcome(1, 0, 501)


def test_mail_that_comes_later_is_looked_after_again():
    bench, sender = lasting(100)
    for counter in range(1, 4):
        bench.act(sender, counter, 1)
        bench.elapse(60)
    assert (bench.relay.waiting, bench.relay.books.expired) == (1, 2)
    bench.elapse(60)
    assert bench.relay.waiting == 0
    bench.act(sender, 4, 1)
    bench.elapse(100)
    assert bench.relay.books.expired == 4


def test_notices_expire_too():
    bench, sender = lasting(100)
    holder = bench.log_in(1)
    bench.say(sender, Leave(0))
    bench.say(holder, Notify(0, NoticeKind.READ, 0, 0, 1))
    bench.elapse(100)
    assert bench.relay.waiting == 0


def test_records_go_as_time_passes_though_nobody_acts():
    bench, sender = lasting(100)
    bench.act(sender, 1, 1)
    assert len(bench.relay._counting) == 1
    bench.elapse(99)
    assert len(bench.relay._counting) == 1
    bench.elapse(1)
    assert len(bench.relay._counting) == 0
