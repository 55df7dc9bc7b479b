"""Whether reports open only together: `threshold(t)`, or a wrapper of one's own that claims as much.

Its two halves are used as apps and platform use them: people make reports, accounts send them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Protocol

from attrs import frozen

from chatsim.model import Enforcement, Traceability
from chatsim.provenance import threshold
from chatsim.provenance.keys import KEY_BYTES, fresh
from chatsim.provenance.threshold import Opened
from chatsim.provenance.threshold_claims import THRESHOLD_CLAIMS, ThresholdClaims
from chatsim.testing.probes.bench import Bench, pairs
from chatsim.testing.probes.looking import PROBED_FROM, windows
from chatsim.testing.probes.mode import mode_of
from chatsim.testing.probes.remembered import remembered
from chatsim.testing.probes.writing import Letter

T = 3
ACCOUNTS = range(PROBED_FROM, PROBED_FROM + 6)
VICTIM, HELPER, STRANGER = ACCOUNTS[0], ACCOUNTS[1], PROBED_FROM + 1_000
SYBILS = range(PROBED_FROM + 100, PROBED_FROM + 100 + T)
"""Accounts of one person."""
FALSE_REPORTS = 300


class Platform(Protocol):
    """Takes reports."""

    def hear(self, reporter: int, said: bytes) -> Sequence[Opened]:
        """What opens with the report of this account, which is logged in."""
        ...


@frozen
class Reporting:
    """What is probed."""

    claims: ThresholdClaims = THRESHOLD_CLAIMS
    report: Callable[[bytes, int, int, bytes], bytes] = threshold.report
    """What an app sends: of the seed, t, the reporter, and the evidence."""
    platform: Callable[[int], Platform] = threshold.Tally
    """Of t."""

    def heard(self, t: int, reports: Iterable[tuple[int, bytes]]) -> frozenset[Opened]:
        """All that one platform opens of these reports, by account."""
        platform = self.platform(t)
        return frozenset(each for account, said in reports for each in platform.hear(account, said))

    def said(self, seed: bytes, t: int, accounts: Iterable[int]) -> list[tuple[int, bytes]]:
        """A report of each account's."""
        return [(each, self.report(seed, t, each, evidence(each))) for each in accounts]


def evidence(account: int) -> bytes:
    """What somebody brings: eight bytes of it are nobody else's."""
    return b"a text that is reported, by %d" % account


def opens_below(reporting: Reporting) -> bool:
    """Every set of t - 1, for t up to 5; also by a platform that takes them for enough."""
    return any(
        reporting.heard(counted, some)
        for t in range(2, len(ACCOUNTS))
        for some in combinations(reporting.said(fresh(), t, ACCOUNTS), t - 1)
        for counted in (t - 1, t)
    )


def opens_at(reporting: Reporting) -> bool | None:
    """Every set of t, for t up to 5; None where some sets open and others do not."""
    opened = {
        reporting.heard(t, some) == {Opened(each, evidence(each)) for each, _ in some}
        for t in range(1, len(ACCOUNTS))
        for some in combinations(reporting.said(fresh(), t, ACCOUNTS), t)
    }
    return opened.pop() if len(opened) == 1 else None


def account_counts_twice(reporting: Reporting) -> bool:
    """One account reports t times."""
    return bool(reporting.heard(T, reporting.said(fresh(), T, [VICTIM] * T)))


def share_is_lent(reporting: Reporting) -> bool:
    """One person makes all reports for the person's own account, and others send them."""
    own = [said for _, said in reporting.said(fresh(), T, [VICTIM] * T)]
    return bool(reporting.heard(T, zip(ACCOUNTS, own, strict=False)))


def sybils_pass(reporting: Reporting) -> bool:
    """One person makes t accounts, and a report for each."""
    return bool(reporting.heard(T, reporting.said(fresh(), T, SYBILS)))


def seed_opens_alone(reporting: Reporting) -> bool:
    """One person reports; the platform is given the seed, and makes up the other accounts."""
    seed = fresh()
    said = reporting.said(seed, T, [VICTIM, *range(STRANGER, STRANGER + T - 1)])
    return Opened(VICTIM, evidence(VICTIM)) in reporting.heard(T, said)


def jammable(reporting: Reporting) -> bool:
    """Somebody's many accounts send reports that were made for another; then t people report."""
    seed = fresh()
    liars = range(STRANGER, STRANGER + FALSE_REPORTS)
    false = [(each, said) for each in liars for _, said in reporting.said(seed, 2, [HELPER])]
    return not reporting.heard(2, [*false, *reporting.said(seed, 2, ACCOUNTS[2:4])])


def pasting_splits(reporting: Reporting) -> bool | None:
    """Two who hold one lineage report it, then two who hold the same text on both sides of a paste.

    Really sent, with the seed of each mode that has one. None where the first two do not open, or modes differ.
    """
    split = {_is_split(reporting, *each) for each in SEEDS}
    return split.pop() if len(split) == 1 else None


def _of_receipt(letter: Letter) -> bytes:
    return letter.secret


def _of_signed_origin(letter: Letter) -> bytes:
    return letter.proof.inner[:KEY_BYTES]


SEEDS: Sequence[tuple[Enforcement, Traceability, Callable[[Letter], bytes]]] = (
    (Enforcement.RECEIPT, Traceability.NONE, _of_receipt),
    (Enforcement.CLIENT, Traceability.SIGNED_ORIGIN, _of_signed_origin),
)


def _is_split(
    reporting: Reporting,
    enforcement: Enforcement,
    traceability: Traceability,
    seed_of: Callable[[Letter], bytes],
) -> bool | None:
    bench = Bench(mode_of(enforcement, traceability), pairs(5))
    bench.original(0, b"a text", 1)
    bench.forward(1, bench.last(1), 2)
    bench.original(2, bench.last(2).text, 3)
    bench.forward(3, bench.last(3), 4)

    def open_together(*holders: int) -> bool:
        said = (
            (each, reporting.report(seed_of(bench.last(each)), 2, each, evidence(each)))
            for each in holders
        )
        return bool(reporting.heard(2, said))

    if not (open_together(1, 2) and open_together(3, 4)):
        return None
    return not open_together(2, 3)


def sees_reporters(reporting: Reporting) -> bool:
    """Whether anybody's number can be found in what the platform holds, t - 1 of whom have reported."""
    platform = reporting.platform(T)
    for account, said in reporting.said(fresh(), T, ACCOUNTS[: T - 1]):
        platform.hear(account, said)
    return bool(remembered(platform, ACCOUNTS, ()))


def sees_lineages(reporting: Reporting) -> bool:
    """Whether two reports of one lineage have bytes in common that two of different ones do not."""
    seed = fresh()
    (_, first), (_, second) = reporting.said(seed, T, ACCOUNTS[:2])
    (_, other), *_ = reporting.said(fresh(), T, ACCOUNTS[1:])
    return bool((windows(first) & windows(second)) - windows(other))


def sees_evidence(reporting: Reporting) -> bool:
    """Whether a report shows eight bytes of what it brings."""
    ((account, said),) = reporting.said(fresh(), T, [VICTIM])
    return bool(windows(said) & windows(evidence(account)))


WRAPPER: Mapping[str, Callable[[Reporting], bool | None]] = {
    "opens_below": opens_below,
    "opens_at": opens_at,
    "account_counts_twice": account_counts_twice,
    "share_is_lent": share_is_lent,
    "sybils_pass": sybils_pass,
    "seed_opens_alone": seed_opens_alone,
    "pasting_splits": pasting_splits,
    "jammable": jammable,
    "sees_reporters": sees_reporters,
    "sees_lineages": sees_lineages,
    "sees_evidence": sees_evidence,
}
"""By the fields of `ThresholdClaims`."""
