"""What a simulated person writes into the opaque body: which content it is, the client's own counter, and slots.

A body is the text's first bytes (content, edition), the counter, the inner slots of enforcement and traceability, and
filler up to the content's size. The *text* is what people see, and what commitments and hashes are of: the body without
counter and slots.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from chatsim.errors import RemoteProtocolError

_TEXT = struct.Struct(">II")
_PREFIX = struct.Struct(">IIB")


class Payload(NamedTuple):
    """What a body says."""

    content: int
    edition: int
    """0: the bytes as the content's originators have them; else a number for each way in which they were re-encoded."""
    hop: int
    """The client's own counter; it means something under `client` enforcement only."""
    inner: bytes


def payload(content: int, edition: int, hop: int, inner: bytes, body_bytes: int) -> bytes:
    """A body: `body_bytes` bytes (at least the prefix's nine) and the slots'."""
    return (_PREFIX.pack(content, edition, hop) + inner).ljust(body_bytes + len(inner), b"\0")


def text_of(content: int, edition: int, body_bytes: int) -> bytes:
    """What people see of it."""
    return _TEXT.pack(content, edition).ljust(body_bytes, b"\0")


def read_payload(body: bytes, inner_bytes: int) -> Payload:
    """What a body says, whose slots have `inner_bytes` bytes. Raises RemoteProtocolError."""
    least = _PREFIX.size + inner_bytes
    if len(body) < least:
        message = f"a body of {len(body)} bytes; a simulated person's has at least {least}"
        raise RemoteProtocolError(message)
    content, edition, hop = _PREFIX.unpack_from(body)
    return Payload(content, edition, hop, body[_PREFIX.size : least])
