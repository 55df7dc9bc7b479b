"""What is due when: messages worked out slice by slice, a burst's acts, and the windows of a closed workload."""

from __future__ import annotations

import time

from attrs import define, field

from chatsim_clients.load.bursting import Bursting
from chatsim_clients.load.client import Client
from chatsim_clients.load.course import Course
from chatsim_clients.load.crew import Crew
from chatsim_clients.load.intents import ClosedIntents, Intent, Intents

SECOND = 1_000_000_000
SLICE_SECONDS = 0.1
"""Messages are worked out so far ahead, all users' together."""
SENT_TOGETHER_MAX = 16
"""Messages that are due at once and leave in one go: the first of them shall not wait for the last."""


@define(eq=False)
class Schedule:
    """Of one worker's users. An open load or a replay has intents, a closed workload has a window."""

    crew: Crew
    course: Course
    bursting: Bursting | None
    intents: Intents | None = None
    closed: ClosedIntents | None = None
    window: int = 0
    """Acts of each client without a verdict, of a closed workload."""
    origin: int = 0
    """The load's second 0, as CLOCK_MONOTONIC in ns; 0: not yet known."""
    finished: bool = False
    """A closed workload sends nothing more."""
    _queue: list[Intent] = field(factory=list)
    """Latest first."""
    _worked_out: float = 0.0
    _present: int = 0
    """The window of the present stage."""
    _turns: list[int] = field(factory=list)
    """When the stage changes, in ns, latest first."""

    def ns(self, seconds: float) -> int:
        """Seconds of the load as CLOCK_MONOTONIC in ns."""
        return self.origin + int(seconds * SECOND)

    def begin(self, origin: int) -> None:
        """The load begins."""
        self.origin = origin
        if self.bursting is not None:
            self.bursting.begin(origin)
        self._turns = [self.ns(start) for start in reversed(self.course.starts())]

    def due(self, otherwise: int) -> int:
        """When something is due next."""
        due = otherwise
        if self._queue and not self.finished:
            due = min(due, self.ns(self._queue[-1].seconds))
        if self.bursting is not None:
            due = min(due, self.bursting.due(due))
        return min(due, self._turns[-1]) if self._turns else due

    def send(self, now: int) -> None:
        """Send what is due."""
        seconds = (now - self.origin) / SECOND
        if self.intents is not None:
            if self._worked_out < seconds + SLICE_SECONDS / 2:
                self._worked_out = max(seconds, 0.0) + SLICE_SECONDS
                self._queue = self.intents.until(self._worked_out)[::-1] + self._queue
            self._send_until(seconds)
        if self.bursting is not None:
            self.bursting.play(now)
        while self._turns and self._turns[-1] <= now:
            self._turns.pop()
            self._widen(seconds)

    def _send_until(self, seconds: float) -> None:
        crew, queue = self.crew, self._queue
        while queue and queue[-1].seconds <= seconds:
            intent = queue.pop()
            crew.sending.submit(crew.clients[intent.user], self.ns(intent.seconds), intent)
            if not len(queue) % SENT_TOGETHER_MAX:
                crew.flush()

    def _widen(self, seconds: float) -> None:
        """A stage begins: a closed workload has another window."""
        stage = self.course.stage_at(max(seconds, 0.0))
        if self.closed is None or stage is None:
            return
        self._present = round(self.window * stage.factor)
        for client in self.crew.clients.values():
            if client.online:
                self.top_up(client)

    def top_up(self, client: Client) -> None:
        """Keep a client's window full."""
        if not self.origin or self.finished or self.closed is None:
            return
        while len(client.pending) < self._present:
            now = time.monotonic_ns()
            intent = self.closed.following(client.user)
            if intent is None or now >= self.crew.ledger.measured[1]:
                return
            self.crew.sending.submit(client, now, intent)
