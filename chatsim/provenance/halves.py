"""The three parties of a traceability mode. All of it is synchronous and without a clock.

A setup makes all three from a root of secret bytes; the client's half gets public values only, so that a test can prove
that nothing of the relay's is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

from chatsim.provenance.values import Claims, Finding, Proof, Slots


class ClientHalf(Protocol):
    """What an app adds to what its user sends, and what it checks of what arrives.

    Randomness comes from the system, and no decision of a study reads it.
    """

    inner_bytes: int
    outer_bytes: int
    stamp_bytes: int
    """Lengths of what the mode adds, the same for every act."""

    def original(self, me: int, text: bytes) -> Slots:
        """For one's own text, to all chats of one act."""
        ...

    def forward(self, me: int, text: bytes, held: Proof) -> Slots:
        """For the forward of a copy that came with `held`."""
        ...

    def accepts(self, text: bytes, sender: int, proof: Proof) -> bool:
        """Whether an honest app shows a copy that `sender` sent with this; it drops what it could not report."""
        ...

    def evidence(self, text: bytes, sender: int, proof: Proof) -> bytes:
        """What a person hands over who reports a copy."""
        ...

    def forged(self, me: int, victim: int, text: bytes, held: Proof | None) -> Slots | None:
        """What a modified app sends that wants `victim` blamed; None where honest apps would drop everything it could.

        `held` is the copy to forward, None for a text of its own.
        """
        ...


class TraceBook(Protocol):
    """What the relay keeps by message: bytes by key, forgotten when they are old (`chatsim.relay.tracing`)."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, value: bytes, tick: int) -> None:
        """Keep what was not there."""
        ...

    def items(self) -> Iterable[tuple[bytes, bytes]]: ...


class RelayHalf(Protocol):
    """What the relay does about acts: asked before the caps charge, and told after. A refusal leaves nothing."""

    outer_bytes: int
    stamp_bytes: int

    def takes(self, book: TraceBook, sender: int, outer: bytes) -> bool:
        """Whether an outer slot can be; it has `outer_bytes` bytes."""
        ...

    def admit(
        self, book: TraceBook, tick: int, sender: int, chats: tuple[int, ...], outer: bytes
    ) -> bytes | None:
        """The stamp of the copies of an act that the caps allow; None for what it does not take."""
        ...


class Examiner(Protocol):
    """Whoever may open reports: has the relay's keys and book, and under escrow the key that the relay has not."""

    def examine(self, book: TraceBook, evidence: bytes) -> Finding | None:
        """What a report brings to light; None where it brings nothing, or is not genuine. Takes any bytes."""
        ...


@frozen
class Tracing:
    """One mode, set up."""

    claims: Claims
    client: ClientHalf
    relay: RelayHalf
    examiner: Examiner
    public: bytes = b""
    """What everybody may know; `chatsim.provenance.modes.client_of` makes the client's half of it."""
