"""A trio client for scripts.

    async with connect("127.0.0.1", 7474, user=7) as chat:
        await chat.send("hello", to=[8, group(3)])
        async for copy in chat:
            verdict = await chat.forward(copy, to=[9, 10])

A refusal is a value: `send` and `forward` return the relay's verdict. An error means that the session is over.

Delivery is at least once: a copy counts as received when the script takes it, and what was not acknowledged when a
connection broke comes again on the next one. Acknowledgements are cumulative and ride on the next act, or go after 16
copies or 200 ms.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self

import trio
from attrs import define, field

from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.model import Verdict, chat_of_group
from chatsim.wire.codec import decode_outbound
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer
from chatsim.wire.messages import (
    Copy,
    Decided,
    Outbound,
    Refusal,
    Welcome,
)

__all__ = ["Chat", "Copy", "connect", "converse", "group"]

ACKNOWLEDGE_SECONDS = 0.2
UNANSWERED_MAX = 256
"""Acts of one device that may wait for their verdicts."""
LEAVE_SECONDS = 2.0
RECEIVE_BYTES = 64 * 1024

group = chat_of_group


@asynccontextmanager
async def connect(
    host: str,
    port: int,
    *,
    user: int | None = None,
    device: Device | None = None,
    token: bytes | None = None,
) -> AsyncIterator[Chat]:
    """A session as `user`, or as a `device` that goes on counting where its last session broke.

    Raises RunError where nobody listens, or the server refuses the login.
    """
    if (user is None) is (device is None):
        raise TypeError("connect takes a user or a device, and not both")
    try:
        stream = await trio.open_tcp_stream(host, port)
    except OSError as error:
        raise RunError(f"nobody serves at {host} port {port}: {error}") from error
    async with converse(stream, user=user, device=device, token=token) as chat:
        yield chat


@asynccontextmanager
async def converse(
    stream: trio.abc.Stream,
    *,
    user: int | None = None,
    device: Device | None = None,
    token: bytes | None = None,
) -> AsyncIterator[Chat]:
    """The same over any stream of bytes."""
    who = Device(0 if user is None else user) if device is None else device
    error: BaseException | None = None
    async with stream:
        chat = Chat(stream, who)
        await chat.log_in(token, known=device is not None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chat.listen)
            nursery.start_soon(chat.acknowledge_in_time)
            # Kept out of the nursery, which would wrap it into a group that no script expects.
            try:
                yield chat
            except BaseException as raised:  # noqa: BLE001
                error = raised
            await chat.leave()
            nursery.cancel_scope.cancel()
    if error is not None:
        raise error


@define(eq=False)
class _Act:
    """An act whose verdict is awaited."""

    decided: trio.Event = field(factory=trio.Event)
    verdict: Verdict | None = None


class Chat:
    """One logged-in device: sends acts, and gives the copies that arrive as an asynchronous iterator."""

    def __init__(self, stream: trio.abc.Stream, device: Device) -> None:
        self.device = device
        self._stream = stream
        self._deframer = Deframer(FRAME_MAX + HEADER_MAX)
        self._writing = trio.Lock()
        self._waiting: dict[int, _Act] = {}
        self._room = trio.Semaphore(UNANSWERED_MAX)
        self._arrived, self._copies = trio.open_memory_channel[Copy](math.inf)
        self._owing = trio.Event()
        self._end: str | None = None
        """Why the session is over; empty after an orderly end by the server."""

    @property
    def user(self) -> int:
        return self.device.user

    # Acts.

    async def send(self, body: str | bytes, to: Sequence[int]) -> Verdict:
        """An original to all these chats at once: contacts by their user number, groups by `group(number)`."""
        return await self._act(_bytes(body), to, None)

    async def forward(
        self, copy: Copy, to: Sequence[int], body: str | bytes | None = None
    ) -> Verdict:
        """A forward of a copy that arrived; `body` replaces its bytes, where the app's own counter is in them."""
        return await self._act(copy.body if body is None else _bytes(body), to, copy.stamp)

    async def _act(self, body: bytes, to: Sequence[int], stamp: bytes | None) -> Verdict:
        if not to or any(type(chat) is not int for chat in to):
            message = f"to is {to!r}; it takes chats: user numbers, and group(number) for groups"
            raise TypeError(message)
        act = _Act()
        async with self._room:
            async with self._writing:
                self._check_open()
                counter, head = self.device.act(tuple(to), body, stamp)
                self._waiting[counter] = act
                await self._write(head + body)
            await act.decided.wait()
        if act.verdict is None:
            self._check_open()
            raise self._broken("the server closed the connection before a verdict")
        return act.verdict

    # Copies.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Copy:
        """The next copy; the iteration ends when the server does in an orderly way."""
        try:
            copy = await self._copies.receive()
        except trio.EndOfChannel:
            if self._end:
                raise self._broken(self._end) from None
            raise StopAsyncIteration from None
        self.device.receive(copy)
        if self.device.unacknowledged >= ACKNOWLEDGE_AFTER:
            await self._acknowledge()
        else:
            self._owing.set()
        return copy

    async def acknowledge_in_time(self) -> None:
        """Acknowledge what no act carried within 200 ms."""
        while True:
            await self._owing.wait()
            self._owing = trio.Event()
            await trio.sleep(ACKNOWLEDGE_SECONDS)
            await self._acknowledge()

    async def _acknowledge(self) -> None:
        async with self._writing:
            if self.device.unacknowledged and self._end is None:
                with suppress(RunError):  # the reader says so, to whoever waits
                    await self._write(self.device.acknowledge())

    # The session.

    async def log_in(self, token: bytes | None, *, known: bool) -> None:
        """The first frames of both sides; a device that is not `known` here takes over the relay's counts."""
        await self._write(self.device.hello(token))
        rest: list[Outbound] = []
        while not rest:
            data = await self._receive()
            if not data:
                raise self._broken("the server closed the connection before it welcomed us")
            rest += self._decode(data)
        match welcome := rest.pop(0):
            case Welcome():
                if not known:
                    self.device.received = self.device.acknowledged = welcome.base
                self.device.receive(welcome)
                self.device.counter = welcome.counter
            case Refusal():
                raise self._broken(welcome.text)
            case _:
                raise self._broken("the server said something else than welcome")
        for message in rest:
            self._take(message)

    async def listen(self) -> None:
        """Take what the server sends until the session is over."""
        try:
            while data := await self._receive():
                for message in self._decode(data):
                    self._take(message)
            self._over("the connection broke off" if self._deframer.waiting else "")
        except (RunError, RemoteProtocolError) as error:
            self._over(str(error))

    def _decode(self, data: bytes) -> list[Outbound]:
        return [decode_outbound(header, body) for header, body in self._deframer.feed(data)]

    def _take(self, message: Outbound) -> None:
        match message:
            case Copy():
                self._arrived.send_nowait(message)
            case Decided():
                self.device.receive(message)
                act = self._waiting.pop(message.counter, None)
                if act is not None:
                    act.verdict = message.verdict
                    act.decided.set()
            case Refusal():
                self._over(message.text)
            case _:
                self._over(f"the server said {type(message).__name__.lower()} to a device")

    def _over(self, text: str) -> None:
        if self._end is None:
            self._end = text
            self._arrived.close()
            for act in self._waiting.values():
                act.decided.set()

    async def leave(self) -> None:
        """Say goodbye, if there is still somebody to say it to; what was not taken stays in the mailbox."""
        with trio.move_on_after(LEAVE_SECONDS) as scope:
            scope.shield = True
            if self._end is None:
                async with self._writing:
                    with suppress(RunError):
                        await self._write(self.device.leave())

    def _check_open(self) -> None:
        if self._end is not None:
            raise self._broken(self._end or "the server closed the connection")

    def _broken(self, text: str) -> RunError:
        return RunError(f"the session of user {self.user} is over: {text}")

    async def _write(self, data: bytes) -> None:
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise self._broken("the connection is gone") from error

    async def _receive(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(RECEIVE_BYTES))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise self._broken("the connection is gone") from error


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
