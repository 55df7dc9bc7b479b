"""Who may log in as whom."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Protocol

TOKEN_BYTES = 32


class Admission(Protocol):
    """Decides on a login, before anything else is looked at."""

    def admits(self, user: int, token: bytes | None) -> bool: ...


class Anybody:
    """Whoever reaches the server may be any user: for loopback only."""

    def admits(self, user: int, token: bytes | None) -> bool:
        return True


class Tokens:
    """Users prove who they are by 256 random bits, of which only the SHA-256 is known here.

    A slow hash would protect nothing, because such a token cannot be guessed, and would let strangers keep the
    server busy. An unknown user costs the same comparison as a wrong token.
    """

    def __init__(self, digests: Mapping[int, bytes]) -> None:
        self._digests = digests

    def admits(self, user: int, token: bytes | None) -> bool:
        given = hashlib.sha256(token or b"").digest()
        expected = self._digests.get(user, bytes(len(given)))
        return hmac.compare_digest(given, expected)
