"""A relay's half of a traceability mode that notes which entries of the book each act touches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from chatsim.provenance.halves import RelayHalf, TraceBook


class Pages:
    """A book in a dict: what an attacker has who took a copy of the relay's."""

    def __init__(self, entries: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._entries = dict(entries)

    def get(self, key: bytes) -> bytes | None:
        return self._entries.get(key)

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        self._entries.setdefault(key, value)

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        return self._entries.items()

    def copied(self) -> Self:
        return type(self)(self._entries.items())


class _Watched:
    """A book that notes what is asked of it."""

    def __init__(self, book: TraceBook, touched: set[bytes]) -> None:
        self._book = book
        self._touched = touched

    def get(self, key: bytes) -> bytes | None:
        self._touched.add(key)
        return self._book.get(key)

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        self._touched.add(key)
        self._book.put(key, value, tick)

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        return self._book.items()


class Recorder:
    """Passes everything on to the mode's own half."""

    def __init__(self, half: RelayHalf) -> None:
        self._half = half
        self.outer_bytes, self.stamp_bytes = half.outer_bytes, half.stamp_bytes
        self.touched: set[bytes] = set()
        """By the last act."""

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        return self._half.takes(book, sender, outer)

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        self.touched.clear()
        return self._half.admit(_Watched(book, self.touched), tick, sender, chats, outer)
