"""The tick at which the relay judges, and who may move it."""

from __future__ import annotations

import trio

from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.server.clocks import clock_of
from chatsim.server.options import ClockKind, ServeOptions
from chatsim.server.sessions import LOGIN_SECONDS
from chatsim.wire.messages import Begin, Begun, Drive, Hello, Welcome
from tests.serving import DRIVEN, ROSTER, UNCAPPED


def ticks(kind: ClockKind, scale: float = 1.0):
    relay = Relay(ROSTER, (compile_row(UNCAPPED),), RelaySettings(drivers=1, secret=b"secret"))
    options = ServeOptions(ROSTER, UNCAPPED, clock=kind, scale=scale, secret=b"secret")
    return clock_of(options, relay), relay


async def test_a_real_clock_counts_seconds_and_a_scaled_one_goes_faster(mock_clock):
    real, _ = ticks(ClockKind.REAL)
    scaled, _ = ticks(ClockKind.SCALED, 3_600.0)
    mock_clock.jump(2.5)
    assert (real(), scaled()) == (2, 9_000)


async def test_a_driven_clock_stands_where_its_drivers_put_it(mock_clock):
    driven, relay = ticks(ClockKind.DRIVEN)
    mock_clock.jump(100)
    assert driven() == 0
    assert relay.barrier is not None
    relay.barrier.tick = 43_200
    assert driven() == 43_200


async def test_a_cap_is_fresh_again_on_the_clock_of_the_server(server, mock_clock):
    await server.start(policy=resolve("cap-1"))
    async with server.chat(0) as one, server.chat(1) as other:
        await one.send("hello", to=[1])
        copy = await anext(other)
        assert await other.forward(copy, to=[2]) == ALLOWED
        assert await other.forward(copy, to=[3]) == Verdict(Reason.CHATS_PER_ACTION, 0)
        mock_clock.jump(15)
        assert await other.forward(copy, to=[3]) == ALLOWED


# The driven clock.


async def test_a_driver_without_the_secret_is_refused(server):
    await server.start(**DRIVEN)
    stranger = await server.peer(Drive(b"guess"))
    assert await stranger.refusal() == "this clock is not driven, or not with this secret"
    await server.stop()


async def test_a_real_clock_knows_no_driver(server):
    await server.start()
    stranger = await server.peer(Drive(b""))
    assert await stranger.refusal() == "this clock is not driven, or not with this secret"


async def test_a_driver_is_not_put_out_for_being_silent(server, autojump_clock):
    await server.start(**DRIVEN)
    driver = await server.peer(Drive(b"secret"))
    await trio.sleep(100 * LOGIN_SECONDS)
    await driver.say(Begin())
    assert await driver.hear() == Begun()
    await driver.stream.aclose()


async def test_a_driven_server_ends_with_its_last_driver(server):
    await server.start(**DRIVEN)
    driver = await server.peer(Drive(b"secret"), Hello(0, 0))
    assert "hello is not for this session" in await driver.refusal()
    assert (await server.stopped()).failure is None


async def test_a_session_lost_in_the_middle_of_a_driven_run_fails_the_run(server):
    await server.start(**DRIVEN)
    person, driver = await server.peer(Hello(3, 0)), await server.peer(Drive(b"secret"))
    assert isinstance(await person.hear(), Welcome)
    await driver.say(Begin())
    assert await driver.hear() == Begun()
    await person.stream.aclose()
    failure = "the session of user 3 was lost in the middle of a driven run"
    assert (await server.stopped()).failure == failure
    assert await driver.refusal() == failure


async def test_a_driven_server_whose_driver_never_comes_gives_up(server, autojump_clock):
    await server.start(**DRIVEN)
    assert (await server.stopped()).failure == "no driver came within 60 seconds"
