"""What apps write and read under a mode, so plainly that a probe can change any part of it.

A body is the app's own counter, the inner slots of enforcement and traceability, and the text. Bodies stand for sealed
ones: no attacker of a probe reads more of them than their length.
"""

from __future__ import annotations

from typing import NamedTuple

from chatsim.model import Enforcement
from chatsim.policy.decision import next_hop
from chatsim.provenance.enforcing import INNER_BYTES, OUTER_BYTES, STAMP_BYTES
from chatsim.provenance.keys import fresh
from chatsim.provenance.receipt import commitment
from chatsim.provenance.values import Proof, Slots
from chatsim.testing.probes.mode import Mode
from chatsim.wire.messages import Copy


class Letter(NamedTuple):
    """A copy as an app has read it."""

    sender: int
    text: bytes
    hop: int
    """What the reader is shown."""
    secret: bytes
    commitment: bytes
    stamp: bytes | None
    """The enforcement's, which a forward brings back."""
    proof: Proof


class Written(NamedTuple):
    """What goes into an act."""

    body: bytes
    outer: bytes | None
    stamp: bytes | None
    """Of the copy held. Under `blind` the app turns it into tokens, unless the act is `paid`."""
    paid: bool = False


class Pen:
    """Writes and reads for everybody."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self._inner = INNER_BYTES[mode.enforcement]
        self._outer = OUTER_BYTES[mode.enforcement]
        self._stamp = STAMP_BYTES[mode.enforcement]
        self._sealed = mode.enforcement is Enforcement.RECEIPT

    def original(self, me: int, text: bytes) -> Written:
        """A text of one's own, or one that is pasted."""
        return self.signed(text, self.mode.tracing.client.original(me, text))

    def forward(self, me: int, held: Letter, hop: int | None = None) -> Written:
        """A copy passed on; `hop` is what a modified app claims."""
        slots = self.mode.tracing.client.forward(me, held.text, held.proof)
        return self.written(
            held.text,
            slots,
            next_hop(held.hop) if hop is None else hop,
            held.secret,
            commitment(held.secret, held.text) if self._sealed else b"",
            held.stamp,
        )

    def signed(self, text: bytes, slots: Slots) -> Written:
        """An original with these slots of the traceability's."""
        secret = fresh() if self._sealed else b""
        commit = commitment(secret, text) if self._sealed else b""
        return self.written(text, slots, 0, secret, commit, None)

    def written(
        self,
        text: bytes,
        slots: Slots,
        hop: int,
        secret: bytes,
        commit: bytes,
        stamp: bytes | None,
    ) -> Written:
        """An act of any parts."""
        body = bytes([hop]) + secret + slots.inner + text
        return Written(body, commit + slots.outer or None, stamp)

    def read(self, copy: Copy) -> Letter | None:
        """A copy as an honest app shows it; None where it shows nothing."""
        letter = self.opened(copy)
        if self._sealed and commitment(letter.secret, letter.text) != letter.commitment:
            return None
        accepts = self.mode.tracing.client.accepts
        return letter if accepts(letter.text, letter.sender, letter.proof) else None

    def opened(self, copy: Copy) -> Letter:
        """The same without any check."""
        end = 1 + self._inner + self.mode.tracing.client.inner_bytes
        body, outer, stamp = copy.body, copy.outer or b"", copy.stamp or b""
        return Letter(
            copy.sender,
            body[end:],
            body[0] if copy.hop is None else copy.hop,
            body[1 : 1 + self._inner],
            outer[: self._outer],
            stamp[: self._stamp] or None,
            Proof(body[1 + self._inner : end], outer[self._outer :], stamp[self._stamp :]),
        )

    def evidence(self, letter: Letter) -> bytes:
        """What whoever reports the letter hands over."""
        client = self.mode.tracing.client
        return client.evidence(letter.text, letter.sender, letter.proof)
