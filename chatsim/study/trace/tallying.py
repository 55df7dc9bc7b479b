"""The reports of a trace once more, sealed: nothing opens before enough people have reported one lineage.

Really made and heard (`chatsim.provenance.threshold`): simulation only, unreviewed; not for products.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from chatsim.errors import RunError
from chatsim.provenance.values import Finding
from chatsim.study import statistics
from chatsim.study.estimates import Estimate
from chatsim.study.trace.values import Tallied


class Reported(NamedTuple):
    """One report, before it is sealed."""

    reporter: int
    seed: bytes
    """The secret of the reported copy's lineage."""
    evidence: bytes
    originator: int
    """The true one."""


class ContentTally(NamedTuple):
    """What came of the reports of one content in one run."""

    reports: int
    lineages: int
    opened: int
    answered_after: int | None
    """How many had reported when an opened report first named anybody."""
    named: int
    right: int
    shown: int
    """Distinct people: blamed; true originators blamed for what they began; identified."""


def tally(
    threshold: int, reports: Sequence[Reported], findings: Mapping[bytes, Finding | None]
) -> ContentTally:
    """Have people report one content in turn. `findings` are what an examiner learns, by evidence."""
    from chatsim.provenance.threshold import Seal, Tally  # noqa: PLC0415 - takes cryptography

    platform = Tally(threshold)
    seals = {seed: Seal(seed, threshold) for seed in {each.seed for each in reports}}
    of_reporter = {each.reporter: each for each in reports}
    opened, answered_after = 0, None
    named: set[int] = set()
    right: set[int] = set()
    shown: set[int] = set()
    for turn, each in enumerate(reports, 1):
        said = seals[each.seed].report(each.reporter, each.evidence)
        for come in platform.hear(each.reporter, said):
            sent = of_reporter[come.reporter]
            if come.evidence != sent.evidence:
                message = (
                    f"what opened at a threshold of {threshold} is not what was sealed; "
                    "this is a fault of chatsim"
                )
                raise RunError(message)
            opened += 1
            finding = findings[come.evidence]
            if finding is None:
                continue
            if answered_after is None:
                answered_after = turn
            named.add(finding.originator)
            shown |= finding.exposed
            if finding.originator == sent.originator:
                right.add(sent.originator)
    return ContentTally(
        len(reports), len(seals), opened, answered_after, len(named), len(right), len(shown)
    )


def tallied(
    mode: str, case: str, threshold: int, runs: Sequence[Sequence[ContentTally]]
) -> Tallied:
    """The figures of one mode in one case, from its contents by run; contents that nobody reported are left out."""
    runs = [[each for each in run if each.reports] for run in runs]

    def total(value: Callable[[ContentTally], float]) -> list[float]:
        return [float(sum(map(value, run))) for run in runs]

    def of_content(value: Callable[[ContentTally], float]) -> Estimate:
        return statistics.mean([sum(map(value, run)) / max(1, len(run)) for run in runs], floor=0.0)

    answered = total(lambda each: each.answered_after is not None)
    return Tallied(
        mode=mode,
        case=case,
        threshold=threshold,
        opened=_ratio(total(lambda each: each.opened), total(lambda each: each.reports)),
        answered=_ratio(answered, [float(len(run)) for run in runs]),
        needed=statistics.ratio(total(lambda each: each.answered_after or 0), answered),
        lineages=of_content(lambda each: each.lineages),
        named=of_content(lambda each: each.named),
        right=of_content(lambda each: each.right),
        shown=of_content(lambda each: each.shown),
    )


def _ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    return statistics.ratio(above, below) or Estimate(0.0, None, None)
