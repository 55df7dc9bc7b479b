"""Acts and complaints of a session, of which each gets a verdict: sent while few enough wait, and sent again."""

from __future__ import annotations

from collections.abc import Callable

import trio
from attrs import define, field

from chatsim.chat.line import Line
from chatsim.device import Device
from chatsim.model import Verdict
from chatsim.wire.messages import Act, Complain, Decided

UNANSWERED_MAX = 256
"""Acts of one device that may wait for their verdicts."""


@define(eq=False)
class Pending:
    """An act or a complaint whose verdict is awaited."""

    over: trio.Event = field(factory=trio.Event)
    """Its verdict came, or the session ended before."""
    verdict: Verdict | None = None


class Verdicts:
    """Of one session."""

    def __init__(self, line: Line, device: Device) -> None:
        self._line = line
        self._device = device
        self._pending: dict[int, Pending] = {}
        self._answered = trio.lowlevel.ParkingLot()
        self._resent: dict[int, Pending] = {}

    async def send(self, make: Callable[[], tuple[int, bytes, bytes]]) -> Pending:
        """Write what `make` numbers, once few enough wait for their verdicts: (counter, head, what follows)."""
        async with self._line.turn:
            while len(self._device.unanswered) >= UNANSWERED_MAX and self._line.end is None:
                await self._answered.park()
            self._line.check_open()
            counter, head, body = make()
            pending = self._pending[counter] = Pending()
            await self._line.write(head + body)
        return pending

    async def of(self, pending: Pending) -> Verdict:
        """The verdict, when it comes. Raises RunError where the session ends before."""
        await pending.over.wait()
        if pending.verdict is None:
            self._line.check_open()
            raise self._line.broken("the server closed the connection before a verdict")
        return pending.verdict

    async def send_again(self) -> None:
        """Write what a former session left without a verdict."""
        for frame in self._device.resend():
            await self._line.write(frame)

    def expect(self) -> None:
        """What a former session left is to be sent again."""
        self._resent = {counter: Pending() for counter in self._device.unanswered}
        self._pending.update(self._resent)

    @property
    def resent(self) -> tuple[int, ...]:
        """The counters of what was sent again."""
        return tuple(self._resent)

    async def of_resent(self, counter: int) -> Verdict:
        """The verdict on what was sent again. Raises ValueError for any other counter."""
        pending = self._resent.get(counter)
        if pending is None:
            message = f"act {counter} was not sent again; those that were: {[*self._resent]}"
            raise ValueError(message)
        return await self.of(pending)

    def take(self, decided: Decided) -> Act | Complain | None:
        """A verdict: what it is on, if that waited for one. Raises RemoteProtocolError for one that cannot be."""
        on = self._device.unanswered.get(decided.counter)
        self._device.receive(decided)
        self._answered.unpark()
        pending = self._pending.pop(decided.counter, None)
        if pending is not None:
            pending.verdict = decided.verdict
            pending.over.set()
        return on

    def session_over(self) -> None:
        """No verdict comes any more."""
        self._answered.unpark_all()
        for pending in self._pending.values():
            pending.over.set()
