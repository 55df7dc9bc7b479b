"""One session of one device: acts and their verdicts, copies, notices and presence."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

import trio

from chatsim.chat.line import Line
from chatsim.chat.verdicts import Pending, Verdicts
from chatsim.device import Device
from chatsim.envelopes import Enclosed, Envelopes
from chatsim.errors import RemoteProtocolError, RunError
from chatsim.model import NoticeKind, Verdict
from chatsim.wire.messages import (
    Copy,
    Decided,
    Issued,
    Notice,
    Outbound,
    Presence,
    Refusal,
    Welcome,
)

if TYPE_CHECKING:  # it needs an extra, which a script without tokens does not
    from chatsim.chat.paying import Payer

NEWS_KEPT = 65_536
"""Notices, and changes of presence, that wait for a script; more are dropped."""


class Chat:
    """One logged-in device: sends acts, and gives the copies that arrive as an asynchronous iterator."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        device: Device,
        envelopes: Envelopes,
        payer: Payer | None = None,
    ) -> None:
        """`payer`: where forwards take tokens."""
        self.device = device
        self.envelopes = envelopes
        self._line = Line(stream, device)
        self._payer = payer
        self._verdicts = Verdicts(self._line, device)
        self._arrived, self._copies = trio.open_memory_channel[Copy](math.inf)
        self._behind: deque[int] = deque()
        """For each copy not taken yet, how many notices came right behind it."""
        self._noticed, self.notices = trio.open_memory_channel[Notice](NEWS_KEPT)
        """What became of messages that asked for notices; iterate over it."""
        self._seen, self.presences = trio.open_memory_channel[Presence](NEWS_KEPT)
        """Who of those that `watch` named is there, and then who comes and goes; iterate over it."""

    @property
    def user(self) -> int:
        return self.device.user

    # Acts.

    async def send(self, body: str | bytes, to: Sequence[int], *, notices: int = 0) -> Verdict:
        """An original to all these chats at once: contacts by their user number, groups by `group(number)`."""
        what, chats = self.envelopes.original(_bytes(body)), _chats(to)
        return await self._verdicts.of(await self._act(what, chats, lambda: None, notices))

    async def forward(
        self,
        copy: Copy,
        to: Sequence[int],
        body: str | bytes | None = None,
        *,
        notices: int = 0,
    ) -> Verdict:
        """A forward of a copy that arrived; `body` replaces its bytes, where the app's own counter is in them.

        Under `blind` it brings tokens. Those that are missing are asked for just before, which shows the relay which
        copy is forwarded.
        """
        text = None if body is None else _bytes(body)
        what, chats = self.envelopes.forward(copy, text), _chats(to)
        stamp, payer = self.envelopes.stamp(copy), self._payer
        if payer is None or not stamp:
            return await self._verdicts.of(await self._act(what, chats, lambda: stamp, notices))
        hop = copy.hop or 0
        async with payer.provided(stamp, hop, chats):
            act = await self._act(what, chats, lambda: payer.purse.pay(stamp, hop, chats), notices)
        return await self._verdicts.of(act)

    async def _act(
        self,
        what: Enclosed,
        chats: tuple[int, ...],
        stamp: Callable[[], bytes | None],
        notices: int,
    ) -> Pending:
        """Sent; `stamp` makes what it brings when nothing can keep it from being sent any more."""

        def act() -> tuple[int, bytes, bytes]:
            device, outer = self.device, what.outer
            sealed = self.envelopes.sealed(what.body, chats, device.number, device.counter + 1)
            counter, head = device.act(chats, sealed[1], stamp(), notices, outer, keys=sealed[0])
            return counter, head, sealed[0] + sealed[1]

        return await self._verdicts.send(act)

    async def complain(self, copy: Copy) -> Verdict:
        """Complain about a copy that arrived; where the policy hears complaints they may have it taken down.

        A complaint is not sealed: whoever complains shows the relay the body.
        """
        stamp, body = self.envelopes.stamp(copy), self.envelopes.complaint(copy)
        act = await self._verdicts.send(lambda: (*self.device.complain(stamp, body), body))
        return await self._verdicts.of(act)

    @property
    def resent(self) -> tuple[int, ...]:
        """The counters of acts that were sent again, because a former session broke before their verdicts."""
        return self._verdicts.resent

    async def verdict_on(self, counter: int) -> Verdict:
        """The verdict on an act that was sent again."""
        return await self._verdicts.of_resent(counter)

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
            self._line.owe_in_time()

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
            if self._line.end:
                raise self._line.broken(self._line.end) from None
            raise StopAsyncIteration from None
        self.device.received += 1 + self._behind.popleft()
        return copy

    async def _taken(self, copy: Copy) -> Copy:
        """Ask for what its forwards take, and tell who wants to know."""
        if self._payer is not None:
            ticket = self.envelopes.stamp(copy)
            if ticket:
                self._payer.copy_taken(ticket, copy.hop or 0)
        if copy.notices & NoticeKind.DELIVERED:
            await self._notify(NoticeKind.DELIVERED, copy)
        else:
            await self._line.owe()
        return copy

    async def read(self, copy: Copy) -> None:
        """Tell the sender of a copy that a person has read it, if the sender asked for that."""
        if copy.notices & NoticeKind.READ:
            await self._notify(NoticeKind.READ, copy)

    async def _notify(self, kind: NoticeKind, copy: Copy) -> None:
        await self._line.mention(lambda: self.device.notify(kind, copy))

    async def watch(self, users: Sequence[int]) -> None:
        """Ask for the presence of these contacts, at most 1,000, instead of those asked for before."""
        await self._line.say(lambda: self.device.subscribe(users))

    # The session.

    async def log_in(self, token: bytes | None, *, known: bool) -> None:
        """The first frames of both sides; a device that is not `known` here takes over the relay's counts."""
        device, line = self.device, self._line
        await line.write(device.resume(token) if known else device.hello(token))
        first: list[Outbound] = []
        while not first:
            heard = await line.hear()
            if heard is None:
                raise line.broken("the server closed the connection before it welcomed us")
            first = heard
        match welcome := first.pop(0):
            case Welcome():
                self._welcomed(welcome, known=known)
            case Refusal():
                raise line.broken(welcome.text)
            case _:
                raise line.broken("the server said something else than welcome")
        await self._verdicts.send_again()
        for message in first:
            self._take(message)

    def _welcomed(self, welcome: Welcome, *, known: bool) -> None:
        device = self.device
        if not known:
            device.received = welcome.base
        try:
            device.receive(welcome)
        except RemoteProtocolError as error:
            raise self._line.broken(str(error)) from error
        self._verdicts.expect()

    async def run(self) -> None:
        """Take what the server sends until the session is over, and say what nobody else says."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            nursery.start_soon(self._line.acknowledge_in_time)
            nursery.start_soon(self._line.keep_alive)
            if self._payer is not None:
                nursery.start_soon(self._ask_for_tokens, self._payer)

    async def _listen(self) -> None:
        try:
            while (heard := await self._line.hear()) is not None:
                for message in heard:
                    self._take(message)
            self._over("the connection broke off" if self._line.is_torn else "")
        except (RunError, RemoteProtocolError) as error:
            self._over(str(error))

    async def _ask_for_tokens(self, payer: Payer) -> None:
        async for (number, points), ticket in payer.asking:
            await self._line.mention(partial(self.device.top_up, number, ticket, points))

    def _take(self, message: Outbound) -> None:
        match message:
            case Copy():
                self._behind.append(0)
                self._arrived.send_nowait(message)
            case Decided():
                on = self._verdicts.take(message)
                if self._payer is not None:
                    self._payer.decided(on, message.verdict)
            case Issued() if self._payer is not None:
                self._payer.answered(message)
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
            self._line.owe_in_time()
        if notice.counter <= self.device.counter:  # anybody may say anything
            with suppress(trio.WouldBlock):
                self._noticed.send_nowait(notice)

    def _over(self, text: str) -> None:
        if self._line.end is None:
            self._line.end = text
            for channel in (self._arrived, self._noticed, self._seen):
                channel.close()
            self._verdicts.session_over()
            if self._payer is not None:
                self._payer.session_over()

    async def leave(self) -> None:
        """Say goodbye, if there is still somebody to say it to; what was not taken stays in the mailbox."""
        await self._line.leave()


def _chats(to: Sequence[int]) -> tuple[int, ...]:
    if not to or any(type(chat) is not int for chat in to):
        message = f"to is {to!r}; it takes chats: user numbers, and group(number) for groups"
        raise TypeError(message)
    return tuple(to)


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
