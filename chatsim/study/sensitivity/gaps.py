"""What one combination gave: how far each policy's reach falls, the gap between the two, and whether it is chance."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.study import statistics
from chatsim.study.analysis import outbreak_reach
from chatsim.study.points import PointRuns
from chatsim.study.search import headline_content
from chatsim.study.sensitivity.values import Stricter
from chatsim.study.sentences import RARELY
from chatsim.study.summary import Estimate

Reach = NDArray[np.float64]
"""People reached, by run."""


@define(eq=False, frozen=True, slots=False)
class Reached:
    """Who was reached in the runs of one combination: uncapped, under the first policy, under the second."""

    headline: tuple[Reach, Reach, Reach]
    harmless: tuple[Reach, Reach, Reach] | None
    """By all harmless contents together; None where there are none."""

    @classmethod
    def of(cls, runs: PointRuns, policies: Sequence[str]) -> Reached:
        """From the runs under three policies, the control first."""
        scenario = runs.point.scenario
        harmless = [i for i, each in enumerate(scenario.contents) if not each.harmful]
        uncapped, first, second = policies
        headline = (headline_content(scenario),)

        def reach(policy: str, contents: Sequence[int]) -> Reach:
            by_content = [[run.reach for run in runs.measures(policy, i)] for i in contents]
            together: Reach = np.asarray(by_content, dtype=np.float64).sum(axis=0)
            return together

        def of_all(contents: Sequence[int]) -> tuple[Reach, Reach, Reach]:
            return reach(uncapped, contents), reach(first, contents), reach(second, contents)

        return cls(of_all(headline), of_all(harmless) if harmless else None)

    @property
    def means(self) -> tuple[float, float, float]:
        """Mean people reached by the headline."""
        uncapped, first, second = (float(reach.mean()) for reach in self.headline)
        return uncapped, first, second

    def breaks_out(self, users: int) -> float:
        """Share of the uncapped runs that are big outbreaks."""
        return float((self.headline[0] >= outbreak_reach(users)).mean())

    @functools.cached_property
    def gap(self) -> Estimate:
        """How many more people are reached under the first policy, as a share of those reached uncapped."""
        uncapped, first, second = self.headline
        return _ratio(first - second, uncapped)

    @property
    def against(self) -> tuple[Estimate, Estimate]:
        """Reach under each policy against uncapped, less 1."""
        uncapped, first, second = self.headline
        return _ratio(first - uncapped, uncapped), _ratio(second - uncapped, uncapped)

    @property
    def harmless_lost(self) -> tuple[Estimate, Estimate] | None:
        """Share of the harmless reach that each policy takes."""
        if self.harmless is None:
            return None
        uncapped, first, second = self.harmless
        return _ratio(uncapped - first, uncapped), _ratio(uncapped - second, uncapped)

    def stricter(self, users: int) -> Stricter:
        """Which policy reaches fewer people, chance between runs set apart."""
        if self.breaks_out(users) < RARELY:
            return Stricter.NOTHING
        gap = self.gap
        if not gap.excludes_zero:
            return Stricter.UNDECIDED
        return Stricter.SECOND if gap.value > 0 else Stricter.FIRST


def _ratio(above: Reach, below: Reach) -> Estimate:
    found = statistics.ratio(above, below)
    assert found is not None, "originators are always reached"
    return found


def change(before: Reached, after: Reached) -> Estimate:
    """How the gap changes from one combination to another, paired on the same runs."""
    value = after.gap.value - before.gap.value
    if len(before.headline[0]) < 2:
        return Estimate(value, None, None)
    tail = (1.0 - statistics.CONFIDENCE) / 2.0
    low, high = np.quantile(_resampled(after) - _resampled(before), [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high))


def _resampled(reached: Reached) -> NDArray[np.float64]:
    uncapped, first, second = reached.headline
    resampled: NDArray[np.float64] = statistics.resampled_means(
        first - second
    ) / statistics.resampled_means(uncapped)
    return resampled
