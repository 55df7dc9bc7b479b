"""What a device counts."""

from __future__ import annotations

import pytest

from chatsim.device import Device
from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED, NoticeKind, Reason, Verdict
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.framing import PREFIX, Deframer, header_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Copy,
    Decided,
    Hello,
    Leave,
    Notice,
    Notify,
    Presence,
    QuietAct,
    Resume,
    Subscribe,
    Welcome,
)

COPY = Copy(1, 0, 1, None, 0, 0, 0)


def read(head: bytes):
    return decode_inbound(header_of(head), b"")


def received(copies: int) -> Device:
    device = Device(7, 2)
    for _ in range(copies):
        device.receive(COPY)
    return device


def test_it_says_who_it_is():
    assert read(Device(7, 2).hello(b"token")) == Hello(7, 2, b"token")


def test_acts_are_counted_from_1_and_carry_the_acknowledgement():
    device = received(3)
    counter, head = device.act((8, -1), b"body", b"stamp")
    assert counter == 1
    assert read(head) == Act(3, 1, (8, -1), b"stamp")
    assert device.unacknowledged == 0
    assert device.act((8,), b"")[0] == 2


def test_a_head_leaves_room_for_the_body_that_follows():
    _, head = Device(7).act((8,), b"four")
    assert int.from_bytes(head[:4], "big") == len(head) - PREFIX + 2 + 4


def test_a_quiet_act_has_no_counter_and_is_not_sent_again():
    phone = received(3)
    head = phone.act_quietly((8, -1), b"body", b"stamp")
    assert decode_inbound(header_of(head), b"body") == QuietAct(3, (8, -1), b"stamp", None, b"body")
    assert (phone.counter, phone.unacknowledged, phone.unanswered) == (0, 0, {})
    phone.receive(Decided(0, Verdict(Reason.UNAVAILABLE)))
    assert phone.resend() == []


def test_acknowledging_and_leaving_cover_every_copy_received():
    device = received(2)
    assert device.unacknowledged == 2
    assert read(device.acknowledge()) == Acknowledge(2)
    assert device.unacknowledged == 0
    device.receive(COPY)
    assert read(device.leave()) == Leave(3)


def test_after_a_break_both_ends_count_from_the_relays_base():
    device = received(5)
    device.receive(Welcome(3, 0, 0))
    assert (device.received, device.acknowledged) == (3, 3)


def test_what_the_relay_no_longer_has_is_counted_and_both_ends_go_on_from_there():
    device = received(3)
    device.receive(Welcome(7, 0, 0))
    assert (device.received, device.acknowledged, device.expired) == (7, 7, 4)


def test_a_device_that_lost_its_memory_takes_over_the_relays_counter():
    device = Device(7)
    device.receive(Welcome(0, 5, 0))
    assert device.act((8,), b"")[0] == 6


def test_a_relay_that_lost_its_memory_is_refused():
    device = Device(7)
    device.act((8,), b"")
    device.receive(Decided(1, ALLOWED))
    device.act((8,), b"")
    device.receive(Welcome(0, 1, 0))
    with pytest.raises(RemoteProtocolError, match="answered this device up to 1"):
        device.receive(Welcome(0, 0, 0))


def test_resuming_says_how_much_was_received():
    assert read(received(3).resume(b"token")) == Resume(7, 2, b"token", 3)


def test_acts_without_a_verdict_are_sent_again_with_their_old_counters():
    device = received(1)
    for body in (b"first", b"second", b"third"):
        device.act((8,), body, b"stamp", 1)
    device.receive(Decided(1, ALLOWED))
    device.receive(COPY)
    device.receive(Welcome(2, 2, 0))
    frames = [frame for data in device.resend() for frame in Deframer().feed(data)]
    assert [decode_inbound(*frame) for frame in frames] == [
        Act(2, 2, (8,), b"stamp", None, 1, b"second"),
        Act(2, 3, (8,), b"stamp", None, 1, b"third"),
    ]


def test_notices_count_as_deliveries_and_presence_does_not():
    device = received(1)
    device.receive(Notice(NoticeKind.READ, 8, 1))
    device.receive(Presence(8, True))
    assert device.received == 2


def test_a_notice_is_addressed_to_the_device_that_sent_the_copy():
    copy = COPY._replace(sender=8, device=3, counter=5)
    device = received(1)
    assert read(device.notify(NoticeKind.READ, copy)) == Notify(1, NoticeKind.READ, 8, 3, 5)
    assert device.unacknowledged == 0


def test_it_asks_for_the_presence_of_contacts():
    assert read(Device(7).subscribe([8, 9])) == Subscribe((8, 9))


def test_a_verdict_on_an_act_never_sent_is_refused():
    device = Device(7)
    device.act((8,), b"")
    device.receive(Decided(1, ALLOWED))
    with pytest.raises(RemoteProtocolError, match="act 2"):
        device.receive(Decided(2, ALLOWED))
