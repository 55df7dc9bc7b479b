"""A client and the server's end of its connection, a stream in memory."""

from __future__ import annotations

import trio
from trio.testing import memory_stream_pair, wait_all_tasks_blocked

from chatsim.client import Chat, converse
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import Deframer, head_of
from chatsim.wire.messages import Copy, Hello, Inbound, Outbound, Resume, Welcome

COPY = Copy(8, 0, 1, None, 0, 0, 43_200, bytes(8), None, 0, b"rumour")


class Relay:
    """The server's end: says what a test wants, and hears what the client says."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._deframer = Deframer(1 << 20)
        self._heard: list[Inbound] = []

    async def say(self, *messages: Outbound) -> None:
        for message in messages:
            body = message.body if isinstance(message, Copy) else b""
            await self.stream.send_all(head_of(encode(message), len(body)) + body)

    async def hear(self) -> Inbound:
        while not self._heard:
            data = await self.stream.receive_some(4_096)
            assert data, "the client is gone"
            frames = self._deframer.feed(data)
            self._heard += [decode_inbound(header, body) for header, body in frames]
        return self._heard.pop(0)


class Session:
    """A client and its relay, in two tasks of one nursery."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._over = trio.Event()
        self.first: Inbound | None = None
        """What the client of the last session said first."""

    async def begin(
        self, welcome: Outbound = Welcome(0, 0, 0), **who: object
    ) -> tuple[Chat, Relay]:
        ours, theirs = memory_stream_pair()
        relay = Relay(theirs)
        await relay.say(welcome)
        chat = await self._nursery.start(self._run, ours, who or {"user": 7})
        self.first = await relay.hear()
        assert isinstance(self.first, Hello | Resume)
        return chat, relay

    async def _run(self, stream, who, *, task_status):
        async with converse(stream, **who) as chat:
            task_status.started(chat)
            await self._over.wait()

    async def end(self) -> None:
        self._over.set()
        await wait_all_tasks_blocked()
