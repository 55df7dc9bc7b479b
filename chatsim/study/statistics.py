"""Intervals over runs: a run is the unit, differences are paired on the same seeds, everything is repeatable.

Means and ratios of means get percentile bootstrap intervals (Efron, Tibshirani, "An introduction to the bootstrap",
1993): the same 4,000 keyed resamples of the runs for every figure of a study, so that pairs stay pairs and equal runs
give equal intervals. Chances get Wilson's interval (Wilson 1927), which holds at 0 and at all of few runs.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.randomness.philox import choose, draw
from chatsim.study.summary import Chance, Difference, Estimate, HalfTime

Sample = NDArray[np.float64]
"""One figure per run, in the order of the runs; a second axis holds points of a series."""

RESAMPLES = 4_000
CONFIDENCE = 0.95
RESAMPLING = 255
"""Purpose of the draws that resample runs; no draw of a run or population has it."""
RESAMPLING_KEY = 0xB0075
"""Not the study's seed: intervals of two seeds then differ by their runs only."""
NORMAL_975 = 1.959963984540054
"""The 97.5 % quantile of the normal law."""


def fill_resamples(weights: NDArray[np.float64], key: int) -> None:
    """Kernel: how often each run is in each resample; one row per resample, which sums to the number of runs."""
    resamples, runs = weights.shape
    for resample in range(resamples):
        for i in range(runs):
            word = draw(key, 0, resample, 0, RESAMPLING, i, 0)[0]
            weights[resample, choose(word, runs)] += 1.0


@functools.cache
def resamples(runs: int) -> NDArray[np.float64]:
    """Weights of `runs` runs in every resample, shape (RESAMPLES, runs)."""
    weights = np.zeros((RESAMPLES, runs), dtype=np.float64)
    compiled(fill_resamples)(weights, RESAMPLING_KEY)
    weights.flags.writeable = False
    return weights


def resampled_means(sample: Sample) -> NDArray[np.float64]:
    """The mean of every resample; shape (RESAMPLES,) or (RESAMPLES, points)."""
    # Not a matrix product: its sums may depend on the number of threads, and equal runs must give equal bytes.
    sums: NDArray[np.float64] = np.einsum("br,r...->b...", resamples(len(sample)), sample)
    return sums / len(sample)


def _bounds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    tail = (1.0 - CONFIDENCE) / 2.0
    return np.quantile(values, [tail, 1.0 - tail], axis=0)


def _estimate(value: float, resampled: NDArray[np.float64], runs: int) -> Estimate:
    if runs < 2:
        return Estimate(value, None, None)
    low, high = _bounds(resampled)
    return Estimate(value, float(low), float(high))


def mean(sample: Sequence[float] | Sample) -> Estimate:
    """The mean over runs; 0 without an interval where there are no runs."""
    values = np.asarray(sample, dtype=np.float64)
    if not len(values):
        return Estimate(0.0, None, None)
    return _estimate(float(values.mean()), resampled_means(values), len(values))


def ratio(
    numerator: Sequence[float] | Sample, denominator: Sequence[float] | Sample
) -> Estimate | None:
    """Mean of one figure over the mean of another of the same runs; None where the denominator's mean is 0.

    A ratio of means, not a mean of ratios: a run in which nothing happened must not weigh like a full one. Resamples
    in which the denominator is 0 are left out of the interval.
    """
    above = np.asarray(numerator, dtype=np.float64)
    below = np.asarray(denominator, dtype=np.float64)
    if not len(below) or below.mean() == 0.0:
        return None
    over, under = resampled_means(above), resampled_means(below)
    kept = under != 0.0
    return _estimate(float(above.mean() / below.mean()), over[kept] / under[kept], len(below))


def shifted(estimate: Estimate, factor: float, offset: float) -> Estimate:
    """The value factor x estimate + offset, interval and all; a negative factor swaps the bounds."""
    value = factor * estimate.value + offset
    if estimate.low is None or estimate.high is None:
        return Estimate(value, None, None)
    ends = (factor * estimate.low + offset, factor * estimate.high + offset)
    return Estimate(value, min(ends), max(ends))


def difference(
    ours: Sequence[float] | Sample, control: Sequence[float] | Sample
) -> Difference | None:
    """The paired difference of two figures of the same runs; None where the control's mean is 0."""
    relative = ratio(ours, control)
    if relative is None:
        return None
    pairs = np.asarray(ours, dtype=np.float64) - np.asarray(control, dtype=np.float64)
    return Difference(mean(pairs), shifted(relative, 1.0, -1.0), flips(pairs))


def flips(pairs: Sample) -> float:
    """Share of paired differences whose sign is the opposite of their mean's: how often a ranking flips."""
    if not len(pairs):
        return 0.0
    return float((np.sign(pairs) * np.sign(pairs.mean()) < 0).mean())


def chance(count: int, runs: int) -> Chance:
    """`count` of `runs` with Wilson's interval; 0 to 1 where there was no run."""
    if runs == 0:
        return Chance(0, 0, 0.0, 1.0)
    share, z2 = count / runs, NORMAL_975**2
    centre = share + z2 / (2 * runs)
    spread = NORMAL_975 * np.sqrt(share * (1 - share) / runs + z2 / (4 * runs * runs))
    low, high = (centre - spread) / (1 + z2 / runs), (centre + spread) / (1 + z2 / runs)
    # At none and at all the formula's own bound is 0 or 1, up to rounding.
    return Chance(
        count, runs, 0.0 if count == 0 else float(low), 1.0 if count == runs else float(high)
    )


def half_time(seconds: Sequence[int | None], left_out: int) -> HalfTime:
    """The median time of the counted runs, None among them standing for "never", the largest value."""
    times = sorted(float("inf") if value is None else float(value) for value in seconds)
    arrived = sum(value is not None for value in seconds)
    if not times:
        return HalfTime(None, chance(0, 0), left_out)
    middle = (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2.0
    return HalfTime(
        None if middle == float("inf") else middle, chance(arrived, len(times)), left_out
    )


def band(sample: Sample) -> tuple[Sample, Sample, Sample]:
    """Mean, low and high of each point of a series; `sample` has one row per run. One run gives a band of no width."""
    centre = sample.mean(axis=0)
    if len(sample) < 2:
        return centre, centre, centre
    low, high = _bounds(resampled_means(sample))
    return centre, low, high


def equivalent(
    ours: Sequence[float] | Sample, control: Sequence[float] | Sample, bound: float
) -> bool:
    """Whether the 95 % interval of the mean paired difference lies within -bound..bound.

    "No difference seen" may only mean too few runs; this says that a difference of `bound` is ruled out.
    """
    pairs = mean(np.asarray(ours, dtype=np.float64) - np.asarray(control, dtype=np.float64))
    if pairs.low is None or pairs.high is None:
        return False
    return -bound <= pairs.low and pairs.high <= bound
