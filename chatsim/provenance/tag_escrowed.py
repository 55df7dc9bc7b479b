"""Traceability `tag-escrowed`: the originator's number, sealed to a key that neither relay nor recipients have.

As `chatsim.provenance.tag`, but that only the holder of the escrow key (a court, say) reads it. All seals have one
length and are made with a key of their own, so that two texts of one originator do not look alike; within a lineage the
seal stays the same, so that recipients who compare theirs see that they have it by one way. Everybody can seal any
number, and recipients cannot even see whether there is one.
"""

from __future__ import annotations

from attrs import evolve
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, keyed, number_bytes
from chatsim.provenance.tag import CLAIMS as OPEN_CLAIMS
from chatsim.provenance.tag import named
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Finding, Proof, Search, Slots

SEALED_BYTES = ID_BYTES + 48
"""X25519 public key and Poly1305 tag come on top (libsodium, crypto_box_seal)."""


class SealedTagClient:
    """Knows the escrow's public key, with which it can seal and not open."""

    inner_bytes = SEALED_BYTES
    outer_bytes = stamp_bytes = 0

    def __init__(self, public: bytes) -> None:
        self._box = SealedBox(PublicKey(public))

    def original(self, me: int, text: bytes) -> Slots:
        return Slots(bytes(self._box.encrypt(number_bytes(me))), b"")

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return Slots(held.inner, b"")

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whatever has the length: only the escrow can see more."""
        return len(proof.inner) == SEALED_BYTES

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """The victim's number, sealed as the victim would."""
        return self.original(victim, text)


class Escrow:
    """The holder of the key."""

    def __init__(self, private: PrivateKey) -> None:
        self._box = SealedBox(private)

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        try:
            tag = bytes(self._box.decrypt(evidence[:SEALED_BYTES]))
        except (CryptoError, ValueError, TypeError):
            return None
        user = named(tag)
        return None if user is None else Finding(originator=user)


CLAIMS = evolve(OPEN_CLAIMS, search=Search.NOBODY, recipients_learn=False)


def set_up(root: bytes) -> Tracing:
    """The escrow's key of the root, which makes all parties of a study; the relay's half gets nothing of it."""
    private = PrivateKey(keyed(root, b"tag escrow key"))
    public = bytes(private.public_key)
    return Tracing(CLAIMS, SealedTagClient(public), Untraced(), Escrow(private), public)


def client_of(public: bytes) -> SealedTagClient:
    """Of the escrow's public key."""
    return SealedTagClient(public)
