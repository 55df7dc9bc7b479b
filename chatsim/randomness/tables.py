"""Probabilities as integers: the only place where floating point turns into what decides.

Everything is built once, at set-up, and everything afterwards compares, adds and multiplies integers; so interpreted
and compiled code, threads and machines agree. `fingerprint` goes into a run's manifest: two machines whose libraries
round a quantile differently see it there.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Quantiles = NDArray[np.int64]

QUANTILES = 1 << 16
CERTAIN = 1 << 32
"""A threshold that every 32-bit word is below."""
FACTOR_BITS = 30
FACTOR_ONE = 1 << FACTOR_BITS
LONGEST = (1 << 31) - 1
"""Quantiles are clipped here: no delay or size of a law reaches further."""


def threshold(probability: float) -> int:
    """floor(p * 2^32): an event happens when a 32-bit word is smaller."""
    return int(probability * CERTAIN)


def factor(value: float) -> int:
    """A multiplier of thresholds, at most 1, with 30 bits of fraction.

    Not 32, because 2^32 times 1.0 must fit a signed 64-bit integer.
    """
    return int(value * FACTOR_ONE)


def middles(steps: int = QUANTILES) -> NDArray[np.float64]:
    """The middle of each of `steps` equal steps of (0, 1)."""
    return (np.arange(steps, dtype=np.float64) + 0.5) / steps


def integers(values: NDArray[np.float64]) -> Quantiles:
    """Rounded down and clipped, as every table holds them."""
    return np.minimum(np.floor(values), LONGEST).astype(np.int64)


def lognormal(median: float, sigma: float, steps: int = QUANTILES) -> NDArray[np.float64]:
    """Quantiles of a lognormal law, by its median."""
    from scipy import special  # noqa: PLC0415 - half a second that a list of policies never needs

    return np.asarray(median * np.exp(sigma * special.ndtri(middles(steps))))


@functools.lru_cache(maxsize=8)
def gamma(shape: float, steps: int = QUANTILES) -> NDArray[np.float64]:
    """Quantiles of a Gamma law with mean 1; read-only, and remembered: every content of every run asks again."""
    from scipy import special  # noqa: PLC0415 - as above

    law = np.asarray(special.gammaincinv(shape, middles(steps)) / shape)
    law.flags.writeable = False
    return law


def exponential(mean: float, steps: int = QUANTILES) -> NDArray[np.float64]:
    """Quantiles of an exponential law."""
    return np.asarray(-mean * np.log1p(-middles(steps)))


def lomax(shape: float, steps: int = QUANTILES) -> NDArray[np.float64]:
    """Quantiles of a Lomax law with scale 1: P(X > x) = (1 + x)^-shape."""
    return np.asarray((1.0 - middles(steps)) ** (-1.0 / shape) - 1.0)


def constant(value: float, steps: int = QUANTILES) -> NDArray[np.float64]:
    """A law that always gives `value`."""
    return np.full(steps, float(value))


def share_thresholds(
    share_probability: float, susceptibility: NDArray[np.float64], drawn: NDArray[np.int64]
) -> Quantiles:
    """Thresholds of min(1, c * susceptibility) by quantile; c makes the drawn people's mean the probability.

    `drawn[i]` counts the people whose susceptibility is quantile i. The mean is continuous and rising in c, so
    bisection finds it; it stops when no float lies between the bounds.
    """
    people = drawn.sum()
    if share_probability <= 0.0 or people == 0:
        return np.zeros(len(susceptibility), dtype=np.int64)
    if share_probability >= 1.0:
        return np.full(len(susceptibility), CERTAIN, dtype=np.int64)

    def mean(c: float) -> float:
        return float((np.minimum(1.0, c * susceptibility) * drawn).sum() / people)

    scale = _bisect(mean, share_probability)
    chances: NDArray[np.float64] = np.minimum(1.0, scale * susceptibility)
    return np.asarray(np.floor(chances * CERTAIN), dtype=np.int64)


def _bisect(rising: Callable[[float], float], target: float) -> float:
    low, high = 0.0, 1.0
    while rising(high) < target and high < 1e300:
        low, high = high, high * 2.0
    while low < (middle := (low + high) / 2.0) < high:
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return high


def staleness(half_life_seconds: float | None, hours: int) -> Quantiles:
    """Factors 2^(-age / half-life) by age in whole hours, for ages 0..hours; None never goes stale."""
    if half_life_seconds is None:
        return np.full(hours + 1, FACTOR_ONE, dtype=np.int64)
    ages = np.arange(hours + 1, dtype=np.float64) * 3600.0
    factors = np.floor(np.exp2(-ages / half_life_seconds) * FACTOR_ONE)
    return np.asarray(factors, dtype=np.int64)


def fingerprint(*tables: Quantiles) -> str:
    """A short hash of tables, for manifests."""
    digest = hashlib.sha256()
    for table in tables:
        digest.update(np.ascontiguousarray(table, dtype="<i8").tobytes())
    return digest.hexdigest()[:16]
