"""Who wants to know what a shell does while it runs, and what it has carried since it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import define, field

from chatsim.server.session import Session


class Observer(Protocol):
    """Called from the shell's own loop: it must not wait. Seconds are those of a monotonic clock."""

    def batch(self, seconds: float, events: int) -> None:
        """A batch handled so many frames."""

    def committed(self, seconds: float) -> None:
        """A commit took so long."""

    def released(self, seconds: float, count: int) -> None:
        """The output for so many sessions left, so long after its batch began."""

    def loop_lag(self, seconds: float) -> None:
        """The loop woke somebody so much later than it had been asked to."""


class NoObserver:
    """Looks away."""

    def batch(self, seconds: float, events: int) -> None:
        pass

    def committed(self, seconds: float) -> None:
        pass

    def released(self, seconds: float, count: int) -> None:
        pass

    def loop_lag(self, seconds: float) -> None:
        pass


CAUSES = (
    "left",
    "lost",
    "replaced",
    "breach",
    "slow",
    "idle",
    "no login",
    "full",
    "stopping",
)
"""Why sessions end: they said goodbye, their connection went, the device logged in elsewhere, bytes that are no
protocol or a login that is refused, an outbox over its bound, silence, silence before login, no room, a stop."""


@define(eq=False)
class ShellBooks:
    """What a shell has carried since it began. Bytes are those of the sockets."""

    _sessions: Mapping[int, Session] = field(repr=False)
    bytes_in: int = 0
    bytes_out: int = 0
    frames_in: int = 0
    batches: int = 0
    sessions_peak: int = 0
    refused_connections: int = 0
    """Turned away at the door."""
    ended_by: dict[str, int] = field(factory=lambda: dict.fromkeys(CAUSES, 0))

    @property
    def connections(self) -> int:
        """Open now."""
        return len(self._sessions)

    @property
    def outbox_waiting(self) -> int:
        """Bytes that sockets have not taken yet, now."""
        outboxes = (session.outbox for session in self._sessions.values())
        return sum(outbox.waiting for outbox in outboxes if outbox is not None)
