"""Who leaves and who comes back: absences as planned, and lost sessions that are made anew after a while."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from attrs import define, field

from chatsim_clients.load.crew import Crew
from chatsim_clients.load.presence import Absence

SECOND = 1_000_000_000
RETRY_NS = SECOND // 2
"""After a session was lost, or could not be made."""


class Move(NamedTuple):
    """One user leaves or comes."""

    at: int
    """CLOCK_MONOTONIC in ns."""
    user: int
    comes: bool
    orderly: bool
    """Leaves with a goodbye."""


@define(eq=False)
class Moves:
    """The moves of one crew, each at its time."""

    crew: Crew
    _heap: list[Move] = field(factory=list)

    def plan(self, absences: Iterable[Absence], origin: int) -> None:
        """Put in these absences of a load that begins at `origin`."""
        for away in absences:
            begin, end = (origin + int(seconds * SECOND) for seconds in (away.begin, away.end))
            self._heap.append(Move(begin, away.user, comes=False, orderly=away.orderly))
            self._heap.append(Move(end, away.user, comes=True, orderly=False))
        heapq.heapify(self._heap)

    def make(self, now: int) -> None:
        """Those that are due; whoever has lost a session comes back in a while."""
        crew, heap = self.crew, self._heap
        lost, crew.lost = crew.lost, []
        for client in lost:
            heapq.heappush(heap, Move(now + RETRY_NS, client.user, comes=True, orderly=False))
        while heap and heap[0].at <= now:
            move = heapq.heappop(heap)
            client = crew.clients[move.user]
            if not move.comes:
                crew.end_session(client, orderly=move.orderly)
            elif client.link is None:
                crew.begin_session(client)

    def due(self, otherwise: int) -> int:
        """When the next one is due."""
        return self._heap[0].at if self._heap else otherwise

    def bring_everybody_back(self) -> None:
        """Nobody is away when the load is over."""
        clients = self.crew.clients
        for client in clients.values():
            if not client.wanted:
                self.crew.begin_session(client)
        self._heap = [move for move in self._heap if clients[move.user].link is None]
        heapq.heapify(self._heap)
