"""The barrier of a driven clock: the clock moves when every copy of a tick is delivered.

Each driver says `sent(t)` when every act of tick t has its verdict. Once all have, and no copy is on its way, the
tick is settled; then every driver names its next tick and the clock goes to the smallest. Empty ticks are skipped, and
nothing sleeps.
"""

from __future__ import annotations

import enum
from typing import TypeVar

from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.wire.messages import (
    Begin,
    Begun,
    End,
    Go,
    Next,
    Sent,
    Settled,
)

Signal = TypeVar("Signal", Begun, Settled, Go, End)


class Stage(enum.Enum):
    """What the barrier waits for from each driver."""

    BEGIN = "begin"
    NEXT = "next"
    SENT = "sent"


@define(eq=False)
class Barrier:
    """One driven clock for a fixed number of drivers, named by their sessions."""

    drivers: int
    tick: int = 0
    stage: Stage = Stage.BEGIN
    joined: set[int] = field(factory=set)
    answered: dict[int, int | None] = field(factory=dict)
    """What each driver said in this stage."""

    def join(self, session: int) -> None:
        if len(self.joined) == self.drivers:
            message = f"a driver more than the {self.drivers} that this clock waits for"
            raise RemoteProtocolError(message)
        self.joined.add(session)

    def answer(self, session: int, message: Begin | Next | Sent) -> None:
        """Take one driver's word for this stage. Raises RemoteProtocolError when it is out of turn."""
        match message:
            case Begin():
                self._expect(Stage.BEGIN, session)
                self.answered[session] = None
            case Next():
                self._expect(Stage.NEXT, session)
                if message.tick is not None and message.tick < self.tick:
                    text = f"a driver's next tick {message.tick}; the clock stands at {self.tick}"
                    raise RemoteProtocolError(text)
                self.answered[session] = message.tick
            case Sent():
                self._expect(Stage.SENT, session)
                if message.tick != self.tick:
                    text = f"a driver sent tick {message.tick}; the clock stands at {self.tick}"
                    raise RemoteProtocolError(text)
                self.answered[session] = message.tick

    def _expect(self, stage: Stage, session: int) -> None:
        if self.stage is not stage or session in self.answered:
            text = f"a driver's {stage.value} out of turn; the clock waits for {self.stage.value}"
            raise RemoteProtocolError(text)

    def advance(self, on_their_way: int) -> Begun | Settled | Go | End | None:
        """What all drivers are to be told now, if the stage is complete.

        `on_their_way` counts copies that connected devices have not acknowledged.
        """
        if len(self.answered) < self.drivers:
            return None
        match self.stage:
            case Stage.BEGIN:
                self.tick = 0
                return self._enter(Stage.NEXT, Begun())
            case Stage.SENT:
                if on_their_way:
                    return None
                return self._enter(Stage.NEXT, Settled(self.tick))
            case Stage.NEXT:
                ticks = [tick for tick in self.answered.values() if tick is not None]
                if not ticks:
                    return self._enter(Stage.BEGIN, End())
                self.tick = min(ticks)
                return self._enter(Stage.SENT, Go(self.tick))

    def _enter(self, stage: Stage, signal: Signal) -> Signal:
        self.stage = stage
        self.answered.clear()
        return signal
