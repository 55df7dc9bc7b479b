"""Dictionary: whether somebody who knows texts finds in the relay's book who sent them first, without any report."""

from __future__ import annotations

from chatsim.provenance.keys import number_bytes
from chatsim.provenance.values import Proof
from chatsim.testing.probes.bench import Bench, pairs
from chatsim.testing.probes.keeping import book_of
from chatsim.testing.probes.looking import digests
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.recording import Pages

SENDERS = 40
STRANGER = SENDERS + 1
"""Knows every text, and received none of them from anybody."""


def recovered(mode: Mode) -> float:
    """Which share of some texts sent by somebody is tied to whoever sent it; every second one is known beforehand."""
    bench = Bench(mode, pairs(SENDERS + 2))
    for user in range(SENDERS):
        bench.original(user, _text(user), (user + 1) % SENDERS)
    book = book_of(bench)
    known = range(0, SENDERS, 2)
    return sum(
        user in _by_report(mode, book, _text(user)) | _by_digest(book, _text(user), user)
        for user in known
    ) / len(known)


def dictionary(mode: Mode) -> bool | None:
    """Whether all of them are; None: some."""
    share = recovered(mode)
    return share == 1.0 if share in {0.0, 1.0} else None


def _text(user: int) -> bytes:
    return b"a joke that everybody knows, number %d" % user


def _by_report(mode: Mode, book: Pages, text: bytes) -> frozenset[int]:
    """As if the stranger had sent the text, to somebody who has no part in anything, and then reported it."""
    taken, client = book.copied(), mode.tracing.client
    inner, outer = client.original(STRANGER, text)
    stamp = mode.tracing.relay.admit(taken, 0, STRANGER, (SENDERS,), outer)
    evidence = client.evidence(text, STRANGER, Proof(inner, outer, stamp or b""))
    finding = mode.tracing.examiner.examine(taken, evidence)
    return frozenset() if finding is None else finding.exposed - {STRANGER}


def _by_digest(book: Pages, text: bytes, user: int) -> frozenset[int]:
    """Entries that have a digest of the text, and the user's number in them."""
    for key, value in book.items():
        entry = key + value
        if any(digest in entry for digest in digests(text)) and number_bytes(user) in entry:
            return frozenset({user})
    return frozenset()
