"""What a field of a header may hold: its limits, and the checks that refuse everything else."""

from __future__ import annotations

from typing import Any

from chatsim.errors import RemoteProtocolError
from chatsim.model import TOKENS_MAX, Label, NoticeKind

VERSION = 1
CHATS_MAX = 8_192
NUMBER_MAX = 1 << 62
USER_MAX = (1 << 32) - 1
LABEL_MAX = max(Label)
NOTICES_MAX = sum(NoticeKind)
OPAQUE_MAX = 1_024
"""Bytes of a stamp or an outer slot."""
KEY_BYTES = 48
"""Of a wrapped key: a key and the tag."""
POINT_BYTES = 32
"""Of a blinded point, a product or a public key under `blind` enforcement."""
NONCE_BYTES = 12
WATCHED_MAX = 1_000
"""Contacts whose presence one session can subscribe to."""


def number(value: Any, most: int = NUMBER_MAX) -> int:
    if type(value) is not int or not 0 <= value <= most:
        message = f"{value!r:.40} where a whole number from 0 to {most} belongs"
        raise RemoteProtocolError(message)
    return value


def number_or_none(value: Any, most: int = NUMBER_MAX) -> int | None:
    return None if value is None else number(value, most)


def opaque(value: Any) -> bytes | None:
    if value is not None and type(value) is not bytes:
        message = f"{value!r:.40} where bytes or nothing belong"
        raise RemoteProtocolError(message)
    return value


def wrapped_key(value: Any) -> bytes:
    if type(value) is not bytes or len(value) != KEY_BYTES:
        message = f"{value!r:.40} where a wrapped key of {KEY_BYTES} bytes belongs"
        raise RemoteProtocolError(message)
    return value


def points(value: Any, most: int = TOKENS_MAX) -> bytes:
    """So many points at most, one after the other."""
    if type(value) is not bytes or len(value) % POINT_BYTES or len(value) > most * POINT_BYTES:
        message = f"{value!r:.40} where at most {most} points of {POINT_BYTES} bytes belong"
        raise RemoteProtocolError(message)
    return value


def version(value: Any) -> None:
    if type(value) is not int or value != VERSION:
        message = f"wire version {value!r:.40}; this side speaks {VERSION}"
        raise RemoteProtocolError(message)


def chats_of(value: Any) -> tuple[int, ...]:
    if type(value) is not list or not value:
        message = "an act without a list of chats"
        raise RemoteProtocolError(message)
    for chat in value:
        if type(chat) is not int or not -USER_MAX <= chat <= USER_MAX:
            message = f"{chat!r:.40} where a chat's number belongs"
            raise RemoteProtocolError(message)
    return tuple(value)


def notices_of(value: Any) -> int:
    if not number(value, NOTICES_MAX):
        message = "a message that asks for notices, and for none; it is of the kind without them"
        raise RemoteProtocolError(message)
    return int(value)


def notice_kind(value: Any) -> NoticeKind:
    if type(value) is not int or value not in NOTICE_KINDS:
        message = f"{value!r:.40} where the kind of a notice belongs"
        raise RemoteProtocolError(message)
    return NOTICE_KINDS[value]


NOTICE_KINDS = {int(kind): kind for kind in NoticeKind}
