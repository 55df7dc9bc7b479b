"""A session's tokens under `blind`: asked for when a copy is taken, and brought by the forwards of that copy."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakValueDictionary

import trio

from chatsim.device import Device
from chatsim.errors import ConfigurationError
from chatsim.model import TOKENS_MAX, Verdict
from chatsim.provenance.blind import Grant
from chatsim.provenance.purse import Purse, Request
from chatsim.provenance.receipt import act_in
from chatsim.wire.messages import Act, Complain, Issued


class _Running(NamedTuple):
    """A request without an answer."""

    act: bytes
    """What its ticket has in common with those of the same act."""
    tokens: int
    """So many were asked for."""
    over: trio.Event
    """It was answered, or never will be."""


class Asking(NamedTuple):
    """A request that is to be written."""

    request: Request
    ticket: bytes


class Payer:
    """What one session does with the purse of its device, which outlives it."""

    def __init__(self, device: Device, ahead: int) -> None:
        """`ahead`: tokens to ask for when a copy is taken. Raises ConfigurationError for a number that cannot be."""
        if not 0 <= ahead <= TOKENS_MAX:
            message = f"tokens_ahead is {ahead}; it takes a whole number from 0 to {TOKENS_MAX}"
            raise ConfigurationError(message)
        if device.purse is None:
            device.purse = Purse()
        self.purse = device.purse
        self.purse.give_up()
        self._ahead = ahead
        self._asking, self.asking = trio.open_memory_channel[Asking](math.inf)
        """Requests in the order in which they were made."""
        self._running: dict[int, _Running] = {}
        self._turns: WeakValueDictionary[bytes, trio.Lock] = WeakValueDictionary()
        self._is_over = False

    def copy_taken(self, ticket: bytes, hop: int) -> None:
        """Ask ahead of use; nobody waits for it."""
        running = sum(each.tokens for each in self._running_for(act_in(ticket)))
        missing = self._ahead - self.purse.held(ticket) - running
        if missing > 0:
            self._ask(ticket, hop, missing)

    @asynccontextmanager
    async def provided(self, ticket: bytes, hop: int, chats: Sequence[int]) -> AsyncIterator[None]:
        """A turn to pay for these chats, with all tokens that the relay grants for that, if the session lasts."""
        act = act_in(ticket)
        turn = self._turns.setdefault(act, trio.Lock())
        async with turn:
            for running in self._running_for(act):
                await running.over.wait()
            missing = self.purse.missing(ticket, chats)
            if missing:
                await self._ask(ticket, hop, missing).wait()
            yield

    def _running_for(self, act: bytes) -> list[_Running]:
        return [each for each in self._running.values() if each.act == act]

    def _ask(self, ticket: bytes, hop: int, count: int) -> trio.Event:
        over = trio.Event()
        if self._is_over:
            over.set()
            return over
        request = self.purse.ask(ticket, hop, count)
        self._running[request.number] = _Running(act_in(ticket), count, over)
        self._asking.send_nowait(Asking(request, ticket))
        return over

    def answered(self, issued: Issued) -> None:
        """Put into the purse what an answer brings; one that proves nothing is dropped, and counted there."""
        self.purse.take(issued.number, issued.day, Grant(*issued.any_chat), Grant(*issued.contacts))
        running = self._running.pop(issued.number, None)
        if running is not None:
            running.over.set()

    def decided(self, act: Act | Complain | None, verdict: Verdict) -> None:
        """The verdict on an act, of this session or a former one: what it brought is spent, or held again."""
        if act is not None and act.stamp is not None:
            self.purse.decided(act.stamp, allowed=verdict.allowed)

    def session_over(self) -> None:
        """Nobody waits any longer."""
        self._is_over = True
        self._asking.close()
        for running in self._running.values():
            running.over.set()
