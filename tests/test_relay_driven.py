"""The driven clock: it moves when every copy is delivered, and only whoever knows the secret moves it."""

from __future__ import annotations

import pytest

from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.settings import RelaySettings
from chatsim.wire.messages import Begin, Begun, Drive, End, Go, Leave, Next, Sent, Settled
from tests.bench import Bench

OPEN = resolve("uncapped")
UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
DRIVEN = RelaySettings(drivers=1, secret=b"secret")


def stamp_of(bench: Bench, session: int) -> bytes | None:
    return bench.copies(session)[-1].stamp


def driven(users: int = 2) -> tuple[Bench, int, list[int]]:
    bench = Bench(OPEN, settings=DRIVEN)
    sessions = [bench.log_in(user) for user in range(users)]
    driver = bench.open()
    bench.say(driver, Drive(b"secret"))
    assert bench.say(driver, Begin()) == [Begun()]
    return bench, driver, sessions


@pytest.mark.parametrize("settings", [DRIVEN, RelaySettings()])
def test_a_driver_without_the_secret_is_refused(settings):
    bench = Bench(OPEN, settings=settings)
    stranger = bench.open()
    bench.say(stranger, Drive(b"guess"))
    assert bench.refusal(stranger) == "this clock is not driven, or not with this secret"


def test_a_device_cannot_drive():
    bench = Bench(OPEN, settings=DRIVEN)
    user = bench.log_in(0)
    bench.say(user, Drive(b"secret"))
    assert "drive is not for this session" in bench.refusal(user)


def test_the_clock_waits_until_every_copy_is_acknowledged():
    bench, driver, (sender, holder) = driven()
    assert bench.say(driver, Next(5)) == [Go(5)]
    bench.act(sender, 1, 1)
    assert bench.say(driver, Sent(5)) == []
    bench.acknowledge(holder, 1)
    assert bench.heard[driver][-1] == Settled(5)
    assert bench.say(driver, Next(None)) == [End()]


def test_a_policy_changes_between_two_ticks_so_that_acts_of_one_are_judged_alike():
    bench, driver, (sender, holder, _) = driven(3)
    bench.say(driver, Next(5))
    bench.act(sender, 1, 1)
    stamp = stamp_of(bench, holder)
    bench.relay.change_policy((compile_row(resolve("cap-0")),))
    assert bench.act(holder, 1, 2, stamp=stamp) == ALLOWED
    for session in (holder, 2):
        bench.acknowledge(session, 1)
    assert bench.say(driver, Sent(5)) == [Settled(5)]
    assert bench.say(driver, Next(100)) == [Go(100)]
    assert bench.act(holder, 2, 2, stamp=stamp, acknowledged=1).reason is Reason.CHATS_PER_ACTION


def test_copies_for_the_absent_do_not_hold_the_clock():
    bench, driver, (sender, holder) = driven()
    bench.say(holder, Leave(0))
    bench.say(driver, Next(5))
    bench.act(sender, 1, 1)
    assert bench.say(driver, Sent(5)) == [Settled(5)]


def test_whoever_leaves_with_mail_on_its_way_does_not_hold_the_clock():
    bench, driver, (sender, holder) = driven()
    bench.say(driver, Next(5))
    bench.act(sender, 1, 1)
    bench.say(driver, Sent(5))
    bench.say(holder, Leave(0))
    assert bench.heard[driver][-1] == Settled(5)
    assert bench.aborted == []


def test_a_new_run_forgets_mail_records_and_counters():
    bench, driver, (sender, holder) = driven()
    bench.say(driver, Next(5))
    bench.act(sender, 1, 1)
    stamp = stamp_of(bench, holder)
    bench.acknowledge(holder, 1)
    bench.say(driver, Sent(5))
    bench.say(driver, Next(None))
    bench.say(driver, Begin())
    assert bench.act(holder, 1, 0, stamp=stamp) == UNAVAILABLE
    assert bench.act(sender, 1, 1) == ALLOWED
    assert stamp_of(bench, holder) == stamp


@pytest.mark.parametrize("who", ["user", "driver"])
def test_a_session_lost_in_the_middle_of_a_driven_run_ends_the_run(who):
    bench, driver, (sender, _) = driven()
    bench.close(driver if who == "driver" else sender)
    name = "a driver" if who == "driver" else "user 0"
    assert bench.aborted == [f"the session of {name} was lost in the middle of a driven run"]


def test_a_session_lost_between_two_runs_ends_nothing():
    bench, driver, (sender, _) = driven()
    bench.say(driver, Next(None))
    bench.close(sender)
    assert bench.aborted == []
