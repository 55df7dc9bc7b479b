"""What a script's app puts around a text, and takes off a copy before anybody sees it.

Under `receipt` a body is a secret with the text behind it (`chatsim.provenance.receipt`), and the outer slot commits to
both; a keyring seals the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import define

from chatsim.model import Enforcement
from chatsim.provenance.enforcing import SECRET_BYTES
from chatsim.provenance.receipt import enclosed, opened, text_in
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
    mislabelled: int = 0
    """Copies under `receipt` whose text is not the one that their commitment is to."""

    def original(self, text: bytes) -> Enclosed:
        """A text of one's own."""
        if self.enforcement is not Enforcement.RECEIPT:
            return Enclosed(text, None)
        body = enclosed(text)
        return Enclosed(body, opened(body))

    def forward(self, copy: Copy, text: bytes | None) -> Enclosed:
        """A copy that was opened; with another `text`, under `receipt`, nobody's app shows it."""
        if self.enforcement is not Enforcement.RECEIPT:
            return Enclosed(copy.body if text is None else text, None)
        body = copy.body if text is None else copy.body[:SECRET_BYTES] + text
        return Enclosed(body, copy.outer)

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
        if self.enforcement is Enforcement.RECEIPT and copy.outer != opened(copy.body):
            self.mislabelled += 1
            return None
        return copy

    def text(self, copy: Copy) -> bytes:
        """What people see of a copy that was opened."""
        return text_in(copy.body) if self.enforcement is Enforcement.RECEIPT else copy.body
