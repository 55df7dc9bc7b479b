"""Traceability modes that claim to be as `none` is, and do something else: each is to be caught by a probe."""

from __future__ import annotations

import hashlib
import logging

from attrs import evolve

from chatsim.model import Enforcement
from chatsim.provenance.enforcement_claims import enforcement_claims
from chatsim.provenance.halves import Tracing
from chatsim.provenance.keys import fresh, keyed, number_bytes, number_of
from chatsim.provenance.untraced import CLAIMS, Untraced
from chatsim.provenance.values import Finding, Names, Slots
from chatsim.testing.probes.mode import Mode


def lying(party: Untraced, **claims) -> Mode:
    """A mode of which one object is all parties."""
    tracing = Tracing(evolve(CLAIMS, **claims), party, party, party)
    return Mode(Enforcement.CLIENT, tracing, enforcement_claims(Enforcement.CLIENT))


class Half(Untraced):
    """Like `none`, but that it has a slot, which the relay asks it about."""

    outer_bytes = 16

    def original(self, me, text):
        return Slots(b"", fresh(16))

    def forward(self, me, text, held):
        return Slots(b"", fresh(16))


class Remembers(Half):
    """Keeps who sent in its own memory."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    def admit(self, book, tick, sender, chats, outer):
        self.kept.append({"who": (sender, outer)})
        return b""


class RemembersSpelled(Remembers):
    """The same, in hexadecimal letters."""

    def admit(self, book, tick, sender, chats, outer):
        self.kept.append(f"{sender:08x}".encode())
        return b""


class Logs(Half):
    """Says who sent what."""

    def admit(self, book, tick, sender, chats, outer):
        logging.getLogger("mode").debug("%d sent %s", sender, outer.hex())
        return b""


class Writes(Half):
    """Keeps who sent in the book, which lies on the disk."""

    def admit(self, book, tick, sender, chats, outer):
        book.put(fresh(16), number_bytes(sender), tick)
        return b""


class WritesSealed(Half):
    """Keeps an entry that names nobody without a key, and everybody with it: the copy's slot finds it."""

    def admit(self, book, tick, sender, chats, outer):
        book.put(keyed(b"key", b"who", outer, number_bytes(sender), size=16), b"", tick)
        return b""


class WritesSometimes(Half):
    """Keeps something about one message in two."""

    def admit(self, book, tick, sender, chats, outer):
        if sender % 2:
            book.put(fresh(16), b"half", tick)
        return b""


class Digests(Half):
    """Sends a digest of the text along, and keeps who sent it first."""

    def original(self, me, text):
        return Slots(b"", hashlib.sha256(text).digest()[:16])

    def forward(self, me, text, held):
        return self.original(me, text)

    def admit(self, book, tick, sender, chats, outer):
        if book.get(outer) is None:
            book.put(outer, number_bytes(sender), tick)
        return b""

    def evidence(self, text, sender, proof):
        return text

    def examine(self, book, evidence):
        entry = book.get(hashlib.sha256(evidence).digest()[:16])
        return None if entry is None else Finding(number_of(entry))


class Empty(Half):
    """Sends zeros with an original, and something with a forward."""

    def original(self, me, text):
        return Slots(b"", bytes(16))


class Chained(Half):
    """A forward brings the slot of the copy held along."""

    def forward(self, me, text, held):
        return Slots(b"", held.outer or fresh(16))


class Tags(Half):
    """Writes into every copy who began it, and believes what is written there."""

    inner_bytes = 8

    def original(self, me, text):
        return Slots(number_bytes(me), fresh(16))

    def forward(self, me, text, held):
        return Slots(held.inner, fresh(16))

    def forged(self, me, victim, text, held):
        return Slots(number_bytes(victim), fresh(16))

    def evidence(self, text, sender, proof):
        return proof.inner

    def examine(self, book, evidence):
        return Finding(number_of(evidence))


class NamesTheSender(Tags):
    """Says that it names whoever began it, and names whoever sent the copy."""

    def forward(self, me, text, held):
        return Slots(number_bytes(me), fresh(16))


class LosesSome(Tags):
    """Finds nothing where the originator's number is odd."""

    def examine(self, book, evidence):
        return None if number_of(evidence) % 2 else Finding(number_of(evidence))


class ShortPath(Tags):
    """Says a path and finds its two ends."""

    def evidence(self, text, sender, proof):
        return number_bytes(sender) + proof.inner

    def examine(self, book, evidence):
        sender, origin = number_of(evidence[:8]), number_of(evidence[8:])
        return Finding(origin, (sender, origin) if sender != origin else (origin,))


class NamesABystander(Tags):
    """Names somebody who has nothing to do with it beside the one who has."""

    def examine(self, book, evidence):
        return Finding(number_of(evidence), others=frozenset({11}))


LIES = {
    "remembers": (Remembers, {}, {"ids_at_rest"}),
    "remembers, spelled": (RemembersSpelled, {}, {"ids_at_rest"}),
    "logs": (Logs, {}, {"ids_at_rest"}),
    "writes": (Writes, {}, {"ids_at_rest", "stored"}),
    "writes sealed": (WritesSealed, {}, {"stored", "search"}),
    "writes sometimes": (WritesSometimes, {}, {"stored"}),
    "digests": (
        Digests,
        {"names": Names.FIRST},
        {"dictionary", "linkage", "new_or_forward", "search", "stored", "ids_at_rest"},
    ),
    "empty": (Empty, {}, {"new_or_forward"}),
    "chained": (Chained, {}, {"linkage", "new_or_forward"}),
    "tags": (Tags, {"names": Names.ORIGIN}, {"names", "frameable", "recipients_learn", "search"}),
    "names the sender": (NamesTheSender, {"names": Names.ORIGIN}, {"names", "frameable"}),
    "loses some": (LosesSome, {"names": Names.CLAIMED}, {"names"}),
    "short path": (ShortPath, {"names": Names.PATH}, {"names"}),
    "names a bystander": (NamesABystander, {"names": Names.CLAIMED}, {"names"}),
}
"""(mode, what it claims besides, the claims whose probes have to see it)."""
