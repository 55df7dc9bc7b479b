"""Computed sentences about what a study says beyond its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatsim.study.beyond import PersistenceAnswer, Ranking, Tradeoff
from chatsim.study.estimates import Difference, Estimate
from chatsim.study.sentences import against_text, counted, percent

ORDER_SURE = 0.05
"""An order that flips more seldom than this is as sure as the intervals are."""
NEVER, HALF_THE_TIME, NEARLY_ALWAYS = 0.0, 0.5, 0.9
HOW_OFTEN = {NEVER: "never", HALF_THE_TIME: "half the time", NEARLY_ALWAYS: "nearly always"}
"""The three chances of trying again that every study looks at, in words."""


def joined(items: Sequence[str]) -> str:
    """A list whose items may hold commas of their own: "a; b; and c"."""
    if len(items) < 3:
        return " and ".join(items)
    return f"{'; '.join(items[:-1])}; and {items[-1]}"


def ranking_sentence(ranking: Ranking, titles: Mapping[str, str], runs: int) -> str:
    """How sure the order of the policies is, and which neighbours no run tells apart for sure."""
    unsure = [
        f"{titles[step.nearer]} and {titles[step.farther]}"
        for step in ranking.steps
        if step.difference is None or not step.difference.seen
    ]
    sure = f"The order of the policies flips in {percent(ranking.flips)} % of resampled studies"
    if not unsure:
        return f"{sure}; {counted(runs, 'run')} tell each from the next."
    return f"{sure}; {counted(runs, 'run')} do not tell apart {joined(unsure)}."


def frontier_sentence(tradeoffs: Sequence[Tradeoff], titles: Mapping[str, str], price: str) -> str:
    """Which policies are worth a look, which are beaten by another, and which make no difference."""
    by_name = {each.policy: each for each in tradeoffs}
    beaten = [
        f"{titles[each.policy]} {_worse(each, by_name[each.beaten_by])} {titles[each.beaten_by]} in "
        f"{percent(each.beaten or 0.0)} % of resampled studies"
        for each in tradeoffs
        if each.beaten_by is not None
    ]
    if len(tradeoffs) == 1:
        return f"One policy alone has nothing to be weighed against; its price is {price}."
    equal = "".join(f" {joined(names)} do equally well." for names in _equals(tradeoffs, titles))
    if not beaten:
        return (
            f"Whatever prevents more costs more ({price}): no policy is beaten by another.{equal}"
        )
    return f"{joined(beaten)}.{equal}"


def _worse(ours: Tradeoff, better: Tradeoff) -> str:
    if ours.price.value == better.price.value:
        return "costs as much and prevents less than"
    if ours.prevented.value == better.prevented.value:
        return "costs more and prevents no more than"
    return "costs more and prevents less than"


def _equals(tradeoffs: Sequence[Tradeoff], titles: Mapping[str, str]) -> list[list[str]]:
    """Titles of unbeaten policies with the very same figures, wherever there are two or more."""
    alike: dict[tuple[float, float], list[str]] = {}
    for each in tradeoffs:
        if each.beaten_by is None:
            figures = (each.prevented.value, each.price.value)
            alike.setdefault(figures, []).append(titles[each.policy])
    return [found for found in alike.values() if len(found) > 1]


def share_lost(estimate: Estimate) -> str:
    """A share lost with its interval: "18 % (12 to 27 %)"."""
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return f"{percent(estimate.value)} %"
    ends = f"{percent(estimate.low)} to {percent(estimate.high)} %"
    return f"{percent(estimate.value)} % ({ends})"


def how_often(persistence: float) -> str:
    """A chance of trying again in words: "never", "half the time", "30 % of the time"."""
    return HOW_OFTEN.get(persistence, f"{percent(persistence)} % of the time")


def persistence_sentence(
    answers: Sequence[PersistenceAnswer], best: str, title: str, runs: int
) -> str:
    """What the answer under one policy becomes if people who are held back try again less or more."""
    parts = []
    for answer in answers:
        found = next(each for each in answer.policies if each.policy == best)
        parts.append((how_often(answer.persistence), against_text(found.against_uncapped, runs)))
    listed = "; ".join(f"{often}, {text}" for often, text in parts)
    fewest = [min(answer.policies, key=lambda each: each.reach.value).policy for answer in answers]
    first = (
        f"{title} reaches fewest people each time."
        if set(fewest) == {best}
        else "It does not reach fewest people each time."
    )
    return (
        f"If people who are held back tried again ({counted(runs, 'run')} each), the reach under "
        f"{title} against uncapped would be: {listed}. {first}"
    )


def precision_sentence(
    wanted: float, reached: float | None, title: str | None, runs: int, runs_max: int
) -> str:
    """Why the runs ended."""
    asked = f"within {percent(wanted)} percentage points"
    if reached is None or title is None:
        return f"There is no policy to compare, so that {counted(runs, 'run')} had to do."
    known = f"the difference between {title} and uncapped is known within {percent(reached)}"
    if reached <= wanted:
        return f"After {counted(runs, 'run')} {known} percentage points; asked for was {asked}."
    return (
        f"The most runs, {runs_max:,}, did not suffice: {known} percentage points, and asked for was "
        f"{asked}; --runs-max allows more."
    )


def half_width(difference: Difference | None) -> float | None:
    """Half the width of the interval of a relative difference; None where there is none."""
    if difference is None:
        return None
    relative = difference.relative
    if relative.low is None or relative.high is None:
        return None
    return (relative.high - relative.low) / 2.0
