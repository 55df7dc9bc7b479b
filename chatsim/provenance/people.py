"""Who sent and to which chats, as entries of traceback have it in bytes."""

from __future__ import annotations

from typing import NamedTuple

from chatsim.provenance.keys import ID_BYTES, number_bytes, number_of


class People(NamedTuple):
    """Of one act."""

    sender: int
    chats: tuple[int, ...]


def people_bytes(sender: int, chats: tuple[int, ...]) -> bytes:
    """Eight bytes for each."""
    return b"".join(map(number_bytes, (sender, *chats)))


def people_of(data: bytes) -> People | None:
    """The inverse; None where it is none."""
    if len(data) < ID_BYTES or len(data) % ID_BYTES:
        return None
    sender, *chats = (number_of(data[i : i + ID_BYTES]) for i in range(0, len(data), ID_BYTES))
    return People(sender, tuple(chats))


def reaches(chats: tuple[int, ...], user: int) -> bool:
    """Whether an act to these chats can have reached a user: who is in a group, no entry says."""
    return any(chat < 0 or chat == user for chat in chats)
