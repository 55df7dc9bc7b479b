"""What people's apps write into an act and read out of a copy: payload, slots of both axes, and what cheats change."""

from __future__ import annotations

from hmac import compare_digest
from typing import NamedTuple

from attrs import define, field

from chatsim.behaviour.values import Content
from chatsim.model import Enforcement
from chatsim.provenance.enforcing import INNER_BYTES, OUTER_BYTES, STAMP_BYTES
from chatsim.provenance.halves import ClientHalf
from chatsim.provenance.keys import fresh
from chatsim.provenance.receipt import commitment
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Proof
from chatsim.wire.messages import Copy
from chatsim_clients.cheating import HONESTLY, Cheating, slots
from chatsim_clients.payload import payload, read_payload, text_of


class Letter(NamedTuple):
    """A copy as an app has read it, with all that is needed to forward or to report it."""

    content: int
    edition: int
    hop: int
    """What the payload claims."""
    stamp: bytes | None
    """What a forward brings back to the relay; None under `client` enforcement."""
    secret: bytes
    """Under `receipt`: what opens the commitment."""
    proof: Proof
    """The traceability mode's."""


class Written(NamedTuple):
    """What goes into an act."""

    body: bytes
    outer: bytes | None
    stamp: bytes | None


@define(eq=False)
class Letters:
    """The writing and reading of one study's apps."""

    contents: tuple[Content, ...]
    enforcement: Enforcement
    client: ClientHalf = field(factory=Untraced)
    _bodies: dict[tuple[int, int, int], bytes] = field(factory=dict)
    _plain: bool = field(init=False)
    """Nothing but the content and the counter is in a body, so that many acts share theirs."""

    def __attrs_post_init__(self) -> None:
        self._plain = not INNER_BYTES[self.enforcement] + self.client.inner_bytes

    def original(
        self, user: int, content: int, edition: int = 0, cheating: Cheating = HONESTLY
    ) -> Written:
        """A text of one's own, or one that is passed on as if it were."""
        text = self.text(content, edition)
        secret, commit = b"", b""
        if self.enforcement is Enforcement.RECEIPT:
            secret = fresh()
            commit = commitment(secret, text)
        inner, outer = slots(self.client, user, text, None, cheating)
        return self._written(content, edition, 0, secret + inner, commit + outer, None)

    def forward(self, user: int, held: Letter, hop: int, cheating: Cheating = HONESTLY) -> Written:
        """The copy held, passed on with a claim of `hop`, which is none where the relay counts."""
        text = self.text(held.content, held.edition)
        commit = b""
        if self.enforcement is Enforcement.RECEIPT:
            commit = commitment(held.secret, text)
        inner, outer = slots(self.client, user, text, held.proof, cheating)
        counter = 0 if self.enforcement.relay_counts else hop
        return self._written(
            held.content, held.edition, counter, held.secret + inner, commit + outer, held.stamp
        )

    def complaint(self, held: Letter) -> Written:
        """What a complaint about the copy held brings: its text, and under `receipt` what opens its commitment."""
        if held.secret:
            text = self.text(held.content, held.edition)
            return Written(held.secret + text, None, held.stamp)
        size = self.contents[held.content].body_bytes
        body = payload(held.content, held.edition, 0, b"", size)
        return Written(body, None, held.stamp)

    def read(self, copy: Copy) -> Letter | None:
        """What came; None where an honest app shows nothing, because it could not be forwarded or reported."""
        inner_bytes = INNER_BYTES[self.enforcement]
        content, edition, hop, inner = read_payload(
            copy.body, inner_bytes + self.client.inner_bytes
        )
        own, stamp = STAMP_BYTES[self.enforcement], copy.stamp or b""
        outer_bytes, outer = OUTER_BYTES[self.enforcement], copy.outer or b""
        proof = Proof(inner[inner_bytes:], outer[outer_bytes:], stamp[own:])
        secret = inner[:inner_bytes]
        text = b"" if self._plain and not self.client.outer_bytes else self.text(content, edition)
        if secret and not compare_digest(commitment(secret, text), outer[:outer_bytes]):
            return None
        if not self.client.accepts(text, copy.sender, proof):
            return None
        return Letter(content, edition, hop, stamp[:own] or None, secret, proof)

    def text(self, content: int, edition: int) -> bytes:
        """What people see of a content."""
        return text_of(content, edition, self.contents[content].body_bytes)

    def _written(
        self, content: int, edition: int, hop: int, inner: bytes, outer: bytes, stamp: bytes | None
    ) -> Written:
        size = self.contents[content].body_bytes
        if inner:
            return Written(payload(content, edition, hop, inner, size), outer or None, stamp)
        body = self._bodies.get((content, edition, hop))
        if body is None:
            body = payload(content, edition, hop, b"", size)
            self._bodies[content, edition, hop] = body
        return Written(body, outer or None, stamp)
