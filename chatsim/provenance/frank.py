"""Traceability `frank`: a report proves who sent the reported copy, and nothing about where they had it from.

Message franking (Grubbs, Lu, Ristenpart, CRYPTO 2017): the sender commits to the text, and the relay stamps what it
knows by itself, the sender and the tick, onto the commitment. Every act has a commitment of its own, so that nothing
ties a forward to the copy that it is made of.
"""

from __future__ import annotations

import struct
from hmac import compare_digest

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, KEY_BYTES, fresh, keyed, number_bytes, number_of
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

MARK_BYTES = 32
_STAMP = struct.Struct(f"{ID_BYTES}s{MARK_BYTES}s")
"""The tick, and the relay's mark upon commitment, sender and tick."""
_EVIDENCE = struct.Struct(f"{KEY_BYTES}s{ID_BYTES}s{ID_BYTES}s{MARK_BYTES}s")
"""The secret, the sender and the stamp; the text follows."""


class FrankClient:
    """Needs nothing of anybody's: the secret of each act is fresh."""

    inner_bytes = KEY_BYTES
    outer_bytes = KEY_BYTES
    stamp_bytes = _STAMP.size

    def original(self, me: int, text: bytes) -> Slots:
        secret = fresh()
        return Slots(secret, _commitment(secret, text))

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return self.original(me, text)

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether the commitment is of this text; the stamp comes from the relay itself."""
        if len(proof.inner) != KEY_BYTES or len(proof.stamp) != _STAMP.size:
            return False
        return compare_digest(proof.outer, _commitment(proof.inner, text))

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner + number_bytes(sender) + proof.stamp + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """Nothing: the relay marks whoever sends."""
        return None


class FrankRelay:
    """Marks every act, and recognises its marks in reports: relay and examiner in one."""

    outer_bytes = KEY_BYTES
    stamp_bytes = _STAMP.size

    def __init__(self, root: bytes) -> None:
        self._key = keyed(root, b"frank key")

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        return True

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        when = number_bytes(tick)
        return when + self._mark(outer, number_bytes(sender), when)

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        if len(evidence) < _EVIDENCE.size:
            return None
        secret, sender, when, mark = _EVIDENCE.unpack_from(evidence)
        commitment = _commitment(secret, evidence[_EVIDENCE.size :])
        if not compare_digest(mark, self._mark(commitment, sender, when)):
            return None
        return Finding(originator=number_of(sender), tick=number_of(when))

    def _mark(self, commitment: bytes, sender: bytes, when: bytes) -> bytes:
        return keyed(self._key, b"frank mark", commitment, sender, when, size=MARK_BYTES)


def _commitment(secret: bytes, text: bytes) -> bytes:
    return keyed(secret, b"frank commitment", text)


CLAIMS = Claims(
    names=Names.SENDER,
    frameable=False,
    stored=Stored.NOTHING,
    ids_at_rest=False,
    search=Search.SENDER,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=False,
)


def set_up(root: bytes) -> Tracing:
    """The relay's key is the only secret."""
    relay = FrankRelay(root)
    return Tracing(CLAIMS, FrankClient(), relay, relay)


def client_of(public: bytes) -> FrankClient:
    """There is nothing that everybody must know."""
    return FrankClient()
