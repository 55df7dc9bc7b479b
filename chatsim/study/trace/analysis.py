"""From single reports to figures over runs. A run is the unit: reports of one run share their cascade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chatsim.study import statistics
from chatsim.study.estimates import Estimate
from chatsim.study.trace.blame import Answer, PathFit, Who
from chatsim.study.trace.values import Answered, Blamed, Survival

REPORTS_MIN = 20
"""Below so many reports a length of the chain says nothing about a formula."""


class Report(NamedTuple):
    """One report: a row of queries.parquet."""

    mode: str
    case: str
    run: int
    content: int
    reporter: int
    turn: int
    """How many reported the content before."""
    lineage: int | None
    """A number for each lineage of the content, by turns; None where its copies share no secret."""
    answer: Answer


def answered(mode: str, case: str, runs: Sequence[Sequence[Report]]) -> Answered:
    """The figures of one mode in one case, from its reports by run."""
    reports = [len(run) for run in runs]
    answers = [_count(run, lambda each: each.blamed is not None) for run in runs]
    inside = [_count(run, lambda each: each.distance is not None) for run in runs]
    paths = [_count(run, lambda each: each.path is not PathFit.NONE) for run in runs]

    def share(who: Who) -> list[float]:
        return [_count(run, lambda each: each.who is who) for run in runs]

    steps = [float(sum(each.answer.distance or 0 for each in run)) for run in runs]
    outside = [a - i for a, i in zip(answers, inside, strict=True)]
    exposed = [float(sum(each.answer.exposed for each in run)) for run in runs]
    return Answered(
        mode=mode,
        case=case,
        reports=sum(reports),
        precision=statistics.ratio(share(Who.ORIGINATOR), answers),
        blamed=tuple(Blamed(who.value, _ratio(share(who), reports)) for who in Who),
        distance=statistics.ratio(steps, inside),
        outside=statistics.ratio(outside, answers),
        named=_distinct(runs, lambda each: each.blamed),
        originators=_distinct(runs, lambda each: each.originator),
        exposed=_ratio(exposed, reports),
        exposed_max=max((each.answer.exposed for run in runs for each in run), default=0),
        path_exact=statistics.ratio(_fits(runs, PathFit.EXACT), paths),
        path_wrong=statistics.ratio(_fits(runs, PathFit.WRONG), paths),
    )


def survivals(
    mode: str, case: str, share: float, runs: Sequence[Sequence[Report]], *, framing: bool = False
) -> list[Survival]:
    """By forwards h between post and reported copy: how often the true originator is blamed, against (1 - share)^h.

    `framing`: how often somebody else is, against 1 - (1 - share)^(h + 1), because who posts may frame as well.
    """
    found = []
    lengths = sorted({each.answer.depth for run in runs for each in run})
    for depth in lengths:
        at = [[each for each in run if each.answer.depth == depth] for run in runs]
        reports = [float(len(run)) for run in at]
        hit = [_count(run, lambda each: (each.who is Who.ORIGINATOR) is not framing) for run in at]
        measured = statistics.ratio(hit, reports)
        if measured is None or sum(reports) < REPORTS_MIN:
            continue
        found.append(
            Survival(
                mode=mode,
                case=case,
                forwards=depth - 1,
                reports=int(sum(reports)),
                predicted=1.0 - (1.0 - share) ** depth if framing else (1.0 - share) ** (depth - 1),
                measured=measured,
            )
        )
    return found


def _count(run: Sequence[Report], wanted: Callable[[Answer], bool]) -> float:
    return float(sum(bool(wanted(each.answer)) for each in run))


def _fits(runs: Sequence[Sequence[Report]], fit: PathFit) -> list[float]:
    return [_count(run, lambda each: each.path is fit) for run in runs]


def _ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    return statistics.ratio(above, below) or Estimate(0.0, None, None)


def _distinct(runs: Sequence[Sequence[Report]], person: Callable[[Answer], int | None]) -> Estimate:
    """Distinct people, mean over the contents of all runs."""
    numbers = []
    for run in runs:
        people: dict[int, set[int]] = {}
        for each in run:
            people.setdefault(each.content, set()).update(
                () if (one := person(each.answer)) is None else (one,)
            )
        numbers.append(sum(map(len, people.values())) / max(1, len(people)))
    return statistics.mean(numbers, floor=0.0)
