"""Deadlines of sessions, without a timer or a scope for each.

A queue of them is in order because all its deadlines lie equally far ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from chatsim.server.session import Session


class Deadlines:
    """Sessions that are looked at again so many seconds after they were added."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._queue: deque[tuple[float, Session]] = deque()

    def add(self, session: Session, now: float) -> None:
        self._queue.append((now + self.seconds, session))

    def due(self, now: float) -> Iterator[Session]:
        """Those whose time is over, each once, unless they are closed."""
        queue = self._queue
        while queue and queue[0][0] <= now:
            _, session = queue.popleft()
            if not session.closed:
                yield session
