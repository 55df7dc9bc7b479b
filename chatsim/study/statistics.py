"""Intervals over runs: a run is the unit, differences are paired on the same seeds, everything is repeatable.

What runs give is far from normal: most are outbreaks, some die out, and a policy's effect may lie in the one run in
thirty that it stops. Percentile bootstrap intervals of 20 to 40 such runs cover the truth 75 to 90 % of the time
(`scripts/honest_intervals.py`). So means and ratios of means get a Bayesian bootstrap (Rubin, Ann. Stat. 9, 1981) with
two corrections: quantiles as wide as Student's t asks for (Hesterberg, Am. Stat. 69, 2015), and half a run that nobody
has seen, at the far end of what could have come, as Jeffreys' interval of a chance adds half a success and half a
failure (Gaffke 2005 adds a whole one, which never covers too little). The same 4,000 keyed resamples serve every figure
of a study, so that pairs stay pairs and equal runs give equal intervals. Chances get Wilson's interval (Wilson 1927).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from chatsim.compilation import compiled
from chatsim.randomness.philox import draw
from chatsim.study.estimates import Chance, Difference, Estimate, HalfTime

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
WEIGHT_BITS = 16
"""Weights are multiples of 2^-16: the last bits of a logarithm differ between machines."""


def fill_words(words: NDArray[np.int64], key: int) -> None:
    """Kernel: 32-bit words, two for each resample and run; shape (resamples, runs, 2)."""
    for resample in range(words.shape[0]):
        for i in range(words.shape[1]):
            drawn = draw(key, 0, resample, 0, RESAMPLING, i, 0)
            words[resample, i, 0] = drawn[0]
            words[resample, i, 1] = drawn[1]


@functools.lru_cache(maxsize=16)
def resamples(runs: int) -> NDArray[np.float64]:
    """Weights of `runs` runs and of two halves of an unseen one in every resample, shape (RESAMPLES, runs + 2).

    Runs weigh as exponential draws (so that their shares are uniform), halves as Gamma draws of shape 1/2.
    """
    words = np.zeros((RESAMPLES, runs + 1, 2), dtype=np.int64)
    compiled(fill_words)(words, RESAMPLING_KEY)
    uniform = (words + 0.5) / 2.0**32
    whole = -np.log(uniform[:, :, 0])
    # An exponential draw, split by an arcsine draw, is two independent halves.
    split = np.sin(0.5 * np.pi * uniform[:, -1, 1]) ** 2
    halves = np.stack([whole[:, -1] * split, whole[:, -1] * (1.0 - split)], axis=1)
    weights = np.concatenate([whole[:, :-1], halves], axis=1)
    steps = np.rint(weights * 2.0**WEIGHT_BITS).astype(np.float64)
    # Never nothing: a resample must have some run.
    steps[:, :-2] = np.maximum(steps[:, :-2], 1.0)
    steps.flags.writeable = False
    return steps


def resampled_sums(sample: Sample, unseen: Sequence[Sample | float] = ()) -> NDArray[np.float64]:
    """The weighted sum of every resample, up to a factor that all figures of the same runs share.

    `unseen` are up to two halves of a run that nobody has seen. Shape (RESAMPLES,) or (RESAMPLES, points).
    """
    ends = np.empty((len(unseen), *sample.shape[1:]))
    for i, end in enumerate(unseen):
        ends[i] = end
    values = np.concatenate([sample, ends])
    weights = resamples(len(sample))[:, : len(values)]
    # Not a matrix product: its sums may depend on the number of threads, and equal runs must give equal bytes.
    sums: NDArray[np.float64] = np.einsum("br,r...->b...", weights, values)
    return sums


def resampled_means(sample: Sample, unseen: Sequence[Sample | float] = ()) -> NDArray[np.float64]:
    """The mean of every resample; shape (RESAMPLES,) or (RESAMPLES, points)."""
    total = resampled_sums(np.ones(len(sample)), (1.0,) * len(unseen))
    sums = resampled_sums(sample, unseen)
    return sums / total.reshape(-1, *(1,) * (sums.ndim - 1))


@functools.cache
def tail(runs: int) -> float:
    """Below which share of the resamples the interval of so many runs ends.

    Resampled means have the variance SS / (runs (runs + 1)), where SS is the sum of squares about the mean; Student's t
    divides by SS / (runs (runs - 1)).
    """
    quantile = stdtrit(runs - 1, (1.0 + CONFIDENCE) / 2.0)
    return float(ndtr(-quantile * np.sqrt((runs + 1) / (runs - 1))))


def _bounds(values: NDArray[np.float64], runs: int) -> NDArray[np.float64]:
    return np.quantile(values, [tail(runs), 1.0 - tail(runs)], axis=0)


def _estimate(value: float, resampled: NDArray[np.float64], runs: int) -> Estimate:
    low, high = _bounds(resampled, runs)
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def mean(sample: Sequence[float] | Sample, floor: float | None = None) -> Estimate:
    """The mean over runs; 0 without an interval where there are no runs.

    `floor` is what a run gives that comes to nothing, where such a run may be among those that nobody has seen. Where
    all runs are equal nothing is left to chance, and the interval has no width.
    """
    values = np.asarray(sample, dtype=np.float64)
    if not len(values):
        return Estimate(0.0, None, None)
    value = float(values.mean())
    if len(values) < 2:
        return Estimate(value, None, None)
    if values.min() == values.max():
        return Estimate(value, value, value)
    unseen = () if floor is None else (min(floor, float(values.min())), float(values.max()))
    return _estimate(value, resampled_means(values, unseen), len(values))


def ratio(
    numerator: Sequence[float] | Sample, denominator: Sequence[float] | Sample
) -> Estimate | None:
    """Mean of one figure over the mean of another of the same runs; None where the denominator's mean is 0.

    A ratio of means, not a mean of ratios: a run in which nothing happened must not weigh like a full one. Resamples
    in which the denominator is 0 are left out.
    """
    above = np.asarray(numerator, dtype=np.float64)
    below = np.asarray(denominator, dtype=np.float64)
    if not len(below) or below.mean() == 0.0:
        return None
    value = float(above.mean() / below.mean())
    if len(below) < 2:
        return Estimate(value, None, None)
    if (above == value * below).all():
        return Estimate(value, value, value)
    over, under = resampled_sums(above), resampled_sums(below)
    kept = under != 0.0
    return _estimate(value, over[kept] / under[kept], len(below))


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
    """The paired difference of two figures of the same runs; None where the control's mean is 0.

    A policy may stop an outbreak, and one such run in thirty decides as much as all others together. So each bound has
    its half of a run that nobody has seen, in which one of the two is as low as in its least run and the other as high
    as in its greatest. Its share is at most the relative difference that the runs seen leave possible on that side:
    measured, no policy stops a greater share of the outbreaks than it takes from those that go on.
    """
    above = np.asarray(ours, dtype=np.float64)
    below = np.asarray(control, dtype=np.float64)
    seen = ratio(above, below)
    if seen is None:
        return None
    pairs = above - below
    relative, absolute = shifted(seen, 1.0, -1.0), mean(pairs)
    if relative.low is not None and relative.high is not None and relative.low < relative.high:
        shares = (max(0.0, -relative.low), max(0.0, relative.high))
        over, under, total = _pairs_resampled(above, below, shares)
        kept = under != 0.0
        runs = len(pairs)
        relative = _estimate(relative.value, over[kept] / under[kept] - 1.0, runs)
        absolute = _estimate(absolute.value, (over - under) / total, runs)
    return Difference(absolute, relative, flips(pairs))


def _pairs_resampled(
    above: Sample, below: Sample, shares: tuple[float, float]
) -> tuple[Sample, Sample, Sample]:
    """Weighted sums of both figures and of the weights, with an unseen run at each end of at most such a share."""
    over, under = resampled_sums(above), resampled_sums(below)
    total = resampled_sums(np.ones(len(above)))
    ends = ((above.min(), below.max()), (above.max(), below.min()))
    halves = resamples(len(above))[:, -2:].T
    weights = [np.minimum(half, share * total) for half, share in zip(halves, shares, strict=True)]
    for weight, (here, there) in zip(weights, ends, strict=True):
        over, under, total = over + weight * here, under + weight * there, total + weight
    return over, under, total


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


def band(sample: Sample, floor: float | None = None) -> tuple[Sample, Sample, Sample]:
    """Mean, low and high of each point of a series, each as `mean` has it; `sample` has one row per run.

    One run gives a band of no width.
    """
    centre = sample.mean(axis=0)
    if len(sample) < 2:
        return centre, centre, centre
    least, most = sample.min(axis=0), sample.max(axis=0)
    unseen = () if floor is None else (np.minimum(floor, least), most)
    low, high = _bounds(resampled_means(sample, unseen), len(sample))
    equal = least == most
    return (
        centre,
        np.where(equal, centre, np.minimum(low, centre)),
        np.where(equal, centre, np.maximum(high, centre)),
    )


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
