"""Who gets in, what comes again after a break, and how a session ends."""

from __future__ import annotations

import hashlib

import pytest

from chatsim.model import ALLOWED, NoticeKind
from chatsim.policy.presets import resolve
from chatsim.relay.admission import Tokens
from chatsim.relay.mailbox import VERDICTS_KEPT
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import (
    Act,
    Begin,
    Decided,
    Drive,
    Hello,
    Leave,
    Next,
    Notify,
    Refusal,
    Resume,
    Sent,
    Subscribe,
    Welcome,
)
from tests.bench import Bench

OPEN = resolve("uncapped")
DRIVEN = RelaySettings(drivers=1, secret=b"secret")
TOKEN = bytes(range(32))


def test_a_second_login_of_a_device_replaces_the_first():
    bench = Bench(OPEN)
    first = bench.log_in(1)
    second = bench.log_in(1)
    assert bench.refusal(first) == "this device logged in elsewhere"
    bench.close(first)
    bench.act(bench.log_in(0), 1, 1)
    assert len(bench.copies(second)) == 1


def test_what_was_not_acknowledged_comes_again_on_the_next_session():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    for counter in range(1, 4):
        bench.act(sender, counter, 1, body=bytes([counter]))
    bench.acknowledge(holder, 1)
    bench.close(holder)
    again = bench.open()
    told = bench.say(again, Hello(1, 0))
    assert told[0] == Welcome(1, 0, 0)
    assert [copy.body for copy in bench.copies(again)] == [b"\x02", b"\x03"]
    bench.acknowledge(again, 3)
    bench.say(again, Leave(3))
    assert bench.say(bench.open(), Hello(1, 0)) == [Welcome(3, 0, 0)]


def test_an_acknowledgement_rides_on_an_act():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.act(holder, 1, 0, acknowledged=1)
    assert bench.say(bench.open(), Hello(1, 0)) == [Welcome(1, 1, 0)]


@pytest.mark.parametrize("count", [2, 0])
def test_an_acknowledgement_of_what_was_never_sent_or_taken_back_ends_the_session(count):
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.acknowledge(holder, 1)
    bench.acknowledge(holder, 3 * count)
    assert "acknowledgement" in bench.refusal(holder)


def test_a_breach_ends_its_own_session_and_nobody_elses():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    hostile = bench.open()
    bench.say_bytes(hostile, b"\xc1 no msgpack")
    assert bench.ended == {hostile}
    assert isinstance(bench.heard[hostile][-1], Refusal)
    bench.act(sender, 1, 1)
    assert len(bench.copies(holder)) == 1


@pytest.mark.parametrize(
    "message",
    [
        Act(0, 1, (1,)),
        Leave(0),
        Notify(0, NoticeKind.READ, 1, 0, 1),
        Subscribe((1,)),
        Begin(),
        Next(3),
        Sent(0),
    ],
)
def test_nobody_acts_or_drives_before_saying_who_it_is(message):
    bench = Bench(OPEN, settings=DRIVEN)
    stranger = bench.open()
    bench.say(stranger, message)
    assert "is not for this session" in bench.refusal(stranger)


def test_a_user_outside_the_roster_is_refused():
    bench = Bench(OPEN)
    stranger = bench.open()
    bench.say(stranger, Hello(10, 0))
    assert bench.refusal(stranger) == "login refused"


def test_whoever_is_logged_in_may_send_larger_frames():
    bench = Bench(OPEN, settings=DRIVEN)
    user, driver = bench.log_in(0), bench.open()
    assert bench.widened == {user}
    bench.say(driver, Drive(b"secret"))
    assert bench.widened == {user, driver}


@pytest.mark.parametrize("second", [Hello(0, 0), Hello(1, 0), Resume(0, 0, None, 0)])
def test_nobody_logs_in_twice_on_one_session(second):
    bench = Bench(OPEN)
    session = bench.log_in(0)
    bench.say(session, second)
    assert "is not for this session" in bench.refusal(session)
    assert bench.relay.books.breaches == 1


# Who gets in.


def guarded() -> Bench:
    return Bench(OPEN, admission=Tokens({1: hashlib.sha256(TOKEN).digest(), 99: bytes(32)}))


def test_a_token_opens_the_door_for_its_user():
    bench = guarded()
    assert bench.say(bench.open(), Hello(1, 0, TOKEN)) == [Welcome(0, 0, 0)]
    assert bench.say(bench.open(), Resume(1, 0, TOKEN, 0)) == [Welcome(0, 0, 0)]
    assert bench.relay.books.logins == 2


@pytest.mark.parametrize(
    "hello",
    [
        Hello(1, 0, bytes(32)),
        Hello(1, 0, None),
        Hello(2, 0, TOKEN),
        Hello(99, 0, TOKEN),
        Resume(1, 0, bytes(32), 0),
        Resume(1, 0, bytes(32), 7),
    ],
)
def test_an_unknown_user_and_a_wrong_token_read_alike_and_leave_nothing_behind(hello):
    bench = guarded()
    present = bench.open()
    bench.say(present, Hello(1, 0, TOKEN))
    stranger = bench.open()
    bench.say(stranger, hello)
    assert bench.refusal(stranger) == "login refused"
    assert stranger not in bench.widened
    assert present not in bench.ended
    assert (bench.relay.books.logins_refused, bench.relay.books.breaches) == (1, 0)
    assert bench.act(present, 1, 2) == ALLOWED
    bench.acknowledge(present, 0)


def test_a_user_has_a_bounded_number_of_devices_and_those_that_are_known_still_get_in():
    bench = Bench(OPEN, settings=RelaySettings(devices_max=2))
    bench.log_in(1, 0)
    bench.log_in(1, 7)
    third = bench.open()
    bench.say(third, Hello(1, 8))
    assert bench.refusal(third) == "user 1 has 2 devices, and may have no more"
    assert bench.relay.books.logins_refused == 1
    bench.log_in(1, 7)
    bench.log_in(2, 8)


# Resuming.


def test_what_was_received_before_a_break_does_not_come_twice_and_nothing_is_lost():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    for counter in range(1, 5):
        bench.act(sender, counter, 1, body=bytes([counter]))
    bench.acknowledge(holder, 1)
    bench.close(holder)
    again = bench.open()
    told = bench.say(again, Resume(1, 0, None, 3))
    assert told[0] == Welcome(3, 0, 0)
    assert [copy.body for copy in bench.copies(again)] == [b"\x04"]
    assert bench.relay.waiting == 1
    bench.act(sender, 5, 1, body=b"\x05")
    bench.acknowledge(again, 5)
    assert bench.relay.waiting == 0


def test_resuming_replaces_a_session_that_the_relay_still_holds_for_alive():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    again = bench.open()
    assert bench.say(again, Resume(1, 0, None, 1)) == [Welcome(1, 0, 0)]
    assert bench.refusal(holder) == "this device logged in elsewhere"
    bench.act(sender, 2, 1)
    assert len(bench.copies(again)) == 1


def test_a_device_that_says_it_received_less_goes_on_from_where_the_relay_stands():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    bench.acknowledge(holder, 1)
    assert bench.say(bench.open(), Resume(1, 0, None, 0)) == [Welcome(1, 0, 0)]


@pytest.mark.parametrize("device", [0, 5])
def test_a_device_cannot_have_received_more_than_it_was_sent(device):
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.act(sender, 1, 1)
    again = bench.open()
    bench.say(again, Resume(1, device, None, 2))
    assert "received 2 deliveries" in bench.refusal(again)
    assert holder not in bench.ended
    assert bench.relay.waiting == 1


def test_an_act_that_was_decided_before_a_break_gets_the_same_verdict_after_it():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    lost = bench.say(sender, Act(0, 1, (1, 2)))
    bench.close(sender)
    again = bench.open()
    assert bench.say(again, Resume(0, 0, None, 0)) == [Welcome(0, 1, 0)]
    assert bench.say(again, Act(0, 1, (1, 2))) == lost == [Decided(1, ALLOWED)]
    assert len(bench.copies(holder)) == 1


def test_at_most_256_acts_can_be_asked_for_again():
    bench = Bench(OPEN)
    sender = bench.log_in(0)
    for counter in range(1, VERDICTS_KEPT + 2):
        bench.act(sender, counter, 1)
    assert bench.act(sender, 2, 1) == ALLOWED
    bench.say(sender, Act(0, 1, (1,)))
    assert "counter 1;" in bench.refusal(sender)


def test_every_breach_is_counted_and_its_sentence_is_bounded():
    bench = Bench(OPEN)
    for header in (b"\xc1", b"\x91\x63", b"\xd9\xff" + b"x" * 255):
        hostile = bench.open()
        bench.say_bytes(hostile, header)
        assert 0 < len(bench.refusal(hostile)) <= 200
    assert bench.relay.books.breaches == 3


def test_what_a_session_says_after_its_end_is_not_heard():
    bench = Bench(OPEN)
    sender, holder = bench.log_in(0), bench.log_in(1)
    bench.say(sender, Hello(0, 0))
    assert bench.say(sender, Act(0, 1, (1,))) == []
    assert bench.copies(holder) == []
