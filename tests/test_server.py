"""The server process: who is let in, who is put out, and how it stops."""

from __future__ import annotations

import socket

import pytest
import trio

from chatsim.client import connect
from chatsim.errors import ConfigurationError, RunError
from chatsim.model import ALLOWED, Reason, Verdict
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.server.clocks import clock_of
from chatsim.server.listening import FILES_RESERVED, address_of, connections_permitted, listen
from chatsim.server.options import ClockKind, ServeOptions
from chatsim.server.outbox import JOIN_BYTES, Outbox
from chatsim.server.server import Served, Serving, serve
from chatsim.server.shell import LOGIN_SECONDS, Shell
from chatsim.wire.codec import decode_outbound, encode
from chatsim.wire.framing import FRAME_MAX, FRAME_MAX_BEFORE_LOGIN, LENGTHS, Deframer, head_of
from chatsim.wire.messages import (
    Act,
    Begin,
    Begun,
    Copy,
    Decided,
    Drive,
    Hello,
    Inbound,
    Outbound,
    Refusal,
    Welcome,
)
from tests.bench import Groups

ROSTER = Groups(10, [[0, 1, 2]])
UNCAPPED = resolve("uncapped")
DRIVEN = {"clock": ClockKind.DRIVEN, "secret": b"secret"}


class Running:
    """A server in this process."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._served = trio.Event()
        self._result: Served | None = None
        self.said: list[str] = []
        self.handle: Serving | None = None

    async def start(self, **options) -> None:
        given = {"roster": ROSTER, "policy": UNCAPPED} | options
        self.handle = await self._nursery.start(self._run, ServeOptions(**given))

    async def _run(self, options: ServeOptions, *, task_status: trio.TaskStatus[Serving]) -> None:
        self._result = await serve(options, say=self.said.append, task_status=task_status)
        self._served.set()

    async def stopped(self) -> Served:
        """What it says once it has stopped."""
        await self._served.wait()
        assert self._result is not None
        return self._result

    async def stop(self) -> Served:
        assert self.handle is not None
        self.handle.stop()
        return await self.stopped()

    @property
    def port(self) -> int:
        assert self.handle is not None
        return int(self.handle.address.rpartition(":")[2])

    def chat(self, user: int):
        return connect("127.0.0.1", self.port, user=user)

    async def peer(self, *first: Inbound) -> Peer:
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        peer = Peer(stream)
        for message in first:
            await peer.say(message)
        return peer


class Peer:
    """A connection that says whatever a test wants."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._deframer = Deframer(2 * FRAME_MAX)
        self._heard: list[Outbound] = []

    async def say(self, message: Inbound, body: bytes = b"") -> None:
        await self.stream.send_all(head_of(encode(message), len(body)) + body)

    async def hear(self) -> Outbound | None:
        """The next message; None at the end of the stream."""
        while not self._heard:
            data = await self.stream.receive_some()
            if not data:
                return None
            frames = self._deframer.feed(data)
            self._heard += [decode_outbound(header, body) for header, body in frames]
        return self._heard.pop(0)

    async def refusal(self) -> str:
        """Why the server ended the session, which it then does."""
        heard = await self.hear()
        assert isinstance(heard, Refusal)
        assert await self.hear() is None
        await self.stream.aclose()
        return heard.text


@pytest.fixture
async def server(nursery):
    return Running(nursery)


async def exchange(server: Running) -> None:
    """Two people who are served."""
    async with server.chat(0) as one, server.chat(1) as other:
        assert await one.send("hello", to=[1]) == ALLOWED
        assert (await anext(other)).body == b"hello"


# Who is let in.


async def test_people_are_served_and_the_books_say_what_it_took(server):
    await server.start()
    await exchange(server)
    served = await server.stop()
    books = served.books
    assert served.failure is None
    assert (books.copies, books.acts, books.refused, books.mailbox_peak) == (1, 1, 0, 1)
    assert books.sessions_peak == 2
    assert books.bytes_in > 0
    assert books.bytes_out > 0
    assert books.cpu_seconds > 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_only_loopback_is_served_until_there_is_a_login(host):
    with pytest.raises(ConfigurationError, match="loopback"):
        ServeOptions(ROSTER, UNCAPPED, host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_every_loopback_address_will_do(host):
    assert ServeOptions(ROSTER, UNCAPPED, host=host).host == host


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", 65_536), ("scale", 0.0), ("drivers", 0), ("connections_max", 0)],
)
def test_an_option_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=f"{name} is {value}"):
        ServeOptions(ROSTER, UNCAPPED, **{name: value})


def test_a_driven_clock_takes_a_secret():
    with pytest.raises(ConfigurationError, match="secret"):
        ServeOptions(ROSTER, UNCAPPED, clock=ClockKind.DRIVEN)


def test_an_address_that_is_taken_gives_one_sentence():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {port}: "):
            listen("127.0.0.1", port)


def test_an_address_says_which_family_it_is():
    with listen("127.0.0.1", 0) as listener:
        assert address_of(listener) == f"127.0.0.1:{listener.getsockname()[1]}"


def test_more_connections_than_open_files_permit_are_refused_beforehand():
    permitted = connections_permitted(None)
    assert connections_permitted(3) == 3
    with pytest.raises(ConfigurationError, match=f"may open {permitted:,}"):
        connections_permitted(permitted + FILES_RESERVED)


async def test_a_connection_beyond_the_bound_is_told_so(server):
    await server.start(connections_max=2)
    first, second = await server.peer(Hello(0, 0)), await server.peer(Hello(1, 0))
    assert isinstance(await second.hear(), Welcome)
    third = await server.peer(Hello(2, 0))
    assert await third.refusal() == "this server takes 2 connections, and has them"
    await first.stream.aclose()
    await second.stream.aclose()


# Who is put out. A peer that misbehaves loses its own connection and nothing else.

GARBAGE = {
    "random text": b"GET / HTTP/1.1\r\n\r\n",
    "a length of four gigabytes": b"\xff" * 6,
    "a frame too long before login": LENGTHS.pack(FRAME_MAX_BEFORE_LOGIN + 1, 1),
    "no msgpack": head_of(b"\xc1", 0),
    "another version": head_of(b"\x95\x01\x09\x07\x00\xc0", 0),
    "a copy of its own making": head_of(encode(Copy(0, 0, 1, None, 0, 0, 0)), 0),
    "an act before login": head_of(encode(Act(0, 1, (1,))), 0),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
async def test_a_peer_that_sends_garbage_loses_its_own_connection(server, garbage):
    await server.start()
    hostile = await server.peer()
    async with server.chat(0) as one, server.chat(1) as other:
        await hostile.stream.send_all(garbage)
        assert await hostile.refusal() != ""
        await one.send("hello", to=[1])
        assert (await anext(other)).body == b"hello"


async def test_garbage_after_login_ends_the_session_and_keeps_the_mail(server):
    await server.start()
    hostile = await server.peer(Hello(1, 0))
    assert isinstance(await hostile.hear(), Welcome)
    async with server.chat(0) as one:
        await one.send("hello", to=[1])
        assert isinstance(await hostile.hear(), Copy)
        await hostile.stream.send_all(b"\xff" * 100)
        assert "bytes" in await hostile.refusal()
    async with server.chat(1) as other:
        assert (await anext(other)).body == b"hello"


async def test_a_peer_that_breaks_off_in_the_middle_of_a_frame_disturbs_nobody(server):
    await server.start()
    hostile = await server.peer()
    await hostile.stream.send_all(head_of(encode(Hello(0, 0)), 0)[:-2])
    await hostile.stream.aclose()
    await exchange(server)


async def test_whoever_does_not_log_in_in_time_is_put_out(server, autojump_clock):
    await server.start()
    silent = await server.peer()
    start = trio.current_time()
    assert await silent.refusal() == f"no login within {LOGIN_SECONDS:.0f} seconds"
    assert trio.current_time() - start >= LOGIN_SECONDS - 1


async def test_whoever_is_logged_in_may_be_silent(server, autojump_clock):
    await server.start()
    async with server.chat(0) as one, server.chat(1) as other:
        await trio.sleep(100 * LOGIN_SECONDS)
        await one.send("hello", to=[1])
        assert (await anext(other)).body == b"hello"


async def test_frames_may_be_larger_after_login(server):
    await server.start()
    body = bytes(FRAME_MAX - 100)
    async with server.chat(0) as one, server.chat(1) as other:
        await one.send(body, to=[1])
        assert (await anext(other)).body == body


async def test_a_second_login_of_a_device_replaces_the_first(server):
    await server.start()
    first = await server.peer(Hello(0, 0))
    assert isinstance(await first.hear(), Welcome)
    second = await server.peer(Hello(0, 0))
    assert isinstance(await second.hear(), Welcome)
    assert await first.refusal() == "this device logged in elsewhere"
    await second.stream.aclose()


async def test_whoever_reads_too_slowly_is_put_out_and_finds_the_mail_again(nursery):
    said: list[str] = []
    relay = Relay(ROSTER, compile_row(UNCAPPED), RelaySettings())
    shell = Shell(relay, lambda: 0, said.append, outbox_max=100_000)
    nursery.start_soon(shell.flush_forever, nursery)

    def peer() -> Peer:
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        theirs.setblocking(False)
        nursery.start_soon(shell.converse, theirs)
        return Peer(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))

    slow, sender = peer(), peer()
    for user, one in enumerate((slow, sender)):
        await one.say(Hello(user, 0))
        assert isinstance(await one.hear(), Welcome)
    for counter in range(1, 6):
        await sender.say(Act(0, counter, (0,)), bytes(40_000))
        assert await sender.hear() == Decided(counter, ALLOWED)
    assert len(said) == 1
    assert "its mail is kept" in said[0]
    again = peer()
    await again.say(Hello(0, 0))
    assert isinstance(await again.hear(), Welcome)
    # All of it at once is more than an outbox may hold; what a login brings is allowed.
    counters = [copy.counter for _ in range(5) if isinstance(copy := await again.hear(), Copy)]
    assert counters == [1, 2, 3, 4, 5]
    for one in (slow, sender, again):
        await one.stream.aclose()
    nursery.cancel_scope.cancel()


async def test_a_slow_reader_holds_nobody_up(server):
    await server.start()
    slow = await server.peer(Hello(1, 0))
    async with server.chat(0) as one, server.chat(2) as other:
        for counter in range(1, 16):
            assert await one.send(bytes(200_000), to=[1, 2]) == ALLOWED
            assert (await anext(other)).counter == counter
    await slow.stream.aclose()


# How it stops.


async def test_a_stop_says_goodbye_to_everybody(server):
    await server.start()
    peer = await server.peer(Hello(0, 0))
    assert isinstance(await peer.hear(), Welcome)
    server.handle.stop()
    assert await peer.refusal() == "the server stops"
    assert (await server.stopped()).failure is None


async def test_a_stop_sends_what_was_written_first(server):
    await server.start()
    reader = await server.peer(Hello(1, 0))
    async with server.chat(0) as one:
        for _ in range(10):
            await one.send(bytes(200_000), to=[1])
        server.handle.stop()
        assert isinstance(await reader.hear(), Welcome)
        heard = [await reader.hear() for _ in range(11)]
    assert [type(message) for message in heard] == [Copy] * 10 + [Refusal]
    await reader.stream.aclose()
    await server.stopped()


async def test_nobody_is_let_in_after_a_stop(server):
    await server.start()
    port = server.port
    await server.stop()
    with pytest.raises(RunError, match=f"nobody serves at 127.0.0.1 port {port}"):
        async with connect("127.0.0.1", port, user=0):
            pass


# Clocks.


def ticks(kind: ClockKind, scale: float = 1.0):
    relay = Relay(ROSTER, compile_row(UNCAPPED), RelaySettings(drivers=1, secret=b"secret"))
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


# The outbox.


def test_an_outbox_sends_its_pieces_in_order_however_little_the_socket_takes():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    outbox = Outbox()
    pieces = [bytes([number % 256]) * 5_000 for number in range(3 * JOIN_BYTES // 5_000)]
    for piece in pieces:
        outbox.append(piece)
    received = b""
    with ours, theirs:
        while outbox.waiting:
            sent = outbox.send_into(ours)
            assert sent > 0
            while len(received) < len(b"".join(pieces)) - outbox.waiting:
                received += theirs.recv(1 << 20)
        assert outbox.send_into(ours) == 0
    assert received == b"".join(pieces)
