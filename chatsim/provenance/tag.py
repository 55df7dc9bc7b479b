"""Traceability `tag`: every copy says who is to have begun it, as was proposed to the Madras High Court in 2019.

The originator's app puts its user's number beside the text, and whoever passes a copy on leaves the number as it is
(V. Kamakoti, report in WP 20774/2018: once readable for every recipient, once sealed to a key in escrow, which is
`chatsim.provenance.tag_escrowed`). Nobody vouches for the number: a modified app writes another, and so can whoever
reports.
"""

from __future__ import annotations

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.keys import ID_BYTES, number_bytes, number_of
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored


class TagClient:
    """Writes and keeps the number in the open."""

    inner_bytes = ID_BYTES
    outer_bytes = stamp_bytes = 0

    def original(self, me: int, text: bytes) -> Slots:
        return Slots(number_bytes(me), b"")

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return Slots(held.inner, b"")

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        return named(proof.inner) is not None

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return proof.inner + text

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """The victim's number: recipients have nothing to check it against."""
        return self.original(victim, text)


class TagExaminer:
    """Reads the number, as every recipient can."""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        user = named(evidence[:ID_BYTES])
        return None if user is None else Finding(originator=user)


def named(tag: bytes) -> int | None:
    """The user of a tag; None where it is none."""
    if len(tag) != ID_BYTES:
        return None
    user = number_of(tag)
    return user if user >= 0 else None


CLAIMS = Claims(
    names=Names.CLAIMED,
    frameable=True,
    stored=Stored.NOTHING,
    ids_at_rest=False,
    search=Search.ORIGIN,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=True,
)


def set_up(root: bytes) -> Tracing:
    """There is no secret, and nothing for the relay to do."""
    return Tracing(CLAIMS, TagClient(), Untraced(), TagExaminer())


def client_of(public: bytes) -> TagClient:
    """There is nothing that everybody must know."""
    return TagClient()
