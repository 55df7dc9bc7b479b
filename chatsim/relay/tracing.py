"""What the relay keeps so that reports can be examined: entries by key, which are forgotten when they are old."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from chatsim.relay.changes import Change, Saved, Traced, Untraced


class TraceRecords:
    """The book of a traceability mode (`chatsim.provenance.halves.TraceBook`)."""

    def __init__(self, *, expiry_ticks: int, journal: list[Change] | None) -> None:
        self._expiry_ticks = expiry_ticks
        self._journal = journal
        self._entries: dict[bytes, bytes] = {}
        self._expiring: deque[tuple[int, bytes]] = deque()
        """(tick, key) of every entry, the oldest first."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> bytes | None:
        return self._entries.get(key)

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        """Keep what was not there."""
        assert key not in self._entries
        self._entries[key] = value
        self._expiring.append((tick, key))
        if self._journal is not None:
            self._journal.append(Traced(key, value, tick))

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        return self._entries.items()

    def expire(self, tick: int) -> None:
        """Forget what is too old."""
        expiring = self._expiring
        while expiring and tick - expiring[0][0] >= self._expiry_ticks:
            _, key = expiring.popleft()
            del self._entries[key]
            if self._journal is not None:
                self._journal.append(Untraced(key))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._expiring.clear()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        for traced in sorted(saved.traced, key=lambda each: each.tick):
            self._entries[traced.key] = traced.value
            self._expiring.append((traced.tick, traced.key))
