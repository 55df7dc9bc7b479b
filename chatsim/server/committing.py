"""Batches whose changes are not on disk yet: nothing that they wrote leaves before it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from attrs import frozen

from chatsim.relay.changes import Change
from chatsim.server.session import Session

HELD_MAX = 256
"""Batches that may wait for the disk; no more is read until there are fewer."""


class Committing(Protocol):
    """Commits batches in order on a thread of its own, as many at once as wait together."""

    def submit(self, batch: int, changes: Sequence[Change], tick: int) -> None:
        """Never waits."""

    def close(self) -> None:
        """Commit what waits, and end."""


@frozen
class Journal:
    """What has to be on disk before a batch leaves, and who brings it there."""

    take_changes: Callable[[], Sequence[Change]]
    """Everything the relay changed since it was asked last."""
    committer: Committing


class Output(NamedTuple):
    """What one batch wrote to one session."""

    session: Session
    pieces: list[bytes]
    last: bool
    """Nothing follows."""


class Held(NamedTuple):
    """A batch that waits for its commit."""

    batch: int
    since: float
    outputs: list[Output]


class Pipeline:
    """The batches between the relay and the disk, in order."""

    def __init__(self, committer: Committing) -> None:
        self.committer = committer
        self._held: deque[Held] = deque()
        self._submitted = 0
        self._committed = 0

    @property
    def is_full(self) -> bool:
        return len(self._held) >= HELD_MAX

    @property
    def is_empty(self) -> bool:
        return not self._held

    def hold(
        self, outputs: list[Output], changes: Sequence[Change], tick: int, since: float
    ) -> None:
        """Have a batch committed. What changed nothing waits for those before it: it may speak of what they changed."""
        if changes:
            self._submitted += 1
            self.committer.submit(self._submitted, changes, tick)
        self._held.append(Held(self._submitted, since, outputs))

    def committed(self, last: int) -> None:
        """Every batch up to number `last` is on disk."""
        self._committed = max(self._committed, last)

    def released(self) -> Iterator[Held]:
        """The batches that may leave, each once, in order."""
        held = self._held
        while held and held[0].batch <= self._committed:
            yield held.popleft()
