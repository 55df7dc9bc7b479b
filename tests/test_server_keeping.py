"""A server with a store takes over where the last one stopped, or was killed."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError, StoreError
from chatsim.model import ALLOWED, Enforcement, Traceability
from chatsim.policy import compile_row
from chatsim.relay.changes import Saved
from chatsim.relay.relay import Relay
from chatsim.relay.settings import RelaySettings
from chatsim.server.clocks import clock_of
from chatsim.server.options import ClockKind, ServeOptions
from chatsim.server.server import _roots, serve
from chatsim.store.location import StoreLocation
from chatsim.store.sqlite import SqliteStore
from chatsim.wire.messages import Act, Copy, Decided
from tests.serving import ROSTER, UNCAPPED, Running


@pytest.fixture
def location(tmp_path) -> StoreLocation:
    return StoreLocation(tmp_path / "mail.db")


async def test_mail_waits_in_the_store_for_the_next_server(nursery, plain, location):
    first, second = Running(nursery, plain), Running(nursery, plain)
    await first.start(store=location)
    async with first.chat(0) as one:
        assert await one.send("hello", to=[1]) == ALLOWED
    assert (await first.stop()).failure is None
    await second.start(store=location)
    async with second.chat(1) as other:
        assert (await anext(other)).body == b"hello"
    await second.stop()


async def test_a_disk_that_fails_stops_the_server_and_the_operator_alone_hears_the_path(
    nursery, plain, location, monkeypatch
):
    def commit(store, changes, tick):
        raise StoreError("cannot write mail.db: no space left on device")

    server = Running(nursery, plain)
    await server.start(store=location)
    one = await server.logged_in(0)
    monkeypatch.setattr(SqliteStore, "commit", commit)
    await one.say(Act(0, 1, (1,)), b"hello")
    assert await one.refusal() == "the server stops: it cannot keep what it is sent"
    assert (await server.stopped()).failure == "cannot write mail.db: no space left on device"
    monkeypatch.undo()
    again = Running(nursery, plain)
    await again.start(store=location)
    one = await again.logged_in(0)
    await one.say(Act(0, 1, (1,)), b"hello")
    assert await one.hear() == Decided(1, ALLOWED)
    await one.gone()
    async with again.chat(1) as other:
        assert isinstance(await anext(other), Copy)
    await again.stop()


async def test_a_store_that_cannot_be_opened_gives_one_sentence(location):
    location.path.write_bytes(b"a text, and no database" * 100)
    with pytest.raises(ConfigurationError, match="is no store"):
        await serve(ServeOptions(ROSTER, UNCAPPED, store=location))


def test_a_driven_clock_takes_no_store(location):
    with pytest.raises(ConfigurationError, match="store"):
        ServeOptions(ROSTER, UNCAPPED, clock=ClockKind.DRIVEN, secret=b"s", store=location)


@pytest.mark.parametrize(
    ("saved_tick", "away_seconds", "first"),
    [(10, 100.0, 200), (500, 100.0, 500), (7, -3_600.0, 7)],
    ids=["time has passed", "the last commit was later", "the wall clock was set back"],
)
async def test_the_clock_goes_on_from_what_was_saved(
    saved_tick, away_seconds, first, mock_clock, monkeypatch
):
    monkeypatch.setattr("chatsim.server.clocks.time.time", lambda: 1e9 + away_seconds)
    relay = Relay(ROSTER, (compile_row(UNCAPPED),), RelaySettings())
    options = ServeOptions(ROSTER, UNCAPPED, clock=ClockKind.SCALED, scale=2.0)
    now = clock_of(options, relay, Saved(tick=saved_tick, epoch_seconds=1e9))
    assert now() == first
    mock_clock.jump(3)
    assert now() == first + 6


@pytest.mark.parametrize("enforcement", [Enforcement.CLEAR, Enforcement.RECEIPT])
def test_a_root_that_a_store_has_of_another_mode_goes_from_it_when_it_is_an_escrows(enforcement):
    escrowed = ServeOptions(
        ROSTER,
        UNCAPPED,
        enforcement=enforcement,
        traceability=Traceability.TAG_ESCROWED,
        root=b"r" * 32,
    )
    escrow, relays = _roots(escrowed, Saved(root=b"r" * 32))
    assert escrow == b"r" * 32
    assert relays != escrow
    assert _roots(escrowed, Saved(root=relays))[1] == relays
