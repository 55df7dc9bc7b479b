"""From replicates of an A/B test to what it would have said, and to what is true.

A replicate is one run with an assignment of its own: whom the policy reaches. The truth comes from the same runs with
everybody, and with nobody, treated. Intervals resample replicates, which are what chance makes anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray
from scipy import stats

from chatsim.cascade.values import ContentRun
from chatsim.study import statistics
from chatsim.study.statistics import CONFIDENCE
from chatsim.study.summary import Chance, Estimate

Outcomes = NDArray[np.int32]
"""One figure per user."""
Sample = NDArray[np.float64]
LEVEL = 1.0 - CONFIDENCE
UNITS_MIN = 4
"""Units in an arm below which nobody would trust a test."""
REACHED, FORWARDS = "people reached", "forwards sent"
OUTCOMES = (REACHED, FORWARDS)


def outcome_of(run: ContentRun, outcome: str) -> Outcomes:
    """What a platform would log about each user, int32[users]."""
    logged = np.zeros(len(run.received), dtype=np.int32)
    if outcome == REACHED:
        logged[run.first_copies.user] = 1
    else:
        logged[run.deeds.user] = run.deeds.forwarded_chats
    return logged


@frozen
class Arms:
    """The means of both arms in one run."""

    treated: float
    untreated: float


@define(eq=False, frozen=True)
class Assignment:
    """Whom one replicate treats, unit by unit."""

    treated: NDArray[np.bool_]
    """By user."""
    unit_of: NDArray[np.int64]
    """The number of each user's unit."""

    @property
    def units(self) -> int:
        return int(self.unit_of.max(initial=-1)) + 1

    def arms(self, logged: Outcomes) -> Arms:
        """The mean of each arm."""
        return Arms(float(logged[self.treated].mean()), float(logged[~self.treated].mean()))

    def found(self, logged: Outcomes) -> bool | None:
        """Whether a platform's test of this run finds a difference at 5 %; None with too few units.

        Welch's test on the means of the units: whoever is randomised together counts once.
        """
        sizes = np.bincount(self.unit_of)
        means = np.bincount(self.unit_of, weights=logged) / sizes
        arm = np.zeros(len(sizes), dtype=bool)
        arm[self.unit_of] = self.treated
        one, other = means[arm], means[~arm]
        if min(len(one), len(other)) < UNITS_MIN:
            return None
        if one.var() + other.var() == 0.0:
            return bool(one.mean() != other.mean())
        return bool(stats.ttest_ind(one, other, equal_var=False).pvalue < LEVEL)


def relative(arms: Sequence[Arms]) -> Estimate | None:
    """The difference of the means over replicates, relative to the untreated; None where that is nothing."""
    ratio = statistics.ratio([each.treated for each in arms], [each.untreated for each in arms])
    return None if ratio is None else statistics.shifted(ratio, 1.0, -1.0)


def bias(tests: Sequence[Arms], truths: Sequence[Arms]) -> Estimate:
    """How far what tests say lies from the truth, replicate by replicate on the same seeds."""

    def resampled(arms: Sequence[Arms]) -> tuple[float, Sample]:
        above, below = (
            np.array([getattr(each, arm) for each in arms]) for arm in ("treated", "untreated")
        )
        means = statistics.resampled_means(above), statistics.resampled_means(below)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(above.mean() / below.mean()), means[0] / means[1]

    (said, said_often), (true, true_often) = resampled(tests), resampled(truths)
    gaps = said_often - true_often
    gaps = gaps[np.isfinite(gaps)]
    if len(tests) < 2 or not len(gaps):
        return Estimate(said - true, None, None)
    low, high = np.quantile(gaps, [LEVEL / 2, 1.0 - LEVEL / 2])
    return Estimate(said - true, float(low), float(high))


def chance(found: Sequence[bool | None]) -> Chance | None:
    """How often tests find something; None where there are too few units to test."""
    known = [each for each in found if each is not None]
    return statistics.chance(sum(known), len(known)) if known else None


def replicates_for(power: Chance, wanted: float = 0.8) -> int | None:
    """How many such tests, pooled, would find the difference with the wanted chance; None where one in 20 is luck.

    From the normal law: a test that finds it with chance p has its estimate so many standard errors from zero, and
    pooling n tests multiplies that by the root of n.
    """
    share = min(power.share, 0.999)
    if share <= LEVEL:
        return None
    critical = stats.norm.ppf(1.0 - LEVEL / 2)
    now, then = critical + stats.norm.ppf(share), critical + stats.norm.ppf(wanted)
    return max(1, math.ceil((then / now) ** 2)) if now > 0 else None
