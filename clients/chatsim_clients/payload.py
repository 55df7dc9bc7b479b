"""What a simulated person writes into the opaque body: which content it is, and the client's own counter."""

from __future__ import annotations

import struct

from chatsim.errors import RemoteProtocolError

_PREFIX = struct.Struct(">IB")


def payload(content: int, hop: int, body_bytes: int) -> bytes:
    """A body of `body_bytes` bytes (at least the prefix's five)."""
    return _PREFIX.pack(content, hop).ljust(body_bytes, b"\0")


def read_payload(body: bytes) -> tuple[int, int]:
    """(content, claimed hop) of a body; the hop means something under `client` enforcement only."""
    if len(body) < _PREFIX.size:
        message = f"a body of {len(body)} bytes; a simulated person's has at least {_PREFIX.size}"
        raise RemoteProtocolError(message)
    content, hop = _PREFIX.unpack_from(body)
    return content, hop
