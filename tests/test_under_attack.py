"""The script that attacks a server: what the attackers say, and what the table tells of it."""

from __future__ import annotations

import importlib
from itertools import islice
from pathlib import Path

import pytest

from chatsim.errors import RemoteProtocolError
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.framing import FRAME_MAX, Deframer
from chatsim.wire.messages import Act, Hello


@pytest.fixture
def attacks(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module("attacks")


@pytest.fixture
def script(attacks):
    return importlib.import_module("under_attack")


def said(attacks, name: str, number: int, pieces: int = 5) -> bytes:
    means = attacks.Means(1, dict.fromkeys(range(attacks.USERS), bytes(32)), 7)
    attack = next(each for each in attacks.ATTACKS if each.name == name)
    return b"".join(islice(attack.says(means, number), pieces))


def heard(data: bytes) -> list[object]:
    return [decode_inbound(*frame) for frame in Deframer(FRAME_MAX).feed(data)]


def test_attackers_that_look_honest_log_in_and_say_what_can_be_understood(attacks):
    for name in ("acts from one session", "one mailbox filled by strangers"):
        hello, *acts = heard(said(attacks, name, 1))
        assert isinstance(hello, Hello)
        assert [act.counter for act in acts] == list(range(1, len(acts) + 1))


def test_large_acts_go_to_friends_and_to_a_group_as_often_as_a_frame_can_name_it(attacks):
    _, to_friends, to_group = heard(said(attacks, "acts of 8,000 copies", 0, 3))
    assert isinstance(to_friends, Act)
    assert len(to_friends.chats) == 8_000
    assert to_group.chats == (~7,) * 8_192


@pytest.mark.parametrize("name", ["frames of 2 GiB", "garbage before and after login"])
def test_what_is_no_frame_is_found_out(attacks, name):
    with pytest.raises(RemoteProtocolError):
        heard(said(attacks, name, 0))


def test_what_a_server_counted_is_the_rise_of_what_tells_of_defence(script):
    before = {'chatsim_acts_refused_total{reason="mailbox_full"}': 2.0}
    after = {
        'chatsim_acts_refused_total{reason="mailbox_full"}': 1_502.0,
        'chatsim_sessions_ended_total{cause="lost"}': 9.0,
        'chatsim_sessions_ended_total{cause="breach"}': 3.0,
        "chatsim_logins_refused_total": 4.0,
        "chatsim_batches_total": 99.0,
    }
    told = script.difference(before, after)
    assert told == "acts refused (mailbox full) 1,500, sessions ended (breach) 3, logins refused 4"


def test_the_bound_is_three_batches_with_the_dearest_thing_begun_last(script):
    assert script.Costs(share=0.003, act=0.008).bound == pytest.approx(0.039)
    assert script.Costs(share=0.009, act=0.008).bound == pytest.approx(0.042)
