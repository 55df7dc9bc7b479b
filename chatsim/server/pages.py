"""The few pages that a server has for its operators: HTTP/1.1, GET only, on a loopback port of their own.

Whoever asks gets one answer and the end of the connection. A request is at most REQUEST_BYTES long and takes at most
REQUEST_SECONDS, and only so many are answered at a time, so that nobody who reaches the port can hold up the server.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Never

import trio
from attrs import frozen

from chatsim.server.callers import serve_callers

REQUEST_BYTES = 4_096
REQUEST_SECONDS = 5.0
"""From the connection to the last byte of its answer."""
ASKED_AT_ONCE = 8
LINE = re.compile(rb"([A-Z]{1,16}) (/[!-~]{0,255}) HTTP/1\.[01]")
END = b"\r\n\r\n"
PHRASES = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
PLAIN = "text/plain; charset=utf-8"


@frozen
class Answer:
    """What a page says now."""

    status: int
    body: bytes
    content_type: str = PLAIN

    def encoded(self) -> bytes:
        head = (
            f"HTTP/1.1 {self.status} {PHRASES[self.status]}\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n"
            "Cache-Control: no-store\r\n"
            "Connection: close\r\n"
        )
        if self.status == 405:
            head += "Allow: GET\r\n"
        return head.encode() + b"\r\n" + self.body


def say(status: int, text: str) -> Answer:
    """A sentence as a page."""
    return Answer(status, f"{text}\n".encode())


Page = Callable[[], Awaitable[Answer]]
"""Called for every request."""


class Pages:
    """Pages by their path; `asked` is told the page (`other` where there is none) and the status."""

    def __init__(self, pages: Mapping[str, Page], asked: Callable[[str, int], None]) -> None:
        self._pages = pages
        self._asked = asked

    async def serve(self, listener: socket.socket) -> Never:
        """Answer whoever connects, until cancelled."""
        await serve_callers(listener, ASKED_AT_ONCE, self._converse)

    async def _converse(self, stream: trio.SocketStream) -> None:
        with trio.move_on_after(REQUEST_SECONDS):
            await self._answer(stream)

    async def _answer(self, stream: trio.SocketStream) -> None:
        request = b""
        while END not in request and len(request) <= REQUEST_BYTES:
            data = await stream.receive_some(REQUEST_BYTES)
            if not data:
                return
            request += data
        path, page = self._page(request)
        answer = page if isinstance(page, Answer) else await page()
        self._asked(path, answer.status)
        await stream.send_all(answer.encoded())
        await stream.send_eof()
        while await stream.receive_some():  # closing with bytes unread would reset the answer
            pass

    def _page(self, request: bytes) -> tuple[str, Page | Answer]:
        head, end, _ = request.partition(END)
        if not end or len(head) > REQUEST_BYTES:
            return "other", say(431, f"A request here takes at most {REQUEST_BYTES:,} bytes.")
        line = LINE.fullmatch(head.partition(b"\r\n")[0])
        if line is None:
            return "other", say(400, "This is no request of HTTP/1.1.")
        path = line[2].decode().partition("?")[0]
        page = self._pages.get(path)
        if page is None:
            return "other", say(404, f"There is no such page; there are {', '.join(self._pages)}.")
        if line[1] != b"GET":
            return path, say(405, "Pages here are read with GET.")
        return path, page
