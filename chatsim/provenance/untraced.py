"""Traceability `none`: the platform keeps no record of who created or sent what, and a report names nobody."""

from __future__ import annotations

from chatsim.provenance.halves import TraceBook, Tracing
from chatsim.provenance.values import Claims, Finding, Names, Proof, Search, Slots, Stored

NOTHING = Slots(b"", b"")


class Untraced:
    """All three parties: there is nothing to do."""

    inner_bytes = outer_bytes = stamp_bytes = 0

    def original(self, me: int, text: bytes) -> Slots:
        return NOTHING

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        return NOTHING

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        return True

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        return b""

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        return None

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        return True

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        return b""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        return None


CLAIMS = Claims(
    names=Names.NOBODY,
    frameable=False,
    stored=Stored.NOTHING,
    ids_at_rest=False,
    search=Search.NOBODY,
    dictionary=False,
    new_or_forward=False,
    linkage=False,
    recipients_learn=False,
)


def set_up(root: bytes) -> Tracing:
    """There is no secret."""
    untraced = Untraced()
    return Tracing(CLAIMS, untraced, untraced, untraced)


def client_of(public: bytes) -> Untraced:
    """There is nothing that everybody must know."""
    return Untraced()
