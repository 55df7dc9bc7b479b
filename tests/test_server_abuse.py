"""A peer that misbehaves loses its own connection and nothing else, in both shells, with TLS and without."""

from __future__ import annotations

import socket
from hashlib import sha256

import pytest
import trio

from chatsim.relay.admission import Tokens
from chatsim.server.accepting import STRANGERS_MIN
from chatsim.server.outbox import JOIN_BYTES
from chatsim.server.session import Session
from chatsim.server.sessions import IDLE_LOOKS, LINGER_SECONDS, LOGIN_SECONDS
from chatsim.wire.encoding import encode
from chatsim.wire.framing import FRAME_MAX, FRAME_MAX_BEFORE_LOGIN, LENGTHS, head_of
from chatsim.wire.messages import Acknowledge, Act, Copy, Hello, Refusal, Welcome
from tests.serving import Peer, frame, greets, people_are_served

# Before login.

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
        await greets(one, other)
        assert server.ended_by == {"breach": 1}


async def test_a_peer_that_breaks_off_in_the_middle_of_a_frame_disturbs_nobody(server):
    await server.start()
    hostile = await server.peer()
    await hostile.stream.send_all(frame(Hello(0, 0))[:-2])
    await hostile.gone()
    await people_are_served(server)
    assert server.ended_by["lost"] == 1


async def test_whoever_does_not_log_in_in_time_is_put_out(server, autojump_clock):
    await server.start()
    silent = await server.peer()
    await silent.stream.send_all(frame(Hello(0, 0))[:1])
    start = trio.current_time()
    assert await silent.refusal() == f"no login within {LOGIN_SECONDS:.0f} seconds"
    assert LOGIN_SECONDS - 1 <= trio.current_time() - start <= LOGIN_SECONDS + 1
    assert server.ended_by == {"no login": 1}


async def test_whoever_never_says_a_byte_is_put_out(server, autojump_clock):
    await server.start()
    silent = await trio.open_tcp_stream("127.0.0.1", server.port)
    with trio.fail_after(LOGIN_SECONDS + LINGER_SECONDS + 1):
        while await silent.receive_some():
            pass
    assert server.ended_by == {"no login": 1}
    await silent.aclose()


async def test_a_login_byte_by_byte_must_be_as_quick(server, autojump_clock):
    await server.start()
    dribbler = await server.peer()
    for byte in frame(Hello(0, 0, bytes(500))):
        try:
            await dribbler.stream.send_all(bytes([byte]))
        except trio.BrokenResourceError:
            break
        await trio.sleep(0.5)
    await dribbler.gone()
    assert server.ended_by == {"no login": 1}
    assert trio.current_time() < 2 * LOGIN_SECONDS


async def test_connections_that_never_log_in_leave_room_for_others(server):
    await server.start(connections_max=4 * STRANGERS_MIN)
    early = await server.logged_in(5)
    flood = [await server.peer() for _ in range(STRANGERS_MIN)]
    for one in flood:  # whoever is heard is let in
        await one.stream.send_all(frame(Hello(0, 0))[:1])
    await server.until(lambda exchange: exchange.sessions.strangers == STRANGERS_MIN)
    late = await server.peer()
    await late.stream.send_all(frame(Hello(0, 0))[:1])
    expected = f"{STRANGERS_MIN} connections have not logged in yet; try again later"
    assert await late.refusal() == expected
    await flood.pop().gone()
    await server.until(lambda exchange: exchange.sessions.strangers < STRANGERS_MIN)
    later = await server.logged_in(6)
    await early.say(Act(0, 1, (6,)), b"hello")
    assert isinstance(await later.hear(), Copy)
    assert server.ended_by == {"full": 1, "lost": 1}
    for one in (early, later, *flood):
        await one.gone()


async def test_a_connection_has_one_try_at_a_token_however_many_it_sends_at_once(server):
    await server.start(admission=Tokens({0: sha256(bytes(32)).digest()}))
    hostile = await server.peer()
    tries = [frame(Hello(0, 0, token)) for token in (None, b"\1" * 32, bytes(32))]
    await hostile.stream.send_all(b"".join(tries))
    assert await hostile.refusal() == "login refused"
    await server.until(lambda exchange: exchange.books.connections == 0)
    books = server.handle.exchange.relay.books
    assert (books.logins, books.logins_refused) == (0, 1)
    assert server.ended_by == {"breach": 1}


# After login.


async def test_garbage_after_login_ends_the_session_and_keeps_the_mail(server):
    await server.start()
    hostile = await server.logged_in(1)
    async with server.chat(0) as one:
        await one.send("hello", to=[1])
        assert isinstance(await hostile.hear(), Copy)
        await hostile.stream.send_all(b"\xff" * 100)
        assert "bytes" in await hostile.refusal()
    async with server.chat(1) as other:
        assert (await anext(other)).body == b"hello"
    assert server.ended_by["breach"] == 1


async def test_a_frame_that_is_too_long_is_refused_before_its_bytes_come(server):
    await server.start()
    hostile = await server.logged_in(1)
    await hostile.stream.send_all(LENGTHS.pack(FRAME_MAX + 1, 10))
    expected = f"a frame of {FRAME_MAX + 1} bytes; at most {FRAME_MAX} are accepted"
    assert await hostile.refusal() == expected
    assert server.ended_by == {"breach": 1}


async def test_frames_may_be_larger_after_login(server):
    await server.start()
    body = bytes(FRAME_MAX - 100)
    async with server.chat(0) as one, server.chat(1) as other:
        await one.send(body, to=[1])
        assert (await anext(other)).body == body


async def test_a_second_login_of_a_device_replaces_the_first(server):
    await server.start()
    first = await server.logged_in(0)
    second = await server.logged_in(0)
    assert await first.refusal() == "this device logged in elsewhere"
    assert server.ended_by == {"replaced": 1}
    await second.gone()


async def test_whoever_is_logged_in_may_be_silent_up_to_a_limit(server, autojump_clock):
    await server.start(idle_seconds=300.0)
    silent, talker = await server.logged_in(0), await server.logged_in(1)
    for _ in range(29):
        await trio.sleep(10.0)
        await talker.say(Acknowledge(0))
    assert server.ended_by == {}
    await trio.sleep(10.0 + 300.0 / IDLE_LOOKS)
    await talker.say(Acknowledge(0))
    assert await silent.refusal() == "nothing came for 300 seconds"
    await talker.say(Act(0, 1, (0,)), b"waits")
    assert await talker.hear() is not None
    assert server.ended_by == {"idle": 1}
    async with server.chat(0) as again:
        assert (await anext(again)).body == b"waits"
    await talker.gone()


async def test_bytes_that_complete_no_frame_keep_no_session_alive(server, autojump_clock):
    await server.start(idle_seconds=300.0)
    dribbler = await server.logged_in(0)
    await dribbler.stream.send_all(LENGTHS.pack(FRAME_MAX, 10))
    for _ in range(29):
        await trio.sleep(10.0)
        await dribbler.stream.send_all(b"x")
    assert server.ended_by == {}
    await trio.sleep(10.0 + 300.0 / IDLE_LOOKS)
    assert await dribbler.refusal() == "nothing came for 300 seconds"
    assert server.ended_by == {"idle": 1}


async def test_a_session_without_a_limit_may_be_silent_for_ever(server, autojump_clock):
    await server.start(idle_seconds=None)
    async with server.chat(0) as one, server.chat(1) as other:
        await trio.sleep(100 * LOGIN_SECONDS)
        await greets(one, other)


async def test_a_goodbye_and_a_break_are_told_apart(server):
    await server.start()
    async with server.chat(0):
        pass
    await server.until(lambda exchange: exchange.books.connections == 0)
    assert server.ended_by == {"left": 1}
    await (await server.logged_in(0)).gone()
    await server.until(lambda exchange: exchange.books.connections == 0)
    assert server.ended_by == {"left": 1, "lost": 1}


async def read_all(peer: Peer) -> list[object]:
    heard = []
    try:
        while (message := await peer.hear()) is not None:
            heard.append(message)
    except trio.BrokenResourceError:
        pass
    return heard


async def test_whoever_reads_too_slowly_is_put_out_and_finds_the_mail_again(server):
    await server.start()
    slow = await server.logged_in(0)
    async with server.chat(1) as sender:
        sent = 0
        while not server.said:
            await sender.send(bytes(200_000), to=[0])
            sent += 1
        assert "its mail is kept" in server.said[0]
        assert server.ended_by == {"slow": 1}
        assert len(await read_all(slow)) < sent
        again = await server.logged_in(0)
        # All of it at once is more than an outbox may hold; what a login brings is allowed.
        counters = [
            copy.counter for _ in range(sent) if isinstance(copy := await again.hear(), Copy)
        ]
        assert counters == list(range(1, sent + 1))
    for one in (slow, again):
        await one.gone()


def test_heavy_mail_is_not_joined_at_once_for_a_socket_that_takes_little_of_it():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        session = Session(1, theirs)
        sent = session.send([b"head", bytes(100_000)] * 500)
        assert 0 < sent < 50_000_000
        assert session.outbox.waiting == 500 * 100_004 - sent
        assert max(map(len, session.outbox._pieces)) <= JOIN_BYTES + 100_004


async def test_a_slow_reader_holds_nobody_up(server):
    await server.start()
    slow = await server.logged_in(1)
    async with server.chat(0) as one, server.chat(2) as other:
        for counter in range(1, 16):
            await one.send(bytes(200_000), to=[1, 2])
            assert (await anext(other)).counter == counter
    await slow.gone()


async def test_a_peer_that_stops_sending_still_gets_its_verdicts(plain_server):
    await plain_server.start()
    peer = await plain_server.logged_in(0)
    for counter in range(1, 4):
        await peer.say(Act(0, counter, (1,)), b"hello")
    await peer.stream.send_eof()
    assert len(await read_all(peer)) == 3
    await peer.gone()


async def test_what_a_peer_says_after_its_end_does_not_count(server):
    await server.start()
    hostile = await server.peer()
    await hostile.stream.send_all(b"\xff" * 10 + frame(Hello(0, 0)))
    assert isinstance(await hostile.hear(), Refusal)
    await hostile.stream.send_all(frame(Hello(0, 0)))
    assert await hostile.hear() is None
    await hostile.gone()
    welcome = await (again := await server.peer(Hello(0, 0))).hear()
    assert isinstance(welcome, Welcome)
    assert server.ended_by == {"breach": 1}
    await again.gone()
