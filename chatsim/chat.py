"""One session of one device over a stream: acts and their verdicts, copies, notices, presence, acknowledgements."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

import trio
from attrs import define, field

from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.envelopes import Enclosed, Envelopes
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.model import NoticeKind, Verdict
from chatsim.wire.codec import decode_outbound
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer
from chatsim.wire.messages import (
    Copy,
    Decided,
    Notice,
    Outbound,
    Presence,
    Refusal,
    Welcome,
)

ACKNOWLEDGE_SECONDS = 0.2
KEEP_ALIVE_SECONDS = 60.0
"""Silence after which a client says that it is still there."""
UNANSWERED_MAX = 256
"""Acts of one device that may wait for their verdicts."""
NEWS_KEPT = 65_536
"""Notices, and changes of presence, that wait for a script; more are dropped."""
LEAVE_SECONDS = 2.0
RECEIVE_BYTES = 64 * 1024


@define(eq=False)
class _Act:
    """An act or a complaint whose verdict is awaited."""

    decided: trio.Event = field(factory=trio.Event)
    verdict: Verdict | None = None


class Chat:
    """One logged-in device: sends acts, and gives the copies that arrive as an asynchronous iterator."""

    def __init__(self, stream: trio.abc.Stream, device: Device, envelopes: Envelopes) -> None:
        self.device = device
        self.envelopes = envelopes
        self._stream = stream
        self._deframer = Deframer(FRAME_MAX + HEADER_MAX)
        self._writing = trio.Lock()
        self._written = trio.current_time()
        self._acts: dict[int, _Act] = {}
        self._answered = trio.lowlevel.ParkingLot()
        self._resent: dict[int, _Act] = {}
        self._arrived, self._copies = trio.open_memory_channel[Copy](math.inf)
        self._behind: deque[int] = deque()
        """For each copy not taken yet, how many notices came right behind it."""
        self._noticed, self.notices = trio.open_memory_channel[Notice](NEWS_KEPT)
        """What became of messages that asked for notices; iterate over it."""
        self._seen, self.presences = trio.open_memory_channel[Presence](NEWS_KEPT)
        """Who of those that `watch` named is there, and then who comes and goes; iterate over it."""
        self._owing = trio.Event()
        self._end: str | None = None
        """Why the session is over; empty after an orderly end by the server."""

    @property
    def user(self) -> int:
        return self.device.user

    # Acts.

    async def send(self, body: str | bytes, to: Sequence[int], *, notices: int = 0) -> Verdict:
        """An original to all these chats at once: contacts by their user number, groups by `group(number)`."""
        return await self._act(self.envelopes.original(_bytes(body)), to, None, notices)

    async def forward(
        self,
        copy: Copy,
        to: Sequence[int],
        body: str | bytes | None = None,
        *,
        notices: int = 0,
    ) -> Verdict:
        """A forward of a copy that arrived; `body` replaces its bytes, where the app's own counter is in them."""
        text = None if body is None else _bytes(body)
        stamp = self.envelopes.stamp(copy)
        return await self._act(self.envelopes.forward(copy, text), to, stamp, notices)

    async def _act(
        self, what: Enclosed, to: Sequence[int], stamp: bytes | None, notices: int
    ) -> Verdict:
        if not to or any(type(chat) is not int for chat in to):
            message = f"to is {to!r}; it takes chats: user numbers, and group(number) for groups"
            raise TypeError(message)
        chats = tuple(to)

        def act() -> tuple[int, bytes, bytes]:
            device, outer = self.device, what.outer
            sealed = self.envelopes.sealed(what.body, chats, device.number, device.counter + 1)
            counter, head = device.act(chats, sealed[1], stamp, notices, outer, keys=sealed[0])
            return counter, head, sealed[0] + sealed[1]

        return await self._decided(act)

    async def complain(self, copy: Copy) -> Verdict:
        """Complain about a copy that arrived; where the policy hears complaints they may have it taken down.

        A complaint is not sealed: whoever complains shows the relay the body.
        """
        stamp, body = self.envelopes.stamp(copy), self.envelopes.complaint(copy)
        return await self._decided(lambda: (*self.device.complain(stamp, body), body))

    async def _decided(self, make: Callable[[], tuple[int, bytes, bytes]]) -> Verdict:
        """The verdict on what `make` numbers, once few enough wait for theirs: (counter, head, what follows)."""
        async with self._writing:
            while len(self.device.unanswered) >= UNANSWERED_MAX and self._end is None:
                await self._answered.park()
            self._check_open()
            counter, head, body = make()
            act = self._acts[counter] = _Act()
            await self._write(head + body)
        return await self._verdict(act)

    @property
    def resent(self) -> tuple[int, ...]:
        """The counters of acts that were sent again, because a former session broke before their verdicts."""
        return tuple(self._resent)

    async def verdict_on(self, counter: int) -> Verdict:
        """The verdict on an act that was sent again."""
        act = self._resent.get(counter)
        if act is None:
            message = f"act {counter} was not sent again; those that were: {[*self._resent]}"
            raise ValueError(message)
        return await self._verdict(act)

    async def _verdict(self, act: _Act) -> Verdict:
        await act.decided.wait()
        if act.verdict is None:
            self._check_open()
            raise self._broken("the server closed the connection before a verdict")
        return act.verdict

    # Copies.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Copy:
        """The next copy; the iteration ends when the server does in an orderly way.

        With a keyring, the next one that it opens, and under `receipt` the next whose commitment its body opens. The
        others count as received, and in `keyring.unopened` or in `envelopes` (`mislabelled`, `unreportable`).
        """
        while True:
            copy = self.envelopes.open(await self._next_copy())
            if copy is not None:
                return await self._taken(copy)
            self._owing.set()

    def text(self, copy: Copy) -> bytes:
        """What people see of a copy: its body without what modes put in front."""
        return self.envelopes.text(copy)

    def evidence(self, copy: Copy) -> bytes:
        """What to hand to an examiner (`chatsim admin PATH examine`) who shall find where a copy came from."""
        return self.envelopes.evidence(copy)

    async def _next_copy(self) -> Copy:
        try:
            copy = await self._copies.receive()
        except trio.EndOfChannel:
            if self._end:
                raise self._broken(self._end) from None
            raise StopAsyncIteration from None
        self.device.received += 1 + self._behind.popleft()
        return copy

    async def _taken(self, copy: Copy) -> Copy:
        """Tell who wants to know."""
        if copy.notices & NoticeKind.DELIVERED:
            await self._notify(NoticeKind.DELIVERED, copy)
        elif self.device.unacknowledged >= ACKNOWLEDGE_AFTER:
            await self._acknowledge()
        else:
            self._owing.set()
        return copy

    async def read(self, copy: Copy) -> None:
        """Tell the sender of a copy that a person has read it, if the sender asked for that."""
        if copy.notices & NoticeKind.READ:
            await self._notify(NoticeKind.READ, copy)

    async def _notify(self, kind: NoticeKind, copy: Copy) -> None:
        async with self._writing:
            if self._end is None:
                with suppress(RunError):
                    await self._write(self.device.notify(kind, copy))

    async def watch(self, users: Sequence[int]) -> None:
        """Ask for the presence of these contacts, at most 1,000, instead of those asked for before."""
        async with self._writing:
            self._check_open()
            await self._write(self.device.subscribe(users))

    async def acknowledge_in_time(self) -> None:
        """Acknowledge what no act carried within 200 ms."""
        while True:
            await self._owing.wait()
            self._owing = trio.Event()
            await trio.sleep(ACKNOWLEDGE_SECONDS)
            if self.device.unacknowledged:
                await self._acknowledge()

    async def keep_alive(self) -> None:
        """Say something when nothing else has said anything for a while."""
        while True:
            await trio.sleep_until(self._written + KEEP_ALIVE_SECONDS)
            if trio.current_time() - self._written >= KEEP_ALIVE_SECONDS:
                await self._acknowledge()

    async def _acknowledge(self) -> None:
        async with self._writing:
            if self._end is None:
                with suppress(RunError):  # the reader says so, to whoever waits
                    await self._write(self.device.acknowledge())

    # The session.

    async def log_in(self, token: bytes | None, *, known: bool) -> None:
        """The first frames of both sides; a device that is not `known` here takes over the relay's counts."""
        device = self.device
        await self._write(device.resume(token) if known else device.hello(token))
        rest: list[Outbound] = []
        while not rest:
            data = await self._receive()
            if not data:
                raise self._broken("the server closed the connection before it welcomed us")
            rest += self._decode(data)
        match welcome := rest.pop(0):
            case Welcome():
                self._welcomed(welcome, known=known)
            case Refusal():
                raise self._broken(welcome.text)
            case _:
                raise self._broken("the server said something else than welcome")
        for frame in device.resend():
            await self._write(frame)
        for message in rest:
            self._take(message)

    def _welcomed(self, welcome: Welcome, *, known: bool) -> None:
        device = self.device
        if not known:
            device.received = welcome.base
        try:
            device.receive(welcome)
        except RemoteProtocolError as error:
            raise self._broken(str(error)) from error
        self._resent = {counter: _Act() for counter in device.unanswered}
        self._acts.update(self._resent)

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
                self._behind.append(0)
                self._arrived.send_nowait(message)
            case Decided():
                self.device.receive(message)
                self._answered.unpark()
                act = self._acts.pop(message.counter, None)
                if act is not None:
                    act.verdict = message.verdict
                    act.decided.set()
            case Notice():
                self._take_notice(message)
            case Presence():
                with suppress(trio.WouldBlock):
                    self._seen.send_nowait(message)
            case Refusal():
                self._over(message.text)
            case _:
                self._over(f"the server said {type(message).__name__.lower()} to a device")

    def _take_notice(self, notice: Notice) -> None:
        """Count it once every copy before it is taken, because acknowledgements are cumulative."""
        if self._behind:
            self._behind[-1] += 1
        else:
            self.device.receive(notice)
            self._owing.set()
        if notice.counter <= self.device.counter:  # anybody may say anything
            with suppress(trio.WouldBlock):
                self._noticed.send_nowait(notice)

    def _over(self, text: str) -> None:
        if self._end is None:
            self._end = text
            for channel in (self._arrived, self._noticed, self._seen):
                channel.close()
            self._answered.unpark_all()
            for act in self._acts.values():
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
        self._written = trio.current_time()
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
