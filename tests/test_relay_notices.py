"""Notices: asked for per message, addressed by the reader, and delivered like copies."""

from __future__ import annotations

import pytest

from chatsim.model import ALLOWED, NoticeKind
from chatsim.policy.presets import resolve
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Hello, Notice, Notify, Welcome
from tests.bench import Bench

OPEN = resolve("uncapped")
READ, DELIVERED = NoticeKind.READ, NoticeKind.DELIVERED


def test_a_copy_says_what_its_sender_asks_to_be_told_and_a_plain_one_says_nothing():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    assert bench.act(sender, 1, 1, notices=READ | DELIVERED) == ALLOWED
    assert bench.act(sender, 2, 1) == ALLOWED
    assert [copy.notices for copy in bench.copies(holder)] == [3, 0]


def test_a_notice_goes_to_the_device_that_sent_and_to_no_other():
    bench = Bench(OPEN)
    phone, laptop, holder = bench.log_in(0, 0), bench.log_in(0, 1), bench.log_in(1)
    bench.act(laptop, 1, 1, notices=READ)
    assert bench.say(holder, Notify(1, READ, 0, 1, 1)) == []
    assert bench.heard[laptop][-1] == Notice(READ, 1, 1)
    assert not any(isinstance(message, Notice) for message in bench.heard[phone])
    assert bench.relay.books.notices == 1
    assert bench.relay.waiting == 1


def test_a_notice_waits_for_an_absent_device_and_is_acknowledged_like_a_copy():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1, notices=READ)
    bench.close(sender)
    bench.say(holder, Notify(1, READ, 0, 0, 1))
    bench.act(holder, 1, 0, acknowledged=1)
    again = bench.open()
    welcome, notice, copy = bench.say(again, Hello(0, 0))
    assert (welcome, notice) == (Welcome(0, 1, 0), Notice(READ, 1, 1))
    assert copy == bench.copies(again)[0]
    bench.acknowledge(again, 2)
    assert bench.relay.waiting == 0


@pytest.mark.parametrize(("user", "device"), [(0, 7), (5, 0), (99, 0)])
def test_a_notice_to_nobody_tells_its_sender_nothing(user, device):
    bench = Bench(OPEN)
    bench.log_in(0)
    holder = bench.log_in(1)
    assert bench.say(holder, Notify(0, READ, user, device, 1)) == []
    assert holder not in bench.ended
    assert bench.relay.waiting == bench.relay.books.notices == 0


def test_notices_to_a_full_mailbox_are_dropped_and_counted():
    bench = Bench(OPEN, settings=RelaySettings(mailbox_max=10, per_sender_max=3))
    bench.log_in(0)
    holder = bench.log_in(1)
    for counter in range(5):
        bench.say(holder, Notify(0, READ, 0, 0, counter))
    assert (bench.relay.books.notices, bench.relay.books.dropped) == (3, 2)


def test_a_notice_carries_the_acknowledgement():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1, notices=DELIVERED)
    bench.say(holder, Notify(1, DELIVERED, 0, 0, 1))
    bench.acknowledge(sender, 1)
    assert bench.relay.waiting == 0
