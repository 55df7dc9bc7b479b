"""Claims in plain sentences, for whoever has to choose a mode: one sentence for each question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import asdict, frozen

from chatsim.model import Enforcement, Traceability
from chatsim.provenance.enforcement_claims import (
    EnforcementClaims,
    Officers,
    Outcome,
    enforcement_claims,
)
from chatsim.provenance.keys import fresh
from chatsim.provenance.modes import set_up
from chatsim.provenance.threshold_claims import THRESHOLD_CLAIMS, ThresholdClaims, Wrapper
from chatsim.provenance.values import Claims, Names, Search, Stored

UNREVIEWED: Final = "A construction of our own: simulation only, unreviewed; not for products."


@frozen
class Described:
    """One mode of one axis."""

    mode: Enforcement | Traceability | Wrapper
    stored: str
    """What the relay keeps."""
    report: str
    """What a report names."""
    framed: str
    """Who can be named who had no part, or who can lie about the number of forwards."""
    without_report: str
    """What leaks though nobody reported anything."""
    officers: str
    """What officers can do."""
    unreviewed: bool
    claims: Mapping[str, str | bool]
    """What the sentences are made of, by name."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, in order."""
        told = (self.stored, self.report, self.framed, self.without_report, self.officers)
        return (*told, UNREVIEWED) if self.unreviewed else told


_REPORT: Final = {
    Names.NOBODY: "A report names nobody.",
    Names.SENDER: "A report names whoever sent the reported copy.",
    Names.CLAIMED: "A report names whoever the copy says began it, true or not.",
    Names.ORIGIN: "A report names whoever first sent the text as their own; whoever pastes it begins anew.",
    Names.FIRST: "A report names whoever first sent this very text; one changed byte names the next.",
    Names.PATH: "A report names everybody from the sender of the reported copy back to whoever began it.",
    Names.TREE: "A report names everybody who sent the message on or was sent it alone; of a group, whoever sent it on.",
}
_STORED: Final = {
    Stored.NOTHING: "The relay keeps nothing.",
    Stored.SPENT: "The relay keeps what was spent on copies that were forwarded, until that is fresh again.",
    Stored.ISSUED: "The relay keeps for whom it made tokens, until they may have others, and which tokens were spent.",
    Stored.ALL: "The relay keeps an entry for every {entry} until it expires",
}
_SEARCH: Final = {
    Search.NOBODY: "Its store and keys with one copy find nobody",
    Search.SENDER: "Its store and keys with one copy confirm who sent that copy",
    Search.ORIGIN: "Its store and keys with one copy find who began it",
    Search.FORWARDERS: "Its store and keys with one copy find those who passed it on",
    Search.ALL: "Its store shows who sent to whom and when, without any copy",
}
_OFFICERS: Final = {
    Officers.NONE: "Officers can pause or take down nothing: no complaint is heard.",
    Officers.REPORTED: "Officers can pause or take down what somebody reported, and read nothing else.",
    Officers.ALL: "Officers can count, pause and take down every text that is not sealed.",
}


def described_modes() -> Mapping[str, tuple[Described, ...]]:
    """All modes by axis, and the wrapper. Raises ConfigurationError where the extra `e2ee` is missing."""
    root = fresh()
    return {
        "enforcement": tuple(
            describe_enforcement(mode, enforcement_claims(mode)) for mode in Enforcement
        ),
        "traceability": tuple(
            describe_traceability(mode, set_up(mode, root).claims) for mode in Traceability
        ),
        "wrapper": (describe_threshold(THRESHOLD_CLAIMS),),
    }


def describe_enforcement(mode: Enforcement, claims: EnforcementClaims) -> Described:
    """What a mode of enforcement means."""
    return Described(
        mode,
        stored=_stored(claims.stored, claims.ids_at_rest),
        report="A report names nobody by itself: that is traceability's.",
        framed=_lies(claims),
        without_report=_leaks(
            claims.search,
            linkage=claims.linkage,
            linkage_again=claims.linkage_again,
            new_or_forward=claims.new_or_forward,
        ),
        officers=_OFFICERS[claims.officers],
        unreviewed=claims.unreviewed,
        claims=asdict(claims),
    )


def describe_traceability(mode: Traceability, claims: Claims) -> Described:
    """What a mode of traceability means."""
    if claims.names is Names.NOBODY:
        officers = "Officers who hold a copy learn nothing from it."
    elif claims.search is Search.ALL:
        officers = (
            "Officers can read who sent to whom and when, and examine what somebody reported."
        )
    elif claims.dictionary:
        officers = "Officers can look up any text that they know, without a report."
    else:
        officers = "Officers can examine what somebody reported, and nothing else."
    return Described(
        mode,
        stored=_stored(
            claims.stored, claims.ids_at_rest, "text" if claims.names is Names.FIRST else "message"
        ),
        report=_REPORT[claims.names],
        framed="A modified app can have somebody named who had no part in it."
        if claims.frameable
        else "Nobody can be named who did not send it.",
        without_report=_leaks(
            claims.search,
            claimed=claims.names is Names.CLAIMED,
            linkage=claims.linkage,
            new_or_forward=claims.new_or_forward,
            recipients_learn=claims.recipients_learn,
        ),
        officers=officers,
        unreviewed=claims.unreviewed,
        claims=asdict(claims),
    )


def describe_threshold(claims: ThresholdClaims) -> Described:
    """What it means that reports open only together."""
    counted = (
        "Nothing opens before t accounts have reported one lineage; then all that they sent does."
    )
    if claims.opens_below or not claims.opens_at:
        counted = "A report may open before t accounts have reported its lineage, or never."
    passed = "No one person passes for t."
    if claims.sybils_pass:
        passed = "t accounts of one person pass for t people."
    if claims.account_counts_twice or claims.share_is_lent:
        passed = "One account passes for t."
    if claims.jammable:
        passed = f"{passed[:-1]}, and somebody's false reports from many accounts can keep a lineage shut."
    seen = [
        what
        for what, is_seen in (
            ("who reported", claims.sees_reporters),
            ("which reports are of one lineage", claims.sees_lineages),
            ("what they bring", claims.sees_evidence),
        )
        if is_seen
    ]
    pasted = (
        "pasting starts a count of its own" if claims.pasting_splits else "pasting changes nothing"
    )
    return Described(
        Wrapper.THRESHOLD,
        stored="The platform keeps every report, sealed, with the account that sent it."
        if claims.sees_reporters
        else "The platform keeps every report, sealed, and not who sent it.",
        report=counted,
        framed=passed,
        without_report=f"Before anything opens the platform sees {' and '.join(seen) or 'nothing'}; {pasted}.",
        officers="Officers who hold a copy, or are given one, open every report of its lineage alone."
        if claims.seed_opens_alone
        else "Officers open nothing alone.",
        unreviewed=claims.unreviewed,
        claims=asdict(claims),
    )


def _stored(stored: Stored, ids_at_rest: bool, entry: str = "message") -> str:
    if stored is not Stored.ALL:
        return _STORED[stored]
    kept = _STORED[stored].format(entry=entry)
    whose = "whoever reads it sees users' numbers" if ids_at_rest else "without users' numbers"
    return f"{kept}; {whose}." if ids_at_rest else f"{kept}, {whose}."


def _lies(claims: EnforcementClaims) -> str:
    pasted = "anybody can paste a text as new"
    if not claims.hop_enforced:
        return f"A modified app can say any number of forwards, and go over any cap; {pasted}."
    moved = ""
    if claims.steal is Outcome.WORKS:
        moved = ", but what allows forwards of one copy allows them of any other of that day with as many, in anybody's hands, and can be saved up"
    elif claims.swap_text is Outcome.WORKS:
        moved = ", but it can put another text under a number of forwards"
    return f"No modified app can change a number of forwards or go over a cap{moved}; {pasted}."


def _leaks(
    search: Search,
    *,
    linkage: bool,
    new_or_forward: bool,
    linkage_again: bool = False,
    recipients_learn: bool = False,
    claimed: bool = False,
) -> str:
    told = [_SEARCH[search]]
    if claimed and search is Search.ORIGIN:
        told = ["Any copy says who is named"]
    if linkage:
        told.append("a relay that logs all it sees can follow every forward")
    elif new_or_forward:
        told.append("a relay that logs all it sees can tell forwards from new texts")
        if linkage_again:
            told.append("and which copy it is that somebody forwards a second time")
    if recipients_learn:
        told.append("every recipient learns who is named")
    return "; ".join(told) + "."
