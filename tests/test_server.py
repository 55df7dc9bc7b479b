"""The server process: who is let in, and how it stops. Everything holds in both shells, with TLS and without."""

from __future__ import annotations

import ssl

import pytest

from chatsim.client import connect
from chatsim.errors import RunError
from chatsim.wire.messages import Copy, Hello, Refusal, Welcome
from tests.serving import people_are_served

# Who is let in.


async def test_people_are_served_and_the_books_say_what_it_took(server):
    await server.start()
    await people_are_served(server)
    served = await server.stop()
    books = served.books
    assert served.failure is None
    assert (books.copies, books.acts, books.refused, books.mailbox_peak) == (1, 1, 0, 1)
    assert books.sessions_peak == 2
    assert books.bytes_in > 0
    assert books.bytes_out > 0
    assert books.cpu_seconds > 0


async def test_a_connection_beyond_the_bound_is_told_so(server):
    await server.start(connections_max=2)
    first, second = await server.peer(Hello(0, 0)), await server.peer(Hello(1, 0))
    assert isinstance(await second.hear(), Welcome)
    third = await server.peer(Hello(2, 0))
    assert await third.refusal() == "this server takes 2 connections, and has them"
    assert server.ended_by == {"full": 1}
    await first.gone()
    await second.gone()


async def test_a_script_speaks_tls_with_a_server_that_does_and_says_where_that_fails(server):
    await server.start()
    certificates = server.kind.certificates
    trusting = None if certificates is None else certificates.client
    async with connect("127.0.0.1", server.port, user=0, tls=trusting) as chat:
        assert chat.user == 0
    stranger = ssl.create_default_context()
    with pytest.raises(RunError, match=f"no TLS with the server at 127.0.0.1 port {server.port}: "):
        async with connect("127.0.0.1", server.port, user=0, tls=stranger):
            pass


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
    await reader.gone()
    await server.stopped()


async def test_nobody_is_let_in_after_a_stop(server):
    await server.start()
    port = server.port
    await server.stop()
    with pytest.raises(RunError, match=f"nobody serves at 127.0.0.1 port {port}"):
        async with connect("127.0.0.1", port, user=0):
            pass
