"""What a device counts."""

from __future__ import annotations

import pytest

from chatsim.device import Device
from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED
from chatsim.wire.codec import decode_inbound
from chatsim.wire.framing import PREFIX, header_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Copy,
    Decided,
    Hello,
    Leave,
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


def test_a_relay_that_counts_more_than_was_received_is_refused():
    with pytest.raises(RemoteProtocolError, match="counts 4"):
        received(3).receive(Welcome(4, 0, 0))


def test_a_verdict_on_an_act_never_sent_is_refused():
    device = Device(7)
    device.act((8,), b"")
    device.receive(Decided(1, ALLOWED))
    with pytest.raises(RemoteProtocolError, match="act 2"):
        device.receive(Decided(2, ALLOWED))
