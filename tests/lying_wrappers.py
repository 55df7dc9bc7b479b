"""Wrappers that claim to be as `threshold(t)` is, and do something else: each is to be caught by a probe."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatsim.provenance import threshold
from chatsim.provenance.keys import fresh, keyed, number_bytes, number_of
from chatsim.provenance.threshold import Opened, Tally, report
from chatsim.testing.probes.wrapping import PROBED_FROM, SYBILS, Reporting

KEY = AESGCM(bytes(32))


class Around:
    """A tally that hears something else than what was sent."""

    def __init__(self, t: int) -> None:
        self.tally = Tally(t)

    def hear(self, reporter: int, said: bytes) -> tuple[Opened, ...]:
        opened = self.tally.hear(self.place_of(reporter, said), self.read(said))
        return tuple(Opened(reporter, each.evidence) for each in opened)

    def place_of(self, reporter: int, said: bytes) -> int:
        return reporter

    def read(self, said: bytes) -> bytes:
        return said


class BelievesThePlace(Around):
    """Takes from the report what it should take from the login."""

    def place_of(self, reporter, said):
        return number_of(said[:8])

    def read(self, said):
        return said[8:]


def with_any_place(seed, t, reporter, evidence):
    place = int.from_bytes(fresh(7), "big")
    return number_bytes(place) + report(seed, t, place, evidence)


class KnowsPeople(Around):
    """All accounts of one person are one."""

    def place_of(self, reporter, said):
        return SYBILS[0] if reporter in SYBILS else reporter


class KnowsAccounts(Around):
    """Whoever is made up is not heard."""

    def hear(self, reporter, said):
        return () if reporter >= PROBED_FROM + 1_000 else super().hear(reporter, said)


class Forgets:
    """Keeps a digest in the place of who reported."""

    def __init__(self, t: int) -> None:
        self.tally = Tally(t)

    def hear(self, reporter, said):
        return self.tally.hear(digest(reporter), said)


def digest(reporter):
    return int.from_bytes(keyed(b"key", b"lying", number_bytes(reporter), size=7), "big")


class Shows(Around):
    """What a report brings stands in front of it."""

    def read(self, said):
        return said[1 + said[0] :]


class Opens(Around):
    """Nothing of a report is seen but by the tally itself."""

    def read(self, said):
        return KEY.decrypt(said[:12], said[12:], b"")


def hidden(*given):
    nonce = fresh(12)
    return nonce + KEY.encrypt(nonce, report(*given), b"")


def shown(seed, t, reporter, evidence):
    return bytes([len(evidence)]) + evidence + report(seed, t, reporter, evidence)


class TriesAll(Around):
    """However many reports are false."""

    def hear(self, reporter, said):
        few, threshold.TRIES_MAX = threshold.TRIES_MAX, 10_000
        try:
            return super().hear(reporter, said)
        finally:
            threshold.TRIES_MAX = few


LIES = {
    "one less opens": (
        Reporting(
            report=lambda seed, t, *rest: report(seed, max(t - 1, 1), *rest),
            platform=lambda t: Tally(max(t - 1, 1)),
        ),
        {"opens_below"},
    ),
    "one more is needed": (
        Reporting(report=lambda seed, t, *rest: report(seed, t + 1, *rest)),
        {"opens_at", "sybils_pass", "seed_opens_alone", "pasting_splits"},
    ),
    "believes the place": (
        Reporting(report=with_any_place, platform=BelievesThePlace),
        {"account_counts_twice", "share_is_lent"},
    ),
    "knows people": (Reporting(platform=KnowsPeople), {"sybils_pass"}),
    "knows accounts": (Reporting(platform=KnowsAccounts), {"seed_opens_alone", "jammable"}),
    "one count for all": (
        Reporting(report=lambda _, *rest: report(bytes(32), *rest)),
        {"pasting_splits"},
    ),
    "tries all": (Reporting(platform=TriesAll), {"jammable"}),
    "forgets who": (
        Reporting(
            report=lambda seed, t, reporter, evidence: report(seed, t, digest(reporter), evidence),
            platform=Forgets,
        ),
        {"sees_reporters"},
    ),
    "hides lineages": (Reporting(report=hidden, platform=Opens), {"sees_lineages"}),
    "shows the evidence": (Reporting(report=shown, platform=Shows), {"sees_evidence"}),
}
"""By what each does: the wrapper, and the claims that have to be seen not to hold."""
