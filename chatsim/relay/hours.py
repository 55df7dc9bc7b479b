"""How many chats each person has forwarded to in the running hour of the clock, over all contents."""

from __future__ import annotations

from chatsim.model import ONE_HOUR
from chatsim.relay.changes import Change, HourOver, Saved, Spent


class Hours:
    """What is used of the running hour, never what is left; forgotten when the hour is over."""

    def __init__(self, journal: list[Change] | None = None) -> None:
        self._hour = 0
        self._used: dict[int, int] = {}
        """Chats by user."""
        self._journal = journal

    def used(self, user: int, tick: int) -> int:
        self.turn(tick)
        return self._used.get(user, 0)

    def charge(self, user: int, chats: int, tick: int) -> None:
        self.turn(tick)
        used = self._used[user] = self._used.get(user, 0) + chats
        if self._journal is not None:
            self._journal.append(Spent(user, self._hour, used))

    def turn(self, tick: int) -> None:
        """Forget an hour that is over."""
        hour = tick // ONE_HOUR
        if hour == self._hour:
            return
        self._hour = hour
        if self._used:
            self._used.clear()
            if self._journal is not None:
                self._journal.append(HourOver())

    def clear(self) -> None:
        """Forget everything."""
        self._hour = 0
        self._used.clear()

    def restore(self, saved: Saved) -> None:
        for spent in saved.spent:
            self._hour = spent.hour
            self._used[spent.user] = spent.chats
