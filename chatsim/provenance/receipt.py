"""Enforcement `receipt`: permits that the relay hands out with every copy and recognises when they come back."""

from __future__ import annotations

from chatsim.provenance.keys import keyed


def commitment(secret: bytes, text: bytes) -> bytes:
    """What binds a lineage to its text without showing it: only the holder of `secret` can open it."""
    return keyed(secret, b"commitment", text)
