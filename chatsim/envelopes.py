"""What a script's app puts around a text, and takes off a copy before anybody sees it.

A body is the traceability's inner slot, under `receipt` a secret (`chatsim.provenance.receipt`), and the text. The
outer slot commits to secret and text, and the traceability's follows; a keyring seals the whole body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import define, field

from chatsim.model import Enforcement
from chatsim.provenance.enforcing import OUTER_BYTES, SECRET_BYTES, STAMP_BYTES
from chatsim.provenance.halves import ClientHalf
from chatsim.provenance.receipt import enclosed, opened, text_in
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Proof
from chatsim.wire.messages import Copy

if TYPE_CHECKING:  # it needs an extra, which a script without keys does not
    from chatsim.sealing.keyring import Keyring


class Enclosed(NamedTuple):
    """What goes into an act, or came with a copy: a forward brings both back as they are."""

    body: bytes
    outer: bytes | None


@define(eq=False)
class Envelopes:
    """Of one session."""

    enforcement: Enforcement
    keyring: Keyring | None
    me: int = 0
    client: ClientHalf = field(factory=Untraced)
    """The traceability mode's."""
    mislabelled: int = 0
    """Copies under `receipt` whose text is not the one that their commitment is to."""
    unreportable: int = 0
    """Copies that the traceability mode could not report."""

    def original(self, text: bytes) -> Enclosed:
        """A text of one's own."""
        inner, outer = self.client.original(self.me, text)
        if self.enforcement is not Enforcement.RECEIPT:
            return Enclosed(inner + text, outer or None)
        rest = enclosed(text)
        return Enclosed(inner + rest, opened(rest) + outer)

    def forward(self, copy: Copy, text: bytes | None) -> Enclosed:
        """A copy that was opened; with another `text`, under `receipt`, nobody's app shows it."""
        rest = self._rest(copy)
        if text is not None:
            rest = rest[: self._secret_bytes] + text
        inner, outer = self.client.forward(self.me, rest[self._secret_bytes :], self._proof(copy))
        own = (copy.outer or b"")[: OUTER_BYTES[self.enforcement]]
        return Enclosed(inner + rest, own + outer or None)

    def stamp(self, copy: Copy) -> bytes | None:
        """What a forward or a complaint brings back to the relay."""
        if not self.client.stamp_bytes:
            return copy.stamp
        return (copy.stamp or b"")[: STAMP_BYTES[self.enforcement]] or None

    def complaint(self, copy: Copy) -> bytes:
        """What a complaint shows: the body that came, under `receipt` what opens its commitment."""
        return self._rest(copy) if self._secret_bytes else copy.body

    def evidence(self, copy: Copy) -> bytes:
        """What an examiner of the traceability mode needs of a copy."""
        return self.client.evidence(self.text(copy), copy.sender, self._proof(copy))

    def sealed(
        self, body: bytes, chats: tuple[int, ...], device: int, counter: int
    ) -> tuple[bytes, bytes]:
        """(keys, body) as they travel in act `counter` of this device."""
        if self.keyring is None:
            return b"", body
        return self.keyring.seal(chats, device, counter, body)

    def open(self, copy: Copy) -> Copy | None:
        """A copy that a person may see; None, and counted, where an honest app shows nothing."""
        if self.keyring is not None:
            body = self.keyring.open(copy)
            if body is None:
                return None
            copy = copy._replace(body=body, key=None)
        own = OUTER_BYTES[self.enforcement]
        if self._secret_bytes and (copy.outer or b"")[:own] != opened(self._rest(copy)):
            self.mislabelled += 1
            return None
        if not self.client.accepts(self.text(copy), copy.sender, self._proof(copy)):
            self.unreportable += 1
            return None
        return copy

    def text(self, copy: Copy) -> bytes:
        """What people see of a copy that was opened."""
        rest = self._rest(copy)
        return text_in(rest) if self._secret_bytes else rest

    @property
    def _secret_bytes(self) -> int:
        return SECRET_BYTES if self.enforcement is Enforcement.RECEIPT else 0

    def _rest(self, copy: Copy) -> bytes:
        """The body behind the traceability's slot."""
        return copy.body[self.client.inner_bytes :]

    def _proof(self, copy: Copy) -> Proof:
        own, outer = OUTER_BYTES[self.enforcement], copy.outer or b""
        stamp = (copy.stamp or b"")[STAMP_BYTES[self.enforcement] :]
        return Proof(copy.body[: self.client.inner_bytes], outer[own:], stamp)
