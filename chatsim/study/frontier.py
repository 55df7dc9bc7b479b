"""Harm prevented against price: which policies are worth a look, and which cost more and prevent less than another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.study import statistics
from chatsim.study.beyond import Frontier, Tradeoff
from chatsim.study.beyond_sentences import frontier_sentence
from chatsim.study.estimates import Estimate
from chatsim.study.policy_runs import PolicyRuns
from chatsim.study.scenario import Scenario
from chatsim.study.summary import PolicyResult

HARMLESS = "harmless reach lost"
HELD_BACK = "chats held back per 100 forwards"

Resampled = NDArray[np.float64]


@define(eq=False, frozen=True)
class _Place:
    """One policy's place: its estimates, and both figures in every resampled study."""

    policy: str
    prevented: Estimate
    price: Estimate
    prevented_resampled: Resampled
    price_resampled: Resampled

    def beaten_by(self, other: _Place) -> bool:
        """Whether the other prevents at least as much for at most the price, and is better in one of both."""
        more = np.array([other.prevented.value - self.prevented.value])
        return bool(_better(more, np.array([self.price.value - other.price.value]))[0])

    def beaten(self, other: _Place) -> float:
        """The same as a share of the resampled studies."""
        more = other.prevented_resampled - self.prevented_resampled
        return float(_better(more, self.price_resampled - other.price_resampled).mean())


def _better(more: Resampled, cheaper: Resampled) -> NDArray[np.bool_]:
    """No worse either way, and better one way: of two equal ones neither beats the other."""
    return (more >= 0.0) & (cheaper >= 0.0) & ((more > 0.0) | (cheaper > 0.0))


def frontier(
    scenario: Scenario, policies: Sequence[PolicyRuns], results: Sequence[PolicyResult]
) -> Frontier | None:
    """Every policy but the control; None where no content is harmful, or nobody is reached or forwards."""
    harmful = [i for i, content in enumerate(scenario.contents) if content.harmful]
    harmless = [i for i, content in enumerate(scenario.contents) if not content.harmful]
    if not harmful or len(policies) < 2:
        return None
    places = []
    for ours in policies[1:]:
        prevented = _lost(ours, policies[0], harmful)
        price = _lost(ours, policies[0], harmless) if harmless else _held_back(ours, harmful)
        if prevented is None or price is None:
            return None
        places.append(_Place(ours.policy.name, prevented[0], price[0], prevented[1], price[1]))
    tradeoffs = tuple(_tradeoff(place, places) for place in places)
    titles = {result.name: result.title for result in results}
    price_name = HARMLESS if harmless else HELD_BACK
    return Frontier(price_name, tradeoffs, frontier_sentence(tradeoffs, titles, price_name))


def _tradeoff(place: _Place, places: Sequence[_Place]) -> Tradeoff:
    better = [other for other in places if place.beaten_by(other)]
    best = max(better, key=place.beaten, default=None)
    return Tradeoff(
        place.policy,
        place.prevented,
        place.price,
        beaten_by=None if best is None else best.policy,
        beaten=None if best is None else place.beaten(best),
    )


def _sums(runs: PolicyRuns, contents: Sequence[int]) -> Resampled:
    return np.array([sum(run[i].reach for i in contents) for run in runs.runs], dtype=np.float64)


def _lost(
    ours: PolicyRuns, control: PolicyRuns, contents: Sequence[int]
) -> tuple[Estimate, Resampled] | None:
    """The share of reach that these contents lose, paired."""
    here, there = _sums(ours, contents), _sums(control, contents)
    against = statistics.difference(here, there)
    if against is None:
        return None
    share = statistics.resampled_sums(here) / statistics.resampled_sums(there)
    return statistics.shifted(against.relative, -1.0, 0.0), 1.0 - share


def _held_back(ours: PolicyRuns, contents: Sequence[int]) -> tuple[Estimate, Resampled] | None:
    held, forwards = (
        np.array([sum(getattr(run[i], name) for i in contents) for run in ours.runs], dtype=float)
        for name in ("held_back", "forwards")
    )
    per_forward = statistics.ratio(held, forwards)
    under = statistics.resampled_sums(forwards)
    if per_forward is None or not under.all():
        return None
    resampled = 100.0 * statistics.resampled_sums(held) / under
    return statistics.shifted(per_forward, 100.0, 0.0), resampled
