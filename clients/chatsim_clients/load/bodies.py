"""What a load message carries in its opaque body: when it should have left, and its place in its conversation."""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEADER = struct.Struct(">IQQIB")
HEADER_BYTES = _HEADER.size
_pack = _HEADER.pack
_unpack = _HEADER.unpack_from

FORWARD, BURST, ASKS = 1, 2, 4
"""Flags: forwards a copy; sent by somebody of the burst; the sender wants to know when it is read."""
SLOT_BITS = 24
"""A conversation's number is sender << 24 | slot: the slot is the chat's place in the sender's list."""
BURST_SLOT = (1 << SLOT_BITS) - 1
"""The slot of what somebody sends in a burst: acts to many chats at once, numbered by sender."""


class Carried(NamedTuple):
    """The header of a body."""

    run: int
    """Which load it belongs to: mail of another one may still wait in a mailbox."""
    intended: int
    """CLOCK_MONOTONIC in ns, which all processes of a machine share."""
    conversation: int
    sequence: int
    flags: int


def conversation_of(sender: int, slot: int) -> int:
    return sender << SLOT_BITS | slot


def write_body(
    run: int, intended: int, conversation: int, sequence: int, flags: int, size: int
) -> bytes:
    """A body of `size` bytes, the header's at least."""
    return _pack(run, intended, conversation, sequence, flags).ljust(size, b"\0")


def read_body(body: bytes) -> Carried | None:
    """The header; None of a body that no load wrote."""
    return None if len(body) < HEADER_BYTES else Carried._make(_unpack(body))
