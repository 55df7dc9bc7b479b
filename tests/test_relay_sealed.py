"""Sealed bodies through the relay: each chat gets its own key only, and one that takes nothing else says so."""

from __future__ import annotations

import pytest

from chatsim.device import Device
from chatsim.model import ALLOWED, Reason, Verdict, chat_of_group
from chatsim.policy import Policy
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Act, Copy, Decided, QuietAct
from tests.bench import Bench, Groups

TO_GROUP, TO_ALONE = chat_of_group(0), chat_of_group(1)
KEYS = [bytes([number]) * 48 for number in range(1, 6)]
SEALED = RelaySettings(sealed_only=True)


def bench(settings: RelaySettings = SEALED) -> Bench:
    return Bench(Policy("uncapped"), Groups(6, [[0, 1, 2], [0]]), settings)


def sealed(counter: int, *chats: int, notices: int = 0) -> tuple[Act, bytes]:
    keys = b"".join(KEYS[: len(chats)])
    return Act(0, counter, chats, notices=notices, keys=keys), keys + b"body"


def test_each_chat_gets_its_own_key_and_all_the_same_body() -> None:
    relay = bench()
    sessions = [relay.log_in(user) for user in range(5)]
    relay.say(sessions[0], *sealed(1, 3, TO_GROUP, 4, TO_ALONE))
    for user, key, group in ((3, 0, None), (1, 1, 0), (2, 1, 0), (4, 2, None)):
        (copy,) = [got for got in relay.heard[sessions[user]] if isinstance(got, Copy)]
        assert (copy.key, copy.group, copy.body) == (KEYS[key], group, b"body")
    assert not any(isinstance(got, Copy) for got in relay.heard[sessions[0]])


def test_a_chat_named_twice_gets_a_copy_by_each_key() -> None:
    relay = bench()
    sender, reader = relay.log_in(0), relay.log_in(3)
    relay.say(sender, *sealed(1, 3, 3))
    assert [got.key for got in relay.heard[reader] if isinstance(got, Copy)] == KEYS[:2]


def test_every_device_of_a_user_gets_the_key() -> None:
    relay = bench()
    sender, phone, laptop = relay.log_in(0), relay.log_in(3), relay.log_in(3, device=1)
    relay.say(sender, *sealed(1, 3))
    assert relay.heard[phone][-1] == relay.heard[laptop][-1]
    assert relay.heard[phone][-1].key == KEYS[0]


def test_notices_can_be_asked_for() -> None:
    relay = bench()
    sender, reader = relay.log_in(0), relay.log_in(3)
    relay.say(sender, *sealed(1, 3, notices=3))
    assert relay.heard[reader][-1].notices == 3


def test_what_can_be_read_is_refused_where_only_sealed_bodies_go() -> None:
    relay = bench()
    sender, reader = relay.log_in(0), relay.log_in(3)
    assert relay.act(sender, 1, 3) == Verdict(Reason.NOT_SEALED)
    told = relay.say(sender, QuietAct(0, (3,)), b"body")
    assert told == [Decided(0, Verdict(Reason.NOT_SEALED))]
    assert relay.relay.books.refused_by_reason == {Reason.NOT_SEALED: 2}
    assert len(relay.heard[reader]) == 1


def test_other_relays_take_both() -> None:
    relay = bench(RelaySettings())
    sender, reader = relay.log_in(0), relay.log_in(3)
    assert relay.act(sender, 1, 3) == ALLOWED
    relay.say(sender, *sealed(2, 3))
    assert [got.key for got in relay.heard[reader][1:]] == [None, KEYS[0]]


def test_who_stays_away_finds_sealed_mail() -> None:
    relay = bench()
    sender = relay.log_in(0)
    relay.say(sender, *sealed(1, 3, TO_GROUP))
    reader = relay.log_in(3)
    assert relay.heard[reader][-1].key == KEYS[0]


@pytest.mark.parametrize("body", [b"", b"body"])
def test_an_act_is_sent_again_with_its_keys(body: bytes) -> None:
    device = Device(0)
    keys = KEYS[0] + KEYS[1]
    _, head = device.act((3, 4), body, keys=keys)
    assert device.resend() == [head + keys + body]
