"""Keyed functions, each apart from all others by a label: to derive, to commit and to authenticate with.

BLAKE2b is keyed and personalised by construction (RFC 7693), and costs less than half of HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import secrets

KEY_BYTES = 32
_DRAWN_AT_ONCE = 64
ID_BYTES = 8
"""Users, chats and ticks have one length, so that no length tells one from another."""


def keyed(key: bytes, label: bytes, *parts: bytes, size: int = 32) -> bytes:
    """`size` bytes (1 to 64) that only the holder of `key` can make of these parts.

    `label` (up to 16 bytes) says what for. Every part but the last must have a fixed length under one label: parts are
    joined as they are.
    """
    return hashlib.blake2b(b"".join(parts), digest_size=size, key=key, person=label).digest()


class Keyed:
    """`keyed` under one key, label and size, for who asks often: from the second time on it costs less than half."""

    __slots__ = ("_start",)

    def __init__(self, key: bytes, label: bytes, size: int = 32) -> None:
        self._start = hashlib.blake2b(digest_size=size, key=key, person=label)

    def __call__(self, parts: bytes) -> bytes:
        """Of the parts, joined."""
        state = self._start.copy()
        state.update(parts)
        return state.digest()


def number_bytes(number: int) -> bytes:
    """A user, a chat (a group is negative) or a tick."""
    return number.to_bytes(ID_BYTES, "big", signed=True)


def number_of(data: bytes) -> int:
    """The inverse of `number_bytes`."""
    return int.from_bytes(data, "big", signed=True)


def fresh(size: int = KEY_BYTES) -> bytes:
    """Bytes that nobody can guess; no decision of a study reads them."""
    return secrets.token_bytes(size)


class Supply:
    """Fresh bytes of one size, for who needs them often: the system is asked for many at once."""

    __slots__ = ("_at", "_drawn", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._drawn = b""
        self._at = 0

    def __call__(self) -> bytes:
        at, size = self._at, self._size
        if at == len(self._drawn):
            self._drawn, at = fresh(_DRAWN_AT_ONCE * size), 0
        self._at = at + size
        return self._drawn[at : at + size]
