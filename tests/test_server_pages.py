"""The operators' pages: who asks well gets an answer, and nobody else holds anything up."""

from __future__ import annotations

import http.client
import socket

import pytest
import trio

from chatsim.server.listening import listen
from chatsim.server.pages import (
    ASKED_AT_ONCE,
    PHRASES,
    REQUEST_BYTES,
    REQUEST_SECONDS,
    Answer,
    Pages,
    say,
)


class Site:
    """One page on a port of its own."""

    def __init__(self, listener: socket.socket) -> None:
        self.port = listener.getsockname()[1]
        self.status = 200
        self.asked: list[tuple[str, int]] = []

    async def page(self) -> Answer:
        return say(self.status, "hello")

    async def ask(self, request: bytes) -> bytes:
        """All that comes back for these bytes."""
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            await stream.send_all(request)
            await stream.send_eof()
            return b"".join([data async for data in stream])


@pytest.fixture
async def site(nursery):
    with listen("127.0.0.1", 0) as listener:
        site = Site(listener)
        pages = Pages({"/page": site.page}, lambda page, status: site.asked.append((page, status)))
        nursery.start_soon(pages.serve, listener)
        yield site
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("status", [200, 503])
async def test_an_ordinary_client_reads_a_page_and_its_status(site, status):
    def get() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
        connection.request("GET", "/page?unread=1")
        response = connection.getresponse()
        return response.status, response.read()

    site.status = status
    assert await trio.to_thread.run_sync(get) == (status, b"hello\n")
    assert site.asked == [("/page", status)]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /elsewhere HTTP/1.1\r\n\r\n", 404),
        (b"POST /page HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"get /page HTTP/1.1\r\n\r\n", 400),
        (b"GET page HTTP/1.1\r\n\r\n", 400),
        (b"GET  /page HTTP/1.1\r\n\r\n", 400),
        (b"GET /page\r\n\r\n", 400),
        (b"GET /page HTTP/2.0\r\n\r\n", 400),
        (b"\xff\x00\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"GET /page HTTP/1.1\r\nX: " + b"x" * REQUEST_BYTES, 431),
    ],
)
async def test_a_request_that_cannot_be_answered_is_told_so(site, request_, status):
    answer = await site.ask(request_)
    assert answer.startswith(f"HTTP/1.1 {status} {PHRASES[status]}\r\n".encode())


async def test_half_a_request_gets_no_answer(site):
    assert await site.ask(b"GET /page HTTP/1.1\r\n") == b""
    assert site.asked == []


async def test_a_request_may_come_in_pieces(site):
    async with await trio.open_tcp_stream("127.0.0.1", site.port) as stream:
        for byte in b"GET /page HTTP/1.1\r\n\r\n":
            await stream.send_all(bytes([byte]))
        answer = b"".join([data async for data in stream])
    assert answer.endswith(b"\r\n\r\nhello\n")


async def test_whoever_says_nothing_is_cut_off_and_others_have_room_again(site, autojump_clock):
    silent = [await trio.open_tcp_stream("127.0.0.1", site.port) for _ in range(ASKED_AT_ONCE + 1)]
    start = trio.current_time()
    assert await silent[-1].receive_some() == b""  # no room, at once
    assert trio.current_time() - start < REQUEST_SECONDS
    for stream in silent[:-1]:
        assert await stream.receive_some() == b""
    assert trio.current_time() - start == pytest.approx(REQUEST_SECONDS, abs=0.5)
    assert (await site.ask(b"GET /page HTTP/1.0\r\n\r\n")).endswith(b"hello\n")
    for stream in silent:
        await stream.aclose()
