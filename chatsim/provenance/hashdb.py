"""Traceability `hashdb`: the relay keeps, for every text, a hash and who sent it first.

The "alphanumeric hash" that India's government proposed in 2021. Whoever knows a text finds its first sender without
any report, whoever changes one byte starts a text of its own, and of two people who bring the same text from elsewhere
the earlier is named.
"""

from __future__ import annotations

import hashlib
import struct
from hmac import compare_digest

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, number_bytes, number_of
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

HASH_BYTES = 32
_ENTRY = struct.Struct(f"{ID_BYTES}s{ID_BYTES}s")
"""The first sender and the tick, under the text's hash."""


class HashClient:
    """Sends the hash of the text, and drops what came with another."""

    inner_bytes = stamp_bytes = 0
    outer_bytes = HASH_BYTES

    def original(self, me: int, text: bytes) -> Slots:
        return Slots(b"", hash_of(text))

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return self.original(me, text)

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        return compare_digest(proof.outer, hash_of(text))

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        """The text, which anybody can write who knows it."""
        return text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing: the relay writes down whoever sends."""
        return None


class HashRelay:
    """Keeps the first sender of every hash, and looks texts up: relay and examiner in one."""

    outer_bytes = HASH_BYTES
    stamp_bytes = 0

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        return True

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        if book.get(outer) is None:
            book.put(outer, _ENTRY.pack(number_bytes(sender), number_bytes(tick)), tick)
        return b""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        entry = book.get(hash_of(evidence))
        if entry is None or len(entry) != _ENTRY.size:
            return None
        sender, tick = _ENTRY.unpack(entry)
        return Finding(originator=number_of(sender), tick=number_of(tick))


def hash_of(text: bytes) -> bytes:
    """Without a key, as proposed; a key of the relay's would change nothing for whoever has the relay."""
    return hashlib.sha256(text).digest()


CLAIMS = Claims(
    names=Names.FIRST,
    frameable=False,
    stored=Stored.ALL,
    ids_at_rest=True,
    search=Search.ORIGIN,
    dictionary=True,
    new_or_forward=True,
    linkage=True,
    recipients_learn=False,
)


def set_up(root: bytes) -> Tracing:
    """There is no secret."""
    relay = HashRelay()
    return Tracing(CLAIMS, HashClient(), relay, relay)


def client_of(public: bytes) -> HashClient:
    """There is nothing that everybody must know."""
    return HashClient()
